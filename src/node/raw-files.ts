import type { Stats } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import type { FilesBelow, PathFacts, RawPath } from '../ports/git-writer.ts'
import { fieldsOf } from './git-parse.ts'

/** So many files are looked at side by side. */
const AT_ONCE = 32

/** Paths as git writes them with `-z`. */
export function rawPathsOf(output: Buffer): RawPath[] {
  const paths = output.toString('latin1').split('\0')
  paths.pop()
  return paths
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
  for (let at = 0; at < paths.length; at += AT_ONCE) {
    await Promise.all(
      paths.slice(at, at + AT_ONCE).map(async (path) => {
        const stats = await statOf(folder, path)
        found.set(path, { kind: kindOf(stats), bytes: stats?.size ?? 0 })
      }),
    )
  }
  return found
}

function kindOf(stats: Stats | null): PathFacts['kind'] {
  if (stats === null) return 'gone'
  if (stats.isFile()) return 'file'
  if (stats.isSymbolicLink()) return 'link'
  return stats.isDirectory() ? 'folder' : 'other'
}

/** Files and links at and below a path of a folder, `.git` left out. */
export async function filesBelow(folder: string, path: RawPath): Promise<FilesBelow> {
  const files: RawPath[] = []
  const unread: RawPath[] = []
  let bytes = 0
  const open = [path.replace(/\/+$/, '')]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const at = next
    const stats = await statOf(folder, at)
    if (stats?.isDirectory() === true) {
      const names = await readdir(inFolder(folder, at), { encoding: 'buffer' }).catch(() => null)
      if (names === null) unread.push(at)
      else open.push(...names.map((name) => name.toString('latin1')).flatMap((name) => (name === '.git' ? [] : [`${at}/${name}`])))
    } else if (stats?.isFile() === true || stats?.isSymbolicLink() === true) {
      files.push(at)
      bytes += stats.size
    }
  }
  return { files: files.toSorted(), bytes, unread }
}

/** The path that a report spells so; null: there is none. Bytes that are not UTF-8 are written `\xNN` there. */
export async function findPath(folder: string, shown: string): Promise<RawPath | null> {
  const plain = Buffer.from(shown).toString('latin1')
  if (!/\\x[\da-f]{2}/.test(shown)) return plain
  if ((await statOf(folder, plain.replace(/\/+$/, ''))) !== null) return plain
  let found = ''
  for (const part of shown.replace(/\/+$/, '').split('/')) {
    const names = await readdir(inFolder(folder, found), { encoding: 'buffer' }).catch(() => [])
    const name = names.find((each) => fieldsOf(each)[0] === part)
    if (name === undefined) return null
    found = `${found === '' ? '' : `${found}/`}${name.toString('latin1')}`
  }
  return found
}

async function statOf(folder: string, path: RawPath): Promise<Stats | null> {
  return lstat(inFolder(folder, path)).catch(() => null)
}
