import type { OpenFile } from '../ports/host.ts'
import type { TranscriptRecord } from '../facts/record.ts'
import type { ReadIssue, ReadIssueReason } from '../facts/source.ts'
import type { Client, Skimmer } from '../clients/client.ts'
import { LineText } from '../text/line-text.ts'
import { type Line, MAX_LINE_BYTES, readLines, type TakeLines } from './read-lines.ts'

/** Beyond this nesting a line is not parsed: it holds no record that a client wrote. */
export const MAX_DEPTH = 1_000
/** Below this length no nesting can hurt a parser that does not recurse over what it parsed. Bytes. */
const DEPTH_CHECKED_FROM = 64 * 1024
const CLOSE_OBJECT = 0x7d
const NONE: readonly never[] = []

/** What a line of a transcript turned out to be; damage is told beside its record. */
export interface LineReading {
  readonly line: number
  readonly byteOffset: number
  readonly length: number
  /** null: nothing is read from it. */
  readonly record: TranscriptRecord | null
  readonly issues: readonly ReadIssue[]
  /** The line, or a part of it, could not be understood: what it said is not known. */
  readonly damaged: boolean
  readonly terminated: boolean
  /** How a damaged line begins, to tell bookkeeping from conversation; '' where conversation stands behind that beginning. */
  readonly opening: string
}

/**
 * Reads the lines of one transcript through a client. Every byte is accounted for: read, skipped, or told as an issue.
 *
 * A line is skimmed where the format can, and parsed where it cannot. `plain`: every line is parsed first, and what the format
 * skims is only asked for where the parser refuses; both ways give the same, which is how the fast one is tested.
 */
export class RecordReader {
  readonly #path: string
  readonly #client: Client
  readonly #timeZone: string
  readonly #skimmer: Skimmer | null
  readonly #plain: boolean
  readonly #text = new LineText()

  constructor(path: string, client: Client, timeZone: string, skimmer: Skimmer | null, { plain = false } = {}) {
    this.#path = path
    this.#client = client
    this.#timeZone = timeZone
    this.#skimmer = skimmer
    this.#plain = plain
  }

  /** Takes lines that stand side by side; absent where each is to be read by itself. `found`: what is not damaged in any way; null: nothing is read from it. */
  takeLines(found: (record: TranscriptRecord | null) => void, add: (reading: LineReading) => void): TakeLines | undefined {
    const skimmer = this.#skimmer
    if (skimmer === null || this.#plain) return undefined
    const path = this.#path
    return (lines, first, byteOffset) => {
      let line = first
      for (skimmer.load(lines); skimmer.next(); line += 1) {
        const place = { path, line, byteOffset: byteOffset + skimmer.from }
        const isOversized = skimmer.to - skimmer.from > MAX_LINE_BYTES
        const record = isOversized ? undefined : skimmer.read(place)
        if (record !== undefined) found(record)
        else if (isOversized) add(this.read({ kind: 'oversized', length: skimmer.to - skimmer.from, terminated: true, ...place }))
        else add(this.#readParsed({ kind: 'line', bytes: skimmer.line, terminated: true, ...place }))
      }
      return line - first
    }
  }

  /** Records may take their texts from the line when they are asked for them: use them before the next line is read. */
  read(line: Line): LineReading {
    if (line.kind === 'oversized') {
      const issues = [this.#issue(line, 'oversized_line', `a line of ${line.length} bytes is not parsed`, line.length)]
      return readingOf(line, line.length, null, issues, true)
    }
    const record = this.#plain ? undefined : this.#skim(line)
    return record === undefined ? this.#readParsed(line) : readingOf(line, line.bytes.length, record)
  }

  #skim({ bytes, line, byteOffset }: Line & { readonly kind: 'line' }): TranscriptRecord | null | undefined {
    this.#skimmer?.load(bytes)
    return this.#skimmer?.next() === true ? this.#skimmer.read({ path: this.#path, line, byteOffset }) : undefined
  }

  #readParsed(line: Line & { readonly kind: 'line' }): LineReading {
    const { bytes } = line
    const { length } = bytes
    if (isBlank(bytes)) return readingOf(line, length)
    const isClosed = bytes[length - 1] === CLOSE_OBJECT
    if (!line.terminated && !isClosed) return this.#damaged(line, bytes, 'torn_line', 'the last line stops in the middle')
    const parsed = this.#parse(line, bytes)
    if ('raw' in parsed) {
      const where = { path: this.#path, line: line.line, byteOffset: line.byteOffset }
      const { record, problems } = this.#client.normalize(parsed.raw, where, length, this.#timeZone)
      const issues = problems.map((problem) => this.#issue(line, problem.reason, problem.detail, length))
      return readingOf(line, length, record, issues, record === null && issues.length > 0)
    }
    // The inside of a string that is damaged may be nothing that is read.
    const skimmed = this.#plain ? this.#skim(line) : undefined
    if (skimmed !== undefined) return readingOf(line, length, skimmed)
    if (this.#client.isSkippable(bytes))
      return isClosed ? readingOf(line, length) : this.#damaged(line, bytes, 'malformed_json', 'the line is not whole')
    return this.#damaged(line, bytes, parsed.reason, parsed.detail)
  }

  #parse(
    { terminated }: Line,
    bytes: Uint8Array,
  ): { readonly raw: unknown } | { readonly reason: ReadIssueReason; readonly detail: string } {
    if (bytes.length >= DEPTH_CHECKED_FROM && depthOf(bytes) > MAX_DEPTH) {
      return { reason: 'too_deep', detail: `the line nests deeper than ${MAX_DEPTH} levels` }
    }
    if (!this.#text.load(bytes)) return { reason: 'encoding', detail: 'the line is not UTF-8' }
    const raw = this.#text.parse(0, bytes.length)
    if (raw !== undefined) return { raw }
    if (bytes.includes(0)) return { reason: 'encoding', detail: 'the line holds NUL bytes: UTF-16, or a write that never reached the disk' }
    return terminated
      ? { reason: 'malformed_json', detail: 'the line is not JSON' }
      : { reason: 'torn_line', detail: 'the last line stops in the middle' }
  }

  #damaged(line: Line, bytes: Uint8Array, reason: ReadIssueReason, detail: string): LineReading {
    const opening = this.#client.holdsConversation(bytes) ? '' : new TextDecoder('utf-8').decode(bytes.subarray(0, 200))
    return readingOf(line, bytes.length, null, [this.#issue(line, reason, detail, bytes.length)], true, opening)
  }

  #issue({ line, byteOffset }: Line, reason: ReadIssueReason, detail: string, bytes: number): ReadIssue {
    return { path: this.#path, line, byteOffset, reason, bytes, detail }
  }
}

/** A transcript line by line, every line parsed: for a reader that takes its time and keeps what it is given. */
export async function* readRecords(file: OpenFile, path: string, client: Client, timeZone: string): AsyncGenerator<LineReading> {
  const reader = new RecordReader(path, client, timeZone, client.skimmer(), { plain: true })
  for await (const line of readLines(file.chunks())) yield reader.read(line)
}

/** One literal for all: spreading objects here costs more than parsing the line. */
function readingOf(
  { line, byteOffset, terminated }: Pick<LineReading, 'line' | 'byteOffset' | 'terminated'>,
  length: number,
  record: LineReading['record'] = null,
  issues: LineReading['issues'] = NONE,
  damaged = false,
  opening = '',
): LineReading {
  return { line, byteOffset, terminated, length, record, issues, damaged, opening }
}

function isBlank(bytes: Uint8Array): boolean {
  if (bytes.length > 64) return false
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)
}

/** So many bytes of a string are looked at one by one before the search for its end is worth its call. */
const SHORT_STRING = 32

/** The deepest nesting of brackets outside of strings; no parser is asked, since that is what is to be protected. */
export function depthOf(bytes: Uint8Array): number {
  let depth = 0
  let deepest = 0
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index]
    if (byte === 0x22) index = endOfString(bytes, index + 1)
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1
      if (depth > deepest) deepest = depth
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1
  }
  return deepest
}

/** Where the string ends that begins at `from`: at its quote, or behind the last byte. */
function endOfString(bytes: Uint8Array, from: number): number {
  let index = from
  for (;;) {
    // Byte by byte while quotes or escapes are near, by leaps through everything else.
    for (const near = Math.min(index + SHORT_STRING, bytes.length); index < near; index += 1) {
      const byte = bytes[index]
      if (byte === 0x22) return index
      if (byte === 0x5c) index += 1
    }
    if (index >= bytes.length) return bytes.length
    const quote = bytes.indexOf(0x22, index)
    if (quote < 0) return bytes.length
    let escapes = 0
    while (quote - 1 - escapes >= index && bytes[quote - 1 - escapes] === 0x5c) escapes += 1
    if (escapes % 2 === 0) return quote
    index = quote + 1
  }
}
