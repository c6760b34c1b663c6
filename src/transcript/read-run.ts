import type { Client, Skimmer, Source, SourcePlace } from '../clients/client.ts'
import { type FileFacts, type Files, FileUnavailable, type OpenFile } from '../ports/host.ts'
import type { Tail } from '../facts/agent.ts'
import type { ReadIssue } from '../facts/source.ts'
import { issueOf, unavailable } from './read-issues.ts'
import { type RunFacts, RunFold } from './fold-run.ts'
import { openTranscript } from './open-transcript.ts'
import { LineSplitter, MAX_LINE_BYTES } from './read-lines.ts'
import { type LineReading, RecordReader } from './read-records.ts'

/** Issues of one kind in one file beyond this many are told as one count. */
const MAX_ISSUES_PER_FILE = 50

/** A transcript that cannot be had at all, and why. */
export interface Unread {
  readonly facts: undefined
  readonly issues: readonly ReadIssue[]
}

/** A transcript that was read, and where it was found. */
export interface ReadRun {
  readonly source: Source
  readonly facts: RunFacts
  readonly tail: Tail
  readonly grewWhileRead: boolean
  /** What was opened is what was listed: the same file, in the same state. */
  readonly isAsListed: boolean
  readonly issues: readonly ReadIssue[]
}

/**
 * Reads transcripts whole, one after the other: what their lines repeat is kept from one to the next. `plain`: every line is parsed,
 * which gives the same and takes longer.
 */
export class TranscriptReader {
  readonly #files: Files
  readonly #timeZone: string
  readonly #plain: boolean
  readonly #skimmers = new Map<Client, Skimmer | null>()

  constructor(files: Files, timeZone: string, { plain = false } = {}) {
    this.#files = files
    this.#timeZone = timeZone
    this.#plain = plain
  }

  /** A reader of the lines of one transcript. */
  openLines({ client, path }: SourcePlace): RecordReader {
    let skimmer = this.#skimmers.get(client)
    if (skimmer === undefined) this.#skimmers.set(client, (skimmer = client.skimmer()))
    return new RecordReader(path, client, this.#timeZone, skimmer, { plain: this.#plain })
  }

  /** One transcript. `seen`: told of every piece that was read, in bytes. */
  async read(source: Source, seen?: (bytes: number) => void): Promise<ReadRun | Unread> {
    const { path, of } = source
    let file: OpenFile
    try {
      file = await openTranscript(source, this.#files)
    } catch (error) {
      if (!(error instanceof FileUnavailable)) throw error
      return { facts: undefined, issues: [unavailable(path, error)] }
    }
    const issues: ReadIssue[] = []
    let left = 0
    const tell = (issue: ReadIssue): void => {
      if (issues.length < MAX_ISSUES_PER_FILE) issues.push(issue)
      else left += 1
    }
    try {
      const fold = new RunFold(source.client, of.role === 'agent' ? of.agentId : null)
      let bytesSeen = 0
      let failure: string | undefined
      try {
        const reader = this.openLines(source)
        const add = (reading: LineReading): void => {
          fold.add(reading)
          for (const issue of reading.issues) tell(issue)
        }
        const take = reader.takeLines((record) => fold.addRecord(record), add)
        const splitter = new LineSplitter((line) => add(reader.read(line)), MAX_LINE_BYTES, take)
        for await (const chunk of file.chunks()) {
          bytesSeen += chunk.length
          splitter.push(chunk)
          seen?.(chunk.length)
        }
        splitter.end()
      } catch (error) {
        if (!(error instanceof FileUnavailable)) throw error
        failure = error.code
        const issue = issueOf(path, 'unreadable', `${error.code} after ${bytesSeen} bytes`)
        tell(issue)
        fold.cutOff(issue)
      }
      for (const issue of fold.issues) tell(issue)
      if (failure === undefined && bytesSeen < file.facts.bytes) {
        const issue = issueOf(path, 'shrank_while_read', `${file.facts.bytes} bytes at first, ${bytesSeen} could be read`)
        tell(issue)
        fold.cutOff(issue)
      }
      const bytesNow = await file.bytesNow().catch(ifUnavailable)
      const grewWhileRead = bytesNow !== null && bytesNow > file.facts.bytes
      if (grewWhileRead) tell(issueOf(path, 'grew_while_read', `${bytesNow - file.facts.bytes} bytes came after it was opened`))
      if (left > 0) issues.push(issueOf(path, 'malformed_json', `${left} more lines of this file could not be read`))
      const facts = fold.finish()
      const tail: Tail = file.facts.bytes === 0 ? 'empty' : facts.tailTorn ? 'torn' : 'complete'
      const { bytes } = file.facts
      return {
        source: source.bytes === bytes ? source : { ...source, bytes },
        facts,
        tail,
        grewWhileRead,
        isAsListed: isSame(source, file.facts),
        issues,
      }
    } finally {
      await file.close().catch(ifUnavailable)
    }
  }
}

// Windows names one device in two ways, by a path and by an open file: it is not compared. Another file has another stamp.
function isSame(source: Source, { bytes, modifiedAt, stamp }: FileFacts): boolean {
  return source.bytes === bytes && source.modifiedAt === modifiedAt && source.stamp === stamp
}

/** What was read stands, whatever the file system says of the file afterwards. */
function ifUnavailable(error: unknown): null {
  if (error instanceof FileUnavailable) return null
  throw error
}
