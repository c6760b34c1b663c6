import type { RecordBody, ToolResult, TranscriptRecord, TurnPart, Word } from '../../facts/record.ts'
import type { Tokens } from '../../facts/agent.ts'
import type { SourceLocation } from '../../facts/source.ts'
import { checkpointOf } from './file-actions.ts'
import { FoundRecord } from './found-record.ts'
import type { Skimmer } from '../client.ts'
import { type Block, MAX_ID, MAX_MODE, MAX_TEXT, turnOf, userBodies } from './normalize.ts'
import { isAfterSessionEnd, resultWords } from './result-words.ts'
import { BOOKS, COPIES } from './record-types.ts'
import * as layout from './skim/layout.ts'
import { readOrigin, type WireAgentResult } from './wire.ts'

/** Attachments, and records of the system, that tell more than what they are. */
const TELLING: ReadonlySet<string> = new Set(['budget_usd', 'queued_command', 'max_turns_reached'])
const TELLING_SYSTEM: ReadonlySet<string> = new Set(['api_error', 'compact_boundary', 'agents_killed', 'informational'])
/** The fields of a launching call's result, in the order of the layout; without the first three it tells of no child. */
const TOLD = [
  'status',
  'agentId',
  'runId',
  'task_id',
  'taskId',
  'error',
  'harnessNoteCount',
  'worktreePath',
  'worktreeBranch',
  'content',
] as const satisfies readonly (keyof WireAgentResult)[]
const NONE: readonly never[] = []
const QUOTE = 0x22
const SPACE = 0x20
const DELETE = 0x7f
const LESS_THAN = 0x3c
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c

/**
 * Reads the records that fill a transcript (turns of the model, results of tools, prompts, attachments, bookkeeping) from their bytes,
 * taking what is looked at and stepping over the rest. Whatever is out of the ordinary is not read here: `read` then answers
 * undefined, and the line is parsed. For a line that `JSON.parse` reads, the answer is that of `normalize`, or none.
 */
export class RecordSkimmer implements Skimmer {
  readonly #found: FoundRecord
  /** Counts the lines, so that no text of a line is read after its bytes are gone. */
  #lines = 0

  private constructor(found: FoundRecord) {
    this.#found = found
  }

  /** Null where the engine runs no WebAssembly. */
  static make(): RecordSkimmer | null {
    const found = FoundRecord.make()
    return found === undefined ? null : new RecordSkimmer(found)
  }

  load(lines: Uint8Array): void {
    this.#lines += 1
    this.#found.load(lines)
  }

  next(): boolean {
    this.#lines += 1
    return this.#found.next()
  }

  get line(): Uint8Array {
    return this.#found.line
  }

  get from(): number {
    return this.#found.word(layout.FROM)
  }

  get to(): number {
    return this.#found.word(layout.TO)
  }

  read(where: SourceLocation): TranscriptRecord | null | undefined {
    const found = this.#found
    if (!found.isFound()) return undefined
    const type = found.repeated(layout.TYPE)
    if (type == null) return undefined
    if (COPIES.has(type)) return null
    const { at } = found
    const uuid = found.string(layout.UUID)
    const parentUuid = found.string(layout.PARENT)
    const home = found.home()
    const mode = found.repeated(layout.PERMISSION_MODE)
    if (at === undefined || uuid === undefined || parentUuid === undefined || home === undefined || mode === undefined) return undefined
    const { sessionId, agentId, cwd, gitBranch, clientVersion } = home
    const isSidechain = found.flag(layout.SIDECHAIN)
    const permissionMode = mode === null ? null : mode.slice(0, MAX_MODE)
    const bodies = this.#bodies(type, at, where, isSidechain, clientVersion)
    if (bodies === undefined) return undefined
    const bytes = this.to - this.from
    return {
      where,
      bytes,
      at,
      uuid,
      parentUuid,
      sessionId,
      agentId,
      isSidechain,
      permissionMode,
      cwd,
      gitBranch,
      clientVersion,
      bodies,
    }
  }

  #bodies(
    type: string,
    at: number | null,
    where: SourceLocation,
    isSidechain: boolean | null,
    version: string | null,
  ): readonly RecordBody[] | undefined {
    switch (type) {
      case 'assistant': {
        const turn = this.#turn(at, where)
        return turn === undefined ? undefined : [turn]
      }
      case 'user': {
        const results = this.#results()
        if (results === undefined) return undefined
        if (results.length === 0) return this.#typed(isSidechain, version)
        const words = this.#resultWords(results)
        return words && [{ kind: 'tool_results', results, words }]
      }
      case 'attachment':
        return this.#named('attachment', layout.ATTACHMENT, TELLING)
      case 'system':
        return this.#named('system', layout.SUBTYPE, TELLING_SYSTEM)
      case 'queue-operation':
        return this.#saysNothing() ? this.#named('queue-operation', layout.OPERATION) : undefined
      case 'file-history-snapshot': {
        const snapshot = this.#found.value(layout.SNAPSHOT)
        if (this.#isDamaged(snapshot, layout.SNAPSHOT)) return undefined
        const promptId = checkpointOf({ type, snapshot })
        return [promptId === null ? { kind: 'other', type } : { kind: 'file_checkpoint', promptId: promptId.slice(0, MAX_ID) }]
      }
      default:
        return BOOKS.has(type) ? [{ kind: 'other', type }] : undefined
    }
  }

  /** A record that says nothing but what it is; undefined where it may be one of those that tell more. */
  #named(type: string, word: number, telling?: ReadonlySet<string>): readonly RecordBody[] | undefined {
    const name = this.#found.repeated(word)
    if (name === undefined || telling?.has(name ?? '') === true) return undefined
    return [{ kind: 'other', type: `${type}/${(name ?? '').slice(0, 100)}` }]
  }

  /** Whether the content of an entry of the queue cannot be a notice: that begins with `<`, behind spaces at most. */
  #saysNothing(): boolean {
    const found = this.#found
    if (found.word(layout.CONTENT + 1) === 0) return true
    const from = found.word(layout.CONTENT)
    const first = found.text.byteAt(from + 1)
    return found.text.byteAt(from) !== QUOTE || (first > SPACE && first < DELETE && first !== LESS_THAN && first !== BACKSLASH)
  }

  /** Whether a value stands there that is no JSON. */
  #isDamaged(value: unknown, word: number): boolean {
    return value === undefined && this.#found.word(word + 1) !== 0
  }

  /** What somebody typed, or the client says in their place. */
  #typed(isSidechain: boolean | null, version: string | null): readonly RecordBody[] | undefined {
    const found = this.#found
    const entrypoint = found.repeated(layout.ENTRYPOINT)
    if (entrypoint === undefined || found.word(layout.HAS_MESSAGE) === 0) return undefined
    const content = found.word(layout.TYPED + 1) === 0 ? this.#texts() : found.value(layout.TYPED)
    const origin = found.value(layout.ORIGIN)
    if (content === undefined || this.#isDamaged(origin, layout.ORIGIN)) return undefined
    return userBodies({
      message: { content },
      isMeta: found.flag(layout.META) ?? undefined,
      isCompactSummary: found.flag(layout.SUMMARY) ?? undefined,
      isSidechain: isSidechain ?? undefined,
      version: version ?? undefined,
      entrypoint: entrypoint ?? undefined,
      origin: readOrigin(origin),
    })
  }

  /** The texts of a message that holds nothing else that is read; undefined: it does, or one of them is no JSON. */
  #texts(): readonly object[] | undefined {
    const blocks = this.#blocks()
    if (blocks?.some(({ call }) => call !== null) !== false) return undefined
    return blocks.map(({ text }) => ({ type: 'text', text }))
  }

  /** The texts and calls of a message that holds no result. */
  #blocks(): readonly Block[] | undefined {
    const found = this.#found
    const blocks: Block[] = []
    for (let index = 0; index < found.word(layout.BLOCKS); index += 1) {
      const word = layout.BLOCK + index * layout.BLOCK_WORDS
      const kind = found.word(word)
      if (kind === layout.NOTHING) continue
      const block = kind === layout.TEXT ? this.#text(word) : kind === layout.CALL ? this.#call(word) : undefined
      if (block === undefined) return undefined
      blocks.push(block)
    }
    return blocks
  }

  #text(word: number): Block | undefined {
    const text = this.#found.value(word + 1)
    return typeof text === 'string' ? { text, call: null, result: null } : undefined
  }

  #call(word: number): Block | undefined {
    const found = this.#found
    const id = found.string(word + 1)
    const name = found.string(word + 3)
    const input = found.value(word + 5)
    if (id == null || name == null || this.#isDamaged(input, word + 5)) return undefined
    return { text: '', call: { id: id.slice(0, MAX_ID), name: name.slice(0, MAX_ID), input, isServers: false }, result: null }
  }

  #turn(at: number | null, where: SourceLocation): TurnPart | undefined {
    const found = this.#found
    if (found.word(layout.BLOCKS) === 0) return undefined
    const messageId = found.repeated(layout.MESSAGE_ID)
    const model = found.repeated(layout.MODEL)
    const stopReason = found.repeated(layout.STOP_REASON)
    if (messageId === undefined || model === undefined || stopReason === undefined || model === '<synthetic>') return undefined
    const blocks = this.#blocks()
    if (blocks === undefined) return undefined
    return turnOf({ messageId, model, stopReason, tokens: this.#tokens() }, blocks, at, where)
  }

  #tokens(): Tokens | null {
    const found = this.#found
    if (found.word(layout.HAS_USAGE) === 0) return null
    return {
      input: found.tokens(layout.INPUT),
      output: found.tokens(layout.OUTPUT),
      cacheRead: found.tokens(layout.CACHE_READ),
      cacheWrite: found.tokens(layout.CACHE_WRITE),
    }
  }

  /** The results of calls and nothing else: none where something is typed or said; undefined: it has to be parsed. */
  #results(): readonly ToolResult[] | undefined {
    const found = this.#found
    const blocks = found.word(layout.BLOCKS)
    if (blocks === 0 || found.word(layout.BLOCK) < layout.RESULT) return NONE
    const results: ToolResult[] = []
    for (let index = 0; index < blocks; index += 1) {
      const result = this.#result(layout.BLOCK + index * layout.BLOCK_WORDS)
      if (result === undefined) return undefined
      results.push(result)
    }
    return results
  }

  #result(block: number): ToolResult | undefined {
    const found = this.#found
    const kind = found.word(block)
    const callId = kind < layout.RESULT ? undefined : found.string(block + 1)
    if (callId == null) return undefined
    const { text } = found
    const from = found.word(block + 5)
    const to = found.word(block + 6)
    // `[`, or an escape that may stand for one.
    const first = text.byteAt(from + 1)
    if (to > 0 && (first === OPEN_ARRAY || first === BACKSLASH) && isAfterSessionEnd(text.beginning(from, to, MAX_TEXT))) return undefined
    const line = this.#lines
    return new SkimmedResult(callId.slice(0, MAX_ID), kind === layout.FAILURE, (length) => {
      if (line !== this.#lines) throw new Error('the text of a result was asked for after its line was gone')
      return to > 0 ? text.beginning(from, to, length) : ''
    })
  }

  /** What the client says of a child beside the result; undefined: some of it is no JSON. */
  #resultWords(results: readonly ToolResult[]): readonly Word[] | undefined {
    const found = this.#found
    const says = (field: number): boolean => found.word(layout.TOLD + 2 * field + 1) !== 0
    if (results.length > 1 || (results[0]?.isError === false && !says(0) && !says(1) && !says(2))) return NONE
    if (results[0]?.text === '' && found.word(layout.BLOCK + 6) > found.word(layout.BLOCK + 5) + '""'.length) return undefined
    const told: Record<string, unknown> = {}
    for (const [index, name] of TOLD.entries()) {
      // A launched agent's whole answer, unless a note of the harness stands before it.
      if (name === 'content' && told['harnessNoteCount'] === undefined) continue
      const word = layout.TOLD + 2 * index
      if (says(index)) told[name] = found.value(word)
      if (this.#isDamaged(told[name], word)) return undefined
    }
    return resultWords(told, results)
  }
}

/** A result whose text is taken from the line when it is asked for. */
class SkimmedResult implements ToolResult {
  readonly toolUseId: string
  readonly isError: boolean
  readonly #take: (length: number) => string
  #text: string | undefined

  constructor(toolUseId: string, isError: boolean, take: (length: number) => string) {
    this.toolUseId = toolUseId
    this.isError = isError
    this.#take = take
  }

  get text(): string {
    return (this.#text ??= this.#take(MAX_TEXT))
  }

  beginning(length: number): string {
    return this.#text?.slice(0, length) ?? this.#take(Math.min(length, MAX_TEXT))
  }
}
