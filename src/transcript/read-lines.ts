/** Lines beyond this length are not parsed but counted, so that memory stays bounded. Bytes. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024

/** One line as it stands in the file, without its line end. `bytes` is only valid until the next line is asked for. */
export type Line =
  | { readonly kind: 'line'; readonly bytes: Uint8Array; readonly line: number; readonly byteOffset: number; readonly terminated: boolean }
  | {
      readonly kind: 'oversized'
      readonly length: number
      readonly line: number
      readonly byteOffset: number
      readonly terminated: boolean
    }

const LF = 0x0a
const CR = 0x0d
/** The byte-order mark. */
const MARK = [0xef, 0xbb, 0xbf] as const

/** Takes lines that stand side by side, each with its LF, and says how many there were. `line` and `byteOffset`: of the first. */
export type TakeLines = (lines: Uint8Array, line: number, byteOffset: number) => number

/**
 * Splits bytes at LF, and nowhere else: readline also splits at U+2028 and at a lone CR, inside of records. A CR before
 * the LF and a byte-order mark at the start of the file are left out of the line; offsets are those of the file. Any
 * chunking of the same bytes gives the same lines. `push` every chunk, then `end`; lines come while they run. `takeLines`: is given the lines that
 * a chunk holds whole, all at once, but for a first line that begins with a mark.
 */
export class LineSplitter {
  readonly #found: (line: Line) => void
  readonly #maxBytes: number
  readonly #takeLines: TakeLines | undefined
  #carried: Uint8Array[] = []
  #carriedBytes = 0
  #line = 1
  #lineStart = 0
  #offset = 0

  constructor(found: (line: Line) => void, maxBytes: number = MAX_LINE_BYTES, takeLines?: TakeLines) {
    this.#found = found
    this.#maxBytes = maxBytes
    this.#takeLines = takeLines
  }

  push(chunk: Uint8Array): void {
    let from = 0
    for (;;) {
      if (this.#takeLines !== undefined && this.#carriedBytes === 0 && (this.#line > 1 || chunk[0] !== MARK[0])) {
        const end = chunk.lastIndexOf(LF) + 1
        if (end > from) this.#line += this.#takeLines(chunk.subarray(from, end), this.#line, this.#offset + from)
        from = Math.max(from, end)
        this.#lineStart = this.#offset + from
        break
      }
      const at = chunk.indexOf(LF, from)
      if (at < 0) break
      this.#finish(chunk.subarray(from, at), true)
      this.#line += 1
      this.#lineStart = this.#offset + at + 1
      from = at + 1
    }
    // The chunk’s memory is reused by the reader, so what is carried over is copied (`slice` would not: a chunk is a Buffer, whose
    // slice is a view); of an oversized line only the length.
    if (from < chunk.length) {
      this.#carriedBytes += chunk.length - from
      if (this.#carriedBytes <= this.#maxBytes) this.#carried.push(new Uint8Array(chunk.subarray(from)))
      else this.#carried = []
    }
    this.#offset += chunk.length
  }

  end(): void {
    if (this.#carriedBytes > 0) this.#finish(new Uint8Array(0), false)
  }

  #finish(rest: Uint8Array, terminated: boolean): void {
    const line = this.#line
    const byteOffset = this.#lineStart
    const length = this.#carriedBytes + rest.length
    const carried = this.#carried
    if (this.#carriedBytes > 0) {
      this.#carried = []
      this.#carriedBytes = 0
    }
    if (length > this.#maxBytes) return this.#found({ kind: 'oversized', length, line, byteOffset, terminated })
    const bytes = carried.length === 0 ? rest : Buffer.concat([...carried, rest], length)
    this.#found({ kind: 'line', bytes: trim(bytes, line === 1), line, byteOffset, terminated })
  }
}

/** The lines of a file, for a reader that takes its time. */
export async function* readLines(chunks: AsyncIterable<Uint8Array>, maxBytes: number = MAX_LINE_BYTES): AsyncGenerator<Line> {
  let found: Line[] = []
  const splitter = new LineSplitter((line) => found.push(line), maxBytes)
  for await (const chunk of chunks) {
    splitter.push(chunk)
    yield* found
    found = []
  }
  splitter.end()
  yield* found
}

function trim(bytes: Uint8Array, isFirst: boolean): Uint8Array {
  const start = isFirst && MARK.every((byte, index) => bytes[index] === byte) ? MARK.length : 0
  const end = bytes.length > start && bytes[bytes.length - 1] === CR ? bytes.length - 1 : bytes.length
  return start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end)
}
