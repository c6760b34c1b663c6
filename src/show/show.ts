import { Ambiguous, type Candidate, NotFound } from './not-found.ts'
import { analyze } from '../scan/scan.ts'
import { type AnalyzeOptions, NothingToScan } from '../scan/analyze-options.ts'
import { readWholeTranscript } from './read-transcript.ts'
import { type DocumentParts, composeDocument } from './compose-document.ts'
import type { Files, Host } from '../ports/host.ts'
import type { ShowDocument } from './document.ts'
import type { AgentReport, Report } from '../report/report.ts'
import { titleOfAgent } from '../report/work.ts'
import type { WorkflowRun } from '../facts/session.ts'
import { compare } from '../text/order.ts'
import { discoverSources } from '../transcript/discover-sources.ts'
import type { Client, Source } from '../clients/client.ts'
import { type ScanMeans, selectClients } from '../scan/judge-tree.ts'
import { joinWorkflow } from '../transcript/join-workflow.ts'
import { readTree } from '../transcript/read-tree.ts'

/** What to show: the question of a scan, and the id (or its beginning) of an agent, a session or a workflow run. */
export interface ShowOptions extends AnalyzeOptions {
  readonly id: string
}

/** One agent, session or workflow run in full: judged as a scan judges it, its transcript read a second time. Changes nothing. */
export async function show(options: ShowOptions, host: Host, means: ScanMeans = {}): Promise<ShowDocument> {
  const clients = selectClients(options, means)
  const { files } = host
  const { roots, sources, issues } = await discoverSources(options.roots, clients, files)
  if (roots.length === 0 || (sources.length === 0 && issues.length === 0)) throw new NothingToScan(options.roots)
  const named = await pickDescribed(listNamedThings(sources, options), options, host, means)
  const report = await analyze(narrowScan(named, options), host, means)
  const target = named[0] ?? pickCandidates(listReportedThings(report), options.id)[0]
  const own = target === undefined ? undefined : selectOwn(target, report)
  if (target === undefined || own === undefined) {
    const transcripts = sources.filter(({ of }) => of.role === 'main' || of.role === 'agent').length
    throw new NotFound(options.id, { roots, transcripts })
  }
  return composeDocument({
    of: target.of,
    id: target.id,
    report: own,
    ...(await readOwnTranscript(target, own, [...sources, ...(await listMet(roots, report, clients, files))], options, host)),
    workflow: target.of === 'workflow' ? await readWorkflow(target, sources, options, host) : null,
  })
}

/** What a scan met in the folders that transcripts name. */
async function listMet(roots: readonly string[], report: Report, clients: readonly Client[], files: Files): Promise<readonly Source[]> {
  const met = report.options.roots.filter((root) => !roots.includes(root))
  return met.length === 0 ? [] : (await discoverSources(met, clients, files)).sources
}

/** The things that files are named after: all but agents that never started. */
function listNamedThings(sources: readonly Source[], { session, agent }: ShowOptions): readonly Candidate[] {
  const all = sources.flatMap(({ of }): readonly Candidate[] => {
    if (of.role === 'sidecar') return []
    const within = of.sessionId === null ? [] : [{ of: 'session' as const, id: of.sessionId, sessionId: of.sessionId }]
    if (of.role === 'agent') {
      const isAsked = agent === null || of.agentId.startsWith(agent)
      return isAsked ? [{ of: 'agent', id: of.agentId, sessionId: of.sessionId }, ...within] : within
    }
    return of.role === 'main' ? within : [{ of: 'workflow', id: of.runId, sessionId: of.sessionId }, ...within]
  })
  return session === null ? all : all.filter(({ sessionId }) => sessionId?.startsWith(session) ?? true)
}

/** What a report knows, also launches that were refused, and main threads in files of other names. */
function listReportedThings(report: Report): readonly Candidate[] {
  return [
    ...report.agents.map((agent): Candidate => ({
      of: 'agent',
      id: agent.agentId,
      sessionId: agent.sessionId,
      what: titleOfAgent(agent),
      reason: agent.reason,
      endedAt: agent.endedAt,
    })),
    ...report.sessions.map(({ sessionId, reason, endedAt }): Candidate => ({
      of: 'session',
      id: sessionId,
      sessionId,
      what: 'main thread',
      reason,
      endedAt,
    })),
    ...report.workflows.map(({ runId, sessionId, name }): Candidate => ({
      of: 'workflow',
      id: runId,
      sessionId,
      what: `workflow ${name ?? ''}`,
    })),
  ]
}

/** Candidates of which a person is told what they are. */
const MOST_DESCRIBED = 10

/** As `pickCandidates`; of several that an id fits, says what the first of them are. */
async function pickDescribed(
  names: readonly Candidate[],
  options: ShowOptions,
  host: Host,
  means: ScanMeans,
): Promise<readonly Candidate[]> {
  try {
    return pickCandidates(names, options.id)
  } catch (error) {
    if (!(error instanceof Ambiguous)) throw error
    const first = error.candidates.slice(0, MOST_DESCRIBED)
    const known = new Map<string, Candidate>()
    for (const session of new Set(first.flatMap(({ sessionId }) => sessionId ?? []))) {
      const report = await analyze({ ...options, session, agent: null, since: null, until: null, git: false }, host, means)
      for (const each of listReportedThings(report)) known.set(`${each.of} ${each.id}`, each)
    }
    throw new Ambiguous(
      options.id,
      error.candidates.map((each) => known.get(`${each.of} ${each.id}`) ?? each),
    )
  }
}

/** The one thing that an id means, once for each session that has it; nothing when there is none. Throws `Ambiguous`. */
function pickCandidates(names: readonly Candidate[], id: string): readonly Candidate[] {
  const exact = names.filter((each) => each.id === id)
  const fitting = exact.length > 0 ? exact : names.filter((each) => each.id.startsWith(id))
  const things = new Map(fitting.map((each) => [`${each.of} ${each.id}`, each]))
  const sorted = [...things.values()].toSorted((a, b) => compare(a.of, b.of) || compare(a.id, b.id))
  if (sorted.length > 1) throw new Ambiguous(id, sorted)
  return [...new Map(fitting.map((each) => [each.sessionId, each])).values()]
}

/** Asks a scan for no more than the document needs. */
function narrowScan(named: readonly Candidate[], options: ShowOptions): AnalyzeOptions {
  const [first, ...others] = named
  if (first === undefined) return options
  // An agent that was resumed in another session has a transcript in each: only a scan of both knows the latest.
  const session = others.length === 0 ? first.sessionId : null
  return { ...options, session: session ?? options.session, agent: first.of === 'agent' ? first.id : options.agent }
}

/** The report without what belongs to others; undefined when the thing is not in it. Throws `Ambiguous` when two agents share an id. */
function selectOwn({ of, id }: Candidate, report: Report): Report | undefined {
  const agents = report.agents.filter(
    ({ agentId, sessionId, workflowRunId }) => ({ agent: agentId, session: sessionId, workflow: workflowRunId })[of] === id,
  )
  const [agent] = agents
  if (of === 'agent' && agents.length > 1)
    throw new Ambiguous(
      id,
      agents.map((each) => ({
        of,
        id,
        sessionId: each.sessionId,
        what: titleOfAgent(each),
        reason: each.reason,
        endedAt: each.endedAt,
      })),
    )
  const workflows = report.workflows.filter(({ runId, sessionId }) =>
    of === 'session' ? sessionId === id : runId === (of === 'workflow' ? id : agent?.workflowRunId),
  )
  const sessionIds = new Set(of === 'session' ? [id] : (of === 'agent' ? agents : workflows).map(({ sessionId }) => sessionId))
  const sessions = report.sessions.filter(({ sessionId }) => sessionIds.has(sessionId))
  if ({ agent: agents, session: sessions, workflow: workflows }[of].length === 0) return undefined
  const agentIds = new Set(agents.map(({ agentId }) => agentId))
  const isOwn = (row: Report['worktrees'][number]): boolean =>
    row.agents.some((each) => agentIds.has(each)) || (of === 'session' && row.sessions.includes(id))
  const worktrees = report.worktrees.filter(isOwn)
  return { ...report, sessions, agents, workflows, worktrees }
}

type OwnTranscript = Pick<DocumentParts, 'transcript' | 'isLaunchOnly' | 'copies' | 'issues'>
const NO_TRANSCRIPT: OwnTranscript = { transcript: null, isLaunchOnly: false, copies: [], issues: [] }

async function readOwnTranscript(
  { of, id }: Candidate,
  { agents, sessions }: Report,
  sources: readonly Source[],
  { timeZone }: ShowOptions,
  { files }: Host,
): Promise<OwnTranscript> {
  if (of === 'workflow') return NO_TRANSCRIPT
  const [agent] = of === 'agent' ? agents : []
  const own = of === 'agent' ? (agent?.transcript.path ?? null) : (sessions[0]?.path ?? null)
  const launch = own === null && agent?.toolUseId != null ? { path: launchPathOf(agent), call: agent.toolUseId } : null
  const path = own ?? launch?.path ?? null
  if (path === null) return NO_TRANSCRIPT
  const agentId = of === 'agent' && own !== null ? id : null
  const isMeant = ({ of: each, path: other }: Source): boolean =>
    other === path && (agentId === null ? each.role === 'main' || launch !== null : each.role === 'agent' && each.agentId === agentId)
  const source = sources.find(isMeant)
  if (source === undefined) return NO_TRANSCRIPT
  const transcript = await readWholeTranscript(source, launch === null ? { agentId } : { agentId, call: launch.call }, files, timeZone)
  if (transcript.facts === undefined) return { ...NO_TRANSCRIPT, issues: transcript.issues }
  const isCopy = (each: Source): boolean => each.of.role === 'agent' && each.of.agentId === agentId && each.path !== path
  const copies = agentId === null ? [] : sources.filter(isCopy).map((copy) => copy.path)
  return { transcript, isLaunchOnly: launch !== null, copies, issues: launch === null ? transcript.issues : [] }
}

/** The transcript that launched an agent which never started: the verdict rests on it. */
function launchPathOf({ evidence }: AgentReport): string | null {
  return evidence.find((each) => each.kind === 'record' || each.kind === 'absence')?.path ?? null
}

async function readWorkflow(
  { id, sessionId }: Candidate,
  sources: readonly Source[],
  { timeZone }: ShowOptions,
  { files }: Host,
): Promise<WorkflowRun | null> {
  const own = sources.filter(({ of }) => 'runId' in of && of.runId === id && of.sessionId === sessionId)
  const tree = await readTree(own, files, timeZone)
  const [run] = tree.workflows
  return run === undefined ? null : joinWorkflow(run)
}
