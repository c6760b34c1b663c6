import type { Evidence } from '../../facts/evidence.ts'
import type { Limit } from '../../facts/limit.ts'
import type { AgentReport, Report, SessionReport, WorkflowReport } from '../report.ts'
import type { WorkItem } from '../../incident/work-item.ts'
import type { WorktreeReport } from '../../worktree/worktree-report.ts'
import { parseInstant } from '../../time/instant.ts'
import { callsAgain, count, LIMIT_WORDS, size } from '../words.ts'
import { baseParts, detailsOf, dirtyParts, describeLocalWork, originOf, stageOf } from '../work.ts'
import type { DetailSection, Fact, Proof } from './page-data.ts'
import { followable, line, quote } from './safe-text.ts'

/** Most entries of a list in the details of one thread. */
const MOST_ENTRIES = 50
const LONGEST_FACT = 4000

/** What the details of threads are made with: the report around them, and where on the page things are. */
export interface Surroundings {
  readonly report: Report
  /** An instant to the second, as the clock on the wall shows it. */
  readonly clock: (ms: number) => string
  /** The place of a path in the page's list of paths. */
  readonly pathAt: (path: string) => number
  /** The place of an agent in the page's list of threads. */
  readonly threadAt: (sessionId: string | null, agentId: string) => number | undefined
  readonly workItems: ReadonlyMap<string, WorkItem>
  /** What the incidents that an agent belongs to are called. */
  readonly incidentsOf: ReadonlyMap<string, readonly string[]>
}

/** All that is known of an agent beyond its bar. */
export function agentDetails(agent: AgentReport, work: WorktreeReport | null, around: Surroundings): readonly DetailSection[] {
  const { receipt } = agent
  return blocks([
    limitBlock(agent.limit, around),
    evidenceBlock(agent.evidence, around),
    alternatives(agent),
    facts('Checkpoint', [
      fact('status', agent.checkpoint),
      fact('task', receipt === null ? null : quote(receipt.task ?? '')),
      fact('last words', receipt === null ? null : quote(receipt.lastWords ?? '')),
      fact('in flight', receipt?.inFlight.slice(0, MOST_ENTRIES).join(', ')),
      fact('files written', receipt === null || receipt.filesWrittenCount === 0 ? null : String(receipt.filesWrittenCount)),
    ]),
    texts('Files it wrote', receipt?.filesWritten ?? []),
    texts('Its last git commands', receipt?.gitCommands ?? []),
    work === null ? null : worktreeBlock(work),
    workItemBlock(agent, around),
    incidents(agent, around),
    facts('Run', [
      fact('agent', agent.agentId, 'mono'),
      fact(
        'kind',
        [agent.kind, agent.agentType, agent.background === true ? 'in the background' : null].filter((part) => part !== null).join(', '),
      ),
      fact('label', agent.label),
      threadFact('launched by', agent.parentAgentId, agent.sessionId, around),
      fact('workflow run', agent.workflowRunId, 'mono'),
      fact('started', time(agent.startedAt, around)),
      fact('ended', time(agent.endedAt, around)),
      fact('waiting on', waiting(agent, around)),
      fact('session silent', silence(agent, around)),
      fact('reported as', agent.reportedAs === null ? null : `${agent.reportedAs}${DELIVERED[String(agent.delivered)] ?? ''}`),
      fact('turns', `${agent.turns}, with ${count(agent.toolCalls, 'tool call')}`),
      fact('tokens', tokens(agent)),
      fact('model', agent.model),
      fact('client', agent.clientVersion),
      pathFact('folder', agent.cwd, around),
      fact('branch', agent.gitBranch, 'mono'),
      pathFact('transcript', agent.transcript.path, around),
      fact('', `${size(agent.transcript.bytes)}, ${count(agent.transcript.lines, 'line')}${TAILS[agent.transcript.tail]}`),
    ]),
  ])
}

/** All that is known of a session's main thread beyond its bar. */
export function sessionDetails(session: SessionReport, around: Surroundings): readonly DetailSection[] {
  const { silence: gap } = session
  return blocks([
    limitBlock(session.limit, around),
    evidenceBlock(session.evidence, around),
    alternatives(session),
    facts('Session', [
      fact('session', session.sessionId, 'mono'),
      fact('owner process', { true: 'alive', false: 'ended', null: 'unknown' }[String(session.alive)]),
      fact('started', time(session.startedAt, around)),
      fact('ended', time(session.endedAt, around)),
      fact('silent', gap === null ? null : `${time(gap.from, around)} to ${gap.to === null ? 'the end' : time(gap.to, around)}`),
      fact(
        'agents',
        Object.entries(session.agents)
          .map(([reason, amount]) => `${amount} ${reason}`)
          .join(', '),
      ),
      fact('client', session.clientVersion),
      pathFact('folder', session.cwd, around),
      session.path === null ? fact('transcript', 'missing') : pathFact('transcript', session.path, around),
    ]),
  ])
}

/** All that is known of a workflow run beyond its bar. */
export function runDetails(run: WorkflowReport, around: Surroundings): readonly DetailSection[] {
  const { started, done, failed, neverStarted } = run.calls
  return blocks([
    facts('Workflow run', [
      fact('run', run.runId, 'mono'),
      fact('reported as', run.status),
      fact('calls', `${started} started, ${done} done, ${failed} failed, ${neverStarted} never started`),
      fact('resumable', run.resumable ? `yes; ${callsAgain(run)} would run again` : 'no'),
      pathFact('script', run.scriptPath, around),
    ]),
  ])
}

const DELIVERED: Readonly<Record<string, string>> = { true: ', and its parent was told', false: ', but its parent was not told' }
const TAILS: Readonly<Record<AgentReport['transcript']['tail'], string>> = {
  complete: '',
  torn: ', the last line is torn',
  empty: ', empty',
}

function blocks(all: readonly (DetailSection | null)[]): readonly DetailSection[] {
  return all.filter((block) => block !== null)
}

function facts(head: string, all: readonly (Fact | null)[]): DetailSection | null {
  const known = all.filter((one) => one !== null)
  return known.length === 0 ? null : { head, facts: known }
}

function fact(name: string, text: string | null | undefined, as?: 'mono' | `https://${string}`): Fact | null {
  if (text === null || text === undefined || text === '') return null
  // Texts with line breaks were made for it by `quote`.
  const shown = text.includes('\n') ? quote(text) : line(text, LONGEST_FACT)
  return as === undefined ? [name, shown] : as === 'mono' ? [name, shown, as] : [name, shown, as]
}

function pathFact(name: string, path: string | null, { pathAt }: Surroundings): Fact | null {
  return path === null ? null : [name, pathAt(path)]
}

function threadFact(name: string, agentId: string | null, sessionId: string | null, { threadAt }: Surroundings): Fact | null {
  if (agentId === null) return null
  const thread = threadAt(sessionId, agentId)
  return thread === undefined ? [name, line(agentId)] : [name, line(agentId), thread]
}

function texts(head: string, all: readonly string[]): DetailSection | null {
  return all.length === 0 ? null : { head, texts: firstFew(all).map((text) => line(text)) }
}

function firstFew(all: readonly string[]): readonly string[] {
  return all.length <= MOST_ENTRIES ? all : [...all.slice(0, MOST_ENTRIES), `and ${all.length - MOST_ENTRIES} more`]
}

function time(instant: string | null, { clock }: Surroundings): string | null {
  if (instant === null) return null
  const ms = parseInstant(instant)
  return ms === undefined ? instant : clock(ms)
}

function waiting({ waitingOn }: AgentReport, around: Surroundings): string | null {
  if (waitingOn === null) return null
  const { on, name, since, repeated } = waitingOn
  const words = [on, name === null ? null : `(${name})`, since === null ? null : `since ${time(since, around)}`]
  return `${words.filter((word) => word !== null).join(' ')}${repeated > 1 ? `; the same call ${repeated} times in a row` : ''}`
}

function silence({ silence: gap }: AgentReport, around: Surroundings): string | null {
  if (gap === null) return null
  return `${time(gap.from, around)} to ${gap.to === null ? 'the end: it never continued' : time(gap.to, around)}`
}

function tokens({ tokens: { input, output, cacheRead, cacheWrite } }: AgentReport): string {
  return `${groupDigits(input)} in, ${groupDigits(output)} out, ${groupDigits(cacheRead)} read from the cache, ${groupDigits(cacheWrite)} written to it`
}

/** A number with its thousands apart, the same in every locale. */
export function groupDigits(amount: number): string {
  return String(amount).replace(/\B(?=(\d{3})+$)/g, ',')
}

function limitBlock(limit: Limit | null, around: Surroundings): DetailSection | null {
  if (limit === null) return null
  return facts('Limit', [
    fact('kind', LIMIT_WORDS[limit.kind]),
    fact('resets', limit.resetsAt === null ? 'not known' : time(limit.resetsAt, around)),
    fact('its text', limit.text),
  ])
}

function evidenceBlock(all: readonly Evidence[], around: Surroundings): DetailSection {
  const shown = all.slice(0, MOST_ENTRIES).map((one) => proof(one, around))
  const rest = all.length - shown.length
  return { head: 'Evidence', evidence: rest > 0 ? [...shown, { shows: `and ${rest} more` }] : shown }
}

function proof(evidence: Evidence, { pathAt, report }: Surroundings): Proof {
  const { shows, path } = evidence
  const excerpt = 'excerpt' in evidence && report.options.excerpts ? evidence.excerpt : null
  const at = placeOf(evidence)
  return {
    shows: line(shows),
    ...(path !== null && { path: pathAt(path) }),
    ...(at !== '' && { at: line(at) }),
    ...(excerpt !== null && excerpt !== '' && { excerpt: quote(excerpt) }),
  }
}

function placeOf(evidence: Evidence): string {
  if (evidence.kind === 'git') return evidence.argv.join(' ')
  if (evidence.kind === 'process')
    return `process ${evidence.pid}${{ true: ' is alive', false: ' ended', null: '' }[String(evidence.alive)] ?? ''}`
  if (evidence.kind === 'file')
    return [evidence.bytes === null ? null : size(evidence.bytes), evidence.modifiedAt].filter((part) => part !== null).join(', ')
  return evidence.line === null ? '' : `line ${evidence.line}${evidence.byteOffset === null ? '' : `, byte ${evidence.byteOffset}`}`
}

function alternatives({ alternatives: all }: AgentReport | SessionReport): DetailSection | null {
  return texts(
    'Alternatives',
    all.map(({ reason, confidence, summary }) => `${reason} (${confidence}): ${summary}`),
  )
}

function worktreeBlock(row: WorktreeReport): DetailSection | null {
  return facts('Worktree', [
    fact('path', row.path, 'mono'),
    fact('branch', row.branch, 'mono'),
    fact('stage', stageOf(row)),
    fact('local only', describeLocalWork(row)),
    fact('uncommitted', dirtyParts(row).join(', ')),
    fact('compared with its base', baseParts(row).join(', ')),
    fact('origin', originOf(row)),
    requestFact(row.pullRequest?.url ?? row.newPullRequestUrl, row),
    ...detailsOf(row)
      .slice(0, MOST_ENTRIES)
      .map((text) => fact('', text)),
    row.attribution === 'uncertain' ? fact('', 'other agents worked there too') : null,
  ])
}

function requestFact(url: string | null, { pullRequest }: WorktreeReport): Fact | null {
  const link = followable(url)
  return link === null ? null : fact('pull request', pullRequest === null ? 'open one' : `#${pullRequest.number}`, link)
}

function workItemBlock(agent: AgentReport, around: Surroundings): DetailSection | null {
  const item = agent.workItemId === null ? undefined : around.workItems.get(agent.workItemId)
  if (item === undefined) return facts('Work item', [threadFact('superseded by', agent.supersededBy, agent.sessionId, around)])
  return facts('Work item', [
    fact('title', item.title),
    fact('state', `${item.state}${item.certainty === 'high' ? '' : ` (${item.certainty === 'low' ? 'unsure' : 'likely'})`}`),
    threadFact('done by', item.doneBy, agent.sessionId, around),
    ...item.attempts.slice(0, MOST_ENTRIES).map((id, index) => threadFact(`attempt ${index + 1}`, id, agent.sessionId, around)),
    agent.supersededBy === item.doneBy ? null : threadFact('superseded by', agent.supersededBy, agent.sessionId, around),
  ])
}

function incidents({ agentId }: AgentReport, { incidentsOf }: Surroundings): DetailSection | null {
  return texts('Incident', incidentsOf.get(agentId) ?? [])
}
