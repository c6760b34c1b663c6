/** Why git could not answer about a repository. A closed set: consumers may switch on it. */
export type GitUnavailableCode =
  /** No git on the PATH. */
  | 'no_git'
  /** git older than 2.36, whose lists a file name can forge. */
  | 'too_old'
  /** Neither the folder nor one above it is a work tree, or its repository is gone. */
  | 'not_a_repository'
  /** It belongs to another user and git refuses to read it. */
  | 'dubious_ownership'
  /** The folder itself is gone. */
  | 'vanished'
  /** `.git` leads to a git directory that does not know this worktree. */
  | 'untrusted_gitdir'
  /** The repository's configuration moves its work tree to another folder. */
  | 'worktree_mismatch'
  /** A file that git would open there is no plain one, is beyond all measure, or may not be read. */
  | 'unreadable_file'
  | 'timeout'
  | 'failed'

/** A question that git did not answer; the only thing that the methods of `Git` throw. `detail` is git's text, credentials removed. */
export class GitUnavailable extends Error {
  readonly code: GitUnavailableCode
  readonly detail: string
  constructor(code: GitUnavailableCode, detail: string) {
    super(`${code}: ${detail}`)
    this.code = code
    this.detail = detail
  }
}

/** The installed git, from `git version`. */
export interface GitVersion {
  readonly text: string
  readonly major: number
  readonly minor: number
  readonly patch: number
  /** From 2.38 on git itself refuses a bare repository that is buried in a work tree. */
  readonly refusesBuriedRepositories: boolean
}

/** A worktree and its repository, from `Git.repositoryOf` only; absolute real paths. */
export interface Repository {
  readonly worktreePath: string
  /** HEAD, index and operations in progress of this worktree. */
  readonly gitDir: string
  /** What all worktrees share; also the identity of the repository. */
  readonly commonDir: string
  /** Null when the repository is bare. */
  readonly mainWorktree: string | null
}

/** A worktree as its repository lists it, from `git worktree list`. */
export interface Worktree {
  readonly path: string
  /** Its name is not UTF-8: the bytes beyond ASCII are written `\xNN`, and nothing can be asked by this path. */
  readonly undecodable?: true
  readonly head: string | null
  /** The full name (`refs/heads/…`). */
  readonly branch: string | null
  readonly detached: boolean
  readonly bare: boolean
  /** The reason of the lock, perhaps empty; null: not locked. */
  readonly locked: string | null
  /** Why `git worktree prune` would remove it; null: it would not. */
  readonly prunable: string | null
}

export type StatusKind = 'staged' | 'modified' | 'both' | 'untracked' | 'ignored' | 'conflicted' | 'submodule'

/** A path that differs, from `git status`. It ends in `/` when it stands for a whole folder: an ignored one, or a nested repository. */
export interface StatusEntry {
  readonly kind: StatusKind
  /** Relative to the worktree; of a name that is not UTF-8 the bytes beyond ASCII are written `\xNN`. */
  readonly path: string
  /** git's two letters: index and worktree, `.` for unchanged; `??` and `!!`. */
  readonly xy: string
}

/** What is under way in a worktree, from the files in its git directory. */
export interface Operation {
  readonly kind: 'rebase' | 'am' | 'merge' | 'cherry_pick' | 'revert' | 'bisect'
  /** The step that it stopped in, from 1. */
  readonly step: number | null
  readonly steps: number | null
  /** The branch that it will come back to (`refs/heads/…`). */
  readonly branch: string | null
  /** The commit that it works on or towards. */
  readonly commit: string | null
}

/** A tracked file that git was told not to look at, from `git ls-files -v`. */
export interface HiddenPath {
  readonly path: string
  readonly flag: 'assume_unchanged' | 'skip_worktree'
  /** The file is not the one in the index (line endings and filters not considered); null: not compared. */
  readonly differs: boolean | null
}

/** A populated submodule, or a nested repository that was added as one. */
export interface Submodule {
  readonly path: string
  /** Null when it could not be asked; `unavailable` says why. */
  readonly status: WorktreeStatus | null
  readonly unavailable: GitUnavailableCode | null
}

/** What makes the other answers about a repository less than whole. */
export interface RepositoryFlags {
  /** History was cut off at cloning: counts of commits may be too low. */
  readonly shallow: boolean
  /** Objects may be missing here that the remote has; they are never fetched. */
  readonly partialClone: boolean
  /** Not every tracked file is in the worktree. */
  readonly sparse: boolean
  readonly hasSubmodules: boolean
  /** Filters of the repository's own configuration, which were not run: their files may look modified. */
  readonly filtersDisabled: readonly string[]
  /** The repository asks to show some objects in the place of others; the answers here do not. */
  readonly replaceRefs: boolean
  /** As `replaceRefs`, by `info/grafts`. */
  readonly grafts: boolean
}

export interface WorktreeStatus {
  /** Null on a branch without commits. */
  readonly head: string | null
  /** The full name (`refs/heads/…`); null when HEAD is detached. */
  readonly branch: string | null
  /** As git prints it (`origin/main`). */
  readonly upstream: string | null
  /** Commits that the upstream lacks, and that only it has; null without an upstream. */
  readonly ahead: number | null
  readonly behind: number | null
  /** Stashes of the whole repository. */
  readonly stashes: number
  /** In git's order. Renames are a deletion and an addition. */
  readonly entries: readonly StatusEntry[]
  readonly operation: Operation | null
  readonly hidden: readonly HiddenPath[]
  readonly submodules: readonly Submodule[]
  readonly flags: RepositoryFlags
}

/** A reference of the repository, from `git for-each-ref`. */
export interface Ref {
  /** The full name (`refs/heads/…`). */
  readonly name: string
  readonly oid: string
  /** The full name of the remote-tracking branch, if configured. */
  readonly upstream: string | null
  /** Where a symbolic reference (`refs/remotes/origin/HEAD`) points. */
  readonly symbolicTarget: string | null
  /** When its commit was committed (a tag: tagged), in milliseconds since the epoch; null: the object cannot be read. */
  readonly committedAt: number | null
}

/**
 * Where a remote is. The address itself, credentials included, stays with the `Git` that gave it out: equal addresses are one
 * object, and `lsRemote` takes it back.
 */
export interface RemoteAddress {
  /** Without credentials, for people. */
  readonly display: string
}

/** A remote, from the repository's own configuration, nothing included or rewritten. */
export interface Remote {
  readonly name: string
  readonly url: RemoteAddress
  /** Where pushes go: the same object as `url` unless configured apart. */
  readonly pushUrl: RemoteAddress
}

/** What the configuration says about a branch (`branch.<name>.*`). */
export interface BranchRemote {
  /** The full name (`refs/heads/…`). */
  readonly branch: string
  /** A name of a remote, `.` for this repository itself, or a URL. */
  readonly remote: string | null
  readonly pushRemote: string | null
  /** The branch over there (`refs/heads/…`). */
  readonly merge: string | null
}

export interface Remotes {
  readonly remotes: readonly Remote[]
  /** `remote.pushDefault`. */
  readonly pushDefault: string | null
  readonly branches: readonly BranchRemote[]
}

/** A commit. Times in milliseconds since the epoch; names and subjects are whatever somebody wrote. */
export interface Commit {
  readonly oid: string
  readonly parents: readonly string[]
  readonly authoredAt: number
  readonly committedAt: number
  readonly author: string
  readonly subject: string
}

/** Commits reachable from `from` and not from `not`. */
export interface CommitRange {
  /** Object ids or full names of references; one that is missing is an error. */
  readonly from: readonly string[]
  /** As `from`; what is missing here excludes nothing. */
  readonly not: readonly string[]
  readonly max: number
}

/** The id of a change regardless of where it was applied, from `git patch-id --stable`. */
export interface PatchId {
  readonly patchId: string
  readonly oid: string
}

/** Changed lines of a tracked file against HEAD, staged or not; null for a binary file. */
export interface DiffStat {
  readonly path: string
  readonly added: number | null
  readonly deleted: number | null
}

/** A file of a commit. `bytes` null: too large, or the object is not here. */
export interface Blob {
  readonly oid: string
  /** git's: `100644`, `100755`, `120000` for a link. */
  readonly mode: string
  readonly bytes: Uint8Array | null
}

/** What a commit holds under a path; git's mode. */
export interface TreeFile {
  readonly mode: string
  readonly oid: string
}

/** What git does to a file between its object and the disk, by the attributes that the worktree has now. */
export interface Conversion {
  /** It goes through a filter or another encoding, so that the object is not what lies on the disk. */
  readonly filtered: boolean
  /** Its line ends may be others on the disk. */
  readonly lineEnds: boolean
}

/** A step of a reference, from its log. `at` in milliseconds since the epoch. */
export interface ReflogEntry {
  readonly oid: string
  /** Null: the reference was created. */
  readonly previous: string | null
  readonly at: number
  readonly message: string
}

export interface Stash {
  readonly oid: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly subject: string
  /** The short name that the stash was made on; null when HEAD was detached or the message does not say. */
  readonly branch: string | null
}

/** Why a remote is not known. A closed set: consumers may switch on it. */
export type UnverifiedReason = 'timeout' | 'auth' | 'offline' | 'not_found' | 'too_large' | 'refused_scheme' | 'failed'

/** What a remote has, or why that is unknown: an unverified remote says nothing about what was pushed. */
export type RemoteAnswer =
  | {
      /** Object ids by full name, HEAD and peeled tags (`…^{}`) included. */
      readonly refs: ReadonlyMap<string, string>
      /** The remote's default branch (`refs/heads/…`). */
      readonly headTarget: string | null
      /** It answered and has no reference at all. */
      readonly empty: boolean
    }
  | { readonly unverified: UnverifiedReason; readonly detail: string }

/**
 * Questions to git that write nothing, run nothing that a repository brings along, and ask no remote except in `lsRemote`.
 * Every method throws `GitUnavailable` and nothing else.
 */
export interface Git {
  /** The same, with so many milliseconds from now on for all that is asked: what has no answer by then is a `timeout`. */
  within(ms: number): Promise<Git>
  version(): Promise<GitVersion>
  /**
   * The worktree that a path lies in. Of a linked worktree its repository must know it; with `expected`, it must also be
   * that repository.
   */
  repositoryOf(path: string, expected?: Pick<Repository, 'commonDir'>): Promise<Repository>
  /** All worktrees of the repository, the main one first, vanished ones included. */
  worktrees(repository: Repository): Promise<readonly Worktree[]>
  status(repository: Repository): Promise<WorktreeStatus>
  refs(repository: Repository): Promise<readonly Ref[]>
  remotes(repository: Repository): Promise<Remotes>
  /** Newest first. */
  log(repository: Repository, range: CommitRange): Promise<readonly Commit[]>
  /** How many commits only `a` has, and only `b`. */
  countBetween(repository: Repository, a: string, b: string): Promise<{ readonly onlyA: number; readonly onlyB: number }>
  /** Null when they have nothing in common. */
  mergeBase(repository: Repository, a: string, b: string): Promise<string | null>
  isAncestor(repository: Repository, ancestor: string, descendant: string): Promise<boolean>
  /** The tree of a commit; null when the object is not here. */
  treeOf(repository: Repository, oid: string): Promise<string | null>
  /** One for every commit of the range that changes something and is no merge. */
  patchIds(repository: Repository, range: CommitRange): Promise<readonly PatchId[]>
  /** Everything that `tip` changed since it left `base`, as one patch; null when it changed nothing or they have no common base. */
  squashPatchId(repository: Repository, base: string, tip: string): Promise<string | null>
  /**
   * When paths were last written by a commit that is reachable from `from`: milliseconds since the epoch. Those that no commit
   * wrote after `since` are left out.
   */
  lastCommitted(
    repository: Repository,
    query: { readonly from: readonly string[]; readonly paths: readonly string[]; readonly since: number },
  ): Promise<ReadonlyMap<string, number>>
  /** Files of a commit by their paths relative to its root; a path that is no file there is left out. Nothing is converted. */
  readBlobs(repository: Repository, commit: string, paths: readonly string[]): Promise<ReadonlyMap<string, Blob>>
  /** The paths that `to` holds otherwise than `from` (null: an empty tree), with what it holds there; null: nothing. */
  changesBetween(repository: Repository, from: string | null, to: string): Promise<ReadonlyMap<string, TreeFile | null>>
  /** Whether the index holds what the commit does. Of a conflict its sides are files beside each other: `.BASE`, `.OURS`, `.THEIRS`. */
  isIndexOf(repository: Repository, commit: string): Promise<boolean>
  /**
   * Whether each path lies in the worktree so, byte for byte and whatever attributes ask for; null: no file lies there. What
   * cannot be compared (too large, unreadable, a repository within) does not.
   */
  liesThere(repository: Repository, files: ReadonlyMap<string, TreeFile | null>): Promise<boolean>
  /** As `liesThere`, of a folder that the repository does not know as a worktree; and nothing else lies there but what it ignores. */
  folderHolds(repository: Repository, folder: string, files: ReadonlyMap<string, TreeFile | null>): Promise<boolean>
  /** The files and links at and below paths of the worktree; null: there are too many, or a repository lies within. */
  filesBelow(repository: Repository, paths: readonly string[]): Promise<readonly string[] | null>
  /** How git would write files of the worktree; those that it writes as they are, are left out. */
  conversions(repository: Repository, paths: readonly string[]): Promise<ReadonlyMap<string, Conversion>>
  /** The commits that are here of those that ids name, in full by the id as it was given; an id may be abbreviated. */
  resolveCommits(repository: Repository, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Which of the object ids are here. */
  hasObjects(repository: Repository, oids: readonly string[]): Promise<ReadonlySet<string>>
  /** Tracked files only; conflicted ones are left out. */
  diffStat(repository: Repository): Promise<readonly DiffStat[]>
  /** Newest first. `ref` is `HEAD` (of this worktree), a full name, or `worktrees/<name>/HEAD` (of one that may be gone). */
  reflog(repository: Repository, ref: string): Promise<readonly ReflogEntry[]>
  /** Newest first. */
  stashes(repository: Repository): Promise<readonly Stash[]>
  /** All references of a remote, asked from outside of any repository. Throws only when there is no usable git. */
  lsRemote(remote: RemoteAddress | string, options?: { readonly timeoutMs?: number }): Promise<RemoteAnswer>
}
