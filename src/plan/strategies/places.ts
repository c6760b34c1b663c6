import { conventionsOf } from '../../clients/worktree-conventions.ts'
import type { Candidate } from '../candidate.ts'

/** Where an agent's work goes on. */
export interface WorkFolder {
  readonly folder: string
  /** The very folder that it worked in; false: that one is gone. */
  readonly isOwn: boolean
  /** Whether git was asked about it. */
  readonly isVerified: boolean
}

/** The agent's worktree, else the folder it ran in, else the repository; null: nothing tells where it ran. */
export function findWorkFolder({ judged: { run }, worktree, session, client }: Candidate): WorkFolder | null {
  if (worktree?.exists === true) return { folder: worktree.path, isOwn: true, isVerified: true }
  const own = run.worktreePath ?? run.cwd ?? session.main?.run.cwd ?? null
  if (worktree !== null) {
    const around = conventionsOf(client.worktrees).repositoryOf(worktree.path)
    const repository = around ?? session.main?.run.cwd ?? null
    return repository === null ? null : { folder: repository, isOwn: false, isVerified: true }
  }
  return own === null ? null : { folder: own, isOwn: true, isVerified: false }
}
