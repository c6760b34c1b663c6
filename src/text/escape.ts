/** Everything that can move a cursor, start a terminal sequence, reorder text or hide in it, and halves of surrogate pairs. */
const INVISIBLE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Surrogate}/gu
/**
 * The first character of what the log of a CI run obeys: `::error::` at the start of a line, however indented, for GitHub and its kin,
 * `##[…]` and `##vso[…]` anywhere for Azure, `##teamcity[…]` anywhere. Two colons within a name of code (`std::env`) start no line, since
 * `wrap` breaks no line there; the commands that are known are broken even so, since others may wrap what we print.
 */
export const LOG_COMMAND =
  /(?<![\w[\])>]):(?=:)|:(?=:(?:error|warning|notice|debug|group|endgroup|add-mask|add-path|add-matcher|remove-matcher|set-output|set-env|save-state|stop-commands|echo)[ :])|#(?=#[a-z]{0,20}\[)/gi
/** Everything that may not stand in an output as it is. */
const ACTIVE = new RegExp(`${LOG_COMMAND.source}|${INVISIBLE.source}`, 'giu')
/** Where none of these is, the slower pattern finds nothing. */
const BEYOND_PRINTABLE = /[^\x20-\x7e]|::|##/

/**
 * Makes control and invisible characters visible as `\u{…}`, and breaks the commands of CI logs in the same way, so that the result is safe
 * on any terminal and in any log; with `newlines: 'keep'` LF and TAB stay. Stripping would not do: removing one sequence can put a new
 * one together.
 */
export function escapeControl(
  text: string,
  { newlines = 'escape', logCommands = 'break' }: { readonly newlines?: 'keep' | 'escape'; readonly logCommands?: 'keep' | 'break' } = {},
): string {
  if (!BEYOND_PRINTABLE.test(text)) return text
  return text.replace(logCommands === 'keep' ? INVISIBLE : ACTIVE, (character) => {
    if (newlines === 'keep' && (character === '\n' || character === '\t')) return character
    return `\\u{${character.codePointAt(0)?.toString(16)}}`
  })
}

/** At most `length` UTF-16 units, the last one an ellipsis where something was cut; never half a surrogate pair. */
export function clip(text: string, length: number): string {
  if (text.length <= length) return text
  if (length < 1) return ''
  return `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

/** Made when a text that is not ASCII is cut: it takes longer than the rest of the module. */
let segmenter: Intl.Segmenter | undefined
const ASCII = /^[\x20-\x7e]*$/
const EMOJI = /\p{Emoji_Presentation}|\ufe0f/u
const ZERO_WIDTH = /^[\p{Mark}\p{Format}\p{Control}\u1160-\u11ff]$/u
/** Longer clusters than any script or emoji needs: marks stacked without end, which would break out of a table's cell. */
const LONGEST_CLUSTER = 32

/** Unicode 17 East Asian Wide and Fullwidth, joined across unassigned code points; emoji are told by their property. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18dff],
  [0x1aff0, 0x1b2ff],
  [0x1f200, 0x1f2ff],
  [0x20000, 0x3fffd],
]

function characterWidth(character: string): number {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x300) return code < 0x20 || (code >= 0x7f && code < 0xa0) ? 0 : 1
  if (ZERO_WIDTH.test(character)) return 0
  return WIDE.some(([first, last]) => code >= first && code <= last) ? 2 : 1
}

function clusterWidth(cluster: string): number {
  if (EMOJI.test(cluster)) return 2
  let width = 0
  for (const character of cluster) width += characterWidth(character)
  return width
}

/** How many columns of a terminal the text takes: 2 for wide characters and emoji, 0 for combining and control characters. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length
  let width = 0
  for (const { segment } of (segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' })).segment(text))
    width += clusterWidth(segment)
  return width
}

/** At most `columns` columns of a terminal, ending in an ellipsis where something was cut; never splits what is seen as one character. */
export function truncate(text: string, columns: number): string {
  if (columns < 1) return ''
  // Segmenting reads all it is given, and a transcript's line may have millions of characters.
  const longest = (columns + 1) * LONGEST_CLUSTER
  const head = text.length > longest ? text.slice(0, longest).replace(/[\ud800-\udbff]$/, '') : text
  if (ASCII.test(head)) return head.length <= columns ? head : `${head.slice(0, columns - 1)}…`
  let width = 0
  let kept = ''
  let fitting = ''
  for (const { segment } of (segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' })).segment(head)) {
    const cluster = segment.length > LONGEST_CLUSTER ? clip(segment, LONGEST_CLUSTER) : segment
    width += clusterWidth(cluster)
    if (width > columns) return `${fitting}…`
    kept += cluster
    if (width < columns) fitting = kept
  }
  return head.length === text.length ? kept : `${fitting}…`
}
