import type { Task, ToolAction, WholeCall, WholeRecord, WholeResult } from '../../facts/tool-use.ts'
import { isObject, type JsonObject } from '../../text/json.ts'
import { launchOf } from './agents.ts'
import { commandOf, exitCodeOf, filesOf, isDenial, patchOf, readAnswer, readCall, type RolloutCall, toolResultOf } from './calls.ts'
import { listIn, objectIn, textIn } from '../fields.ts'
import { textOf } from './normalize.ts'

/** More entries than anybody keeps in a plan. */
const MAX_TASKS = 1_000
const WHOLE = Number.POSITIVE_INFINITY
const NOTHING: WholeRecord = { text: '', calls: [], results: [], retryOf: null, costUsd: null }

/** One line of a rollout with all that it says of inputs and results. Null for what is no record. */
export function readWhole(raw: unknown): WholeRecord | null {
  if (!isObject(raw)) return null
  const item = objectIn(raw, 'payload') ?? raw
  const type = textIn(item, 'type')
  if (type === 'message') return { ...NOTHING, text: textOf(item) }
  if (type === 'stream_error') return { ...NOTHING, retryOf: textIn(item, 'message') }
  const error = objectIn(item, 'error')
  if (error !== null) return { ...NOTHING, text: textIn(error, 'message', WHOLE) ?? '' }
  const call = readCall(item)
  if (call !== null) return { ...NOTHING, calls: [wholeCallOf(call)] }
  const answer = readAnswer(item)
  return answer === null ? NOTHING : { ...NOTHING, results: [wholeResultOf(answer)] }
}

function wholeCallOf(call: RolloutCall): WholeCall {
  const [file] = filesOf(patchOf(call) ?? '')
  const about = file ?? commandOf(call) ?? textIn(call.input, 'task_name') ?? textIn(call.input, 'path') ?? ''
  return { id: call.id, action: actionOf(call, file), about }
}

function actionOf(call: RolloutCall, file: string | undefined): ToolAction {
  const command = commandOf(call)
  // A patch that a shell hands over is a command that was run, too: the command says all of it.
  if (command !== null) return { kind: 'command', command, background: false }
  if (file !== undefined) return { kind: 'write', file }
  const launch = launchOf(call.name, call.input)
  if (launch !== null)
    return { kind: 'launch', description: launch.description, prompt: textIn(call.input, 'message', WHOLE), agentType: launch.agentType }
  return call.name === 'update_plan' ? { kind: 'task_list', tasks: tasksIn(call.input) } : { kind: 'other' }
}

function tasksIn(input: JsonObject): readonly Task[] {
  return listIn(input, 'plan')
    .slice(0, MAX_TASKS)
    .flatMap((entry) => {
      const title = isObject(entry) ? textIn(entry, 'step') : null
      return title === null || !isObject(entry) ? [] : [{ title, state: textIn(entry, 'status') ?? 'pending' }]
    })
}

function wholeResultOf(answer: { readonly id: string; readonly text: string }): WholeResult {
  const { isError } = toolResultOf(answer)
  return {
    toolUseId: answer.id,
    outcome: isDenial(answer.text) ? 'denied' : isError ? 'error' : 'ok',
    text: answer.text,
    exitCode: exitCodeOf(answer.text),
    taskId: null,
  }
}
