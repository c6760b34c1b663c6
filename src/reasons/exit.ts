import type { RunContext } from '../facts/session.ts'

/** Everything that a client writes while it exits stands within this time (2.1.97 to 2.1.329). Milliseconds. */
const EXIT_MS = 2_000
/** What follows sooner than this was written by the same process: nobody starts the next one so fast. Milliseconds. */
const SAME_PROCESS_MS = 60_000

/**
 * Whether something was said in the last moment of a process. Clients that exit write what they also write when a person
 * stops everything; only the silence behind it tells the two apart.
 */
export function wasWrittenAtExit(at: number | null, { session }: RunContext): boolean {
  if (at === null) return false
  // The process that ran at that moment lives: it did not exit.
  if (session.owners.some((owner) => owner.state === 'alive' && owner.startedAt !== null && owner.startedAt <= at)) return false
  const index = session.activity.findIndex((stretch) => stretch.to >= at)
  const stretch = session.activity[index]
  if (stretch === undefined || stretch.to > at + EXIT_MS) return false
  const next = session.activity[index + 1]
  if (next !== undefined) return next.from - at >= SAME_PROCESS_MS
  return !session.owners.some((owner) => owner.state === 'alive')
}
