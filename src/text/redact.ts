import { headOf } from './ends.ts'
import { clip, escapeControl } from './escape.ts'
import { oneLine } from './one-line.ts'

interface Rule {
  readonly name: string
  /** What it matches is secret, or only its group `secret` where it has one. Linear: no unbounded run that a later part can fail. */
  readonly pattern: RegExp
  /** Stands in whatever matches a pattern that ignores case: a pattern itself, in lower case. */
  readonly hint?: string
}

const BOUNDARY = String.raw`\b`

/** A value behind `=` or `:`, in quotes (escaped ones too, as in JSON within JSON) or up to the next blank or delimiter. */
const VALUE = String.raw`(?:\\?"(?<secret>[^"\\\n[][^"\\\n]{3,})|\\?'(?<secretInSingleQuotes>[^'\\\n[][^'\\\n]{3,})|(?<bareSecret>[^\s"'\x60,;&<>()[\]{}\\][^\s"'\x60,;&<>()[\]{}\\]{3,}))`
const SEPARATOR = String.raw`\\?["']?\s{0,3}(?:=>?|:=?)\s{0,3}`

/**
 * Known forms of secrets; where two overlap, the one that stands first gives its name. Names follow gitleaks where it has one.
 * Prefixes are matched exactly, so that words of prose are left alone.
 */
export const RULES: readonly Rule[] = [
  { name: 'private-key', pattern: /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,60}-----|$)/g },
  { name: 'age-secret-key', pattern: /\bAGE-SECRET-KEY-1[A-Z0-9]{20,}/g },
  {
    name: 'url-userinfo',
    pattern: /\b[a-z][a-z0-9+.-]{1,24}:\/\/(?<secret>[^\s/?#"'`<>@:]{0,256}:[^\s/?#"'`<>]{1,1024})@/gi,
    hint: String.raw`:\/\/`,
  },
  { name: 'url-userinfo', pattern: /\b(?:https?|wss?|ftps?):\/\/(?<secret>[^\s/?#"'`<>@:]{1,1024})@/gi, hint: String.raw`:\/\/` },
  { name: 'slack-webhook', pattern: /\bhooks\.slack\.com\/(?:services|workflows|triggers)\/(?<secret>[\w/+-]{10,})/g },
  { name: 'discord-webhook', pattern: /\bdiscord(?:app)?\.com\/api\/webhooks\/(?<secret>\d{5,25}\/[\w-]{20,})/g },
  { name: 'anthropic-api-key', pattern: /\bsk-ant-[\w-]{8,}/g },
  { name: 'openai-api-key', pattern: /\bsk-(?=[\w-]{0,60}[A-Z\d])[\w-]{16,}/g },
  { name: 'stripe-access-token', pattern: /\b(?:[sr]k_(?:live|test|prod)_|whsec_)\w{10,}/g },
  { name: 'aws-access-token', pattern: /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b/g },
  { name: 'github-fine-grained-pat', pattern: /\bgithub_pat_\w{20,}/g },
  { name: 'github-token', pattern: /\bgh[pousr]_\w{20,}/g },
  { name: 'gitlab-token', pattern: /\bgl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat|ffct)-[\w.-]{16,}/g },
  { name: 'slack-token', pattern: /\bxox[a-z]-[\w-]{8,}|\bxapp-\d-[\w-]{8,}|\bxoxe\.xox[bp]-[\w-]{8,}/g },
  { name: 'npm-access-token', pattern: /\bnpm_[A-Za-z0-9]{30,}/g },
  { name: 'pypi-upload-token', pattern: /\bpypi-AgE[\w-]{20,}/g },
  { name: 'huggingface-access-token', pattern: /\b(?:hf|api_org)_[A-Za-z0-9]{24,}/g },
  { name: 'gcp-api-key', pattern: /\bAIza[\w-]{30,}/g },
  { name: 'google-oauth', pattern: /\bya29\.[\w-]{20,}|\bGOCSPX-[\w-]{20,}/g },
  { name: 'docker-token', pattern: /\bdckr_(?:pat|oat)_[\w-]{20,}/g },
  { name: 'digitalocean-token', pattern: /\bdo[opr]_v1_[a-f0-9]{32,}/g },
  { name: 'vault-token', pattern: /\bhv[sbr]\.[\w-]{20,}/g },
  { name: 'sendgrid-api-token', pattern: /\bSG\.[\w-]{16,64}\.[\w-]{16,}/g },
  { name: 'telegram-bot-token', pattern: /\b\d{8,10}:AA[\w-]{33}/g },
  {
    name: 'vendor-token',
    pattern:
      /\b(?:shp(?:at|ca|pa|ss)_|lin_api_|ntn_|dapi|glsa_|glc_|sntry[su]_|sbp_|sb_secret_|gsk_|xai-|pplx-|r8_|pul-|tskey-[a-z]{1,10}-)\w{20,}/g,
  },
  // Not behind a word or a dash, so that every run of these characters is tried only once.
  { name: 'jwt', pattern: /(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g },
  {
    name: 'authorization',
    pattern:
      /\b(?:proxy-)?authorization\\?["']?\s{0,4}[:=]\s{0,4}\\?["']?(?:(?:basic|bearer|token|digest|negotiate|apikey)\s{1,4})?(?<secret>(?!(?:basic|bearer|token|digest|negotiate|apikey)\s)[^\s"'\\,;[][^\s"'\\,;]{3,})/gi,
    hint: 'authorization',
  },
  { name: 'bearer-token', pattern: /\bbearer\s{1,4}(?=[\w.~+/=-]{0,200}\d)(?<secret>[\w.~+/=-]{12,})/gi, hint: String.raw`bearer\s` },
  { name: 'cookie', pattern: /\b(?:set-)?cookie:\s{0,4}(?<secret>[^\s"'\\[][^\n"'\\]{3,})/gi, hint: 'cookie:' },
  {
    name: 'assigned-secret',
    pattern: new RegExp(
      String.raw`(?:token|secret|passw(?:or)?d|passphrase|passcode|pwd|credentials?|(?:[_-]|api|access|secret|private|auth|account|shared|signing|encryption|master)key)${SEPARATOR}${VALUE}`,
      'gi',
    ),
    hint: `(?:token|secret|passw(?:or)?d|passphrase|passcode|pwd|credentials?|key)${SEPARATOR}`,
  },
  {
    name: 'secret-option',
    pattern: new RegExp(String.raw`(?<![\w-])--?(?:[a-z]{1,20}-){0,3}(?:token|secret|password|passphrase|key)\s{1,4}(?!-)${VALUE}`, 'gi'),
    hint: String.raw`-(?:token|secret|password|passphrase|key)\s`,
  },
].map(({ pattern, ...rule }) => ({ ...rule, pattern: new RegExp(pattern, `${pattern.flags}d`) }))

/**
 * Matches wherever a rule does, and seldom elsewhere. V8 takes 7 ms to compile the rules as one pattern that ignores case, and 1 for
 * this one; it is quicker to be done with a text, too.
 */
const HINTS = anyOf(RULES.map(({ pattern, hint }) => (hint === undefined ? pattern.source : eitherCase(hint))))

/**
 * All rules in one pattern. Letter case counts for no part of it, so that it matches more than the rules do and never less (no rule
 * excludes what depends on case).
 */
const ANY_RULE = anyOf(
  RULES.map(({ pattern }) => pattern.source),
  'i',
)

/** A pattern for all of these; the boundary that most begin with is looked for once. */
function anyOf(patterns: readonly string[], flags = ''): RegExp {
  const unnamed = patterns.map((source) => source.replaceAll(/\(\?<[A-Za-z]+>/g, '(?:'))
  const words = unnamed.filter((source) => source.startsWith(BOUNDARY))
  const others = unnamed.filter((source) => !source.startsWith(BOUNDARY))
  return new RegExp([...others, `${BOUNDARY}(?:${words.map((source) => source.slice(BOUNDARY.length)).join('|')})`].join('|'), flags)
}

/** The letters of a pattern in either case; what is escaped stays as it is. */
function eitherCase(pattern: string): string {
  return pattern.replaceAll(/\\.|[a-z]/g, (part) => (part.length > 1 ? part : `[${part}${part.toUpperCase()}]`))
}

/** Whether a rule may match; most texts hold no secret. */
export function mayHoldSecret(text: string): boolean {
  return HINTS.test(text) && ANY_RULE.test(text)
}

/** A reading of a text in which split secrets are whole again; `starts` and `ends` lead each unit back to the original. */
interface View {
  readonly text: string
  readonly starts?: Int32Array
  readonly ends?: Int32Array
}

/** What can stand inside a secret without being seen: format and control characters, raw, JSON-escaped or in our own spelling. */
const HIDDEN = String.raw`[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\uddef]|\\u\{[\da-f]{1,6}\}|\\u[\da-f]{4}|\\[nrtbf/"]`
/** Terminal sequences that begin with CSI (colours), raw or escaped. */
const SEQUENCE = String.raw`(?:\u001b\[|\u009b|\\u\{(?:1b\}\[|9b\})|\\u(?:001b\[|009b))[0-?]{0,40}[ -/]{0,4}[@-~]`
const JOINTS = new RegExp(HIDDEN, 'gi')
const JOINTS_AND_SEQUENCES = new RegExp(`${SEQUENCE}|${HIDDEN}`, 'gi')
const IS_HIDDEN = new RegExp(`^(?:${HIDDEN})$`, 'i')

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

function spansIn({ text, starts, ends }: View): Span[] {
  const spans: Span[] = []
  if (!mayHoldSecret(text)) return spans
  RULES.forEach(({ pattern }, rule) => {
    for (const match of text.matchAll(pattern)) {
      const groups = Object.values(match.indices?.groups ?? {}).filter((range) => range !== undefined)
      const [start, end] = groups[0] ?? [match.index, match.index + match[0].length]
      spans.push({ start: starts?.[start] ?? start, end: ends?.[end - 1] ?? end, rule })
    }
  })
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
