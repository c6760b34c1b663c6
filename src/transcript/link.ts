import { isEnd } from '../facts/record.ts'
import { handsOver, type Placed, type PlacedWord, type ProcessStart, type Run } from '../facts/run.ts'
import type { Heard, Owners, RunContext, Session, WorkflowCall, WorkflowRun } from '../facts/session.ts'
import { mergeActivity } from './activity.ts'
import type { ReadIssue } from '../facts/source.ts'
import type { Client } from '../clients/client.ts'
import { createUnstartedRun, isUnstartedLaunch, joinLaunches } from './join-launches.ts'
import { joinWorkflow } from './join-workflow.ts'
import { joinLives } from './lives.ts'
import { runOf } from './make-run.ts'
import type { Tree } from './read-tree.ts'
import { compare } from '../text/order.ts'

/** Sessions with their agents, and for every run what is known of it from outside. */
export interface Linked {
  readonly sessions: readonly Session[]
  readonly contexts: ReadonlyMap<Run, RunContext>
  readonly workflows: readonly WorkflowRun[]
  /** Launches of which the transcript is missing. */
  readonly issues: readonly ReadIssue[]
}

/**
 * Joins what was read: transcripts to lives, runs to sessions, children to parents (by tool-use id, since a parent's file need not hold the
 * call), agents to workflow calls and to what was said about them. `owners`: by client. `listed`: the ids of all agents that have a
 * transcript, read or not. `heard`: what a client says and has not written yet.
 */
export function link(
  tree: Tree,
  owners: ReadonlyMap<string, Owners>,
  now: number,
  listed: () => ReadonlySet<string> = () => new Set(),
  heard?: Heard,
): Linked {
  const workflows = tree.workflows.map(joinWorkflow)
  const linker = new SessionLinker(workflows, owners, now, heard)
  const clients = new Map(tree.runs.map(({ source: { client } }) => [client.id, client] as const))
  const runs = joinLives(tree.runs.map((read) => runOf(read, tree.sidecars.get(read.source.path) ?? null, linker.calls)))
  const read = new Set(runs.map(({ agentId }) => agentId))
  const isPresent = (agentId: string): boolean => read.has(agentId) || listed().has(agentId)
  const sessions = groupByFamily(runs).flatMap(({ format, members }) => {
    const client = clients.get(format)
    return client === undefined ? [] : linker.link(client, members, isPresent)
  })
  return { sessions, contexts: linker.contexts, workflows, issues: linker.issues }
}

/** The runs of sessions that belong together: `/clear`, a resume or a fork took agents from one to the next. */
interface Family {
  /** The client that wrote them. */
  readonly format: string
  readonly members: Run[]
}

function groupByFamily(runs: readonly Run[]): readonly Family[] {
  const families = new Map<string, Family>()
  for (const run of runs) {
    const { format } = run
    const keys = sessionsOf(run).map((id) => `${format} ${id ?? ''}`)
    let family: Family | undefined
    for (const key of keys) family ??= families.get(key)
    family ??= { format, members: [] }
    family.members.push(run)
    for (const key of keys) {
      const other = families.get(key)
      families.set(key, family)
      if (other === undefined || other === family) continue
      family.members.push(...other.members)
      for (const [its, each] of families) if (each === other) families.set(its, family)
    }
  }
  return [...new Set(families.values())]
}

/** Its session, and behind it the others that its transcripts lie in. */
function sessionsOf({ sessionId, transcripts }: Run): readonly (string | null)[] {
  if (transcripts.every((each) => each.sessionId === sessionId)) return [sessionId]
  return [...new Set([sessionId, ...transcripts.map((each) => each.sessionId)])]
}

/** An agent, and the call that launched it where that was read. */
type JoinedAgent = ReturnType<typeof joinLaunches>[number]

/** Links one family of sessions after the other. A call that stands in several launches its agent in the first of them. */
class SessionLinker {
  /** What the workflows' own files say of their calls, by agent. */
  readonly calls: ReadonlyMap<string, WorkflowCall>
  readonly contexts = new Map<Run, RunContext>()
  readonly issues: ReadIssue[] = []
  readonly #owners: ReadonlyMap<string, Owners>
  readonly #now: number
  readonly #heard: Heard | undefined
  readonly #launchesSeen = new Set<string>()

  constructor(workflows: readonly WorkflowRun[], owners: ReadonlyMap<string, Owners>, now: number, heard: Heard | undefined) {
    this.calls = new Map(
      workflows.flatMap((run) => run.calls.flatMap((call) => (call.agentId === null ? [] : [[call.agentId, call] as const]))),
    )
    this.#owners = owners
    this.#now = now
    this.#heard = heard
  }

  /** `isPresent`: whether a transcript of an agent is known to be there. */
  link(client: Client, members: readonly Run[], isPresent: (agentId: string) => boolean): readonly Session[] {
    // One session may stand under two slugs, when it entered a worktree: the part written last is its main thread.
    const mains = members
      .filter((run) => run.role === 'main')
      .toSorted((a, b) => (b.lastRecordAt ?? 0) - (a.lastRecordAt ?? 0) || compare(a.path ?? '', b.path ?? ''))
    const found = members.filter((run) => run.role === 'agent')
    // A helper's transcript may hold a copy of the whole conversation (`/btw`, 2.1.97): what it says is said there already.
    const speakers = [...mains, ...found.filter((run) => run.kind !== 'internal')]
    const joined = addDepths(this.#joinAgents(client, found, speakers, isPresent))
    const ids = [...new Set([...mains, ...joined.map(({ run }) => run)].map(({ sessionId }) => sessionId))]
    const owners = this.#owners.get(client.id)
    const heard = this.#heard !== undefined && ids.includes(this.#heard.sessionId) ? placeHeard(this.#heard) : NOTHING_HEARD
    const shared = {
      format: client.id,
      owners: ids.flatMap((id) => (id === null ? [] : (owners?.bySession.get(id) ?? []))),
      registryRead: owners?.registryRead ?? false,
      activity: mergeActivity([...mains, ...joined.map(({ run }) => run)].flatMap((run) => run.activity)),
      processStarts: byTime([...mains.flatMap((run) => run.processStarts), ...heard.processStarts]),
      refusals: byTime(speakers.flatMap((run) => run.refusals)),
      agentsKilled: mains.flatMap((run) => run.agentsKilled),
      interrupts: byTime(mains.flatMap((run) => run.interrupts)),
      killNotices: byTime(speakers.flatMap((run) => run.words.filter(({ outcome }) => outcome === 'killed'))),
      overBudget: byTime(mains.flatMap((run) => run.overBudget ?? [])).at(-1) ?? null,
      ...(heard.endedAt !== null && { endHeardAt: heard.endedAt }),
    }
    const sessions = ids.map((sessionId): Session => {
      const isOwn = (run: Run): boolean => run.sessionId === sessionId
      const job = sessionId === null ? null : (owners?.jobs.get(sessionId) ?? null)
      return { ...shared, sessionId, job, main: mains.find(isOwn) ?? null, agents: joined.map(({ run }) => run).filter(isOwn) }
    })
    this.#addContexts(sessions, joined, speakers, heard.words)
    this.#addOpenChildren(mains, joined)
    return sessions
  }

  /** The agents with the calls that launched them, and behind them the launches that no transcript is there of. */
  #joinAgents(
    client: Client,
    found: readonly Run[],
    speakers: readonly Run[],
    isPresent: (agentId: string) => boolean,
  ): readonly JoinedAgent[] {
    const sites = speakers.flatMap((by) =>
      by.children.filter((child) => child.call.launch?.kind === 'agent').map((child) => ({ by, child })),
    )
    const joined = [...joinLaunches(found, sites)]
    const used = new Set(joined.flatMap(({ site }) => (site === null ? [] : [site.child.call.id])))
    const known = new Set(found.map((run) => run.toolUseId))
    for (const site of sites) {
      const { id, where } = site.child.call
      const { agentId } = site.child
      const isMissing = agentId !== null && !isPresent(agentId)
      if (used.has(id) || this.#launchesSeen.has(id) || !(isMissing || isUnstartedLaunch(site, known))) continue
      this.#launchesSeen.add(id)
      joined.push({ run: createUnstartedRun(site, client), site })
      if (isMissing)
        this.issues.push({ ...where, reason: 'missing_transcript', bytes: null, detail: `no transcript of agent ${agentId} is here` })
    }
    return joined
  }

  #addContexts(sessions: readonly Session[], joined: readonly JoinedAgent[], speakers: readonly Run[], heard: readonly PlacedWord[]): void {
    const agentIds = new Set(joined.flatMap(({ run }) => run.agentId ?? []))
    const wordsAbout = groupWords(byTime([...speakers.flatMap((run) => run.words), ...heard]), agentIds)
    const stopsOf = new Map<string, Placed[]>()
    for (const stop of byTime(speakers.flatMap((run) => run.stopCalls))) {
      const known = stopsOf.get(stop.id)
      if (known === undefined) stopsOf.set(stop.id, [stop])
      else known.push(stop)
    }
    // Stopping a workflow's task stops its run; the result of the launch tells which run a task is (2.1.154 on).
    const tasksOf = new Map<string, string[]>()
    for (const { taskId, workflowRunId } of speakers.flatMap((run) => run.words)) {
      if (taskId !== null && workflowRunId !== null) tasksOf.set(workflowRunId, [...(tasksOf.get(workflowRunId) ?? []), taskId])
    }
    const stopsFor = ({ agentId, workflowRunId }: Run): readonly Placed[] => {
      if (stopsOf.size === 0) return NONE
      const ids = [
        ...(agentId === null ? [] : [agentId]),
        ...(workflowRunId === null ? [] : [workflowRunId, ...(tasksOf.get(workflowRunId) ?? [])]),
      ]
      return ids.flatMap((id) => stopsOf.get(id) ?? [])
    }
    for (const session of sessions) {
      const owners = this.#owners.get(session.format)
      const main = session.main === null ? [] : [{ run: session.main, site: null }]
      for (const { run, site } of [...main, ...joined.filter((each) => each.run.sessionId === session.sessionId)]) {
        const { agentId } = run
        this.contexts.set(run, {
          session,
          words: run.role === 'main' ? NONE : wordsAbout(run),
          stops: stopsFor(run),
          refusedLaunch: site?.child.refused ?? null,
          lock: agentId === null ? null : (owners?.byAgent.get(agentId) ?? null),
          openTasks: findOpenTasks(run, speakers),
          openChildren: NONE,
          workflowCall: agentId === null ? null : (this.calls.get(agentId) ?? null),
          now: this.#now,
        })
      }
    }
  }

  #addOpenChildren(mains: readonly Run[], joined: readonly JoinedAgent[]): void {
    // A run that was itself launched was copied when that was found out, so that a launcher is known by its place, not by identity.
    let byPlace: Map<string, Run> | undefined
    const copyOf = (run: Run): Run | undefined => {
      byPlace ??= new Map([...mains, ...joined.map((each) => each.run)].map((each) => [placeOf(each), each]))
      return byPlace.get(placeOf(run))
    }
    const open = new Map<Run, string[]>()
    for (const { run: agent, site } of joined) {
      const context = this.contexts.get(agent)
      if (context === undefined || agent.agentId === null || agent.kind === 'internal' || !isOpen(agent, context)) continue
      // A workflow's calls are the session's own; other agents are their launcher's.
      const ownMain = mains.find((main) => main.sessionId === agent.sessionId) ?? null
      const parent = site === null ? (agent.workflowRunId === null ? null : ownMain) : copyOf(site.by)
      if (parent == null) continue
      const children = open.get(parent)
      if (children === undefined) open.set(parent, [agent.agentId])
      else children.push(agent.agentId)
    }
    for (const [run, openChildren] of open) {
      const context = this.contexts.get(run)
      if (context !== undefined) this.contexts.set(run, { ...context, openChildren })
    }
  }
}

/** One for all: of most runs nothing was said. */
const NONE: readonly never[] = []

interface PlacedHeard {
  readonly words: readonly PlacedWord[]
  readonly processStarts: readonly ProcessStart[]
  readonly endedAt: number | null
}

const NOTHING_HEARD: PlacedHeard = { words: [], processStarts: [], endedAt: null }

/** What was heard, as if it stood at the head of the transcript that it will be written to. */
function placeHeard({ at, transcript, words, ownerEnded }: Heard): PlacedHeard {
  const where = { path: transcript, line: 1, byteOffset: 0 }
  return {
    words: words.map((word) => ({ ...word, at, where, delivered: true })),
    processStarts: ownerEnded ? [{ at, where, sure: true }] : [],
    endedAt: ownerEnded ? at : null,
  }
}

/**
 * The commands that a run left in the background, and that nobody was told are over: its own transcript at any time, others up to its last
 * word, since what ends later ends with it. Up to 2.1.170 only the main thread is told.
 */
function findOpenTasks(run: Run, speakers: readonly Run[]): RunContext['openTasks'] {
  if (run.backgroundTasks.length === 0) return run.backgroundTasks
  const { lastAt } = run.latest
  const over = new Set<string>()
  for (const by of [run, ...speakers]) {
    const told = by.words.filter(isEnd).map(({ agentId, at }) => ({ id: agentId ?? '', at }))
    for (const { id, at } of [...by.endedTasks, ...by.stopCalls, ...told])
      if (by === run || at === null || lastAt === null || at <= lastAt) over.add(id)
  }
  return run.backgroundTasks.filter(({ id }) => !over.has(id))
}

/** How many launches lead to each agent, where its sidecar does not say. */
function addDepths(joined: readonly JoinedAgent[]): readonly JoinedAgent[] {
  const parents = new Map(joined.map(({ run }) => [run.agentId, run]))
  const depthOf = (run: Run, above: ReadonlySet<Run> = new Set()): number | null => {
    if (run.spawnDepth !== null) return run.spawnDepth
    const parent = run.parentAgentId === null ? null : (parents.get(run.parentAgentId) ?? null)
    if (parent === null) return run.parentAgentId === null && run.toolUseId !== null ? 1 : null
    const depth = above.has(parent) ? null : depthOf(parent, new Set([...above, run]))
    return depth === null ? null : depth + 1
  }
  return joined.map((each) => {
    const spawnDepth = depthOf(each.run)
    return spawnDepth === each.run.spawnDepth ? each : { ...each, run: { ...each.run, spawnDepth } }
  })
}

/** Where a run was read: one document may hold many. */
function placeOf({ path, agentId }: Run): string {
  return `${path ?? ''}\n${agentId ?? ''}`
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
    const one = run.agentId === null ? NONE : (byId.get(run.agentId) ?? NONE)
    const other = run.toolUseId === null ? NONE : (byId.get(run.toolUseId) ?? NONE)
    if (one.length === 0 || other.length === 0 || one === other) return one.length === 0 ? other : one
    return byTime([...new Set([...one, ...other])])
  }
}

/** Whether its parent may still wait for it: no end of its own, no refused launch, and no word of an end reached the parent. */
function isOpen(run: Run, { refusedLaunch, words }: RunContext): boolean {
  const { lastWord, openCalls, startedAt, mark } = run.latest
  if (refusedLaunch !== null && run.path === null) return false
  if (lastWord.kind === 'error' || lastWord.kind === 'interrupt' || (lastWord.kind === 'turn' && openCalls.length === 0 && mark !== 'open'))
    return false
  if (handsOver(run.latest)) return false
  return !words.some(
    (word) =>
      word.delivered && word.tells !== 'launched' && isEnd(word) && (word.at === null || startedAt === null || word.at >= startedAt),
  )
}

function byTime<T extends Placed>(items: readonly T[]): readonly T[] {
  return items.toSorted(
    (a, b) => (a.at ?? 0) - (b.at ?? 0) || compare(a.where.path, b.where.path) || a.where.byteOffset - b.where.byteOffset,
  )
}
