import { type Git, GitUnavailable, type Repository, type Worktree } from '../ports/git.ts'
import { type Files, FileUnavailable } from '../ports/host.ts'
import type { ReadIssue } from '../facts/source.ts'
import { lastName } from '../text/last-name.ts'
import type { WorktreeConventions } from '../clients/worktree-conventions.ts'
import type { Place, Worker } from './places.ts'
import { createSpeller, folderAbove, isSamePath, isWithin, pathAbove, pathBelow } from '../text/path.ts'

/** A worktree, known to git or not, and who worked in it. Paths are real ones. */
export interface Home {
  readonly path: string
  /** As its repository lists it; null: the repository does not know it. */
  readonly entry: Worktree | null
  readonly exists: boolean
  /** The branch that the client gave it. */
  readonly branch: string | null
  readonly owners: readonly Worker[]
  readonly visitors: readonly Worker[]
  /** The main threads that ran in it. */
  readonly sessions: readonly Worker[]
  /** How transcripts spell the path: they know nothing of links. */
  readonly spellings: readonly string[]
  /** Where it was before it was moved. */
  readonly movedFrom: string | null
}

/** A repository that was met, with everything in it that agents may have worked in. */
export interface Met {
  readonly repository: Repository
  readonly listed: readonly Worktree[]
  readonly homes: readonly Home[]
}

export interface Meeting {
  readonly met: readonly Met[]
  /** Made for agents, in no repository that can be read. */
  readonly homeless: readonly Homeless[]
}

/** A place without a repository. `exists`: its folder is there. */
export interface Homeless {
  readonly place: Place
  readonly exists: boolean
}

/** Where homes are looked for, and by which names. */
export interface Surroundings {
  readonly git: Git
  readonly files: Files
  readonly conventions: WorktreeConventions
}

/** Folders asked about per scan. */
const MAX_PLACES = 5_000

interface Located {
  readonly place: Place
  readonly path: string
  readonly exists: boolean
}

interface Found {
  readonly repository: Repository
  readonly listed: readonly Worktree[]
  readonly located: Located[]
}

/** Finds the repository of every place, asking git once per repository and not once per place. */
export async function findHomes(
  places: readonly Place[],
  { git, files, conventions }: Surroundings,
  issues: ReadIssue[],
): Promise<Meeting> {
  const found = new Map<string, Found>()
  const asked = new Map<string, Promise<Found | GitUnavailable>>()
  const meet = (path: string): Promise<Found | GitUnavailable> => {
    const known = asked.get(path)
    if (known !== undefined) return known
    const answer = (async () => {
      try {
        const repository = await git.repositoryOf(path)
        const met = found.get(repository.commonDir) ?? { repository, listed: await git.worktrees(repository), located: [] }
        return found.get(repository.commonDir) ?? (found.set(repository.commonDir, met), met)
      } catch (error) {
        if (!(error instanceof GitUnavailable)) throw error
        if (!isAbsent(error)) issues.push(issueOf(path, error))
        return error
      }
    })()
    asked.set(path, answer)
    return answer
  }

  const located: Located[] = []
  for (const place of places.slice(0, MAX_PLACES)) located.push({ place, ...(await realPathOf(place.path, files)) })
  if (places.length > MAX_PLACES) {
    const detail = `${places.length - MAX_PLACES} folders were not looked at: there are more than ${MAX_PLACES}`
    issues.push({ path: places[MAX_PLACES]?.path ?? '', line: null, byteOffset: null, reason: 'git', bytes: null, detail })
  }
  // What is gone may be listed by a repository that only another place leads to.
  const homeless: Homeless[] = []
  const broken = new Set<string>()
  const named = located.filter(({ path, exists }) => exists || !path.includes('\uFFFD'))
  // Its client could not read the name either; that nothing is found by what it wrote says nothing.
  for (const { path } of located) if (!named.some((each) => each.path === path)) issues.push(unnamed(path))
  for (const each of named.toSorted((a, b) => Number(b.exists) - Number(a.exists))) {
    const known = await worktreeAround(each, found, files, conventions)
    if (known !== undefined) {
      known.located.push(each)
      continue
    }
    const own = conventions.split(each.path)
    const around = own === null ? undefined : await meet(own.repository)
    if (around !== undefined && !(around instanceof GitUnavailable)) {
      const inside =
        each.exists && !around.listed.some(({ path }) => isWithin(each.path, path) && !isSameOrNone(path, around.repository.mainWorktree))
          ? await meet(each.path)
          : around
      const home = inside instanceof GitUnavailable ? around : inside
      home.located.push(each)
      continue
    }
    // A repository that git refuses to read is one issue, not one for each of its worktrees.
    const direct = around === undefined || (each.exists && isAbsent(around)) ? await meet(each.path) : around
    if (!(direct instanceof GitUnavailable)) {
      direct.located.push(each)
      continue
    }
    if (!isAbsent(direct)) continue
    // A worktree that is there in spite of its repository may hold the only copy: git cannot tell.
    const exists = own === null ? each.exists : (await kindOf(own.root, files)) === 'directory'
    if (own !== null && exists && !broken.has(own.root)) {
      broken.add(own.root)
      issues.push(issueOf(own.root, direct))
    }
    if (each.place.owners.length > 0) homeless.push({ place: each.place, exists })
  }
  const met = await Promise.all([...found.values()].map((each) => homesIn(each, { git, files, conventions }, issues)))
  return { met, homeless }
}

function isAbsent({ code }: GitUnavailable): boolean {
  return code === 'vanished' || code === 'not_a_repository'
}

export function issueOf(path: string, error: GitUnavailable): ReadIssue {
  return { path, line: null, byteOffset: null, reason: 'git', bytes: null, detail: `${error.code}: ${error.detail}` }
}

/** What lies at a path is not known: its name is not UTF-8. It is no less there for that. */
function unnamed(path: string): ReadIssue {
  const detail = 'name_not_utf8: its name is not UTF-8, so that nothing can be asked about it'
  return { path, line: null, byteOffset: null, reason: 'git', bytes: null, detail }
}

/** The repository that lists the worktree around a place, unless the place has a repository of its own in between. */
async function worktreeAround(
  { path, exists }: Located,
  found: ReadonlyMap<string, Found>,
  files: Files,
  conventions: WorktreeConventions,
): Promise<Found | undefined> {
  for (const each of found.values()) {
    const worktree = listedAround(path, each.listed, conventions)
    if (worktree === undefined) continue
    if (!exists) return each
    let folder = path
    while (isWithin(folder, worktree.path) && !isSamePath(folder, worktree.path) && (await kindOf(`${folder}/.git`, files)) === null)
      folder = folderAbove(folder)
    if (isSamePath(folder, worktree.path)) return each
  }
  return undefined
}

/** The deepest listed worktree that a path lies in. The client's own worktrees lie in the main one and are no part of it. */
function listedAround(path: string, listed: readonly Worktree[], conventions: WorktreeConventions): Worktree | undefined {
  const around = listed.filter((entry) => !entry.bare && isWithin(path, entry.path)).toSorted((a, b) => b.path.length - a.path.length)[0]
  const own = conventions.split(path)
  return around === undefined || own === null || isWithin(around.path, own.root) ? around : undefined
}

async function homesIn({ repository, listed, located }: Found, surroundings: Surroundings, issues: ReadIssue[]): Promise<Met> {
  const { git, files, conventions } = surroundings
  const nameable = listed.filter((entry) => !entry.bare && entry.undecodable !== true)
  const byPath = new Map<string, Located[]>(nameable.map((entry) => [entry.path, []]))
  for (const { path } of listed.filter((entry) => entry.undecodable === true)) issues.push(unnamed(path))
  const spell = createSpeller(listed.map(({ path }) => path))
  for (const each of located) {
    const path = spell(listedAround(each.path, listed, conventions)?.path ?? conventions.split(each.path)?.root ?? each.path)
    byPath.set(path, [...(byPath.get(path) ?? []), each])
  }
  const { mainWorktree } = repository
  if (mainWorktree !== null) {
    // Whose transcript is gone, and whom git has forgotten.
    const left = (await leftFolders(mainWorktree, files, conventions, issues)).map(spell)
    for (const folder of left) if (!byPath.has(folder)) byPath.set(folder, [])
  }
  const moved = new Map<string, string>()
  const names = new Map<string, Promise<string | null>>()
  const nameIn = (path: string): Promise<string | null> => {
    const known = names.get(path) ?? nameOfWorktree(path, repository, git)
    names.set(path, known)
    return known
  }
  for (const [path, there] of byPath) {
    if (listed.some((entry) => entry.path === path) || (await kindOf(path, files)) !== null) continue
    const target = await movedTo(path, there, { repository, listed, byPath }, nameIn)
    if (target !== null) moved.set(path, target)
    else if (there.every(({ place }) => isForgettable(place))) byPath.delete(path)
  }
  for (const [from, to] of moved) {
    byPath.set(to, [...(byPath.get(to) ?? []), ...(byPath.get(from) ?? [])])
    byPath.delete(from)
  }
  const homes = await Promise.all(
    [...byPath].map(async ([path, there]): Promise<Home> => {
      const places = there.map((each) => each.place)
      const owners = unique(places.flatMap((place) => place.owners))
      const entry = listed.find((each) => each.path === path) ?? null
      return {
        path,
        entry,
        exists: (await kindOf(path, files)) === 'directory',
        branch: places.find((place) => place.branch !== null)?.branch ?? null,
        owners,
        visitors: unique(places.flatMap((place) => place.visitors)).filter((worker) => !owners.some((owner) => owner.id === worker.id)),
        sessions: unique(places.flatMap((place) => place.sessions)),
        spellings: [...new Set([path, ...there.flatMap((each) => spellingOf(each, path))])],
        movedFrom: [...moved].find(([, to]) => to === path)?.[0] ?? null,
      }
    }),
  )
  for (const home of homes) {
    if (!home.exists || home.entry?.prunable === null) continue
    const detail = 'its repository no longer knows this worktree: its files cannot be compared'
    issues.push({ path: home.path, line: null, byteOffset: null, reason: 'git', bytes: null, detail })
  }
  return { repository, listed, homes }
}

/** Whether a place that is gone says nothing: nobody it was made for was ever there, and nobody committed in it. */
function isForgettable({ path, owners, visitors, sessions }: Place): boolean {
  return owners.every((owner) => isElsewhere(owner, path)) && [...visitors, ...sessions].every(({ made }) => made.length === 0)
}

/** Whether all that a worker did, by its records, was done outside of a place that was meant for it. */
function isElsewhere({ folders, writtenFiles, made }: Worker, path: string): boolean {
  const places = [...folders, ...writtenFiles, ...made.flatMap(({ folder }) => folder ?? [])]
  return folders.length > 0 && !places.some((each) => isWithin(each, path))
}

/** Folders of the client's that still name a git directory. */
async function leftFolders(
  mainWorktree: string,
  files: Files,
  { gitFiles }: WorktreeConventions,
  issues: ReadIssue[],
): Promise<readonly string[]> {
  try {
    const listing = await files.list(mainWorktree, gitFiles)
    for (const issue of listing.issues) {
      if (issue.reason === 'name_not_utf8') issues.push(unnamed(issue.path))
      if (issue.reason === 'unreadable') issues.push({ ...issue, reason: 'git', detail: `${issue.reason}: ${issue.detail}` })
    }
    return listing.paths.map(folderAbove)
  } catch (error) {
    if (error instanceof FileUnavailable) return []
    throw error
  }
}

/** Where the worktree of a path is now: its branch, or its name in the repository, tells. */
async function movedTo(
  path: string,
  there: readonly Located[],
  {
    repository,
    listed,
    byPath,
  }: { readonly repository: Repository; readonly listed: readonly Worktree[]; readonly byPath: ReadonlyMap<string, readonly Located[]> },
  nameIn: (path: string) => Promise<string | null>,
): Promise<string | null> {
  const free = listed.filter(
    (entry) => entry.prunable === null && !isSameOrNone(entry.path, repository.mainWorktree) && byPath.get(entry.path)?.length === 0,
  )
  const branches = [...there.flatMap(({ place }) => place.branch ?? []), `worktree-${lastName(path)}`].map((name) => `refs/heads/${name}`)
  const byBranch = free.find((entry) => entry.branch !== null && branches.includes(entry.branch))
  if (byBranch !== undefined) return byBranch.path
  for (const entry of free) {
    if (lastName(entry.path) !== lastName(path) && (await nameIn(entry.path)) === lastName(path)) return entry.path
  }
  return null
}

/** The name under which a repository keeps a worktree: that of the folder that it was made in. */
async function nameOfWorktree(path: string, repository: Repository, git: Git): Promise<string | null> {
  try {
    return lastName((await git.repositoryOf(path, repository)).gitDir)
  } catch (error) {
    if (error instanceof GitUnavailable) return null
    throw error
  }
}

/** How a transcript spells the root of the worktree that a place of it lies in. */
function spellingOf({ place, path }: Located, root: string): string | readonly string[] {
  if (isSamePath(path, root)) return place.path
  const below = pathBelow(path, root)
  return (below === null ? null : pathAbove(place.path, below)) ?? []
}

function isSameOrNone(path: string, main: string | null): boolean {
  return main !== null && isSamePath(path, main)
}

function unique(workers: readonly Worker[]): readonly Worker[] {
  return [...new Map(workers.map((worker) => [worker.id, worker])).values()]
}

/** The real path, as git gives it; of what is gone, as far as it is there. */
async function realPathOf(path: string, files: Files): Promise<{ readonly path: string; readonly exists: boolean }> {
  const gone: string[] = []
  for (let folder = path; ; folder = folderAbove(folder)) {
    try {
      const real = await files.realPath(folder)
      return { path: [real.replace(/[\\/]+$/, ''), ...gone].join('/'), exists: gone.length === 0 }
    } catch (error) {
      if (!(error instanceof FileUnavailable)) throw error
    }
    if (folderAbove(folder) === folder) return { path, exists: false }
    gone.unshift(lastName(folder))
  }
}

async function kindOf(path: string, files: Files): Promise<'file' | 'directory' | 'other' | null> {
  try {
    return (await files.facts(path)).kind
  } catch (error) {
    if (error instanceof FileUnavailable) return null
    throw error
  }
}
