import { answersIn } from './answers.ts'
import type { JudgedSession } from '../reasons/judged.ts'
import type { WorkItem } from './work-item.ts'
import type { Incident } from './incident.ts'
import type { WorktreeReport } from '../worktree/worktree-report.ts'
import type { Run } from '../facts/run.ts'
import type { WorkflowRun } from '../facts/session.ts'
import { builtOn } from './built-on.ts'
import { incidentsOf } from './incidents.ts'
import { joinAttempts } from './join-attempts.ts'
import { agentThreads, type Thread } from './thread.ts'
import { type Piece, workItems } from './work-items.ts'

/** Everything that was read: what a person wants to see of it is chosen later, and changes no figure. */
export interface StoryInput {
  readonly sessions: readonly JudgedSession[]
  readonly workflows: readonly WorkflowRun[]
  readonly worktrees: readonly WorktreeReport[]
  /** Folders of clients, each with a login and limits of its own. */
  readonly roots: readonly string[]
  /** False: no words of the transcripts beyond names. */
  readonly excerpts: boolean
}

/** What the runs tell together. */
export interface Story {
  readonly pieces: readonly Piece[]
  readonly incidents: readonly { readonly incident: Incident; readonly runs: ReadonlySet<Run> }[]
  /** Of every agent but the client's helpers. */
  readonly placeOf: ReadonlyMap<Run, Place>
}

/** The piece of work that a run was an attempt at, and the attempt that made this one superfluous; null: none did. */
interface Place {
  readonly item: WorkItem
  readonly supersededBy: string | null
}

/** Joins judged runs to pieces of work and to incidents. */
export function joinStory({ sessions, workflows, worktrees, roots, excerpts }: StoryInput): Story {
  const threads = agentThreads(sessions, workflows)
  const pieces = workItems(threads, joinAttempts(threads, sessions, workflows), worktrees, excerpts)
  const placeOf = new Map<Run, Place>()
  for (const piece of pieces) for (const thread of piece.threads) placeOf.set(thread.run, placeIn(piece, thread))
  const isSameWork = (dead: Thread, later: Run): boolean => placeOf.get(dead.run)?.item === placeOf.get(later)?.item
  const hints = builtOn(threads, sessions, isSameWork, worktrees, excerpts)
  if (hints.size > 0) for (const piece of pieces) for (const { run } of piece.threads) piece.builtOn.push(...(hints.get(run) ?? []))
  const all = sessions.flatMap(({ main, agents }) => (main === null ? agents : [main, ...agents]))
  return {
    pieces,
    incidents: incidentsOf(sessions, threads, workflows, roots, answersIn(all, roots)).map(({ incident, runs }) => ({
      incident: { ...incident, builtOn: [...runs].flatMap((run) => hints.get(run) ?? []) },
      runs,
    })),
    placeOf,
  }
}

/** A failed attempt at something that another attempt did, or is doing, needs no recovery. */
function placeIn({ item }: Piece, { id, outcome }: Thread): Place {
  const by = item.doneBy ?? item.doingBy
  const isFailed = outcome === 'died' || outcome === 'unknown'
  return { item, supersededBy: isFailed && by !== id ? by : null }
}
