import { composeReport } from './compose-report.ts'
import { holdGoneFolders } from './hold-gone-folders.ts'
import { diagnose } from '../reasons/diagnose.ts'
import type { Files, Host } from '../ports/host.ts'
import type { Judged, JudgedSession } from '../reasons/judged.ts'
import type { ExternalResource } from '../resources/external-resource.ts'
import type { Report, ReportOptions } from '../report/report.ts'
import type { Run } from '../facts/run.ts'
import type { Owners, Session } from '../facts/session.ts'
import { outcomeOf, type TerminalReason } from '../reasons/terminal-reason.ts'
import { joinStory } from '../incident/story.ts'
import { makePlan } from '../plan/make-plan.ts'
import { isSameProject, type Project, projectOfRuns } from '../plan/projects.ts'
import { PLAIN_WISHES, type PlanWishes } from '../plan/wishes.ts'
import { type Discovery, discoverSources } from '../transcript/discover-sources.ts'
import { type Client, clientOf, type PermissionSettings, type Source, type SourcePlace } from '../clients/client.ts'
import { clients as KNOWN_CLIENTS } from '../clients/index.ts'
import { WorktreeConventions } from '../clients/worktree-conventions.ts'
import { type Linked, link } from '../transcript/link.ts'
import { readOwners } from '../transcript/read-owners.ts'
import { readTree, type Tree } from '../transcript/read-tree.ts'
import type { TreeReading } from '../transcript/read-transcripts.ts'
import { NotACache, RunCache } from '../transcript/run-cache.ts'
import { mayMatter, resolveLegacySessions, selectSources } from '../transcript/select-sources.ts'
import type { Inspection } from '../worktree/inspect.ts'
import { isWithin, type Place as WorkPlace, placesOf } from '../worktree/places.ts'
import { resolveOrphans } from '../worktree/orphans.ts'
import { formatInstantOrNull } from '../time/instant.ts'

export { PLAIN_WISHES, type PlanWishes }

/** What to scan. Instants in milliseconds since the epoch; null means no bound. */
export interface AnalyzeOptions {
  /** Folders that hold transcripts (`…/projects`). */
  readonly roots: readonly string[]
  readonly now: number
  /** IANA zone for times that a text gives without one, and for the report. */
  readonly timeZone: string
  readonly since: number | null
  readonly until: number | null
  /** Absolute path of a project: its sessions are those whose records ran in it or below. */
  readonly project: string | null
  /** Id of a session, or the beginning of one. */
  readonly session: string | null
  /** Id of an agent, or the beginning of one. */
  readonly agent: string | null
  readonly reasons: readonly TerminalReason[]
  readonly excerpts: boolean
  /** False: git is not asked at all. */
  readonly git: boolean
  /** True: no remote is contacted. */
  readonly offline: boolean
  /** For all of git, remotes and forges; milliseconds. Absent: each question has its own time. */
  readonly gitTimeoutMs?: number
  readonly toolVersion: string
  /** Where transcripts are looked for without `--root`; absent: wherever a path looks like such a place. */
  readonly usualRoots?: readonly string[]
  /** What the plan is to be like; absent: as a scan shows it. */
  readonly plan?: PlanWishes
}

/** What else a scan may be given: tests read every line, or bring clients of their own. */
export type ScanMeans = Pick<TreeReading, 'plain'> & { readonly clients?: readonly Client[] }

/** No root could be read: there is nothing to report on. `looked` are the places. */
export class NothingToScan extends Error {
  readonly looked: readonly string[]
  constructor(looked: readonly string[]) {
    super(`no transcripts at ${looked.join(', ')}`)
    this.looked = looked
  }
}

export { NotACache }

type OwnersByClient = ReadonlyMap<string, Owners>

/** The whole tool in one sequence: what is there, what it says, who owns it, how each run ended. Reads, and changes nothing. */
export async function analyze(options: AnalyzeOptions, host: Host, how: ScanMeans = {}): Promise<Report> {
  const { files } = host
  const { clients = KNOWN_CLIENTS } = how
  // A cache forgets what no longer exists, and overlapping roots may tell the session of one file twice, and differently.
  const narrow = host.cache === undefined && options.roots.length === 1 ? options : { session: null }
  const found = await discoverSources(options.roots, clients, files, (of) => mayMatter(of, narrow))
  const all = [...found.sources, ...found.others]
  const isEmpty = !all.some(({ of }) => of.role === 'main' || of.role === 'agent')
  // What could not be read is told as such, and not as if nothing were there.
  if (found.roots.length === 0 || (isEmpty && found.issues.length === 0)) throw new NothingToScan(options.roots)
  const sources = await resolveLegacySessions(found.sources, options, files, options.timeZone, found.others)
  const selection = selectSources(sources, options, found.others)
  const { linked, owners, issues, bytesRead } = await readAndLink(selection.sources, found, options, host, how)
  const read = linked.sessions.map((session) => ({
    session,
    main: judge(session.main),
    agents: session.agents.flatMap((run) => judge(run) ?? []),
  }))
  const sessions = read
    .filter((each) => isSelected(each.session, selection.within) && isWanted(each, options))
    .map((each) => ({ ...each, agents: each.agents.filter(({ run }) => isNamed(run, options.agent)) }))

  const judged = sessions.flatMap(({ main, agents }) => (main === null ? agents : [main, ...agents]))
  const isNarrowed = options.session !== null || options.agent !== null || options.project !== null
  // A client's start may sweep the worktree of anybody in its repository, so that a plan has to know of all.
  const seesAll = isNarrowed && (options.plan !== undefined || judged.some(({ diagnosis }) => !isSettled(diagnosis.reason)))
  const near = seesAll ? sessionsNear(sessions, read, clients) : sessions
  const workers = seesAll ? near.flatMap(({ main, agents }) => (main === null ? agents : [main, ...agents])) : judged
  const places = options.git
    ? placesOf(workers.map((each) => ({ ...each, isRunning: outcomeOf(each.diagnosis.reason) === 'running' })))
    : []
  const conventions = new WorktreeConventions(clients.flatMap(({ worktrees }) => worktrees ?? []))
  const inspection = await inspect(places, conventions, options, host)

  const chosen = {
    agents: new Set(judged.flatMap(({ run }) => run.agentId ?? [])),
    sessions: new Set(judged.flatMap(({ run }) => (run.role === 'main' && options.agent === null ? (run.sessionId ?? []) : []))),
    project: options.project,
  }
  const around = resolveOrphans(inspection.worktrees, agentsIn(all), isNarrowed && !seesAll ? chosen : null)
  // What a plan saves has to be in the report that it is saved from; a scan tells of the chosen.
  const worktrees = seesAll && options.plan === undefined ? resolveOrphans(around, [], chosen) : around

  // What another session ended has ended, so all that was read is asked; what is told of is the reported sessions' own.
  const everyone = linked.sessions.flatMap(({ main, agents }) => [main, ...agents]).filter((run) => run !== null)
  const reported = new Set<unknown>(judged.map(({ run }) => run))
  const isUsual = options.roots.every((root) => options.usualRoots?.includes(root) === true)
  const rentals = await findResources({ runs: everyone, isReported: (run) => reported.has(run), owners, clients, isUsual }, host)

  // An incident and a piece of work are what they are, whatever somebody wants to see of them.
  const story = joinStory({ sessions: read, workflows: linked.workflows, worktrees, roots: found.roots, excerpts: options.excerpts })
  const workflows = linked.workflows.filter((workflow) => sessions.some(({ session }) => session.sessionId === workflow.sessionId))
  const wanted = options.agent === null ? judged : sessions.flatMap(({ agents }) => agents)
  const planned = makePlan(
    {
      sessions: read,
      chosen: new Set(options.reasons.length === 0 ? wanted : wanted.filter(({ diagnosis }) => options.reasons.includes(diagnosis.reason))),
      workflows,
      clients,
      worktrees: around,
      itemOf: new Map(story.workItems.flatMap(({ item, runs }) => runs.map((run) => [run, item] as const))),
      goneFiles: inspection.goneFiles,
      rentals: options.excerpts ? rentals : rentals.map((rental) => ({ ...rental, excerpt: null })),
      roots: found.roots,
      usualRoots: options.usualRoots ?? null,
      unreadable: inspection.issues.flatMap(({ path, reason, detail }) => (reason === 'git' ? [{ path, detail }] : [])),
      permissions: await readPermissions(judged, clients, host.files),
      // Of a named session alone, the transcripts of others were not read.
      knowsAllWork: options.git && (!isNarrowed || (seesAll && options.session === null)),
      now: options.now,
    },
    options.plan ?? PLAIN_WISHES,
  )
  // Without git nothing is asked about folders, as the preconditions say.
  const actions = options.git ? await holdGoneFolders(planned, host.files) : planned

  return composeReport({
    options: reportOptions(options, found.roots),
    toolVersion: options.toolVersion,
    now: options.now,
    sessions,
    workflows,
    worktrees,
    goneFiles: inspection.goneFiles,
    story,
    actions,
    issues: [...found.issues, ...issues, ...inspection.issues],
    filesRead: selection.transcripts,
    filesOlder: selection.older,
    bytesRead,
  })

  function judge(run: Run | null): Judged | null {
    const context = run === null ? undefined : linked.contexts.get(run)
    return run === null || context === undefined ? null : { run, context, diagnosis: diagnose(run, context) }
  }
}

/** What the sources say, joined. The facts of the single transcripts end here: there may be a hundred thousand. */
async function readAndLink(
  sources: readonly (Source | SourcePlace)[],
  found: Discovery,
  options: AnalyzeOptions,
  host: Host,
  how: ScanMeans,
): Promise<Pick<Tree, 'issues' | 'bytesRead'> & { readonly linked: Linked; readonly owners: OwnersByClient }> {
  const { files, processes, progress } = host
  const cache = await cacheOf(host, options)
  const tree = await readTree(sources, files, options.timeZone, { ...how, cache, progress })
  if (cache !== undefined) await host.cache?.write(cache.pieces(found.roots, found.sources))
  const owners = await readOwners(tree, found.roots, { files, processes })
  const linked = link(tree, owners, options.now, new Set(agentsIn([...found.sources, ...found.others])))
  return { linked, owners, issues: [...tree.issues, ...linked.issues], bytesRead: tree.bytesRead }
}

/** What settings allow, of the agents whose calls were denied. */
async function readPermissions(
  judged: readonly Judged[],
  clients: readonly Client[],
  files: Files,
): Promise<ReadonlyMap<Run, readonly PermissionSettings[]>> {
  const denied = judged.flatMap(({ run }) => (run.role === 'agent' && run.latest.needsPermission ? [run] : []))
  const read = denied.map(async (run) => {
    const folders = [run.cwd, run.project].filter((folder) => folder !== null)
    const settings = run.path === null ? [] : await clientOf(clients, run.format).readPermissions(run.path, [...new Set(folders)], files)
    return [run, settings] as const
  })
  return new Map(await Promise.all(read))
}

/** What git knows of the places. A quarter of our code is about that, and is not loaded where nobody asks. */
async function inspect(
  places: readonly WorkPlace[],
  conventions: WorktreeConventions,
  { offline, now, gitTimeoutMs }: AnalyzeOptions,
  host: Host,
): Promise<Inspection> {
  if (places.length === 0) return { worktrees: [], goneFiles: new Map(), issues: [] }
  const { files, processes, forge } = host
  const until = performance.now() + (gitTimeoutMs ?? Infinity)
  const git = gitTimeoutMs === undefined ? host.git : await host.git.within(gitTimeoutMs)
  const { inspectWorktrees } = await import('../worktree/inspect.ts')
  return await inspectWorktrees(places, {
    git,
    files,
    offline,
    now,
    ...(forge !== undefined &&
      !offline && { forge: { requests: async (project) => (performance.now() < until ? forge.requests(project) : null) } }),
    conventions,
    ownerOf: (reason) => conventions.ownerOf(reason, processes),
  })
}

/** What is known of the runs that resources are looked for in. */
interface Renters {
  readonly runs: readonly Run[]
  readonly isReported: (run: unknown) => boolean
  readonly owners: OwnersByClient
  readonly clients: readonly Client[]
  /** The transcripts lie where the clients of this machine write them. */
  readonly isUsual: boolean
}

/** What runs still rent. The tables of services are not loaded where no command may have rented anything. */
async function findResources(
  { runs, isReported, owners, clients, isUsual }: Renters,
  { processes }: Host,
): Promise<readonly ExternalResource[]> {
  if (runs.every(({ shellCommands }) => shellCommands.length === 0)) return []
  const { findOpenResources } = await import('../resources/find-open-resources.ts')
  const { lookUpProcesses } = await import('./look-up-processes.ts')
  const ended = new Set<unknown>(
    runs.filter((run) => run.agentId !== null && hasFinalAnswer(run) && clientOf(clients, run.format).endsCommandsOfAgents),
  )
  const open = findOpenResources(runs, { isReported, endsTasks: (run) => ended.has(run) })
  const registries = [...owners.values()]
  const isHere = isUsual || registries.some(({ isThisMachine }) => isThisMachine)
  return await lookUpProcesses(open, processes, ({ sessionId }) => {
    if (registries.some(({ bySession }) => bySession.get(sessionId ?? '')?.some(({ state }) => state === 'elsewhere') === true))
      return 'other'
    return isHere ? 'this' : 'unknown'
  })
}

/** Whether the last thing that it said asks for nothing more. */
function hasFinalAnswer({ latest: { lastWord } }: Run): boolean {
  return lastWord.kind === 'turn' && lastWord.hasContent && lastWord.calls.length === 0
}

/** Undefined where no cache was asked for. */
async function cacheOf({ cache, files }: Host, options: AnalyzeOptions): Promise<RunCache | undefined> {
  if (cache === undefined) return undefined
  const { toolVersion, timeZone, now } = options
  return await RunCache.read({ path: cache.path, toolVersion, timeZone, now }, files)
}

/** Whether nothing is left to do for whoever ended so. */
function isSettled(reason: TerminalReason): boolean {
  const outcome = outcomeOf(reason)
  return outcome === 'finished' || outcome === 'running'
}

/** The chosen sessions whole, and every other one that may have worked in a repository of theirs. */
function sessionsNear(
  chosen: readonly JudgedSession[],
  all: readonly JudgedSession[],
  clients: readonly Client[],
): readonly JudgedSession[] {
  const projectOf = (each: JudgedSession): Project =>
    projectOfRuns(
      each.agents.map(({ run }) => run),
      each,
      clients,
    )
  const projects = chosen.map(projectOf)
  return all.filter((each) => {
    const project = projectOf(each)
    return projects.some((one) => isSameProject(one, project))
  })
}

/** The ids of all agents that have a transcript, read or not. */
function agentsIn(sources: readonly SourcePlace[]): readonly string[] {
  return sources.flatMap(({ of }) => (of.role === 'agent' ? [of.agentId] : []))
}

/** A session that was only read because it explains another is not reported. */
function isSelected({ main, agents }: Session, paths: ReadonlySet<string>): boolean {
  return [main, ...agents].some((run) => run?.path != null && paths.has(run.path))
}

function isWanted({ session, agents, main }: JudgedSession, options: AnalyzeOptions): boolean {
  if (options.session !== null && session.sessionId?.startsWith(options.session) !== true) return false
  if (options.agent !== null && !agents.some(({ run }) => isNamed(run, options.agent))) return false
  const { project } = options
  if (project === null) return true
  return [main, ...agents].some((each) => each?.run.cwd != null && isWithin(each.run.cwd, project))
}

/** Screens show the beginning of an id, so that is enough to name an agent. */
function isNamed(run: Run, id: string | null): boolean {
  return id === null || run.agentId?.startsWith(id) === true
}

function reportOptions(options: AnalyzeOptions, roots: readonly string[]): ReportOptions {
  return {
    roots: [...roots],
    since: formatInstantOrNull(options.since),
    until: formatInstantOrNull(options.until),
    project: options.project,
    session: options.session,
    agent: options.agent,
    reasons: [...options.reasons],
    excerpts: options.excerpts,
    git: options.git,
    offline: options.offline,
    timeZone: options.timeZone,
  }
}
