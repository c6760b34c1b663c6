import type { Files, Progress, Threads } from '../ports/host.ts'
import type { Source, TranscriptFormat } from '../clients/client.ts'
import { readAside } from './read-aside.ts'
import { agentOf, type ReadRun, readRunOf, readTranscript, type Transcript, type Unread } from './read-run.ts'
import type { RunCache } from './run-cache.ts'

/** How the transcripts of a tree are read, beyond what they are. */
export interface TreeReading {
  /** Every line is parsed, which gives the same and takes longer. */
  readonly plain?: boolean
  readonly cache?: RunCache | undefined
  readonly threads?: Threads | undefined
  readonly progress?: ((progress: Progress) => void) | undefined
}

/** A thread gains when there is so much for it: before that it starts, and its code is not compiled yet. Bytes. */
const WORTH_A_THREAD = 512 * 2 ** 20

/**
 * Reads transcripts whole, in the order given: from the cache where it knows them, and on other threads too where there is enough
 * to read. Which thread reads what changes nothing.
 */
export async function readTranscripts(
  transcripts: readonly Source[],
  format: TranscriptFormat,
  files: Files,
  timeZone: string,
  how: TreeReading,
): Promise<readonly (ReadRun | Unread)[]> {
  const { plain = false, cache } = how
  const tell = teller(transcripts, how.progress)
  const results: (ReadRun | Unread | undefined)[] = transcripts.map((source) => {
    const known = cache?.find(source)
    if (known !== undefined) tell.done(source, 0)
    return known
  })
  const open = transcripts.flatMap((source, place) => (results[place] === undefined ? [{ source, place }] : []))
  const keep = (index: number, transcript: Transcript | Unread, seen: number): void => {
    const { source, place } = open[index] as (typeof open)[number]
    const run = transcript.facts === undefined ? transcript : readRunOf(source, transcript)
    if (run.facts !== undefined) cache?.keep(source, run)
    results[place] = run
    tell.done(source, seen)
  }
  const skim = format.skimmer()
  const read = async (index: number): Promise<void> => {
    const { source } = open[index] as (typeof open)[number]
    let own = 0
    const seen = (bytes: number): void => {
      own += bytes
      tell.read(bytes)
    }
    keep(index, await readTranscript(source.path, agentOf(source), format, files, timeZone, skim, { plain, seen }), own)
  }

  const { threads } = how
  const count = threadsBeside(
    open.map(({ source }) => source.bytes),
    threads,
  )
  if (threads !== undefined && count > 0) {
    // The largest first: one that is begun last would keep all the others waiting.
    open.sort((a, b) => b.source.bytes - a.source.bytes)
    const sources = open.map(({ source }) => source)
    const aside = readAside(sources, { format: format.id, timeZone, plain }, threads, count, { bytes: tell.read, transcript: keep })
    for (let index = aside.take(); index !== undefined; index = aside.take()) await read(index)
    await aside.over
  }
  for (const [index, { place }] of open.entries()) if (results[place] === undefined) await read(index)
  return results.filter((result) => result !== undefined)
}

function threadsBeside(sizes: readonly number[], threads: Threads | undefined): number {
  if (threads === undefined) return 0
  const { spare, asked } = threads
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  const beside = asked === undefined ? Math.min(spare, Math.floor(bytes / WORTH_A_THREAD)) : asked - 1
  // One that finds nothing to take was started for nothing.
  return Math.max(0, Math.min(beside, sizes.length - 1))
}

/** Counts what was read, and tells it. */
function teller(
  transcripts: readonly Source[],
  progress: ((progress: Progress) => void) | undefined,
): { readonly read: (bytes: number) => void; readonly done: (source: Source, seen: number) => void } {
  const bytesAll = transcripts.reduce((sum, source) => sum + source.bytes, 0)
  let filesDone = 0
  let bytesDone = 0
  let agentsDone = 0
  const tell = (): void => {
    // A file may have grown since it was listed.
    progress?.({ filesDone, filesAll: transcripts.length, bytesDone: Math.min(bytesDone, bytesAll), bytesAll, agentsDone })
  }
  return {
    read: (bytes) => {
      bytesDone += bytes
      tell()
    },
    done: (source, seen) => {
      filesDone += 1
      bytesDone += source.bytes - seen
      if (source.of.role === 'agent') agentsDone += 1
      tell()
    },
  }
}
