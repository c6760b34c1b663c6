import type { GitStore, RawPath, SaveSource } from '../ports/git-writer.ts'
import { plural } from '../text/plural.ts'
import type { WorktreeReport } from '../worktree/worktree-report.ts'
import { listProblem, type PathRules } from './paths.ts'
import { describeRisk, NEVER_PUSHED } from './rows.ts'

/** A row that is being saved. */
export interface Saving {
  readonly row: WorktreeReport
  readonly store: GitStore
  readonly rules: PathRules
  /** The reference of its state, and the folder of those that nobody should push without having looked at them. */
  readonly ref: string
  readonly hidden: string
  /** Tells what is not saved, or only in part. */
  readonly fail: (sentence: string) => void
  /** Counts files that were left out on purpose. */
  readonly leaveOut: (files: number) => void
}

/** A commit for a reference. */
export interface Part {
  readonly ref: string
  readonly commit: string
  /** In words. */
  readonly holds: readonly string[]
  /** What it holds was put together here, and has to be read back. */
  readonly isMade?: boolean
}

/** The date of what is based on no commit: the same work is the same commit, whenever it is saved. */
const NO_COMMIT_AT = 946_684_800

/** Makes a commit whose date is that of the work it is based on. */
function makeCommit(store: GitStore, tree: string, parents: readonly string[], subject: string): string {
  return store.makeCommit({ tree, parents, subject, at: store.head?.at ?? NO_COMMIT_AT })
}

/** What a worktree holds: its files as they lie there, what is staged beside them, and what an operation in progress needs. */
export async function saveState(
  { row, store, rules, ref, fail, leaveOut }: Saving,
  kind: SaveSource['kind'],
): Promise<{
  readonly part: Part | null
  /** Repositories within that nobody added. */
  readonly within: readonly RawPath[]
}> {
  const { head } = store
  const holds = describeState(row)
  if (kind === 'repository') return { part: head === null ? null : { ref, commit: head.oid, holds }, within: [] }
  const committed = head?.tree ?? store.emptyTree
  const { gone, changed, untracked, staged, hasConflict } = await store.readChanges()
  const others = untracked.filter((path) => !rules.isForeign(path))
  const fresh = others.filter((path) => !path.endsWith('/'))
  const wanted = fresh.filter((path) => !rules.isExcluded(path))
  leaveOut(fresh.length - wanted.length)
  const all = [...new Set([...changed, ...wanted])]
  const facts = await store.measure(all)
  const isLarge = (path: RawPath): boolean => facts.get(path)?.kind === 'file' && (facts.get(path)?.bytes ?? 0) > rules.maxFileBytes
  const isOdd = (path: RawPath): boolean => facts.get(path)?.kind === 'other'
  const paths = all.filter((path) => !isLarge(path) && !isOdd(path))
  const isAsStaged = gone.length + paths.length === 0 && !hasConflict
  const { tree, unreadable } = isAsStaged ? { tree: staged ?? committed, unreadable: [] } : await store.writeTree('staged', paths, gone)
  const problems = [
    ...listProblem(all.filter(isLarge), tooLarge(rules)),
    ...listProblem(unreadable, 'could not be read'),
    ...listProblem(all.filter(isOdd), 'is neither a file nor a link'),
  ]
  problems.forEach(fail)

  const base = head === null ? [] : [head.oid]
  const parents = [...base]
  if (staged !== null && (hasConflict || (staged !== committed && staged !== tree)))
    parents.push(makeCommit(store, staged, base, 'What was staged'))
  for (const oid of store.inProgress) if (head === null || !(await store.isAncestor(oid, head.oid))) parents.push(oid)
  const isMade = tree !== committed || parents.length > base.length
  const commit = isMade ? makeCommit(store, tree, parents, 'Work as it stood in the worktree') : head?.oid
  return {
    part: commit === undefined ? null : { ref, commit, holds, isMade },
    within: others.filter((path) => path.endsWith('/')),
  }
}

/** What the reference of a worktree's state holds. */
function describeState({ atRisk }: WorktreeReport): readonly string[] {
  const words = atRisk.filter(({ what }) => !NEVER_PUSHED.has(what)).map(describeRisk)
  return words.length === 0 ? ['the worktree as it stands'] : words
}

function tooLarge({ maxFileBytes }: PathRules): string {
  return `is larger than ${maxFileBytes} bytes (--max-file)`
}

/** Ignored files that agents made, those that `--include` names, and what lies in submodules and repositories within. */
export async function saveHiddenFiles(saving: Saving, within: readonly RawPath[]): Promise<Part[]> {
  const { row, store, rules, hidden, fail, leaveOut } = saving
  const told = row.atRisk.filter(({ what }) => what === 'ignored' || what === 'submodule')
  const untold = told.reduce((sum, { count, paths }) => sum + count - paths.length, 0)
  if (untold > 0) fail(`${plural(untold, 'more ignored file')}: the scan lists too many to name them; add them with --include`)
  const named = await store.findPaths(told.flatMap(({ paths }) => paths))
  const { isIncluded } = rules
  const included = isIncluded === null ? [] : (await store.listIgnored()).filter((path) => isIncluded(path) && !rules.isForeign(path))
  const entries = [...new Set([...named, ...within, ...included].map((path) => path.replace(/\/+$/, '')))]
  const odd = entries.filter(leadsElsewhere)
  listProblem(odd, 'leads out of the worktree').forEach(fail)

  const parts: Part[] = []
  const files = new Set<RawPath>()
  const large: RawPath[] = []
  const unread: RawPath[] = []
  const gits = await store.measure(entries.map((entry) => `${entry}/.git`))
  for (const entry of entries.filter((each) => !odd.includes(each))) {
    const isRepository = ['file', 'folder'].includes(gits.get(`${entry}/.git`)?.kind ?? '')
    const inner = isRepository ? await store.openWithin(entry) : undefined
    // Another worktree of this repository.
    if (inner === null) continue
    const below = await store.filesBelow(entry)
    unread.push(...below.unread)
    if (below.bytes > rules.maxFileBytes) large.push(entry)
    else {
      const wanted = below.files.filter((path) => !rules.isExcluded(path))
      leaveOut(below.files.length - wanted.length)
      for (const path of wanted) files.add(path)
    }
    if (inner === undefined || inner.unpushed.length === 0) continue
    const { unpushed, bytes, obstacle } = inner
    if (obstacle !== null || bytes > rules.maxFileBytes) {
      listProblem([entry], `its commits cannot be copied: ${OBSTACLES[obstacle ?? 'large']}`).forEach(fail)
      continue
    }
    if (!(await store.isComplete(unpushed, false))) await store.copyWithin(entry, unpushed)
    const ref = `${hidden}/within-${parts.length + 1}`
    parts.push(...(await joinCommits(saving, ref, unpushed, 'Commits of a repository within', 'commits of a repository within')))
  }
  const { tree, unreadable } = files.size === 0 ? { tree: store.emptyTree, unreadable: [] } : await store.writeTree('nothing', [...files])
  const problems = [...listProblem(large, tooLarge(rules)), ...listProblem([...unread, ...unreadable], 'could not be read')]
  problems.forEach(fail)
  if (tree === store.emptyTree) return parts
  const commit = makeCommit(store, tree, [], 'Ignored files, and files of repositories within')
  return [{ ref: `${hidden}/ignored`, commit, holds: [plural(files.size - unreadable.length, 'ignored file')] }, ...parts]
}

const OBSTACLES = {
  shallow: 'their history is cut off',
  other_object_format: 'they have another kind of ids',
  large: 'they are larger than --max-file',
} as const

function leadsElsewhere(path: RawPath): boolean {
  return path.split('/').some((part) => ['', '.', '..', '.git'].includes(part))
}

/** Stashes of the branch of a row. */
export async function saveStashes(saving: Saving): Promise<Part[]> {
  const { row, store, hidden } = saving
  if (!row.atRisk.some(({ what }) => what === 'stash')) return []
  const own = (await store.stashes()).filter(({ branch }) => branch === row.branch).map(({ oid }) => oid)
  return joinCommits(saving, `${hidden}/stash`, own, 'Stashes', plural(own.length, 'stash', 'stashes'))
}

/** Commits that no reference holds: a log or a transcript names them. */
export async function saveLostCommits(saving: Saving): Promise<Part[]> {
  const { row, store, hidden } = saving
  if (row.lostCommits.length === 0) return []
  const lost = await store.listUnreferenced(row.lostCommits)
  const holds = plural(row.lostCommits.length, 'lost commit', 'lost commits')
  return joinCommits(saving, `${hidden}/lost`, lost, 'Commits that no reference held', holds)
}

/** One commit that reaches all of them; of none, none. */
async function joinCommits(
  { store, fail }: Saving,
  ref: string,
  commits: readonly string[],
  subject: string,
  holds: string,
): Promise<Part[]> {
  const here = await store.commitFacts(commits)
  listProblem(
    commits.filter((oid) => !here.has(oid)),
    'no longer exists',
  ).forEach(fail)
  const [first] = here.values()
  return first === undefined ? [] : [{ ref, commit: makeCommit(store, first.tree, [...here.keys()], subject), holds: [holds] }]
}
