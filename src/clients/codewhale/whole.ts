import type { Task, ToolAction, WholeCall, WholeRecord } from '../../facts/tool-use.ts'
import { isObject, type JsonObject } from '../../text/json.ts'
import { listIn, objectIn, textIn } from '../fields.ts'
import {
  answersOf,
  callsOf,
  commandOf,
  fileReadBy,
  filesWrittenBy,
  isDenial,
  LAUNCHERS,
  type MessageCall,
  pathFrom,
  textOf,
} from './messages.ts'

/** More entries than anybody keeps in a list of tasks. */
const MAX_TASKS = 1_000
const TASK_LISTS: ReadonlySet<string> = new Set(['checklist_write', 'todo_write', 'update_plan'])
const NOTHING: WholeRecord = { text: '', calls: [], results: [], retryOf: null, costUsd: null }

/** One record of an agent's entry with all that it says of inputs and results. */
export function readWhole(raw: unknown): WholeRecord | null {
  if (!isObject(raw)) return null
  const message = objectIn(raw, 'message')
  const workspace = textIn(raw, 'workspace')
  if (message === null) {
    const status = objectIn(raw, 'status')
    return { ...NOTHING, text: textIn(raw, 'text', Number.POSITIVE_INFINITY) ?? (status === null ? '' : (textIn(status, 'text') ?? '')) }
  }
  return {
    ...NOTHING,
    text: textOf(message),
    calls: callsOf(message).map((call) => wholeCallOf(call, workspace)),
    results: answersOf(message).map(({ toolUseId, isError, text }) => ({
      toolUseId,
      outcome: isError && isDenial(text) ? 'denied' : isError ? 'error' : 'ok',
      text,
      exitCode: null,
      taskId: null,
    })),
  }
}

function wholeCallOf(call: MessageCall, workspace: string | null): WholeCall {
  const [file] = filesWrittenBy(call)
  const about = commandOf(call) ?? file ?? textIn(call.input, 'path') ?? textIn(call.input, 'pattern') ?? textIn(call.input, 'query') ?? ''
  return { id: call.id, action: actionOf(call, file, workspace), about }
}

function actionOf(call: MessageCall, file: string | undefined, workspace: string | null): ToolAction {
  const command = commandOf(call)
  if (command !== null) return { kind: 'command', command, background: call.input['background'] === true }
  if (file !== undefined) return { kind: 'write', file: pathFrom(workspace, file) }
  const read = fileReadBy(call)
  if (read !== null) return { kind: 'read', file: pathFrom(workspace, read) }
  if (TASK_LISTS.has(call.name)) return { kind: 'task_list', tasks: tasksIn(call.input) }
  const prompt = textIn(call.input, 'prompt', Number.POSITIVE_INFINITY)
  if (!LAUNCHERS.includes(call.name) || prompt === null) return { kind: 'other' }
  return { kind: 'launch', description: textIn(call.input, 'name'), prompt, agentType: textIn(call.input, 'type') }
}

function tasksIn(input: JsonObject): readonly Task[] {
  return [...listIn(input, 'todos'), ...listIn(input, 'items'), ...listIn(input, 'plan')].slice(0, MAX_TASKS).flatMap((entry) => {
    const title = isObject(entry) ? (textIn(entry, 'content') ?? textIn(entry, 'step') ?? textIn(entry, 'text')) : null
    return title === null || !isObject(entry) ? [] : [{ title, state: textIn(entry, 'status') ?? 'pending' }]
  })
}
