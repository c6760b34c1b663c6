import { availableParallelism } from 'node:os'
import type { Thread, Threads } from '../ports/host.ts'

/** Beyond so many, joining and judging what they read takes longer than the reading. */
const MOST_BESIDE = 3
/** Most of what a reader makes is garbage at once: a small nursery keeps its memory small. MiB. */
const YOUNG_MIB = 16

/** Node's worker threads, running the program at `url`. */
export function createThreads(url: URL, cores: number = availableParallelism()): Threads {
  return { spare: Math.max(0, Math.min(cores - 1, MOST_BESIDE)), start: () => startThread(url) }
}

async function startThread(url: URL): Promise<Thread> {
  // Imported late: few runs need it.
  const { Worker } = await import('node:worker_threads')
  const worker = new Worker(url, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB } })
  // Whatever goes wrong ends the thread, and its end is what counts.
  worker.on('error', () => {})
  return {
    post: (message) => worker.postMessage(message),
    listen(heard, over) {
      worker.on('message', heard)
      worker.once('exit', over)
    },
  }
}
