import type { RecordBody, Word } from '../../facts/record.ts'
import type { JsonObject } from '../../text/json.ts'
import { objectIn, textIn } from '../fields.ts'
import { readFailure } from './errors.ts'
import { isAutoCancelled, isOwnerEnded, isTimeout } from './status.ts'

/** What the client writes as the reason of an interruption (0.8.54 to 0.9.11). */
const BY_PERSON = /\b(?:by (?:the )?user|user (?:interrupt|cancel|request|pressed))/i
const QUEUED = /^queued: waiting for a sub-agent launch slot\b/i

/** How an agent stands when the document was written: how it ended, or that it is at work. */
export function standBodies(raw: JsonObject, at: number | null): readonly RecordBody[] {
  const status = objectIn(raw, 'status')
  const name = status === null ? 'unknown' : (textIn(status, 'name') ?? 'unknown')
  const text = status === null ? '' : (textIn(status, 'text') ?? '')
  const checkpoint = checkpointBodies(raw)
  const ended = endBodies(raw, name, text, at)
  return [...checkpoint, ...ended]
}

function checkpointBodies(raw: JsonObject): readonly RecordBody[] {
  const kept = objectIn(raw, 'checkpoint')
  if (kept === null) return []
  const isContinuable = kept['isContinuable'] === true
  return [
    {
      kind: 'checkpoint',
      state: !isContinuable ? 'failed' : kept['isTimeout'] === true ? 'timed_out_with_checkpoint' : 'needs_continuation',
    },
  ]
}

function endBodies(raw: JsonObject, name: string, text: string, at: number | null): readonly RecordBody[] {
  const agentId = textIn(raw, 'agentId')
  switch (name) {
    case 'running':
      return [{ kind: 'other', type: name }]
    case 'completed':
      return [{ kind: 'work_ends', how: raw['hasAnswer'] === true ? 'answered' : 'silent', text: '' }]
    case 'failed':
      return [readFailure(text, at), FAILED]
    case 'budget_exhausted':
      return [{ kind: 'error', fault: 'turn_cap', code: name, status: null, text, limit: null }, FAILED]
    case 'cancelled':
      return cancelledBodies(agentId, textIn(raw, 'result') ?? '')
    case 'interrupted':
      return interruptedBodies(raw, agentId, text, at)
    default:
      return [unexplained(name, text), FAILED]
  }
}

const FAILED: RecordBody = { kind: 'work_ends', how: 'failed', text: '' }
const CUT: RecordBody = { kind: 'work_ends', how: 'cut', text: '' }
const MARKER: RecordBody = { kind: 'interrupt', duringTool: false, results: [] }

function unexplained(code: string, text: string): RecordBody {
  return { kind: 'error', fault: 'other', code, status: null, text, limit: null }
}

function wordOf(agentId: string | null, status: string, text: string, more: Pick<Word, 'outcome' | 'tells'>): RecordBody {
  const none = { toolUseId: null, workflowRunId: null, taskId: null, worktree: null }
  return { kind: 'words', words: [{ via: 'meta', agentId, status, text, ...none, ...more }], delivered: true }
}

/** Somebody ended it on purpose: the marker is what stands last, and the word says whose it is. */
function stoppedBodies(agentId: string | null, status: string, text: string, tells: Word['tells']): readonly RecordBody[] {
  return [MARKER, wordOf(agentId, status, text, { outcome: 'killed', tells }), CUT]
}

function cancelledBodies(agentId: string | null, result: string): readonly RecordBody[] {
  if (isAutoCancelled(result))
    return [{ kind: 'error', fault: 'watchdog', code: 'auto_cancelled', status: null, text: result, limit: null }, FAILED]
  return stoppedBodies(agentId, 'cancelled', result === '' ? 'the client cancelled it' : result, null)
}

function interruptedBodies(raw: JsonObject, agentId: string | null, text: string, at: number | null): readonly RecordBody[] {
  const question = textIn(raw, 'question')
  const kept = objectIn(raw, 'checkpoint')
  // Its own work has no end: what ended is the process that ran it.
  if (isOwnerEnded({ name: 'interrupted', text }))
    return [wordOf(agentId, 'interrupted', text, { outcome: 'stopped', tells: 'previous_session_ended' })]
  if (kept?.['isTimeout'] === true || isTimeout(text))
    return [{ kind: 'error', fault: 'connection', code: 'api_timeout', status: null, text, limit: null }, FAILED]
  if (kept?.['isParked'] === true) return stoppedBodies(agentId, 'interrupted', text, 'stopped_by_parent')
  if (QUEUED.test(text)) return [wordOf(agentId, 'interrupted', text, { outcome: 'failed', tells: null })]
  if (BY_PERSON.test(text)) return stoppedBodies(agentId, 'interrupted', text, 'stopped_by_person')
  const failure = readFailure(text, at)
  if (failure.fault !== 'other') return [failure, FAILED]
  // With every failed request the client asks its parent to begin anew (0.9.10): only where nothing else explains it is that the reason.
  if (question !== null && question !== '') return [unexplained('needs_input', `it needs an answer from its parent: ${question}`), FAILED]
  return [unexplained('interrupted', text), FAILED]
}
