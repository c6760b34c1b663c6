import type { Client } from '../clients/client.ts'
import { WorktreeConventions } from '../clients/worktree-conventions.ts'
import { type Files, FileUnavailable } from '../ports/host.ts'
import { isAbsolutePath, isWithin } from '../text/path.ts'
import { type Discovery, discoverSources } from './discover-sources.ts'
import type { Tree } from './read-tree.ts'
import type { Selection } from './select-sources.ts'

/** More folders than anybody works in: each is looked at once for each place that some client keeps in it. */
const MOST = 500

/**
 * What clients keep in the folders that transcripts name (`client.places`), apart from what lies below the roots; null: nothing. A folder
 * without such a place costs one look at it.
 */
export async function meetFolders(
  trees: readonly Tree[],
  roots: readonly string[],
  clients: readonly Client[],
  files: Files,
): Promise<Discovery | null> {
  const keepers = clients.filter(({ places }) => places.length > 0)
  const places = [...new Set(keepers.flatMap((client) => client.places))]
  const found: string[] = []
  for (const folder of places.length === 0 ? [] : foldersOf(trees)) {
    for (const place of places) {
      const path = `${folder}/${place}`
      if (!roots.some((root) => isWithin(path, root)) && (await isThere(path, files))) found.push(path)
    }
  }
  return found.length === 0 ? null : await discoverSources(found, keepers, files)
}

/** The folders that runs worked in, and the repositories of those that are worktrees, the first first. Paths come from transcripts. */
function foldersOf(trees: readonly Tree[]): readonly string[] {
  const authors = new Set(trees.flatMap(({ runs }) => runs.map(({ source }) => source.client)))
  const conventions = new WorktreeConventions([...authors].flatMap(({ worktrees }) => worktrees ?? []))
  const named = new Set(
    trees.flatMap(({ runs, sidecars }) => [
      ...runs.flatMap(({ facts }) => facts.folders),
      ...[...sidecars.values()].flatMap(({ worktreePath }) => worktreePath ?? []),
    ]),
  )
  const all = new Set([...named].flatMap((path) => [path, conventions.repositoryOf(path) ?? path]))
  return [...all].filter(isPlain).slice(0, MOST)
}

/** Absolute, no network share, and nothing that leads elsewhere. */
function isPlain(path: string): boolean {
  if (path.length > 4_096 || path.includes('\0') || /^(?:\/\/|\\\\)/.test(path)) return false
  return isAbsolutePath(path) && !path.split(/[\\/]/).includes('..')
}

async function isThere(path: string, files: Files): Promise<boolean> {
  try {
    return (await files.facts(path)).kind === 'directory'
  } catch (error) {
    if (!(error instanceof FileUnavailable)) throw error
    return false
  }
}

/** Two discoveries as one. */
export function joinDiscoveries(one: Discovery, other: Discovery): Discovery {
  return {
    sources: [...one.sources, ...other.sources],
    others: [...one.others, ...other.others],
    issues: [...one.issues, ...other.issues],
    roots: [...one.roots, ...other.roots],
  }
}

export function joinSelections(one: Selection, other: Selection): Selection {
  return {
    sources: [...one.sources, ...other.sources],
    transcripts: one.transcripts + other.transcripts,
    older: one.older + other.older,
    within: new Set([...one.within, ...other.within]),
  }
}

export function joinTrees(one: Tree, other: Tree): Tree {
  return {
    runs: [...one.runs, ...other.runs],
    sidecars: new Map([...one.sidecars, ...other.sidecars]),
    workflows: [...one.workflows, ...other.workflows],
    issues: [...one.issues, ...other.issues],
    bytesRead: one.bytesRead + other.bytesRead,
  }
}
