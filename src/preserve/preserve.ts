import { GitUnavailable } from '../ports/git.ts'
import type { GitWriter } from '../ports/git-writer.ts'
import { compare } from '../text/order.ts'
import type { WorktreeReport } from '../worktree/worktree-report.ts'
import { type Part, saveHiddenFiles, saveLostCommits, saveStashes, saveState, type Saving } from './parts.ts'
import { rulesOf } from './paths.ts'
import { type Kept, keepParts } from './references.ts'
import { hiddenOf, isForgotten, listWork, type NamedRow } from './rows.ts'
import { shortRef } from '../text/short-ref.ts'

/** What is saved, and where. */
export interface PreserveOptions {
  /** Where rescue references go (`refs/heads/rescue`). */
  readonly ref: string
  /** Sends them to origin, but for those below `refs/not-pushed/`. */
  readonly push: boolean
  /** A folder for bundles of them, absolute; null: none are written. */
  readonly bundle: string | null
  /** A file with more bytes is not saved, and is a failure. */
  readonly maxFileBytes: number
  /** Globs of ignored files to save too, relative to the worktree. */
  readonly include?: readonly string[]
  /** Globs of untracked and ignored files to leave out. */
  readonly exclude?: readonly string[]
  /** Agents that are at work: a worktree of theirs alone is left to them. */
  readonly running?: ReadonlySet<string>
  /** Only these worktrees, by their paths; absent: all. */
  readonly worktrees?: ReadonlySet<string>
}

/** A reference that holds work of a worktree. */
export interface SavedWork {
  readonly name: string
  readonly path: string
  readonly agents: readonly string[]
  readonly ref: string
  readonly commit: string
  /** False: an earlier run had saved the same. */
  readonly isNew: boolean
  /** What it holds, in words: `2 commits`. */
  readonly holds: readonly string[]
  /** The bundle that holds it too. */
  readonly bundle: string | null
  readonly isPushed: boolean
}

/** Something that was not saved, or only in part. */
export interface PreserveFailure {
  readonly path: string
  readonly agents: readonly string[]
  readonly reason: string
}

export interface Preserved {
  readonly saved: readonly SavedWork[]
  readonly failures: readonly PreserveFailure[]
  /** Files that `exclude` left out. */
  readonly leftOut: number
}

const NOT_PUSHED = 'refs/not-pushed/'
const NOBODY: ReadonlySet<string> = new Set()

/** Worktrees that are saved side by side. */
const AT_ONCE = 2

/** The rows that `preserveWork` would save. */
export function listWorkToSave(rows: readonly WorktreeReport[], options: PreserveOptions): readonly NamedRow[] {
  return listWork(rows, options.running ?? NOBODY, options).filter(({ row }) => options.worktrees?.has(row.path) !== false)
}

/**
 * Saves the work that exists only on this machine. Each row by itself: what fails in one is told, and stops no other. The same work gives
 * the same references, however often and wherever it was interrupted.
 */
export async function preserveWork(rows: readonly WorktreeReport[], options: PreserveOptions, git: GitWriter): Promise<Preserved> {
  const waiting = [...listWorkToSave(rows, options)]
  const done: Preserved[] = []
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) done.push(await saveRow(next, rows, options, git))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return {
    saved: done.flatMap(({ saved }) => saved).toSorted((a, b) => compare(a.name, b.name)),
    failures: done.flatMap(({ failures }) => failures).toSorted((a, b) => compare(a.path, b.path)),
    leftOut: done.reduce((sum, { leftOut }) => sum + leftOut, 0),
  }
}

async function saveRow(
  { row, name }: NamedRow,
  rows: readonly WorktreeReport[],
  options: PreserveOptions,
  git: GitWriter,
): Promise<Preserved> {
  const { path, repo, head, agents } = row
  const failures: PreserveFailure[] = []
  const saved: SavedWork[] = []
  let leftOut = 0
  const fail = (detail: string): void => {
    const reason = detail.replace(/^(?:error|fatal): /, '')
    if (!failures.some((failure) => failure.reason === reason)) failures.push({ path, agents, reason })
  }
  /** Null: git refused, which is a failure of this row. What fails in one part does not stop the others. */
  const attempt = async <Result>(job: () => Promise<Result>): Promise<Result | null> => {
    try {
      return await job()
    } catch (error) {
      if (!(error instanceof GitUnavailable)) throw error
      fail(error.detail)
      return null
    }
  }
  if (repo === null) fail('its repository was not found')
  const kind = isForgotten(row) ? 'folder' : row.exists ? 'worktree' : 'repository'
  const store = repo === null ? null : await attempt(() => git.open({ kind, path, repo, head, commits: row.lostCommits }))
  if (store === null) return { saved, failures, leftOut }

  const ref = `${options.ref}/${name}`
  const leaveOut = (files: number): void => void (leftOut += files)
  const saving: Saving = { row, store, rules: rulesOf(row, rows, options), ref, hidden: hiddenOf(ref), fail, leaveOut }
  try {
    const parts: Part[] = []
    // Of a person's own checkout only what its repository holds is told: its files are nobody's business.
    if (kind === 'folder' || row.atRisk.some(({ what }) => what !== 'stash' && what !== 'reflog')) {
      if (kind !== 'worktree' && head !== null && store.head === null) fail(`the commit ${head} no longer exists`)
      const state = await attempt(() => saveState(saving, kind))
      if (state?.part != null) parts.push(state.part)
      if (kind !== 'repository') parts.push(...((await attempt(() => saveHiddenFiles(saving, state?.within ?? []))) ?? []))
    }
    parts.push(...((await attempt(() => saveStashes(saving))) ?? []), ...((await attempt(() => saveLostCommits(saving))) ?? []))
    const kept = (await attempt(() => keepParts(parts, saving))) ?? []
    const held = [...kept, ...(options.push || options.bundle !== null ? await savedBefore(kept) : [])]
    const references = new Map(held.map((part) => [part.ref, part.commit]))
    const file = shortRef(ref).replaceAll('/', '-')
    const folder = options.bundle
    const bundle = folder === null || held.length === 0 ? null : await attempt(() => store.bundle(references, folder, file))
    for (const part of held) {
      const { commit, isNew, holds } = part
      const isPushed = options.push && !part.ref.startsWith(NOT_PUSHED) && (await attempt(() => push(part))) === true
      saved.push({ name, path, agents, ref: part.ref, commit, isNew, holds, bundle, isPushed })
    }
  } finally {
    await store.close()
  }
  return { saved, failures, leftOut }

  async function push(part: Part): Promise<true> {
    await store?.push(part.commit, part.ref)
    return true
  }

  /** Of a worktree that is gone, what an earlier run saved may be all that is left. */
  async function savedBefore(kept: readonly Kept[]): Promise<readonly Kept[]> {
    const before = row.saved.filter((each) => !each.onRemote && !kept.some((part) => part.ref === each.ref))
    const there = before.length === 0 ? null : await attempt(async () => store?.references(before.map((each) => each.ref)))
    return before.flatMap((each) => {
      const commit = there?.get(each.ref)
      return commit === undefined ? [] : [{ ref: each.ref, commit, holds: ['what was saved before'], isNew: false }]
    })
  }
}
