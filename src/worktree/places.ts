import type { Run } from '../model/run.ts'
import type { RunContext } from '../model/session.ts'

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

const COMMITS = /\bgit\b[^;&|]*\b(?:commit|merge|rebase|cherry-pick|am|revert|pull)\b/

/**
 * Every folder that the runs worked in: worktrees from sidecars, results and notifications, and the folders of their
 * records. Paths come from transcripts, so only absolute ones count; git is asked about each before anything is believed.
 */
export function placesOf(runs: readonly { readonly run: Run; readonly context: RunContext; readonly isRunning: boolean }[]): readonly Place[] {
  const places = new Map<string, { branch: string | null; owners: Map<string, Worker>; visitors: Map<string, Worker> }>()
  const placeOf = (path: string): { branch: string | null; owners: Map<string, Worker>; visitors: Map<string, Worker> } => {
    const known = places.get(path)
    if (known !== undefined) return known
    const fresh = { branch: null, owners: new Map<string, Worker>(), visitors: new Map<string, Worker>() }
    places.set(path, fresh)
    return fresh
  }
  for (const { run, context, isRunning } of runs) {
    if (run.kind === 'internal') continue
    const worker = workerOf(run, isRunning)
    const told = context.words.flatMap((word) => word.worktree ?? [])
    const own = [
      ...(run.worktreePath === null ? [] : [{ path: run.worktreePath, branch: run.worktreeBranch }]),
      ...told,
    ].filter(({ path }) => isUsable(path))
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
  }
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
  return path === folder || path.startsWith(`${folder}/`) || path.startsWith(`${folder}\\`)
}

/** The repository's own folder, from the path that the client gives an agent's worktree. */
export function repositoryFolder(worktree: string): string | null {
  return /^(.+?)[\\/]\.claude[\\/]worktrees[\\/][^\\/]+$/.exec(worktree)?.[1] ?? null
}
