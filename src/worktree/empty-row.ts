import type { WorktreeReport } from './worktree-report.ts'

/** A row of which nothing is known but its path. */
export function emptyRow(path: string): WorktreeReport {
  return {
    path,
    repo: null,
    remoteUrl: null,
    branch: null,
    head: null,
    base: null,
    exists: false,
    agents: [],
    sessions: [],
    attribution: 'uncertain',
    delivery: 'none',
    mergedBy: null,
    ahead: null,
    behind: null,
    dirty: { staged: 0, modified: 0, untracked: 0, ignored: 0, conflicted: 0, operation: null },
    stashes: 0,
    atRisk: [],
    lostCommits: [],
    saved: [],
    pullRequest: null,
    newPullRequestUrl: null,
    remote: null,
    forcesToRestore: null,
    lock: null,
    orphan: false,
    notes: [],
  }
}
