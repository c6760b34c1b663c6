import { isAscii, isUtf8 } from 'node:buffer'

/** So many bytes of a string are looked at one by one before the search for its end is worth its call. */
const SHORT_STRING = 24
/** Beyond this nesting the scanner gives up: a parser has to look. */
const MAX_NESTING = 64

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d

/**
 * Walks over one line of JSON without making objects of it: the caller takes the few values it wants, and everything else is
 * stepped over. Positions are those of the bytes. A method that meets anything but plain JSON as clients write it (no spaces
 * between tokens, no escapes in keys, not too deep) answers -1 or undefined, and the line belongs to a parser; it never takes
 * what `JSON.parse` would read in another way. What it does not look at is the inside of strings that are stepped over.
 */
export class JsonScanner {
  bytes: Buffer = Buffer.alloc(0)
  /** The same bytes, one character each: the search for a quote is ten times as fast in a string. */
  #text = ''
  #isAscii = true
  readonly #closers = new Uint8Array(MAX_NESTING)

  /** False: the line is not UTF-8, and nothing may be read from it. */
  load(line: Uint8Array): boolean {
    this.#isAscii = isAscii(line)
    if (!this.#isAscii && !isUtf8(line)) return false
    this.bytes = bufferOf(line)
    this.#text = this.bytes.toString('latin1')
    return true
  }

  /** Whether exactly these ASCII characters stand at `at`. */
  isAt(at: number, token: string): boolean {
    const { length } = token
    // Character by character it takes longer beyond a dozen than to cut the piece out, which copies nothing.
    return length > 12 ? this.#text.slice(at, at + length) === token : this.#text.startsWith(token, at)
  }

  /** Where the string that begins behind the quote before `from` ends: the place of its closing quote, or -1. */
  stringEnd(from: number): number {
    const { bytes } = this
    let index = from
    for (const near = Math.min(from + SHORT_STRING, bytes.length); index < near; index += 1) {
      const byte = bytes[index]
      if (byte === QUOTE) return index
      if (byte === BACKSLASH) index += 1
    }
    for (;;) {
      const quote = this.#text.indexOf('"', index)
      if (quote < 0) return -1
      let before = quote - 1
      while (before >= index && bytes[before] === BACKSLASH) before -= 1
      if (((quote - 1 - before) & 1) === 0) return quote
      index = quote + 1
    }
  }

  /** The closing quote of the key whose opening quote stands at `at`; -1 where none stands there, or where it holds an escape. */
  keyEnd(at: number): number {
    const { bytes } = this
    if (bytes[at] !== QUOTE) return -1
    let index = at + 1
    for (const { length } = bytes; index < length; index += 1) {
      const byte = bytes[index]
      if (byte === QUOTE) return bytes[index + 1] === COLON ? index : -1
      if (byte === BACKSLASH) return -1
    }
    return -1
  }

  /** The place behind the value that begins at `at`, or -1. */
  skip(at: number): number {
    const { bytes } = this
    const closers = this.#closers
    let depth = 0
    let index = at
    for (;;) {
      const byte = bytes[index]
      if (byte === QUOTE) {
        index = this.stringEnd(index + 1) + 1
        if (index === 0) return -1
      } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        const closer = byte === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY
        if (bytes[index + 1] === closer) index += 2
        else {
          if (depth === MAX_NESTING) return -1
          closers[depth] = closer
          depth += 1
          index = closer === CLOSE_OBJECT ? this.#skipKey(index + 1) : index + 1
          if (index < 0) return -1
          continue
        }
      } else {
        index = this.#skipScalar(index)
        if (index < 0) return -1
      }
      for (;;) {
        if (depth === 0) return index
        const next = bytes[index]
        if (next === COMMA) {
          index = closers[depth - 1] === CLOSE_OBJECT ? this.#skipKey(index + 1) : index + 1
          if (index < 0) return -1
          break
        }
        if (next !== closers[depth - 1]) return -1
        depth -= 1
        index += 1
      }
    }
  }

  /** The place of the value behind the key at `at`, whatever the key says; -1 where none stands there. */
  #skipKey(at: number): number {
    const { bytes } = this
    if (bytes[at] !== QUOTE) return -1
    const end = this.stringEnd(at + 1)
    return end < 0 || bytes[end + 1] !== COLON ? -1 : end + 2
  }

  /** `true`, `false`, `null` or a number. */
  #skipScalar(at: number): number {
    const { bytes } = this
    switch (bytes[at]) {
      case 0x74:
        return this.isAt(at, 'true') ? at + 4 : -1
      case 0x66:
        return this.isAt(at, 'false') ? at + 5 : -1
      case 0x6e:
        return this.isAt(at, 'null') ? at + 4 : -1
      default:
        return this.#skipNumber(at)
    }
  }

  #skipNumber(at: number): number {
    const { bytes } = this
    const first = bytes[at] === 0x2d ? at + 1 : at
    let index = this.#skipDigits(first)
    // No digit, or a zero in front of others.
    if (index === first || (bytes[first] === 0x30 && index > first + 1)) return -1
    if (bytes[index] === 0x2e) {
      const fraction = index + 1
      index = this.#skipDigits(fraction)
      if (index === fraction) return -1
    }
    if (bytes[index] === 0x65 || bytes[index] === 0x45) {
      const sign = bytes[index + 1]
      const exponent = sign === 0x2b || sign === 0x2d ? index + 2 : index + 1
      index = this.#skipDigits(exponent)
      if (index === exponent) return -1
    }
    return index
  }

  #skipDigits(at: number): number {
    const { bytes } = this
    let index = at
    for (;;) {
      const byte = bytes[index]
      if (byte === undefined || byte < 0x30 || byte > 0x39) return index
      index += 1
    }
  }

  /** The number at `at`, where it is a plain count and nothing else stands before `to`; else -1. */
  count(at: number, to: number): number {
    const { bytes } = this
    if (to - at > 15) return -1
    let value = 0
    for (let index = at; index < to; index += 1) {
      const digit = (bytes[index] ?? 0) - 0x30
      if (digit < 0 || digit > 9) return -1
      value = value * 10 + digit
    }
    return value
  }

  /** The value between two places, parsed; undefined where it is no JSON. */
  parse(from: number, to: number): unknown {
    try {
      // A parser copies the strings that it finds, so that none of them keeps the line alive.
      return JSON.parse(this.#isAscii ? this.#text.slice(from, to) : this.bytes.toString('utf8', from, to))
    } catch {
      return undefined
    }
  }

  /** The string whose opening quote stands at `from` and whose closing quote stands before `to`; undefined where it is none. */
  string(from: number, to: number): string | undefined {
    const { bytes } = this
    for (let index = from + 1; index < to - 1; index += 1) {
      const byte = bytes[index] ?? 0
      if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH) {
        const parsed = this.parse(from, to)
        return typeof parsed === 'string' ? parsed : undefined
      }
    }
    return bytes.toString('latin1', from + 1, to - 1)
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
