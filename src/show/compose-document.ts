import type { WorkflowRun } from '../facts/session.ts'
import type { ReadIssue, SourceLocation } from '../facts/source.ts'
import { FORMAT_VERSION } from '../report/format-version.ts'
import { RECEIPT_BOUNDS } from '../report/receipt-bounds.ts'
import type { AgentReport, Report } from '../report/report.ts'
import { isReadWhole, sortReadIssues } from '../scan/compose-report.ts'
import { compare } from '../text/order.ts'
import { quoteHead, quoteTail } from '../text/quote.ts'
import { splitForResume } from '../incident/run-again.ts'
import { excerptOf } from '../text/redact.ts'
import { formatInstantOrNull } from '../time/instant.ts'
import type { RawBlocker } from './blockers.ts'
import type {
  Blocker,
  Budget,
  CheckpointReceipt,
  FileTouch,
  InFlight,
  BoundedList,
  Quote,
  RunCommand,
  ShowDocument,
  TimelineEvent,
  WorkflowCallReport,
} from './document.ts'
import type { RawTouch } from './files-touched.ts'
import type { RawCommand, RawQuote } from './fold-transcript.ts'
import type { WholeTranscript } from './read-transcript.ts'
import type { RawEvent } from './timeline.ts'

/** What a document is made of. */
export interface DocumentParts {
  readonly of: ShowDocument['of']
  readonly id: string
  /** The report, without what belongs to others. */
  readonly report: Report
  readonly transcript: WholeTranscript | null
  /** Only the launch was taken from the transcript: the agent has none of its own. */
  readonly isLaunchOnly: boolean
  readonly copies: readonly string[]
  readonly workflow: WorkflowRun | null
  readonly issues: readonly ReadIssue[]
}

const BOUNDS = RECEIPT_BOUNDS.document
/** How much of a text the timeline quotes. Characters. */
const EVENT_TEXT = 240

/** Puts a document together: bounded, redacted, escaped, and the same for the same input. */
export function composeDocument({ of, id, report, transcript, isLaunchOnly, copies, workflow, issues }: DocumentParts): ShowDocument {
  const { excerpts } = report.options
  const [agent] = of === 'agent' ? report.agents : []
  const budget = transcript === null ? null : composeBudget(transcript, agent ?? null, isLaunchOnly)
  return {
    formatVersion: FORMAT_VERSION,
    tool: report.tool,
    generatedAt: report.generatedAt,
    kind: 'autopsy',
    of,
    id,
    options: report.options,
    complete: report.complete && isReadWhole(issues),
    agents: report.agents,
    sessions: report.sessions,
    workflows: report.workflows,
    worktrees: report.worktrees,
    // Both readings meet the same issue of a file.
    readIssues: sortReadIssues(new Map([...report.readIssues, ...issues].map((issue) => [JSON.stringify(issue), issue])).values()),
    reading: transcript === null ? null : composeReading(transcript, copies, isLaunchOnly),
    attempts: transcript === null || isLaunchOnly ? [] : composeAttempts(transcript),
    timeline: listLast(transcript?.fold.timeline ?? { items: [], leftOut: 0 }, Infinity, (event) => composeEvent(event, excerpts)),
    budget,
    receipt:
      agent === undefined || !excerpts || budget === null || transcript === null
        ? null
        : composeReceipt(agent, transcript, budget, isLaunchOnly),
    calls: workflow === null ? [] : composeCalls(workflow, report.agents),
  }
}

function composeReading(
  { path, bytes, facts, grewWhileRead }: WholeTranscript,
  copies: readonly string[],
  isLaunchOnly: boolean,
): ShowDocument['reading'] {
  return {
    path: path.toWellFormed(),
    bytes,
    lines: facts.lines,
    damagedLines: facts.damagedLines,
    copies: copies.map((copy) => copy.toWellFormed()),
    grewWhileRead,
    isLaunchOnly,
  }
}

function composeAttempts({ fold }: WholeTranscript): ShowDocument['attempts'] {
  return fold.attempts.map(({ startedAt, endedAt, turns, toolCalls, where: { line, byteOffset } }, index) => ({
    attempt: index + 1,
    startedAt: formatInstantOrNull(startedAt),
    endedAt: formatInstantOrNull(endedAt),
    turns,
    toolCalls,
    line,
    byteOffset,
  }))
}

function composeBudget({ facts, fold }: WholeTranscript, agent: AgentReport | null, isLaunchOnly: boolean): Budget {
  const { startedAt, lastRecordAt } = facts
  const tools = isLaunchOnly ? [] : [...fold.tools].map(([tool, calls]) => [quoteEntry(tool), calls] as const)
  return {
    turns: agent?.turns ?? facts.turns,
    toolCalls: agent?.toolCalls ?? facts.toolCalls,
    tools: Object.fromEntries(tools.toSorted(([a], [b]) => compare(a, b))),
    tokens: agent?.tokens ?? facts.tokens,
    wallClockMs: isLaunchOnly || startedAt === null || lastRecordAt === null ? null : Math.max(0, lastRecordAt - startedAt),
    silentMs: isLaunchOnly ? 0 : fold.timeline.silentMs,
    costUsd: fold.costUsd,
  }
}

function composeReceipt(agent: AgentReport, { facts, fold }: WholeTranscript, budget: Budget, isLaunchOnly: boolean): CheckpointReceipt {
  const announced = agent.checkpoint === 'complete' || isLaunchOnly ? null : fold.announced
  const { tasks } = fold.tasks
  return {
    status: agent.checkpoint,
    task: fold.task === null ? null : quoteFirst(fold.task, BOUNDS.task),
    instructions: quoteLatest(fold.instructions, BOUNDS.instructions),
    role: agent.agentType,
    model: agent.model,
    budget,
    findings: quoteLatest(fold.findings, BOUNDS.findings),
    filesRead: listLast(fold.filesRead, BOUNDS.filesRead, composeTouch),
    filesWritten: listLast(fold.filesWritten, BOUNDS.filesWritten, composeTouch),
    commands: listLast(fold.commands, BOUNDS.commands, composeCommand),
    commits: listLast(fold.commits, BOUNDS.commits, ({ hash, branch, subject, at, where }) => ({
      hash,
      branch: quoteEntry(branch),
      subject: quoteEntry(subject),
      ...locate(at, where),
    })),
    delivered: listLast(fold.delivered, BOUNDS.commits, ({ kind, what, at, where }) => ({
      kind,
      what: quoteEntry(what),
      ...locate(at, where),
    })),
    blockers: composeBlockers(facts, fold, isLaunchOnly),
    inFlight: composeInFlight(facts, fold, isLaunchOnly),
    announced: announced === null ? null : quoteEnd(announced, BOUNDS.entry * 2),
    tasks:
      tasks === null ? null : listLast(tasks, BOUNDS.tasks, ({ title, state }) => ({ title: quoteEntry(title), state: quoteEntry(state) })),
  }
}

function composeBlockers(
  { latest: { lastWord, retries } }: WholeTranscript['facts'],
  { blockers }: WholeTranscript['fold'],
  isLaunchOnly: boolean,
): BoundedList<Blocker> {
  const items: RawBlocker[] = [...blockers.items]
  // How the parent's transcript ends says nothing of the agent that it launched.
  if (!isLaunchOnly && lastWord.kind === 'error') {
    const { at, where, text, code } = lastWord
    items.push({ kind: 'api', tool: null, isCommand: false, about: code ?? '', text, times: 1, at, where })
  }
  if (!isLaunchOnly && retries !== null) {
    const { at, where, attempt, of, status } = retries
    const text = `its request was being retried${attempt === null ? '' : `: attempt ${attempt}${of === null ? '' : ` of ${of}`}`}`
    items.push({
      kind: 'retries',
      tool: null,
      isCommand: false,
      about: status === null ? '' : `HTTP ${status}`,
      text,
      times: attempt ?? 1,
      at,
      where,
    })
  }
  return listLast({ items, leftOut: blockers.leftOut }, BOUNDS.blockers, ({ kind, tool, about, text, times, at, where }) => ({
    kind,
    tool: quoteEntryOrNull(tool),
    about: about === '' ? null : quoteEntry(about),
    text: quoteEntry(text),
    times,
    ...locate(at, where),
  }))
}

function composeInFlight(
  { latest }: WholeTranscript['facts'],
  fold: WholeTranscript['fold'],
  isLaunchOnly: boolean,
): BoundedList<InFlight> {
  return listLast({ items: isLaunchOnly ? [] : latest.openCalls, leftOut: 0 }, BOUNDS.inFlight, ({ id, name, at, where }) => {
    const about = fold.open.get(id)?.whole?.about ?? ''
    const place = locate(at, where)
    return { tool: quoteEntry(name), about: about === '' ? null : quoteEntry(about), since: place.at, where: place.where }
  })
}

function composeTouch({ file, times, uncertain, lastAt, where }: RawTouch): FileTouch {
  const place = locate(lastAt, where)
  return { file: quoteEntry(file), times, uncertain, lastAt: place.at, where: place.where }
}

function composeCommand({ command, outcome, background, exitCode, durationMs, output, at, where }: RawCommand): RunCommand {
  return {
    command: quoteEntry(command),
    outcome,
    background,
    exitCode,
    durationMs,
    output: output === null || output.trim() === '' ? null : quoteEntry(output),
    ...locate(at, where),
  }
}

function composeEvent(event: RawEvent, excerpts: boolean): TimelineEvent {
  const { kind, at, where, attempt, turn, tool, toolUseId, isGit, outcome, durationMs, resultLine, agentId, word, text, resultText } = event
  const quote = (raw: string | null): string | null =>
    raw === null || raw.trim() === '' || !(excerpts || kind === 'damage') ? null : excerptOf(raw, EVENT_TEXT)
  return {
    kind,
    at: formatInstantOrNull(at),
    line: where.line,
    byteOffset: where.byteOffset,
    attempt,
    turn,
    tool: quoteEntryOrNull(tool),
    toolUseId: quoteEntryOrNull(toolUseId),
    isGit,
    outcome,
    durationMs,
    resultLine,
    agentId: quoteEntryOrNull(agentId),
    word: quoteEntryOrNull(word),
    text: quote(text),
    resultText: quote(resultText),
  }
}

function composeCalls(run: WorkflowRun, agents: readonly AgentReport[]): WorkflowCallReport[] {
  const again = new Set(splitForResume(run).again.map((attempts) => attempts.at(-1)))
  const reasons = new Map(agents.map(({ agentId, reason }) => [agentId, reason]))
  return run.calls.map((call) => ({
    agentId: quoteEntryOrNull(call.agentId),
    label: quoteEntryOrNull(call.label),
    attempt: call.attempt,
    state: quoteEntryOrNull(call.state),
    error: quoteEntryOrNull(call.error),
    journal: call.journal,
    reason: (call.agentId === null ? undefined : reasons.get(call.agentId)) ?? null,
    wouldRunAgain: again.has(call),
  }))
}

interface RawList<Raw> {
  readonly items: readonly Raw[]
  readonly leftOut: number
}

/** The last entries of a list: they show how far it got. */
function listLast<Raw, Item>({ items, leftOut }: RawList<Raw>, most: number, compose: (raw: Raw) => Item): BoundedList<Item> {
  return { items: items.slice(-most).map(compose), leftOut: leftOut + Math.max(0, items.length - most) }
}

/** Quotes within one bound for all; the latest come first. */
function quoteLatest({ items: all, leftOut }: RawList<RawQuote>, bound: number): BoundedList<Quote> {
  const items: Quote[] = []
  let left = bound
  for (const each of all.toReversed()) {
    if (left <= 0) break
    const quote = quoteFirst(each, left)
    left -= quote.text.length
    items.unshift(quote)
  }
  return { items, leftOut: leftOut + all.length - items.length }
}

function quoteFirst({ text, length, at, where }: RawQuote, max: number): Quote {
  return { ...quoteHead(text, max, length), ...locate(at, where) }
}

function quoteEnd({ text, length, at, where }: RawQuote, max: number): Quote {
  const quote = quoteTail(text, max)
  return { text: quote.text, cut: quote.cut + length - text.length, ...locate(at, where) }
}

function locate(at: number | null, { path, line, byteOffset }: SourceLocation): Pick<Quote, 'at' | 'where'> {
  return { at: formatInstantOrNull(at), where: { path: path.toWellFormed(), line, byteOffset } }
}

function quoteEntry(text: string): string {
  return excerptOf(text, BOUNDS.entry)
}

function quoteEntryOrNull(text: string | null): string | null {
  return text === null ? null : quoteEntry(text)
}
