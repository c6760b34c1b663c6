import type { RecordBody, TranscriptRecord } from '../../facts/record.ts'
import type { SourceLocation } from '../../facts/source.ts'
import { digestOf } from '../../text/digest.ts'
import { isObject, type JsonObject } from '../../text/json.ts'
import type { Normalized } from '../client.ts'
import { numberIn, objectIn, textIn } from '../fields.ts'
import { answersOf, callsOf, textOf, toolCallOf } from './messages.ts'
import { standBodies } from './stand.ts'

const MAX_TEXT = 4_000
const MAX_PROMPT = 2_000
/** What the client puts into the conversation in the place of a parent: the task with its framing, and what became of its own agents. */
const FRAMING = /^\s*(?:Assignment metadata:|<(?:codewhale|deepseek):|<context_update>)/

/** One record of an agent's entry, as `splitDocument` takes it apart. */
export function normalize(raw: unknown, where: SourceLocation, bytes: number): Normalized {
  if (!isObject(raw)) return { record: null, problems: [{ reason: 'not_an_object', detail: 'the entry is JSON, but no record' }] }
  const at = numberIn(raw, 'at')
  const workspace = textIn(raw, 'workspace')
  const message = objectIn(raw, 'message')
  if (raw['record'] === 'message' && (message === null || textIn(message, 'role') === null))
    return {
      record: null,
      problems: [{ reason: 'invalid_field', detail: 'a message of the conversation could not be read, or is missing' }],
    }
  const bodies = bodiesOf(raw, message, workspace, at, where)
  const problems =
    raw['record'] === 'stands' && nameOf(raw) === 'unknown'
      ? [{ reason: 'invalid_field' as const, detail: 'the status of the agent is none that is known' }]
      : []
  if (bodies.length === 0) return { record: null, problems }
  const record: TranscriptRecord = {
    where,
    bytes,
    at,
    uuid: textIn(raw, 'uuid'),
    parentUuid: null,
    sessionId: null,
    agentId: textIn(raw, 'agentId'),
    isSidechain: null,
    permissionMode: null,
    cwd: raw['record'] === 'begins' ? workspace : null,
    gitBranch: textIn(raw, 'branch'),
    clientVersion: textIn(raw, 'version'),
    bodies,
  }
  return { record, problems }
}

function nameOf(raw: JsonObject): string | null {
  const status = objectIn(raw, 'status')
  return status === null ? null : textIn(status, 'name')
}

function bodiesOf(
  raw: JsonObject,
  message: JsonObject | null,
  workspace: string | null,
  at: number | null,
  where: SourceLocation,
): readonly RecordBody[] {
  switch (raw['record']) {
    case 'begins': {
      const model = textIn(raw, 'model', 200)
      return [{ kind: 'work_begins' }, ...(model === null ? [] : [{ kind: 'model', model } as const])]
    }
    case 'prompt': {
      const text = textIn(raw, 'text', Number.POSITIVE_INFINITY) ?? ''
      return [promptOf(text)]
    }
    case 'message':
      return message === null ? [] : messageBodies(message, raw['isFirst'] === true, workspace, at, where)
    case 'stands':
      return standBodies(raw, at)
    default:
      return [{ kind: 'other', type: textIn(raw, 'record', 100) ?? '' }]
  }
}

function promptOf(text: string): RecordBody {
  const digest = text.length > MAX_PROMPT ? { digest: digestOf(text) } : {}
  return { kind: 'prompt', text: text.slice(0, MAX_PROMPT), ...digest, origin: 'parent' }
}

function messageBodies(
  message: JsonObject,
  isFirst: boolean,
  workspace: string | null,
  at: number | null,
  where: SourceLocation,
): readonly RecordBody[] {
  const text = textOf(message)
  if (message['role'] === 'assistant') {
    const calls = callsOf(message).map((call) => toolCallOf(call, workspace, at, where))
    const hasContent = calls.length > 0 || text.trim() !== ''
    return [{ kind: 'turn', messageId: null, model: null, stopReason: null, text: text.slice(-MAX_TEXT), calls, tokens: null, hasContent }]
  }
  const results = answersOf(message).map((answer) => ({ ...answer, text: answer.text.slice(0, MAX_TEXT) }))
  const answered: readonly RecordBody[] = results.length === 0 ? [] : [{ kind: 'tool_results', results, words: [] }]
  if (message['role'] !== 'user' || text.trim() === '') return answered.length === 0 ? [{ kind: 'other', type: 'message' }] : answered
  // The first message is the task with its framing, where none was omitted.
  return FRAMING.test(text) || isFirst
    ? answered.length === 0
      ? [{ kind: 'other', type: 'message' }]
      : answered
    : [...answered, promptOf(text)]
}
