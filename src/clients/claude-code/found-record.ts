import { isUtf8 } from 'node:buffer'
import { SKIM_CODE } from '#generated/skim'
import type { RecordBase } from '../../facts/record.ts'
import { parseInstant } from '../../time/instant.ts'
import { LineText } from '../../text/line-text.ts'
import * as layout from './skim/layout.ts'

const WORD_BYTES = 4
const PAGE_BYTES = 65_536
/** Room behind a line, for the quotes that end every search there and for the bytes that are compared beyond them. */
const ROOM_BYTES = 1_024

/** What skim/record.ts exports, as WebAssembly. */
interface Code {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  readonly LINE: { readonly value: number }
  readonly rows: { readonly value: number }
  readonly kept: { readonly value: number }
  readonly consumed: { readonly value: number }
  scan(from: number, length: number): number
}

/** The engine's, of which no library here has the types. Absent where the person turned it off (`node --jitless`). */
declare const WebAssembly: { Module: new (bytes: Uint8Array) => object; Instance: new (module: object) => { exports: object } } | undefined

/** The parts of a record that are the same in most records of a transcript. */
type Home = Pick<RecordBase, 'sessionId' | 'agentId' | 'cwd' | 'gitBranch' | 'clientVersion'>

/** The record of one line after the other, whose values were found in the line, but not taken yet. */
export class FoundRecord {
  readonly text = new LineText()
  readonly #code: Code
  /** The lines that were loaded. */
  #lines: Buffer = Buffer.alloc(0)
  #isUtf8: boolean | undefined
  /** Where in them the code goes on, and how many of its rows are left. */
  #consumed = 0
  #left = 0
  /** Where the words and the numbers of the row at hand stand. */
  #row = 0
  #bytes: Buffer = Buffer.alloc(0)
  #words = new Int32Array()
  #numbers = new Float64Array()
  #kept = new Int32Array()
  /** The strings that are kept, and the stamp that each had when it was taken. */
  readonly #strings: string[] = Array.from({ length: layout.REPEATED * layout.KEPT }, () => '')
  readonly #stamps = new Int32Array(layout.REPEATED * layout.KEPT)
  #home: Home | undefined
  #homeNumber = -1
  #homeStamp = -1

  private constructor(code: Code) {
    this.#code = code
  }

  /** Undefined where the engine runs no WebAssembly: then every line is parsed. */
  static make(): FoundRecord | undefined {
    const code = instantiate()
    return code === undefined ? undefined : new FoundRecord(code)
  }

  /** Takes lines, each with its line feed but for the last one, and stands before the first. They are copied. */
  load(lines: Uint8Array): void {
    const { LINE } = this.#code
    const bytes = LINE.value + lines.length + ROOM_BYTES
    if (bytes > this.#bytes.length) this.#grow(bytes)
    this.#bytes.set(lines, LINE.value)
    this.#lines = this.#bytes.subarray(LINE.value, LINE.value + lines.length)
    this.#isUtf8 = undefined
    this.#consumed = 0
    this.#left = 0
  }

  /** Goes on to the next line; false: there is none. */
  next(): boolean {
    if (this.#left > 0) this.#row += this.word(layout.ROW_LENGTH)
    else {
      if (this.#consumed >= this.#lines.length) return false
      const { rows, consumed } = this.#code
      this.#left = this.#code.scan(this.#consumed, this.#lines.length)
      this.#consumed = consumed.value
      this.#row = rows.value / WORD_BYTES + 2 * layout.NUMBERS
    }
    this.#left -= 1
    return true
  }

  /** The line, without its end. */
  get line(): Uint8Array {
    return this.#lines.subarray(this.word(layout.FROM), this.word(layout.TO))
  }

  /** Whether its values were found; false: it has to be parsed. */
  isFound(): boolean {
    if (this.word(layout.IS_FOUND) === 0) return false
    const isAscii = this.word(layout.MAY_EXCEED_ASCII) === 0
    this.text.take(this.#lines, isAscii)
    if (isAscii) return true
    this.#isUtf8 ??= isUtf8(this.#lines)
    return this.#isUtf8 || isUtf8(this.line)
  }

  word(at: number): number {
    return this.#words[this.#row + at] ?? 0
  }

  /** One of the strings that records repeat; null: there is none; undefined: it is no JSON. */
  repeated(which: number): string | null | undefined {
    const number = this.word(which * 3)
    if (number === layout.ABSENT) return null
    if (number === layout.ELSEWHERE) return this.string(which * 3 + 1) ?? undefined
    const entry = which * layout.KEPT + number
    const stands = (entry * layout.KEPT_BYTES) / WORD_BYTES
    const stamp = this.#kept[stands] ?? 0
    if (this.#stamps[entry] !== stamp) {
      this.#stamps[entry] = stamp
      this.#strings[entry] = this.#keptString(entry, this.#kept[stands + 1] ?? 0)
    }
    return this.#strings[entry]
  }

  #keptString(entry: number, length: number): string {
    const from = this.#kept.byteOffset + entry * layout.KEPT_BYTES + layout.KEPT_HEAD
    return this.#bytes.toString('latin1', from, from + length)
  }

  /** The string whose place stands at a word; null: there is none; undefined: it is no JSON. */
  string(word: number): string | null | undefined {
    const to = this.word(word + 1)
    if (to === 0) return null
    return to > 0 ? this.text.plain(this.word(word), to) : this.text.string(this.word(word), -to)
  }

  /** The value whose place stands at a word, parsed; undefined: there is none. */
  value(word: number): unknown {
    const to = this.word(word + 1)
    return to === 0 ? undefined : this.text.parse(this.word(word), to)
  }

  flag(word: number): boolean | null {
    const told = this.word(word)
    return told === layout.NEITHER ? null : told === layout.YES
  }

  /** When the record was written, in milliseconds since the epoch; null: it does not say; undefined: that is no time. */
  get at(): number | null | undefined {
    const at = this.#number(layout.AT)
    if (at >= 0) return at
    const told = this.string(layout.TIMESTAMP)
    return told === null ? null : parseInstant(told)
  }

  /** Where the record belongs; undefined where some of it is no JSON. Most records belong where the one before did. */
  home(): Home | undefined {
    const number = this.word(layout.HOME)
    const stamp = this.word(layout.STAMP)
    if (number >= 0 && number === this.#homeNumber && stamp === this.#homeStamp) return this.#home
    const sessionId = this.repeated(layout.SESSION)
    const agentId = this.repeated(layout.AGENT)
    const cwd = this.repeated(layout.CWD)
    const gitBranch = this.repeated(layout.BRANCH)
    const clientVersion = this.repeated(layout.VERSION)
    if (sessionId === undefined || agentId === undefined || cwd === undefined) return undefined
    if (gitBranch === undefined || clientVersion === undefined) return undefined
    this.#homeNumber = number
    this.#homeStamp = stamp
    this.#home = { sessionId, agentId, cwd, gitBranch, clientVersion }
    return this.#home
  }

  /** So many tokens; 0 where the record does not say. */
  tokens(which: number): number {
    return Math.max(0, this.#number(which))
  }

  #number(which: number): number {
    return this.#numbers[this.#row / 2 - layout.NUMBERS + which] ?? -1
  }

  #grow(bytes: number): void {
    const { memory, kept } = this.#code
    const missing = bytes - memory.buffer.byteLength
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES))
    // Memory that grew is another buffer.
    const { buffer } = memory
    this.#bytes = Buffer.from(buffer)
    this.#words = new Int32Array(buffer)
    this.#numbers = new Float64Array(buffer)
    this.#kept = new Int32Array(buffer, kept.value, (layout.REPEATED * layout.KEPT * layout.KEPT_BYTES) / WORD_BYTES)
  }
}

function instantiate(): Code | undefined {
  if (typeof WebAssembly === 'undefined') return undefined
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(SKIM_CODE, 'base64'))).exports as Code
  } catch {
    // A processor without the vector instructions that it needs.
    return undefined
  }
}
