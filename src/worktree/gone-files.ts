import type { WorktreeConventions } from '../clients/worktree-conventions.ts'
import { type Git, GitUnavailable, type Repository } from '../ports/git.ts'
import { type Files, FileUnavailable } from '../ports/host.ts'
import type { Home, Met } from './homes.ts'
import { isUsable, type Place, type Worker } from './places.ts'
import { isRemovedBy } from './removals.ts'
import { folderAbove, isWithin, pathBelow } from '../text/path.ts'

/** Files looked for on the disk. */
const MAX_FILES = 50_000
/** A commit within this time before a write may hold it: clocks of whole seconds, and commands that take their time. */
const SLACK_MS = 5_000
/** Folders that a system empties. */
const TEMPORARY =
  /^(?:\/private)?(?:\/tmp|\/var\/tmp|\/var\/folders\/[^/]+\/[^/]+\/T|\/dev\/shm)(?:\/|$)|[\\/]AppData[\\/]Local[\\/]Temp(?:[\\/]|$)/

interface Tree {
  readonly path: string
  readonly met: Met | null
}

interface Missing {
  readonly worker: Worker
  readonly file: string
  readonly at: number | null
  readonly tree: Tree | undefined
}

/**
 * The files that workers wrote and that are not on the disk any more, by worker. Left out: what they deleted or moved themselves,
 * what a later commit holds, a client's own files, scratch files outside of any worktree, and whatever lies on another machine as far
 * as anybody can tell.
 */
export async function findGoneFiles(
  places: readonly Place[],
  met: readonly Met[],
  { git, files, conventions }: { readonly git: Git; readonly files: Files; readonly conventions: WorktreeConventions },
): Promise<ReadonlyMap<string, readonly string[]>> {
  const workers = workersIn(places)
  const disk = new Disk(files)
  const trees = treesOf(places, met, [...workers.values()])
  const missing: Missing[] = []
  let looked = 0
  for (const worker of workers.values()) {
    for (const { file, at } of worker.finishedWrites) {
      if (!isUsable(file) || conventions.isInClientFolder(file)) continue
      const tree = trees.find(({ path }) => isWithin(file, path))
      if (tree === undefined && TEMPORARY.test(file)) continue
      if ((looked += 1) > MAX_FILES) break
      if (!(await disk.lacks(file)) || !(tree?.met != null || (await disk.knowsAround(file)))) continue
      const isOwnDoing = worker.removingCommands.some(
        (command) => (at === null || command.at === null || command.at >= at) && isRemovedBy(command, file),
      )
      if (!isOwnDoing) missing.push({ worker, file, at, tree })
    }
  }
  const held = new Set<Missing>()
  for (const each of met)
    for (const one of await committedOf(
      missing.filter(({ tree }) => tree?.met === each),
      each,
      git,
    ))
      held.add(one)
  const gone = new Map<string, string[]>()
  for (const one of missing) if (!held.has(one)) gone.set(one.worker.id, [...(gone.get(one.worker.id) ?? []), one.file])
  return gone
}

function workersIn(places: readonly Place[]): ReadonlyMap<string, Worker> {
  const all = places.flatMap(({ owners, visitors, sessions }) => [...owners, ...visitors, ...sessions])
  return new Map(all.map((worker) => [worker.id, worker]))
}

/** Every folder that somebody worked in, with its repository, the deepest first. */
function treesOf(places: readonly Place[], met: readonly Met[], workers: readonly Worker[]): readonly Tree[] {
  const homes = met.flatMap((each) => each.homes.flatMap(({ spellings }) => spellings.map((path) => ({ path, met: each }))))
  const known = new Set(homes.map(({ path }) => path))
  const metOf = (worker: Worker): Met | null => met.find(({ homes: each }) => each.some((home) => isOf(home, worker))) ?? null
  const added = workers.flatMap((worker) => worker.addedTrees.map((path) => ({ path, met: metOf(worker) })))
  const ran = places.flatMap(({ path }) => (homes.some((home) => isWithin(path, home.path)) ? [] : [{ path, met: null }]))
  return [...homes, ...[...added, ...ran].filter(({ path }) => !known.has(path) && !isBare(path))].toSorted(
    (a, b) => b.path.length - a.path.length,
  )
}

function isOf({ owners, visitors, sessions }: Home, worker: Worker): boolean {
  return [...owners, ...visitors, ...sessions].some(({ id }) => id === worker.id)
}

/** A folder for everybody's temporary files is nobody's worktree. */
function isBare(path: string): boolean {
  return TEMPORARY.test(`${path}/`) && !TEMPORARY.test(path.replace(/[\\/][^\\/]+$/, ''))
}

/** Those that a commit of the repository holds as they were written, or later. */
async function committedOf(missing: readonly Missing[], { repository, listed, homes }: Met, git: Git): Promise<readonly Missing[]> {
  if (missing.length === 0) return []
  const pathOf = ({ file, tree }: Missing): string => (tree === undefined ? null : pathBelow(file, tree.path)) ?? file.slice(1)
  const since = Math.min(...missing.map(({ at }) => at ?? 0)) - SLACK_MS
  try {
    const [refs, named] = await Promise.all([git.refs(repository), namedIn(homes, repository, git)])
    const from = [
      ...refs.flatMap(({ oid, symbolicTarget }) => (symbolicTarget === null ? [oid] : [])),
      ...listed.flatMap(({ head }) => head ?? []),
      ...named,
    ]
    const committed = await git.lastCommitted(repository, { from: [...new Set(from)], paths: missing.map(pathOf), since })
    return missing.filter((one) => (committed.get(pathOf(one)) ?? -Infinity) >= (one.at ?? Infinity) - SLACK_MS)
  } catch (error) {
    // What cannot be compared is not called gone.
    if (error instanceof GitUnavailable) return missing
    throw error
  }
}

/** Commits that only transcripts name hold files, too: they are told of as such. */
async function namedIn(homes: readonly Home[], repository: Repository, git: Git): Promise<readonly string[]> {
  const made = homes.flatMap(({ owners, visitors, sessions }) => [...owners, ...visitors, ...sessions].flatMap((worker) => worker.made))
  return made.length === 0 ? [] : [...(await git.resolveCommits(repository, [...new Set(made.map(({ id }) => id))])).values()]
}

/** What lies on the disk; folders are asked about once. */
class Disk {
  readonly #files: Files
  readonly #folders = new Map<string, Promise<boolean>>()

  constructor(files: Files) {
    this.#files = files
  }

  /** Whether nothing has this path, for sure. */
  async lacks(path: string): Promise<boolean> {
    return (await this.#lacksFolder(folderAbove(path))) || !(await this.#has(path))
  }

  /** Whether the disk has something around a path that only this machine would have. */
  async knowsAround(path: string): Promise<boolean> {
    let folder = folderAbove(path)
    while (folderAbove(folder) !== folder && (await this.#lacksFolder(folder))) folder = folderAbove(folder)
    return folder.split(/[\\/]/).filter((part) => part !== '').length > 1
  }

  #lacksFolder(path: string): Promise<boolean> {
    const known = this.#folders.get(path) ?? this.#has(path).then((has) => !has)
    this.#folders.set(path, known)
    return known
  }

  async #has(path: string): Promise<boolean> {
    try {
      await this.#files.facts(path)
      return true
    } catch (error) {
      if (!(error instanceof FileUnavailable)) throw error
      return error.code !== 'ENOENT' && error.code !== 'ENOTDIR'
    }
  }
}
