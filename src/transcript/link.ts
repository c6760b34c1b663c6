import { isEnd } from '../facts/record.ts'
import type { Placed, PlacedWord, Run } from '../facts/run.ts'
import type { Owners, RunContext, Session, WorkflowCall, WorkflowRun } from '../facts/session.ts'
import { mergeActivity } from './activity.ts'
import type { Client } from '../clients/client.ts'
import { createUnstartedRun, isUnstartedLaunch, joinLaunches } from './join-launches.ts'
import { joinWorkflow } from './join-workflow.ts'
import { newestOfEach, runOf } from './make-run.ts'
import type { Tree } from './read-tree.ts'
import { compare } from '../text/order.ts'

/** Sessions with their agents, and for every run what is known of it from outside. */
export interface Linked {
  readonly sessions: readonly Session[]
  readonly contexts: ReadonlyMap<Run, RunContext>
  readonly workflows: readonly WorkflowRun[]
}

/**
 * Joins what was read: runs to sessions, children to parents (by tool-use id across the whole session, since a parent's
 * file need not hold the call), agents to workflow calls and to what was said about them. `owners`: by client.
 */
export function link(tree: Tree, owners: ReadonlyMap<string, Owners>, now: number): Linked {
  const workflows = tree.workflows.map(joinWorkflow)
  const linker = new SessionLinker(workflows, owners, now)
  const clients = new Map(tree.runs.map(({ source: { client } }) => [client.id, client] as const))
  const runs = newestOfEach(tree.runs.map((read) => runOf(read, tree.sidecars.get(read.source.path) ?? null, linker.calls)))
  const sessions = groupBySession(runs).flatMap(({ sessionId, format, members }) => {
    const client = clients.get(format)
    return client === undefined ? [] : [linker.link(client, sessionId, members)]
  })
  return { sessions, contexts: linker.contexts, workflows }
}

/** The runs of one session. `format`: the client that wrote them. */
interface SessionGroup {
  readonly sessionId: string | null
  readonly format: string
  readonly members: Run[]
}

function groupBySession(runs: readonly Run[]): readonly SessionGroup[] {
  const groups = new Map<string, SessionGroup>()
  for (const run of runs) {
    const { sessionId, format } = run
    const key = `${format} ${sessionId ?? ''}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { sessionId, format, members: [run] })
    else group.members.push(run)
  }
  return [...groups.values()]
}

/** An agent, and the call that launched it where that was read. */
type JoinedAgent = ReturnType<typeof joinLaunches>[number]

/** Links one session after the other. A call that stands in several sessions launches its agent in the first of them. */
class SessionLinker {
  /** What the workflows' own files say of their calls, by agent. */
  readonly calls: ReadonlyMap<string, WorkflowCall>
  readonly contexts = new Map<Run, RunContext>()
  readonly #owners: ReadonlyMap<string, Owners>
  readonly #now: number
  readonly #launchesSeen = new Set<string>()

  constructor(workflows: readonly WorkflowRun[], owners: ReadonlyMap<string, Owners>, now: number) {
    this.calls = new Map(
      workflows.flatMap((run) => run.calls.flatMap((call) => (call.agentId === null ? [] : [[call.agentId, call] as const]))),
    )
    this.#owners = owners
    this.#now = now
  }

  link(client: Client, sessionId: string | null, members: readonly Run[]): Session {
    // One session may stand under two slugs, when it entered a worktree: the part written last is its main thread.
    const mains = members
      .filter((run) => run.role === 'main')
      .toSorted((a, b) => (b.lastRecordAt ?? 0) - (a.lastRecordAt ?? 0) || compare(a.path ?? '', b.path ?? ''))
    const found = members.filter((run) => run.role === 'agent')
    // A helper's transcript may hold a copy of the whole conversation (`/btw`, 2.1.97): what it says is said there already.
    const speakers = [...mains, ...found.filter((run) => run.kind !== 'internal')]
    const joined = this.#joinAgents(client, sessionId, found, speakers)
    const agents = joined.map(({ run }) => run)
    const everyone = [...mains, ...agents]
    const owners = this.#owners.get(client.id)
    const session: Session = {
      format: client.id,
      sessionId,
      main: mains[0] ?? null,
      agents,
      owners: sessionId === null ? [] : (owners?.bySession.get(sessionId) ?? []),
      registryRead: owners?.registryRead ?? false,
      activity: mergeActivity(everyone.flatMap((run) => run.activity)),
      processStarts: byTime(mains.flatMap((run) => run.processStarts)),
      refusals: byTime(speakers.flatMap((run) => run.refusals)),
      agentsKilled: mains.flatMap((run) => run.agentsKilled),
    }
    this.#addContexts(session, joined, speakers)
    this.#addOpenChildren(session, joined)
    return session
  }

  /** The agents with the calls that launched them, and behind them the launches that no transcript came of. */
  #joinAgents(client: Client, sessionId: string | null, found: readonly Run[], speakers: readonly Run[]): readonly JoinedAgent[] {
    const sites = speakers.flatMap((by) =>
      by.children.filter((child) => child.call.launch?.kind === 'agent').map((child) => ({ by, child })),
    )
    const joined = [...joinLaunches(found, sites)]
    const used = new Set(joined.flatMap(({ site }) => (site === null ? [] : [site.child.call.id])))
    const known = new Set(found.map((run) => run.toolUseId))
    for (const site of sites) {
      const { id } = site.child.call
      if (used.has(id) || this.#launchesSeen.has(id) || !isUnstartedLaunch(site, known)) continue
      this.#launchesSeen.add(id)
      joined.push({ run: createUnstartedRun(site, sessionId, client), site })
    }
    return joined
  }

  #addContexts(session: Session, joined: readonly JoinedAgent[], speakers: readonly Run[]): void {
    const agentIds = new Set(session.agents.flatMap((run) => run.agentId ?? []))
    const wordsAbout = groupWords(byTime(speakers.flatMap((run) => run.words)), agentIds)
    const stopsOf = new Map<string, Placed[]>()
    for (const stop of byTime(speakers.flatMap((run) => run.stopCalls))) {
      const known = stopsOf.get(stop.id)
      if (known === undefined) stopsOf.set(stop.id, [stop])
      else known.push(stop)
    }
    const owners = this.#owners.get(session.format)
    const main = session.main === null ? [] : [{ run: session.main, site: null }]
    for (const { run, site } of [...main, ...joined]) {
      const { agentId } = run
      this.contexts.set(run, {
        session,
        words: run.role === 'main' ? [] : wordsAbout(run),
        stops: agentId === null ? [] : (stopsOf.get(agentId) ?? []),
        refusedLaunch: site?.child.refused ?? null,
        lock: agentId === null ? null : (owners?.byAgent.get(agentId) ?? null),
        openChildren: [],
        workflowCall: agentId === null ? null : (this.calls.get(agentId) ?? null),
        now: this.#now,
      })
    }
  }

  #addOpenChildren({ main, agents }: Session, joined: readonly JoinedAgent[]): void {
    // A run that was itself launched was copied when that was found out, so that a launcher is known by its place, not by identity.
    const byPlace = new Map((main === null ? agents : [main, ...agents]).map((run) => [placeOf(run), run]))
    const open = new Map<Run, string[]>()
    for (const { run: agent, site } of joined) {
      const context = this.contexts.get(agent)
      if (context === undefined || agent.agentId === null || agent.kind === 'internal' || !isOpen(agent, context)) continue
      // A workflow's calls are the session's own; other agents are their launcher's.
      const launcher = site?.by ?? (agent.workflowRunId === null ? null : main)
      const parent = launcher === null ? undefined : byPlace.get(placeOf(launcher))
      if (parent === undefined) continue
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
  if (lastWord.kind === 'tool_result' && lastWord.purpose === 'structured_output' && schema.accepted) return false
  if (lastWord.kind === 'tool_result' && lastWord.purpose === 'report' && !lastWord.isError) return false
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
