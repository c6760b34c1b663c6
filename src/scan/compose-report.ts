import type { Evidence } from '../facts/evidence.ts'
import { FORMAT_VERSION } from '../report/format-version.ts'
import type { Judged, JudgedSession } from '../reasons/judged.ts'
import { RECEIPT_BOUNDS } from '../report/receipt-bounds.ts'
import type { Action } from '../plan/action.ts'
import type { AgentReport, Counts, ReceiptSummary, Report, ReportOptions, SessionReport, WorkflowReport } from '../report/report.ts'
import type { BuiltOn, WorkItem } from '../incident/work-item.ts'
import type { Incident } from '../incident/incident.ts'
import type { WorktreeReport } from '../worktree/worktree-report.ts'
import { type Run, wasNothingAsked } from '../facts/run.ts'
import type { WaitingOn } from '../facts/agent.ts'
import type { Session, WorkflowRun } from '../facts/session.ts'
import type { ReadIssue } from '../facts/source.ts'
import type { Checkpoint } from '../reasons/reason.ts'
import { outcomeOf, type TerminalReason, TERMINAL_REASONS } from '../reasons/terminal-reason.ts'
import { MISSING_MAIN } from '../reasons/undecided.ts'
import { reportedWord } from '../incident/client-word.ts'
import { splitForResume } from '../incident/run-again.ts'
import { countCalls } from './count-calls.ts'
import type { Story } from '../incident/story.ts'
import { excerptEndOf, excerptOf, redactSecrets } from '../text/redact.ts'
import { compare } from '../text/order.ts'
import { formatInstant, formatInstantOrNull } from '../time/instant.ts'

interface ReportParts {
  readonly options: ReportOptions
  readonly toolVersion: string
  readonly now: number
  readonly sessions: readonly JudgedSession[]
  readonly workflows: readonly WorkflowRun[]
  readonly worktrees: readonly WorktreeReport[]
  /** By agent or session. */
  readonly goneFiles: ReadonlyMap<string, readonly string[]>
  /** Work items and incidents of all that was read, wanted or not. */
  readonly story: Story
  readonly actions: readonly Action[]
  readonly issues: readonly ReadIssue[]
  readonly filesRead: number
  readonly filesOlder: number
  readonly bytesRead: number
}

/** Read issues that take nothing away from the report. */
const HARMLESS: ReadonlySet<ReadIssue['reason']> = new Set(['link_outside_root', 'grew_while_read'])

/** Puts the report together: sorted, redacted, and with every list that the contract names. */
export function composeReport(parts: ReportParts): Report {
  const { options } = parts
  const excerpts = options.excerpts
  const all = parts.sessions.flatMap(({ agents }) => agents)
  const wanted = options.reasons.length === 0 ? all : all.filter(({ diagnosis }) => options.reasons.includes(diagnosis.reason))
  const agents = wanted.map((judged) => composeAgent(judged, parts, excerpts)).toSorted(compareAgents)
  return {
    formatVersion: FORMAT_VERSION,
    tool: { name: 'agent-forensics', version: parts.toolVersion },
    generatedAt: formatInstant(parts.now),
    options,
    complete: isReadWhole(parts.issues),
    counts: composeCounts(parts, all),
    sessions: parts.sessions
      .flatMap(({ session, main, agents: members }) =>
        session.sessionId === null ? [] : [composeSession(session.sessionId, session, main, members, parts, excerpts)],
      )
      .toSorted((a, b) => compare(a.startedAt ?? '', b.startedAt ?? '') || compare(a.sessionId, b.sessionId)),
    agents,
    workflows: composeWorkflows(parts),
    workItems: composeWorkItems(parts, wanted),
    incidents: composeIncidents(parts, wanted),
    worktrees: parts.worktrees.map(cleanWorktree),
    plan: { actions: [...parts.actions] },
    readIssues: sortReadIssues(parts.issues),
  }
}

/** Whether everything was read that belongs to a report. */
export function isReadWhole(issues: readonly ReadIssue[]): boolean {
  return issues.every(({ reason }) => HARMLESS.has(reason))
}

/** Read issues as a report lists them: by file, and there by place. */
export function sortReadIssues(issues: Iterable<ReadIssue>): ReadIssue[] {
  return Array.from(issues, (issue) => ({ ...issue, detail: issue.detail.toWellFormed(), path: issue.path.toWellFormed() })).toSorted(
    (a, b) =>
      compare(a.path, b.path) || (a.byteOffset ?? -1) - (b.byteOffset ?? -1) || compare(a.reason, b.reason) || compare(a.detail, b.detail),
  )
}

function composeAgent({ run, context, diagnosis }: Judged, { story, goneFiles }: ReportParts, excerpts: boolean): AgentReport {
  const word = reportedWord(run, context)
  const place = story.placeOf.get(run)
  const verdict = composeVerdict(diagnosis, excerpts)
  return {
    format: run.format,
    sessionId: run.sessionId === null ? null : clean(run.sessionId),
    agentId: clean(run.agentId ?? ''),
    kind: run.kind,
    agentType: cleanOrNull(run.agentType),
    description: cleanOrNull(run.description),
    label: cleanOrNull(run.label),
    parentAgentId: cleanOrNull(run.parentAgentId),
    spawnDepth: run.spawnDepth,
    workflowRunId: cleanOrNull(run.workflowRunId),
    toolUseId: cleanOrNull(run.toolUseId),
    background: run.background,
    model: cleanOrNull(run.model),
    clientVersion: cleanOrNull(run.clientVersion),
    cwd: cleanOrNull(run.cwd),
    gitBranch: cleanOrNull(run.gitBranch),
    worktreePath: cleanOrNull(run.worktreePath),
    startedAt: formatInstantOrNull(run.startedAt),
    endedAt: outcomeOf(diagnosis.reason) === 'running' ? null : formatInstantOrNull(run.latest.lastAt ?? run.lastRecordAt),
    turns: run.turns,
    toolCalls: run.toolCalls,
    tokens: run.tokens,
    // Named one by one: a spread among other keys takes ten times as long (Node 20).
    reason: verdict.reason,
    basis: verdict.basis,
    confidence: verdict.confidence,
    summary: verdict.summary,
    evidence: verdict.evidence,
    alternatives: verdict.alternatives,
    limit: verdict.limit,
    silence: verdict.silence,
    reportedAs: word === undefined ? null : clean(word.status),
    delivered: word === undefined ? null : word.delivered,
    waitingOn: composeWaiting(diagnosis),
    workItemId: cleanOrNull(place?.item.id ?? null),
    supersededBy: cleanOrNull(place?.supersededBy ?? null),
    checkpoint: checkpointOf(run, diagnosis.reason),
    receipt: excerpts && outcomeOf(diagnosis.reason) === 'died' ? composeReceipt(run) : null,
    goneFiles: composeGoneFiles(goneFiles.get(run.agentId ?? '') ?? []),
    transcript: { path: run.path === null ? null : run.path.toWellFormed(), bytes: run.bytes, lines: run.lines, tail: run.tail },
    transcripts: run.transcripts.length > 1 ? run.transcripts.map((each) => ({ ...each, path: each.path.toWellFormed() })) : [],
  }
}

function composeVerdict(diagnosis: Judged['diagnosis'], excerpts: boolean) {
  const { reason, basis, confidence, summary, limit, silence } = diagnosis
  return {
    reason,
    basis,
    confidence,
    summary: clean(summary),
    evidence: diagnosis.evidence.map((each) => composeEvidence(each, excerpts)),
    alternatives: diagnosis.alternatives.map((each) => ({ ...each, summary: clean(each.summary) })),
    limit: limit === undefined ? null : { ...limit, text: excerptOf(limit.text, 300) },
    silence: silence ?? null,
  }
}

/** An excerpt is the transcript's own words: bounded, redacted, and left out where that is asked for. */
function composeEvidence(evidence: Evidence, excerpts: boolean): Evidence {
  if (evidence.kind === 'record' || evidence.kind === 'git') {
    return { ...evidence, excerpt: excerpts && evidence.excerpt !== null ? excerptOf(evidence.excerpt) : null }
  }
  return evidence
}

function checkpointOf(run: Run, reason: TerminalReason): Checkpoint | null {
  const { outcome, checkpoint } = TERMINAL_REASONS[reason]
  if (outcome !== 'died') return checkpoint
  return run.checkpoint ?? (run.turns === 0 ? 'failed' : checkpoint)
}

/** Enough for a person to see what was lost; `show` has all of it. */
function composeReceipt(run: Run): ReceiptSummary {
  const bounds = RECEIPT_BOUNDS.report
  return {
    task: run.firstPrompt === null ? null : excerptOf(run.firstPrompt, bounds.task),
    lastWords: run.lastText === null ? null : excerptEndOf(run.lastText, bounds.findings),
    filesWritten: run.writtenFiles.slice(0, bounds.filesWritten).map((file) => excerptOf(file, bounds.entry)),
    filesWrittenCount: run.writtenFiles.length,
    gitCommands: run.gitCommands.slice(-bounds.commands).map(({ command }) => excerptOf(command, bounds.entry)),
    inFlight: run.latest.openCalls.slice(-bounds.inFlight).map(({ name }) => excerptOf(name, bounds.entry)),
  }
}

function composeSession(
  sessionId: string,
  session: Session,
  main: Judged | null,
  agents: readonly Judged[],
  { goneFiles }: ReportParts,
  excerpts: boolean,
): SessionReport {
  const run = main?.run ?? null
  const verdict = main?.diagnosis ?? MISSING_MAIN
  const states = session.owners.map((owner) => owner.state)
  return {
    format: session.format,
    sessionId: clean(sessionId),
    path: run?.path ?? null,
    cwd: cleanOrNull(run?.cwd ?? agents[0]?.run.cwd ?? null),
    clientVersion: cleanOrNull(run?.clientVersion ?? agents[0]?.run.clientVersion ?? null),
    startedAt: formatInstantOrNull(run?.startedAt ?? session.activity[0]?.from ?? null),
    endedAt: outcomeOf(verdict.reason) === 'running' ? null : formatInstantOrNull(run?.lastRecordAt ?? session.activity.at(-1)?.to ?? null),
    ...composeVerdict(verdict, excerpts),
    waitingOn: composeWaiting(verdict),
    cutOff: main === null ? false : wasCutOff(main),
    alive: states.includes('alive') ? true : states.includes('gone') ? false : null,
    permissionMode: cleanOrNull(run?.permissionMode ?? null),
    agents: countReasons(agents),
    goneFiles: composeGoneFiles(goneFiles.get(sessionId) ?? []),
  }
}

function composeWaiting({ waitingOn }: { readonly waitingOn?: WaitingOn }): WaitingOn | null {
  return waitingOn === undefined ? null : { ...waitingOn, name: cleanOrNull(waitingOn.name) }
}

/** Whether something that was asked of a main thread was cut off; whoever says no to a call is there to say more. */
function wasCutOff({ run, diagnosis }: Judged): boolean | null {
  const { lastWord } = run.latest
  if (wasNothingAsked(run) || (lastWord.kind === 'tool_result' && lastWord.isRejected)) return false
  const outcome = outcomeOf(diagnosis.reason)
  return outcome === 'unknown' ? null : outcome === 'died'
}

function composeGoneFiles(files: readonly string[]): AgentReport['goneFiles'] {
  return { count: files.length, paths: files.slice(0, RECEIPT_BOUNDS.report.filesWritten).map(clean) }
}

/** How many agents ended for each reason, internal helpers aside. */
function countReasons(all: readonly Judged[]): Partial<Record<TerminalReason, number>> {
  const amounts = new Map<TerminalReason, number>()
  for (const { run, diagnosis } of all) {
    if (run.kind !== 'internal') amounts.set(diagnosis.reason, (amounts.get(diagnosis.reason) ?? 0) + 1)
  }
  return Object.fromEntries([...amounts].toSorted(([a], [b]) => compare(a, b)))
}

function composeWorkflows(parts: ReportParts): WorkflowReport[] {
  if (parts.workflows.length === 0) return []
  const judged = new Map(parts.sessions.flatMap(({ agents }) => agents.map((each) => [each.run.agentId, each] as const)))
  const mains = new Set(parts.sessions.flatMap(({ session }) => (session.main === null ? [] : [session.sessionId])))
  return parts.workflows
    .map((workflow): WorkflowReport => {
      const calls = countCalls(workflow, (agentId) => judged.get(agentId)?.diagnosis.reason)
      return {
        runId: workflow.runId,
        sessionId: workflow.sessionId,
        name: cleanOrNull(workflow.name),
        scriptPath: cleanOrNull(workflow.scriptPath),
        status: cleanOrNull(workflow.status),
        calls,
        resumable: workflow.scriptPath !== null && workflow.sessionId !== null && mains.has(workflow.sessionId),
        wouldRunAgain: splitForResume(workflow).again.length,
        mayCallMore: !workflow.reachedEnd,
      }
    })
    .toSorted((a, b) => compare(a.sessionId ?? '', b.sessionId ?? '') || compare(a.runId, b.runId))
}

/** What is listed is complete: an incident keeps the agents that --reason or --agent left out. */
function composeWorkItems({ story }: ReportParts, wanted: readonly Judged[]): WorkItem[] {
  const runs = new Set(wanted.map(({ run }) => run))
  return story.pieces
    .filter(({ threads }) => threads.some(({ run }) => runs.has(run)))
    .map(({ item }) => ({
      ...item,
      id: clean(item.id),
      title: clean(item.title),
      attempts: item.attempts.map(clean),
      doneBy: cleanOrNull(item.doneBy),
      doingBy: cleanOrNull(item.doingBy),
      maybeDoneBy: cleanOrNull(item.maybeDoneBy),
      joins: item.joins.map((join) => ({ ...join, from: clean(join.from), to: clean(join.to) })),
      builtOn: item.builtOn.map(cleanBuiltOn),
    }))
}

function composeIncidents({ story, sessions, options }: ReportParts, wanted: readonly Judged[]): Incident[] {
  const isNarrowed = options.reasons.length > 0 || options.agent !== null
  const mains = isNarrowed ? [] : sessions.flatMap(({ main }) => main ?? [])
  const runs = new Set([...wanted, ...mains].map(({ run }) => run))
  return story.incidents
    .filter(({ runs: own }) => [...own].some((run) => runs.has(run)))
    .map(({ incident }) => ({
      ...incident,
      agents: incident.agents.map(clean),
      sessionIds: incident.sessionIds.map(clean),
      workflowRunIds: incident.workflowRunIds.map(clean),
      builtOn: incident.builtOn.map(cleanBuiltOn),
    }))
}

function cleanBuiltOn(hint: BuiltOn): BuiltOn {
  return {
    ...hint,
    on: clean(hint.on),
    id: cleanOrNull(hint.id),
    by: cleanOrNull(hint.by),
    sessionId: cleanOrNull(hint.sessionId),
  }
}

function cleanWorktree(row: WorktreeReport): WorktreeReport {
  return {
    ...row,
    path: clean(row.path),
    repo: cleanOrNull(row.repo),
    remoteUrl: cleanOrNull(row.remoteUrl),
    branch: cleanOrNull(row.branch),
    base: cleanOrNull(row.base),
    agents: row.agents.map(clean),
    sessions: row.sessions.map(clean),
    atRisk: row.atRisk.map((risk) => ({ ...risk, paths: risk.paths.map(clean) })),
    saved: row.saved.map((each) => ({ ...each, ref: clean(each.ref) })),
    newPullRequestUrl: cleanOrNull(row.newPullRequestUrl),
    lock: row.lock === null ? null : { ...row.lock, reason: clean(row.lock.reason) },
    notes: row.notes.map(clean),
  }
}

function composeCounts(parts: ReportParts, all: readonly Judged[]): Counts {
  const agents = all.filter(({ run }) => run.kind !== 'internal')
  const counts = { died: 0, finished: 0, running: 0, unknown: 0 }
  let diedCalledCompleted = 0
  let superseded = 0
  for (const { run, context, diagnosis } of agents) {
    const outcome = outcomeOf(diagnosis.reason)
    counts[outcome] += 1
    const word = reportedWord(run, context)
    if (outcome === 'died' && parts.story.placeOf.get(run)?.supersededBy != null) superseded += 1
    if (outcome === 'died' && word !== undefined && word.outcome === 'finished') diedCalledCompleted += 1
  }
  return {
    sessions: parts.sessions.filter(({ session }) => session.sessionId !== null).length,
    agents: agents.length,
    internal: all.length - agents.length,
    ...counts,
    diedCalledCompleted,
    superseded,
    byReason: countReasons(all),
    filesRead: parts.filesRead,
    filesOlder: parts.filesOlder,
    bytesRead: parts.bytesRead,
  }
}

/** Text from a transcript as the report holds it: well formed, and without secrets. */
function clean(text: string): string {
  return redactSecrets(text.toWellFormed())
}

function cleanOrNull(text: string | null): string | null {
  return text === null ? null : clean(text)
}

function compareAgents(a: AgentReport, b: AgentReport): number {
  return (
    compare(a.sessionId ?? '', b.sessionId ?? '') ||
    compare(a.startedAt ?? '', b.startedAt ?? '') ||
    compare(a.agentId, b.agentId) ||
    compare(a.transcript.path ?? '', b.transcript.path ?? '')
  )
}
