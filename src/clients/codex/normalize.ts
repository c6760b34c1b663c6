import type { Tokens } from '../../facts/agent.ts'
import type { RecordBody, TranscriptRecord, TurnPart } from '../../facts/record.ts'
import type { ReadIssueReason, SourceLocation } from '../../facts/source.ts'
import { digestOf } from '../../text/digest.ts'
import { isObject, type JsonObject } from '../../text/json.ts'
import { isVersionAtLeast } from '../../text/version.ts'
import { parseInstant } from '../../time/instant.ts'
import type { Normalized } from '../client.ts'
import { readNotice, wordsOfAnswer } from './agents.ts'
import { readAnswer, readCall, toolCallOf, toolResultOf } from './calls.ts'
import { readError } from './errors.ts'
import { listIn, numberIn, objectIn, textIn } from '../fields.ts'
import { findSpent } from './limits.ts'
import { threadOf } from './rollout.ts'

const MAX_TEXT = 4_000
const MAX_PROMPT = 2_000
const MAX_PATH = 4_096
/** The oldest version that was seen to mark where its work begins. */
const MARKS_SINCE = [0, 171, 0] as const
const WHOLE = Number.POSITIVE_INFINITY

/** One record of a rollout: when, and what. */
interface Place {
  readonly at: number | null
  readonly where: SourceLocation
  readonly timeZone: string
}

/** One line of a rollout as a record of ours. Up to 0.31 the items of the conversation stand bare, and without a time. */
export function normalize(raw: unknown, where: SourceLocation, bytes: number, timeZone: string): Normalized {
  const problems: { reason: ReadIssueReason; detail: string }[] = []
  if (!isObject(raw)) return { record: null, problems: [{ reason: 'not_an_object', detail: 'the line is JSON, but no record' }] }
  const thread = threadOf(raw)
  const type = thread === null ? textIn(raw, 'type', 100) : 'session_meta'
  if (type === null && raw['record_type'] === undefined)
    return { record: null, problems: [{ reason: 'invalid_field', detail: 'the record has no type' }] }
  const at = instantOf(raw, problems)
  const payload = thread ?? objectIn(raw, 'payload')
  const git = thread === null ? null : objectIn(thread, 'git')
  const clientVersion = thread === null ? null : textIn(thread, 'cli_version', 100)
  const bodies: readonly RecordBody[] = [
    // Its mark may be damaged: without one it would be taken for a thread of a version that wrote none.
    ...(where.line === 1 && isVersionAtLeast(clientVersion, MARKS_SINCE) ? [{ kind: 'work_begins' } as const] : []),
    ...bodiesOf(type ?? '', payload ?? raw, { at, where, timeZone }),
  ]
  if (bodies.length === 0) return { record: null, problems }
  const record: TranscriptRecord = {
    where,
    bytes,
    at,
    uuid: null,
    parentUuid: null,
    // A thread that was forked holds the first line of the other one, too.
    sessionId: null,
    agentId: null,
    isSidechain: null,
    // What it may do is not one mode but its approvals and its sandbox.
    permissionMode: null,
    cwd: payload !== null && (type === 'session_meta' || type === 'turn_context') ? textIn(payload, 'cwd', MAX_PATH) : null,
    gitBranch: git === null ? null : textIn(git, 'branch', 1_000),
    clientVersion,
    bodies,
  }
  return { record, problems }
}

function instantOf(raw: JsonObject, problems: { reason: ReadIssueReason; detail: string }[]): number | null {
  const time = raw['timestamp']
  if (time === undefined || time === null) return null
  const at = parseInstant(time)
  if (at === undefined) problems.push({ reason: 'timestamp_invalid', detail: 'the timestamp is no instant between 2020 and 2100' })
  return at ?? null
}

function bodiesOf(type: string, payload: JsonObject, place: Place): readonly RecordBody[] {
  switch (type) {
    case 'turn_context': {
      const model = textIn(payload, 'model', 200)
      return [model === null ? { kind: 'other', type } : { kind: 'model', model }]
    }
    case 'event_msg':
      return eventBodies(payload, place)
    case 'compacted':
      return [{ kind: 'compaction' }]
    case 'session_meta':
    case 'world_state':
    case 'token_usage_record':
      return [{ kind: 'other', type }]
    default:
      return itemBodies(payload, place)
  }
}

/** What the client says of its own work. What the items of the conversation say already is not said twice. */
function eventBodies(event: JsonObject, { at, timeZone }: Place): readonly RecordBody[] {
  const type = textIn(event, 'type', 100) ?? ''
  switch (type) {
    case 'task_started':
    case 'turn_started':
      return [{ kind: 'work_begins' }]
    case 'task_complete':
    case 'turn_complete': {
      const error = event['error'] ?? null
      const text = textIn(event, 'last_agent_message', WHOLE)?.slice(-MAX_TEXT) ?? ''
      if (error === null) return [{ kind: 'work_ends', how: text === '' ? 'silent' : 'answered', text }]
      const { message, codex_error_info: info }: JsonObject = isObject(error) ? error : { message: error }
      return [readError(typeof message === 'string' ? message : '', info, at, timeZone), { kind: 'work_ends', how: 'failed', text }]
    }
    case 'turn_aborted':
      return abortBodies(textIn(event, 'reason', 100))
    case 'error':
      return [readError(textIn(event, 'message') ?? '', event['codex_error_info'], at, timeZone)]
    case 'stream_error':
      return [{ kind: 'retry', attempt: null, of: null, status: null }]
    case 'token_count':
      return [countsOf(event, at)]
    default:
      return [{ kind: 'other', type }]
  }
}

/** `replaced`: the person said something else instead; `review_ended`: the client's own. */
function abortBodies(reason: string | null): readonly RecordBody[] {
  if (reason === 'budget_limited')
    return [
      { kind: 'error', fault: 'turn_cap', code: reason, status: null, text: '', limit: null },
      { kind: 'work_ends', how: 'failed', text: '' },
    ]
  return [
    { kind: 'interrupt', duringTool: false, results: [] },
    { kind: 'work_ends', how: 'cut', text: '' },
  ]
}

function countsOf(event: JsonObject, at: number | null): RecordBody {
  const info = objectIn(event, 'info')
  const total = info === null ? null : objectIn(info, 'total_token_usage')
  const last = info === null ? null : objectIn(info, 'last_token_usage')
  const rates = objectIn(event, 'rate_limits')
  const spent = rates === null ? undefined : findSpent(rates, at)
  return {
    kind: 'counts',
    total: total === null ? null : tokensOf(total),
    asked: last === null ? null : countIn(last, 'input_tokens'),
    ...(spent !== undefined && { spent }),
  }
}

/** What was read from a cache, or written to one, counts as input in the client's own figures. */
function tokensOf(usage: JsonObject): Tokens {
  const [cacheRead, cacheWrite] = [countIn(usage, 'cached_input_tokens'), countIn(usage, 'cache_write_input_tokens')]
  return {
    input: Math.max(0, countIn(usage, 'input_tokens') - cacheRead - cacheWrite),
    output: countIn(usage, 'output_tokens'),
    cacheRead,
    cacheWrite,
  }
}

function countIn(usage: JsonObject, key: string): number {
  const count = numberIn(usage, key)
  return count !== null && Number.isSafeInteger(count) && count > 0 ? count : 0
}

function itemBodies(item: JsonObject, { at, where }: Place): readonly RecordBody[] {
  const type = textIn(item, 'type', 100) ?? ''
  if (type === 'message') return messageBodies(item)
  const call = readCall(item)
  if (call !== null) return [turnOf({ text: '', calls: [toolCallOf(call, at, where)] })]
  const answer = readAnswer(item)
  if (answer === null) return [{ kind: 'other', type }]
  return [{ kind: 'tool_results', results: [toolResultOf(answer)], words: wordsOfAnswer(answer.id, answer.text) }]
}

function messageBodies(item: JsonObject): readonly RecordBody[] {
  const role = textIn(item, 'role', 100)
  const text = textOf(item)
  if (role === 'assistant') return [turnOf({ text: text.slice(-MAX_TEXT), calls: [] })]
  const notice = role === 'user' ? readNotice(text) : null
  if (notice !== null) return [{ kind: 'words', words: [notice], delivered: true }]
  if (role !== 'user' || isInjected(item, text)) return [{ kind: 'other', type: `message of ${role ?? 'nobody'}` }]
  const digest = text.length > MAX_PROMPT ? { digest: digestOf(text) } : {}
  return [{ kind: 'prompt', text: text.slice(0, MAX_PROMPT), ...digest, origin: 'person' }]
}

function turnOf({ text, calls }: Pick<TurnPart, 'text' | 'calls'>): TurnPart {
  const hasContent = calls.length > 0 || text.trim() !== ''
  return { kind: 'turn', messageId: null, model: null, stopReason: null, text, calls, tokens: null, hasContent }
}

/** The texts of a message, whoever speaks. */
export function textOf(item: JsonObject): string {
  return listIn(item, 'content')
    .map((part) => (isObject(part) ? (textIn(part, 'text', WHOLE) ?? '') : ''))
    .filter((text) => text !== '')
    .join('\n')
}

/** What the client itself puts into the conversation in the person's place. */
const INJECTED =
  /^\s*(?:<(?:environment_context|user_instructions|turn_aborted|user_shell_command|skill|skills_instructions|permissions instructions|subagent_notification|model_switch|personality_spec|collaboration_mode)\b|# AGENTS\.md instructions\b)/

/** Newer versions say of each text whose it is. */
function isInjected(item: JsonObject, text: string): boolean {
  const about = objectIn(item, 'internal_chat_message_metadata_passthrough')
  const kinds = about === null ? [] : listIn(about, 'content_item_kinds').filter((kind) => typeof kind === 'string')
  const known = kinds.filter((kind) => kind !== 'unknown')
  return known.length > 0 ? !known.some((kind) => kind.startsWith('user.')) : INJECTED.test(text)
}
