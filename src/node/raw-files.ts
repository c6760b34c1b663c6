import type { Stats } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import type { GitStore, PathFacts, RawPath } from '../ports/git-writer.ts'
import { fieldsOf } from './git-parse.ts'

/** So many files are looked at side by side. */
const AT_ONCE = 32

/** Paths as git writes them with `-z`. */
export function rawPathsOf(output: Buffer): RawPath[] {
  return output.toString('latin1').split('\0').slice(0, -1)
}

/** Paths as git reads them with `-z`. */
export function listOf(paths: readonly RawPath[]): Buffer {
  return Buffer.from(paths.map((path) => `${path}\0`).join(''), 'latin1')
}

/** Where a raw path leads in a folder. */
export function inFolder(folder: string, path: RawPath): Buffer {
  return Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, 'latin1')])
}

/** What lies at the paths of a folder; links are not followed. */
export async function measure(folder: string, paths: readonly RawPath[]): Promise<ReadonlyMap<RawPath, PathFacts>> {
  const found = new Map<RawPath, PathFacts>()
  const look = async (path: RawPath): Promise<void> => {
    const stats = await statOf(folder, path)
    found.set(path, { kind: kindOf(stats), bytes: stats?.size ?? 0 })
  }
  for (let at = 0; at < paths.length; at += AT_ONCE) await Promise.all(paths.slice(at, at + AT_ONCE).map(look))
  return found
}

function kindOf(stats: Stats | null): PathFacts['kind'] {
  if (stats === null) return 'gone'
  if (stats.isFile()) return 'file'
  if (stats.isSymbolicLink()) return 'link'
  return stats.isDirectory() ? 'folder' : 'other'
}

/** Files and links at and below a path of a folder, `.git` left out. */
export async function filesBelow(folder: string, path: RawPath): ReturnType<GitStore['filesBelow']> {
  const files: RawPath[] = []
  const unread: RawPath[] = []
  let bytes = 0
  const open = [path]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const stats = await statOf(folder, at)
    const kind = kindOf(stats)
    if (kind === 'file' || kind === 'link') {
      files.push(at)
      bytes += stats?.size ?? 0
    } else if (kind === 'folder') {
      const names = await namesIn(folder, at)
      if (names === null) unread.push(at)
      for (const name of names ?? []) if (name.toString('latin1') !== '.git') open.push(`${at}/${name.toString('latin1')}`)
    }
  }
  return { files: files.toSorted(), bytes, unread }
}

/** The path that a report spells so; null: there is none. Bytes that are not UTF-8 are written `\xNN` there. */
export async function findPath(folder: string, shown: string): Promise<RawPath | null> {
  const plain = Buffer.from(shown.replace(/\/+$/, '')).toString('latin1')
  if (!/\\x[\da-f]{2}/.test(plain) || (await statOf(folder, plain)) !== null) return plain
  let found = ''
  for (const part of shown.replace(/\/+$/, '').split('/')) {
    const name = (await namesIn(folder, found))?.find((each) => fieldsOf(each)[0] === part)
    if (name === undefined) return null
    found = `${found === '' ? '' : `${found}/`}${name.toString('latin1')}`
  }
  return found
}

function namesIn(folder: string, path: RawPath): Promise<readonly Buffer[] | null> {
  return readdir(inFolder(folder, path), { encoding: 'buffer' }).catch(() => null)
}

function statOf(folder: string, path: RawPath): Promise<Stats | null> {
  return lstat(inFolder(folder, path)).catch(() => null)
}
