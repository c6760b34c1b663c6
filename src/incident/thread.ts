import type { Judged, JudgedSession } from '../model/judged.ts'
import type { Run } from '../model/run.ts'
import type { WorkflowCall, WorkflowRun } from '../model/session.ts'
import type { SourceLocation } from '../model/source.ts'
import { type Outcome, TERMINAL_REASONS } from '../model/terminal-reason.ts'

/** An agent, or a main thread that went on for one, with what its place in time and in a project says. */
export interface Thread {
  readonly judged: Judged
  readonly run: Run
  readonly session: JudgedSession
  /** The agent's id; of a main thread the session's. */
  readonly id: string
  readonly outcome: Outcome
  /** The folder of its session, outside of any worktree of the client's; null: no record names one. */
  readonly project: string | null
  /** When somebody asked for it, in milliseconds: its launch, else its first record. */
  readonly start: number | null
  /** Its last sign of life, in milliseconds; null while it lives or when nothing tells. */
  readonly end: number | null
  /** The call that launched it, where it was read. */
  readonly launchedAt: SourceLocation | null
  readonly call: WorkflowCall | null
}

/** Every agent but the client's helpers, in the order in which they were asked for. */
export function agentThreads(sessions: readonly JudgedSession[], workflows: readonly WorkflowRun[]): readonly Thread[] {
  const calls = new Map(
    workflows.flatMap(({ sessionId, calls: all }) =>
      all.flatMap((call) => (call.agentId === null ? [] : [[`${sessionId}\n${call.agentId}`, call] as const])),
    ),
  )
  const threads = sessions.flatMap((session) => {
    const launches = launchesIn(session)
    return session.agents.flatMap((judged): readonly Thread[] => {
      const { run } = judged
      if (run.kind === 'internal' || run.agentId === null) return []
      const launch = run.toolUseId === null ? undefined : launches.get(run.toolUseId)
      const call = calls.get(`${session.session.sessionId}\n${run.agentId}`) ?? null
      return [threadOf(judged, session, run.agentId, earliest(run.startedAt, launch?.at, call?.queuedAt), launch?.where ?? null, call)]
    })
  })
  return threads.toSorted(byStart)
}

/** A session's main thread, for where it went on with an agent's work; `start`: when it did. */
export function mainThread(session: JudgedSession, judged: Judged, sessionId: string, start: number | null): Thread {
  return threadOf(judged, session, sessionId, start, null, null)
}

function threadOf(
  judged: Judged,
  session: JudgedSession,
  id: string,
  start: number | null,
  launchedAt: SourceLocation | null,
  call: WorkflowCall | null,
): Thread {
  const { run, diagnosis } = judged
  const { outcome } = TERMINAL_REASONS[diagnosis.reason]
  const end = outcome === 'running' ? null : latest(run.latest.lastAt, run.path === null ? run.lastRecordAt : null, start)
  return { judged, run, session, id, outcome, project: projectOf(session, run), start, end, launchedAt, call }
}

function launchesIn({ main, agents }: JudgedSession): ReadonlyMap<string, { readonly at: number | null; readonly where: SourceLocation }> {
  const runs = [...agents.map(({ run }) => run), ...(main === null ? [] : [main.run])]
  return new Map(runs.flatMap(({ children }) => children.map(({ call }) => [call.id, call] as const)))
}

/** An agent in a worktree belongs to the project that the worktree was made for. */
function projectOf({ main }: JudgedSession, run: Run): string | null {
  const cwd = main?.run.cwd ?? run.cwd
  return cwd === null ? null : cwd.replace(/[\\/]\.claude[\\/]worktrees[\\/].*$/, '')
}

function earliest(...times: readonly (number | null | undefined)[]): number | null {
  const known = times.filter((time) => time != null)
  return known.length === 0 ? null : Math.min(...known)
}

function latest(...times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null)
  return known.length === 0 ? null : Math.max(...known)
}

/** Orders threads by when they were asked for. */
export function byStart(a: Thread, b: Thread): number {
  return (a.start ?? 0) - (b.start ?? 0) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}
