import type { ApiErrorPart, ApiFault } from '../../facts/record.ts'
import type { Limit } from '../../facts/limit.ts'
import { isEntitlementText, readLimitText, readQuotaLimits } from './limit-text.ts'

/** The fields of a rendered error record that tell what went wrong. Every one of them may be missing, by version. */
export interface ErrorFields {
  /** `error`: a string such as `rate_limit` (2.0.x on), `unknown` for many faults up to 2.1.156. */
  readonly code: string | null
  /** `apiErrorStatus` (2.1.156 on); before, the status stands in the text only. */
  readonly status: number | null
  /** `apiErrorType` (2.1.329): the API's own error type. */
  readonly type: string | null
  /** `apiError` (2.1.156 on): the client's finer word, such as `usage_limit_reached`. */
  readonly detail: string | null
  readonly quotaLimits: unknown
  readonly text: string
}

interface Wording {
  readonly fault: ApiFault
  /** Where it was seen: client versions of our own runs, or an issue of the client's tracker. */
  readonly seen: string
  readonly text?: RegExp
  readonly code?: readonly string[]
  readonly detail?: readonly string[]
  readonly status?: (status: number) => boolean
}

/**
 * What an error record means, most telling first: words that name one fault alone, then codes, then the status. The order
 * is the policy; limits are taken out before (see `readApiError`). Every pattern runs in linear time.
 */
const WORDINGS: readonly Wording[] = [
  { fault: 'watchdog', seen: '2.1.113 on, #87987', text: /Agent stalled: no progress for|stream watchdog did not recover/i },
  {
    fault: 'context',
    seen: '2.0.76 to 2.1.329',
    text: /\bprompt is too long\b|Input is too long for requested model|context window limit|exceed context limit|Context limit reached/i,
  },
  {
    fault: 'context',
    seen: '2.1.229 on; #30396',
    text: /automatic compaction failed|Error during compaction|Conversation too long|prompt_too_long/i,
  },
  {
    fault: 'refusal',
    seen: '2.0.76, 2.1.156',
    text: /appears to violate our Usage Policy|unable to respond to this request, which appears/i,
  },
  {
    fault: 'refusal',
    seen: '2.1.329; docs',
    text: /safeguards flagged this (?:message|request)|can['’]t help with this\. Start a new session|can['’]t respond to this message with/i,
  },
  { fault: 'refusal', seen: '2.0.76 to 2.1.329', text: /blocked by content filtering policy/i },
  { fault: 'output_limit', seen: '2.0.76 to 2.1.329', text: /response exceeded the [\d,]+ output token maximum/i },
  { fault: 'output_limit', seen: '2.1.156, 2.1.329 (malformed_tool_use_exhausted)', text: /tool call could not be parsed/i },
  {
    fault: 'turn_cap',
    seen: 'SDK 0.3.x; 2.1.27x',
    text: /\bReached max(?:imum number of)? turns\b|stopped at its \d+-turn limit|Reached maximum budget/i,
  },
  { fault: 'billing', seen: '2.0.76 to 2.1.329', text: /Credit balance is too low/i },
  { fault: 'billing', seen: '2.1.x; docs', text: /\baccount (?:is )?on hold\b|verification required|payment (?:is )?required/i },
  { fault: 'auth', seen: '2.1.156, 2.1.329', text: /disabled Claude subscription access|not have access to Claude Code/i },
  {
    fault: 'auth',
    seen: '2.0.76 to 2.1.329',
    text: /Please run \/login|Invalid API key|Not logged in|Login expired|Failed to authenticate|OAuth (?:token|session) (?:has )?(?:expired|been revoked)/i,
  },
  {
    fault: 'connection',
    seen: '2.1.2xx, #84155',
    text: /Connection (?:closed|lost|dropped) (?:mid-response|while thinking|before|\()|Connection error|Socket is closed|Connection refused|No internet route/i,
  },
  {
    fault: 'connection',
    seen: '2.0.76 to 2.1.329',
    text: /Unable to connect to API|Request timed out|stream idle timeout|response (?:stalled|stopped arriving)|computer went to sleep mid-response|empty or malformed response/i,
  },
  {
    fault: 'connection',
    seen: '2.0.x, #75318',
    text: /socket (?:connection )?(?:was|is) closed|socket hang up|fetch failed|\b(?:ECONNRESET|ECONNREFUSED|ETIMEDOUT|ENOTFOUND|EPIPE|EAI_AGAIN)\b/i,
  },
  { fault: 'server_error', seen: '2.1.2xx', text: /Server error mid-response/i },
  {
    fault: 'request',
    seen: '2.1.156, 2.1.329',
    text: /image dimensions exceed|exceeds the dimension limit|Image was too large|Unable to resize image|PDF (?:was|is) too|Request too large|tool use concurrency|issue with the selected model/i,
  },
  {
    fault: 'overloaded',
    seen: '2.0.76 (JSON body), 2.1.x',
    text: /\boverloaded_error\b|API Error: (?:529 )?Overloaded|\b529\b[^]{0,40}overloaded|Repeated 529/i,
  },
  { fault: 'connection', seen: '2.1.329', detail: ['connection_failed'] },
  { fault: 'output_limit', seen: '2.1.156, 2.1.329', code: ['max_output_tokens'], detail: ['max_output_tokens'] },
  { fault: 'billing', seen: '2.0.76 to 2.1.329; SDK 0.3.329', code: ['billing_error', 'account_on_hold', 'verification_required'] },
  { fault: 'auth', seen: '2.0.76 to 2.1.329', code: ['authentication_failed', 'oauth_org_not_allowed', 'cloud_credential_error'] },
  { fault: 'overloaded', seen: 'SDK 0.3.329', code: ['overloaded'] },
  { fault: 'overloaded', seen: '2.1.156, 2.1.329', status: (s) => s === 529 },
  { fault: 'request', seen: '2.1.156, 2.1.329', code: ['model_not_found'] },
  { fault: 'auth', seen: '2.1.156, 2.1.329', status: (s) => s === 401 || s === 403 },
  { fault: 'billing', seen: 'API reference', status: (s) => s === 402 },
  { fault: 'server_error', seen: '2.1.156, 2.1.329', status: (s) => s >= 500 && s <= 599 },
  { fault: 'request', seen: '2.0.76 to 2.1.329', status: (s) => s >= 400 && s < 500 && s !== 408 && s !== 429 },
  { fault: 'connection', seen: 'API reference', status: (s) => s === 408 },
  { fault: 'request', seen: '2.0.76 to 2.1.329', code: ['invalid_request'] },
  // A server error without a status is a stream that broke (2.1.2xx: apiErrorStatus null).
  { fault: 'connection', seen: '2.1.2xx', code: ['server_error'] },
]

/** The HTTP status that older clients (2.0.76 to 2.1.97) only write into the text: `API Error: 529 {…}`. */
function statusInText(text: string): number | null {
  const match = /^(?:Failed to authenticate\. )?API Error: ([45]\d\d)\b/.exec(text) ?? /Request rejected \(([45]\d\d)\)/.exec(text)
  return match === null ? null : Number(match[1])
}

/** Judges a record by its fields. The caller has made sure that the client itself wrote it in the model's place. */
export function readApiError(fields: ErrorFields, recordedAt: number | null, timeZone: string): ApiErrorPart {
  const status = fields.status ?? statusInText(fields.text)
  const part = (fault: ApiFault, limit: Limit | null): ApiErrorPart => ({
    kind: 'error',
    fault,
    code: fields.code,
    status,
    text: fields.text,
    limit,
  })
  const limit = limitOf(fields, status, recordedAt, timeZone)
  if (limit !== null) return part(limit.fault, limit.limit)
  const wording = WORDINGS.find(
    (each) =>
      (each.text?.test(fields.text) ?? false) ||
      (fields.code !== null && (each.code?.includes(fields.code) ?? false)) ||
      (fields.detail !== null && (each.detail?.includes(fields.detail) ?? false)) ||
      (status !== null && (each.status?.(status) ?? false)),
  )
  return part(wording?.fault ?? 'other', null)
}

/** Limits that are no quota of the account's: whatever the fields say is about another one. */
function isOther({ kind }: Pick<Limit, 'kind'>): boolean {
  return kind === 'throttle' || kind === 'spend'
}

function limitOf(
  fields: ErrorFields,
  status: number | null,
  recordedAt: number | null,
  timeZone: string,
): { readonly fault: ApiFault; readonly limit: Limit } | null {
  // 529 carried the code rate_limit before it had one of its own.
  if ((status !== null && status !== 429) || /overloaded/i.test(fields.text)) return null
  const refusedByLimit = fields.code === 'rate_limit' || status === 429 || fields.detail === 'usage_limit_reached'
  const fromFields = readQuotaLimits(fields.quotaLimits, fields.text)
  const isTold = fromFields !== undefined && fromFields.resetsAt !== null
  // A time that the fields tell exactly need not be worked out of words as well.
  const inText = readLimitText(fields.text, recordedAt ?? 0, timeZone, (words) => !isTold || words.entitlement === true || isOther(words))
  const told =
    recordedAt === null && inText !== undefined && !/\|\d{10}/.test(fields.text) ? { ...inText, resetsAt: null, resetSource: null } : inText
  if (isEntitlementText(fields.text)) {
    return { fault: 'billing', limit: told ?? { kind: 'extra_usage', resetsAt: null, resetSource: null, text: fields.text.slice(0, 300) } }
  }
  // The code is missing on some builds (2.1.197: `error` without the boolean; before: neither), so the words alone decide too,
  // but only where no other fault is named: an API key's 500 may mention its rate limit.
  if (!refusedByLimit && told === undefined) return null
  if (!refusedByLimit && fields.code !== null && fields.code !== 'unknown') return null
  const quota = told !== undefined && isOther(told) ? undefined : fromFields
  const limit: Limit = mergeLimits(quota, told) ?? { kind: 'unknown', resetsAt: null, resetSource: null, text: fields.text.slice(0, 300) }
  if (limit.kind === 'spend') return { fault: 'billing', limit }
  if (limit.kind === 'extra_usage' && limit.resetsAt === null) return { fault: 'billing', limit }
  return { fault: limit.kind === 'throttle' || limit.kind === 'api_key' ? 'throttle' : 'usage_limit', limit }
}

/** The structured fields win; what they leave open comes from the text. */
function mergeLimits(quota: Limit | undefined, told: Limit | undefined): Limit | undefined {
  if (quota === undefined) return told
  if (told === undefined) return quota
  return {
    kind: quota.kind === 'unknown' ? told.kind : quota.kind,
    resetsAt: quota.resetsAt ?? told.resetsAt,
    resetSource: quota.resetsAt === null ? told.resetSource : quota.resetSource,
    text: told.text,
  }
}
