import type { Launch, ToolCall, Word, WordOutcome } from '../../facts/record.ts'
import { digestOf } from '../../text/digest.ts'
import { isObject, type JsonObject } from '../../text/json.ts'
import { parseObject, textIn } from '../fields.ts'

/** What the states of an agent mean, in the client's words. */
const OUTCOMES: ReadonlyMap<string, WordOutcome> = new Map([
  ['pending_init', 'launched'],
  ['running', 'launched'],
  ['completed', 'finished'],
  ['errored', 'failed'],
  ['interrupted', 'killed'],
  ['shutdown', 'stopped'],
])
const MAX_PROMPT = 2_000
const MAX_TITLE = 80
/** The tool that starts an agent. */
export const LAUNCHER = 'spawn_agent'
const CONTINUERS: ReadonlySet<string> = new Set(['send_input', 'send_message', 'followup_task', 'resume_agent'])
const NOTICE = /^<subagent_notification>\s*(\{[\s\S]*\})\s*<\/subagent_notification>/

export function outcomeOf(status: string | null): WordOutcome | null {
  return OUTCOMES.get(status ?? '') ?? null
}

/** What a launching call asks for; null for every other call. */
export function launchOf(name: string, input: JsonObject): Launch | null {
  if (name !== LAUNCHER) return null
  const prompt = textIn(input, 'message', Number.POSITIVE_INFINITY)
  const first = prompt?.trim().split('\n')[0]?.slice(0, MAX_TITLE)
  return {
    kind: 'agent',
    description: textIn(input, 'task_name', MAX_TITLE) ?? first ?? null,
    prompt: prompt?.slice(0, MAX_PROMPT) ?? null,
    promptDigest: prompt !== null && prompt.length > MAX_PROMPT ? digestOf(prompt) : null,
    agentType: textIn(input, 'agent_type', 200),
    background: true,
  }
}

/** The agent that a call ends or goes on with. */
export function targetOf(name: string, input: JsonObject): ToolCall['target'] {
  const id = textIn(input, 'id', 200) ?? textIn(input, 'target', 200)
  if (id === null) return null
  if (name === 'close_agent') return { verb: 'stop', id }
  return CONTINUERS.has(name) ? { verb: 'continue', id } : null
}

/** What the answer to a call says of agents: which one was launched, or how those are that were waited for. */
export function wordsOfAnswer(toolUseId: string, output: string): readonly Word[] {
  if (!output.startsWith('{')) return []
  const answer = parseObject(output)
  if (answer === null) return []
  const agentId = textIn(answer, 'agent_id', 200)
  if (agentId !== null) return [{ ...NO_WORD, via: 'tool_result', agentId, toolUseId, outcome: 'launched', tells: 'launched' }]
  const states = answer['status']
  if (!isObject(states)) return []
  return Object.entries(states).map(([id, state]) => ({ ...NO_WORD, via: 'tool_result', agentId: id.slice(0, 200), ...readState(state) }))
}

/** What the client tells a parent in the place of a person; null: it is no such notice. */
export function readNotice(text: string): Word | null {
  const notice = parseObject(NOTICE.exec(text)?.[1] ?? '')
  const agentId = notice === null ? null : textIn(notice, 'agent_path', 200)
  return notice === null || agentId === null ? null : { ...NO_WORD, via: 'notification', agentId, ...readState(notice['status']) }
}

const NO_WORD = {
  agentId: null,
  toolUseId: null,
  workflowRunId: null,
  taskId: null,
  status: null,
  outcome: null,
  tells: null,
  text: '',
  worktree: null,
} as const

/** A bare word, or one with its text below it. */
function readState(state: unknown): Pick<Word, 'status' | 'outcome' | 'text'> {
  const [entry] = isObject(state) ? Object.entries(state) : [[typeof state === 'string' ? state : '', ''] as const]
  const [status = '', text = ''] = entry ?? []
  return {
    status: status === '' ? null : status.slice(0, 100),
    outcome: outcomeOf(status),
    text: typeof text === 'string' ? text.slice(0, 4_000) : '',
  }
}
