import type { ApiErrorPart, ApiFault } from '../../facts/record.ts'
import type { Limit } from '../../facts/limit.ts'
import { formatInstant } from '../../time/instant.ts'
import { faultOfStatus } from '../http-fault.ts'

/** A status that a provider answered, as its text quotes it. */
const STATUS =
  /\b(?:http(?: status)?(?: code)?|status(?: code)?|error(?: code)?)[\s:(=]{1,3}(\d{3})\b|\b(\d{3}) (?:too many requests|unauthorized|forbidden|payment required|bad request|not found|internal server error|bad gateway|service unavailable|gateway timeout)\b/i

/**
 * What the text of a failure means, most telling first. The client has no names for failures: it passes on what its providers say, which
 * are many (DeepSeek, OpenAI, Anthropic and others that speak like them).
 */
const WORDINGS: readonly (readonly [RegExp, ApiFault])[] = [
  [
    /\binsufficient (?:balance|quota|funds|credits?)\b|\binsufficient_quota\b|\bexceeded your current quota\b|\bcredit balance is too low\b|\bpayment required\b|\bout of credits\b/i,
    'billing',
  ],
  [/\b(?:context (?:window|length)|maximum context|prompt is too long|context_length_exceeded)\b/i, 'context'],
  [
    /\b(?:usage|weekly|daily|session|5-hour|five-hour) limit (?:has been |was )?(?:reached|exceeded|hit)\b|\bhit your usage limit\b/i,
    'usage_limit',
  ],
  [/\brate[ _-]?limit(?:ed|s|_error|_exceeded)?\b|\btoo many requests\b/i, 'throttle'],
  [/\boverloaded(?:_error)?\b|\bat capacity\b|\bserver(?: is)? busy\b/i, 'overloaded'],
  [
    /\b(?:invalid|incorrect|missing|expired|revoked) (?:x-)?api[ _-]key\b|\bauthentication(?:_error| failed| fails)\b|\bunauthori[sz]ed\b/i,
    'auth',
  ],
  [/\bcontent (?:filter|policy)\b|\bcontent_filter\b|\bsafety (?:filter|policy|system)\b/i, 'refusal'],
  [
    /\b(?:max(?:imum)?[ _](?:steps|turns)|step (?:limit|budget|cap)|wall[ -]?(?:clock|time) (?:limit|budget))\b|\btoken budget\b/i,
    'turn_cap',
  ],
  [/\bno (?:progress|heartbeat)\b|\bheartbeat timeout\b|\bstalled\b/i, 'watchdog'],
  [/\b(?:internal server error|bad gateway|service unavailable|server_error)\b/i, 'server_error'],
  [
    /\btimed? ?out\b|\bconnection (?:reset|refused|closed|error|lost|aborted)\b|\b(?:dns|network) error\b|\berror sending request\b|\bstream (?:ended|closed|error|disconnected|stalled)\b|\bunexpected eof\b|\bbroken pipe\b/i,
    'connection',
  ],
  [/\binvalid_request_error\b|\bbad request\b|\bmodel (?:not found|does not exist)\b/i, 'request'],
]
const RETRY_AFTER = /\b(?:retry|try again)(?:[ -]after| in)[\s:]{1,2}(\d{1,6})(?:\.\d+)? ?(s\b|sec|m\b|min|h\b|hour)/i
const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 }
/** A throttle lasts no longer than a limit of five hours. */
const LONGEST_MS = 6 * 3_600_000

/** How an agent's run failed, by the client's text. */
export function readFailure(text: string, at: number | null): ApiErrorPart {
  const found = STATUS.exec(text)
  const status = found === null ? null : Number(found[1] ?? found[2])
  const worded = WORDINGS.find(([pattern]) => pattern.test(text))?.[1] ?? null
  const fault = worded ?? faultOfStatus(status) ?? 'other'
  return {
    kind: 'error',
    fault,
    code: null,
    status,
    text,
    limit: fault === 'throttle' || fault === 'usage_limit' ? limitOf(text, fault, at) : null,
  }
}

function limitOf(text: string, fault: ApiFault, at: number | null): Limit {
  const delay = RETRY_AFTER.exec(text)
  const ms = delay === null ? null : Number(delay[1]) * (UNIT_MS[(delay[2] ?? 's').charAt(0).toLowerCase()] ?? 1_000)
  const resets = at === null || ms === null || ms > LONGEST_MS ? null : formatInstant(at + ms)
  return { kind: fault === 'throttle' ? 'throttle' : 'unknown', resetsAt: resets, resetSource: resets === null ? null : 'text', text }
}
