import type { LineHunk } from '../facts/file-action.ts'

/** White space as the client of these patches sees it, at the ends of a line. */
const BLANK = String.raw`[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+`
const TRAILING = new RegExp(`${BLANK}$`)
const LEADING = new RegExp(`^${BLANK}`)

interface Replacement {
  readonly at: number
  readonly count: number
  readonly by: readonly string[]
}

/**
 * Replaces stretches of lines, each looked for behind the one before; null: it is not known what the client made of them. It also takes lines for the
 * same that differ in blanks or punctuation, and what it then writes, and what it makes of CRLF, changed between versions (Codex up to 0.171.0).
 * What it writes ends with a newline.
 */
export function applyHunks(text: string, hunks: readonly LineHunk[]): string | null {
  if (text.includes('\r')) return null
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const replacements: Replacement[] = []
  let next = 0
  for (const hunk of hunks) {
    const place = findPlace(lines, hunk, next)
    if (place === null) return null
    replacements.push(place)
    if (hunk.from !== null || hunk.oldLines.length > 0) next = place.at + place.count
  }
  const ordered = replacements.toSorted((a, b) => a.at - b.at)
  if (ordered.some(({ at }, index) => at < endOf(ordered[index - 1]))) return null
  for (const { at, count, by } of ordered.toReversed()) lines.splice(at, count, ...by)
  return [...lines, ''].join('\n')
}

function endOf(replacement: Replacement | undefined): number {
  return replacement === undefined ? 0 : replacement.at + replacement.count
}

function findPlace(lines: readonly string[], { behind, oldLines, newLines, atEnd, from }: LineHunk, next: number): Replacement | null {
  if (from !== null)
    return oldLines.some((line, index) => lines[from - 1 + index] !== line) ? null : { at: from - 1, count: oldLines.length, by: newLines }
  let start = next
  if (behind !== null) {
    const found = seek(lines, [behind], next, false)
    if (typeof found !== 'number') return null
    start = found + 1
  }
  if (oldLines.length === 0) return { at: lines.at(-1) === '' ? lines.length - 1 : lines.length, count: 0, by: newLines }
  const at = seek(lines, oldLines, start, atEnd)
  if (typeof at === 'number') return { at, count: oldLines.length, by: newLines }
  const isPlain = [...lines, ...oldLines].every((line) => /^[\t -~]*$/.test(line))
  if (at === 'alike' || oldLines.at(-1) !== '' || !isPlain) return null
  // An empty line at the end of a hunk may stand for the end of the file.
  const shorter = oldLines.slice(0, -1)
  const again = seek(lines, shorter, start, atEnd)
  if (typeof again !== 'number') return null
  return { at: again, count: shorter.length, by: newLines.at(-1) === '' ? newLines.slice(0, -1) : newLines }
}

/** Where lines stand together; `alike`: only such as differ in blanks at their ends. */
function seek(lines: readonly string[], sought: readonly string[], start: number, atEnd: boolean): number | 'alike' | null {
  if (sought.length === 0) return start
  const last = lines.length - sought.length
  const first = atEnd && last >= 0 ? last : start
  const bare = sought.map(trim)
  let isAlike = false
  for (let at = first; at <= last; at += 1) {
    if (sought.every((line, index) => lines[at + index] === line)) return at
    isAlike ||= bare.every((line, index) => trim(lines[at + index] ?? '') === line)
  }
  return isAlike ? 'alike' : null
}

function trim(line: string): string {
  return line.replace(TRAILING, '').replace(LEADING, '')
}
