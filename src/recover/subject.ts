import type { Action } from '../plan/action.ts'
import { needsReset, outcomeOf } from '../reasons/terminal-reason.ts'
import { LIMIT_WORDS } from '../facts/limit-words.ts'
import type { Report } from '../report/report.ts'
import { parseInstant } from '../time/instant.ts'

/** An agent, or the main thread of a session, that is to be recovered. */
export interface Subject {
  /** Of the agent (the launch’s tool-use id where it never got one), or of the session. */
  readonly id: string
  readonly isSession: boolean
  readonly title: string
}

/** Whom an action recovers. */
export function listSubjects(action: Action, report: Report): readonly Subject[] {
  if (action.kind === 'resume_session') {
    const id = action.session ?? ''
    return [{ id, isSession: true, title: `main thread ${id.slice(0, 8)}` }]
  }
  return action.agents.map((id) => ({ id, isSession: false, title: nameAgent(id, report) }))
}

function nameAgent(id: string, { agents, workflows }: Report): string {
  const agent = agents.find(({ agentId }) => agentId === id)
  const workflow = workflows.find(({ runId }) => runId === agent?.workflowRunId)
  const name = agent?.description ?? agent?.label ?? agent?.agentType ?? id
  return agent?.workflowRunId == null ? name : `${workflow?.name ?? agent.workflowRunId}: ${name}`
}

/** Whether its work is done, as the transcripts prove it. */
export function isDone({ id, isSession }: Subject, { workItems, sessions, agents }: Report): boolean {
  if (isSession) return sessions.some((session) => session.sessionId === id && outcomeOf(session.reason) === 'finished')
  const item = workItems.find(({ attempts }) => attempts.includes(id))
  if (item !== undefined) return item.state === 'done'
  return agents.some(({ agentId, reason }) => agentId === id && outcomeOf(reason) === 'finished')
}

/** Whether it seems to be at work. */
export function isAtWork(subject: Subject, report: Report): boolean {
  const last = findLast(subject, report)
  return last !== null && outcomeOf(last.reason) === 'running'
}

/** What came of an attempt. */
export type AttemptEnd =
  | { readonly state: 'done' | 'running' }
  /** A limit refused it: it may be tried again after the reset. */
  | { readonly state: 'refused'; readonly why: string }
  | { readonly state: 'open'; readonly why: string }

/** What came of it since `startedAt`. Milliseconds since the epoch. */
export function judgeAttempt(subject: Subject, by: Action['kind'], startedAt: number, report: Report): AttemptEnd {
  if (isDone(subject, report)) return { state: 'done' }
  const last = findLast(subject, report)
  if (last === null) return { state: 'open', why: 'its transcript was not found' }
  if (outcomeOf(last.reason) === 'running') return { state: 'running' }
  const question = report.plan.actions.find(({ kind, agents }) => kind === 'inspect' && agents.includes(subject.id))
  if ((last.endedAt ?? 0) < startedAt) {
    // What the client met before the agent could go on stands in its parent’s transcript.
    return last.parentRefusal !== null && last.parentRefusal.at >= startedAt
      ? { state: 'refused', why: last.parentRefusal.why }
      : { state: 'open', why: by === 'resume' ? 'its parent session did not continue it' : 'the client did nothing for it' }
  }
  if (last.limit !== null) return { state: 'refused', why: last.limit }
  // It ended its turn, and its work item is open all the same: that is what denied calls leave behind.
  if (outcomeOf(last.reason) === 'finished' && question?.id.startsWith('inspect-permission-') !== true)
    return { state: 'open', why: 'its calls were denied: allow what it needs in the settings, or name a --permission-mode' }
  if (question !== undefined) return { state: 'open', why: describeQuestion(question) }
  return { state: 'open', why: `it ended again: ${last.reason}` }
}

/** What a question of the plan is about; of denied calls the settings that would allow them. */
export function describeQuestion({ id, title, why }: Action): string {
  const [settings] = /"permissions": \{.*\}/.exec(why) ?? []
  if (settings !== undefined) return `its calls were denied; this in the settings allows them: ${settings}`
  const isUnclear = /^inspect-(?:unknown|unsure)-/.test(id)
  return id.startsWith('inspect-done-') ? 'it may be done' : isUnclear ? 'how it ended is uncertain' : title
}

interface LastAttempt {
  readonly reason: Report['agents'][number]['reason']
  readonly endedAt: number | null
  /** The limit that refused it, in words. */
  readonly limit: string | null
  readonly parentRefusal: { readonly at: number; readonly why: string } | null
}

function findLast({ id, isSession }: Subject, { agents, sessions, workItems }: Report): LastAttempt | null {
  if (isSession) {
    const session = sessions.find(({ sessionId }) => sessionId === id)
    return session === undefined ? null : { ...endOf(session), parentRefusal: null }
  }
  const attempts = workItems.find((item) => item.attempts.includes(id))?.attempts ?? [id]
  const agent = attempts.flatMap((attempt) => agents.find(({ agentId }) => agentId === attempt) ?? []).at(-1)
  // Who was promoted, or whose work a fresh session got, went on there.
  const own = sessions.find(({ sessionId }) => sessionId === attempts.at(-1))
  if (own !== undefined) return { ...endOf(own), parentRefusal: null }
  if (agent === undefined) return null
  const parent = sessions.find(({ sessionId }) => sessionId === agent.sessionId)
  const refusal = parent === undefined ? null : endOf(parent)
  return {
    ...endOf(agent),
    parentRefusal:
      refusal === null || refusal.limit === null || refusal.endedAt === null ? null : { at: refusal.endedAt, why: refusal.limit },
  }
}

function endOf({
  reason,
  endedAt,
  limit,
}: Pick<Report['agents'][number], 'reason' | 'endedAt' | 'limit'>): Omit<LastAttempt, 'parentRefusal'> {
  return {
    reason,
    endedAt: parseInstant(endedAt) ?? null,
    limit: needsReset(reason) ? `refused by the ${limit === null ? 'limit' : LIMIT_WORDS[limit.kind]}` : null,
  }
}
