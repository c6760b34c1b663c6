import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createFiles } from '../../../src/node/files.ts'
import type { TerminalReason } from '../../../src/reasons/terminal-reason.ts'
import { analyze } from '../../../src/scan/scan.ts'
import { analyzeOptions } from '../../analyze-options.ts'
import { noGit } from '../../no-git.ts'
import { Tree } from '../../records/tree.ts'

type Fields = Parameters<ReturnType<Tree['session']>['error']>[1]
type Row = readonly [text: string, fields?: Fields]

const INVALID = { code: 'invalid_request' }
const LOGIN = { code: 'authentication_failed' }
const LIMIT = { code: 'rate_limit', status: 429, type: 'rate_limit_error' }
const STREAM = { code: 'server_error' }
const UNKNOWN = { code: 'unknown' }
const typed = (detail: string, code = 'unknown'): Fields => ({ code, detail })

/**
 * Every error that 2.1.332 can write, and the reason that it means: docs/internals/new-client-version.md. Texts are shortened where the rest is
 * advice; a code alone stands for a text that may change.
 */
const TABLE: Readonly<Partial<Record<TerminalReason, readonly Row[]>>> = {
  rate_limited: [
    ["You've hit your session limit · resets 3:10pm (UTC)", LIMIT],
    ["You've hit your usage limit", LIMIT],
    ["You've hit your Fable 5 limit · resets 3:10pm (UTC)", LIMIT],
    ['x', { ...UNKNOWN, detail: 'usage_limit_reached' }],
    ['x', { code: 'rate_limit' }],
    ['API Error: Request rejected (429) · this may be a temporary capacity issue.', { ...LIMIT, more: { apiErrorIsTransient: true } }],
    ['Opus is experiencing high load, please use /model to switch to Sonnet', { code: 'rate_limit' }],
    ['Opus 5 is currently unavailable. Learn more: https://example.com', { code: 'rate_limit' }],
    ['x', { type: 'rate_limit_error' }],
  ],
  billing: [
    ['API Error: Usage credits ran out before the response was finished.', UNKNOWN],
    ['Credit balance is too low', { code: 'billing_error' }],
    ['x', { code: 'billing_error' }],
    ["Your account is on hold and can't use Claude Code.", { code: 'account_on_hold' }],
    ['API Error: Verify your organization to continue.', { code: 'verification_required' }],
    ['Claude Opus is not available with the Claude Pro plan. If you have updated your plan, sign in again.', INVALID],
    ['Auto mode is unavailable for your plan', INVALID],
    ["You've hit your individual usage limit · resets Jun 1 (UTC)", LIMIT],
    ["You've hit your org's monthly usage limit", LIMIT],
    ["You've hit your channel's monthly usage limit · an org owner can raise it", LIMIT],
    ["You've hit your individual spend limit", LIMIT],
    ["You've hit your team's pooled group budget. It resets Jun 1.", { ...LIMIT, detail: 'model_requires_usage_credits' }],
    ["You've hit your usage limit · contact your admin to increase it", LIMIT],
    ['This service is disabled for your org', LIMIT],
    ['Usage is paused for your organization. For help, please contact support.', LIMIT],
    ["Your seat type doesn't include usage", LIMIT],
    ['Your usage allocation has been disabled by your admin', LIMIT],
    ["Your group's usage limit is set to $0", LIMIT],
    ['Your org is out of usage · add funds to continue', LIMIT],
    ['API Error: Usage credits required for 1M context · run /model', { ...LIMIT, detail: 'long_context_credits_required' }],
    ['Fable 5 requires usage credits. /model to switch models.', { ...LIMIT, detail: 'model_requires_usage_credits' }],
    ['x', { ...LIMIT, detail: 'model_requires_usage_credits' }],
    ['Claude stopped here because Fable 5 now requires usage credits.', { code: 'rate_limit', detail: 'consent_unanswered' }],
    ['Fable limit reached · continuing on Fable 5 uses usage credits · Claude stopped here', { detail: 'consent_unanswered' }],
    ["Auto mode doesn't run on Opus 5, and Fable 5 requires usage credits", { detail: 'no_allowed_fallback' }],
    ['x', { status: 403, more: { apiErrorCode: 'enforced_spend_limit_reached' } }],
    ['x', { more: { apiErrorCode: 'credits_required' } }],
    ['x', { type: 'billing_error' }],
  ],
  auth_failed: [
    ['Not logged in · Please run /login', { ...LOGIN, detail: 'invalid_credential_header' }],
    ['Login expired · Please run /login', LOGIN],
    ["Failed to authenticate: your claude.ai login expired. Claude Code tried a key instead, but it doesn't have enough credit.", LOGIN],
    ['OAuth token revoked · Please run /login', LOGIN],
    ['This session has no login that it can use.', LOGIN],
    ['Gateway refused the request · signing in again will not change this · API Error: 403 no', LOGIN],
    ['x', { code: 'oauth_org_not_allowed' }],
    ['API Error: Could not load AWS credentials · none. Check or refresh them.', { code: 'cloud_credential_error' }],
    ['Your apiKeyHelper script is failing · This usually means you need to re-authenticate with your provider', INVALID],
    ['Authentication error · The gateway could not authenticate with its upstream provider', INVALID],
    ["Your organization's gateway refused the request · API Error: no", { ...INVALID, status: 403 }],
    ["No LLM gateway: a gateway set in your shell isn't passed to a session opened from another folder.", INVALID],
    ['Login expired · Run /login to sign in again, or re-authenticate your Anthropic profile', INVALID],
    ['Could not refresh your login because another Claude Code process is refreshing it (or exited mid-refresh)', STREAM],
    ['Failed to refresh OAuth token: another Claude Code process is refreshing it or exited mid-refresh.', STREAM],
    ['Could not refresh your login: the disk that holds the Claude Code config directory is full', INVALID],
    ["Failed to refresh OAuth token: can't save to the Keychain.", typed('oauth_refresh_store_refused', 'invalid_request')],
    [
      'Your ANTHROPIC_API_KEY belongs to a disabled organization · Unset it',
      { ...INVALID, detail: 'org_disabled_credential', status: 400 },
    ],
    ['Your organization has disabled API key authentication · Unset it', { ...INVALID, detail: 'api_key_auth_disabled', status: 403 }],
    ['API_KEY · header has invalid characters', typed('invalid_credential_header', 'invalid_request')],
    ['API Error: Not signed in to the gateway', typed('gateway_signin_required')],
    ['API Error: The gateway session expired', typed('gateway_session_expired')],
    ['API Error: credentials are managed by this environment', typed('provider_credentials')],
    ['x', typed('stored_login_refused', 'invalid_request')],
    ['x', typed('named_profile_unusable', 'invalid_request')],
    ['Please run /login · API Error: 401 Invalid bearer token', { ...LOGIN, status: 401, type: 'authentication_error' }],
    ['API Error: 403 {"type":"error","error":{"type":"forbidden","message":"Request not allowed"}}', { status: 403 }],
    ['x', { type: 'permission_error' }],
  ],
  connection_lost: [
    ['Failed to authenticate. API Error: 403 Just a moment...', { ...LOGIN, status: 403 }],
    ['Please run /login · API Error: 403 Attention Required! | Cloudflare', { ...LOGIN, status: 403 }],
    ['API Error: 403 <!DOCTYPE html><html><head><title>Just a moment...</title></head></html>', UNKNOWN],
    ['API Error: 401 <html><body>Sign in to the guest network</body></html>', UNKNOWN],
    ['API Error: 404 <html><head><title>404 Not Found</title></head></html>', { status: 404 }],
    ['Failed to authenticate. API Error: 403 403 Forbidden', { ...LOGIN, status: 403 }],
    ['Failed to authenticate. API Error: 403 status code (no body)', { ...LOGIN, status: 403 }],
    ['API Error: 407 Proxy Authentication Required', { status: 407 }],
    [
      "API Error: Request blocked before it reached Anthropic's API (HTTP 403)",
      { ...INVALID, detail: 'network_edge_blocked', status: 403 },
    ],
    ['API Error: The response could not be read (ZlibError). Try again.', UNKNOWN],
    ['API Error: Connection lost mid-response. The response above may be incomplete.', { ...STREAM, detail: 'connection_failed' }],
    ['API Error: The response stream was malformed and no response was produced. Try again.', STREAM],
    ['API Error: Part of the response never arrived. The response above may be incomplete.', STREAM],
    ['API Error: Your computer went to sleep mid-response.', { ...STREAM, detail: 'computer_slept' }],
    ['API Error: Connection to the API was lost (ECONNRESET). This is usually temporary — try again.', STREAM],
    ['API Error: Connection lost while your computer was asleep', UNKNOWN],
    ['API Error: The API is temporarily unavailable', UNKNOWN],
    ['API Error: SSL certificate error (CERT_HAS_EXPIRED).', UNKNOWN],
    ['x', typed('no_response', 'server_error')],
    ['x', typed('stream_idle_timeout', 'server_error')],
    ['x', typed('tls_untrusted_ca', 'server_error')],
    ['x', typed('tls_cert_signature_failure', 'server_error')],
    ['x', typed('gateway_content_type', 'server_error')],
    ['x', { type: 'timeout_error' }],
    ['Something new happened', { ...UNKNOWN, more: { truncatedAfterOutput: true } }],
  ],
  context_exhausted: [
    ['Autocompact is thrashing: the context refilled to the limit within 3 turns of the previous compact, 3 times in a row.', INVALID],
    ['x', typed('autocompact_thrashing', 'invalid_request')],
    ['Prompt is too long · automatic compaction failed: none', INVALID],
    ['API Error: The model has reached its context window limit.', { code: 'max_output_tokens', detail: 'max_output_tokens' }],
    ["This message is too long to send, so Claude didn't get it.", typed('message_over_context_limit', 'invalid_request')],
  ],
  truncated: [
    ['The model returned an empty response (retry also failed).', { detail: 'empty_completion' }],
    ["The model's tool call could not be parsed (retry also failed).", { detail: 'malformed_tool_use_exhausted' }],
    ["API Error: Claude's response exceeded the 32,000 output token maximum.", { code: 'max_output_tokens', detail: 'max_output_tokens' }],
    ['x', { code: 'max_output_tokens' }],
  ],
  request_rejected: [
    ['CLAUDE_CODE_NO_MODEL_FALLBACK is set: model substitution is disabled', { detail: 'model_substitution_disabled' }],
    ["Auto mode doesn't run on Opus 5, and the model policy no longer allows Fable 5", { detail: 'no_allowed_fallback' }],
    ['API Error: 400 due to tool use concurrency issues.', { ...INVALID, detail: 'tool_history_mismatch' }],
    ['API Error: 400 duplicate tool_use ID in conversation history.', INVALID],
    ['PDF too large (max 100 pages, 32 MB).', { ...INVALID, detail: 'pdf_too_large' }],
    ['PDF is password protected.', UNKNOWN],
    ['The PDF file was not valid.', UNKNOWN],
    ['x', typed('media_removed', 'invalid_request')],
    ['x', typed('effort_requires_thinking', 'invalid_request')],
    ['x', typed('advisor_incompatible', 'invalid_request')],
    ['x', typed('field_not_granted')],
    ["A mod's http.fetch hook stopped this request: no", { ...INVALID, detail: 'hook_denied', status: 403 }],
    ['x', typed('claude_code_version_too_old', 'invalid_request')],
    ["There's an issue with the selected model (x). It may not exist.", { code: 'model_not_found', status: 404 }],
    ['The server routed this response to a model that auto mode does not run on; the response was discarded.', INVALID],
    ['Request too large (max 32 MB).', { ...INVALID, status: 413 }],
    ['API Error: 413 <html><head><title>413 Request Entity Too Large</title></head></html>', { status: 413 }],
  ],
  refused: [
    ["API Error: Opus 5 can't help with this. Start a new session to continue.", INVALID],
    ["API Error: Opus 5's safeguards flagged this message.", INVALID],
    ['x', typed('safety_monitor_blocked')],
    ['x', typed('dlp_request_denied', 'invalid_request')],
  ],
  server_error: [
    ['API Error: Server error mid-response. The response above may be incomplete.', STREAM],
    ['API Error: Internal server error. This is a server-side issue, usually temporary — try again in a moment.', STREAM],
    ['API Error: 503 <html><body>Service Unavailable</body></html>', { status: 503 }],
    ['x', { type: 'api_error' }],
  ],
  overloaded: [
    ['API Error: Repeated 529 Overloaded errors. The API is at capacity.', STREAM],
    ['x', { type: 'overloaded_error' }],
  ],
  interrupted: [['API Error: Request was aborted.'], ['Request was aborted.', UNKNOWN]],
  unknown: [
    [
      'This session restarted with no new message, and Claude has stopped continuing it automatically.',
      { detail: 'unattended_start_limit' },
    ],
    ['API Error: something that nobody has seen', UNKNOWN],
  ],
}

describe('the errors of 2.1.332', async () => {
  const root = mkdtempSync(join(tmpdir(), 'error-table-'))
  afterAll(() => rmSync(root, { recursive: true }))
  const rows = Object.entries(TABLE).flatMap(([reason, list]) => list.map(([text, fields]) => ({ reason, text, fields })))
  const tree = new Tree('2.1.332')
  const main = tree.session()
  rows.forEach(({ text, fields }, index) =>
    main
      .launch(index + 1, { description: 'port' })
      .bash('npm test')
      .error(text, fields),
  )
  tree.write(root)
  const options = analyzeOptions({ roots: [join(root, 'projects')], now: Date.parse('2026-05-31T20:00:00Z') })
  const processes = { domain: async () => null, inspect: async () => ({ state: 'gone' as const }) }
  const { agents } = await analyze(options, { files: createFiles(), processes, git: noGit })
  const byId = new Map(agents.map((agent) => [Number(agent.agentId?.slice(1)), agent]))

  it.each(rows.map((row, index) => ({ ...row, index })))('$reason: $text $fields', ({ reason, index }) => {
    expect(byId.get(index + 1)?.reason).toBe(reason)
  })

  it('a page in the place of the API is no failed login, but may be one', () => {
    const index = rows.findIndex(({ text }) => text.includes('Just a moment'))
    const page = byId.get(index + 1)
    expect(page).toMatchObject({ reason: 'connection_lost', confidence: 'medium' })
    expect(page?.alternatives).toMatchObject([{ reason: 'auth_failed', confidence: 'low' }])
  })
})
