import type { WholeTranscript } from './read-transcript.ts'
import type { RawCommand, RawQuote } from './fold-transcript.ts'
import type { RawTouch } from './files-touched.ts'
import type { RawEvent } from './timeline.ts'
import { HARMLESS } from '../scan/compose-report.ts'
import {
  type ShowDocument,
  type Blocker,
  type Budget,
  type CheckpointReceipt,
  type FileTouch,
  type InFlight,
  type Listed,
  type Quote,
  type RunCommand,
  type TimelineEvent,
  type WorkflowCallReport,
} from './document.ts'
import { FORMAT_VERSION } from '../report/format-version.ts'
import { RECEIPT_BOUNDS } from '../report/receipt-bounds.ts'
import type { AgentReport, Report } from '../report/report.ts'
import type { WorkflowRun } from '../facts/session.ts'
import type { ReadIssue, SourceLocation } from '../facts/source.ts'
import { compare } from '../text/order.ts'
import { quoteHead, quoteTail } from '../text/quote.ts'
import { excerptOf } from '../text/redact.ts'
import { formatInstant } from '../time/instant.ts'

export interface DocumentParts {
  readonly of: ShowDocument['of']
  readonly id: string
  /** The report, narrowed to what is shown. */
  readonly report: Report
  readonly read: WholeTranscript | null
  /** Only the launch was taken from the transcript that was read: the agent has none. */
  readonly isLaunchOnly: boolean
  readonly copies: readonly string[]
  readonly workflow: WorkflowRun | null
  readonly issues: readonly ReadIssue[]
}

const BOUNDS = RECEIPT_BOUNDS.whole
/** How much of a text stands in the timeline. Characters. */
const EVENT_TEXT = 240

/** Puts a document together: bounded, redacted, escaped, and the same for the same input. */
export function composeDocument(parts: DocumentParts): ShowDocument {
  const { of, id, report, read, isLaunchOnly } = parts
  const { excerpts } = report.options
  const [agent] = of === 'agent' ? report.agents : []
  const readIssues = merged(report.readIssues, parts.issues)
  const budget = read === null ? null : budgetOf(read, agent ?? null, isLaunchOnly)
  return {
    formatVersion: FORMAT_VERSION,
    tool: report.tool,
    generatedAt: report.generatedAt,
    kind: 'autopsy',
    of,
    id,
    options: report.options,
    complete: report.complete && parts.issues.every(({ reason }) => HARMLESS.has(reason)),
    agents: report.agents,
    sessions: report.sessions,
    workflows: report.workflows,
    worktrees: report.worktrees,
    readIssues,
    reading:
      read === null
        ? null
        : {
            path: read.path.toWellFormed(),
            bytes: read.bytes,
            lines: read.facts.lines,
            damagedLines: read.facts.damagedLines,
            copies: parts.copies.map((path) => path.toWellFormed()),
            grewWhileRead: read.grewWhileRead,
            isLaunchOnly,
          },
    attempts:
      read === null || isLaunchOnly
        ? []
        : read.fold.attempts.map(({ startedAt, endedAt, turns, toolCalls, where }, index) => ({
            attempt: index + 1,
            startedAt: iso(startedAt),
            endedAt: iso(endedAt),
            turns,
            toolCalls,
            line: where.line,
            byteOffset: where.byteOffset,
          })),
    timeline:
      read === null
        ? { items: [], leftOut: 0 }
        : { items: read.fold.timeline.events.map((event) => eventOf(event, excerpts)), leftOut: read.fold.timeline.leftOut },
    budget,
    receipt: agent === undefined || !excerpts || budget === null || read === null ? null : receiptOf(agent, read, budget, isLaunchOnly),
    calls: parts.workflow === null ? [] : callsOf(parts.workflow, report.agents),
  }
}

/** Both readings tell the same issue of a file; it is told once. */
function merged(one: readonly ReadIssue[], other: readonly ReadIssue[]): ReadIssue[] {
  const all = new Map([...one, ...other].map((issue) => [JSON.stringify(issue), issue]))
  return [...all.values()].toSorted(
    (a, b) =>
      compare(a.path, b.path) || (a.byteOffset ?? -1) - (b.byteOffset ?? -1) || compare(a.reason, b.reason) || compare(a.detail, b.detail),
  )
}

function budgetOf({ facts, fold }: WholeTranscript, agent: AgentReport | null, isLaunchOnly: boolean): Budget {
  const { startedAt, lastRecordAt } = facts
  return {
    turns: agent?.turns ?? facts.turns,
    toolCalls: agent?.toolCalls ?? facts.toolCalls,
    tools: isLaunchOnly
      ? {}
      : Object.fromEntries([...fold.tools].map(([tool, calls]) => [word(tool), calls] as const).toSorted(([a], [b]) => compare(a, b))),
    tokens: agent?.tokens ?? facts.tokens,
    wallClockMs: isLaunchOnly || startedAt === null || lastRecordAt === null ? null : Math.max(0, lastRecordAt - startedAt),
    silentMs: isLaunchOnly ? 0 : fold.timeline.silentMs,
    costUsd: fold.costUsd,
  }
}

function receiptOf(agent: AgentReport, { facts, fold }: WholeTranscript, budget: Budget, isLaunchOnly: boolean): CheckpointReceipt {
  const isOver = agent.checkpoint === 'complete'
  const announced = isOver || isLaunchOnly ? null : fold.announced
  return {
    status: agent.checkpoint,
    task: fold.task === null ? null : headQuote(fold.task, BOUNDS.task),
    instructions: quotes(fold.instructions.items, fold.instructions.leftOut, BOUNDS.instructions),
    role: agent.agentType,
    model: agent.model,
    budget,
    findings: quotes(fold.findings.items, fold.findings.leftOut, BOUNDS.findings),
    filesRead: listed(fold.filesRead.items, fold.filesRead.leftOut, BOUNDS.filesRead, touchOf),
    filesWritten: listed(fold.filesWritten.items, fold.filesWritten.leftOut, BOUNDS.filesWritten, touchOf),
    commands: listed(fold.commands.items, fold.commands.leftOut, BOUNDS.commands, commandOf),
    commits: listed(fold.commits.items, fold.commits.leftOut, BOUNDS.commits, ({ hash, branch, subject, at, where }) => ({
      hash,
      branch: word(branch),
      subject: word(subject),
      at: iso(at),
      where: placeOf(where),
    })),
    delivered: listed(fold.sent.items, fold.sent.leftOut, BOUNDS.commits, ({ kind, what, at, where }) => ({
      kind,
      what: word(what),
      at: iso(at),
      where: placeOf(where),
    })),
    blockers: blockersOf(facts, fold, isLaunchOnly),
    inFlight: inFlightOf(facts, fold, isLaunchOnly),
    announced: announced === null ? null : tailQuote(announced, BOUNDS.entry * 2),
    tasks: fold.tasks.tasks === null ? null : listed(fold.tasks.tasks.items, fold.tasks.tasks.leftOut, BOUNDS.tasks, taskOf),
  }
}

function taskOf({ title, state }: { readonly title: string; readonly state: string }): { title: string; state: string } {
  return { title: word(title), state: word(state) }
}

function blockersOf(facts: WholeTranscript['facts'], fold: WholeTranscript['fold'], isLaunchOnly: boolean): Listed<Blocker> {
  const { items, leftOut } = fold.blockers
  const met: Blocker[] = items.map(({ kind, tool, about, text, times, at, where }) => ({
    kind,
    tool: tool === null ? null : word(tool),
    about: about === '' ? null : word(about),
    text: word(text),
    times,
    at: iso(at),
    where: placeOf(where),
  }))
  // Of a parent's transcript, its own end is no matter.
  if (isLaunchOnly) return { items: met, leftOut }
  const { lastWord, retries } = facts.latest
  if (lastWord.kind === 'error') {
    const { at, where, text, code } = lastWord
    met.push({
      kind: 'api',
      tool: null,
      about: code === null ? null : word(code),
      text: word(text),
      times: 1,
      at: iso(at),
      where: placeOf(where),
    })
  }
  if (retries !== null) {
    const { at, where, attempt, of, status } = retries
    const text = `its request was being retried${attempt === null ? '' : `: attempt ${attempt}${of === null ? '' : ` of ${of}`}`}`
    met.push({
      kind: 'retries',
      tool: null,
      about: status === null ? null : `HTTP ${status}`,
      text,
      times: attempt ?? 1,
      at: iso(at),
      where: placeOf(where),
    })
  }
  return { items: met.slice(-BOUNDS.blockers), leftOut: leftOut + Math.max(0, met.length - BOUNDS.blockers) }
}

function inFlightOf({ latest }: WholeTranscript['facts'], fold: WholeTranscript['fold'], isLaunchOnly: boolean): Listed<InFlight> {
  if (isLaunchOnly) return { items: [], leftOut: 0 }
  return listed(latest.openCalls, 0, BOUNDS.inFlight, ({ id, name, at, where }) => {
    const about = fold.open.get(id)?.whole?.about ?? ''
    return { tool: word(name), about: about === '' ? null : word(about), since: iso(at), where: placeOf(where) }
  })
}

function touchOf({ file, times, uncertain, lastAt, where }: RawTouch): FileTouch {
  return { file: word(file), times, uncertain, lastAt: iso(lastAt), where: placeOf(where) }
}

function commandOf({ command, outcome, background, exitCode, durationMs, output, at, where }: RawCommand): RunCommand {
  return {
    command: word(command),
    outcome,
    background,
    exitCode,
    durationMs,
    output: output === null || output.trim() === '' ? null : word(output),
    at: iso(at),
    where: placeOf(where),
  }
}

/** The last entries of a list: what came last says how far it got. */
function listed<Raw, Item>(items: readonly Raw[], leftOut: number, most: number, make: (raw: Raw) => Item): Listed<Item> {
  return { items: items.slice(-most).map(make), leftOut: leftOut + Math.max(0, items.length - most) }
}

/** Quotes within one bound for all, the last of them first served. */
function quotes(all: readonly RawQuote[], leftOut: number, bound: number): Listed<Quote> {
  const items: Quote[] = []
  let left = bound
  for (const each of all.toReversed()) {
    if (left <= 0) break
    const quoted = headQuote(each, left)
    left -= quoted.text.length
    items.unshift(quoted)
  }
  return { items, leftOut: leftOut + all.length - items.length }
}

function headQuote({ text, length, at, where }: RawQuote, max: number): Quote {
  return { ...quoteHead(text, max, length), at: iso(at), where: placeOf(where) }
}

function tailQuote({ text, length, at, where }: RawQuote, max: number): Quote {
  const quoted = quoteTail(text, max)
  return { text: quoted.text, cut: quoted.cut + length - text.length, at: iso(at), where: placeOf(where) }
}

function eventOf(event: RawEvent, excerpts: boolean): TimelineEvent {
  const { kind, at, where, attempt, turn, tool, toolUseId, isGit, outcome, durationMs, resultLine, agentId, text, resultText } = event
  const said = (quoted: string | null): string | null =>
    quoted === null || quoted.trim() === '' || !(excerpts || kind === 'damage') ? null : excerptOf(quoted, EVENT_TEXT)
  return {
    kind,
    at: iso(at),
    line: where.line,
    byteOffset: where.byteOffset,
    attempt,
    turn,
    tool: tool === null ? null : word(tool),
    toolUseId: toolUseId === null ? null : word(toolUseId),
    isGit,
    outcome,
    durationMs,
    resultLine,
    agentId: agentId === null ? null : word(agentId),
    word: event.word === null ? null : word(event.word),
    text: said(text),
    resultText: said(resultText),
  }
}

function callsOf({ calls }: WorkflowRun, agents: readonly AgentReport[]): WorkflowCallReport[] {
  const byId = new Map(agents.map((agent) => [agent.agentId, agent]))
  return calls.map(({ agentId, label, attempt, state, error, journal }) => ({
    agentId: agentId === null ? null : word(agentId),
    label: label === null ? null : word(label),
    attempt,
    state: state === null ? null : word(state),
    error: error === null ? null : word(error),
    journal,
    reason: (agentId === null ? undefined : byId.get(agentId)?.reason) ?? null,
    // A resume reuses the calls that the journal holds a result of (2.1.156, 2.1.329).
    wouldRunAgain: journal !== 'result',
  }))
}

function placeOf({ path, line, byteOffset }: SourceLocation): SourceLocation {
  return { path: path.toWellFormed(), line, byteOffset }
}

function word(text: string): string {
  return excerptOf(text, BOUNDS.entry)
}

function iso(ms: number | null): string | null {
  return ms === null ? null : formatInstant(ms)
}
