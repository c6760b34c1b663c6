import type { WholeCall, WholeRecord, WholeResult } from '../facts/tool-use.ts'
import type { ToolCall, RecordPart, Word } from '../facts/record.ts'
import type { SourceLocation } from '../facts/source.ts'
import { headOf, tailOf } from '../text/ends.ts'
import { LONGEST_QUOTED } from '../text/quote.ts'
import { Blockers } from './blockers.ts'
import { dropOldest, EndsOf } from './bounded.ts'
import { type Delivery, findDeliveries } from './command-output.ts'
import { findMadeCommits, type PrintedCommit } from '../facts/git-answer.ts'
import type { CallOutcome } from './document.ts'
import { FilesTouched } from './files-touched.ts'
import { TaskList } from './task-list.ts'
import { KEPT_TEXT, type RawEvent, Timeline } from './timeline.ts'

/** A text as it was written, cut to what can be kept; `length` is that of the whole. */
export interface RawQuote {
  readonly text: string
  readonly length: number
  readonly at: number | null
  readonly where: SourceLocation
}

/** A command and what became of it. */
export interface RawCommand {
  readonly command: string
  readonly background: boolean
  outcome: CallOutcome
  exitCode: number | null
  durationMs: number | null
  output: string | null
  readonly at: number | null
  readonly where: SourceLocation
}

type WithPlace<Thing> = Thing & { readonly at: number | null; readonly where: SourceLocation }

interface OpenCall {
  readonly call: ToolCall
  readonly whole: WholeCall | null
  readonly event: RawEvent
  readonly command: RawCommand | null
}

interface AttemptCount {
  startedAt: number | null
  endedAt: number | null
  turns: number
  toolCalls: number
  readonly where: SourceLocation
}

/** What the conversation consists of. */
const SAID: ReadonlySet<RecordPart['kind']> = new Set(['turn', 'prompt', 'tool_results'])
const MAX_OPEN = 10_000
const MAX_TOOLS = 200
const MAX_ATTEMPTS = 1_000
/** Ids of streamed messages that are remembered: their records follow each other, or nearly so. */
const MAX_MESSAGES = 64
/** Calls that are recognised when a record repeats them, and results that came before their call. */
const MAX_SEEN = 20_000
const MAX_EARLY = 256
/** Notices that may come a second time, as delivered. */
const MAX_NOTICES = 256

/**
 * What `show` keeps of one transcript: its timeline, and all that a checkpoint receipt is made of. It takes the transcript's own
 * records in their order, in bounded memory.
 */
export class TranscriptFold {
  readonly timeline = new Timeline()
  readonly tasks = new TaskList()
  readonly blockers = new Blockers()
  readonly filesRead = new FilesTouched()
  readonly filesWritten = new FilesTouched()
  readonly findings = new EndsOf<RawQuote>(0, 20)
  readonly instructions = new EndsOf<RawQuote>(5, 15)
  readonly commands = new EndsOf<RawCommand>(500, 1_500)
  readonly commits = new EndsOf<WithPlace<PrintedCommit>>(200, 800)
  readonly delivered = new EndsOf<WithPlace<Delivery>>(100, 400)
  readonly tools = new Map<string, number>()
  readonly attempts: AttemptCount[] = []
  readonly open = new Map<string, OpenCall>()
  task: RawQuote | null = null
  costUsd: number | null = null
  /** The last text that no result has followed. */
  announced: RawQuote | null = null
  #turns = 0
  readonly #turnOf = new Map<string, number>()
  readonly #seen = new Set<string>()
  /** The order of lines is not always that of events (2.1.97, 2.1.261). */
  readonly #early = new Map<string, { readonly result: WholeResult; readonly record: RecordPart }>()
  readonly #notices = new Map<string, 'queued' | 'delivered'>()

  /** `attempt` counts from 1; 0 before the first. */
  add(record: RecordPart, whole: WholeRecord | null, attempt: number): void {
    const { at, where } = record
    const place = { at, where, attempt }
    this.timeline.noteTime(at, SAID.has(record.kind), where, attempt, () => this.#oldestOpen())
    this.#countRecord(record, attempt)
    switch (record.kind) {
      case 'turn':
        return this.#addTurn(record, whole, attempt)
      case 'prompt':
        return this.#addPrompt(record, whole, attempt)
      case 'tool_results':
        for (const word of record.words) this.#nameLaunched(word)
        for (const result of whole?.results ?? []) this.#addResult(result, record, attempt)
        return
      case 'interrupt':
        for (const result of whole?.results ?? []) this.#addResult(result, record, attempt)
        this.timeline.add({ kind: 'interrupt', ...place })
        return
      case 'error':
        this.timeline.add({
          kind: 'error',
          ...place,
          word: record.code ?? record.fault,
          text: headOf(whole?.text ?? record.text, KEPT_TEXT),
        })
        return
      case 'retry': {
        const number = record.attempt === null ? null : `${record.attempt}${record.of === null ? '' : ` of ${record.of}`}`
        const text = whole?.retryOf == null ? null : headOf(whole.retryOf, KEPT_TEXT)
        this.timeline.add({ kind: 'retry', ...place, word: number, text })
        return
      }
      case 'words':
        for (const word of record.words) this.#addNotice(word, record, attempt, record.delivered)
        return
      case 'process_start':
        if (record.sure) this.timeline.add({ kind: 'process_start', ...place })
        return
      case 'compaction':
      case 'agents_killed':
      case 'schema_nudge':
        this.timeline.add({ kind: record.kind, ...place })
        return
      case 'other':
        this.costUsd = whole?.costUsd ?? this.costUsd
        return
      default:
        return
    }
  }

  #oldestOpen(): string | null {
    const [oldest] = this.open.values()
    return oldest?.call.name ?? null
  }

  /** A line could not be read. */
  addDamage(where: SourceLocation, detail: string, attempt: number): void {
    this.timeline.add({ kind: 'damage', at: null, where, attempt, text: detail })
  }

  /** The prompt of a launching call: the task of an agent whose own transcript does not repeat it. */
  setTask(prompt: string, at: number | null, where: SourceLocation): void {
    this.task ??= keepQuote(prompt, at, where)
  }

  /** Everything is read: a call that is still open has no answer. */
  finish(): void {
    for (const { call, whole, event, command } of this.open.values()) {
      event.outcome = 'unanswered'
      if (command !== null) command.outcome = 'unanswered'
      if (whole?.action.kind === 'write') this.filesWritten.touch(whole.action.file, false, call.at, call.where)
    }
  }

  #countRecord({ at, where, kind }: RecordPart, attempt: number): void {
    if (kind === 'other' || attempt < 1) return
    const known = (this.attempts[indexOfAttempt(attempt)] ??= { startedAt: at, endedAt: at, turns: 0, toolCalls: 0, where })
    if (at === null) return
    known.startedAt ??= at
    known.endedAt = known.endedAt === null ? at : Math.max(known.endedAt, at)
  }

  #addTurn(record: RecordPart & { readonly kind: 'turn' }, whole: WholeRecord | null, attempt: number): void {
    const { at, where } = record
    const turn = this.#numberTurn(record.messageId, attempt)
    const text = whole?.text ?? record.text
    if (text.trim() !== '') {
      this.timeline.add({ kind: 'message', at, where, attempt, turn, text: headOf(text, KEPT_TEXT) })
      this.findings.push(keepQuote(text, at, where))
      this.announced = { text: tailOf(text, 20_000), length: text.length, at, where }
    }
    for (const call of record.calls) {
      this.#addCall(call, whole?.calls.find(({ id }) => id === call.id) ?? null, turn, attempt)
    }
  }

  #numberTurn(messageId: string | null, attempt: number): number {
    const known = messageId === null ? undefined : this.#turnOf.get(messageId)
    if (known !== undefined) return known
    this.#turns += 1
    const count = this.attempts[indexOfAttempt(attempt)]
    if (count !== undefined) count.turns += 1
    if (messageId !== null) this.#turnOf.set(messageId, this.#turns)
    dropOldest(this.#turnOf, MAX_MESSAGES)
    return this.#turns
  }

  #addCall(call: ToolCall, whole: WholeCall | null, turn: number, attempt: number): void {
    if (this.#seen.has(call.id)) return
    if (this.#seen.size < MAX_SEEN) this.#seen.add(call.id)
    const count = this.attempts[indexOfAttempt(attempt)]
    if (count !== undefined) count.toolCalls += 1
    if (this.tools.has(call.name) || this.tools.size < MAX_TOOLS) this.tools.set(call.name, (this.tools.get(call.name) ?? 0) + 1)
    const { at, where } = call
    const event = this.timeline.add({
      kind: 'call',
      at,
      where,
      attempt,
      turn,
      tool: call.name,
      toolUseId: call.id,
      isGit: call.gitCommand !== null,
      text: headOf(whole?.about ?? '', KEPT_TEXT),
    })
    const action = whole?.action
    const command = action?.kind === 'command' ? openCommand(action.command, action.background, at, where) : null
    if (command !== null) this.commands.push(command)
    if (action !== undefined) this.tasks.addCall(call.id, action)
    this.open.set(call.id, { call, whole, event, command })
    dropOldest(this.open, MAX_OPEN)
    const early = this.#early.get(call.id)
    this.#early.delete(call.id)
    if (early !== undefined) this.#addResult(early.result, early.record, attempt)
  }

  #addResult(result: WholeResult, record: RecordPart, attempt: number): void {
    const { at, where } = record
    const { outcome, exitCode } = result
    this.announced = null
    const opened = this.open.get(result.toolUseId)
    const text = headOf(result.text, KEPT_TEXT)
    if (opened === undefined) {
      if (this.#early.size < MAX_EARLY && !this.#seen.has(result.toolUseId)) {
        this.#early.set(result.toolUseId, { result: { ...result, text: headOf(result.text, LONGEST_QUOTED) }, record })
      }
      this.timeline.add({ kind: 'result', at, where, attempt, toolUseId: result.toolUseId, outcome, resultText: text })
      return
    }
    this.open.delete(result.toolUseId)
    const { call, whole, event, command } = opened
    const durationMs = at === null || call.at === null ? null : Math.max(0, at - call.at)
    event.outcome = outcome
    event.durationMs = durationMs
    event.resultLine = where.line
    event.resultText = text
    if (command !== null) Object.assign(command, { outcome, exitCode, durationMs, output: text })
    const isOk = outcome === 'ok'
    this.tasks.addResult(call.id, result.taskId, isOk)
    const about = whole?.about ?? ''
    const isCommand = whole?.action.kind === 'command'
    if (isOk) this.blockers.addSuccess({ tool: call.name, about, isCommand })
    else if (outcome !== 'interrupted') {
      this.blockers.addFailure({ kind: outcome, tool: call.name, about: headOf(about, KEPT_TEXT), isCommand, text, at, where })
    }
    this.#addEffects(opened, result, record)
  }

  /** What an answered call did: the files that it touched, its commits, and what it sent away. */
  #addEffects({ call, whole }: OpenCall, { outcome, text }: WholeResult, { at, where }: RecordPart): void {
    const action = whole?.action
    const isOk = outcome === 'ok'
    if (action?.kind === 'read' && isOk) this.filesRead.touch(action.file, true, call.at, call.where)
    if (action?.kind === 'write' && (isOk || outcome === 'interrupted')) this.filesWritten.touch(action.file, isOk, call.at, call.where)
    if (action?.kind !== 'command') return
    for (const commit of findMadeCommits(action.command, text)) this.commits.push({ ...commit, at, where })
    for (const delivery of findDeliveries(action.command, text)) this.delivered.push({ ...delivery, at, where })
  }

  #addPrompt(record: RecordPart & { readonly kind: 'prompt' }, whole: WholeRecord | null, attempt: number): void {
    const { at, where, origin } = record
    // The timeline has a notice already, by its words.
    if (origin === 'notification') return
    const text = whole === null || whole.text === '' ? record.text : whole.text
    this.timeline.add({ kind: 'prompt', at, where, attempt, word: origin, text: headOf(text, KEPT_TEXT) })
    this.announced = null
    if (origin === 'summary' || text.trim() === '') return
    if (this.task === null) this.task = keepQuote(text, at, where)
    else this.instructions.push(keepQuote(text, at, where))
  }

  /** A launch is answered, with the agent's id. */
  #nameLaunched({ toolUseId, agentId }: Word): void {
    const opened = toolUseId === null ? undefined : this.open.get(toolUseId)
    if (opened !== undefined) opened.event.agentId = agentId ?? opened.event.agentId
  }

  /** A notice has a record when it is queued and another when it is delivered: the timeline has it at the first of them. */
  #addNotice(word: Word, { at, where }: RecordPart, attempt: number, delivered: boolean): void {
    const key = `${word.agentId ?? ''}\n${word.status ?? ''}\n${word.text}`
    const before = this.#notices.get(key)
    this.#notices.delete(key)
    this.#notices.set(key, delivered ? 'delivered' : 'queued')
    dropOldest(this.#notices, MAX_NOTICES)
    // Queued again after it was delivered, it is another one with the same words.
    if (before !== undefined && (delivered || before === 'queued')) return
    this.timeline.add({
      kind: 'notification',
      at,
      where,
      attempt,
      agentId: word.agentId,
      word: word.status,
      text: headOf(word.text, KEPT_TEXT),
    })
  }
}

function openCommand(command: string, background: boolean, at: number | null, where: SourceLocation): RawCommand {
  const outcome = 'unanswered'
  return { command: headOf(command, 4_000), background, outcome, exitCode: null, durationMs: null, output: null, at, where }
}

/** Attempts beyond the bound are counted as one. */
function indexOfAttempt(attempt: number): number {
  return Math.min(attempt, MAX_ATTEMPTS) - 1
}

function keepQuote(text: string, at: number | null, where: SourceLocation): RawQuote {
  return { text: headOf(text, LONGEST_QUOTED), length: text.length, at, where }
}
