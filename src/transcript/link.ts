import { END_WORDS } from '../facts/record.ts'
import type { Placed, PlacedWord, Run } from '../facts/run.ts'
import type { Owner, RunContext, Session, WorkflowCall, WorkflowRun } from '../facts/session.ts'
import { mergeActivity } from './activity.ts'
import type { TranscriptFormat } from '../clients/client.ts'
import { joinLaunches, neverCameToBe, unborn } from './join-launches.ts'
import { joinWorkflow } from './join-workflow.ts'
import { newestOfEach, runOf } from './make-run.ts'
import type { Tree } from './read-tree.ts'
import { compare } from '../text/order.ts'

/** Who owns what, as far as anything outside the transcripts says so. */
export interface Owners {
  readonly bySession: ReadonlyMap<string, readonly Owner[]>
  readonly byAgent: ReadonlyMap<string, Owner>
  readonly registryRead: boolean
}

/** Sessions with their agents, and for every run what is known of it from outside. */
export interface Linked {
  readonly sessions: readonly Session[]
  readonly contexts: ReadonlyMap<Run, RunContext>
  readonly workflows: readonly WorkflowRun[]
}

/**
 * Joins what was read: runs to sessions, children to parents (by tool-use id across the whole session, since a parent's
 * file need not hold the call), agents to workflow calls and to what was said about them.
 */
export function link(tree: Tree, format: TranscriptFormat, owners: Owners, now: number): Linked {
  const workflows = tree.workflows.map(joinWorkflow)
  const labels = new Map(
    workflows.flatMap((run) => run.calls.flatMap((call) => (call.agentId === null ? [] : [[call.agentId, call] as const]))),
  )
  const runs = newestOfEach(tree.runs.map((read) => runOf(read, tree.sidecars.get(read.source.path) ?? null, labels, format)))
  const sessions: Session[] = []
  const contexts = new Map<Run, RunContext>()
  const launchesSeen = new Set<string>()
  for (const [sessionId, members] of groupBySession(runs)) {
    sessions.push(linkSession(sessionId, members, labels, format, owners, now, launchesSeen, contexts))
  }
  return { sessions, contexts, workflows }
}

function groupBySession(runs: readonly Run[]): ReadonlyMap<string | null, readonly Run[]> {
  const groups = new Map<string | null, Run[]>()
  for (const run of runs) {
    const group = groups.get(run.sessionId)
    if (group === undefined) groups.set(run.sessionId, [run])
    else group.push(run)
  }
  return groups
}

function linkSession(
  sessionId: string | null,
  members: readonly Run[],
  labels: ReadonlyMap<string, WorkflowCall>,
  format: TranscriptFormat,
  owners: Owners,
  now: number,
  launchesSeen: Set<string>,
  contexts: Map<Run, RunContext>,
): Session {
  // One session may stand under two slugs, when it entered a worktree: the part written last is its main thread.
  const mains = members
    .filter((run) => run.role === 'main')
    .toSorted((a, b) => (b.lastRecordAt ?? 0) - (a.lastRecordAt ?? 0) || compare(a.path ?? '', b.path ?? ''))
  const found = members.filter((run) => run.role === 'agent')
  // A helper's transcript may hold a copy of the whole conversation (`/btw`, 2.1.97): what it says is said there already.
  const speakers = [...mains, ...found.filter((run) => run.kind !== 'internal')]
  const sites = speakers.flatMap((by) => by.children.filter((child) => child.call.launch?.kind === 'agent').map((child) => ({ by, child })))
  const joined = joinLaunches(found, sites)
  const agents = joined.map(({ run }) => run)
  const siteOf = new Map(joined.map(({ run, site }) => [run, site]))
  const used = new Set(joined.flatMap(({ site }) => (site === null ? [] : [site.child.call.id])))
  const named = new Set(found.map((run) => run.toolUseId))
  for (const site of sites) {
    if (used.has(site.child.call.id) || launchesSeen.has(site.child.call.id) || !neverCameToBe(site, named)) continue
    launchesSeen.add(site.child.call.id)
    const run = unborn(site, sessionId, format)
    agents.push(run)
    siteOf.set(run, site)
  }
  const everyone = [...mains, ...agents]
  const session: Session = {
    format: format.id,
    sessionId,
    main: mains[0] ?? null,
    agents,
    owners: sessionId === null ? [] : (owners.bySession.get(sessionId) ?? []),
    registryRead: owners.registryRead,
    activity: mergeActivity(everyone.flatMap((run) => run.activity)),
    processStarts: byTime(mains.flatMap((run) => run.processStarts)),
    refusals: byTime(speakers.flatMap((run) => run.refusals)),
    agentsKilled: mains.flatMap((run) => run.agentsKilled),
  }
  const agentIds = new Set(agents.flatMap((run) => run.agentId ?? []))
  const said = groupWords(byTime(speakers.flatMap((run) => run.words)), agentIds)
  const stopsOf = new Map<string, Placed[]>()
  for (const stop of byTime(speakers.flatMap((run) => run.stopCalls))) {
    const known = stopsOf.get(stop.id)
    if (known === undefined) stopsOf.set(stop.id, [stop])
    else known.push(stop)
  }
  const runs = session.main === null ? agents : [session.main, ...agents]
  for (const run of runs) {
    const site = siteOf.get(run) ?? null
    contexts.set(run, {
      session,
      words: run.role === 'main' ? [] : said(run),
      stops: run.agentId === null ? [] : (stopsOf.get(run.agentId) ?? []),
      refusedLaunch: site?.child.refused ?? null,
      lock: run.agentId === null ? null : (owners.byAgent.get(run.agentId) ?? null),
      openChildren: [],
      workflowCall: run.agentId === null ? null : (labels.get(run.agentId) ?? null),
      now,
    })
  }
  // A run that was itself launched was copied when that was found out, so that a launcher is known by its path, not by identity.
  const byPath = new Map(runs.map((run) => [run.path, run]))
  const open = new Map<Run, string[]>()
  for (const agent of agents) {
    // A workflow's calls are the session's own; other agents are their launcher's.
    const launcher = siteOf.get(agent)?.by ?? (agent.workflowRunId === null ? null : session.main)
    const parent = launcher === null ? undefined : byPath.get(launcher.path)
    const context = parent === undefined ? undefined : contexts.get(parent)
    const own = contexts.get(agent)
    if (
      parent === undefined ||
      context === undefined ||
      own === undefined ||
      agent.agentId === null ||
      agent.kind === 'internal' ||
      !isOpen(agent, own)
    )
      continue
    const children = open.get(parent)
    if (children === undefined) open.set(parent, [agent.agentId])
    else children.push(agent.agentId)
  }
  for (const [run, openChildren] of open) {
    const context = contexts.get(run)
    if (context !== undefined) contexts.set(run, { ...context, openChildren })
  }
  return session
}

/** Finds the words about a run by its id or by that of the call that launched it, in the order of time. */
function groupWords(words: readonly PlacedWord[], agentIds: ReadonlySet<string>): (run: Run) => readonly PlacedWord[] {
  const byId = new Map<string, PlacedWord[]>()
  for (const word of words) {
    // The agent that it names says more than the call, whose id another agent may have been launched with.
    const ids = word.agentId !== null && agentIds.has(word.agentId) ? [word.agentId] : [word.agentId, word.toolUseId]
    for (const id of new Set(ids)) {
      if (id === null) continue
      const known = byId.get(id)
      if (known === undefined) byId.set(id, [word])
      else known.push(word)
    }
  }
  return (run) => {
    const one = run.agentId === null ? [] : (byId.get(run.agentId) ?? [])
    const other = run.toolUseId === null ? [] : (byId.get(run.toolUseId) ?? [])
    if (one.length === 0 || other.length === 0 || one === other) return one.length === 0 ? other : one
    return byTime([...new Set([...one, ...other])])
  }
}

/** Whether its parent may still wait for it: no end of its own, no refused launch, and no word of an end reached the parent. */
function isOpen(run: Run, { refusedLaunch, words }: RunContext): boolean {
  const { lastWord, openCalls, schema, startedAt } = run.latest
  if (refusedLaunch !== null && run.path === null) return false
  if (lastWord.kind === 'error' || lastWord.kind === 'interrupt' || (lastWord.kind === 'turn' && openCalls.length === 0)) return false
  if (lastWord.kind === 'tool_result' && lastWord.name === 'StructuredOutput' && schema.accepted) return false
  if (lastWord.kind === 'tool_result' && lastWord.name === 'SubagentHandback' && !lastWord.isError) return false
  return !words.some(
    (word) =>
      word.delivered &&
      word.tells !== 'launched' &&
      word.status !== null &&
      END_WORDS.has(word.status) &&
      (word.at === null || startedAt === null || word.at >= startedAt),
  )
}

function byTime<T extends Placed>(items: readonly T[]): readonly T[] {
  return items.toSorted(
    (a, b) => (a.at ?? 0) - (b.at ?? 0) || compare(a.where.path, b.where.path) || a.where.byteOffset - b.where.byteOffset,
  )
}
