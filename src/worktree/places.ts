import type { Run } from '../facts/run.ts'
import type { RunContext } from '../facts/session.ts'

/** An agent, as far as the question where it worked is concerned. Instants in milliseconds since the epoch. */
export interface Worker {
  readonly agentId: string
  readonly startedAt: number | null
  readonly endedAt: number | null
  /** It may still be at work, so that nothing after its last record is anybody else's. */
  readonly isRunning: boolean
  readonly writtenFiles: readonly string[]
  /** Whether it ran a git command that makes a commit. */
  readonly commits: boolean
  /** Names that its own git commands gave to branches. */
  readonly branches: readonly string[]
}

/** A folder that agents worked in, and how it is known. */
export interface Place {
  readonly path: string
  /** The branch that the client gave the worktree; agents rename and switch branches, so that HEAD decides. */
  readonly branch: string | null
  /** The worktree was made for them. */
  readonly owners: readonly Worker[]
  /** They merely ran there, beside others. */
  readonly visitors: readonly Worker[]
}

// `git -C folder -c key=value --no-pager <command>`
const GIT = String.raw`\bgit(?:\s+-[cC]\s+\S+|\s+--?[\w-]+(?:=\S+)?)*\s+`
const COMMITS = new RegExp(`${GIT}(?:commit|merge|rebase|cherry-pick|am|revert|pull)\\b`)
const BRANCHES = [
  new RegExp(`${GIT}(?:checkout|switch|worktree\\s+add)\\s+(?:\\S+\\s+){0,3}?(?:-[bBcC]|--create|--force-create)\\s+['"]?([\\w./-]+)`, 'g'),
  new RegExp(`${GIT}branch\\s+(?:-[mM]|--move)\\s+(?:['"]?[\\w./-]+['"]?\\s+)?['"]?([\\w./-]+)`, 'g'),
]

/**
 * Every folder that the runs worked in: worktrees from sidecars, results and notifications, and the folders of their
 * records. Paths come from transcripts, so only absolute ones count; git is asked about each before anything is believed.
 */
export function placesOf(
  runs: readonly { readonly run: Run; readonly context: RunContext; readonly isRunning: boolean }[],
): readonly Place[] {
  const places = new Map<string, { branch: string | null; owners: Map<string, Worker>; visitors: Map<string, Worker> }>()
  const placeOf = (path: string): { branch: string | null; owners: Map<string, Worker>; visitors: Map<string, Worker> } => {
    const known = places.get(path)
    if (known !== undefined) return known
    const fresh = { branch: null, owners: new Map<string, Worker>(), visitors: new Map<string, Worker>() }
    places.set(path, fresh)
    return fresh
  }
  const known = new Set(runs.map(({ run }) => run.agentId))
  for (const { run, context, isRunning } of runs) {
    if (run.kind === 'internal') continue
    const worker = workerOf(run, isRunning)
    // Words come by the id of a call, too, and ids of calls may be given out again: a place belongs to whom its word names.
    const told = context.words.flatMap(({ worktree, agentId }) =>
      worktree === null || (agentId !== null && agentId !== run.agentId && known.has(agentId)) ? [] : [worktree],
    )
    const own = [...(run.worktreePath === null ? [] : [{ path: run.worktreePath, branch: run.worktreeBranch }]), ...told].filter(
      ({ path }) => isUsable(path),
    )
    for (const { path, branch } of own) {
      const place = placeOf(path)
      place.branch ??= branch
      if (worker !== null) place.owners.set(worker.agentId, worker)
    }
    for (const path of run.folders) {
      if (!isUsable(path) || own.some((each) => isWithin(path, each.path))) continue
      const place = placeOf(path)
      if (worker !== null) place.visitors.set(worker.agentId, worker)
    }
  }
  return [...places]
    .map(([path, { branch, owners, visitors }]) => ({ path, branch, owners: [...owners.values()], visitors: [...visitors.values()] }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

function workerOf(run: Run, isRunning: boolean): Worker | null {
  if (run.role === 'main' || run.agentId === null || run.path === null) return null
  return {
    agentId: run.agentId,
    startedAt: run.startedAt,
    endedAt: run.lastRecordAt,
    isRunning,
    writtenFiles: run.writtenFiles,
    commits: run.gitCommands.some(({ command }) => COMMITS.test(command)),
    branches: [...new Set(run.gitCommands.flatMap(({ command }) => branchesIn(command)))],
  }
}

/** The names that a shell command gives to branches. */
export function branchesIn(command: string): readonly string[] {
  return command
    .split(/[;&|\n]/)
    .flatMap((part) => BRANCHES.flatMap((pattern) => [...part.matchAll(pattern)].flatMap((match) => match[1] ?? [])))
}

/** Absolute, no network share, and nothing that leads elsewhere; `/` and its like hold no worktree. */
function isUsable(path: string): boolean {
  if (path.length > 4_096 || path.includes('\0') || path.startsWith('//') || path.startsWith('\\\\')) return false
  if (!path.startsWith('/') && !/^[A-Za-z]:[\\/]/.test(path)) return false
  const parts = path.split(/[\\/]/)
  return !parts.includes('..') && parts.filter((part) => part !== '').length > 1
}

/** Whether a path is a folder or lies below it. */
export function isWithin(path: string, folder: string): boolean {
  const root = folder.replace(/[\\/]$/, '')
  return path === folder || path === root || path.startsWith(`${root}/`) || path.startsWith(`${root}\\`)
}
