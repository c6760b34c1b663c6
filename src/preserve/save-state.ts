import { GitUnavailable } from '../ports/git.ts'
import type { CommitFacts, GitStore, RawPath, SaveSource } from '../ports/git-writer.ts'
import { plural } from '../text/plural.ts'
import { shownPath } from './shown-path.ts'

/** What is done with the paths of a worktree. */
export interface PathRules {
  readonly maxFileBytes: number
  /** Left out on purpose. */
  isExcluded(path: RawPath): boolean
  /** Whether any ignored file is asked for by its name. */
  readonly includes: boolean
  /** Ignored, and wanted all the same. */
  isIncluded(path: RawPath): boolean
  /** Part of another worktree, which is saved by itself. */
  isForeign(path: RawPath): boolean
}

/** The state of a worktree as a commit. */
export interface SavedState {
  /** Null: there is nothing. */
  readonly commit: string | null
  /** Repositories within that nobody added. */
  readonly within: readonly RawPath[]
  readonly leftOut: number
  /** What could not be saved, in words. */
  readonly problems: readonly string[]
}

/** The date of what is based on no commit: the same work is the same commit, whenever it is saved. */
const NO_COMMIT_AT = 946_684_800

/** When what is based on a commit was made. */
export function dateOf(head: CommitFacts | null): number {
  return head?.at ?? NO_COMMIT_AT
}

/** Writes what a worktree holds: its files as they lie there, what is staged beside them, and what an operation in progress needs. */
export async function saveState(store: GitStore, kind: SaveSource['kind'], rules: PathRules): Promise<SavedState> {
  const { head } = store
  if (kind === 'repository') return { commit: head?.oid ?? null, within: [], leftOut: 0, problems: [] }
  const { gone, changed } = await store.listChanges()
  const others = (await store.listUntracked()).filter((path) => !rules.isForeign(path))
  const untracked = others.filter((path) => !path.endsWith('/'))
  const wanted = untracked.filter((path) => !rules.isExcluded(path))
  const all = [...new Set([...changed, ...wanted])]
  const facts = await store.measure(all)
  const isLarge = (path: RawPath): boolean => facts.get(path)?.kind === 'file' && (facts.get(path)?.bytes ?? 0) > rules.maxFileBytes
  const isOdd = (path: RawPath): boolean => facts.get(path)?.kind === 'other'
  const { tree, unreadable } = await store.writeWorktree(
    gone,
    all.filter((path) => !isLarge(path) && !isOdd(path)),
  )
  const base = head === null ? [] : [head.oid]
  const committed = head?.tree ?? store.emptyTree
  const parents = [...base]
  if (kind === 'worktree') {
    const staged = await store.writeStaged()
    if (staged.hasConflict || (staged.tree !== committed && staged.tree !== tree))
      parents.push(await writeCommit(store, { tree: staged.tree, parents: base, subject: 'What was staged' }))
    for (const oid of store.inProgress) if (head === null || !(await store.isAncestor(oid, head.oid))) parents.push(oid)
  }
  const isSame = tree === committed && parents.length === base.length
  const commit = isSame ? (head?.oid ?? null) : await writeCommit(store, { tree, parents, subject: 'Work as it stood in the worktree' })
  // A clone that fetches objects on demand lacks some, and says so only to those who ask.
  if (commit !== null && !isSame && !store.isPartial && !(await store.isComplete(commit, head?.oid ?? null)))
    throw new GitUnavailable('failed', 'what was saved cannot be read back')
  return {
    commit,
    within: others.filter((path) => path.endsWith('/')),
    leftOut: untracked.length - wanted.length,
    problems: [
      ...listProblem(all.filter(isLarge), tooLarge(rules)),
      ...listProblem(unreadable, 'could not be read'),
      ...listProblem(all.filter(isOdd), 'is neither a file nor a link'),
    ],
  }
}

/** Writes a commit whose date is that of the work it is based on. */
export async function writeCommit(
  store: GitStore,
  { tree, parents, subject }: { readonly tree: string; readonly parents: readonly string[]; readonly subject: string },
): Promise<string> {
  // Git knows the empty tree without having it.
  if (tree === store.emptyTree) await store.writeEmptyTree()
  return store.commit({ tree, parents, subject, at: dateOf(store.head) })
}

/** Why something large was not saved. */
export function tooLarge({ maxFileBytes }: PathRules): string {
  return `is larger than ${maxFileBytes} bytes (--max-file)`
}

/** Paths that something is wrong with, as one sentence; none, no sentence. */
export function listProblem(paths: readonly RawPath[], what: string): readonly string[] {
  if (paths.length === 0) return []
  const names = paths.slice(0, 5).map((path) => shownPath(path))
  const more = paths.length > names.length ? `, and ${plural(paths.length - names.length, 'more')}`.replace(/mores$/, 'more') : ''
  return [`${names.join(', ')}${more}: ${what}`]
}
