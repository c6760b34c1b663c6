import type { Stash } from './git.ts'

/** A path relative to a folder as the system has it: one character for each byte, whatever bytes they are. */
export type RawPath = string

/** What is saved: a worktree, a folder that its repository does not know any more, or a repository alone. */
export interface SaveSource {
  readonly kind: 'worktree' | 'folder' | 'repository'
  /** Of a worktree and a folder: where the files are. */
  readonly path: string
  /** Of a folder and a repository: where its repository is; a worktree tells that itself. */
  readonly repo: string
  /** What HEAD is where no worktree tells: a commit; null: none. */
  readonly head: string | null
  /** Commits that will be asked for. */
  readonly commits: readonly string[]
}

/** A commit as far as saving needs it. */
export interface CommitFacts {
  readonly oid: string
  readonly tree: string
  /** Seconds since the epoch. */
  readonly at: number
}

/** What lies at a path; `other` is what git has no name for (a pipe, a socket, a device). */
export interface PathFacts {
  readonly kind: 'file' | 'link' | 'folder' | 'other' | 'gone'
  readonly bytes: number
}

/** How a worktree differs from HEAD. */
export interface Changes {
  /** The tree of what is staged, of a conflict all sides as files beside each other; null: nothing is. */
  readonly staged: string | null
  readonly hasConflict: boolean
  /** Tracked paths that are not there, and those that differ from the index. */
  readonly gone: readonly RawPath[]
  readonly changed: readonly RawPath[]
  /** Neither tracked nor ignored; one that ends in `/` is a repository within. */
  readonly untracked: readonly RawPath[]
}

/** A tree, and what could not be read into it. */
export interface WrittenTree {
  readonly tree: string
  readonly unreadable: readonly RawPath[]
}

export type Created = 'created' | 'taken' | { readonly refused: string }

/**
 * One source, opened for saving. Only objects and new references of its repository are written: index and git directory are copies in a
 * temporary folder, without any configuration, so that nothing of the repository runs and contents stay as they are, byte for byte.
 * Every method throws `GitUnavailable` and nothing else.
 */
export interface GitStore {
  readonly head: CommitFacts | null
  /** Commits that an operation in progress is about to bring in, or will come back to. */
  readonly inProgress: readonly string[]
  /** Objects may be missing here that a remote has. */
  readonly isPartial: boolean
  readonly emptyTree: string

  readChanges(): Promise<Changes>
  listIgnored(): Promise<readonly RawPath[]>
  /** Paths as reports spell them; one that names nothing is left out. */
  findPaths(shown: readonly string[]): Promise<readonly RawPath[]>
  measure(paths: readonly RawPath[]): Promise<ReadonlyMap<RawPath, PathFacts>>
  /** Files and links at and below a path, `.git` left out; `unread`: folders that could not be listed. */
  filesBelow(path: RawPath): Promise<{ readonly files: readonly RawPath[]; readonly bytes: number; readonly unread: readonly RawPath[] }>
  /** What lies at these paths, in the place of what is staged and is not `gone`, or by itself. */
  writeTree(base: 'staged' | 'nothing', paths: readonly RawPath[], gone?: readonly RawPath[]): Promise<WrittenTree>

  /** The id of a commit that is written when it is to be kept; the same arguments give the same. */
  makeCommit(commit: { readonly tree: string; readonly parents: readonly string[]; readonly at: number; readonly subject: string }): string
  writeCommits(): Promise<void>
  /** References of names, with or without a number behind them, with their commits. */
  references(names: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Never replaces one. */
  createReferences(commits: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, Created>>

  /** Those of the ids that are commits and are here. */
  commitFacts(ids: readonly string[]): Promise<ReadonlyMap<string, CommitFacts>>
  isAncestor(ancestor: string, descendant: string): Promise<boolean>
  /** Those of the commits that no reference reaches (`refs/not-pushed/` apart), nor `head`; none that another of them reaches. */
  listUnreferenced(commits: readonly string[]): Promise<readonly string[]>
  /** Whether everything that commits reach can be read, beyond what HEAD reaches where `beyondHead` says so. */
  isComplete(commits: readonly string[], beyondHead: boolean): Promise<boolean>
  /** Newest first. */
  stashes(): Promise<readonly Stash[]>

  /** A repository within; null: it is not one of its own, but another worktree of this one. */
  openWithin(path: RawPath): Promise<WithinFacts | null>
  /** Copies commits of a repository within, with all that they reach. */
  copyWithin(path: RawPath, commits: readonly string[]): Promise<void>

  /** Writes what references hold beyond every remote to a new file of a folder, verified; its path. Null: remotes have all of it. */
  bundle(references: ReadonlyMap<string, string>, folder: string, name: string): Promise<string | null>
  /** Sends a commit to a reference of `origin`, without force. */
  push(commit: string, reference: string): Promise<void>
  close(): Promise<void>
}

export interface WithinFacts {
  /** Commits of its branches, stashes and HEAD, where some are on no remote; else none. */
  readonly unpushed: readonly string[]
  /** Why its commits cannot be copied; null: they can. */
  readonly obstacle: 'shallow' | 'other_object_format' | null
  /** What its commits take on disk. */
  readonly bytes: number
}

/** The writing side of git. */
export interface GitWriter {
  open(source: SaveSource): Promise<GitStore>
}
