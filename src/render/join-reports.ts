import { summaryOf } from '../incident/summary.ts'
import type { Incident } from '../incident/incident.ts'
import type { WorkItem } from '../incident/work-item.ts'
import { isLost } from '../report/rows.ts'
import { outcomeOf } from '../reasons/terminal-reason.ts'
import { compare } from '../text/order.ts'
import { parseInstant } from '../time/instant.ts'
import type { WorktreeReport } from '../worktree/worktree-report.ts'
import type { Report } from '../report/report.ts'

/** A report, and the machine that it is of, as a person calls it. */
export interface HostReport {
  readonly host: string
  readonly report: Report
}

/** Texts round resets to five minutes. */
const SAME_RESET_MS = 5 * 60_000
const FOLLOWS_MS = 15 * 60_000

/**
 * One report of several machines. Each agent, session, workflow run, worktree, work item, action and read issue names its host. What was
 * copied from one machine to another counts once, as the newest report has it. A limit is the account's: refusals on several machines are
 * one incident. Work on one branch of one remote, or in one pull request, is one work item.
 */
export function joinReports(all: readonly HostReport[]): Report {
  const newestFirst = all.toSorted((a, b) => (a.report.generatedAt < b.report.generatedAt ? 1 : -1))
  const [newest] = newestFirst
  if (newest === undefined) throw new Error('no report to join')
  const parts = takeOnce(newestFirst).toSorted(
    (a, b) => all.findIndex(({ host }) => host === a.host) - all.findIndex(({ host }) => host === b.host),
  )
  const worktrees = parts.flatMap(({ host, report }) => report.worktrees.map((row) => ({ ...row, host })))
  const agents = parts.flatMap(({ host, report }) => report.agents.map((agent) => ({ ...agent, host })))
  const items = parts.flatMap(({ host, report }) => report.workItems.map((item) => ({ ...item, id: `${host}/${item.id}`, host })))
  const workItems = joinWorkItems(items, new Map(agents.map((agent) => [agent.agentId, agent.startedAt ?? ''])), worktrees)
  const itemOf = new Map(workItems.flatMap((item) => item.attempts.map((id) => [id, item] as const)))
  return {
    ...newest.report,
    hosts: all.map(({ host }) => host),
    options: joinOptions(all.map(({ report }) => report.options)),
    complete: all.every(({ report }) => report.complete),
    counts: joinCounts(parts.map(({ report }) => report)),
    sessions: parts.flatMap(({ host, report }) => report.sessions.map((session) => ({ ...session, host }))),
    agents: agents.map((agent) => {
      const item = itemOf.get(agent.agentId)
      const doneBy = item?.doneBy ?? null
      const isDone = doneBy !== null && doneBy !== agent.agentId && isLost(agent.reason)
      return { ...agent, workItemId: item?.id ?? null, supersededBy: isDone ? doneBy : agent.supersededBy }
    }),
    workflows: parts.flatMap(({ host, report }) => report.workflows.map((workflow) => ({ ...workflow, host }))),
    workItems,
    incidents: joinIncidents(
      parts.flatMap(({ host, report }) => report.incidents.map((incident) => ({ ...incident, id: `${host}/${incident.id}` }))),
    ),
    worktrees,
    plan: {
      actions: parts.flatMap(({ host, report }) =>
        report.plan.actions.map((action) => ({
          ...action,
          id: `${host}/${action.id}`,
          dependsOn: action.dependsOn.map((id) => `${host}/${id}`),
          host,
        })),
      ),
    },
    readIssues: parts.flatMap(({ host, report }) => report.readIssues.map((issue) => ({ ...issue, host }))),
  }
}

/** Takes each session, with all that belongs to it, from the first report that has it. */
function takeOnce(newestFirst: readonly HostReport[]): readonly HostReport[] {
  const taken = new Map<string, string>()
  for (const { host, report } of newestFirst)
    for (const { sessionId } of [...report.sessions, ...report.agents])
      if (sessionId !== null && !taken.has(sessionId)) taken.set(sessionId, host)
  return newestFirst.map(({ host, report }) => {
    const isOwn = ({ sessionId }: { readonly sessionId: string | null }): boolean => sessionId === null || taken.get(sessionId) === host
    const agents = report.agents.filter(isOwn)
    const known = new Set(agents.map(({ agentId }) => agentId))
    const left = new Set(
      report.agents
        .filter((agent) => !isOwn(agent))
        .map(({ agentId }) => agentId)
        .filter((id) => !known.has(id)),
    )
    return {
      host,
      report: {
        ...report,
        agents,
        sessions: report.sessions.filter(isOwn),
        workflows: report.workflows.filter(isOwn),
        workItems: report.workItems.filter(({ attempts }) => !attempts.every((id) => left.has(id))),
        incidents: report.incidents.filter(({ sessionIds }) => sessionIds.length === 0 || sessionIds.some((id) => taken.get(id) === host)),
      },
    }
  })
}

function joinOptions(all: readonly Report['options'][]): Report['options'] {
  const [first] = all
  if (first === undefined) throw new Error('no options to join')
  const same = <Key extends 'project' | 'session' | 'agent' | 'until'>(key: Key): Report['options'][Key] | null =>
    all.every((each) => each[key] === first[key]) ? first[key] : null
  const since = all.flatMap((each) => each.since ?? [])
  return {
    ...first,
    roots: [...new Set(all.flatMap(({ roots }) => roots))],
    since: since.length < all.length ? null : (since.toSorted(compare)[0] ?? null),
    until: same('until'),
    project: same('project'),
    session: same('session'),
    agent: same('agent'),
    reasons: all.every(({ reasons }) => reasons.length > 0) ? [...new Set(all.flatMap(({ reasons }) => reasons))] : [],
    excerpts: all.every(({ excerpts }) => excerpts),
    git: all.every(({ git }) => git),
    offline: all.some(({ offline }) => offline),
  }
}

/** What was counted while reading adds up; what counts agents is counted anew. */
function joinCounts(all: readonly Report[]): Report['counts'] {
  const agents = all.flatMap((report) => report.agents)
  const shown = agents.filter(({ kind }) => kind !== 'internal')
  const amount = (outcome: ReturnType<typeof outcomeOf>): number => shown.filter(({ reason }) => outcomeOf(reason) === outcome).length
  const sum = (key: 'filesRead' | 'filesOlder' | 'bytesRead' | 'diedCalledCompleted' | 'superseded'): number =>
    all.reduce((total, { counts }) => total + counts[key], 0)
  const byReason: Report['counts']['byReason'] = {}
  for (const { reason } of shown) byReason[reason] = (byReason[reason] ?? 0) + 1
  return {
    sessions: all.reduce((total, { sessions }) => total + sessions.length, 0),
    agents: shown.length,
    internal: agents.length - shown.length,
    died: amount('died'),
    finished: amount('finished'),
    running: amount('running'),
    unknown: amount('unknown'),
    diedCalledCompleted: sum('diedCalledCompleted'),
    superseded: sum('superseded'),
    byReason,
    filesRead: sum('filesRead'),
    filesOlder: sum('filesOlder'),
    bytesRead: sum('bytesRead'),
  }
}

type HostItem = WorkItem & { readonly host?: string | undefined }

/** Joins the items of several hosts whose agents worked on one branch of one remote, or in one pull request. */
function joinWorkItems(
  items: readonly HostItem[],
  startOf: ReadonlyMap<string, string>,
  worktrees: readonly (WorktreeReport & { readonly host: string })[],
): HostItem[] {
  const placesOf = new Map<string, string[]>()
  for (const row of worktrees) for (const id of row.agents) placesOf.set(id, [...(placesOf.get(id) ?? []), ...placesOfRow(row)])
  const groups: HostItem[][] = []
  const groupOf = new Map<string, HostItem[]>()
  for (const item of items) {
    const places = item.attempts.flatMap((id) => placesOf.get(id) ?? [])
    // Two agents of one machine on one branch are two work items, as its own report says.
    const group =
      places.flatMap((place) => groupOf.get(place) ?? []).length === 0
        ? undefined
        : places.map((place) => groupOf.get(place)).find((each) => each?.every(({ host }) => host !== item.host))
    const own = group ?? []
    if (group === undefined) groups.push(own)
    own.push(item)
    for (const place of places) groupOf.set(place, own)
  }
  return groups.map((group) => joinGroup(group, startOf))
}

function placesOfRow({ remoteUrl, branch, base, pullRequest }: WorktreeReport): readonly string[] {
  if (remoteUrl === null) return []
  const isBase = branch !== null && base !== null && base.endsWith(`/${branch}`)
  return [
    ...(branch === null || isBase ? [] : [`branch ${remoteUrl} ${branch}`]),
    ...(pullRequest === null ? [] : [`request ${remoteUrl} ${pullRequest.number}`]),
  ]
}

function joinGroup(group: readonly HostItem[], startOf: ReadonlyMap<string, string>): HostItem {
  const inOrder = group.toSorted((a, b) => ((startOf.get(a.attempts[0] ?? '') ?? '') < (startOf.get(b.attempts[0] ?? '') ?? '') ? -1 : 1))
  const [first, ...others] = inOrder
  if (first === undefined) throw new Error('an empty group')
  if (others.length === 0) return first
  const doneBy = inOrder.find((item) => item.doneBy !== null)?.doneBy ?? null
  const doingBy = doneBy === null ? (inOrder.find((item) => item.doingBy !== null)?.doingBy ?? null) : null
  const steps = inOrder.slice(1).flatMap((item, at) => {
    const [from, to] = [inOrder[at]?.attempts.at(-1), item.attempts[0]]
    return from === undefined || to === undefined ? [] : [{ from, to, by: 'branch' as const, certainty: 'medium' as const }]
  })
  return {
    ...first,
    attempts: inOrder.flatMap(({ attempts }) => attempts),
    state: doneBy !== null ? 'done' : inOrder.every(({ state }) => state === 'lost') ? 'lost' : 'open',
    doneBy,
    doingBy,
    maybeDoneBy: doneBy === null ? (inOrder.find((item) => item.maybeDoneBy !== null)?.maybeDoneBy ?? null) : null,
    certainty: inOrder.some(({ certainty }) => certainty === 'low') ? 'low' : 'medium',
    joins: [...inOrder.flatMap(({ joins }) => joins), ...steps],
    builtOn: inOrder.flatMap(({ builtOn }) => builtOn),
  }
}

/** Refusals of one kind of limit with one reset are one incident, whichever machines they were on. */
function joinIncidents(incidents: readonly Incident[]): Incident[] {
  const joined: Incident[] = []
  for (const incident of incidents.toSorted((a, b) => (a.firstAt < b.firstAt ? -1 : 1))) {
    const at = joined.findIndex((each) => isSameLimit(each, incident))
    const known = joined[at]
    if (known === undefined) joined.push(incident)
    else joined[at] = joinTwo(known, incident)
  }
  return joined
}

function isSameLimit(a: Incident, b: Incident): boolean {
  if (a.limit === null || b.limit === null || a.limit.kind !== b.limit.kind) return false
  const [first, second] = [parseInstant(a.overAt), parseInstant(b.overAt)]
  // Without a reset, refusals that follow each other are of one limit.
  if (first === undefined && second === undefined) return gapBetween(a, b) <= FOLLOWS_MS
  return first !== undefined && second !== undefined && Math.abs(first - second) <= SAME_RESET_MS
}

/** Negative where they overlap. */
function gapBetween(a: Incident, b: Incident): number {
  const [firstA, lastA, firstB, lastB] = [a.firstAt, a.lastAt, b.firstAt, b.lastAt].map((instant) => parseInstant(instant) ?? 0)
  return Math.max((firstA ?? 0) - (lastB ?? 0), (firstB ?? 0) - (lastA ?? 0))
}

function joinTwo(a: Incident, b: Incident): Incident {
  const [firstAt, lastAt] = [a.firstAt < b.firstAt ? a.firstAt : b.firstAt, a.lastAt > b.lastAt ? a.lastAt : b.lastAt]
  const spanMs = (parseInstant(lastAt) ?? 0) - (parseInstant(firstAt) ?? 0)
  const attempts = a.attempts + b.attempts
  const texts = new Map<string, number>()
  for (const { text, count } of [...a.texts, ...b.texts]) texts.set(text, (texts.get(text) ?? 0) + count)
  const {
    builtOn,
    summary: _,
    ...joined
  } = {
    ...a,
    firstAt,
    lastAt,
    spanMs,
    attempts,
    meanIntervalMs: attempts < 2 ? null : spanMs / (attempts - 1),
    // What lies between refusals on two machines neither report tells.
    minIntervalMs: null,
    backoff: a.backoff === false && b.backoff === false ? false : null,
    texts: [...texts].map(([text, count]) => ({ text, count })).toSorted((one, other) => other.count - one.count),
    agents: [...new Set([...a.agents, ...b.agents])],
    sessionIds: [...new Set([...a.sessionIds, ...b.sessionIds])],
    workflowRunIds: [...new Set([...a.workflowRunIds, ...b.workflowRunIds])],
    startedAfterKnown: a.startedAfterKnown + b.startedAfterKnown,
    countedAgents: a.countedAgents + b.countedAgents,
    tokens: {
      input: a.tokens.input + b.tokens.input,
      output: a.tokens.output + b.tokens.output,
      cacheRead: a.tokens.cacheRead + b.tokens.cacheRead,
      cacheWrite: a.tokens.cacheWrite + b.tokens.cacheWrite,
    },
    toolUses: a.toolUses + b.toolUses,
    wallClockMs: a.wallClockMs === null || b.wallClockMs === null ? null : Math.max(a.wallClockMs, b.wallClockMs, spanMs),
    clientFigures:
      a.clientFigures === null || b.clientFigures === null
        ? (a.clientFigures ?? b.clientFigures)
        : {
            agents: a.clientFigures.agents + b.clientFigures.agents,
            tokens: a.clientFigures.tokens + b.clientFigures.tokens,
            toolUses: a.clientFigures.toolUses + b.clientFigures.toolUses,
            durationMs: Math.max(a.clientFigures.durationMs, b.clientFigures.durationMs),
          },
    overAt: (a.overAt ?? '') > (b.overAt ?? '') ? a.overAt : b.overAt,
    workedPastAt: [a.workedPastAt, b.workedPastAt].filter((each) => each !== null).toSorted(compare)[0] ?? null,
    builtOn: [...a.builtOn, ...b.builtOn],
  }
  return { ...joined, builtOn, summary: summaryOf(joined) }
}
