import type { Judged, JudgedSession } from '../reasons/judged.ts'
import type { WorkItem } from '../incident/work-item.ts'
import type { Run } from '../facts/run.ts'
import { outcomeOf } from '../reasons/terminal-reason.ts'
import { compare } from '../text/order.ts'

/** One try at a piece of work. */
export interface Attempt {
  readonly judged: Judged
  readonly session: JudgedSession
}

/** One piece of work, and all agents that were at it, oldest first. */
export interface OpenWork {
  readonly key: string
  readonly attempts: readonly [Attempt, ...Attempt[]]
  readonly item: WorkItem | null
}

/**
 * The agents of all sessions by the work that they were at, as the work items have it; an agent without an item (it has no id) is
 * a piece by itself. Items are found by the run: short ids of early clients meet by chance.
 */
export function listOpenWork(
  sessions: readonly JudgedSession[],
  placeOf: ReadonlyMap<Run, { readonly item: WorkItem }>,
): readonly OpenWork[] {
  const pieces = new Map<string, { attempts: Attempt[]; item: WorkItem | null }>()
  for (const session of sessions) {
    for (const judged of session.agents) {
      const { run } = judged
      if (run.kind === 'internal') continue
      const item = placeOf.get(run)?.item ?? null
      const key = item === null ? keyOf(judged, session) : `item ${item.id}`
      const piece = pieces.get(key) ?? { attempts: [], item }
      piece.attempts.push({ judged, session })
      pieces.set(key, piece)
    }
  }
  return [...pieces]
    .map(([key, { attempts, item }]) => ({ key, item, attempts: attempts.toSorted(byTime) as [Attempt, ...Attempt[]] }))
    .toSorted((a, b) => compare(a.key, b.key))
}

function keyOf({ run }: Judged, { session }: JudgedSession): string {
  // One agent's transcripts in several sessions are one run already.
  return `agent ${session.sessionId ?? ''} ${run.agentId ?? run.toolUseId ?? run.path ?? ''}`
}

function byTime(a: Attempt, b: Attempt): number {
  const at = ({ judged: { run } }: Attempt): number => run.lastRecordAt ?? run.startedAt ?? 0
  return at(a) - at(b) || compare(a.judged.run.agentId ?? '', b.judged.run.agentId ?? '')
}

/** The latest try: what it is like decides what is to be done. */
export function latestOf({ attempts }: OpenWork): Attempt {
  return attempts[attempts.length - 1] ?? attempts[0]
}

/** Done by any of its attempts, or being done. */
export function needsNoRecovery({ attempts, item }: OpenWork): boolean {
  if (item !== null && (item.state === 'done' || item.doingBy !== null)) return true
  return attempts.some(({ judged }) => {
    const outcome = outcomeOf(judged.diagnosis.reason)
    return (outcome === 'finished' && !judged.run.latest.needsPermission) || outcome === 'running'
  })
}

/** How often the work was tried: by every agent once, and once more for every refusal that ended a try. */
export function countAttempts({ attempts }: OpenWork): number {
  return attempts.reduce((sum, { judged }) => sum + Math.max(1, judged.run.refusals.length), 0)
}
