import { isAscii, isUtf8 } from 'node:buffer'

const BACKSLASH = 0x5c
/** The longest escape (`\u0041`) makes one character of six bytes. */
const BYTES_PER_CHARACTER = 6

/** Takes values out of lines of JSON; places are those of their bytes. */
export class LineText {
  #bytes: Buffer = Buffer.alloc(0)
  #isAscii = true

  /** False: the line is not UTF-8, and nothing may be read from it. */
  load(line: Uint8Array): boolean {
    this.take(Buffer.isBuffer(line) ? line : Buffer.from(line.buffer, line.byteOffset, line.length), isAscii(line))
    return this.#isAscii || isUtf8(line)
  }

  /** Bytes that are known to be UTF-8, and whether what is read from them from now on is ASCII. */
  take(bytes: Buffer, isPlain: boolean): void {
    this.#bytes = bytes
    this.#isAscii = isPlain
  }

  byteAt(at: number): number {
    return this.#bytes[at] ?? 0
  }

  /** The value between two places, parsed; undefined where it is no JSON. */
  parse(from: number, to: number): unknown {
    try {
      return JSON.parse(this.#bytes.toString(this.#isAscii ? 'latin1' : 'utf8', from, to))
    } catch {
      return undefined
    }
  }

  /** A string of printable ASCII without escapes, between the places of its quotes. */
  plain(from: number, to: number): string {
    return this.#bytes.toString('latin1', from + 1, to - 1)
  }

  /** The string whose opening quote stands at `from` and whose closing quote stands before `to`; undefined where it is none. */
  string(from: number, to: number): string | undefined {
    if (this.#isPlain(from + 1, to - 1)) return this.plain(from, to)
    const parsed = this.parse(from, to)
    return typeof parsed === 'string' ? parsed : undefined
  }

  /** Printable ASCII without an escape: the bytes are the characters. */
  #isPlain(from: number, to: number): boolean {
    const bytes = this.#bytes
    for (let index = from; index < to; index += 1) {
      const byte = bytes[index] ?? 0
      if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH) return false
    }
    return true
  }

  /** The first characters of such a string; '' where it is none. */
  beginning(from: number, to: number, length: number): string {
    const end = Math.min(from + 1 + length, to - 1)
    if (this.#isPlain(from + 1, end)) return this.#bytes.toString('latin1', from + 1, end)
    // Most texts have few escapes.
    for (const most of [length + (length >> 2), length * BYTES_PER_CHARACTER]) {
      if (to - from - 2 <= most) return (this.string(from, to) ?? '').slice(0, length)
      const text = this.#cut(from, from + 1 + most)
      if (text !== undefined && text.length >= length) return text.slice(0, length)
    }
    return ''
  }

  /** The string up to a place, or up to the last one before it that is in the middle neither of a character nor of an escape. */
  #cut(from: number, to: number): string | undefined {
    const bytes = this.#bytes
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
}
