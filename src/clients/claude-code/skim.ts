import type { ToolResult, TranscriptRecord, TurnPart, Word } from '../../facts/record.ts'
import type { Tokens } from '../../facts/agent.ts'
import type { SourceLocation } from '../../facts/source.ts'
import { FoundRecord } from './found-record.ts'
import { type Block, blockOf, MAX_ID, MAX_TEXT, turnOf } from './normalize.ts'
import { isAfterSessionEnd } from './result-words.ts'
import { BOOKS, COPIES } from './record-types.ts'
import * as layout from './skim/layout.ts'

/** Attachments that tell of an end or of children. */
const TELLING: ReadonlySet<string> = new Set(['budget_usd', 'queued_command', 'max_turns_reached'])
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c

/**
 * Reads the records that fill a transcript (turns of the model, results of tools, attachments, bookkeeping) from their bytes,
 * taking what is looked at and stepping over the rest. Whatever is out of the ordinary is not read here: `records` then answers
 * undefined, and the line is parsed. For a line that `JSON.parse` reads, the answer is that of `normalize`, or none.
 */
export class Skimmer {
  readonly #found = new FoundRecord()
  /** Counts the lines, so that no text of a line is read after its bytes are gone. */
  #lines = 0

  /** The records of a line that ends in `}`; undefined: it has to be parsed. */
  records(line: Uint8Array, where: SourceLocation): readonly TranscriptRecord[] | undefined {
    this.#lines += 1
    const found = this.#found
    if (!found.find(line)) return undefined
    const type = found.repeated(layout.TYPE)
    if (type == null) return undefined
    if (COPIES.has(type)) return []
    const { at } = found
    const uuid = found.string(layout.UUID)
    const parentUuid = found.string(layout.PARENT)
    const home = found.home()
    if (at === undefined || uuid === undefined || parentUuid === undefined || home === undefined) return undefined
    const { sessionId, agentId, cwd, gitBranch, clientVersion } = home
    const sidechain = found.word(layout.SIDECHAIN)
    const isSidechain = sidechain === layout.NEITHER ? null : sidechain === layout.YES
    const bytes = line.length
    const permissionMode = null
    // One literal for each: putting two objects together takes longer than finding all that is in them.
    if (type === 'assistant') {
      const turn = this.#turn(at, where)
      if (turn === undefined) return undefined
      const { kind, messageId, model, stopReason, text, calls, tokens, hasContent } = turn
      return [
        {
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
          kind,
          messageId,
          model,
          stopReason,
          text,
          calls,
          tokens,
          hasContent,
        },
      ]
    }
    if (type === 'user') {
      const result = this.#result()
      if (result === undefined) return undefined
      const kind = 'tool_results'
      const results = [result]
      const words: readonly Word[] = []
      return [
        {
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
          kind,
          results,
          words,
        },
      ]
    }
    const other = this.#other(type)
    if (other === undefined) return undefined
    const kind = 'other'
    return [
      {
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
        kind,
        type: other,
      },
    ]
  }

  /** What a record that says nothing itself is called. */
  #other(type: string): string | undefined {
    if (type !== 'attachment') return BOOKS.has(type) ? type : undefined
    const attachment = this.#found.repeated(layout.ATTACHMENT)
    return attachment == null || TELLING.has(attachment) ? undefined : `attachment/${attachment.slice(0, 100)}`
  }

  #turn(at: number | null, where: SourceLocation): TurnPart | undefined {
    const found = this.#found
    if (found.word(layout.HAS_MESSAGE) === 0) return undefined
    const messageId = found.repeated(layout.MESSAGE_ID)
    const model = found.repeated(layout.MODEL)
    const stopReason = found.repeated(layout.STOP_REASON)
    if (messageId === undefined || model === undefined || stopReason === undefined || model === '<synthetic>') return undefined
    const blocks: Block[] = []
    for (let index = 0; index < found.word(layout.BLOCKS); index += 1) {
      const word = layout.BLOCK + index * layout.BLOCK_WORDS
      const kind = found.word(word)
      if (kind === layout.RESULT) return undefined
      if (kind === layout.THINKING) continue
      const block = blockOf(found.text.parse(found.word(word + 1), found.word(word + 2)))
      if (block === undefined || block.result !== null) return undefined
      blocks.push(block)
    }
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

  /** The result of one call and nothing else: what is typed or said is parsed. */
  #result(): ToolResult | undefined {
    const found = this.#found
    if (found.word(layout.BLOCKS) !== 1 || found.word(layout.BLOCK) !== layout.RESULT) return undefined
    const callId = found.string(layout.BLOCK + 1)
    if (callId == null) return undefined
    const { text } = found
    const from = found.word(layout.BLOCK + 3)
    const to = found.word(layout.BLOCK + 4)
    // `[`, or an escape that may stand for one.
    const first = text.byteAt(from + 1)
    if ((first === OPEN_ARRAY || first === BACKSLASH) && isAfterSessionEnd(text.beginning(from, to, MAX_TEXT))) return undefined
    const line = this.#lines
    return new SkimmedResult(callId.slice(0, MAX_ID), (length) => {
      if (line !== this.#lines) throw new Error('the text of a result was asked for after its line was gone')
      return text.beginning(from, to, length)
    })
  }
}

/** A result whose text is taken from the line when it is asked for. */
class SkimmedResult implements ToolResult {
  readonly toolUseId: string
  readonly isError = false
  readonly #take: (length: number) => string
  #text: string | undefined

  constructor(toolUseId: string, take: (length: number) => string) {
    this.toolUseId = toolUseId
    this.#take = take
  }

  get text(): string {
    return (this.#text ??= this.#take(MAX_TEXT))
  }

  beginning(length: number): string {
    return this.#text?.slice(0, length) ?? this.#take(Math.min(length, MAX_TEXT))
  }
}
