import { BUILD } from '#generated/build'
import { hash } from 'node:crypto'
import { type Files, FileUnavailable, NotACache } from '../ports/host.ts'
import type { ReadIssue } from '../facts/source.ts'
import type { Source } from '../clients/client.ts'
import { packKeptRun, readKeptRun } from './kept-run.ts'
import { LineSplitter } from './read-lines.ts'
import type { ReadRun } from './read-run.ts'

/** The first line begins so, whatever the format; that, version and build of the tool follow, since others may find other facts. */
const HEADER = 'agent-forensics cache '
const FORMAT = 6
/** A file that changed this shortly before it was read may change again without a trace in its time. Milliseconds. */
const SETTLED_AFTER_MS = 2_000
const DIGEST = 32
/** The first line is shorter. */
const LONGEST_HEADER = 1_024
const TAB = 0x09
/** One entry of so many may be of use to nobody before the file is written anew. */
const MOST_WASTE = 3
/** What belongs to one reading and not to the file. */
const PASSING: ReadonlySet<ReadIssue['reason']> = new Set(['unreadable', 'vanished', 'grew_while_read', 'shrank_while_read'])

/** Where a cache lies, and what its entries depend on beside the files. */
export interface CacheTerms {
  readonly path: string
  readonly toolVersion: string
  readonly timeZone: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** What of a cache's file is written: all of it, or what goes behind what is there. */
export interface CacheChange {
  readonly isWhole: boolean
  readonly pieces: Iterable<string>
}

/**
 * The facts of transcripts that were read before. An entry is found by everything that tells a file and its state, and is
 * believed only with its checksum: what is stale or damaged is not found, and the transcript is read.
 */
export class RunCache {
  readonly #terms: CacheTerms
  /** By key: the line as it stands in the file, in bytes as long as nobody needs it: text is moved about each time that memory is collected. */
  readonly #entries = new Map<string, Buffer | string>()
  /** The keys that were asked for: what they stand for is there. */
  readonly #asked = new Set<string>()
  /** The keys of entries that are not in the file yet. */
  readonly #added = new Set<string>()
  /** Lines of the file that are of use to nobody. */
  #waste = 0
  /** False: there is no file, or one of another version. */
  #isCurrent = false

  constructor(terms: CacheTerms) {
    this.#terms = terms
  }

  /** Reads the file of a cache; an empty one where there is none yet. Throws `NotACache`, and `FileUnavailable` where it cannot be read. */
  static async read(terms: CacheTerms, files: Files): Promise<RunCache> {
    const cache = new RunCache(terms)
    const header = headerOf(terms)
    let isFirst = true
    const splitter = new LineSplitter((line) => {
      // No entry is that long: what holds such a line is written anew.
      const bytes = line.kind === 'line' ? Buffer.from(line.bytes) : null
      if (!isFirst) {
        cache.#isCurrent &&= bytes !== null
        if (bytes !== null && cache.#isCurrent) cache.#load(bytes)
        return
      }
      isFirst = false
      const text = bytes?.toString('utf8', 0, LONGEST_HEADER + 1) ?? ''
      if (text.length > LONGEST_HEADER || !text.startsWith(HEADER)) throw new NotACache(`${terms.path} is no cache of this program`)
      cache.#isCurrent = text === header
    })
    try {
      const file = await files.open(terms.path)
      try {
        for await (const chunk of file.chunks()) splitter.push(chunk)
        splitter.end()
      } finally {
        await file.close()
      }
    } catch (error) {
      if (!(error instanceof FileUnavailable) || error.code !== 'ENOENT') throw error
    }
    return cache
  }

  #load(line: Buffer): void {
    if (line.length === 0) return
    const end = line.indexOf(TAB)
    const isSound = end > DIGEST && line.toString('latin1', 0, DIGEST) === digestOf(line.subarray(DIGEST))
    const key = isSound ? line.toString('utf8', DIGEST, end) : null
    // What was added later is true.
    if (key === null || this.#entries.has(key)) this.#waste += 1
    if (key !== null) this.#entries.set(key, line)
  }

  /** The run, where its transcript is as it was when it was read. */
  find(source: Source): ReadRun | undefined {
    const key = this.#keyOf(source)
    this.#asked.add(key)
    const line = this.#entries.get(key)
    if (line === undefined) return undefined
    const kept = readKeptRun(line.toString().slice(DIGEST + key.length + 1), source.path)
    if (kept === undefined) return undefined
    const { facts, tail, issues } = kept
    return { source, facts, tail, grewWhileRead: false, isAsListed: true, issues }
  }

  /** Keeps a run, unless its file may have been in motion. */
  keep(source: Source, { facts, tail, issues, grewWhileRead, isAsListed }: ReadRun): void {
    if (grewWhileRead || !isAsListed || source.modifiedAt > this.#terms.now - SETTLED_AFTER_MS) return
    if (issues.some(({ reason }) => PASSING.has(reason))) return
    const key = this.#keyOf(source)
    const body = `${key}\t${packKeptRun({ facts, tail, issues }, source.path)}`
    this.#entries.set(key, `${digestOf(body)}${body}`)
    this.#added.add(key)
  }

  /**
   * What has to be written so that the file holds what is known now: lines behind the others, or the whole of it where much would be of use
   * to nobody; null: nothing. Of what lies below the roots only what is there now is of use, and everything that lies elsewhere.
   */
  changeOf(roots: readonly string[], sources: readonly Source[]): CacheChange | null {
    const below = roots.map((root) => JSON.stringify(root).slice(0, -1))
    // Mostly, all were asked for.
    let listed: Set<string> | undefined
    const isListed = (key: string): boolean => (listed ??= new Set(sources.map((source) => this.#keyOf(source)))).has(key)
    const isThere = (key: string): boolean => this.#asked.has(key) || !below.some((root) => key.startsWith(root)) || isListed(key)
    const kept = [...this.#entries.keys()].filter(isThere)
    const waste = this.#waste + this.#entries.size - kept.length
    if (!this.#isCurrent || (waste > 0 && waste * MOST_WASTE >= kept.length))
      return { isWhole: true, pieces: this.#pieces(kept, `${headerOf(this.#terms)}\n`) }
    // Where the last line has no end, what follows begins a new one.
    return this.#added.size === 0 ? null : { isWhole: false, pieces: this.#pieces([...this.#added], '\n') }
  }

  *#pieces(keys: readonly string[], begins: string): Iterable<string> {
    yield begins
    for (const key of keys) yield `${this.#entries.get(key)?.toString()}\n`
  }

  #keyOf({ client, path, part, bytes, modifiedAt, stamp }: Source): string {
    return `${JSON.stringify(path)} ${bytes} ${modifiedAt} ${stamp ?? ''} ${client.id} ${this.#terms.timeZone} ${part ?? ''}`
  }
}

function headerOf({ toolVersion }: CacheTerms): string {
  return `${HEADER}${FORMAT} ${toolVersion} ${BUILD}`
}

function digestOf(body: string | Uint8Array): string {
  return hash('sha256', body).slice(0, DIGEST)
}
