import type { GitStore, RawPath } from '../ports/git-writer.ts'
import { plural } from '../text/plural.ts'
import type { WorktreeReport } from '../worktree/worktree-report.ts'
import { listProblem, type PathRules, tooLarge, writeCommit } from './save-state.ts'

/** A commit for a reference that nobody should push without having looked at it. */
export interface HiddenPart {
  /** The last part of the reference's name. */
  readonly part: string
  readonly commit: string
  readonly holds: string
}

/** What was made of ignored files and repositories within. */
export interface HiddenFiles {
  readonly parts: readonly HiddenPart[]
  readonly leftOut: number
  readonly problems: readonly string[]
}

/** Ignored files that agents made, those that `--include` names, and what lies in submodules and repositories within. */
export async function saveHiddenFiles(
  store: GitStore,
  row: WorktreeReport,
  within: readonly RawPath[],
  rules: PathRules,
): Promise<HiddenFiles> {
  const told = row.atRisk.filter(({ what }) => what === 'ignored' || what === 'submodule')
  const untold = told.reduce((sum, { count, paths }) => sum + count - paths.length, 0)
  const named = await store.findPaths(told.flatMap(({ paths }) => paths))
  const included = rules.includes ? (await store.listIgnored()).filter((path) => rules.isIncluded(path) && !rules.isForeign(path)) : []
  const entries = [...new Set([...named, ...within, ...included].map((path) => path.replace(/\/+$/, '')))]
  const problems: string[] =
    untold === 0 ? [] : [`${plural(untold, 'more ignored file')}: the scan lists too many to name them; add them with --include`]
  const odd = entries.filter((path) => leadsElsewhere(path))
  problems.push(...listProblem(odd, 'leads out of the worktree'))

  const parts: HiddenPart[] = []
  const files: RawPath[] = []
  const large: RawPath[] = []
  const unread: RawPath[] = []
  let leftOut = 0
  for (const entry of entries) {
    if (odd.includes(entry)) continue
    const repository = (await isRepository(store, entry)) ? await store.openWithin(entry) : undefined
    // Another worktree of this repository.
    if (repository === null) continue
    const below = await store.filesBelow(entry)
    unread.push(...below.unread)
    if (below.bytes > rules.maxFileBytes) large.push(entry)
    else {
      const wanted = below.files.filter((path) => !rules.isExcluded(path))
      leftOut += below.files.length - wanted.length
      files.push(...wanted)
    }
    if (repository === undefined || repository.unpushed.length === 0) continue
    if (repository.obstacle !== null || repository.bytes > rules.maxFileBytes) {
      problems.push(...listProblem([entry], `its commits cannot be copied: ${OBSTACLES[repository.obstacle ?? 'large']}`))
      continue
    }
    const { unpushed } = repository
    if (!(await holds(store, unpushed))) await store.copyWithin(entry, unpushed)
    const number = parts.length + 1
    const commit = await joinCommits(store, unpushed, 'Commits of a repository within')
    if (commit !== null) parts.push({ part: `within-${number}`, commit, holds: 'commits of a repository within' })
  }
  const written = files.length === 0 ? { tree: store.emptyTree, unreadable: [] } : await store.writeFiles([...new Set(files)])
  problems.push(...listProblem(large, tooLarge(rules)), ...listProblem([...unread, ...written.unreadable], 'could not be read'))
  if (written.tree !== store.emptyTree) {
    const commit = await writeCommit(store, { tree: written.tree, parents: [], subject: 'Ignored files, and files of repositories within' })
    parts.unshift({ part: 'ignored', commit, holds: plural(files.length - written.unreadable.length, 'ignored file') })
  }
  return { parts, leftOut, problems }
}

const OBSTACLES = {
  shallow: 'their history is cut off',
  other_object_format: 'they have another kind of ids',
  large: 'they are larger than --max-file',
} as const

function leadsElsewhere(path: RawPath): boolean {
  return path === '' || path.startsWith('/') || path.split('/').some((part) => ['', '.', '..', '.git'].includes(part))
}

async function isRepository(store: GitStore, path: RawPath): Promise<boolean> {
  const at = `${path}/.git`
  const kind = (await store.measure([at])).get(at)?.kind
  return kind === 'file' || kind === 'folder'
}

async function holds(store: GitStore, commits: readonly string[]): Promise<boolean> {
  if ((await store.commitFacts(commits)).size < commits.length) return false
  for (const oid of commits) if (!(await store.isComplete(oid, null))) return false
  return true
}

/** Stashes of the branch of a row. */
export async function saveStashes(store: GitStore, row: WorktreeReport): Promise<HiddenPart | null> {
  if (!row.atRisk.some(({ what }) => what === 'stash')) return null
  const own = (await store.stashes()).filter(({ branch }) => branch === row.branch).map(({ oid }) => oid)
  const commit = await joinCommits(store, own, 'Stashes')
  return commit === null ? null : { part: 'stash', commit, holds: plural(own.length, 'stash', 'stashes') }
}

/** Commits that no reference holds: a log or a transcript names them. */
export async function saveLostCommits(store: GitStore, row: WorktreeReport): Promise<HiddenPart | null> {
  if (row.lostCommits.length === 0) return null
  const lost = await store.listUnreferenced(row.lostCommits)
  const commit = await joinCommits(store, lost, 'Commits that no reference held')
  return commit === null
    ? null
    : { part: 'lost', commit, holds: plural(row.lostCommits.length, 'commit that no branch holds', 'commits that no branch holds') }
}

/** One commit that reaches all of them; null: there are none. */
async function joinCommits(store: GitStore, commits: readonly string[], subject: string): Promise<string | null> {
  const [first] = commits
  if (first === undefined) return null
  const tree = (await store.commitFacts([first])).get(first)?.tree
  return tree === undefined ? null : writeCommit(store, { tree, parents: commits, subject })
}
