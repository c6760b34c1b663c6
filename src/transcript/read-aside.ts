import type { Files, Threads } from '../ports/host.ts'
import type { Source } from '../clients/client.ts'
import { formats } from '../clients/index.ts'
import { agentOf, readTranscript, type Transcript, type Unread } from './read-run.ts'

/** What another thread is asked to do: to read the next transcript that nobody took, until none is left. */
interface ReadOrder {
  readonly format: string
  readonly timeZone: string
  readonly plain: boolean
  /** Paths and agents' ids ('' for a main thread), each joined by NUL: cloning one string is a hundred times as fast as cloning a list. */
  readonly paths: string
  readonly agentIds: string
  /** How many were taken, by whichever thread. */
  readonly taken: SharedArrayBuffer
}

/** What it says meanwhile. `bytes`: read since it last said so, in all; `seen`: those of one transcript. */
interface ReadAnswer {
  readonly bytes: number
  readonly found: readonly { readonly index: number; readonly seen: number; readonly transcript: Transcript | Unread }[]
}

/** An answer is sent when it holds so many transcripts, or when so many bytes were read since the last one. */
const ANSWER_TRANSCRIPTS = 16
const ANSWER_BYTES = 4 * 2 ** 20
const SEPARATOR = '\0'

/** Told by the threads that read: of bytes as they are read, and of a transcript when all of it was. */
export interface Heard {
  readonly bytes: (bytes: number) => void
  /** `index`: which of the sources; `seen`: how many of the bytes told of are its own. */
  readonly transcript: (index: number, transcript: Transcript | Unread, seen: number) => void
}

/**
 * Has other threads read transcripts, in turns with the caller: who is free takes the next one. What a thread took and never
 * answered for (it died) is nobody's: the caller looks for what is missing once `over` is done.
 */
export function readAside(
  sources: readonly Source[],
  how: { readonly format: string; readonly timeZone: string; readonly plain: boolean },
  threads: Threads,
  count: number,
  heard: Heard,
): { readonly take: () => number | undefined; readonly over: Promise<void> } {
  const order: ReadOrder = {
    ...how,
    paths: sources.map(({ path }) => path).join(SEPARATOR),
    agentIds: sources.map((source) => agentOf(source) ?? '').join(SEPARATOR),
    taken: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT),
  }
  const hear = (message: unknown): void => {
    // The other side is this very program.
    const { bytes, found } = message as ReadAnswer
    heard.bytes(bytes)
    for (const { index, transcript, seen } of found) heard.transcript(index, transcript, seen)
  }
  const running = Array.from({ length: count }, async () => {
    // Without it everything is read all the same.
    const thread = await threads.start().catch(() => undefined)
    if (thread === undefined) return
    const over = new Promise<void>((done) => thread.listen(hear, done))
    thread.post(order)
    await over
  })
  return { take: takerOf(order.taken, sources.length), over: Promise.all(running).then(() => undefined) }
}

/** The other side: reads what it is told to, and ends when nothing is left to take. */
export async function serveReading(message: unknown, files: Files, post: (answer: unknown) => void): Promise<void> {
  const { format: id, timeZone, plain, paths, agentIds, taken } = message as ReadOrder
  const format = formats.find((each) => each.id === id)
  if (format === undefined) throw new Error(`no format is called ${id}`)
  const all = paths.split(SEPARATOR)
  const agents = agentIds.split(SEPARATOR)
  const skim = format.skimmer()
  let found: ReadAnswer['found'][number][] = []
  let bytes = 0
  const answer = (): void => {
    post({ bytes, found } satisfies ReadAnswer)
    found = []
    bytes = 0
  }
  const take = takerOf(taken, all.length)
  for (let index = take(); index !== undefined; index = take()) {
    let own = 0
    const seen = (piece: number): void => {
      own += piece
      bytes += piece
      if (bytes >= ANSWER_BYTES) answer()
    }
    const transcript = await readTranscript(all[index] ?? '', agents[index] || null, format, files, timeZone, skim, { plain, seen })
    found.push({ index, seen: own, transcript })
    if (found.length >= ANSWER_TRANSCRIPTS) answer()
  }
  answer()
}

function takerOf(taken: SharedArrayBuffer, count: number): () => number | undefined {
  const next = new Int32Array(taken)
  return () => {
    const index = Atomics.add(next, 0, 1)
    return index < count ? index : undefined
  }
}
