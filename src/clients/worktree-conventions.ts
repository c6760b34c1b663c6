import type { Processes } from '../ports/host.ts'

/** How a client names and locks the worktrees that it makes for its agents. Paths are relative to the repository, with `/`. */
export interface ClientWorktrees {
  /** The folder that it makes them in. */
  readonly folder: string
  /** What holds its own settings: never an agent's work. */
  readonly settings: string
  /** How the names of their branches begin; the name of the worktree follows. */
  readonly branchPrefix: string
  /** How the reasons of its locks begin. */
  readonly lockPrefix: string
  /** Whether the process that a lock's reason names lives; null where it names none, as a person's lock does. */
  ownerOf(reason: string, processes: Processes): Promise<LockOwner | null>
}

export interface LockOwner {
  readonly pid: number
  /** null: cannot be known. */
  readonly alive: boolean | null
}

/** A path inside of a worktree that a client made: the worktree, and the folder of its repository. */
export interface WorktreePath {
  readonly root: string
  readonly repository: string
}

interface Convention {
  readonly worktrees: ClientWorktrees
  readonly deepest: RegExp
  readonly first: RegExp
}

/** The conventions of all clients whose transcripts were found. */
export class WorktreeConventions {
  readonly #all: readonly Convention[]

  constructor(all: readonly ClientWorktrees[]) {
    this.#all = all.map((worktrees) => {
      const folder = worktrees.folder.split('/').map(escapePattern).join('[\\\\/]')
      return {
        worktrees,
        deepest: new RegExp(`^((.+)[\\\\/]${folder}[\\\\/][^\\\\/]+)(?:[\\\\/]|$)`),
        first: new RegExp(`^(.+?)[\\\\/]${folder}[\\\\/]`),
      }
    })
  }

  /** The worktree that a path lies in, by its name alone; null: none. */
  split(path: string): WorktreePath | null {
    for (const { deepest } of this.#all) {
      const [, root, repository] = deepest.exec(path) ?? []
      if (root !== undefined && repository !== undefined) return { root, repository }
    }
    return null
  }

  /** The folder of the repository that a path belongs to: what stands before the first folder of worktrees; null: none. */
  repositoryOf(path: string): string | null {
    for (const { first } of this.#all) {
      const repository = first.exec(path)?.[1]
      if (repository !== undefined) return repository
    }
    return null
  }

  /** Whether a path below a repository lies where worktrees are made. */
  holdsWorktrees(path: string): boolean {
    return this.#all.some(({ worktrees: { folder } }) => path.startsWith(`${folder}/`))
  }

  /** Whether a path below a repository is a client's own: its settings, or its worktrees. */
  isOfClient(path: string): boolean {
    return this.#all.some(({ worktrees: { settings } }) => path === settings || path.startsWith(`${settings}/`))
  }

  /** Whether an absolute path lies in a client's own folder: settings, plans, memories. */
  isInClientFolder(path: string): boolean {
    const own = this.split(path)
    const below = (own === null ? path : path.slice(own.root.length)).replaceAll('\\', '/')
    return this.#all.some(({ worktrees: { settings } }) => below.includes(`/${settings}/`))
  }

  /** Patterns of the files that name the git directory of each worktree, below a repository. */
  get gitFiles(): readonly string[] {
    return this.#all.map(({ worktrees: { folder } }) => `${folder}/*/.git`)
  }

  /** Whether a client locked a worktree, by the reason. */
  isLockedByClient(reason: string): boolean {
    return this.#all.some(({ worktrees: { lockPrefix } }) => reason.startsWith(lockPrefix))
  }

  /** Whether a branch, by its full name, was made for a worktree. */
  isBranchOfClient(ref: string): boolean {
    return this.#all.some(({ worktrees: { branchPrefix } }) => ref.startsWith(`refs/heads/${branchPrefix}`))
  }

  /** Whether a branch, by its short name, was made for the worktree of a name. */
  isBranchOf(branch: string, name: string): boolean {
    return this.#all.some(({ worktrees: { branchPrefix } }) => branch === `${branchPrefix}${name}`)
  }

  /** Whether the process that a lock's reason names lives; null where it names none. */
  async ownerOf(reason: string, processes: Processes): Promise<LockOwner | null> {
    for (const { worktrees } of this.#all) {
      const owner = await worktrees.ownerOf(reason, processes)
      if (owner !== null) return owner
    }
    return null
  }
}

const known = new WeakMap<ClientWorktrees, WorktreeConventions>()

const NONE = new WorktreeConventions([])

/** The conventions of one client; null: it makes no worktrees, and no path lies in one. */
export function conventionsOf(worktrees: ClientWorktrees | null): WorktreeConventions {
  if (worktrees === null) return NONE
  const conventions = known.get(worktrees) ?? new WorktreeConventions([worktrees])
  known.set(worktrees, conventions)
  return conventions
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
