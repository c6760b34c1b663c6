import type { ApiErrorPart, ApiFault } from '../../facts/record.ts'
import type { Limit } from '../../facts/limit.ts'
import { boundReset, isEntitlementText, readLimitText, readQuotaLimits } from './limit-text.ts'

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
  /** `apiErrorCode` (2.1.332): the finer code in the API's answer, such as `credits_required`. */
  readonly bodyCode: string | null
  /** `apiErrorIsTransient` (2.1.332): the client expects that it passes by itself. */
  readonly isTransient: boolean
  /** `truncatedAfterOutput` (2.1.332): part of the answer had arrived. */
  readonly cutOutput: boolean
  readonly quotaLimits: unknown
  readonly text: string
}

interface Wording {
  readonly fault: ApiFault
  /** Where it was seen: client versions of our own runs, or an issue of the client's tracker. */
  readonly seen: string
  readonly text?: RegExp
  readonly code?: readonly string[]
  readonly type?: readonly string[]
  readonly detail?: readonly string[]
  readonly bodyCode?: readonly string[]
  readonly status?: (status: number) => boolean
}

/**
 * What an error record means, most telling first: words that name one fault alone, then codes, then the status. The order
 * is the policy; limits are taken out before (see `readApiError`). Every pattern runs in linear time.
 */
const WORDINGS: readonly Wording[] = [
  {
    fault: 'context',
    seen: '2.1.145 (text), 2.1.332',
    detail: ['autocompact_thrashing', 'message_over_context_limit'],
    text: /^Autocompact is thrashing\b|the context refilled to the limit/i,
  },
  { fault: 'no_answer', seen: '2.1.332', detail: ['empty_completion'], text: /model returned an empty response/i },
  {
    fault: 'no_answer',
    seen: '2.1.156, 2.1.332',
    detail: ['malformed_tool_use_exhausted'],
    text: /tool call could not be parsed/i,
  },
  { fault: 'refusal', seen: '2.1.332', detail: ['safety_monitor_blocked', 'dlp_request_denied'] },
  {
    fault: 'auth',
    seen: '2.1.332',
    detail: [
      'provider_credentials',
      'gateway_signin_required',
      'gateway_session_expired',
      'api_key_auth_disabled',
      'org_disabled_credential',
      'invalid_credential_header',
      'oauth_refresh_store_refused',
      'stored_login_refused',
      'named_profile_unusable',
    ],
  },
  { fault: 'intercepted', seen: '2.1.332', detail: ['network_edge_blocked'] },
  {
    fault: 'connection',
    seen: '2.1.332',
    detail: [
      'no_response',
      'stream_idle_timeout',
      'computer_slept',
      'gateway_content_type',
      'tls_untrusted_ca',
      'tls_cert_signature_failure',
    ],
  },
  {
    fault: 'request',
    seen: '2.1.332',
    detail: [
      'model_substitution_disabled',
      'tool_history_mismatch',
      'media_removed',
      'pdf_too_large',
      'pdf_password_protected',
      'effort_requires_thinking',
      'advisor_incompatible',
      'field_not_granted',
      'hook_denied',
      'claude_code_version_too_old',
    ],
  },
  { fault: 'aborted', seen: '2.1.332', text: /^(?:API Error: )?Request was aborted\.?$/i },
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
  {
    fault: 'turn_cap',
    seen: 'SDK 0.3.x; 2.1.27x',
    text: /\bReached max(?:imum number of)? turns\b|stopped at its \d+-turn limit|Reached maximum budget/i,
  },
  // Where a login expired and a saved key has no credit either, the login is what is missing.
  { fault: 'auth', seen: '2.1.332', text: /your claude\.ai login expired/i },
  {
    fault: 'billing',
    seen: '2.0.76 to 2.1.332',
    text: /Credit balance is too low|Usage credits ran out|not available with the Claude \w+ plan|unavailable for your plan/i,
    bodyCode: ['credits_required', 'enforced_spend_limit_reached', 'contract_spend_limit_reached'],
  },
  { fault: 'billing', seen: '2.1.x; docs', text: /\baccount (?:is )?on hold\b|verification required|payment (?:is )?required/i },
  { fault: 'auth', seen: '2.1.156, 2.1.329', text: /disabled Claude subscription access|not have access to Claude Code/i },
  {
    fault: 'auth',
    seen: '2.0.76 to 2.1.329',
    text: /Please run \/login|Invalid API key|Not logged in|\bLogin expired|Failed to authenticate|OAuth (?:token|session) (?:has )?(?:expired|been revoked)/i,
  },
  {
    fault: 'auth',
    seen: '2.1.332',
    text: /apiKeyHelper script is failing|belongs to a disabled organization|disabled API key authentication|^(?:API Error: )?Authentication error\b|gateway refused the request|^No LLM gateway:|(?:Could not|Failed to) refresh (?:your login|OAuth token)/i,
  },
  {
    fault: 'connection',
    seen: '2.1.2xx, #84155',
    text: /Connection (?:closed|lost|dropped|to the API was lost) ?(?:mid-response|while (?:thinking|your computer)|before|\()|Connection error|Socket is closed|Connection refused|No internet route/i,
  },
  {
    fault: 'connection',
    seen: '2.0.76 to 2.1.329',
    text: /Unable to connect to API|Request timed out|stream idle timeout|response (?:stalled|stopped arriving)|computer went to sleep mid-response|empty or malformed response|response (?:could not be read|stream was malformed)|part of the response never arrived|temporarily unavailable|No response from API|SSL certificate error/i,
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
    text: /image dimensions exceed|exceeds the dimension limit|Image was too large|Unable to resize image|PDF (?:(?:was|is) )?too|PDF file was not valid|PDF is password protected|Request too large|tool use concurrency|(?:orphaned tool_result|duplicate tool_use ID) in conversation|issue with the selected model|model policy no longer allows|the response was discarded/i,
  },
  {
    fault: 'overloaded',
    seen: '2.0.76 (JSON body), 2.1.x',
    text: /\boverloaded_error\b|API Error: (?:529 )?Overloaded|\b529\b[^]{0,40}overloaded|Repeated 529/i,
  },
  { fault: 'connection', seen: '2.1.329', detail: ['connection_failed'] },
  { fault: 'request', seen: '2.1.332', detail: ['no_allowed_fallback'] },
  { fault: 'output_limit', seen: '2.1.156, 2.1.329', code: ['max_output_tokens'], detail: ['max_output_tokens'] },
  { fault: 'billing', seen: '2.0.76 to 2.1.329; SDK 0.3.329', code: ['billing_error', 'account_on_hold', 'verification_required'] },
  { fault: 'auth', seen: '2.0.76 to 2.1.329', code: ['authentication_failed', 'oauth_org_not_allowed', 'cloud_credential_error'] },
  { fault: 'overloaded', seen: 'SDK 0.3.329', code: ['overloaded'] },
  { fault: 'overloaded', seen: '2.1.156, 2.1.329', status: (s) => s === 529 },
  { fault: 'request', seen: '2.1.156, 2.1.329', code: ['model_not_found'] },
  { fault: 'auth', seen: '2.1.156, 2.1.329', status: (s) => s === 401 || s === 403 },
  { fault: 'billing', seen: 'API reference', status: (s) => s === 402 },
  { fault: 'server_error', seen: '2.1.156, 2.1.329', status: (s) => s >= 500 && s <= 599 },
  { fault: 'request', seen: '2.0.76 to 2.1.329', status: (s) => s >= 400 && s < 500 && s !== 407 && s !== 408 && s !== 429 },
  { fault: 'connection', seen: 'API reference; 407 is a proxy', status: (s) => s === 407 || s === 408 },
  { fault: 'request', seen: '2.0.76 to 2.1.329', code: ['invalid_request'] },
  // The API's own type, where an error in the middle of a stream has no status (2.1.329 on).
  { fault: 'overloaded', seen: '2.1.329', type: ['overloaded_error'] },
  { fault: 'auth', seen: '2.1.329', type: ['authentication_error', 'permission_error'] },
  { fault: 'billing', seen: '2.1.329', type: ['billing_error'] },
  { fault: 'server_error', seen: '2.1.329', type: ['api_error'] },
  { fault: 'request', seen: '2.1.329', type: ['invalid_request_error', 'not_found_error', 'request_too_large'] },
  { fault: 'server_error', seen: '2.1.332', text: /This is a server-side issue/i },
  // A server error without a status is a stream that broke (2.1.2xx: apiErrorStatus null).
  { fault: 'connection', seen: '2.1.2xx', code: ['server_error'], type: ['timeout_error'] },
]

/** The HTTP status that older clients (2.0.76 to 2.1.97) only write into the text: `API Error: 529 {…}`. */
function statusInText(text: string): number | null {
  const match =
    /^(?:Failed to authenticate\. |Please run \/login · )?API Error: ([45]\d\d)\b/.exec(text) ??
    /Request rejected \(([45]\d\d)\)/.exec(text)
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
  if (limit !== null) return part(limit.fault, boundReset(limit.limit, recordedAt))
  if (isForeignPage(status, fields.text)) return part('intercepted', null)
  const wording = WORDINGS.find(
    (each) =>
      (each.text?.test(fields.text) ?? false) ||
      isIn(each.code, fields.code) ||
      isIn(each.type, fields.type) ||
      isIn(each.detail, fields.detail) ||
      isIn(each.bodyCode, fields.bodyCode) ||
      (status !== null && (each.status?.(status) ?? false)),
  )
  return part(wording?.fault ?? (fields.cutOutput ? 'connection' : 'other'), null)
}

function isIn(list: readonly string[] | undefined, value: string | null): boolean {
  return value !== null && (list?.includes(value) ?? false)
}

/** A web page, or its title alone: from 2.1.220 on the client shortens a page to that. */
const PAGE =
  /<!doctype html|<html\b|\bJust a moment\b|\bAttention Required!|\bcf[-_](?:mitigated|chl|ray)|Enable JavaScript and cookies|The request could not be satisfied/i
/** Titles and bodies that say no more than the status: the API explains its own. */
const BARE_REFUSAL =
  /^(?:Failed to authenticate\. |Please run \/login · )?API Error: 40[13] (?:40[13] )?(?:Forbidden|Access Denied|Request Rejected|Web Page Blocked!?|status code \(no body\))\.?$/i

/** Whether something between the client and the API answered in its place: a proxy, a firewall, a network's login page. */
function isForeignPage(status: number | null, text: string): boolean {
  if (status === null || status < 400 || status >= 500 || status === 413 || status === 429) return false
  return PAGE.test(text) || ((status === 401 || status === 403) && BARE_REFUSAL.test(text))
}

/** Limits that are no quota of the account's: whatever the fields say is about another one. */
function isOther({ kind }: Pick<Limit, 'kind'>): boolean {
  return kind === 'throttle' || kind === 'spend'
}

/** The client's own words for a request that credits would have paid for (2.1.332). */
const ENTITLEMENTS: readonly string[] = ['model_requires_usage_credits', 'long_context_credits_required', 'consent_unanswered']

function limitOf(
  fields: ErrorFields,
  status: number | null,
  recordedAt: number | null,
  timeZone: string,
): { readonly fault: ApiFault; readonly limit: Limit } | null {
  // 529 carried the code rate_limit before it had one of its own.
  if ((status !== null && status !== 429) || /overloaded/i.test(fields.text)) return null
  const refusedByLimit =
    fields.code === 'rate_limit' || status === 429 || fields.detail === 'usage_limit_reached' || fields.type === 'rate_limit_error'
  const fromFields = readQuotaLimits(fields.quotaLimits, fields.text)
  const isTold = fromFields !== undefined && fromFields.resetsAt !== null
  // A time that the fields tell exactly need not be worked out of words as well.
  const inText = readLimitText(fields.text, recordedAt ?? 0, timeZone, (words) => !isTold || words.entitlement === true || isOther(words))
  const told =
    recordedAt === null && inText !== undefined && !/\|\d{10}/.test(fields.text) ? { ...inText, resetsAt: null, resetSource: null } : inText
  const isEntitlement = isIn(ENTITLEMENTS, fields.detail)
  if (isEntitlement || isEntitlementText(fields.text)) {
    const own = isEntitlement && told?.kind !== 'spend' ? undefined : told
    return { fault: 'billing', limit: own ?? { kind: 'extra_usage', resetsAt: null, resetSource: null, text: fields.text.slice(0, 300) } }
  }
  // The code is missing on some builds (2.1.197: `error` without the boolean; before: neither), so the words alone decide too,
  // but only where no other fault is named: an API key's 500 may mention its rate limit.
  if (!refusedByLimit && told === undefined) return null
  if (!refusedByLimit && fields.code !== null && fields.code !== 'unknown') return null
  const quota = told !== undefined && isOther(told) ? undefined : fromFields
  const kind = fields.isTransient ? 'throttle' : 'unknown'
  const limit: Limit = mergeLimits(quota, told) ?? { kind, resetsAt: null, resetSource: null, text: fields.text.slice(0, 300) }
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
