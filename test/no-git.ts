import { type Git, GitUnavailable } from '../src/ports/git.ts'
import type { GitWriter } from '../src/ports/git-writer.ts'

const never = async (): Promise<never> => {
  throw new GitUnavailable('no_git', 'this test asks no git')
}

/** A git that answers nothing, for tests that are not about worktrees. */
export const noGit: Git = {
  within: async () => noGit,
  version: never,
  repositoryOf: never,
  worktrees: never,
  status: never,
  refs: never,
  remotes: never,
  log: never,
  countBetween: never,
  mergeBase: never,
  isAncestor: never,
  treeOf: never,
  patchIds: never,
  squashPatchId: never,
  readBlobs: never,
  changesBetween: never,
  isIndexOf: never,
  liesThere: never,
  folderHolds: never,
  filesBelow: never,
  conversions: never,
  resolveCommits: never,
  lastCommitted: never,
  hasObjects: never,
  diffStat: never,
  reflog: never,
  stashes: never,
  lsRemote: never,
}

/** As `noGit`, of the writing side. */
export const noGitWriter: GitWriter = { open: never }
