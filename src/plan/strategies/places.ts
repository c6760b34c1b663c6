import type { StartCommand } from '../../clients/recovery.ts'
import { conventionsOf } from '../../clients/worktree-conventions.ts'
import { isForgotten } from '../../preserve/rows.ts'
import type { WorktreeReport } from '../../worktree/worktree-report.ts'
import type { Candidate } from '../candidate.ts'
import { findCommandHazard, findFolderHazard } from '../names.ts'

/** Where an agent's work goes on. */
export interface WorkFolder {
  readonly folder: string
  /** The very folder that it worked in; false: that one is gone, or git forgot it and acts on the main checkout there. */
  readonly isOwn: boolean
  /** Whether git was asked about it. */
  readonly isVerified: boolean
  /** What brings the folder back, before anybody works there; null: it is there, or gone for good. */
  readonly restore: StartCommand | null
}

/** The command that adds a worktree again that is gone; null: it is there, or its branch is gone too, or somebody else is on it. */
export function restoreOf({
  path,
  repo,
  branch,
  head,
  exists,
  forcesToRestore,
}: Pick<WorktreeReport, 'path' | 'repo' | 'branch' | 'head' | 'exists' | 'forcesToRestore'>): StartCommand | null {
  const what = branch ?? head
  if (exists || forcesToRestore === null || repo === null || what === null) return null
  if (findFolderHazard(repo) !== null || findFolderHazard(path) !== null || findCommandHazard(what) !== null) return null
  const forces = Array.from({ length: forcesToRestore }, () => '-f')
  return { cwd: repo, argv: ['git', 'worktree', 'add', ...forces, ...(branch === null ? ['--detach'] : []), '--', path, what] }
}

/** The agent's worktree, else the folder it ran in, else the repository; null: its folder is unknown. */
export function findWorkFolder({ judged: { run }, worktree, session, client }: Candidate): WorkFolder | null {
  if (worktree?.exists === true && !isForgotten(worktree)) return { folder: worktree.path, isOwn: true, isVerified: true, restore: null }
  const own = run.worktreePath ?? run.cwd ?? session.main?.run.cwd ?? null
  if (worktree !== null) {
    const restore = restoreOf(worktree)
    if (restore !== null) return { folder: worktree.path, isOwn: true, isVerified: true, restore }
    const around = conventionsOf(client.worktrees).repositoryOf(worktree.path)
    const repository = around ?? session.main?.run.cwd ?? null
    return repository === null ? null : { folder: repository, isOwn: false, isVerified: true, restore: null }
  }
  return own === null ? null : { folder: own, isOwn: true, isVerified: false, restore: null }
}

/** How the statement begins that a folder can be worked in. */
export const FOLDER_EXISTS = 'The folder exists'

/** What must be true of an agent's own folder before anybody works there again. */
export function describeOwnFolder({ folder, isVerified, restore }: WorkFolder): string {
  return restore === null
    ? `${FOLDER_EXISTS}${isVerified ? '' : ' (git not checked)'} and nobody else is using it: ${folder}`
    : `Its worktree is gone, but its branch exists: the first command adds it again: ${folder}`
}
