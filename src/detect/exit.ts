import type { RunContext } from '../model/session.ts'

/** A client that exits reports its agents as killed in its last seconds (2.1.187). Milliseconds. */
const EXIT_MS = 5_000

/**
 * Whether something was said in the last seconds of a process: nothing of the session came after it, but for what a later
 * process wrote.
 */
export function wasSaidAtExit(at: number | null, { session }: RunContext): boolean {
  if (at === null) return false
  const next = session.processStarts.find((start) => start.at !== null && start.at > at)?.at ?? Infinity
  const mainGoesOn = session.main !== null && session.main.activity.some((stretch) => stretch.to > at + EXIT_MS && stretch.from < next && stretch.from <= at)
  const last = session.activity.findLast((stretch) => stretch.from <= at)
  if (last === undefined) return false
  // Within one stretch of activity a restart may hide the exit: then the records behind it are the later process's.
  return next === Infinity ? last.to - at <= EXIT_MS && !mainGoesOn : true
}
