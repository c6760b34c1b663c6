import type { OpenFile } from '../ports/host.ts'
import type { TranscriptRecord } from '../facts/record.ts'
import type { ReadIssue, ReadIssueReason } from '../facts/source.ts'
import type { Skim, Client } from '../clients/client.ts'
import { LineText } from '../text/line-text.ts'
import { type Line, readLines } from './read-lines.ts'

/** Beyond this nesting a line is not parsed: it holds no record that a client wrote. */
export const MAX_DEPTH = 1_000
/** Below this length no nesting can hurt a parser that does not recurse over what it parsed. Bytes. */
const DEPTH_CHECKED_FROM = 64 * 1024
const CLOSE_OBJECT = 0x7d

/** What a line of a transcript turned out to be. A line gives any number of records; damage is told beside them. */
export interface LineReading {
  readonly line: number
  readonly byteOffset: number
  readonly length: number
  readonly records: readonly TranscriptRecord[]
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
  readonly #skim: Skim
  readonly #plain: boolean
  readonly #text = new LineText()

  constructor(path: string, client: Client, timeZone: string, skim: Skim, { plain = false } = {}) {
    this.#path = path
    this.#client = client
    this.#timeZone = timeZone
    this.#skim = skim
    this.#plain = plain
  }

  /** Records may take their texts from the line when they are asked for them: use them before the next line is read. */
  read(line: Line): LineReading {
    if (line.kind === 'oversized') {
      const issues = [this.#issue(line, 'oversized_line', `a line of ${line.length} bytes is not parsed`, line.length)]
      return readingOf(line, line.length, [], issues, true)
    }
    const { bytes } = line
    const { length } = bytes
    if (isBlank(bytes)) return readingOf(line, length)
    const where = { path: this.#path, line: line.line, byteOffset: line.byteOffset }
    const isClosed = bytes[length - 1] === CLOSE_OBJECT
    if (!line.terminated && !isClosed) return this.#damaged(line, bytes, 'torn_line', 'the last line stops in the middle')
    if (isClosed && !this.#plain) {
      const records = this.#skim(bytes, where)
      if (records !== undefined) return readingOf(line, length, records)
    }
    const parsed = this.#parse(line, bytes)
    if ('raw' in parsed) {
      const { records, problems } = this.#client.normalize(parsed.raw, where, length, this.#timeZone)
      const issues = problems.map((problem) => this.#issue(line, problem.reason, problem.detail, length))
      return readingOf(line, length, records, issues, records.length === 0 && issues.length > 0)
    }
    if (isClosed && this.#plain) {
      const records = this.#skim(bytes, where)
      if (records !== undefined) return readingOf(line, length, records)
    }
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
    return readingOf(line, bytes.length, [], [this.#issue(line, reason, detail, bytes.length)], true, opening)
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
  { line, byteOffset, terminated }: Line,
  length: number,
  records: LineReading['records'] = [],
  issues: LineReading['issues'] = [],
  damaged = false,
  opening = '',
): LineReading {
  return { line, byteOffset, terminated, length, records, issues, damaged, opening }
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
