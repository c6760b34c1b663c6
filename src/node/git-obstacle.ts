import { type Dirent, existsSync, lstatSync, readFileSync, type Stats, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { devNull } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** Most commands of git end sooner. Milliseconds. */
const LOOK_AFTER_MS = 1_000
/** Entries of folders that one search looks at. */
const MAX_ENTRIES = 500_000
/** A `.git` file holds one path. */
const MAX_LINK_BYTES = 8_192

/** What git reads in every folder of a worktree that it enters. */
const READ_EVERYWHERE = /^\.git(?:attributes|ignore|modules)$/
/** What it reads of a git directory; what else lies there is not its own. */
const READ_IN_GIT = /^(?:[A-Z_]+|config(?:\.worktree)?|index|packed-refs|shallow|sharedindex\..*)$/
const FOLDERS_IN_GIT = ['refs', 'logs', 'info', 'objects', 'worktrees', 'rebase-merge', 'rebase-apply', 'sequencer']

/** By worktree or git directory: what git would wait for there. */
const found = new Map<string, string>()

/** What a search once found that git waits for in a worktree, and that is still there; null: nothing. */
export function recallObstacle(worktree: string): string | null {
  if (found.size === 0) return null
  for (const place of [worktree, sharedDirectoryOf(worktree) ?? worktree]) {
    const path = found.get(place)
    if (path === undefined) continue
    if (isEndless(statOf(path))) return path
    found.delete(place)
  }
  return null
}

/**
 * Looks what git may be waiting for once it takes long in a worktree: a pipe, or a device without an end, in the place of a file that it
 * reads. Null: nothing was found, or `signal` came first. To look before every command would cost more than most of them do.
 */
export async function findObstacle(worktree: string, signal: AbortSignal): Promise<string | null> {
  try {
    await pause(LOOK_AFTER_MS, undefined, { signal, ref: false })
  } catch {
    return null
  }
  const budget = { left: MAX_ENTRIES, signal }
  const gitDir = sharedDirectoryOf(worktree)
  const inGit = gitDir === null ? null : await searchGitDirectory(gitDir, budget)
  const path = inGit ?? (await search(worktree, (name) => READ_EVERYWHERE.test(name), budget))
  if (path !== null) found.set(inGit === null || gitDir === null ? worktree : gitDir, path)
  return path
}

/** The git directory that a worktree shares with the others of its repository; its own lies in it. */
function sharedDirectoryOf(worktree: string): string | null {
  const dotGit = join(worktree, '.git')
  try {
    const stats = lstatSync(dotGit, { throwIfNoEntry: false })
    if (stats?.isDirectory() === true) return dotGit
    // A bare repository is its own.
    if (stats === undefined) return existsSync(join(worktree, 'objects')) ? worktree : null
    if (!stats.isFile() || stats.size > MAX_LINK_BYTES) return null
    const target = /^gitdir: (.+?)[\r\n]*$/s.exec(readFileSync(dotGit, 'utf8'))?.[1]
    if (target === undefined) return null
    const own = resolve(worktree, target)
    return basename(dirname(own)) === 'worktrees' ? dirname(dirname(own)) : own
  } catch {
    // What may not be looked at tells nothing.
    return null
  }
}

async function searchGitDirectory(gitDir: string, budget: Budget): Promise<string | null> {
  let path = await search(gitDir, (name) => READ_IN_GIT.test(name), budget, false)
  for (const name of FOLDERS_IN_GIT) path ??= await search(join(gitDir, name), () => true, budget)
  return path
}

interface Budget {
  left: number
  readonly signal: AbortSignal
}

/** The first file below a folder that git would read by that name, and never to its end. Links to folders are not followed. */
async function search(folder: string, isRead: (name: string) => boolean, budget: Budget, isDeep = true): Promise<string | null> {
  const open = [Buffer.from(folder)]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (budget.signal.aborted || budget.left <= 0) return null
    const entries = await readdir(at, { withFileTypes: true, encoding: 'buffer' }).catch((): Dirent<Buffer>[] => [])
    budget.left -= entries.length
    for (const entry of entries) {
      const path = Buffer.concat([at, Buffer.from('/'), entry.name])
      const name = entry.name.toString()
      if (entry.isDirectory()) {
        if (isDeep && name !== '.git') open.push(path)
      } else if (!entry.isFile() && isRead(name) && isEndless(statOf(path))) return path.toString()
    }
  }
  return null
}

/** To open a socket fails at once, and the null device ends at once. */
function isEndless(stats: Stats | undefined): boolean {
  if (stats === undefined || stats.isFile() || stats.isDirectory() || stats.isSocket()) return false
  return stats.rdev !== statOf(devNull)?.rdev || stats.isFIFO()
}

function statOf(path: string | Buffer): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}
