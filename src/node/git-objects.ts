import type { Blob, Git, Repository } from '../ports/git.ts'
import { checkRevision, EMPTY_TREES, isPlainPath, RAW } from './git-arguments.ts'
import { OID, parseBatch, parseChanges, parseSizes, parseTree } from './git-parse.ts'
import type { GitAccess } from './git-repository.ts'
import { wordOf } from './git-run.ts'

const MAX_PATHS = 200
const MAX_BLOB_BYTES = 16 * 2 ** 20

type ObjectReader = Pick<Git, 'treeOf' | 'readBlobs' | 'changesBetween'>

/** The part of git that reads trees and the files in them. */
export function createObjectReader(access: GitAccess): ObjectReader {
  return {
    async treeOf(repository, oid) {
      const output = await access.ask(repository, ['rev-parse', '--verify', '--quiet', `${checkRevision(oid)}^{tree}`], {
        answers: [0, 1, 128],
      })
      return OID.test(wordOf(output)) ? wordOf(output) : null
    },
    async readBlobs(repository, commit, paths) {
      const entries = new Map<string, { readonly mode: string; readonly oid: string }>()
      // A command line has room for so many only.
      for (const some of chunksOf([...new Set(paths)].filter(isPlainPath), MAX_PATHS)) {
        const { stdout } = await access.ask(repository, ['ls-tree', '-z', '--full-tree', checkRevision(commit), '--', ...some])
        for (const entry of parseTree(stdout)) if (entry.type === 'blob') entries.set(entry.path, entry)
      }
      if (entries.size === 0) return new Map()
      const sizes = await readSizes(access, repository, [...new Set([...entries.values()].map(({ oid }) => oid))])
      const wanted = [...sizes].flatMap(([oid, bytes]) => (bytes <= Math.min(MAX_BLOB_BYTES, access.maxBytes / 2) ? [oid] : []))
      const contents = new Map<string, Uint8Array>()
      for (const some of bySize(wanted, sizes, access.maxBytes / 2)) {
        const { stdout } = await access.ask(repository, ['cat-file', '--batch'], { input: some.map((oid) => `${oid}\n`).join('') })
        for (const [oid, bytes] of parseBatch(stdout)) contents.set(oid, bytes)
      }
      return new Map([...entries].map(([path, { oid, mode }]): [string, Blob] => [path, { oid, mode, bytes: contents.get(oid) ?? null }]))
    },
    async changesBetween(repository, from, to) {
      const { oidBytes } = await access.factsOf(repository)
      const sides = [from === null ? EMPTY_TREES[oidBytes] : checkRevision(from), checkRevision(to)]
      const { stdout } = await access.ask(repository, ['diff-tree', '-r', ...RAW, ...sides])
      return new Map(parseChanges(stdout).map(({ path, after }) => [path, after]))
    },
  }
}

/** The sizes of objects; those that are not here are left out. */
async function readSizes(access: GitAccess, repository: Repository, oids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const input = oids.map((oid) => `${oid}\n`).join('')
  const check = ['cat-file', '--batch-check=%(objectname) %(objectsize)']
  const { flags } = await access.factsOf(repository)
  if (!flags.partialClone) return parseSizes((await access.ask(repository, check, { input })).stdout)
  // There, one missing object is fatal to all answers.
  const sizes = new Map<string, number>()
  for (const oid of oids) {
    const size = wordOf(await access.ask(repository, ['cat-file', '-s', oid], { answers: [0, 1, 128] }))
    if (/^\d+$/.test(size)) sizes.set(oid, Number(size))
  }
  return sizes
}

function chunksOf<T>(items: readonly T[], length: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / length) }, (_, at) => items.slice(at * length, (at + 1) * length))
}

/** Groups of objects that one answer has room for. */
function bySize(oids: readonly string[], sizes: ReadonlyMap<string, number>, most: number): readonly (readonly string[])[] {
  const groups: string[][] = []
  let room = 0
  for (const oid of oids) {
    const bytes = (sizes.get(oid) ?? 0) + 200
    const group = groups.at(-1)
    if (group === undefined || bytes > room) {
      groups.push([oid])
      room = most - bytes
    } else {
      group.push(oid)
      room -= bytes
    }
  }
  return groups
}
