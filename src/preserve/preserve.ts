import { Buffer } from 'node:buffer'
import { WorktreeConventions } from '../clients/worktree-conventions.ts'
import { clients } from '../clients/index.ts'
import { GitUnavailable } from '../ports/git.ts'
import type { GitStore, GitWriter, RawPath, SaveSource } from '../ports/git-writer.ts'
import { compare } from '../text/order.ts'
import type { WorktreeReport } from '../worktree/worktree-report.ts'
import { createMatcher } from './globs.ts'
import { keepCommit, type Kept } from './references.ts'
import { describeRisk, hiddenOf, isForgotten, listWork, type NamedRow, NEVER_PUSHED } from './rows.ts'
import { type HiddenPart, saveHiddenFiles, saveLostCommits, saveStashes } from './save-hidden.ts'
import { type PathRules, saveState } from './save-state.ts'

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
const CONVENTIONS = new WorktreeConventions(clients.flatMap(({ worktrees }) => worktrees ?? []))
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

async function saveRow(named: NamedRow, rows: readonly WorktreeReport[], options: PreserveOptions, git: GitWriter): Promise<Preserved> {
  const { row } = named
  if (row.repo === null) {
    const reason = 'its repository was not found'
    return { saved: [], failures: [{ path: row.path, agents: row.agents, reason }], leftOut: 0 }
  }
  const kind = isForgotten(row) ? 'folder' : row.exists ? 'worktree' : 'repository'
  const saving = new RowSaving(named, kind, rulesOf(row, rows, options), options)
  const source = { kind, path: row.path, repo: row.repo, head: row.head } as const
  const store = await saving.attempt(() => git.open(source))
  if (store === null) return saving.result()
  try {
    await saving.save(store)
  } finally {
    await store.close()
  }
  return saving.result()
}

/** The saving of one row, part by part: what fails in one does not stop the others. */
class RowSaving {
  readonly #row: WorktreeReport
  readonly #name: string
  readonly #ref: string
  readonly #kind: SaveSource['kind']
  readonly #rules: PathRules
  readonly #options: PreserveOptions
  #saved: readonly SavedWork[] = []
  readonly #failures: PreserveFailure[] = []
  #leftOut = 0

  constructor({ row, name }: NamedRow, kind: SaveSource['kind'], rules: PathRules, options: PreserveOptions) {
    this.#row = row
    this.#name = name
    this.#ref = `${options.ref}/${name}`
    this.#kind = kind
    this.#rules = rules
    this.#options = options
  }

  result(): Preserved {
    return { saved: this.#saved, failures: this.#failures, leftOut: this.#leftOut }
  }

  /** Null: git refused, which is a failure of this row. */
  async attempt<Result>(job: () => Promise<Result>): Promise<Result | null> {
    try {
      return await job()
    } catch (error) {
      if (!(error instanceof GitUnavailable)) throw error
      this.#fail(error.detail)
      return null
    }
  }

  async save(store: GitStore): Promise<void> {
    // Of a person's own checkout only what its repository holds is told: its files are nobody's business.
    if (this.#kind === 'folder' || this.#row.atRisk.some(({ what }) => what !== 'stash' && what !== 'reflog')) await this.#saveFiles(store)
    await this.#keepPart(store, () => saveStashes(store, this.#row))
    await this.#keepPart(store, () => saveLostCommits(store, this.#row))
    if (this.#options.push || this.#options.bundle !== null) await this.#addSavedBefore(store)
    if (this.#options.bundle !== null && this.#saved.length > 0) await this.#bundle(store, this.#options.bundle)
    if (this.#options.push) await this.#push(store)
  }

  async #saveFiles(store: GitStore): Promise<void> {
    const { head } = this.#row
    if (this.#kind !== 'worktree' && head !== null && store.head === null) this.#fail(`the commit ${head} is not there any more`)
    const state = await this.attempt(() => saveState(store, this.#kind, this.#rules))
    this.#note(state)
    const commit = state?.commit ?? null
    if (commit !== null) await this.attempt(async () => this.#add(await keepCommit(store, this.#ref, commit), describeState(this.#row)))
    if (this.#kind === 'repository') return
    const hidden = await this.attempt(() => saveHiddenFiles(store, this.#row, state?.within ?? [], this.#rules))
    this.#note(hidden)
    for (const part of hidden?.parts ?? []) await this.#keepPart(store, () => Promise.resolve(part))
  }

  /** Of a worktree that is gone, what an earlier run saved may be all that is left. */
  async #addSavedBefore(store: GitStore): Promise<void> {
    for (const { ref, onRemote } of this.#row.saved) {
      if (onRemote || this.#saved.some((work) => work.ref === ref)) continue
      const commit = (await this.attempt(() => store.references(ref)))?.get(ref)
      if (commit !== undefined) this.#add({ ref, commit, isNew: false }, ['what was saved before'])
    }
  }

  async #keepPart(store: GitStore, make: () => Promise<HiddenPart | null>): Promise<void> {
    await this.attempt(async () => {
      const made = await make()
      if (made !== null) this.#add(await keepCommit(store, `${hiddenOf(this.#ref)}/${made.part}`, made.commit), [made.holds])
    })
  }

  async #bundle(store: GitStore, folder: string): Promise<void> {
    const references = new Map(this.#saved.map(({ ref, commit }) => [ref, commit]))
    const name = this.#ref.replace(/^refs\/(?:heads\/)?/, '').replaceAll('/', '-')
    const bundle = await this.attempt(() => store.bundle(references, folder, name))
    this.#saved = this.#saved.map((work) => ({ ...work, bundle }))
  }

  async #push(store: GitStore): Promise<void> {
    const pushed = new Set<string>()
    for (const { ref, commit } of this.#saved) {
      if (ref.startsWith(NOT_PUSHED)) continue
      await this.attempt(async () => {
        await store.push(commit, ref)
        pushed.add(ref)
      })
    }
    this.#saved = this.#saved.map((work) => ({ ...work, isPushed: pushed.has(work.ref) }))
  }

  #add(kept: Kept, holds: readonly string[]): void {
    const { path, agents } = this.#row
    this.#saved = [...this.#saved, { name: this.#name, path, agents, ...kept, holds, bundle: null, isPushed: false }]
  }

  #note(made: { readonly leftOut: number; readonly problems: readonly string[] } | null): void {
    this.#leftOut += made?.leftOut ?? 0
    made?.problems.forEach((problem) => this.#fail(problem))
  }

  #fail(detail: string): void {
    const reason = detail.replace(/^(?:error|fatal): /, '')
    if (this.#failures.some((failure) => failure.reason === reason)) return
    this.#failures.push({ path: this.#row.path, agents: this.#row.agents, reason })
  }
}

/** What the reference of a worktree's state holds. */
function describeState({ atRisk }: WorktreeReport): readonly string[] {
  const words = atRisk.filter(({ what }) => !NEVER_PUSHED.has(what)).map(describeRisk)
  return words.length === 0 ? ['the worktree as it stands'] : words
}

function rulesOf(
  { path }: WorktreeReport,
  rows: readonly WorktreeReport[],
  { maxFileBytes, include, exclude }: PreserveOptions,
): PathRules {
  const others = rows.flatMap((row) =>
    row.exists && row.path.startsWith(`${path}/`) ? [`${rawOf(row.path.slice(path.length + 1))}/`] : [],
  )
  return {
    maxFileBytes,
    isExcluded: createMatcher(exclude ?? []),
    includes: include !== undefined && include.length > 0,
    isIncluded: createMatcher(include ?? []),
    isForeign: (raw) => others.some((other) => `${raw}/`.startsWith(other)) || CONVENTIONS.holdsWorktrees(raw),
  }
}

function rawOf(path: string): RawPath {
  return Buffer.from(path).toString('latin1')
}
