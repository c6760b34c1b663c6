import type { ToolPurpose, WordOutcome } from '../../facts/record.ts'
import { isObject } from '../../text/json.ts'

/** What the client's status words mean, in results, notifications and workflow files (2.0.76 to 2.1.329). */
const OUTCOMES: ReadonlyMap<string, WordOutcome> = new Map([
  ['async_launched', 'launched'],
  ['remote_launched', 'launched'],
  ['queued_to_running', 'launched'],
  ['completed', 'finished'],
  ['done', 'finished'],
  ['finished', 'finished'],
  ['success', 'finished'],
  ['failed', 'failed'],
  ['error', 'failed'],
  ['killed', 'killed'],
  ['stopped', 'stopped'],
])

/** What a status word means; null: nothing that is known, or there is no word. */
export function outcomeOf(status: string | null): WordOutcome | null {
  return status === null ? null : (OUTCOMES.get(status) ?? null)
}

/** What a workflow run puts before the task that its script made of a call, each line of which it then indents (2.1.310, 2.1.332). */
const FRAME = /^\[Workflow harness — computed task\][^]{0,2000}?\bThe computed task text follows:\n/

/** A prompt without the frame of a workflow run: the task of the call itself. */
export function unframeTask(prompt: string): string {
  const frame = FRAME.exec(prompt)
  return frame === null ? prompt : prompt.slice(frame[0].length).replace(/^ {2}/gm, '')
}

const PURPOSES: ReadonlyMap<string, ToolPurpose> = new Map([
  ['StructuredOutput', 'structured_output'],
  // The report that 2.1.290 wants handed back by a tool.
  ['SubagentHandback', 'report'],
  ['Monitor', 'wait'],
  ['BashOutput', 'wait'],
  ['TaskOutput', 'wait'],
  ['AgentOutputTool', 'wait'],
  ['Sleep', 'wait'],
])

/** What a call is for, where that decides how a run ended. */
export function purposeOf(tool: string, input: unknown): ToolPurpose | null {
  return tool === 'SendMessage' && agreesToShutDown(input) ? 'farewell' : (PURPOSES.get(tool) ?? null)
}

/** A teammate's answer to its leader's request to shut down (2.1.240 to 2.1.332). */
function agreesToShutDown(input: unknown): boolean {
  if (!isObject(input)) return false
  const { message } = input
  if (typeof message === 'string') return /"type"\s*:\s*"shutdown_response"/.test(message) && /"approve"\s*:\s*true/.test(message)
  const answer = isObject(message) ? message : input
  return answer['type'] === 'shutdown_response' && answer['approve'] === true
}
