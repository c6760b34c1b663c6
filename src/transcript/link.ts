import type { AgentKind } from '../model/report.ts'
import type { Activity, Attempt, LaunchedChild, Placed, PlacedWord, Run, Sidecar } from '../model/run.ts'
import type { SourceLocation } from '../model/source.ts'
import type { Owner, RunContext, Session, WorkflowCall, WorkflowRun } from '../model/session.ts'
import { SILENCE_MS } from './fold-run.ts'
import type { TranscriptFormat } from './format.ts'
import type { ReadRun } from './read-run.ts'
import type { Tree, WorkflowFiles } from './read-tree.ts'

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

/** A launching call, with the run that made it. */
interface LaunchSite {
  readonly by: Run
  readonly child: LaunchedChild
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
    const { session, contexts: own } = linkSession(sessionId, members, labels, format, owners, now, launchesSeen)
    sessions.push(session)
    for (const [run, context] of own) contexts.set(run, context)
  }
  return { sessions, contexts, workflows }
}

function runOf(read: ReadRun, sidecar: Sidecar | null, labels: ReadonlyMap<string, WorkflowCall>, format: TranscriptFormat): Run {
  const { source, facts } = read
  const agentId = source.of.role === 'agent' ? source.of.agentId : null
  const workflowRunId = source.of.role === 'agent' ? source.of.workflowRunId : null
  const call = agentId === null ? undefined : labels.get(agentId)
  const sessionId = 'sessionId' in source.of ? (source.of.sessionId ?? facts.sessionId) : facts.sessionId
  return {
    format: format.id,
    role: agentId === null ? 'main' : 'agent',
    kind: kindOf(agentId, facts.firstPrompt, workflowRunId, sidecar, format),
    sessionId,
    agentId,
    path: source.path,
    copies: [],
    bytes: source.bytes,
    lines: facts.lines,
    tail: read.tail,
    grewWhileRead: read.grewWhileRead,
    modifiedAt: source.modifiedAt,
    cwd: facts.cwd,
    gitBranch: facts.gitBranch,
    clientVersion: facts.clientVersion,
    model: facts.model ?? sidecar?.model ?? null,
    firstPrompt: facts.firstPrompt,
    firstUuid: facts.firstUuid,
    startedAt: facts.startedAt,
    lastRecordAt: facts.lastRecordAt,
    turns: facts.turns,
    toolCalls: facts.toolCalls,
    tokens: facts.tokens,
    attempts: facts.attempts,
    latest: facts.latest,
    activity: facts.activity,
    processStarts: facts.processStarts,
    refusals: facts.refusals,
    children: facts.children,
    words: facts.words,
    stopCalls: facts.stopCalls,
    agentsKilled: facts.agentsKilled,
    folders: facts.folders,
    gitCommands: facts.gitCommands,
    writtenFiles: facts.writtenFiles,
    damagedTail: facts.damagedTail,
    damagedLines: facts.damagedLines,
    sidecar,
    workflowRunId,
    label: call?.label ?? (workflowRunId === null ? null : (sidecar?.description ?? null)),
    toolUseId: sidecar?.toolUseId ?? null,
    description: sidecar?.description ?? call?.label ?? null,
    agentType: sidecar?.agentType ?? null,
    parentAgentId: sidecar?.parentAgentId ?? null,
    spawnDepth: sidecar?.spawnDepth ?? null,
    worktreePath: sidecar?.worktreePath ?? worktreeOf(facts.lastCwd),
    worktreeBranch: sidecar?.worktreeBranch ?? null,
    background: sidecar?.background ?? null,
  }
}

function kindOf(
  agentId: string | null,
  firstPrompt: string | null,
  workflowRunId: string | null,
  sidecar: Sidecar | null,
  format: TranscriptFormat,
): AgentKind {
  if (agentId === null) return 'subagent'
  if (format.isInternal(agentId, firstPrompt)) return 'internal'
  if (workflowRunId !== null) return 'workflow'
  return sidecar?.isFork === true ? 'fork' : 'subagent'
}

/** Without a sidecar an agent's worktree shows in the folder that its records ran in (2.1.97 and before). */
function worktreeOf(cwd: string | null): string | null {
  return cwd === null ? null : (/^(.*[\\/]\.claude[\\/]worktrees[\\/][^\\/]+)/.exec(cwd)?.[1] ?? null)
}

/**
 * An agent that was resumed in another session has a transcript in each: the one that was written last is judged. Ids of
 * 7 or 8 digits (2.0.x) meet by chance, so that the first record must be the same, too.
 */
function newestOfEach(runs: readonly Run[]): readonly Run[] {
  const byId = new Map<string, Run[]>()
  const others: Run[] = []
  for (const run of runs) {
    if (run.agentId === null) {
      others.push(run)
      continue
    }
    const key = `${run.agentId}\n${run.firstUuid ?? run.path ?? ''}`
    const same = byId.get(key)
    if (same === undefined) byId.set(key, [run])
    else same.push(run)
  }
  for (const same of byId.values()) {
    const [newest, ...older] = same.toSorted(
      (a, b) => (b.lastRecordAt ?? 0) - (a.lastRecordAt ?? 0) || b.lines - a.lines || compare(a.path ?? '', b.path ?? ''),
    )
    if (newest !== undefined) others.push({ ...newest, copies: older.flatMap((run) => run.path ?? []) })
  }
  return others
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
): { readonly session: Session; readonly contexts: ReadonlyMap<Run, RunContext> } {
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
  for (const site of sites) {
    if (used.has(site.child.call.id) || launchesSeen.has(site.child.call.id) || !neverCameToBe(site, found)) continue
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
  const said = groupWords(byTime(speakers.flatMap((run) => run.words)))
  const stops = byTime(speakers.flatMap((run) => run.stopCalls))
  const contexts = new Map<Run, RunContext>()
  for (const run of session.main === null ? agents : [session.main, ...agents]) {
    const site = siteOf.get(run) ?? null
    contexts.set(run, {
      session,
      words: run.role === 'main' ? [] : said(run),
      stops: run.agentId === null ? [] : stops.filter((stop) => stop.id === run.agentId),
      refusedLaunch: site?.child.refused ?? null,
      lock: run.agentId === null ? null : (owners.byAgent.get(run.agentId) ?? null),
      launchedAt: site?.child.call.at ?? run.startedAt,
      openChildren: [],
      workflowCall: run.agentId === null ? null : (labels.get(run.agentId) ?? null),
      now,
    })
  }
  // A run that was itself launched was copied when that was found out, so that a launcher is known by its path, not by identity.
  const byPath = new Map([...contexts.keys()].map((run) => [run.path, run]))
  const open = new Map<Run, string[]>()
  for (const agent of agents) {
    // A workflow's calls are the session's own; other agents are their launcher's.
    const launcher = siteOf.get(agent)?.by ?? (agent.workflowRunId === null ? null : session.main)
    const parent = launcher === null ? undefined : byPath.get(launcher.path)
    const context = parent === undefined ? undefined : contexts.get(parent)
    const own = contexts.get(agent)
    if (parent === undefined || context === undefined || own === undefined || agent.agentId === null || agent.kind === 'internal' || !isOpen(agent, own)) continue
    const children = open.get(parent)
    if (children === undefined) open.set(parent, [agent.agentId])
    else children.push(agent.agentId)
  }
  for (const [run, openChildren] of open) {
    const context = contexts.get(run)
    if (context !== undefined) contexts.set(run, { ...context, openChildren })
  }
  return { session, contexts }
}

/** Finds the call that launched each agent: by tool-use id, by the id in the call's result, else by its very prompt. */
function joinLaunches(
  agents: readonly Run[],
  sites: readonly LaunchSite[],
): readonly { readonly run: Run; readonly site: LaunchSite | null }[] {
  // A call that stands in two transcripts was copied from the one that comes first: the main thread's.
  const byCall = new Map(sites.toReversed().map((site) => [site.child.call.id, site]))
  const byAgent = new Map(sites.toReversed().flatMap((site) => (site.child.agentId === null ? [] : [[site.child.agentId, site] as const])))
  const taken = new Set<string>()
  const claim = (site: LaunchSite | undefined): LaunchSite | null => {
    if (site === undefined) return null
    taken.add(site.child.call.id)
    return site
  }
  const sure = agents.map((run) => ({
    run,
    site: claim(run.toolUseId === null ? undefined : byCall.get(run.toolUseId)) ?? claim(byAgent.get(run.agentId ?? '')),
  }))
  // Old clients (2.0.x) name the agent only in a result: one that died before is known by the words it was given.
  const byPrompt = new Map<string, LaunchSite[]>()
  for (const site of sites) {
    const prompt = site.child.call.launch?.prompt ?? null
    if (prompt === null || taken.has(site.child.call.id) || site.child.agentId !== null) continue
    const same = byPrompt.get(prompt)
    if (same === undefined) byPrompt.set(prompt, [site])
    else same.push(site)
  }
  return sure.map(({ run, site }) => {
    const found =
      site ?? (run.kind === 'subagent' && run.firstPrompt !== null ? (claim(byPrompt.get(run.firstPrompt)?.shift()) ?? null) : null)
    return { run: found === null ? run : launched(run, found), site: found }
  })
}

function launched(run: Run, { by, child }: LaunchSite): Run {
  const launch = child.call.launch
  return {
    ...run,
    toolUseId: run.toolUseId ?? child.call.id,
    description: run.description ?? launch?.description ?? null,
    agentType: run.agentType ?? launch?.agentType ?? null,
    parentAgentId: run.parentAgentId ?? by.agentId,
    background: run.background ?? launch?.background ?? null,
  }
}

/** A call without a transcript: refused, or cut off while it was made. Others were filtered out, removed or are of a fork. */
function neverCameToBe({ by, child }: LaunchSite, found: readonly Run[]): boolean {
  if (child.agentId !== null) return false
  if (child.refused !== null) return true
  const isUnanswered = by.latest.openCalls.some((call) => call.id === child.call.id)
  return isUnanswered && by.latest.lastWord.kind === 'turn' && !found.some((run) => run.toolUseId === child.call.id)
}

function unborn({ by, child }: LaunchSite, sessionId: string | null, format: TranscriptFormat): Run {
  const { call } = child
  const latest: Attempt = {
    startedAt: null,
    where: null,
    turns: 0,
    toolCalls: 0,
    lastWord: { kind: 'none' },
    lastAt: null,
    openCalls: [],
    retries: null,
    repeated: 0,
    schema: { demanded: null, accepted: false, failedCalls: 0 },
  }
  return {
    format: format.id,
    role: 'agent',
    kind: 'subagent',
    sessionId,
    agentId: call.id,
    path: null,
    copies: [],
    bytes: 0,
    lines: 0,
    tail: 'empty',
    grewWhileRead: false,
    modifiedAt: null,
    cwd: by.cwd,
    gitBranch: by.gitBranch,
    clientVersion: by.clientVersion,
    model: null,
    firstPrompt: call.launch?.prompt ?? null,
    firstUuid: null,
    startedAt: call.at,
    // Clocks may run backwards between a call and its answer; a time that is spent may not.
    lastRecordAt: child.refused?.at == null ? call.at : Math.max(child.refused.at, call.at ?? child.refused.at),
    turns: 0,
    toolCalls: 0,
    tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
    attempts: 0,
    latest,
    activity: [],
    processStarts: [],
    refusals: [],
    children: [],
    words: [],
    stopCalls: [],
    agentsKilled: [],
    folders: [],
    gitCommands: [],
    writtenFiles: [],
    damagedTail: null,
    damagedLines: 0,
    sidecar: null,
    workflowRunId: null,
    label: null,
    toolUseId: call.id,
    description: call.launch?.description ?? null,
    agentType: call.launch?.agentType ?? null,
    parentAgentId: by.agentId,
    spawnDepth: null,
    worktreePath: null,
    worktreeBranch: null,
    background: call.launch?.background ?? null,
  }
}

/** Finds the words about a run by its id or by that of the call that launched it, in the order of time. */
function groupWords(words: readonly PlacedWord[]): (run: Run) => readonly PlacedWord[] {
  const byId = new Map<string, PlacedWord[]>()
  for (const word of words) {
    for (const id of new Set([word.agentId, word.toolUseId])) {
      if (id === null) continue
      const known = byId.get(id)
      if (known === undefined) byId.set(id, [word])
      else known.push(word)
    }
  }
  return (run) => {
    const one = run.agentId === null ? [] : (byId.get(run.agentId) ?? [])
    const other = run.toolUseId === null ? [] : (byId.get(run.toolUseId) ?? [])
    return byTime([...new Set([...one, ...other])])
  }
}

/** Words by which a parent learns that nothing more will come. */
const END_WORDS: ReadonlySet<string> = new Set(['completed', 'failed', 'killed', 'stopped', 'error'])

/** Whether its parent may still wait for it: no end of its own, no refused launch, and no word of an end reached the parent. */
function isOpen(run: Run, { refusedLaunch, words }: RunContext): boolean {
  const { lastWord, openCalls, schema, startedAt } = run.latest
  if (refusedLaunch !== null && run.path === null) return false
  if (lastWord.kind === 'error' || lastWord.kind === 'interrupt' || (lastWord.kind === 'turn' && openCalls.length === 0)) return false
  if (lastWord.kind === 'tool_result' && lastWord.name === 'StructuredOutput' && schema.accepted) return false
  return !words.some(
    (word) => word.delivered && word.tells !== 'launched' && word.status !== null && END_WORDS.has(word.status) && (word.at === null || startedAt === null || word.at >= startedAt),
  )
}

function joinWorkflow(files: WorkflowFiles): WorkflowRun {
  const calls = new Map<string, { -readonly [K in keyof WorkflowCall]: WorkflowCall[K] }>()
  const nameless: WorkflowCall[] = []
  for (const { agentId, label, type } of files.journal) {
    const call = calls.get(agentId) ?? {
      runId: files.runId,
      agentId,
      label: null,
      journal: null,
      state: null,
      error: null,
      path: files.journalPath ?? files.summaryPath ?? '',
    }
    call.label ??= label
    call.journal = type
    calls.set(agentId, call)
  }
  for (const { agentId, label, state, error } of files.summary?.agents ?? []) {
    const path = files.summaryPath ?? ''
    if (agentId === null) {
      nameless.push({ runId: files.runId, agentId, label, journal: null, state, error, path })
      continue
    }
    const call = calls.get(agentId) ?? { runId: files.runId, agentId, label, journal: null, state, error, path }
    call.label ??= label
    call.state = state
    call.error = error
    call.path = path
    calls.set(agentId, call)
  }
  return {
    runId: files.runId,
    sessionId: files.sessionId,
    name: files.summary?.name ?? null,
    scriptPath: files.summary?.scriptPath ?? files.scriptPath,
    status: files.summary?.status ?? null,
    calls: [...calls.values(), ...nameless],
  }
}

/** The union of stretches: two that are less than the silence apart are one. */
export function mergeActivity(stretches: readonly Activity[]): readonly Activity[] {
  const merged: { from: number; to: number; where: SourceLocation }[] = []
  for (const { from, to, where } of stretches.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1)
    if (last !== undefined && from <= last.to + SILENCE_MS) last.to = Math.max(last.to, to)
    else merged.push({ from, to, where })
  }
  return merged
}

function byTime<T extends Placed>(items: readonly T[]): readonly T[] {
  return items.toSorted(
    (a, b) => (a.at ?? 0) - (b.at ?? 0) || compare(a.where.path, b.where.path) || a.where.byteOffset - b.where.byteOffset,
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
