import { answersIn } from './answers.ts'
import type { JudgedSession } from '../reasons/judged.ts'
import type { BuiltOn, WorkItem } from './work-item.ts'
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
  readonly workItems: readonly { readonly item: WorkItem; readonly runs: readonly Run[] }[]
  readonly incidents: readonly { readonly incident: Incident; readonly runs: ReadonlySet<Run> }[]
  /** For every agent but the client's helpers: its piece of work, and the attempt that made it superfluous. */
  readonly placeOf: ReadonlyMap<Run, { readonly workItemId: string; readonly supersededBy: string | null }>
}

/** Joins judged runs to pieces of work and to incidents. */
export function joinStory({ sessions, workflows, worktrees, roots, excerpts }: StoryInput): Story {
  const threads = agentThreads(sessions, workflows)
  const pieces = workItems(threads, joinAttempts(threads, sessions, workflows), worktrees, excerpts)
  const pieceOf = new Map<Run, Piece>()
  const placeOf = new Map<Run, ReturnType<typeof placeIn>>()
  for (const piece of pieces) {
    for (const thread of piece.threads) {
      pieceOf.set(thread.run, piece)
      placeOf.set(thread.run, placeIn(piece, thread))
    }
  }
  const isSameWork = (dead: Thread, later: Run): boolean => pieceOf.get(dead.run) === pieceOf.get(later)
  const hints = builtOn(threads, sessions, isSameWork, worktrees, excerpts)
  const hintsOf = (some: readonly Thread[]): BuiltOn[] => some.flatMap((thread) => hints.get(thread) ?? [])
  const byRun = new Map(threads.map((thread) => [thread.run, thread]))
  const all = sessions.flatMap(({ main, agents }) => (main === null ? agents : [main, ...agents]))
  return {
    workItems: pieces.map(({ item, threads: own }) => ({
      item: hints.size === 0 ? item : { ...item, builtOn: hintsOf(own) },
      runs: own.map(({ run }) => run),
    })),
    incidents: incidentsOf(sessions, threads, workflows, roots, answersIn(all, roots)).map(({ incident, runs }) => ({
      incident: { ...incident, builtOn: hintsOf([...runs].flatMap((run) => byRun.get(run) ?? [])) },
      runs,
    })),
    placeOf,
  }
}

/** A failed attempt at something that another attempt did, or is doing, needs no recovery. */
function placeIn({ item }: Piece, { id, outcome }: Thread): { readonly workItemId: string; readonly supersededBy: string | null } {
  const by = item.doneBy ?? item.doingBy
  const isFailed = outcome === 'died' || outcome === 'unknown'
  return { workItemId: item.id, supersededBy: isFailed && by !== id ? by : null }
}
