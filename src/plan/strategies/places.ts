import { slugOf } from '../../clients/claude-code/promoted-session.ts'
import type { Run } from '../../facts/run.ts'
import type { Candidate } from '../candidate.ts'

/** Where an agent's work goes on. */
export interface Place {
  readonly folder: string
  /** The very folder that it worked in; false: that one is gone. */
  readonly isOwn: boolean
  /** Whether git was asked about it. */
  readonly isVerified: boolean
}

/** The agent's worktree, else the folder it ran in, else the repository; null: nothing tells where it ran. */
export function placeOf({ judged: { run }, worktree, session }: Candidate): Place | null {
  if (worktree?.exists === true) return { folder: worktree.path, isOwn: true, isVerified: true }
  const own = run.worktreePath ?? run.cwd ?? session.main?.run.cwd ?? null
  if (worktree !== null) {
    const repository = repositoryOf(worktree?.path ?? own) ?? session.main?.run.cwd ?? null
    return repository === null ? null : { folder: repository, isOwn: false, isVerified: worktree !== null }
  }
  return own === null ? null : { folder: own, isOwn: true, isVerified: false }
}

/** The repository that a worktree of the client's lies in. */
function repositoryOf(path: string | null): string | null {
  return path === null ? null : (/^(.+?)[\\/]\.claude[\\/]worktrees[\\/]/.exec(path)?.[1] ?? null)
}

/**
 * The folder in which `claude --resume` finds a session: the one whose slug its transcript lies under. null: none of the folders
 * that it ran in has that slug, so it was moved.
 */
export function folderOfSession(main: Run): string | null {
  if (main.path === null) return null
  const slug = /([^\\/]+)[\\/][^\\/]+$/.exec(main.path)?.[1]
  return [main.cwd, ...main.folders].find((folder) => folder !== null && slugOf(folder) === slug) ?? null
}
