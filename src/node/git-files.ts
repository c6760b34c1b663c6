import { createHash } from 'node:crypto'
import { createReadStream, type Stats } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { TreeFile } from '../ports/git.ts'

/** What is read of the files of one worktree to compare them. */
const MAX_BYTES = 2 ** 30
const MAX_FILES = 20_000

/** Whether files of a folder are what they are said to be, byte for byte; null: no file lies there. */
export async function filesMatch(folder: string, files: ReadonlyMap<string, TreeFile | null>, trustsModes: boolean): Promise<boolean> {
  let left = MAX_BYTES
  for (const [path, told] of files) {
    const stats = await factsOf(join(folder, path))
    if (stats === null || stats.isDirectory()) {
      if (told !== null) return false
      continue
    }
    left -= stats.size
    if (told === null || left < 0) return false
    const mode = stats.isSymbolicLink() ? '120000' : stats.isFile() ? ((stats.mode & 0o100) === 0 ? '100644' : '100755') : null
    const isSameKind = mode === told.mode || (!trustsModes && mode?.startsWith('100') === true && told.mode.startsWith('100'))
    if (!isSameKind || (await oidOf(join(folder, path), stats.isSymbolicLink(), stats.size, told.oid.length)) !== told.oid) return false
  }
  return true
}

/** The files and links at and below paths of a folder, `.git` left out; null: there are too many, or a repository lies within. */
export async function filesIn(folder: string, paths: readonly string[]): Promise<readonly string[] | null> {
  const found: string[] = []
  const open = paths.map((path) => path.replace(/\/+$/, ''))
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const stats = await factsOf(join(folder, path))
    if (stats?.isDirectory() === true) {
      const names = await readdir(join(folder, path)).catch(() => null)
      if (names === null || names.includes('.git')) return null
      open.push(...names.map((name) => `${path}/${name}`))
    } else if (stats?.isFile() === true || stats?.isSymbolicLink() === true) found.push(path)
    if (found.length + open.length > MAX_FILES) return null
  }
  return found
}

async function factsOf(path: string): Promise<Stats | null> {
  try {
    return await lstat(path)
  } catch {
    return null
  }
}

/** The name that git would give to a file as it lies there; null: it cannot be read, or changes meanwhile. */
async function oidOf(path: string, isLink: boolean, bytes: number, length: number): Promise<string | null> {
  const hash = createHash(length === 64 ? 'sha256' : 'sha1')
  try {
    if (isLink) {
      const target = await readlink(path, 'buffer')
      return hash.update(`blob ${target.length}\0`).update(target).digest('hex')
    }
    hash.update(`blob ${bytes}\0`)
    let read = 0
    for await (const chunk of createReadStream(path)) {
      if (!Buffer.isBuffer(chunk)) return null
      read += chunk.length
      hash.update(chunk)
    }
    return read === bytes ? hash.digest('hex') : null
  } catch {
    return null
  }
}
