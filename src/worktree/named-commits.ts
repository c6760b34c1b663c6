import type { Commit, Git, Repository } from '../ports/git.ts'
import type { Home, Met } from './homes.ts'
import type { NamedCommit, Worker } from './places.ts'
import { isSamePath, isWithin } from '../text/path.ts'

/** Commits looked up in one repository. */
const MAX_NAMED = 2_000
/** Of somebody who was in none of the repositories, so many are looked up everywhere. */
const MAX_STRAY = 50
/** A commit of somebody who was in none of the repositories must have been made so near to its record. Milliseconds. */
const NEAR_MS = 10 * 60_000

/** A commit that a transcript names, and that is here. */
export interface FoundCommit extends NamedCommit {
  readonly oid: string
  readonly by: Worker
}

/** What the transcripts say was committed in the worktrees of one repository. */
export interface NamedCommits {
  /** Those that are here, in the order in which they were made. */
  in(home: Home): readonly FoundCommit[]
  /** The ids of those that git does not have any more, and that nothing took the place of. */
  goneFrom(home: Home): readonly string[]
}

/** Looks up the commits that transcripts name. `strays`: whoever worked in no repository that was found. */
export async function findNamedCommits({ repository, homes }: Met, strays: readonly Worker[], git: Git): Promise<NamedCommits> {
  const placed = homes.flatMap((home) => {
    const everybody = [...home.owners, ...home.visitors, ...home.sessions]
    return everybody.flatMap((by) => by.made.flatMap((commit) => (homeOf(commit, by, homes) === home ? [{ ...commit, by, home }] : [])))
  })
  // Whose own folder is gone without a trace can only be told of beside everybody's.
  const main = homes.find(({ path }) => repository.mainWorktree !== null && isSamePath(path, repository.mainWorktree)) ?? homes[0]
  const stray =
    main === undefined
      ? []
      : strays.flatMap((by) => by.made.map((commit) => ({ ...commit, by, home: main, isSure: false }))).slice(-MAX_STRAY)
  const all = [...placed, ...stray].slice(-MAX_NAMED)
  if (all.length === 0) return { in: () => [], goneFrom: () => [] }
  const oids = await git.resolveCommits(
    repository,
    all.map(({ id }) => id),
  )
  const foreign = await foreignIn(stray, oids, repository, git)
  const found = all
    .flatMap((commit) => {
      const oid = oids.get(commit.id)
      return oid === undefined || foreign.has(commit.id) ? [] : [{ ...commit, oid }]
    })
    .toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0))
  return {
    in: (home) => found.filter((commit) => commit.home === home),
    goneFrom: (home) => [
      ...new Set(
        placed.flatMap((commit) =>
          commit.home === home && commit.isSure && !commit.by.rewrites && commit.folder !== null && !oids.has(commit.id) ? [commit.id] : [],
        ),
      ),
    ],
  }
}

/** The home that a commit was made in: the deepest around its folder, else one of whoever made it; undefined: none of these. */
function homeOf({ folder }: NamedCommit, by: Worker, homes: readonly Home[]): Home | undefined {
  const isOf = (list: readonly Worker[]): boolean => list.some(({ id }) => id === by.id)
  if (folder === null) {
    const own = homes.filter(({ owners }) => isOf(owners))
    return own[0] ?? homes.find(({ visitors, sessions }) => isOf(visitors) || isOf(sessions))
  }
  return homes
    .filter(({ spellings }) => spellings.some((path) => isWithin(folder, path)))
    .toSorted((a, b) => b.path.length - a.path.length)[0]
}

/** The ids of strays that name, by chance, a commit of somebody else. */
async function foreignIn(
  stray: readonly NamedCommit[],
  oids: ReadonlyMap<string, string>,
  repository: Repository,
  git: Git,
): Promise<ReadonlySet<string>> {
  const foreign = new Set<string>()
  for (const { id, at } of stray) {
    const oid = oids.get(id)
    if (oid === undefined) continue
    const [commit] = await git.log(repository, { from: [oid], not: [], max: 1 })
    if (commit === undefined || at === null || Math.abs(commit.committedAt - at) > NEAR_MS) foreign.add(id)
  }
  return foreign
}

/** Those of the lost commits that a transcript shows to have been amended: what took their place has their parents, author and time. */
export async function amendedIn(
  lost: readonly Commit[],
  named: readonly FoundCommit[],
  repository: Repository,
  git: Git,
): Promise<ReadonlySet<string>> {
  const amended = new Set<string>()
  for (const { oid, amends } of named) {
    if (!amends) continue
    const [by] = await git.log(repository, { from: [oid], not: [], max: 1 })
    if (by === undefined) continue
    for (const commit of lost) {
      const isSame = commit.author === by.author && commit.authoredAt === by.authoredAt && commit.parents.join() === by.parents.join()
      if (isSame && commit.oid !== oid) amended.add(commit.oid)
    }
  }
  return amended
}
