import type { Files, Progress } from '../ports/host.ts'
import type { Source } from '../clients/client.ts'
import { type ReadRun, TranscriptReader, type Unread } from './read-run.ts'
import type { RunCache } from './run-cache.ts'

/** How the transcripts of a tree are read, beyond what they are. */
export interface TreeReading {
  /** Every line is parsed, which gives the same and takes longer. */
  readonly plain?: boolean
  readonly cache?: RunCache | undefined
  readonly progress?: ((progress: Progress) => void) | undefined
}

/** Reads transcripts whole, in the order given: from the cache where it knows them. */
export async function readTranscripts(
  transcripts: readonly Source[],
  files: Files,
  timeZone: string,
  how: TreeReading,
): Promise<readonly (ReadRun | Unread)[]> {
  const { cache } = how
  const tell = teller(transcripts, how.progress)
  const reader = new TranscriptReader(files, timeZone, how)
  const read = async (source: Source): Promise<ReadRun | Unread> => {
    let own = 0
    const seen = (bytes: number): void => {
      own += bytes
      tell.read(bytes)
    }
    const run = await reader.read(source, seen)
    if (run.facts !== undefined) cache?.keep(source, run)
    tell.done(source, own)
    return run
  }
  const known = transcripts.map((source) => {
    const run = cache?.find(source)
    if (run !== undefined) tell.done(source, 0)
    return run
  })
  const results: (ReadRun | Unread)[] = []
  for (const [index, source] of transcripts.entries()) results.push(known[index] ?? (await read(source)))
  return results
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
