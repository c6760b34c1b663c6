import type { Client } from '../clients/client.ts'
import type { HostLanguage, KeptCheckpoint, RecordBody, ToolCall, ToolResult, TranscriptRecord, Word } from '../facts/record.ts'
import { findMadeCommits, findMovedTo } from '../facts/git-answer.ts'
import { MAY_REMOVE, MAY_RENT, type RemovingCommand, type ShellCommand } from '../facts/shell-command.ts'
import type { Tokens } from '../facts/agent.ts'
import type { Limit } from '../facts/limit.ts'
import type {
  DeniedCall,
  Attempt,
  GitCommand,
  LastWord,
  LaunchedChild,
  Placed,
  PlacedWord,
  ProcessStart,
  Refusal,
  TranscriptFacts,
  Turn,
} from '../facts/run.ts'
import type { ReadIssue, ReadIssueReason, SourceLocation } from '../facts/source.ts'
import { parseInstant } from '../time/instant.ts'
import type { LineReading } from './read-records.ts'

/** Silence beyond this splits a transcript's activity in two stretches. Milliseconds. */
export const SILENCE_MS = 30_000
/** A prompt after such a pause begins a new attempt, even where the old one has no end. Milliseconds. */
const NEW_ATTEMPT_AFTER_MS = 60_000
const MAX_TURN_TEXT = 4_000
/** More calls than any message makes; a bound, since every record of a message copies them. */
const MAX_TURN_CALLS = 256
/** Streamed records of one message may be apart; beyond this many messages they are not. */
const MESSAGES_REMEMBERED = 64
/** A bound for every list of facts: a transcript is written by somebody else. */
const MAX_FACTS = 20_000
const MAX_FOLDERS = 50
/** Tools that are named to a person. */
const MAX_EXTENSION_TOOLS = 50
/** Denied calls from which the rules that would allow them are told. */
const MAX_DENIED = 100
const MAX_COMMANDS = 2_000
/** How much of a command that may have deleted files is kept. */
const MAX_REMOVING = 2_000
/** How much of the result of a command that may have rented something is kept: enough to find an identifier. */
const MAX_RESULT = 4_000

/** The facts of one transcript; who it belongs to is added by the caller. */
export interface RunFacts extends TranscriptFacts {
  /** The last line stops in the middle. */
  readonly tailTorn: boolean
  /** The folder of its last record. */
  readonly lastCwd: string | null
}

interface OpenAttempt {
  startedAt: number | null
  where: Attempt['where']
  turns: number
  toolCalls: number
  lastWord: LastWord
  isWokenByNotice: boolean
  mark: Attempt['mark']
  lastAt: number | null
  openCalls: Map<string, ToolCall>
  retries: Attempt['retries']
  deniedCalls: DeniedCall[]
  needsPermission: boolean
  lastCallKey: string
  repeated: number
  demanded: Placed | null
  accepted: boolean
  failedCalls: number
}

/** What of a client's wording the fold has to ask for. */
export type FoldedClient = Pick<
  Client,
  'isBookkeeping' | 'backgroundTaskOf' | 'isRejection' | 'isDenial' | 'isTaskOver' | 'isExtensionTool'
>

/** Folds the readings of one transcript into facts, in one pass and bounded memory. Feed every line, then `finish`. */
export class RunFold {
  readonly #client: FoldedClient
  readonly #agentId: string | null
  /** Whether records of the agent itself have come: what stood before them was copied from its parent. */
  #isOwn = false
  /** Whether the record read last is the agent's own, and how often all that came before turned out not to be. */
  #lastBelongs = false
  #drops = 0
  /** Behind the first line of a fork stands the call that launched it, with its result; both are the parent's. */
  #inherits = false
  /** Records of others, and repeated ones: what cannot be the transcript's own. */
  readonly #misplaced: ReadIssue[] = []
  #foreign: ReadIssue | null = null
  readonly #uuids = new Set<string>()
  /** Where the record at hand stands: one line may hold several records of ours. */
  #line = 0
  /** The records that another one follows from. */
  readonly #parents = new Set<string>()
  /** What the record at hand follows from, where that has not been read, and the same of the last word. */
  #strayed: { readonly uuid: string; readonly issue: ReadIssue } | null = null
  /** Its first record follows from another one: the beginning is lost, and with it what it called. */
  #missingHead: ReadIssue | null = null
  #before: { readonly uuid: string; readonly issue: ReadIssue } | null = null
  /** The record at hand stands behind one that follows from it: the order of lines is not always that of events. */
  #isLate = false
  #lines = 0
  #tailTorn = false
  #sessionId: string | null = null
  #cwd: string | null = null
  #lastCwd: string | null = null
  #gitBranch: string | null = null
  #clientVersion: string | null = null
  #model: string | null = null
  #firstPrompt: string | null = null
  #firstPromptDigest: string | null = null
  #firstUuid: string | null = null
  #lastUuid: string | null = null
  #context: { first: number; last: number } | null = null
  #permissionMode: string | null = null
  #hostedBy: HostLanguage | null = null
  readonly #extensionTools = new Set<string>()
  #fileCheckpoint: string | null = null
  #lastText: string | null = null
  #startedAt: number | null = null
  #lastRecordAt: number | null = null
  #turns = 0
  #toolCalls = 0
  #tokens = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }
  #usage = new Map<string, Tokens>()
  #attempts = 0
  #failedAttempts = 0
  #latest: OpenAttempt = newAttempt(null, null)
  #activity: { from: number; to: number; where: SourceLocation }[] = []
  #processStarts: ProcessStart[] = []
  #refusals: Refusal[] = []
  /** The limit of which nothing was left when the client counted last. */
  #spent: Limit | null = null
  #launches = new Map<string, { -readonly [K in keyof LaunchedChild]: LaunchedChild[K] }>()
  #words: PlacedWord[] = []
  #pendingStops = new Map<string, Placed & { id: string }>()
  #stopCalls: (Placed & { id: string })[] = []
  #agentsKilled: Placed[] = []
  #interrupts: Placed[] = []
  #overBudget: Placed | null = null
  #willContinue: TranscriptFacts['willContinue'] = null
  #checkpoint: KeptCheckpoint | null = null
  #folders = new Set<string>()
  #shellCommands = new Map<string, ShellCommand>()
  #tasks = new Map<string, Placed & { id: string }>()
  #endedTasks: (Placed & { id: string })[] = []
  #gitCommands: { -readonly [K in keyof GitCommand]: GitCommand[K] }[] = []
  /** Git commands that nothing has answered yet, by their call. */
  #openGit = new Map<string, { -readonly [K in keyof GitCommand]: GitCommand[K] }>()
  #writtenFiles = new Set<string>()
  #finishedWrites = new Map<string, number | null>()
  #removingCommands: RemovingCommand[] = []
  #damagedTail: ReadIssue | null = null
  #damagedLines = 0
  #calls = new Map<string, Pick<ToolCall, 'name' | 'purpose'>>()
  /** Results whose call has not been read yet: the order of lines is not always that of events (2.1.97, 2.1.261). */
  #answeredEarly = new Map<string, boolean>()
  /** Calls since the last line that could not be read, and those before it: such a line may have held their results. */
  #callsSinceDamage: string[] = []
  #maybeAnswered: string[] = []
  #lastDamage: ReadIssue | null = null
  /** Damage that may hide what became of a call that hands over structured output. */
  #hiddenOutput: ReadIssue | null = null

  /** `agentId`: the agent whose transcript it is; null for a main thread. */
  constructor(client: FoldedClient, agentId: string | null = null) {
    this.#client = client
    this.#agentId = agentId
  }

  add(reading: LineReading): void {
    this.#lines += 1
    this.#tailTorn = reading.damaged && !reading.terminated
    if (reading.damaged) {
      this.#damagedLines += 1
      const [issue] = reading.issues
      if (issue !== undefined && !this.#client.isBookkeeping(reading.opening)) this.#addDamage(issue)
    }
    this.#addBodies(reading.record)
  }

  /** A line of which nothing else is to be told. */
  addRecord(record: TranscriptRecord | null): void {
    this.#lines += 1
    this.#tailTorn = false
    this.#addBodies(record)
  }

  #addBodies(record: TranscriptRecord | null): void {
    if (record !== null) for (const body of record.bodies) this.#addBody(record, body)
  }

  /** What stands in the transcript and is not its own, up to here. */
  get issues(): readonly ReadIssue[] {
    const more = [this.#isOwn ? null : this.#foreign, this.#missingHead, this.#strayedEnd()].filter((issue) => issue !== null)
    return more.length === 0 ? this.#misplaced : [...this.#misplaced, ...more]
  }

  /** Where the reading stands: whose the last record was, in which attempt, and how often what came before it was dropped as a parent's. */
  get position(): { readonly isOwn: boolean; readonly attempts: number; readonly drops: number } {
    return { isOwn: this.#lastBelongs, attempts: this.#attempts, drops: this.#drops }
  }

  /** The rest of the transcript could not be read: what it says is not known. */
  cutOff(issue: ReadIssue): void {
    this.#damagedTail ??= issue
  }

  #addDamage(issue: ReadIssue): void {
    this.#damagedTail ??= issue
    this.#lastDamage = issue
    for (const id of this.#callsSinceDamage) this.#maybeAnswered.push(id)
    this.#callsSinceDamage = []
  }

  /** The conversation went on behind damage: calls that stood open before it were answered there, as far as the transcript shows. */
  #closeMaybeAnswered(): boolean {
    let closed = false
    for (const id of this.#maybeAnswered) {
      if (!this.#latest.openCalls.delete(id)) continue
      closed = true
      if (this.#calls.get(id)?.purpose === 'structured_output') this.#hiddenOutput = this.#lastDamage
    }
    this.#maybeAnswered = []
    return closed
  }

  #addBody(record: TranscriptRecord, body: RecordBody): void {
    if (body.kind === 'fork_origin') {
      this.#dropInherited()
      this.#missingHead = null
      this.#inherits = true
      this.#lastBelongs = false
      return
    }
    if (this.#isMisplaced(record, body)) return
    this.#lastBelongs = this.#belongs(record, body)
    if (!this.#lastBelongs) return
    this.#identify(record)
    const placed: Placed = { at: record.at, where: record.where }
    this.#remember(placed)
    if (this.#willContinue !== null && endsWait(body)) this.#willContinue = null
    switch (body.kind) {
      case 'turn':
        return this.#addTurn(body, placed)
      case 'error':
        return this.#addError(body, placed)
      case 'prompt':
        return this.#addPrompt(body, placed)
      case 'schema_nudge':
        this.#latest.demanded ??= placed
        return this.#say({ kind: 'prompt', ...placed, text: '' })
      case 'tool_results':
        for (const result of body.results) this.#addResult(result, placed)
        for (const word of body.words) this.#addResultWord(word, placed)
        return
      case 'interrupt': {
        for (const result of body.results) this.#addResult(result, placed)
        this.#addInterrupt(placed)
        const since = this.#latest.lastAt
        return this.#say({
          kind: 'interrupt',
          ...placed,
          duringTool: body.duringTool,
          silenceMs: since === null || record.at === null ? null : record.at - since,
        })
      }
      case 'retry':
        this.#latest.retries = { attempt: body.attempt, of: body.of, status: body.status, ...placed }
        return
      case 'words':
        for (const word of body.words) this.#addWord(word, placed, body.delivered)
        return
      case 'work_begins':
        return this.#beginWork(placed)
      case 'work_ends':
        return this.#endWork(body, placed)
      case 'counts':
        return this.#addCounts(body)
      case 'model':
        this.#model = body.model
        return
      case 'checkpoint':
        this.#checkpoint = body.state
        return
      case 'process_start':
        return this.#addProcessStart(placed, body.sure)
      case 'over_budget':
        this.#overBudget = placed
        return
      case 'file_checkpoint':
        this.#fileCheckpoint = body.promptId
        return
      case 'will_continue':
        this.#willContinue = body.continuesAt === null ? null : { continuesAt: body.continuesAt, ...placed }
        return
      case 'agents_killed':
        if (this.#agentsKilled.length < MAX_FACTS) this.#agentsKilled.push(placed)
        return
      default:
        return
    }
  }

  #addError({ fault, code, status, text, limit }: RecordBody & { readonly kind: 'error' }, placed: Placed): void {
    const known = limit === null ? null : this.#nameReset(limit, placed.at)
    if (known !== null && this.#refusals.length < MAX_FACTS) this.#refusals.push({ limit: known, ...placed })
    this.#say({ kind: 'error', at: placed.at, where: placed.where, fault, code, status, text, limit: known })
  }

  /** A refusal that does not say which limit it was, and when that resets: the one of which nothing was left. */
  #nameReset(limit: Limit, at: number | null): Limit {
    const spent = this.#spent
    if (limit.kind !== 'unknown' || limit.resetSource === 'structured' || spent === null) return limit
    const reset = parseInstant(spent.resetsAt)
    return at !== null && reset !== undefined && reset <= at ? limit : { ...spent, text: limit.text }
  }

  /** Work that was not marked as done when the next begins was left by a process that ended. */
  #beginWork(placed: Placed): void {
    const { lastWord, mark } = this.#latest
    if (lastWord.kind !== 'none') {
      if (mark === 'open') this.#addProcessStart(placed, false)
      if (mark === 'open' || lastWord.kind !== 'turn' || this.#latest.openCalls.size > 0) this.#failedAttempts += 1
      this.#latest = newAttempt(null, null)
      this.#attempts += 1
    }
    this.#latest.mark = 'open'
  }

  #endWork({ how, text }: RecordBody & { readonly kind: 'work_ends' }, placed: Placed): void {
    const { lastWord } = this.#latest
    this.#latest.mark = 'marked'
    this.#latest.lastAt = placed.at ?? this.#latest.lastAt
    if (how === 'answered') {
      this.#latest.openCalls.clear()
      // The answer itself may stand in no record that is known.
      if (lastWord.kind !== 'turn')
        this.#say({ kind: 'turn', ...placed, messageId: null, stopReason: null, text, calls: [], hasContent: true })
    }
    if (how === 'silent' && lastWord.kind !== 'error' && lastWord.kind !== 'interrupt')
      this.#say({ kind: 'error', ...placed, fault: 'no_answer', code: null, status: null, text: '', limit: null })
  }

  #addCounts({ total, asked, spent }: RecordBody & { readonly kind: 'counts' }): void {
    if (total !== null) this.#tokens = { ...total }
    if (asked !== null && asked > 0) this.#context = { first: this.#context?.first ?? asked, last: asked }
    if (spent !== undefined) this.#spent = spent
  }

  #belongs(record: TranscriptRecord, body: RecordBody): boolean {
    // Old clients (before 2.0) keep the records of agents in the main transcript.
    if (this.#agentId === null) return record.isSidechain !== true
    if (!this.#isOwn && record.agentId === this.#agentId) {
      this.#isOwn = true
      this.#dropInherited()
    }
    if (!this.#inherits) return true
    const isLaunch = body.kind === 'turn' && body.calls.some((call) => call.launch !== null)
    if (body.kind === 'turn' || body.kind === 'prompt' || body.kind === 'error') this.#inherits = isLaunch
    return !this.#inherits
  }

  /**
   * Whether a record of an agent's transcript proves nothing: it names another agent or the main thread, or stands here a second time. What such a record of the
   * conversation hides is not known; own ones may follow a repeated one, but who writes into the same file as another agent has not written
   * all of it.
   */
  #isMisplaced(record: TranscriptRecord, { kind }: RecordBody): boolean {
    const { uuid, agentId, parentUuid, isSidechain } = record
    this.#isLate = uuid !== null && this.#parents.has(uuid)
    if (this.#agentId === null) {
      if (parentUuid !== null) this.#parents.add(parentUuid)
      return false
    }
    const isForeign = agentId === null ? isSidechain === false : agentId !== this.#agentId
    const isRepeated = uuid !== null && record.where.line !== this.#line && this.#uuids.has(uuid)
    this.#line = record.where.line
    if (isForeign) {
      const issue = this.#misplace(
        record,
        'foreign_record',
        agentId === null ? 'the record is of a main thread' : 'the record is of another agent',
      )
      // Before its own first record it may be its parent's.
      if (this.#isOwn) return this.#skip(kind, issue)
      this.#foreign ??= issue
    } else if (isRepeated) {
      // Whoever is begun anew in its own file is given its prompt again (2.1.170, moved to the background).
      return kind === 'prompt' || this.#skip(kind, this.#misplace(record, 'repeated_record', 'the record stands here already'))
    }
    const follows = parentUuid === null || this.#uuids.size === 0 || this.#uuids.has(parentUuid)
    this.#strayed = follows ? null : { uuid: parentUuid, issue: this.#misplace(record, 'foreign_record', FOLLOWS_NONE) }
    const isFirst = uuid !== null && this.#uuids.size === 0 && this.#damagedLines === 0 && !this.#inherits
    if (isFirst && agentId === this.#agentId && parentUuid !== null)
      this.#missingHead = this.#misplace(record, 'foreign_record', FOLLOWS_NONE)
    if (uuid !== null) this.#uuids.add(uuid)
    if (parentUuid !== null) this.#parents.add(parentUuid)
    return false
  }

  /** Leaves a record out, and remembers what it hides. */
  #skip(kind: RecordBody['kind'], issue: ReadIssue): true {
    this.#misplaced.push(issue)
    if (kind === 'other' || kind === 'file_checkpoint') return true
    this.#damagedLines += 1
    if (issue.reason === 'foreign_record') this.#foreign ??= issue
    else this.#damagedTail ??= issue
    return true
  }

  #misplace({ where, bytes }: TranscriptRecord, reason: ReadIssueReason, detail: string): ReadIssue {
    return { ...where, reason, bytes, detail }
  }

  /** What came up to here was the parent's history: only the count of lines is kept. */
  #dropInherited(): void {
    this.#drops += 1
    // Most agents' transcripts begin with their own first record.
    if (this.#lines === 1) return
    this.#turns = 0
    this.#toolCalls = 0
    this.#tokens = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }
    this.#usage.clear()
    this.#attempts = 0
    this.#failedAttempts = 0
    this.#latest = newAttempt(null, null)
    this.#activity = []
    this.#processStarts = []
    this.#refusals = []
    this.#spent = null
    this.#launches.clear()
    this.#words = []
    this.#pendingStops.clear()
    this.#stopCalls = []
    this.#agentsKilled = []
    this.#interrupts = []
    this.#overBudget = null
    this.#willContinue = null
    this.#folders.clear()
    this.#gitCommands = []
    this.#shellCommands.clear()
    this.#tasks.clear()
    this.#endedTasks = []
    this.#openGit.clear()
    this.#writtenFiles.clear()
    this.#finishedWrites.clear()
    this.#removingCommands = []
    this.#extensionTools.clear()
    this.#fileCheckpoint = null
    this.#damagedTail = null
    this.#foreign = null
    this.#before = null
    this.#calls.clear()
    this.#answeredEarly.clear()
    this.#callsSinceDamage = []
    this.#maybeAnswered = []
    this.#hiddenOutput = null
    this.#firstPrompt = null
    this.#firstPromptDigest = null
    this.#firstUuid = null
    this.#lastUuid = null
    this.#context = null
    this.#lastText = null
    this.#startedAt = null
    this.#lastRecordAt = null
  }

  #identify(record: TranscriptRecord): void {
    this.#sessionId ??= record.sessionId
    this.#cwd ??= record.cwd
    // Most records are of the folder of the one before.
    const isElsewhere = record.cwd !== this.#lastCwd || this.#folders.size === 0
    if (record.cwd !== null && isElsewhere && this.#folders.size < MAX_FOLDERS) this.#folders.add(record.cwd)
    this.#lastCwd = record.cwd ?? this.#lastCwd
    this.#firstUuid ??= record.uuid
    this.#lastUuid = record.uuid ?? this.#lastUuid
    this.#permissionMode = record.permissionMode ?? this.#permissionMode
    this.#gitBranch = record.gitBranch ?? this.#gitBranch
    this.#clientVersion = record.clientVersion ?? this.#clientVersion
  }

  #remember({ at, where }: Placed): void {
    if (at === null) return
    this.#startedAt = this.#startedAt === null ? at : Math.min(this.#startedAt, at)
    this.#lastRecordAt = this.#lastRecordAt === null ? at : Math.max(this.#lastRecordAt, at)
    const last = this.#activity.at(-1)
    // Records may stand out of order by a little; the file's order decides, and time never runs backwards in it.
    if (last !== undefined && at <= last.to + SILENCE_MS) {
      last.to = Math.max(last.to, at)
      return
    }
    if (this.#activity.length < MAX_FACTS) this.#activity.push({ from: at, to: at, where })
    else if (last !== undefined) last.to = Math.max(last.to, at)
  }

  #say(word: LastWord): void {
    if (this.#isLate && this.#latest.lastWord.kind !== 'none') return
    this.#latest.lastWord = word
    this.#before = this.#strayed
    if (word.kind !== 'none') {
      if (word.at !== null) this.#latest.lastAt = word.at
      if (this.#latest.where === null) this.#begin(word)
    }
    this.#latest.retries = null
    this.#damagedTail = null
  }

  #begin(placed: Placed): void {
    this.#latest.startedAt = placed.at
    this.#latest.where = placed.where
    this.#attempts = Math.max(1, this.#attempts)
  }

  #addTurn(record: RecordBody & { readonly kind: 'turn' }, placed: Placed): void {
    const last = this.#latest.lastWord
    const isSame = record.messageId !== null && this.#usage.has(record.messageId)
    if (!isSame) {
      this.#turns += 1
      this.#latest.turns += 1
    }
    if (record.tokens !== null) this.#addTokens(record.messageId, record.tokens)
    this.#model = record.model ?? this.#model
    const before: Turn | undefined =
      last.kind === 'turn' && last.messageId !== null && last.messageId === record.messageId ? last : undefined
    if (before === undefined) this.#closeMaybeAnswered()
    if (!this.#isLate) this.#closeCallsBehind(before !== undefined || record.messageId === null)
    for (const call of record.calls) this.#addCall(call)
    if (record.text !== '') this.#lastText = record.text.slice(-MAX_TURN_TEXT)
    this.#say({
      kind: 'turn',
      at: placed.at,
      where: placed.where,
      messageId: record.messageId,
      stopReason: record.stopReason ?? before?.stopReason ?? null,
      text: before === undefined ? record.text : `${before.text}${record.text}`.slice(-MAX_TURN_TEXT),
      calls: idsOf(before, record.calls),
      hasContent: record.hasContent || (before?.hasContent ?? false),
    })
  }

  /** Whoever says something more has had its answers, though not every one was written (2.1.49; gateways). */
  #closeCallsBehind(isSameMessage: boolean): void {
    if (this.#latest.openCalls.size === 0) return
    for (const [id, { isServers }] of this.#latest.openCalls) if (!isSameMessage || isServers) this.#latest.openCalls.delete(id)
  }

  /** Streamed records of one message repeat its usage; the last one counts. */
  #addTokens(messageId: string | null, tokens: Tokens): void {
    const last = Math.min(Number.MAX_SAFE_INTEGER, tokens.input + tokens.cacheRead + tokens.cacheWrite)
    // A helper's answer, or one that was made up by the client, was asked with nothing.
    if (last > 0) this.#context = { first: this.#context?.first ?? last, last }
    const before = messageId === null ? undefined : this.#usage.get(messageId)
    const sum = this.#tokens
    sum.input = bounded(sum.input + tokens.input - (before?.input ?? 0))
    sum.output = bounded(sum.output + tokens.output - (before?.output ?? 0))
    sum.cacheRead = bounded(sum.cacheRead + tokens.cacheRead - (before?.cacheRead ?? 0))
    sum.cacheWrite = bounded(sum.cacheWrite + tokens.cacheWrite - (before?.cacheWrite ?? 0))
    if (messageId === null) return
    this.#usage.delete(messageId)
    this.#usage.set(messageId, tokens)
    if (this.#usage.size <= MESSAGES_REMEMBERED) return
    const [oldest] = this.#usage.keys()
    if (oldest !== undefined) this.#usage.delete(oldest)
  }

  #addCall(call: ToolCall): void {
    if (this.#calls.has(call.id)) return
    this.#toolCalls += 1
    this.#latest.toolCalls += 1
    this.#latest.repeated = call.key === this.#latest.lastCallKey ? this.#latest.repeated + 1 : 1
    this.#latest.lastCallKey = call.key
    if (!this.#answeredEarly.delete(call.id)) {
      this.#latest.openCalls.set(call.id, call)
      this.#callsSinceDamage.push(call.id)
    }
    if (this.#calls.size < MAX_FACTS) this.#calls.set(call.id, { name: call.name, purpose: call.purpose })
    if (call.launch !== null && this.#launches.size < MAX_FACTS)
      this.#launches.set(call.id, { call, refused: null, isAnswered: false, agentId: null })
    if (call.gitCommand !== null && this.#gitCommands.length < MAX_COMMANDS) {
      const made = {
        command: call.gitCommand,
        at: call.at,
        where: call.where,
        cwd: this.#lastCwd,
        failed: null,
        commits: NONE,
        movedTo: null,
      }
      this.#gitCommands.push(made)
      this.#openGit.set(call.id, made)
    }
    if (call.shell !== null && (call.shell.background || MAY_RENT.test(call.shell.command))) this.#addShell(call)
    if (call.shell !== null && MAY_REMOVE.test(call.shell.command) && this.#removingCommands.length < MAX_COMMANDS)
      this.#removingCommands.push({ command: call.shell.command.slice(0, MAX_REMOVING), cwd: this.#lastCwd, at: call.at })
    if (this.#client.isExtensionTool(call.name) && this.#extensionTools.size < MAX_EXTENSION_TOOLS) this.#extensionTools.add(call.name)
    if (call.file !== null && this.#writtenFiles.size < MAX_FACTS) this.#writtenFiles.add(call.file)
    if (call.target?.verb === 'stop') this.#pendingStops.set(call.id, { id: call.target.id, at: call.at, where: call.where })
    if (call.purpose === 'structured_output') this.#latest.demanded ??= { at: call.at, where: call.where }
  }

  #addShell({ id, shell, at, where }: ToolCall): void {
    if (shell === null || this.#shellCommands.size >= MAX_COMMANDS) return
    this.#shellCommands.set(id, { toolUseId: id, ...shell, cwd: this.#lastCwd, at, where, result: null })
  }

  /** The result of a shell command that may have rented something, or of a question about a task in the background. */
  #addShellResult(call: ToolCall, result: ToolResult, placed: Placed): void {
    const { isError } = result
    if (call.target?.verb === 'ask') {
      if (this.#client.isTaskOver(result) && this.#endedTasks.length < MAX_FACTS) this.#endedTasks.push({ id: call.target.id, ...placed })
      return
    }
    if (call.shell === null) return
    const task = isError ? null : this.#client.backgroundTaskOf(result)
    if (task !== null && this.#tasks.size < MAX_FACTS) this.#tasks.set(task, { id: task, ...placed })
    if (task !== null && !this.#shellCommands.has(call.id)) this.#addShell(call)
    const kept = this.#shellCommands.get(call.id)
    if (kept !== undefined) this.#shellCommands.set(call.id, { ...kept, result: { text: result.text.slice(0, MAX_RESULT), isError } })
  }

  /** Its text is only asked for where it says something: most results are long, and taken from the line when they are. */
  #addResult(result: ToolResult, placed: Placed): void {
    const { toolUseId, isError } = result
    const call = this.#latest.openCalls.get(toolUseId)
    this.#latest.openCalls.delete(toolUseId)
    if (call !== undefined) this.#addShellResult(call, result, placed)
    if (call?.file != null && !isError && this.#finishedWrites.size < MAX_FACTS) this.#finishedWrites.set(call.file, call.at)
    const { name = null, purpose = null } = call ?? this.#calls.get(toolUseId) ?? {}
    if (name === null && this.#answeredEarly.size < MAX_FACTS) this.#answeredEarly.set(toolUseId, isError)
    const stop = this.#pendingStops.get(toolUseId)
    if (stop !== undefined && !isError && this.#stopCalls.length < MAX_FACTS) this.#stopCalls.push(stop)
    this.#pendingStops.delete(toolUseId)
    const git = this.#openGit.get(toolUseId)
    if (git !== undefined) {
      git.failed = isError
      git.commits = orNone(findMadeCommits(git.command, result.text).map(({ hash }) => hash))
      git.movedTo = findMovedTo(result.text)
      this.#openGit.delete(toolUseId)
    }
    const launch = this.#launches.get(toolUseId)
    if (launch !== undefined) launch.isAnswered = true
    if (launch !== undefined && isError) launch.refused = { text: result.text.slice(0, 500), ...placed }
    if (purpose === 'structured_output') {
      this.#hiddenOutput = null
      if (isError) this.#latest.failedCalls += 1
      else this.#latest.accepted = true
    }
    const damage = name === null ? this.#damagedTail : null
    const isRejected = isError && this.#client.isRejection(result.text)
    if (!isError) {
      this.#latest.needsPermission = false
      if (this.#latest.deniedCalls.length > 0) this.#latest.deniedCalls = []
    } else if (this.#client.isDenial(result.text)) {
      this.#latest.needsPermission = true
      const denied = { name: name ?? '', command: call?.shell?.command ?? null, file: call?.file ?? null, at: placed.at }
      if (this.#latest.deniedCalls.length < MAX_DENIED) this.#latest.deniedCalls.push(denied)
    }
    if (isRejected) this.#addInterrupt(placed)
    this.#say({ kind: 'tool_result', at: placed.at, where: placed.where, toolUseId, name, purpose, isError, isRejected })
    if (damage === null) return
    // Its call stood in the damage: there was a turn, but what this result ends is not known.
    this.#damagedTail = damage
    this.#turns += 1
    this.#latest.turns += 1
  }

  #addInterrupt(placed: Placed): void {
    if (this.#interrupts.length < MAX_FACTS) this.#interrupts.push(placed)
  }

  #addResultWord(word: Word, placed: Placed): void {
    const launch = word.toolUseId === null ? undefined : this.#launches.get(word.toolUseId)
    const isContinue = word.agentId !== null && word.status !== null
    if (launch === undefined && !isContinue) return
    if (launch !== undefined) {
      launch.agentId = word.agentId ?? launch.agentId
      if (word.tells === 'launch_refused') launch.refused = { text: word.text, ...placed }
      // Its client ended before the call was answered: nobody refused it.
      if (word.tells === 'previous_session_ended') Object.assign(launch, { refused: null, isAnswered: false })
    }
    this.#addWord(word, placed, true)
  }

  #addWord(word: Word, placed: Placed, delivered: boolean): void {
    if (this.#words.length < MAX_FACTS) this.#words.push({ delivered, ...word, ...placed })
  }

  #addPrompt(record: RecordBody & { readonly kind: 'prompt' }, placed: Placed): void {
    this.#hostedBy = record.hostedBy ?? this.#hostedBy
    if (record.origin !== 'summary' && record.origin !== 'notification' && this.#firstPrompt === null) {
      this.#firstPrompt = record.text
      this.#firstPromptDigest = record.digest ?? null
    }
    if (this.#isLate && this.#latest.lastWord.kind !== 'none') return
    const { lastWord, lastAt } = this.#latest
    // A living client answers or interrupts its calls before it takes a new prompt.
    const closed = this.#closeMaybeAnswered()
    // One that marks its work may be told more while it works.
    if (record.origin === 'person' && this.#latest.mark !== 'open' && (closed || this.#latest.openCalls.size > 0))
      this.#addProcessStart(placed, this.#latest.openCalls.size > 0)
    const wasWaiting = this.#latest.openCalls.size > 0
    const isOver =
      this.#latest.mark !== 'open' &&
      (lastWord.kind === 'error' ||
        lastWord.kind === 'interrupt' ||
        (lastWord.kind === 'turn' && !wasWaiting) ||
        (lastWord.kind !== 'none' && lastAt !== null && placed.at !== null && placed.at - lastAt >= NEW_ATTEMPT_AFTER_MS))
    if (isOver && record.origin !== 'summary') {
      // A demand for structured output holds for the whole run.
      const { demanded, accepted } = this.#latest
      const hadEnd =
        lastWord.kind === 'turn' ? !wasWaiting : lastWord.kind === 'tool_result' && lastWord.purpose === 'structured_output' && accepted
      this.#latest = newAttempt(null, null)
      this.#latest.demanded = demanded
      this.#attempts += 1
      if (!hadEnd) this.#failedAttempts += 1
      this.#latest.isWokenByNotice = record.origin === 'notification'
    }
    this.#say({ kind: 'prompt', at: placed.at, where: placed.where, text: record.text })
  }

  #addProcessStart(placed: Placed, sure: boolean): void {
    if (this.#processStarts.length < MAX_FACTS) this.#processStarts.push({ sure, ...placed })
  }

  /** The last word follows from a record that is not here, nor in a line that could not be read: it is another conversation's, or lines are lost. */
  #strayedEnd(): ReadIssue | null {
    return this.#before === null || this.#damagedLines > 0 || this.#uuids.has(this.#before.uuid) ? null : this.#before.issue
  }

  /** A refusal says more exactly than the announcement when the limit resets; it may stand behind it (2.1.332). */
  #settleContinuation(): TranscriptFacts['willContinue'] {
    const announced = this.#willContinue
    if (announced === null) return null
    const resets = this.#refusals.map(({ limit }) => parseInstant(limit.resetsAt) ?? 0)
    return { ...announced, continuesAt: resets.findLast((reset) => reset > (announced.at ?? 0)) ?? announced.continuesAt }
  }

  finish(): RunFacts {
    const latest = this.#latest
    return {
      lines: this.#lines,
      tailTorn: this.#tailTorn,
      sessionId: this.#sessionId,
      cwd: this.#cwd,
      lastCwd: this.#lastCwd,
      gitBranch: this.#gitBranch,
      clientVersion: this.#clientVersion,
      model: this.#model,
      firstPrompt: this.#firstPrompt,
      firstPromptDigest: this.#firstPromptDigest,
      firstUuid: this.#firstUuid,
      lastUuid: this.#lastUuid,
      lastText: this.#lastText,
      startedAt: this.#startedAt,
      lastRecordAt: this.#lastRecordAt,
      turns: this.#turns,
      toolCalls: this.#toolCalls,
      tokens: { ...this.#tokens },
      context: this.#context,
      permissionMode: this.#permissionMode,
      hostedBy: this.#hostedBy,
      extensionTools: valuesOf(this.#extensionTools),
      fileCheckpoint: this.#fileCheckpoint,
      attempts: this.#attempts,
      failedAttempts: this.#failedAttempts,
      // Named one by one: what is made of a rest has a hidden class for every object, and each later look at it is slow (Node 20).
      latest: {
        startedAt: latest.startedAt,
        where: latest.where,
        turns: latest.turns,
        toolCalls: latest.toolCalls,
        lastWord: latest.lastWord,
        isWokenByNotice: latest.isWokenByNotice,
        mark: latest.mark,
        lastAt: latest.lastAt,
        openCalls: valuesOf(latest.openCalls),
        retries: latest.retries,
        needsPermission: latest.needsPermission,
        deniedCalls: orNone(latest.deniedCalls),
        repeated: latest.repeated,
        schema: { demanded: latest.demanded, accepted: latest.accepted, failedCalls: latest.failedCalls },
      },
      activity: orNone(this.#activity),
      processStarts: orNone(this.#processStarts),
      refusals: orNone(this.#refusals),
      children: valuesOf(this.#launches),
      words: orNone(this.#words),
      stopCalls: orNone(this.#stopCalls),
      agentsKilled: orNone(this.#agentsKilled),
      interrupts: orNone(this.#interrupts),
      overBudget: this.#overBudget,
      willContinue: this.#settleContinuation(),
      checkpoint: this.#checkpoint,
      folders: valuesOf(this.#folders),
      gitCommands: orNone(this.#gitCommands),
      shellCommands: valuesOf(this.#shellCommands),
      backgroundTasks: valuesOf(this.#tasks),
      endedTasks: orNone(this.#endedTasks),
      writtenFiles: valuesOf(this.#writtenFiles),
      finishedWrites: orNone([...this.#finishedWrites].map(([file, at]) => ({ file, at }))),
      removingCommands: orNone(this.#removingCommands),
      damagedTail: this.#damagedTail ?? this.#foreign ?? this.#strayedEnd() ?? this.#hiddenOutput,
      damagedLines: this.#damagedLines + (this.#missingHead === null ? 0 : 1),
    }
  }
}

/** Whether what was said shows that nobody waits any more: a notice and another refusal by a limit do not. */
function endsWait(record: RecordBody): boolean {
  if (record.kind === 'prompt') return record.origin === 'person' || record.origin === 'parent'
  if (record.kind === 'error') return record.limit === null
  return record.kind === 'turn' || record.kind === 'interrupt' || record.kind === 'process_start'
}

/** The calls of a message up to here. Most records have one, or none. */
function idsOf(before: Turn | undefined, calls: readonly ToolCall[]): readonly string[] {
  if (calls.length === 0) return before?.calls ?? NONE
  const ids = calls.map(({ id }) => id)
  return (before === undefined ? ids : [...before.calls, ...ids]).slice(-MAX_TURN_CALLS)
}

/** Beyond 2^53 a sum stays at its bound, and taking a part back may then fall below nothing. */
function bounded(sum: number): number {
  return Math.max(0, Math.min(Number.MAX_SAFE_INTEGER, sum))
}

/** One for all: most lists of most transcripts are empty, and all of them are held until the report is made. */
const FOLLOWS_NONE = 'the record follows from none that stands here'
const NONE: readonly never[] = []

function orNone<Item>(list: readonly Item[]): readonly Item[] {
  return list.length === 0 ? NONE : list
}

function valuesOf<Item>(found: ReadonlyMap<string, Item> | ReadonlySet<Item>): readonly Item[] {
  return found.size === 0 ? NONE : [...found.values()]
}

function newAttempt(startedAt: number | null, where: Attempt['where']): OpenAttempt {
  return {
    startedAt,
    where,
    turns: 0,
    toolCalls: 0,
    lastWord: { kind: 'none' },
    isWokenByNotice: false,
    mark: null,
    lastAt: null,
    openCalls: new Map(),
    retries: null,
    deniedCalls: [],
    needsPermission: false,
    lastCallKey: '',
    repeated: 0,
    demanded: null,
    accepted: false,
    failedCalls: 0,
  }
}
