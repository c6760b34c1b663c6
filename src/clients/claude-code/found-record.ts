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
  readonly found: { readonly value: number }
  readonly numbers: { readonly value: number }
  readonly kept: { readonly value: number }
  skim(length: number): number
}

/** The engine's, of which no library here has the types. Absent where the person turned it off (`node --jitless`). */
declare const WebAssembly: { Module: new (bytes: Uint8Array) => object; Instance: new (module: object) => { exports: object } } | undefined

/** The parts of a record that are the same in most records of a transcript. */
type Home = Pick<RecordBase, 'sessionId' | 'agentId' | 'cwd' | 'gitBranch' | 'clientVersion'>

/** A record whose values were found in a line, but not taken yet; one for many lines, one after the other. */
export class FoundRecord {
  readonly text = new LineText()
  readonly #code = instantiate()
  #bytes = new Uint8Array()
  #words = new Int32Array()
  #numbers = new Float64Array()
  #kept = new Int32Array()
  /** The strings that are kept, and the stamp that each had when it was taken. */
  readonly #strings: string[] = Array.from({ length: layout.REPEATED * layout.KEPT }, () => '')
  readonly #stamps = new Int32Array(layout.REPEATED * layout.KEPT)
  #home: Home | undefined
  #homeNumber = -1
  #homeStamp = -1

  /** Finds the values of a line; false: it has to be parsed. The line's bytes must stay as they are while they are asked for. */
  find(line: Uint8Array): boolean {
    const code = this.#code
    if (code === undefined || !this.text.load(line)) return false
    const begins = code.LINE.value
    if (begins + line.length + ROOM_BYTES > this.#bytes.length) this.#grow(code, begins + line.length + ROOM_BYTES)
    this.#bytes.set(line, begins)
    return code.skim(line.length) !== 0
  }

  word(at: number): number {
    return this.#words[at] ?? 0
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
    return Buffer.from(this.#bytes.buffer, from, length).toString('latin1')
  }

  /** The string whose place stands at a word; null: there is none; undefined: it is no JSON. */
  string(word: number): string | null | undefined {
    const to = this.word(word + 1)
    if (to === 0) return null
    return to > 0 ? this.text.plain(this.word(word), to) : this.text.string(this.word(word), -to)
  }

  /** When the record was written, in milliseconds since the epoch; null: it does not say; undefined: that is no time. */
  get at(): number | null | undefined {
    const at = this.#numbers[layout.AT] ?? -1
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
    return Math.max(0, this.#numbers[which] ?? 0)
  }

  #grow({ memory, found, numbers, kept }: Code, bytes: number): void {
    const missing = bytes - memory.buffer.byteLength
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES))
    // Memory that grew is another buffer.
    const { buffer } = memory
    this.#bytes = new Uint8Array(buffer)
    this.#words = new Int32Array(buffer, found.value, layout.WORDS)
    this.#numbers = new Float64Array(buffer, numbers.value, layout.NUMBERS)
    this.#kept = new Int32Array(buffer, kept.value, (layout.REPEATED * layout.KEPT * layout.KEPT_BYTES) / WORD_BYTES)
  }
}

/** Undefined where the engine runs no WebAssembly: then every line is parsed. */
function instantiate(): Code | undefined {
  if (typeof WebAssembly === 'undefined') return undefined
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(SKIM_CODE, 'base64'))).exports as Code
  } catch {
    // A processor without the vector instructions that it needs.
    return undefined
  }
}
