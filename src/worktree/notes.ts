/** The note of a folder that is there, and that its repository does not know any more. */
export const FORGOTTEN = 'git no longer knows this worktree (git worktree repair may help): its files cannot be compared'
/** The same, where a rescue reference holds the files as they lie there. */
export const FORGOTTEN_SAVED = 'git no longer knows this worktree (git worktree repair may help): its files are saved as they are'

/** Said of a branch whose remote one holds other commits. */
export const GONE_ANOTHER_WAY = 'has diverged: it was overwritten, or got other commits'

/** How the note of a worktree begins that is not where it was made any more. */
export const MOVED_HERE = 'it was moved here from '
