import { analyze, type AnalyzeOptions, NothingToScan, type ScanMeans } from '../scan/scan.ts'
import { readWholeTranscript } from './read-transcript.ts'
import { type DocumentParts, composeDocument } from './compose-document.ts'
import type { Host } from '../ports/host.ts'
import type { ShowDocument } from './document.ts'
import type { AgentReport, Report } from '../report/report.ts'
import type { WorkflowRun } from '../facts/session.ts'
import { compare } from '../text/order.ts'
import { discoverSources } from '../transcript/discover-sources.ts'
import type { Source } from '../clients/client.ts'
import { clients as KNOWN_CLIENTS } from '../clients/index.ts'
import { joinWorkflow } from '../transcript/join-workflow.ts'
import { readTree } from '../transcript/read-tree.ts'

/** What to show: the question of a scan, and the id (or its beginning) of an agent, a session or a workflow run. */
export interface ShowOptions extends AnalyzeOptions {
  readonly id: string
}

/** Something that an id may mean. */
export interface Candidate {
  readonly of: ShowDocument['of']
  readonly id: string
  readonly sessionId: string | null
}

/** Nothing has this id; `looked` says through what was looked. */
export class NotFound extends Error {
  readonly looked: { readonly roots: readonly string[]; readonly transcripts: number }
  constructor(id: string, looked: NotFound['looked']) {
    super(`nothing here has an id that begins with ${id}`)
    this.looked = looked
  }
}

/** The beginning of an id fits several things. */
export class Ambiguous extends Error {
  readonly candidates: readonly Candidate[]
  constructor(id: string, candidates: readonly Candidate[]) {
    super(`several ids begin with ${id}`)
    this.candidates = candidates
  }
}

/** One agent, session or workflow run, whole: judged as a scan judges it, and its transcript read a second time. Changes nothing. */
export async function show(options: ShowOptions, host: Host, means: ScanMeans = {}): Promise<ShowDocument> {
  const { clients = KNOWN_CLIENTS } = means
  const { files } = host
  const found = await discoverSources(options.roots, clients, files)
  if (found.roots.length === 0 || (found.sources.length === 0 && found.issues.length === 0)) throw new NothingToScan(options.roots)
  const notFound = (): NotFound =>
    new NotFound(options.id, {
      roots: found.roots,
      transcripts: found.sources.filter(({ of }) => of.role === 'main' || of.role === 'agent').length,
    })
  const named = chosen(namesIn(found.sources, options), options.id)
  const report = await analyze(narrowed(named, options), host, means)
  const target = named[0] ?? chosen(namesOf(report), options.id)[0]
  if (target === undefined) throw notFound()
  const parts = partsOf(target, report)
  if (parts === undefined) throw notFound()
  const reading = await readSecond(target, parts, found.sources, options, host)
  return composeDocument({
    of: target.of,
    id: target.id,
    report: parts,
    ...reading,
    workflow: target.of === 'workflow' ? await readWorkflow(target, found.sources, options, host) : null,
  })
}

/** What the names of the files say: enough for all but agents that never came to be. */
function namesIn(sources: readonly Source[], { session, agent }: ShowOptions): readonly Candidate[] {
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

/** What a report names beside: launches that were refused, and main threads in files of other names. */
function namesOf(report: Report): readonly Candidate[] {
  return [
    ...report.agents.map(({ agentId, sessionId }): Candidate => ({ of: 'agent', id: agentId, sessionId })),
    ...report.sessions.map(({ sessionId }): Candidate => ({ of: 'session', id: sessionId, sessionId })),
  ]
}

/** The one thing that an id means, in as many sessions as it stands in; nothing when there is none. Throws `Ambiguous`. */
function chosen(names: readonly Candidate[], id: string): readonly Candidate[] {
  const whole = names.filter((each) => each.id === id)
  const fitting = whole.length > 0 ? whole : names.filter((each) => each.id.startsWith(id))
  const things = new Map(fitting.map((each) => [`${each.of} ${each.id}`, each]))
  if (things.size > 1)
    throw new Ambiguous(
      id,
      [...things.values()].toSorted((a, b) => compare(a.of, b.of) || compare(a.id, b.id)),
    )
  return [...new Map(fitting.map((each) => [each.sessionId, each])).values()]
}

/** A scan of as little as the answer needs. */
function narrowed(named: readonly Candidate[], options: ShowOptions): AnalyzeOptions {
  const [first, ...others] = named
  if (first === undefined) return options
  // An agent that was resumed in another session has a transcript in each: only together they tell which is the latest.
  const session = others.length === 0 ? first.sessionId : null
  return { ...options, session: session ?? options.session, agent: first.of === 'agent' ? first.id : options.agent }
}

/** The report, of what is shown alone; undefined when it is not in it. Throws `Ambiguous` for ids that met by chance. */
function partsOf({ of, id }: Candidate, report: Report): Report | undefined {
  if (of === 'session') {
    const sessions = report.sessions.filter(({ sessionId }) => sessionId === id)
    if (sessions.length === 0) return undefined
    return narrowedTo(
      report,
      sessions,
      (agent) => agent.sessionId === id,
      ({ sessionId }) => sessionId === id,
    )
  }
  if (of === 'workflow') {
    const workflows = report.workflows.filter(({ runId }) => runId === id)
    if (workflows.length === 0) return undefined
    const owners = new Set(workflows.map(({ sessionId }) => sessionId))
    const sessions = report.sessions.filter(({ sessionId }) => owners.has(sessionId))
    return narrowedTo(
      report,
      sessions,
      (agent) => agent.workflowRunId === id,
      ({ runId }) => runId === id,
    )
  }
  const agents = report.agents.filter(({ agentId }) => agentId === id)
  const [agent] = agents
  if (agent === undefined) return undefined
  if (agents.length > 1)
    throw new Ambiguous(
      id,
      agents.map(({ agentId, sessionId }) => ({ of, id: agentId, sessionId })),
    )
  const sessions = report.sessions.filter(({ sessionId }) => sessionId === agent.sessionId)
  return narrowedTo(
    report,
    sessions,
    (each) => each === agent,
    ({ runId }) => runId === agent.workflowRunId,
  )
}

function narrowedTo(
  report: Report,
  sessions: Report['sessions'],
  isShown: (agent: AgentReport) => boolean,
  isOf: (workflow: Report['workflows'][number]) => boolean,
): Report {
  const agents = report.agents.filter(isShown)
  const ids = new Set(agents.map(({ agentId }) => agentId))
  return {
    ...report,
    sessions,
    agents,
    workflows: report.workflows.filter(isOf),
    worktrees: report.worktrees.filter((row) => row.agents.some((id) => ids.has(id))),
  }
}

type Second = Pick<DocumentParts, 'read' | 'isLaunchOnly' | 'copies' | 'issues'>
const NOTHING: Second = { read: null, isLaunchOnly: false, copies: [], issues: [] }

async function readSecond(
  { of, id }: Candidate,
  { agents, sessions }: Report,
  sources: readonly Source[],
  { timeZone }: ShowOptions,
  { files }: Host,
): Promise<Second> {
  if (of === 'workflow') return NOTHING
  const [agent] = of === 'agent' ? agents : []
  const own = of === 'agent' ? (agent?.transcript.path ?? null) : (sessions[0]?.path ?? null)
  const launch = own === null && agent?.toolUseId != null ? { path: launchedIn(agent), call: agent.toolUseId } : null
  const path = own ?? launch?.path ?? null
  if (path === null) return NOTHING
  const agentId = of === 'agent' && own !== null ? id : null
  const isMeant = ({ of: each, path: other }: Source): boolean =>
    other === path && (agentId === null ? each.role === 'main' || launch !== null : each.role === 'agent' && each.agentId === agentId)
  const meant = sources.find(isMeant)
  if (meant === undefined) return NOTHING
  const read = await readWholeTranscript(meant, launch === null ? { agentId } : { agentId, call: launch.call }, files, timeZone)
  if (read.facts === undefined) return { ...NOTHING, issues: read.issues }
  const isCopy = (source: Source): boolean => source.of.role === 'agent' && source.of.agentId === agentId && source.path !== path
  const copies = agentId === null ? [] : sources.filter(isCopy).map((source) => source.path)
  return { read, isLaunchOnly: launch !== null, copies, issues: launch === null ? read.issues : [] }
}

/** The transcript that holds the launch of an agent that never came to be: the verdict rests on it. */
function launchedIn({ evidence }: AgentReport): string | null {
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
