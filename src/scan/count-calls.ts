import type { WorkflowCall, WorkflowRun } from '../facts/session.ts'
import { groupAttempts } from '../incident/run-again.ts'
import { outcomeOf, type TerminalReason } from '../reasons/terminal-reason.ts'

/** How the calls of a workflow run ended, each with its latest try. */
export interface CallCounts {
  readonly started: number
  readonly done: number
  readonly failed: number
  readonly neverStarted: number
}

/** Counts them. `reasonOf`: how the agent of a call ended, by its own records; `onFailed`: is told of the latest try of each failed call. */
export function countCalls(
  workflow: Pick<WorkflowRun, 'calls'>,
  reasonOf: (agentId: string) => TerminalReason | undefined,
  onFailed: (call: WorkflowCall) => void = () => {},
): CallCounts {
  const counts = { started: 0, done: 0, failed: 0, neverStarted: 0 }
  for (const attempts of groupAttempts(workflow.calls)) {
    const ends = attempts.map((call) => judgeCall(call, call.agentId === null ? undefined : reasonOf(call.agentId)))
    const last = attempts.at(-1)
    if (attempts.every((call) => call.agentId === null && call.journal === null)) counts.neverStarted += 1
    else counts.started += 1
    if (ends.includes('done')) counts.done += 1
    else if (last !== undefined && ends.at(-1) === 'failed') {
      counts.failed += 1
      onFailed(last)
    }
  }
  return counts
}

function judgeCall({ journal, state }: WorkflowCall, verdict: TerminalReason | undefined): 'done' | 'failed' | null {
  if (verdict === 'completed' || (verdict === undefined && journal === 'result')) return 'done'
  const isDead = verdict !== undefined && outcomeOf(verdict) === 'died'
  return isDead || journal === 'failed' || state === 'error' ? 'failed' : null
}
