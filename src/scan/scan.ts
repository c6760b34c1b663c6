import { composeReport } from './compose-report.ts'
import { findResources } from './find-resources.ts'
import { holdMissingFolders } from './hold-missing-folders.ts'
import { inspectPlaces } from './inspect-places.ts'
import { judgeTree, selectClients, type ScanMeans } from './judge-tree.ts'
import type { AnalyzeOptions } from './analyze-options.ts'
import type { Files, Host } from '../ports/host.ts'
import type { Judged, JudgedSession } from '../reasons/judged.ts'
import type { Report, ReportOptions } from '../report/report.ts'
import type { Run } from '../facts/run.ts'
import type { Session } from '../facts/session.ts'
import { outcomeOf, type TerminalReason } from '../reasons/terminal-reason.ts'
import { joinStory } from '../incident/story.ts'
import { makePlan } from '../plan/make-plan.ts'
import { isSameProject, type Project, projectOfRuns } from '../plan/projects.ts'
import { PLAIN_WISHES } from '../plan/wishes.ts'
import { type Client, clientOf, type PermissionSettings } from '../clients/client.ts'
import { WorktreeConventions } from '../clients/worktree-conventions.ts'
import { placesOf } from '../worktree/places.ts'
import { resolveOrphans } from '../worktree/orphans.ts'
import { formatInstantOrNull } from '../time/instant.ts'
import { isWithin } from '../text/path.ts'

/** The whole tool in one sequence: what is there, what it says, who owns it, how each run ended. Reads, and changes nothing. */
export async function analyze(options: AnalyzeOptions, host: Host, how: ScanMeans = {}): Promise<Report> {
  const clients = selectClients(options, how)
  const { found, agentIds, selection, linked, sessions: read, owners, issues, bytesRead } = await judgeTree(options, host, how)
  const sessions = read
    .filter((each) => isSelected(each.session, selection.within) && isWanted(each, options))
    .map((each) => ({ ...each, agents: each.agents.filter(({ run }) => isNamed(run, options.agent)) }))

  const judged = sessions.flatMap(({ main, agents }) => (main === null ? agents : [main, ...agents]))
  const isNarrowed = options.session !== null || options.agent !== null || options.project !== null || options.client !== undefined
  // A client's start may sweep the worktree of anybody in its repository, so that a plan has to know of all.
  const seesAll = isNarrowed && (options.plan !== undefined || judged.some(({ diagnosis }) => !isSettled(diagnosis.reason)))
  const near = seesAll ? sessionsNear(sessions, read, clients) : sessions
  const workers = seesAll ? near.flatMap(({ main, agents }) => (main === null ? agents : [main, ...agents])) : judged
  const places = options.git
    ? placesOf(workers.map((each) => ({ ...each, isRunning: outcomeOf(each.diagnosis.reason) === 'running' })))
    : []
  const conventions = new WorktreeConventions(clients.flatMap(({ worktrees }) => worktrees ?? []))
  const inspection = await inspectPlaces(places, conventions, options, host)

  const chosen = isNarrowed
    ? {
        agents: new Set(judged.flatMap(({ run }) => run.agentId ?? [])),
        sessions: new Set(judged.flatMap(({ run }) => (run.role === 'main' && options.agent === null ? (run.sessionId ?? []) : []))),
        project: options.project,
      }
    : null
  const around = resolveOrphans(inspection.worktrees, agentIds, seesAll ? null : chosen)
  // What a plan saves has to be in the report that it is saved from; a scan tells of the chosen.
  const worktrees = seesAll && options.plan === undefined ? resolveOrphans(around, () => [], chosen) : around

  // What another session ended has ended, so all that was read is asked; what is told of is the reported sessions' own.
  const everyone = linked.sessions.flatMap(({ main, agents }) => (main === null ? agents : [main, ...agents]))
  let reported: Set<unknown> | undefined
  const isReported = (run: unknown): boolean => (reported ??= new Set(judged.map((each) => each.run))).has(run)
  const isUsual = options.roots.every((root) => options.usualRoots?.includes(root) === true)
  const rentals = await findResources({ runs: everyone, isReported, owners, clients, isUsual }, host)

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
      placeOf: story.placeOf,
      goneFiles: inspection.goneFiles,
      rentals: options.excerpts ? rentals : rentals.map((rental) => ({ ...rental, excerpt: null })),
      roots: found.roots,
      usualRoots: options.usualRoots ?? null,
      unreadable: inspection.issues.flatMap(({ path, reason, detail }) => (reason === 'git' ? [{ path, detail }] : [])),
      permissions: await readPermissions(judged, clients, host.files),
      // Of a named session or client alone, the transcripts of others were not read.
      knowsAllWork: options.git && options.client === undefined && (!isNarrowed || (seesAll && options.session === null)),
      now: options.now,
    },
    options.plan ?? PLAIN_WISHES,
  )
  // Without git nothing is asked about folders, as the preconditions say.
  const actions = await holdMissingFolders(planned, found.roots[0] ?? '/', options.git ? host.files : null)

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
