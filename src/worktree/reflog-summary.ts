import { type Commit, type Git, GitUnavailable, type ReflogEntry, type Repository } from '../ports/git.ts'
import type { Worker } from './places.ts'

/** What the logs of a worktree say about its past. Object ids; milliseconds since the epoch. */
export interface ReflogSummary {
  /** Commits that were made here, newest first. */
  readonly made: readonly string[]
  /** Where HEAD arrived without making anything: the start, checkouts, pulls, resets. */
  readonly arrived: readonly string[]
  /** When the worktree was made; null when the log does not reach back. */
  readonly bornAt: number | null
}

export const NO_REFLOG: ReflogSummary = { made: [], arrived: [], bornAt: null }

/** Commits looked for that only a log, or a transcript, knows. */
const MAX_LOST = 100
/** Commits of all references that may hold the same changes. */
const MAX_COMPARED = 1_000
/** Git's clock has whole seconds, and a command takes its time. */
const SLACK_MS = 5_000

// `merge x: Fast-forward`, `rebase (start)` and `rebase (finish)` arrive at what exists.
const MAKES =
  /^(?:(?:commit|cherry-pick|revert|am)\b|rebase (?:-i )?\((?:pick|continue|reword|edit|squash|fixup)\)|(?:merge|pull)\b.*: Merge made by)/

/** Reads the past out of logs. With `among`, only what was made while one of them was at work counts as made. */
export function summarizeReflog(log: readonly ReflogEntry[], among: readonly Worker[] | null): ReflogSummary {
  const isMade = ({ message, at }: ReflogEntry): boolean =>
    MAKES.test(message) && (among === null || among.some((worker) => wasAtWork(worker, at)))
  const made = new Set(log.filter(isMade).map((entry) => entry.oid))
  const oldest = log.at(-1)
  const before = oldest?.previous ?? null
  return {
    made: [...made],
    arrived: [...new Set([...log.map((entry) => entry.oid), ...(before === null ? [] : [before])])].filter((oid) => !made.has(oid)),
    bornAt: oldest !== undefined && before === null ? oldest.at : null,
  }
}

export function mergeReflogs(a: ReflogSummary, b: ReflogSummary): ReflogSummary {
  const made = new Set([...a.made, ...b.made])
  return { made: [...made], arrived: [...new Set([...a.arrived, ...b.arrived])].filter((oid) => !made.has(oid)), bornAt: a.bornAt }
}

/** Whether a worker was at work at an instant; who has no times may always have been. */
export function wasAtWork(worker: Worker, at: number): boolean {
  const { startedAt, endedAt, isRunning } = worker
  if (startedAt !== null && at < startedAt - SLACK_MS) return false
  return isRunning || endedAt === null || at <= endedAt + SLACK_MS
}

/** The log of a reference. Logs may be switched off, and of a pruned worktree there is none. */
export async function logOf(git: Git, repository: Repository, ref: string): Promise<readonly ReflogEntry[]> {
  try {
    return await git.reflog(repository, ref)
  } catch (error) {
    if (error instanceof GitUnavailable) return []
    throw error
  }
}

/**
 * Commits that no reference reaches: amended, reset, left behind on a detached HEAD, or of a branch that was deleted. What a rebase
 * put in their place holds the same change, so that those are not lost.
 */
export async function lostIn(
  git: Git,
  repository: Repository,
  { made }: ReflogSummary,
  kept: readonly string[],
  elsewhere: readonly string[],
): Promise<readonly Commit[]> {
  const safe = new Set([...kept, ...elsewhere])
  const candidates = made.filter((oid) => !safe.has(oid)).slice(0, MAX_LOST)
  if (candidates.length === 0) return []
  const here = await git.hasObjects(repository, candidates)
  const from = candidates.filter((oid) => here.has(oid))
  if (from.length === 0) return []
  const lost = await git.log(repository, { from, not: [...safe], max: MAX_LOST })
  if (lost.length === 0) return lost
  try {
    const replaced = await replacedIn(
      git,
      repository,
      lost,
      [...made.filter((oid) => here.has(oid)), ...(await git.hasObjects(repository, [...safe]))],
      [...safe],
    )
    return lost.filter((commit) => !replaced.has(commit.oid))
  } catch (error) {
    // A partial clone lacks what a comparison takes.
    if (error instanceof GitUnavailable) return lost
    throw error
  }
}

/** Those whose change is in another commit that was made here, or that a reference holds. */
async function replacedIn(
  git: Git,
  repository: Repository,
  lost: readonly Commit[],
  made: readonly string[],
  safe: readonly string[],
): Promise<ReadonlySet<string>> {
  const [theirs, others] = await Promise.all([
    git.patchIds(repository, { from: lost.map((commit) => commit.oid), not: safe, max: MAX_LOST }),
    git.patchIds(repository, { from: made, not: lost.flatMap((commit) => commit.parents), max: MAX_COMPARED }),
  ])
  const lostOids = new Set(lost.map((commit) => commit.oid))
  const patches = new Set(others.flatMap((each) => (lostOids.has(each.oid) ? [] : [each.patchId])))
  return new Set(theirs.flatMap((each) => (patches.has(each.patchId) ? [each.oid] : [])))
}
