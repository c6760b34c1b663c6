import type { ApiErrorPart, ApiFault } from '../../facts/record.ts'
import { isObject, type JsonObject } from '../../text/json.ts'
import { numberIn } from '../fields.ts'
import { faultOfStatus } from '../http-fault.ts'
import { readDelay, readLimit } from './limits.ts'

/** What the client's own names for errors mean (0.63 to 0.171). */
const FAULTS: ReadonlyMap<string, ApiFault> = new Map([
  ['usage_limit_exceeded', 'usage_limit'],
  ['model_cap', 'usage_limit'],
  ['rate_limit_exceeded', 'throttle'],
  ['session_budget_exceeded', 'turn_cap'],
  ['context_window_exceeded', 'context'],
  ['server_overloaded', 'overloaded'],
  ['flex_unavailable', 'overloaded'],
  ['internal_server_error', 'server_error'],
  ['unauthorized', 'auth'],
  ['bad_request', 'request'],
  ['invalid_prompt', 'request'],
  ['cyber_policy', 'refusal'],
  ['bio_policy', 'refusal'],
  ['misalignment_policy_violation', 'refusal'],
  ['http_connection_failed', 'connection'],
  ['response_stream_connection_failed', 'connection'],
  ['response_stream_disconnected', 'connection'],
  ['response_too_many_failed_attempts', 'connection'],
])
/** Under the name of a usage limit the client also says that nothing is paid for: waiting does not help. */
const UNPAID = /\bquota exceeded\b|\bcheck your plan and billing\b|\bto use codex with your chatgpt plan\b|\bout of credits\b/i
/** The words of versions that name no error. */
const WORDINGS: readonly (readonly [RegExp, ApiFault])[] = [
  [UNPAID, 'billing'],
  [/\b(?:hit|reached) your usage limit\b|\busage limit has been reached\b/i, 'usage_limit'],
  [/\bran out of room in the model's context window\b|\bcontext window\b.{0,40}\bexceed/i, 'context'],
  [/\bstream disconnected before completion\b|\bconnection failed\b|\berror sending request\b/i, 'connection'],
  [/\bat capacity\b|\bexperiencing high demand\b/i, 'overloaded'],
]

/** An error with which the client ends its work at a prompt. `info`: its own name for it, with what belongs to it. */
export function readError(text: string, info: unknown, at: number | null, timeZone: string): ApiErrorPart {
  const [code, details] = nameOf(info)
  const status = details === null ? statusIn(text) : numberIn(details, 'http_status_code')
  const fault = faultOf(code, status, text)
  const isLimit = fault === 'usage_limit' || fault === 'throttle'
  const limit = !isLimit
    ? null
    : details?.['reset_after_seconds'] === undefined
      ? readLimit(text, at, timeZone)
      : readDelay(details, text, at)
  return {
    kind: 'error',
    fault,
    code,
    status,
    text,
    limit: fault === 'throttle' && limit !== null ? { ...limit, kind: 'throttle' } : limit,
  }
}

/** A bare name, or one with details below it. */
function nameOf(info: unknown): readonly [string | null, JsonObject | null] {
  if (typeof info === 'string') return [info.slice(0, 100), null]
  if (!isObject(info)) return [null, null]
  const [entry] = Object.entries(info)
  if (entry === undefined) return [null, null]
  return [entry[0].slice(0, 100), isObject(entry[1]) ? entry[1] : null]
}

function statusIn(text: string): number | null {
  const status = /\b(?:unexpected status|last status:|http) (\d{3})\b/i.exec(text)?.[1]
  return status === undefined ? null : Number(status)
}

function faultOf(code: string | null, status: number | null, text: string): ApiFault {
  const named = FAULTS.get(code ?? '') ?? null
  if (named === 'usage_limit' && UNPAID.test(text)) return 'billing'
  // What a server answered says more than that the connection to it came to nothing.
  const answered = named === null || named === 'connection' ? faultOfStatus(status) : null
  return answered ?? named ?? WORDINGS.find(([pattern]) => pattern.test(text))?.[1] ?? 'other'
}
