import type { HostLanguage, Launch, RecordBody, ToolCall, ToolResult, TranscriptRecord, TurnPart } from '../../facts/record.ts'
import type { Tokens } from '../../facts/agent.ts'
import type { ReadIssueReason, SourceLocation } from '../../facts/source.ts'
import { digestOf } from '../../text/digest.ts'
import { parseInstant } from '../../time/instant.ts'
import type { Normalized } from '../client.ts'
import { checkpointOf } from './file-actions.ts'
import { isObject } from '../../text/json.ts'
import { readApiError } from './api-error.ts'
import { readLimitText } from './limit-text.ts'
import { isNotification, readNotifications } from './notification.ts'
import { COPIES } from './record-types.ts'
import { isAfterSessionEnd, resultWords } from './result-words.ts'
import { purposeOf, unframeTask } from './words.ts'
import { readWireRecord, type WireRecord } from './wire.ts'

/** How much of a text is kept: enough for every wording that is looked for, and for a checkpoint. Characters. */
export const MAX_TEXT = 4_000
const MAX_PROMPT = 2_000
const MAX_NAME = 200
export const MAX_MODE = 40
/** Longer command lines write files; what is rented stands in their beginning. */
const MAX_COMMAND = 8_000
/** Ids and names of tools are short; whatever is longer is cut. Characters. */
export const MAX_ID = 200
const INTERRUPTS: ReadonlyMap<string, boolean> = new Map([
  ['[Request interrupted by user]', false],
  ['[Request interrupted by user for tool use]', true],
])
/** The names of the tool that launches an agent: `Task` up to 2.0.x, `Agent` since. */
const LAUNCHERS: ReadonlySet<string> = new Set(['Agent', 'Task'])
const STOPPERS: ReadonlySet<string> = new Set(['TaskStop', 'KillShell', 'KillBash', 'AgentStop'])
/** `BashOutput` up to 2.0.x, `TaskOutput` since. */
const ASKERS: ReadonlySet<string> = new Set(['BashOutput', 'TaskOutput', 'AgentOutputTool'])
/** What the client says when a turn ended without the demanded output (2.1.156; 2.1.329). */
/** The entrypoints of host programs; `-p` is `sdk-cli`. */
const HOSTS: ReadonlyMap<string, HostLanguage> = new Map([
  ['sdk-py', 'python'],
  ['sdk-ts', 'typescript'],
])
const SCHEMA_NUDGE = /^(?:Stop hook feedback:\s*You did not call StructuredOutput|\[structured-output-enforce\])/
const HOOK_FEEDBACK = /^Stop hook feedback:/

/** One line of a Claude Code transcript as a record of ours; `where` is its place, `bytes` its length. */
export function normalize(raw: unknown, where: SourceLocation, bytes: number, timeZone: string): Normalized {
  const problems: { reason: ReadIssueReason; detail: string }[] = []
  const wire = readWireRecord(raw)
  if (wire === undefined) {
    problems.push(
      isObject(raw)
        ? { reason: 'invalid_field', detail: 'the record has no type' }
        : { reason: 'not_an_object', detail: 'the line is JSON, but no record' },
    )
    return { record: null, problems }
  }
  if (COPIES.has(wire.type)) return { record: null, problems }
  const at = instantOf(wire, problems)
  const promptId = checkpointOf(raw)
  const bodies: readonly RecordBody[] =
    promptId === null ? bodiesOf(wire, at, timeZone, where) : [{ kind: 'file_checkpoint', promptId: promptId.slice(0, MAX_ID) }]
  const record: TranscriptRecord = {
    where,
    bytes,
    at,
    uuid: wire.uuid ?? null,
    parentUuid: wire.parentUuid ?? null,
    sessionId: wire.sessionId ?? null,
    agentId: wire.agentId ?? null,
    isSidechain: wire.isSidechain ?? null,
    permissionMode: wire.permissionMode?.slice(0, MAX_MODE) ?? null,
    cwd: wire.cwd ?? null,
    gitBranch: wire.gitBranch ?? null,
    clientVersion: wire.version ?? null,
    bodies,
  }
  return { record, problems }
}

function instantOf(wire: WireRecord, problems: { reason: ReadIssueReason; detail: string }[]): number | null {
  if (wire.timestamp === undefined || wire.timestamp === null) return null
  const at = parseInstant(wire.timestamp)
  if (at === undefined) problems.push({ reason: 'timestamp_invalid', detail: 'the timestamp is no instant between 2020 and 2100' })
  return at ?? null
}

function bodiesOf(wire: WireRecord, at: number | null, timeZone: string, where: SourceLocation): readonly RecordBody[] {
  switch (wire.type) {
    case 'assistant':
      return assistantBodies(wire, at, timeZone, where)
    case 'user':
      return userBodies(wire)
    case 'system':
      return [systemBody(wire, at, timeZone)]
    case 'attachment':
      return attachmentBodies(wire)
    case 'queue-operation':
      return queueBodies(wire)
    case 'fork-context-ref':
      return [{ kind: 'fork_origin' }]
    default:
      return [{ kind: 'other', type: wire.type.slice(0, 100) }]
  }
}

function assistantBodies(wire: WireRecord, at: number | null, timeZone: string, where: SourceLocation): readonly RecordBody[] {
  const blocks = blocksOf(wire.message?.content)
  const text = blocks.map((block) => block.text).join('')
  const isSynthetic = wire.message?.model === '<synthetic>'
  if (wire.isApiErrorMessage === true || (isSynthetic && (typeof wire.error === 'string' || text.startsWith('API Error')))) {
    const error = readApiError(
      {
        code: typeof wire.error === 'string' ? wire.error : null,
        status: wire.apiErrorStatus ?? null,
        type: wire.apiErrorType ?? null,
        detail: wire.apiError ?? null,
        bodyCode: wire.apiErrorCode ?? null,
        isTransient: wire.apiErrorIsTransient === true,
        cutOutput: wire.truncatedAfterOutput === true,
        quotaLimits: wire.quotaLimits ?? wire.apiErrorParams?.rate_limit_info,
        text: text.slice(0, MAX_TEXT),
      },
      at,
      timeZone,
    )
    return [error]
  }
  // The client answers in the model's place to its own commands too ("No response requested."): no turn, no error.
  if (isSynthetic) return [{ kind: 'other', type: 'synthetic' }]
  const { id = null, model = null, stop_reason: stopReason = null } = wire.message ?? {}
  const turn = turnOf({ messageId: id, model, stopReason, tokens: tokensOf(wire) }, blocks, at, where)
  // Escape cut this message off; the marker may stand in the parent alone (2.1.222 on).
  if (wire.isAbortedMidStream === true) return [turn, { kind: 'interrupt', duringTool: false, results: [] }]
  // Gateways and the API's own tools answer within the message.
  const results = blocks.flatMap((block) => (block.result === null ? [] : [block.result]))
  return results.length === 0 ? [turn] : [turn, { kind: 'tool_results', results, words: [] }]
}

/** What the model said and asked for in one record. */
export function turnOf(
  { messageId, model, stopReason, tokens }: Pick<TurnPart, 'messageId' | 'model' | 'stopReason' | 'tokens'>,
  blocks: readonly Block[],
  at: number | null,
  where: SourceLocation,
): TurnPart {
  let text = ''
  const calls: ToolCall[] = []
  for (const block of blocks) {
    text += block.text
    if (block.call !== null) calls.push(toolCallOf(block.call, at, where))
  }
  const hasContent = calls.length > 0 || text.trim() !== ''
  return { kind: 'turn', messageId, model, stopReason, text: text.slice(-MAX_TEXT), calls, tokens, hasContent }
}

function tokensOf(wire: WireRecord): Tokens | null {
  const usage = wire.message?.usage
  if (usage === undefined) return null
  return {
    input: count(usage.input_tokens),
    output: count(usage.output_tokens),
    cacheRead: count(usage.cache_read_input_tokens),
    cacheWrite: count(usage.cache_creation_input_tokens),
  }
}

/** Counts from a transcript may be anything that JSON can hold. */
function count(value: number | undefined): number {
  return value !== undefined && Number.isSafeInteger(value) && value > 0 ? value : 0
}

/** A block of a message: a text, a call, or the result of one. */
export interface Block {
  readonly text: string
  readonly call: { readonly id: string; readonly name: string; readonly input: unknown; readonly isServers: boolean } | null
  readonly result: { readonly toolUseId: string; readonly isError: boolean; readonly text: string } | null
}

function blocksOf(content: unknown): readonly Block[] {
  if (typeof content === 'string') return [{ text: content, call: null, result: null }]
  return Array.isArray(content) ? content.flatMap((item: unknown) => blockOf(item) ?? []) : []
}

/** Undefined for whatever is neither a text nor a call nor the result of one. */
function blockOf(item: unknown): Block | undefined {
  if (!isObject(item)) return undefined
  const type = item['type']
  if (type === 'text') return typeof item['text'] === 'string' ? { text: item['text'], call: null, result: null } : undefined
  if (type === 'tool_use' || type === 'server_tool_use') {
    const { id, name, input } = item
    if (typeof id !== 'string' || typeof name !== 'string') return undefined
    const isServers = type === 'server_tool_use'
    return { text: '', call: { id: id.slice(0, MAX_ID), name: name.slice(0, MAX_ID), input, isServers }, result: null }
  }
  const callId = item['tool_use_id']
  // `web_search_tool_result` and its like answer calls of the API's own tools.
  if (typeof type !== 'string' || !type.endsWith('tool_result') || typeof callId !== 'string') return undefined
  const result = { toolUseId: callId.slice(0, MAX_ID), isError: item['is_error'] === true, text: firstText(item['content']) }
  return { text: '', call: null, result }
}

function firstText(content: unknown): string {
  if (typeof content === 'string') return content.slice(0, MAX_TEXT)
  if (!Array.isArray(content)) return ''
  for (const item of content) {
    if (isObject(item) && item['type'] === 'text' && typeof item['text'] === 'string') return item['text'].slice(0, MAX_TEXT)
  }
  return ''
}

function stringIn(input: unknown, name: string, max = 300): string | null {
  const value = isObject(input) && Object.hasOwn(input, name) ? input[name] : undefined
  return typeof value === 'string' ? value.slice(0, max) : null
}

function toolCallOf(call: Block['call'] & object, at: number | null, where: SourceLocation): ToolCall {
  const { id, input } = call
  // It is told in evidence, and a transcript may hold any name.
  const name = call.name.slice(0, MAX_NAME)
  const command = stringIn(input, 'command', MAX_COMMAND)
  return {
    id,
    name,
    key: `${name} ${keyOf(input)}`,
    purpose: purposeOf(name, input),
    isServers: call.isServers,
    at,
    where,
    launch: launchOf(name, input),
    gitCommand: command === null ? null : gitCommandIn(command.slice(0, MAX_PROMPT)),
    shell: command === null ? null : shellOf(command, input),
    file: fileOf(name, input),
    target: targetOf(name, input),
  }
}

/** Equal for equal inputs; only the top level is compared, so that no depth of nesting can hurt. */
function keyOf(input: unknown): string {
  if (!isObject(input)) return ''
  let key = ''
  for (const name of Object.keys(input)) {
    const value = input[name]
    const told = typeof value === 'object' && value !== null ? '{}' : String(value).slice(0, 500)
    key += key === '' ? `${name}=${told}` : `&${name}=${told}`
  }
  return key
}

/** A command line that runs git or a forge's tool (`gh`, `glab`); everything else stays unread. */
function gitCommandIn(command: string): string | null {
  return /(?:^|[\s;&|(])(?:git|gh|glab)\s/.test(command) ? command : null
}

function shellOf(command: string, input: unknown): ToolCall['shell'] {
  const background = isObject(input) && input['run_in_background'] === true
  return { command, clipped: command.length === MAX_COMMAND, background }
}

const WRITERS: ReadonlyMap<string, string> = new Map([
  ['Write', 'file_path'],
  ['Edit', 'file_path'],
  ['MultiEdit', 'file_path'],
  ['NotebookEdit', 'notebook_path'],
])

function fileOf(name: string, input: unknown): string | null {
  const field = WRITERS.get(name)
  return field === undefined ? null : stringIn(input, field, MAX_TEXT)
}

function launchOf(name: string, input: unknown): Launch | null {
  if (name === 'Workflow') {
    return { kind: 'workflow', description: stringIn(input, 'name'), prompt: null, promptDigest: null, agentType: null, background: true }
  }
  // `Task` with `resume` continues an agent (2.0.28 to 2.1.76).
  if (!LAUNCHERS.has(name) || stringIn(input, 'resume') !== null) return null
  const background = isObject(input) && typeof input['run_in_background'] === 'boolean' ? input['run_in_background'] : null
  return {
    kind: 'agent',
    description: stringIn(input, 'description'),
    ...launchPrompt(stringIn(input, 'prompt', Number.POSITIVE_INFINITY)),
    agentType: stringIn(input, 'subagent_type'),
    background,
  }
}

function launchPrompt(whole: string | null): Pick<Launch, 'prompt' | 'promptDigest'> {
  if (whole === null) return { prompt: null, promptDigest: null }
  // The client trims what it gives the agent, and the two are compared.
  const text = whole.trim()
  return { prompt: text.slice(0, MAX_PROMPT), promptDigest: text.length > MAX_PROMPT ? digestOf(text) : null }
}

function targetOf(name: string, input: unknown): ToolCall['target'] {
  if (STOPPERS.has(name)) {
    const id = stringIn(input, 'task_id') ?? stringIn(input, 'shell_id') ?? stringIn(input, 'agent_id')
    return id === null ? null : { verb: 'stop', id }
  }
  if (ASKERS.has(name)) {
    const id = stringIn(input, 'bash_id') ?? stringIn(input, 'task_id')
    return id === null ? null : { verb: 'ask', id }
  }
  const id = name === 'SendMessage' ? stringIn(input, 'to') : LAUNCHERS.has(name) ? stringIn(input, 'resume') : null
  return id === null ? null : { verb: 'continue', id }
}

/** What is read of a record in the person's place. */
type UserRecord = Pick<
  WireRecord,
  'message' | 'toolUseResult' | 'isMeta' | 'isCompactSummary' | 'isSidechain' | 'version' | 'entrypoint' | 'origin'
>

/** What somebody typed, a tool answered, or the client says in their place. */
export function userBodies(wire: UserRecord): readonly RecordBody[] {
  const blocks = blocksOf(wire.message?.content)
  const results: readonly ToolResult[] = blocks.flatMap((block) => (block.result === null ? [] : [block.result]))
  const text = blocks
    .map((block) => block.text)
    .join('\n')
    .trim()
  const interrupt = INTERRUPTS.get(text)
  if (interrupt !== undefined) return [{ kind: 'interrupt', duringTool: interrupt, results }]
  if (results.length > 0) {
    const body: RecordBody = { kind: 'tool_results', results, words: resultWords(wire.toolUseResult, results) }
    return results.some((result) => isAfterSessionEnd(result.text)) ? [body, { kind: 'process_start', sure: true }] : [body]
  }
  if (text === '') return [{ kind: 'other', type: 'user' }]
  if (wire.isCompactSummary === true) return [{ kind: 'prompt', text: '', origin: 'summary' }]
  if (wire.isMeta === true) {
    if (SCHEMA_NUDGE.test(text)) return [{ kind: 'schema_nudge' }]
    // A parent's SendMessage arrives as a record of the client's, with an origin (`coordinator`, 2.1.187 to 2.1.329).
    const isMessage = wire.origin?.kind !== undefined && wire.origin.kind !== 'task-notification'
    return isMessage || HOOK_FEEDBACK.test(text) ? [{ kind: 'prompt', text: '', origin: 'parent' }] : [{ kind: 'other', type: 'meta' }]
  }
  // The client's own commands and their output stand in user records.
  if (/^<(?:command-name|command-message|local-command-stdout|local-command-stderr|bash-input|bash-stdout)>/.test(text)) {
    return [{ kind: 'other', type: 'command' }]
  }
  const fromClient = wire.origin?.kind === 'task-notification' || (mayLackOrigin(wire) && isNotification(text))
  if (fromClient) {
    return [
      { kind: 'words', words: readNotifications(text), delivered: true },
      { kind: 'prompt', text: '', origin: 'notification' },
    ]
  }
  const origin = wire.isSidechain === true ? 'parent' : 'person'
  const task = unframeTask(text)
  const digest = task.length > MAX_PROMPT ? { digest: digestOf(task) } : {}
  const hostedBy = HOSTS.get(wire.entrypoint ?? '')
  const prompt: RecordBody = {
    kind: 'prompt',
    text: task.slice(0, MAX_PROMPT),
    ...digest,
    origin,
    ...(hostedBy !== undefined && origin === 'person' && { hostedBy }),
  }
  if (origin === 'parent') return [prompt]
  // A headless client (`-p`) takes one prompt in its life, unless it is fed a stream of them.
  return wire.entrypoint?.startsWith('sdk') === true ? [{ kind: 'process_start', sure: false }, prompt] : [prompt]
}

/**
 * Notices carry an origin in every main transcript from 2.1.156 on, and before that no agent is sent any: in other places a
 * text that begins like one was typed or dispatched by somebody.
 */
function mayLackOrigin(wire: UserRecord): boolean {
  if (wire.origin !== undefined || wire.isSidechain === true) return false
  const parts = /^2\.1\.(\d{1,6})/.exec(wire.version ?? '')
  return parts === null ? !/^(?:[3-9]|\d\d|2\.[2-9])/.test(wire.version ?? '') : Number(parts[1]) < 156
}

function systemBody(wire: WireRecord, at: number | null, timeZone: string): RecordBody {
  switch (wire.subtype) {
    case 'api_error':
      return { kind: 'retry', attempt: wire.retryAttempt ?? null, of: wire.maxRetries ?? null, status: statusIn(wire.error) }
    case 'compact_boundary':
      return { kind: 'compaction' }
    case 'agents_killed':
      return { kind: 'agents_killed' }
    case 'informational':
      return (
        readContinuation(typeof wire.content === 'string' ? wire.content : '', at, timeZone) ?? {
          kind: 'other',
          type: 'system/informational',
        }
      )
    default:
      return { kind: 'other', type: `system/${(wire.subtype ?? '').slice(0, 100)}` }
  }
}

/** What an interactive client says of a main thread that it goes on with after the reset (2.1.332); it names no zone. */
function readContinuation(text: string, at: number | null, timeZone: string): RecordBody | undefined {
  // Cancelled, stopped, turned off, did not run.
  if (text.startsWith('Automatic continue ')) return { kind: 'will_continue', continuesAt: null }
  if (!/\bset to continue automatically\b/.test(text)) return undefined
  const reset = at === null ? undefined : parseInstant(readLimitText(text, at, timeZone)?.resetsAt ?? null)
  return { kind: 'will_continue', continuesAt: reset ?? (/\bautomatically shortly\b/.test(text) ? at : null) }
}

function statusIn(error: unknown): number | null {
  const status = isObject(error) ? error['status'] : undefined
  return typeof status === 'number' && Number.isInteger(status) ? status : null
}

function attachmentBodies(wire: WireRecord): readonly RecordBody[] {
  const type = wire.attachment?.type ?? ''
  if (type === 'queued_command' && typeof wire.attachment?.prompt === 'string') {
    // A prompt that a person queued may quote a notice.
    const words = isNotification(wire.attachment.prompt.trimStart()) ? readNotifications(wire.attachment.prompt) : []
    if (words.length > 0) return [{ kind: 'words', words, delivered: true }]
  }
  // The only trace of a cut by --max-budget-usd, in the main file (2.1.112 to 2.1.332; none in 2.1.275).
  if (type === 'budget_usd' && (wire.attachment?.remaining ?? 0) < 0) return [{ kind: 'over_budget' }]
  // Seen in main sessions of 2.1.329 with --max-turns.
  if (type === 'max_turns_reached') {
    return [{ kind: 'error', fault: 'turn_cap', code: null, status: null, text: '', limit: null }]
  }
  return [{ kind: 'other', type: `attachment/${type.slice(0, 100)}` }]
}

/** `enqueue` announces a notice, `remove` with a reason and a later user record deliver it. Main transcripts only. */
function queueBodies(wire: WireRecord): readonly RecordBody[] {
  const words = typeof wire.content === 'string' && isNotification(wire.content.trimStart()) ? readNotifications(wire.content) : []
  if (words.length === 0) return [{ kind: 'other', type: `queue-operation/${(wire.operation ?? '').slice(0, 100)}` }]
  const delivered = wire.operation === 'remove' && (wire.reason === 'absorbed_mid_turn' || wire.reason === 'delivered_to_agent')
  return [{ kind: 'words', words, delivered }]
}
