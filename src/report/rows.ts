import type { Basis, Confidence } from '../reasons/claim.ts'
import type { AgentReport, Report, SessionReport } from './report.ts'
import type { WorktreeReport } from '../worktree/worktree-report.ts'
import type { TerminalReason } from '../reasons/terminal-reason.ts'
import { outcomeOf, severityRankOf, TERMINAL_REASONS } from '../reasons/terminal-reason.ts'
import { parseInstant } from '../time/instant.ts'
import type { View } from './reporter.ts'
import { LIMIT_WORDS, limitWords } from './words.ts'
import { onHost, titleOfAgent, workByAgent } from './work.ts'
import { compare } from '../text/order.ts'

/** One ended thread as people see it, an agent or a session's main thread. Its texts are not escaped yet. */
export interface Row {
  readonly reason: TerminalReason
  readonly basis: Basis
  readonly confidence: Confidence
  /** What it was to do. */
  readonly name: string
  readonly type: string | null
  readonly id: string
  readonly shortId: string
  readonly sessionId: string | null
  readonly shortSessionId: string | null
  readonly endedAt: number | null
  readonly what: string
  /** It died, and another attempt did its work or is at it. */
  readonly isDoneSince: boolean
  readonly reportedAs: string | null
  readonly worktreePath: string | null
  /** How many files that it wrote are not there any more. */
  readonly goneFiles: number
  /** What git says of its work; null: it has no worktree, or git was not asked. */
  readonly work: WorktreeReport | null
}

/** The part of a report that its threads stand in. */
export type RowSource = Pick<Report, 'agents' | 'sessions' | 'worktrees' | 'options'>

/** The rows to show, and how many are not shown. */
export interface Rows {
  readonly shown: readonly Row[]
  readonly notListed: number
}

/** Rows that a screen shows without `--all`. */
export const SCREENFUL = 20

/** The agents and the main threads worth showing, worst first. */
export function rowsOf(report: RowSource, view: View): Rows {
  const agents = listShownAgents(report).filter((agent) => view.all || outcomeOf(agent.reason) !== 'finished')
  const sessions = report.sessions.filter((session) => view.all || wasCutOff(session))
  const rowOf = rowMaker(report, view)
  const rows = [...sessions.map(rowOf.session), ...agents.map(rowOf.agent)].toSorted(worstRowFirst)
  const shown = view.all ? rows : rows.slice(0, SCREENFUL)
  return { shown, notListed: rows.length - shown.length }
}

/** Makes rows of the agents and main threads of one report. */
export function rowMaker(
  report: RowSource,
  view: View,
): { readonly agent: (agent: AgentReport) => Row; readonly session: (session: SessionReport) => Row } {
  const agentId = shortener(report.agents.map((agent) => agent.agentId))
  const sessionId = shortener(report.sessions.map((session) => session.sessionId))
  const workOf = workByAgent(report)
  const doing = new Set([
    ...report.agents.filter(({ reason }) => outcomeOf(reason) === 'running').map(({ agentId: id }) => id),
    ...report.sessions.filter(({ reason }) => outcomeOf(reason) === 'running').map(({ sessionId: id }) => id),
  ])
  return {
    agent: (agent) => agentRow(agent, view, agentId, sessionId, doing, workOf(agent)),
    session: (session) => sessionRow(session, view, sessionId),
  }
}

/** The agents that a person cares about: internal helpers only when one was asked for by its id. */
export function listShownAgents(report: Pick<Report, 'agents' | 'options'>): readonly AgentReport[] {
  return report.agents.filter((agent) => agent.kind !== 'internal' || report.options.agent !== null)
}

/** Whether the work must be taken for unfinished: it died, or nobody can say. */
export function isLost(reason: TerminalReason): boolean {
  const outcome = outcomeOf(reason)
  return outcome === 'died' || outcome === 'unknown'
}

/** Whether work of a main thread was cut off, for certain: what a person stopped was not, nor a session that was merely closed. */
export function wasCutOff(session: MainThread): boolean {
  return isCutOff(session) && session.confidence !== 'low'
}

/** Whether it may have been: nothing but silence speaks of its end. */
export function mayBeCutOff(session: MainThread): boolean {
  return isCutOff(session) && session.confidence === 'low'
}

type MainThread = Pick<SessionReport, 'reason' | 'cutOff' | 'confidence'>

function isCutOff({ reason, cutOff }: MainThread): boolean {
  return cutOff === true && isLost(reason) && TERMINAL_REASONS[reason].plan.needs !== 'consent'
}

function agentRow(
  agent: AgentReport,
  view: View,
  agentId: Shorten,
  sessionId: Shorten,
  doing: ReadonlySet<string>,
  work: WorktreeReport | null,
): Row {
  const by = agent.supersededBy
  const since = by === null ? '' : doing.has(by) ? `; ${agentId(by)} is doing it again` : `; done since by ${agentId(by)}`
  return {
    name: titleOfAgent(agent),
    type: agent.agentType,
    id: agent.agentId,
    shortId: agentId(agent.agentId),
    sessionId: agent.sessionId,
    shortSessionId: agent.sessionId === null ? null : sessionId(agent.sessionId),
    what: `${waiting(agent) ?? describeLimit(agent, view) ?? agent.summary}${since}`,
    isDoneSince: by !== null,
    reportedAs: agent.reportedAs,
    worktreePath: agent.worktreePath,
    goneFiles: agent.goneFiles.count,
    work,
    ...verdict(agent),
  }
}

function sessionRow(session: SessionReport, view: View, sessionId: Shorten): Row {
  const shortSessionId = sessionId(session.sessionId)
  return {
    name: onHost(session.host, 'main thread'),
    type: null,
    id: session.sessionId,
    shortId: shortSessionId,
    sessionId: session.sessionId,
    shortSessionId,
    what: describeLimit(session, view) ?? session.summary,
    isDoneSince: false,
    reportedAs: null,
    worktreePath: null,
    goneFiles: session.goneFiles.count,
    work: null,
    ...verdict(session),
  }
}

function verdict({
  reason,
  basis,
  confidence,
  endedAt,
}: AgentReport | SessionReport): Pick<Row, 'reason' | 'basis' | 'confidence' | 'endedAt'> {
  return { reason, basis, confidence, endedAt: parseInstant(endedAt) ?? null }
}

function describeLimit({ reason, limit, endedAt }: AgentReport | SessionReport, view: View): string | null {
  if (limit === null) return null
  if (TERMINAL_REASONS[reason].plan.needs === 'money') return `${LIMIT_WORDS[limit.kind]}: waiting does not help`
  return limitWords(limit, endedAt, view)
}

function waiting({ reason, waitingOn }: AgentReport): string | null {
  if (outcomeOf(reason) !== 'running' || waitingOn === null) return null
  const name = waitingOn.name === null ? '' : ` (${waitingOn.name})`
  const repeated = waitingOn.repeated > 1 ? `; the same call ${waitingOn.repeated} times in a row` : ''
  return `waits on ${waitingOn.on}${name}${repeated}`
}

export type Shorten = (id: string) => string

/** As short as ids can be read aloud, as long as it takes to tell them apart. */
export function shortener(ids: readonly string[]): Shorten {
  const all = new Set(ids)
  let length = 8
  while (length < 64 && new Set([...all].map((id) => id.slice(0, length))).size < all.size) length += 1
  return (id) => id.slice(0, length)
}

/** Whose work somebody else did comes behind all that is still open. */
function opennessOf({ reason, isDoneSince }: Row): number {
  return isDoneSince ? 1 : isLost(reason) ? 0 : 2
}

/** Orders rows by their end, the last one first. */
export function newestRowFirst(a: Row, b: Row): number {
  return (b.endedAt ?? 0) - (a.endedAt ?? 0) || severityRankOf(a.reason) - severityRankOf(b.reason) || compare(a.id, b.id)
}

/** Orders rows by what may lose work first. */
export function worstRowFirst(a: Row, b: Row): number {
  return (
    opennessOf(a) - opennessOf(b) ||
    severityRankOf(a.reason) - severityRankOf(b.reason) ||
    (a.endedAt ?? 0) - (b.endedAt ?? 0) ||
    compare(a.sessionId ?? '', b.sessionId ?? '') ||
    compare(a.id, b.id)
  )
}
