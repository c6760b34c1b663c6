import type { Incident } from '../incident/incident.ts'
import { type TerminalReason, withSpecialCases } from '../reasons/terminal-reason.ts'
import type { WorktreeReport } from '../worktree/worktree-report.ts'
import { latestOf } from './headline.ts'
import type { AgentReport, Report, SessionReport } from './report.ts'
import type { View } from './reporter.ts'
import { isLost, listShownAgents, mayBeCutOff, newestRowFirst, type Row, rowMaker, shortener, wasCutOff } from './rows.ts'
import { count } from './words.ts'
import { isAtRisk, isUnsaved, titleOf } from './work.ts'

/** A line of the table of a scan: an agent, a main thread, work of which no agent is known, or several that are alike. */
export interface Entry {
  readonly what: string
  /** null: no agent is known. */
  readonly reason: TerminalReason | null
  readonly isUnsure: boolean
  readonly endedAt: number | null
  /** Worktrees and branches whose work is on no remote. */
  readonly work: readonly WorktreeReport[]
  /** What `show` takes; null: there is nothing to show. */
  readonly id: string | null
  readonly rows: readonly Row[]
}

/** The lines of the table, and what is not in it. */
export interface Listing {
  readonly shown: readonly Entry[]
  /** How many agents and main threads are left out, and when the last of them ended. */
  readonly left: number
  readonly leftSince: number | null
}

/** Lines that a screen shows without `--all`. */
const MOST_LINES = 15
/** So many of one reason, incident and parent are one line. */
const ALIKE = 5
/** A run of a workflow is resumed as a whole. */
const ALIKE_CALLS = 2

/** What the table of a scan shows: local-only work, the dead of the latest incident, then the others, newest first. */
export function listEntries(report: Report, view: View): Listing {
  const { reasons } = report.options
  const isWanted = (row: Row): boolean => (reasons.length === 0 ? view.all : reasons.includes(row.reason))
  const rowOf = rowMaker(report, view)
  const latest = latestOf(report.incidents)
  const work = workItems(report, rowOf)
  const told = new Set(work.flatMap(({ row }) => row?.id ?? []))
  const agents = listShownAgents(report)
    .filter(({ agentId }) => !told.has(agentId))
    .map((agent) => ({ row: rowOf.agent(agent), key: keyOf(agent, report), isLatest: latest?.agents.includes(agent.agentId) === true }))
  const threads = report.sessions
    .filter(({ sessionId }) => !told.has(sessionId))
    .map((session) => ({ session, row: rowOf.session(session), isLatest: isMainHit(session, latest) }))
  const dead: readonly Item[] = [
    ...agents.filter(({ row }) => isWanted(row) || (reasons.length === 0 && isLost(row.reason) && !row.isDoneSince)),
    ...threads.filter(({ session, row }) => isWanted(row) || (reasons.length === 0 && wasCutOff(session))),
  ]
  const last: readonly Item[] =
    reasons.length > 0 || view.all
      ? []
      : [
          ...agents.filter(({ row }) => row.isDoneSince).map(({ row }) => ({ row })),
          ...threads.filter(({ session }) => mayBeCutOff(session)),
        ]
  const entries = [
    work.filter((item) => item.work != null && isUnsaved(item.work)),
    work.filter((item) => item.work != null && !isUnsaved(item.work)),
    newestFirst(dead.filter(({ isLatest }) => isLatest === true)),
    newestFirst(dead.filter(({ isLatest }) => isLatest !== true)),
    newestFirst(last),
  ].flatMap((group) => foldAlike(group, report, view))
  const shown = view.all ? entries : entries.slice(0, MOST_LINES)
  const left = entries.slice(shown.length)
  const ends = left.flatMap(({ endedAt }) => endedAt ?? [])
  return {
    shown,
    left: left.reduce((sum, { rows }) => sum + Math.max(rows.length, 1), 0),
    leftSince: ends.length === 0 ? null : Math.max(...ends),
  }
}

/** What becomes a line, alone or with others of the same key. */
interface Item {
  readonly row?: Row
  readonly work?: WorktreeReport | null
  readonly name?: string
  readonly key?: string
  readonly isLatest?: boolean
}

/** All work that is on no remote, each with the agent or main thread that is most in need of it. */
function workItems(report: Report, rowOf: ReturnType<typeof rowMaker>): readonly Item[] {
  const agents = new Map(listShownAgents(report).map((agent) => [agent.agentId, agent]))
  const sessions = new Map(report.sessions.map((session) => [session.sessionId, session]))
  return report.worktrees.filter(isAtRisk).flatMap((work): readonly Item[] => {
    const own = work.agents.flatMap((id) => agents.get(id) ?? [])
    const [first] = own.toSorted(
      (a, b) => Number(isLost(b.reason)) - Number(isLost(a.reason)) || ((a.endedAt ?? '') > (b.endedAt ?? '') ? -1 : 1),
    )
    const [session] = work.sessions.flatMap((id) => sessions.get(id) ?? [])
    if (first !== undefined) {
      const row = rowOf.agent(first)
      const name = own.length === 1 ? row.name : `${row.name} and ${count(own.length - 1, 'other agent')}`
      return [{ row, work, name, key: keyOf(first, report) }]
    }
    if (session !== undefined) return [{ row: rowOf.session(session), work }]
    return report.options.reasons.length > 0 ? [] : [{ work, name: titleOf(work, report) }]
  })
}

/** What an agent shares with those that are like it, behind the number of them that is one line. */
function keyOf({ reason, agentId, workflowRunId, parentAgentId, sessionId }: AgentReport, { incidents }: Report): string {
  const incident = incidents.findLast(({ agents }) => agents.includes(agentId))
  const parent = workflowRunId ?? parentAgentId ?? sessionId ?? ''
  return [workflowRunId === null ? ALIKE : ALIKE_CALLS, reason, incident?.id ?? '', parent].join('\n')
}

function isMainHit({ sessionId, reason }: SessionReport, latest: Incident | undefined): boolean {
  return latest?.sessionIds.includes(sessionId) === true && withSpecialCases(latest.cause).includes(reason)
}

function newestFirst(items: readonly Item[]): readonly Item[] {
  return items.toSorted((a, b) => (a.row === undefined || b.row === undefined ? 0 : newestRowFirst(a.row, b.row)))
}

/** Those that are alike stand together, where the first of them would. */
function foldAlike(items: readonly Item[], report: Report, { all }: View): readonly Entry[] {
  const groups = new Map<unknown, Item[]>()
  for (const item of items) {
    const key = all ? item : (item.key ?? item)
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  const isFolded = (group: readonly Item[]): boolean => group.length > 1 && group.length >= Number(group[0]?.key?.split('\n')[0])
  const folded = new Map([...groups.values()].filter(isFolded).map((group) => [group[0], group]))
  const hidden = new Set([...folded.values()].flatMap((group) => group.slice(1)))
  return items.flatMap((item) => {
    if (hidden.has(item)) return []
    const group = folded.get(item)
    return [group === undefined ? entryOf(item) : foldEntry(group, report)]
  })
}

/** One agent, main thread or piece of work as a line. */
export function entryOf({ row, work, name }: Item): Entry {
  const what = name ?? row?.name ?? ''
  return {
    what: row?.isDoneSince === true ? `${what} (done since)` : what,
    reason: row?.reason ?? null,
    isUnsure: row?.confidence === 'low' && row.reason !== 'unknown',
    endedAt: row?.endedAt ?? null,
    work: work == null || !isAtRisk(work) ? [] : [work],
    id: row?.shortId ?? null,
    rows: row === undefined ? [] : [row],
  }
}

function foldEntry(group: readonly Item[], report: Report): Entry {
  const [first = {}] = group
  const agent = report.agents.find(({ agentId }) => agentId === first.row?.id)
  const run = report.workflows.find(({ runId }) => runId === agent?.workflowRunId)
  const many = count(group.length, run === undefined ? 'agent' : 'call')
  const [parent = null] = [
    run === undefined ? [] : shortener(report.workflows.map(({ runId }) => runId))(run.runId),
    agent?.parentAgentId == null ? [] : shortener(report.agents.map(({ agentId }) => agentId))(agent.parentAgentId),
    first.row?.shortSessionId ?? [],
  ].flat()
  return {
    ...entryOf(first),
    what: run === undefined ? `${many}: ${first.row?.name ?? ''}, …` : `workflow ${run.name ?? run.runId}: ${many}`,
    work: group.flatMap(({ work }) => work ?? []),
    id: parent,
    rows: group.flatMap(({ row }) => row ?? []),
  }
}
