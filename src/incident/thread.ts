import type { Judged, JudgedSession } from '../reasons/judged.ts'
import type { Run } from '../facts/run.ts'
import type { WorkflowCall, WorkflowRun } from '../facts/session.ts'
import { type Outcome, outcomeOf } from '../reasons/terminal-reason.ts'

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
  readonly call: WorkflowCall | null
}

/** Every agent but the client's helpers, in the order in which they were asked for. */
export function agentThreads(sessions: readonly JudgedSession[], workflows: readonly WorkflowRun[]): readonly Thread[] {
  const calls = new Map<string, WorkflowCall>()
  for (const { sessionId, calls: all } of workflows) {
    for (const call of all) if (call.agentId !== null) calls.set(`${sessionId}\n${call.agentId}`, call)
  }
  const threads: Thread[] = []
  for (const session of sessions) {
    for (const judged of session.agents) {
      const { run } = judged
      if (run.kind === 'internal' || run.agentId === null) continue
      const call = calls.get(`${session.session.sessionId}\n${run.agentId}`) ?? null
      const start = earliest(run.startedAt, run.launchedAt?.at, call?.queuedAt)
      threads.push(threadOf(judged, session, run.agentId, start, call))
    }
  }
  return threads.toSorted(byStart)
}

/** A session's main thread, for where it went on with an agent's work; `start`: when it did. */
export function mainThread(session: JudgedSession, judged: Judged, sessionId: string, start: number | null): Thread {
  return threadOf(judged, session, sessionId, start, null)
}

function threadOf(judged: Judged, session: JudgedSession, id: string, start: number | null, call: WorkflowCall | null): Thread {
  const { run, diagnosis } = judged
  const outcome = outcomeOf(diagnosis.reason)
  const end = outcome === 'running' ? null : latest(run.latest.lastAt, run.path === null ? run.lastRecordAt : null, start)
  return { judged, run, session, id, outcome, project: session.main?.run.project ?? run.project, start, end, call }
}

function earliest(...times: readonly (number | null | undefined)[]): number | null {
  let first: number | null = null
  for (const time of times) if (time != null && (first === null || time < first)) first = time
  return first
}

function latest(...times: readonly (number | null)[]): number | null {
  let last: number | null = null
  for (const time of times) if (time !== null && (last === null || time > last)) last = time
  return last
}

/** Orders threads by when they were asked for. */
export function byStart(a: Thread, b: Thread): number {
  return (a.start ?? 0) - (b.start ?? 0) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}
