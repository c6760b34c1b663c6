import { headOf } from './ends.ts'
import { clip, escapeControl } from './escape.ts'
import { oneLine } from './one-line.ts'
import { type Rule, RULES } from './secret-rules.ts'

const BOUNDARY = String.raw`\b`

/** Rules whose hints are looked for at once. */
interface Group {
  readonly hints: RegExp
  /** By their places among all rules. */
  readonly rules: readonly number[]
}

/**
 * The hints match wherever a rule does, and seldom elsewhere: most texts are done with them. They mind the case of letters, since V8 takes
 * several times as long to compile and to run a pattern that does not. What one group may match is tried against its rules alone: each that is
 * tried first has to be compiled.
 */
const GROUPS: readonly Group[] = [
  groupOf(({ name, hint }) => name === 'vendor-token' && hint === undefined),
  groupOf(({ name, hint, pattern }) => (name !== 'vendor-token' || hint !== undefined) && startsAtWord(hint ?? pattern.source)),
  groupOf(({ hint, pattern }) => !startsAtWord(hint ?? pattern.source)),
]

/** What lets a text be done with a rule whose pattern takes long to compile and to run. */
const OWN_HINTS = RULES.map(({ hint }) => (hint === undefined ? undefined : new RegExp(eitherCase(hint))))

function startsAtWord(pattern: string): boolean {
  return pattern.startsWith(BOUNDARY)
}

function groupOf(isIn: (rule: Rule) => boolean): Group {
  const rules = RULES.flatMap((rule, at) => (isIn(rule) ? [at] : []))
  const sources = rules.map((at) => hintOf(RULES[at] as Rule))
  // The boundary is looked for once.
  const hints = sources.every(startsAtWord)
    ? `${BOUNDARY}(?:${sources.map((source) => source.slice(BOUNDARY.length)).join('|')})`
    : sources.join('|')
  return { hints: new RegExp(hints), rules }
}

/** Its groups without their names, which stand only once in a pattern. */
function hintOf({ pattern, hint }: Rule): string {
  return hint === undefined ? pattern.source.replaceAll(/\(\?<[A-Za-z]+>/g, '(?:') : eitherCase(hint)
}

/** The letters of a pattern in either case; what is escaped stays as it is. */
function eitherCase(pattern: string): string {
  return pattern.replaceAll(/\\.|[a-z]/g, (part) => (part.length > 1 ? part : `[${part}${part.toUpperCase()}]`))
}

/** The rules that may match; most texts hold no secret. */
function rulesFor(text: string): readonly number[] {
  return GROUPS.flatMap(({ hints, rules }) => (hints.test(text) ? rules : []))
}

/** Whether a rule may match. */
export function mayHoldSecret(text: string): boolean {
  return GROUPS.some(({ hints }) => hints.test(text))
}

/** A reading of a text in which split secrets are whole again; `starts` and `ends` lead each unit back to the original. */
interface View {
  readonly text: string
  readonly starts?: Int32Array
  readonly ends?: Int32Array
}

/** What can stand inside a secret without being seen: format and control characters, raw, JSON-escaped or in our own spelling. */
const HIDDEN = String.raw`[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\uddef]|\\[uU]\{[\da-fA-F]{1,6}\}|\\[uU][\da-fA-F]{4}|\\[nrtbfNRTBF/"]`
/** Terminal sequences that begin with CSI (colours), raw or escaped. */
const SEQUENCE = String.raw`(?:\u001b\[|\u009b|\\[uU]\{(?:1[bB]\}\[|9[bB]\})|\\[uU](?:001[bB]\[|009[bB]))[0-?]{0,40}[ -/]{0,4}[@-~]`
const JOINTS = new RegExp(HIDDEN, 'g')
const JOINTS_AND_SEQUENCES = new RegExp(`${SEQUENCE}|${HIDDEN}`, 'g')
const IS_HIDDEN = new RegExp(`^(?:${HIDDEN})$`)

/** What stands for itself in a joined view: nothing for what is invisible, the character for a JSON escape. */
function readJoint(joint: string): string {
  if (!joint.startsWith('\\')) return ''
  if (joint.length === 2) return /[nrtbf]/.test(joint) ? '\n' : joint.slice(1)
  const code = /^\\u\{?([\da-f]+)\}?$/i.exec(joint)?.[1]
  if (code === undefined) return ''
  const value = Number.parseInt(code, 16)
  if (value > 0xffff) return ''
  const character = String.fromCharCode(value)
  return IS_HIDDEN.test(character) ? '' : character
}

function joined(text: string, joints: RegExp): View {
  const starts = new Int32Array(text.length)
  const ends = new Int32Array(text.length)
  let length = 0
  let out = ''
  let from = 0
  const keep = (until: number) => {
    out += text.slice(from, until)
    for (let index = from; index < until; index += 1) {
      starts[length] = index
      ends[length] = index + 1
      length += 1
    }
  }
  for (const match of text.matchAll(joints)) {
    keep(match.index)
    from = match.index + match[0].length
    const read = readJoint(match[0])
    out += read
    for (let unit = 0; unit < read.length; unit += 1) {
      starts[length] = match.index
      ends[length] = from
      length += 1
    }
  }
  keep(text.length)
  return { text: out, starts, ends }
}

/** Whatever is hidden begins with one of these: a backslash, or a character that is not printable ASCII. */
const MAY_HIDE = /[^\x20-\x5b\x5d-\x7e]/

function viewsOf(text: string): readonly View[] {
  if (!MAY_HIDE.test(text) || text.search(JOINTS_AND_SEQUENCES) < 0) return [{ text }]
  // Without the introducer alone and without the whole sequence: either reading may be the one that makes the secret whole.
  return [{ text }, joined(text, JOINTS), joined(text, JOINTS_AND_SEQUENCES)]
}

interface Span {
  readonly start: number
  readonly end: number
  readonly rule: number
}

/**
 * What is longer is taken for a secret as it is. What is judged and found to be none is read again, for a secret within it: time stays
 * in proportion to the length of a text because of this bound.
 */
const LONGEST_JUDGED = 1_024

function spansIn({ text, starts, ends }: View): Span[] {
  const spans: Span[] = []
  for (const rule of rulesFor(text)) {
    if (OWN_HINTS[rule]?.test(text) === false) continue
    const { pattern, isSecret } = RULES[rule] as Rule
    pattern.lastIndex = 0
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      const group = Object.entries(match.indices?.groups ?? {}).find(([name, range]) => name.startsWith('secret') && range !== undefined)
      const [start, end] = group?.[1] ?? [match.index, match.index + match[0].length]
      if (end - start > LONGEST_JUDGED || (isSecret?.({ text, value: text.slice(start, end), from: match.index, start, end }) ?? true))
        spans.push({ start: starts?.[start] ?? start, end: ends?.[end - 1] ?? end, rule })
      // Within what is no secret, another may stand.
      else pattern.lastIndex = start
      if (pattern.lastIndex === match.index) pattern.lastIndex += 1
    }
  }
  return spans
}

/** A pure memo: ids, folders, models and our own sentences stand in a report thousands of times. Bounded in both directions. */
const ANSWERS = new Map<string, string>()
const MOST_ANSWERS = 4_096
const LONGEST_ANSWERED = 512

/**
 * Replaces what looks like a secret by `[redacted:<rule>]`, also where control, zero-width or escaped characters split it. Linear
 * in the length of the text; the names around a secret (`PASSWORD=`, a URL's host) stay.
 */
export function redactSecrets(text: string): string {
  if (text.length > LONGEST_ANSWERED) return redacted(text)
  const known = ANSWERS.get(text)
  if (known !== undefined) return known
  const answer = redacted(text)
  if (ANSWERS.size >= MOST_ANSWERS) ANSWERS.clear()
  ANSWERS.set(text, answer)
  return answer
}

function redacted(text: string): string {
  const spans = viewsOf(text).flatMap(spansIn)
  if (spans.length === 0) return text
  spans.sort((a, b) => a.start - b.start || b.end - a.end)
  let out = ''
  let done = 0
  for (let index = 0; index < spans.length;) {
    const { start, ...first } = spans[index] as Span
    let { end, rule } = first
    for (index += 1; index < spans.length; index += 1) {
      const next = spans[index] as Span
      if (next.start >= end) break
      end = Math.max(end, next.end)
      rule = Math.min(rule, next.rule)
    }
    out += `${text.slice(done, start)}[redacted:${RULES[rule]?.name}]`
    done = end
  }
  return out + text.slice(done)
}

/** Longest stretch of a text that an excerpt is made from; far more than any excerpt shows. */
const LONGEST_EXCERPTED = 65_536

/** A text as a report may quote it: one line, without secrets, control characters visible, at most `max` UTF-16 units. */
export function excerptOf(text: string, max = 200): string {
  // Secrets go first, on the whole: a clipped or escaped one is no longer known for what it is.
  const line = oneLine(redactSecrets(headOf(text, LONGEST_EXCERPTED)))
  return clip(escapeControl(line), max)
}

/** As `excerptOf`, but the end of the text. */
export function excerptEndOf(text: string, max = 200): string {
  const line = excerptOf(text, LONGEST_EXCERPTED)
  if (line.length <= max) return line
  return `…${line.slice(line.length - max + 1).replace(/^[\udc00-\udfff]/, '')}`
}
