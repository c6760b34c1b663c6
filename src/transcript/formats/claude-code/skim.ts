import type { RecordBody, ToolResult, TranscriptRecord } from '../../../model/record.ts'
import type { SourceLocation } from '../../../model/source.ts'
import { parseInstant } from '../../../time/instant.ts'
import { JsonScanner } from '../../json-scanner.ts'
import { assistantBody, COPIES, isAfterSessionEnd, MAX_ID, MAX_TEXT } from './normalize.ts'
import type { WireRecord } from './wire.ts'

const COMMA = 0x2c
const CLOSE_OBJECT = 0x7d
const OPEN_OBJECT = 0x7b
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Types that say nothing themselves: only when and where they were written counts. Everything else is read by the parser. */
const BOOKS: ReadonlySet<string> = new Set([
  'api-request',
  'atis-latch',
  'cost-state',
  'file-history-snapshot',
  'last-prompt',
  'mode',
  'tools-used',
])
/** Attachments that tell of an end or of children. */
const TELLING: ReadonlySet<string> = new Set(['queued_command', 'max_turns_reached'])

/** What most records repeat, kept as one string for all of them. */
type Repeated = 'sessionId' | 'agentId' | 'cwd' | 'gitBranch' | 'version' | 'messageId' | 'model'

/** A value that differs from record to record, and what is to be done with it; everything between two of them is the same. */
const SLOT = {
  ignored: 0,
  uuid: 1,
  timestamp: 2,
  sessionId: 3,
  agentId: 4,
  cwd: 5,
  attachment: 6,
  toolUseResult: 7,
  messageId: 8,
  stopReason: 9,
  content: 10,
  input: 11,
  output: 12,
  cacheRead: 13,
  cacheWrite: 14,
} as const
type Slot = (typeof SLOT)[keyof typeof SLOT]

const COUNTS: readonly { readonly key: keyof Usage; readonly slot: Slot }[] = [
  { key: 'input_tokens', slot: SLOT.input },
  { key: 'output_tokens', slot: SLOT.output },
  { key: 'cache_read_input_tokens', slot: SLOT.cacheRead },
  { key: 'cache_creation_input_tokens', slot: SLOT.cacheWrite },
]

/**
 * The shape of a record that was read before: the bytes between its slots, and what they said. A line that is these bytes and
 * a value of JSON in each slot has the same keys in the same order, so that only its slots need to be read.
 */
interface Shape {
  readonly literals: readonly string[]
  readonly slots: readonly Slot[]
  readonly type: string
  readonly isSidechain: boolean | null
  readonly gitBranch: string | null
  readonly version: string | null
  /** Which model the message names; undefined: the record has no message. */
  readonly message: { readonly model: string | undefined; readonly hasUsage: boolean } | undefined
}

/** A client writes about a dozen shapes over and over. */
const SHAPES_KEPT = 16
/** Strings of keys that nobody reads are part of the shape when they are short (`external`), and ids when they are long. */
const SHORT_STRING = 20

/**
 * Reads the records that fill a transcript (turns of the model, results of tools, attachments, bookkeeping) from their bytes,
 * taking what is looked at and stepping over the rest. Whatever is out of the ordinary is not read here: `records` then answers
 * undefined, and the line is parsed. For a line that `JSON.parse` reads, the answer is that of `normalize`, or none.
 */
export class Skimmer {
  readonly #scanner = new JsonScanner()
  readonly #timeZone: string
  readonly #repeated: Record<Repeated, string> = {
    sessionId: '',
    agentId: '',
    cwd: '',
    gitBranch: '',
    version: '',
    messageId: '',
    model: '',
  }
  /** Those used last first. */
  readonly #shapes: Shape[] = []
  /** Where the slots of the line at hand are: what each is, where it begins, where it ends. */
  #slots: number[] = []
  /** Counts the lines, so that no text of a line is read after its bytes are gone. */
  #lines = 0

  // What was found in the line at hand.
  #text: string | null = null
  #type = ''
  #timestamp: string | null = null
  #uuid: string | null = null
  #sessionId: string | null = null
  #agentId: string | null = null
  #isSidechain: boolean | null = null
  #cwd: string | null = null
  #gitBranch: string | null = null
  #version: string | null = null
  #attachment: string | null = null
  #message: Message | null = null

  constructor(timeZone: string) {
    this.#timeZone = timeZone
  }

  /** The records of a line that ends in `}`; undefined: it has to be parsed. */
  records(line: Uint8Array, where: SourceLocation): readonly TranscriptRecord[] | undefined {
    this.#lines += 1
    if (line[0] !== OPEN_OBJECT || !this.#scanner.load(line)) return undefined
    if (this.#followAny(line.length)) return this.#recordsOf(line.length, where)
    this.#slots = []
    this.#forget()
    this.#type = ''
    this.#isSidechain = null
    this.#gitBranch = null
    this.#version = null
    this.#message = null
    if (!this.#readRecord(line.length)) return undefined
    const records = this.#recordsOf(line.length, where)
    if (records !== undefined) this.#learn(line.length)
    return records
  }

  #forget(): void {
    this.#timestamp = null
    this.#uuid = null
    this.#sessionId = null
    this.#agentId = null
    this.#cwd = null
    this.#attachment = null
  }

  #followAny(length: number): boolean {
    const shapes = this.#shapes
    for (let index = 0; index < shapes.length; index += 1) {
      const shape = shapes[index]
      if (shape === undefined || !this.#follow(shape, length)) continue
      if (index > 0) {
        shapes.splice(index, 1)
        shapes.unshift(shape)
      }
      return true
    }
    return false
  }

  #follow({ literals, slots, type, isSidechain, gitBranch, version, message }: Shape, length: number): boolean {
    const scanner = this.#scanner
    let at = 0
    for (let index = 0; index < slots.length; index += 1) {
      const literal = literals[index] ?? ''
      if (!scanner.isAt(at, literal)) return false
      at += literal.length
      if (index === 0) {
        this.#forget()
        this.#message = message === undefined ? null : messageOf(message.model, message.hasUsage)
      }
      at = this.#readSlot(slots[index] ?? SLOT.ignored, at)
      if (at < 0) return false
    }
    const last = literals[slots.length] ?? ''
    if (at + last.length !== length || !scanner.isAt(at, last)) return false
    this.#type = type
    this.#isSidechain = isSidechain
    this.#gitBranch = gitBranch
    this.#version = version
    return true
  }

  /** Keeps the shape of the line at hand, which was read key by key. */
  #learn(length: number): void {
    const slots = this.#slots
    // Nothing varies in it: another one like it comes never, or is as short as it is rare.
    if (slots.length === 0) return
    const { bytes } = this.#scanner
    const literals: string[] = []
    const kinds: Slot[] = []
    let from = 0
    for (let index = 0; index < slots.length; index += 3) {
      const begins = slots[index + 1] ?? 0
      literals.push(bytes.toString('latin1', from, begins))
      kinds.push((slots[index] ?? 0) as Slot)
      from = slots[index + 2] ?? 0
    }
    literals.push(bytes.toString('latin1', from, length))
    const message = this.#message
    this.#shapes.unshift({
      literals,
      slots: kinds,
      type: this.#type,
      isSidechain: this.#isSidechain,
      gitBranch: this.#gitBranch,
      version: this.#version,
      message: message === null ? undefined : { model: message.model, hasUsage: message.usage !== undefined },
    })
    if (this.#shapes.length > SHAPES_KEPT) this.#shapes.pop()
  }

  /** Reads the value of a slot, and answers the place behind it, or -1. */
  #readSlot(slot: Slot, at: number): number {
    const scanner = this.#scanner
    let end: number
    switch (slot) {
      case SLOT.uuid:
        end = this.#readText(at)
        this.#uuid = this.#text
        return end
      case SLOT.timestamp:
        if (scanner.bytes[at] !== QUOTE) return -1
        end = this.#readText(at)
        this.#timestamp = this.#text
        return end
      case SLOT.sessionId:
        end = this.#readText(at, 'sessionId')
        this.#sessionId = this.#text
        return end
      case SLOT.agentId:
        end = this.#readText(at, 'agentId')
        this.#agentId = this.#text
        return end
      case SLOT.cwd:
        end = this.#readText(at, 'cwd')
        this.#cwd = this.#text
        return end
      case SLOT.attachment:
        return this.#readAttachment(at)
      case SLOT.toolUseResult:
        return this.#readToolUseResult(at)
      default:
        return this.#message === null || slot === SLOT.ignored ? scanner.skip(at) : this.#readMessageSlot(slot, at, this.#message)
    }
  }

  #readMessageSlot(slot: Slot, at: number, message: Message): number {
    const scanner = this.#scanner
    if (slot === SLOT.content) return this.#readContent(at, message)
    if (slot === SLOT.messageId) {
      const end = this.#readText(at, 'messageId')
      message.id = this.#text ?? undefined
      return end
    }
    if (slot === SLOT.stopReason) {
      const end = this.#readText(at)
      message.stopReason = this.#text ?? undefined
      return end
    }
    const end = scanner.skip(at)
    const count = scanner.count(at, end)
    const { usage } = message
    if (count < 0 || usage === undefined) return -1
    if (slot === SLOT.input) usage.input_tokens = count
    else if (slot === SLOT.output) usage.output_tokens = count
    else if (slot === SLOT.cacheRead) usage.cache_read_input_tokens = count
    else usage.cache_creation_input_tokens = count
    return end
  }

  /** A slot of the line at hand, which is read key by key. */
  #slot(slot: Slot, at: number): number {
    const end = this.#readSlot(slot, at)
    this.#slots.push(slot, at, end)
    return end
  }

  /** The value of a key that nobody reads. */
  #ignored(at: number): number {
    const end = this.#scanner.skip(at)
    const first = this.#scanner.bytes[at]
    // true, false and short words are the same in all records of a kind.
    if (first === 0x74 || first === 0x66 || (first === QUOTE && end - at <= SHORT_STRING)) return end
    this.#slots.push(SLOT.ignored, at, end)
    return end
  }

  #recordsOf(bytes: number, where: SourceLocation): readonly TranscriptRecord[] | undefined {
    if (COPIES.has(this.#type)) return []
    const at = this.#timestamp === null ? null : parseInstant(this.#timestamp)
    if (at === undefined) return undefined
    const body = this.#body(at, where)
    if (body === undefined) return undefined
    const base = {
      where,
      bytes,
      at,
      uuid: this.#uuid,
      sessionId: this.#sessionId,
      agentId: this.#agentId,
      isSidechain: this.#isSidechain,
      permissionMode: null,
      cwd: this.#cwd,
      gitBranch: this.#gitBranch,
      clientVersion: this.#version,
    }
    return [Object.assign(body, base)]
  }

  #body(at: number | null, where: SourceLocation): RecordBody | undefined {
    const type = this.#type
    if (type === 'assistant') {
      const message = this.#message
      if (message === null || message.result !== null || message.model === '<synthetic>') return undefined
      const { id, model, stopReason, usage, content } = message
      const wire = { type, message: { id, model, content, stop_reason: stopReason, usage } } as WireRecord
      return assistantBody(wire, at, this.#timeZone, where)
    }
    if (type === 'user') {
      // The result of one call and nothing else: what is typed or said is parsed.
      const result = this.#message?.result
      if (result == null || this.#message?.content.length !== 1) return undefined
      return { kind: 'tool_results', results: [result], words: [] }
    }
    if (type === 'attachment') return this.#attachment === null ? undefined : { kind: 'other', type: `attachment/${this.#attachment}` }
    return BOOKS.has(type) ? { kind: 'other', type } : undefined
  }

  /** The fields of the record itself. False: it has to be parsed. */
  #readRecord(length: number): boolean {
    const scanner = this.#scanner
    const { bytes } = scanner
    let at = 1
    for (;;) {
      const end = scanner.keyEnd(at)
      if (end < 0) return false
      const value = end + 2
      // Where a key stands twice the last one counts, as it does for a parser.
      const next = this.#readField(at + 1, end, value)
      if (next < 0) return false
      if (bytes[next] === CLOSE_OBJECT) return next + 1 === length
      if (bytes[next] !== COMMA) return false
      at = next + 1
    }
  }

  /** Reads the value of one key, and answers the place behind it. */
  #readField(key: number, keyEnd: number, value: number): number {
    const scanner = this.#scanner
    const is = (name: string): boolean => keyEnd - key === name.length && scanner.isAt(key, name)
    switch (scanner.bytes[key]) {
      case 0x61: // a
        if (is('agentId')) return this.#slot(SLOT.agentId, value)
        if (is('attachment')) return this.#slot(SLOT.attachment, value)
        break
      case 0x63: // c
        if (is('cwd')) return this.#slot(SLOT.cwd, value)
        break
      case 0x65: // e
        // An error has much to tell.
        if (is('error')) return -1
        break
      case 0x67: // g
        if (is('gitBranch')) {
          const end = this.#readText(value, 'gitBranch')
          this.#gitBranch = this.#text
          return end
        }
        break
      case 0x69: // i
        if (is('isApiErrorMessage')) return -1
        if (is('isSidechain')) {
          this.#isSidechain = scanner.isAt(value, 'true') ? true : scanner.isAt(value, 'false') ? false : null
          return scanner.skip(value)
        }
        break
      case 0x6d: // m
        if (is('message')) return this.#readMessage(value)
        break
      case 0x70: // p
        if (is('permissionMode')) return -1
        break
      case 0x73: // s
        if (is('sessionId')) return this.#slot(SLOT.sessionId, value)
        break
      case 0x74: // t
        if (is('type')) {
          const end = this.#readText(value)
          this.#type = this.#text ?? ''
          return end
        }
        if (is('timestamp')) return this.#slot(SLOT.timestamp, value)
        if (is('toolUseResult')) return this.#slot(SLOT.toolUseResult, value)
        break
      case 0x75: // u
        if (is('uuid')) return this.#slot(SLOT.uuid, value)
        break
      case 0x76: // v
        if (is('version')) {
          const end = this.#readText(value, 'version')
          this.#version = this.#text
          return end
        }
        break
      default:
    }
    return this.#ignored(value)
  }

  /** Leaves a string in `#text`, or null for any other value. `as`: most records of a transcript hold the same one. */
  #readText(value: number, as?: Repeated): number {
    const scanner = this.#scanner
    if (scanner.bytes[value] !== QUOTE) {
      this.#text = null
      return scanner.skip(value)
    }
    if (as !== undefined) {
      const before = this.#repeated[as]
      const end = value + before.length + 1
      // The same characters and then a quote: what is kept holds neither quotes nor escapes.
      if (before !== '' && scanner.bytes[end] === QUOTE && scanner.isAt(value + 1, before)) {
        this.#text = before
        return end + 1
      }
    }
    const end = scanner.stringEnd(value + 1)
    if (end < 0) return -1
    const text = scanner.string(value, end + 1)
    if (text === undefined) return -1
    if (as !== undefined && text.length === end - value - 1 && isPlain(text)) this.#repeated[as] = text
    this.#text = text
    return end + 1
  }

  #readAttachment(value: number): number {
    let type: string | null = ''
    this.#attachment = null
    const next = this.#eachField(value, (key, keyEnd, at) => {
      if (keyEnd - key !== 4 || !this.#scanner.isAt(key, 'type')) return this.#scanner.skip(at)
      const end = this.#readText(at)
      type = this.#text
      return end
    })
    if (type === null || TELLING.has(type)) return -1
    this.#attachment = type.slice(0, 100)
    return next
  }

  /** A launched agent's answer says more than other results. */
  #readToolUseResult(value: number): number {
    const scanner = this.#scanner
    if (scanner.bytes[value] !== OPEN_OBJECT) return scanner.skip(value)
    return this.#eachField(value, (key, keyEnd, at) => {
      const length = keyEnd - key
      if (
        (length === 6 && scanner.isAt(key, 'status')) ||
        (length === 7 && scanner.isAt(key, 'agentId')) ||
        (length === 5 && scanner.isAt(key, 'runId'))
      )
        return -1
      return scanner.skip(at)
    })
  }

  #readMessage(value: number): number {
    const scanner = this.#scanner
    // The copy of a message says nothing; the type stands in front of it.
    if (COPIES.has(this.#type)) return this.#ignored(value)
    const message = messageOf(undefined, false)
    // A second message takes the place of the first: only the slots of one can be in a shape.
    if (this.#message !== null) return -1
    this.#message = message
    return this.#eachField(value, (key, keyEnd, at) => {
      const is = (name: string): boolean => keyEnd - key === name.length && scanner.isAt(key, name)
      if (is('id')) return this.#slot(SLOT.messageId, at)
      if (is('stop_reason')) return this.#slot(SLOT.stopReason, at)
      if (is('content')) return this.#slot(SLOT.content, at)
      if (is('model')) {
        const end = this.#readText(at, 'model')
        message.model = this.#text ?? undefined
        return end
      }
      if (is('usage')) {
        if (message.usage !== undefined) return -1
        message.usage = usageOf()
        return this.#eachField(at, (name, nameEnd, count) => {
          const counted = COUNTS.find(({ key: each }) => nameEnd - name === each.length && scanner.isAt(name, each))
          return counted === undefined ? this.#ignored(count) : this.#slot(counted.slot, count)
        })
      }
      return this.#ignored(at)
    })
  }

  /** The blocks of a message: texts and calls whole, thinking not at all, a result by its beginning. */
  #readContent(value: number, message: Message): number {
    const scanner = this.#scanner
    const { bytes } = scanner
    message.content = []
    message.result = null
    if (bytes[value] !== OPEN_ARRAY || bytes[value + 1] === CLOSE_ARRAY) return -1
    let at = value + 1
    for (;;) {
      if (bytes[at] !== OPEN_OBJECT) return -1
      const next = this.#readBlock(at, message)
      if (next < 0) return -1
      if (bytes[next] === CLOSE_ARRAY) return next + 1
      if (bytes[next] !== COMMA) return -1
      at = next + 1
    }
  }

  #readBlock(value: number, message: Message): number {
    const scanner = this.#scanner
    if (scanner.isAt(value, '{"type":"t') && !scanner.isAt(value + 10, 'hinking"')) {
      const next = scanner.skip(value)
      const block = next < 0 ? undefined : scanner.parse(value, next)
      if (!isReadWhole(block)) return -1
      message.content.push(block)
      return next
    }
    let type: string | null = null
    let callId: string | null = null
    let content = 0
    let contentEnd = 0
    const next = this.#eachField(value, (key, keyEnd, at) => {
      const is = (name: string): boolean => keyEnd - key === name.length && scanner.isAt(key, name)
      if (is('type') || is('tool_use_id')) {
        const end = this.#readText(at)
        if (keyEnd - key === 4) type = this.#text
        else callId = this.#text
        return end
      }
      const end = scanner.skip(at)
      if (is('is_error') && !scanner.isAt(at, 'false')) return -1
      if (is('content')) {
        content = at
        contentEnd = end
      }
      return end
    })
    if (next < 0) return -1
    if (type === 'thinking' || type === 'redacted_thinking') {
      message.content.push(null)
      return next
    }
    if (type !== 'tool_result' || callId === null || message.result !== null || scanner.bytes[content] !== QUOTE) return -1
    // `[`, or an escape that may stand for one.
    const first = scanner.bytes[content + 1]
    if ((first === OPEN_ARRAY || first === BACKSLASH) && isAfterSessionEnd(beginningOf(scanner, content, contentEnd, MAX_TEXT))) return -1
    message.result = this.#resultOf(callId, content, contentEnd)
    message.content.push(null)
    return next
  }

  #resultOf(callId: string, from: number, to: number): ToolResult {
    const line = this.#lines
    return new SkimmedResult(callId.slice(0, MAX_ID), (length) => {
      if (line !== this.#lines) throw new Error('the text of a result was asked for after its line was gone')
      return beginningOf(this.#scanner, from, to, length)
    })
  }

  /** Every field of the object at `value`, which must be one; `read` answers the place behind the field's value, or -1. */
  #eachField(value: number, read: (key: number, keyEnd: number, at: number) => number): number {
    const scanner = this.#scanner
    const { bytes } = scanner
    if (bytes[value] !== OPEN_OBJECT) return -1
    if (bytes[value + 1] === CLOSE_OBJECT) return value + 2
    let at = value + 1
    for (;;) {
      const end = scanner.keyEnd(at)
      if (end < 0) return -1
      const next = read(at + 1, end, end + 2)
      if (next < 0) return -1
      if (bytes[next] === CLOSE_OBJECT) return next + 1
      if (bytes[next] !== COMMA) return -1
      at = next + 1
    }
  }
}

interface Usage {
  input_tokens: number | undefined
  output_tokens: number | undefined
  cache_read_input_tokens: number | undefined
  cache_creation_input_tokens: number | undefined
}

interface Message {
  id: string | undefined
  model: string | undefined
  stopReason: string | undefined
  usage: Usage | undefined
  /** Blocks as a parser gives them; null for one that was stepped over. */
  content: unknown[]
  result: ToolResult | null
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

function messageOf(model: string | undefined, hasUsage: boolean): Message {
  return { id: undefined, model, stopReason: undefined, usage: hasUsage ? usageOf() : undefined, content: [], result: null }
}

function usageOf(): Usage {
  return { input_tokens: undefined, output_tokens: undefined, cache_read_input_tokens: undefined, cache_creation_input_tokens: undefined }
}

/** A text or a call, as a parser gives it: they are kept. */
function isReadWhole(block: unknown): boolean {
  const type = typeof block === 'object' && block !== null && 'type' in block ? block.type : undefined
  return type === 'text' || type === 'tool_use'
}

/** The longest escape (`\u0041`) makes one character of six bytes. */
const BYTES_PER_CHARACTER = 6

/** The first characters of the string between two quotes; '' where it is none. */
function beginningOf(scanner: JsonScanner, from: number, to: number, length: number): string {
  // Most texts have few escapes.
  for (const most of [length + (length >> 2), length * BYTES_PER_CHARACTER]) {
    if (to - from - 2 <= most) return (scanner.string(from, to) ?? '').slice(0, length)
    const text = cutString(scanner, from, from + 1 + most)
    if (text !== undefined && text.length >= length) return text.slice(0, length)
  }
  return ''
}

/** The string up to a place, or up to the last one before it that is in the middle neither of a character nor of an escape. */
function cutString({ bytes }: JsonScanner, from: number, to: number): string | undefined {
  let end = to
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  for (let back = 0; back < BYTES_PER_CHARACTER; back += 1) {
    try {
      return JSON.parse(`${bytes.toString('utf8', from, end - back)}"`)
    } catch {
      // It was cut inside of an escape.
    }
  }
  return undefined
}

function isPlain(text: string): boolean {
  return /^[ !#-[\]-~]*$/.test(text)
}
