import { type FileFacts, type Files, FileUnavailable, type OpenFile } from '../host.ts'
import type { Tail } from '../model/report.ts'
import type { ReadIssue } from '../model/source.ts'
import { issueOf, unavailable } from './discover-sources.ts'
import { type RunFacts, RunFold } from './fold-run.ts'
import type { Skim, Source, TranscriptFormat } from './format.ts'
import type { RunCache } from './run-cache.ts'
import { LineSplitter } from './read-lines.ts'
import { RecordReader } from './read-records.ts'

/** Issues of one kind in one file beyond this many are told as one count. */
const MAX_ISSUES_PER_FILE = 50

/** Every source was looked at when it was found. */
const REGULAR = { kind: 'file' } as const

/** How transcripts are read. `plain`: every line is parsed, which gives the same and takes longer. */
export interface Reading {
  readonly plain?: boolean
  readonly cache?: RunCache | undefined
  /** Told of every piece that was read. */
  readonly seen?: ((bytes: number) => void) | undefined
}

/** A transcript that was read: its facts, and the file as it was found. */
export interface ReadRun {
  readonly source: Source
  readonly facts: RunFacts
  readonly tail: Tail
  readonly grewWhileRead: boolean
  /** What was opened is what was listed: the same file, in the same state. */
  readonly isAsListed: boolean
  readonly issues: readonly ReadIssue[]
}

/** Reads one transcript whole. Undefined when it cannot be had at all; `issues` then says why. */
export async function readRun(
  source: Source,
  format: TranscriptFormat,
  files: Files,
  timeZone: string,
  skim: Skim,
  { plain = false, seen }: Reading = {},
): Promise<ReadRun | { readonly facts: undefined; readonly issues: readonly ReadIssue[] }> {
  let file: OpenFile
  try {
    file = await files.open(source.path, REGULAR)
  } catch (error) {
    if (!(error instanceof FileUnavailable)) throw error
    return { facts: undefined, issues: [unavailable(source.path, error)] }
  }
  const issues: ReadIssue[] = []
  let left = 0
  const tell = (issue: ReadIssue): void => {
    if (issues.length < MAX_ISSUES_PER_FILE) issues.push(issue)
    else left += 1
  }
  try {
    const fold = new RunFold(source.of.role === 'agent' ? source.of.agentId : null)
    let bytesSeen = 0
    let failure: string | undefined
    try {
      const reader = new RecordReader(source.path, format, timeZone, skim, { plain })
      const splitter = new LineSplitter((line) => {
        const reading = reader.read(line)
        fold.add(reading)
        for (const issue of reading.issues) tell(issue)
      })
      for await (const chunk of file.chunks()) {
        bytesSeen += chunk.length
        splitter.push(chunk)
        seen?.(chunk.length)
      }
      splitter.end()
    } catch (error) {
      if (!(error instanceof FileUnavailable)) throw error
      failure = error.code
      const issue = issueOf(source.path, 'unreadable', `${error.code} after ${bytesSeen} bytes`)
      tell(issue)
      fold.cutOff(issue)
    }
    if (failure === undefined && bytesSeen < file.facts.bytes) {
      const issue = issueOf(source.path, 'shrank_while_read', `${file.facts.bytes} bytes at first, ${bytesSeen} could be read`)
      tell(issue)
      fold.cutOff(issue)
    }
    const bytesNow = await file.bytesNow().catch(ifUnavailable)
    const grewWhileRead = bytesNow !== null && bytesNow > file.facts.bytes
    if (grewWhileRead) tell(issueOf(source.path, 'grew_while_read', `${bytesNow - file.facts.bytes} bytes came after it was opened`))
    if (left > 0) issues.push(issueOf(source.path, 'malformed_json', `${left} more lines of this file could not be read`))
    const facts = fold.finish()
    const tail: Tail = file.facts.bytes === 0 ? 'empty' : facts.tailTorn ? 'torn' : 'complete'
    return { source: { ...source, bytes: file.facts.bytes }, facts, tail, grewWhileRead, isAsListed: isSame(source, file.facts), issues }
  } finally {
    await file.close().catch(ifUnavailable)
  }
}

function isSame(source: Source, { bytes, modifiedAt, identity, stamp }: FileFacts): boolean {
  return source.bytes === bytes && source.modifiedAt === modifiedAt && source.identity === identity && source.stamp === stamp
}

/** What was read stands, whatever the file system says of the file afterwards. */
function ifUnavailable(error: unknown): null {
  if (error instanceof FileUnavailable) return null
  throw error
}
