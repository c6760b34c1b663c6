import type { WorkflowCall, WorkflowRun } from '../facts/session.ts'

/** A call of a workflow's script with every try at it: a run that is resumed makes a failed call again, under its key. */
export type CallAttempts = readonly WorkflowCall[]

/** The calls of a run in their order, each with its tries. */
export function groupAttempts(calls: readonly WorkflowCall[]): readonly CallAttempts[] {
  const byKey = new Map<string | WorkflowCall, WorkflowCall[]>()
  for (const call of calls) {
    const known = byKey.get(call.key ?? call)
    if (known === undefined) byKey.set(call.key ?? call, [call])
    else known.push(call)
  }
  return [...byKey.values()]
}

/** Whether the journal holds a result of a call. */
export function hasResult(attempts: CallAttempts): boolean {
  return attempts.some(({ journal }) => journal === 'result')
}

/**
 * The calls that a resume takes from the journal, and those that it makes again: the first without a result and all behind it
 * (2.1.156, 2.1.220 and 2.1.329).
 */
export function splitForResume({ calls }: Pick<WorkflowRun, 'calls'>): {
  readonly taken: readonly CallAttempts[]
  readonly again: readonly CallAttempts[]
} {
  const all = groupAttempts(calls)
  const first = all.findIndex((attempts) => !hasResult(attempts))
  return first < 0 ? { taken: all, again: [] } : { taken: all.slice(0, first), again: all.slice(first) }
}
