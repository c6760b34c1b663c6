import type { WorktreeConventions } from '../clients/worktree-conventions.ts'
import type { Commit, DiffStat, Stash, StatusEntry, WorktreeStatus } from '../ports/git.ts'
import { type FileFacts, type Files, FileUnavailable } from '../ports/host.ts'
import type { AtRisk, WorktreeReport } from './worktree-report.ts'
import type { Worker } from './places.ts'
import { shortRef } from '../text/short-ref.ts'
import { isSamePath, isWithin, pathBelow } from '../text/path.ts'

/** Paths named per kind; more are counted. */
const MAX_PATHS = 20
/** As `MAX_PATHS`, of what nothing but its name leads to: git itself lists the rest. */
const MAX_UNTOLD = 200
/** Files measured per worktree and kind; beyond, sizes are not known. */
const MAX_MEASURED = 2_000
/** Ignored folders that a command makes again. */
const REMADE =
  /(?:^|\/)(?:node_modules|\.venv|venv|__pycache__|\.cache|\.gradle|\.tox|\.mypy_cache|\.ruff_cache|\.pytest_cache|\.next|\.nuxt|\.turbo|\.parcel-cache|\.terraform|Pods|DerivedData)(?:\/|$)/

/** A worktree to look into. */
export interface Workplace {
  readonly path: string
  /** How transcripts spell the path. */
  readonly spellings: readonly string[]
  readonly workers: readonly Worker[]
  /** Ignored files that are younger were produced here; null: only those that somebody is known to have written. */
  readonly since: number | null
  /** Other worktrees, which may lie in this one. */
  readonly others: readonly string[]
  readonly conventions: WorktreeConventions
}

/** What a worktree holds that its last commit does not. */
export interface Uncommitted {
  readonly dirty: WorktreeReport['dirty']
  readonly atRisk: readonly AtRisk[]
}

/**
 * Counts and measures everything uncommitted. Ignored files count when the agents wrote them, or when they are younger than the agents.
 * `stats` null: how many lines differ is not known.
 */
export async function uncommitted(
  place: Workplace,
  status: WorktreeStatus,
  stats: readonly DiffStat[] | null,
  files: Files,
): Promise<Uncommitted> {
  const entries = ownEntries(place, status)
  const of = (...kinds: readonly StatusEntry['kind'][]): readonly string[] =>
    entries.filter((entry) => kinds.includes(entry.kind)).map((entry) => entry.path)
  const staged = of('staged', 'both')
  const modified = of('modified', 'both')
  const onlyModified = of('modified')
  const untracked = of('untracked')
  const conflicted = of('conflicted')
  const submodules = of('submodule')
  const ignored = await producedOf(place, of('ignored'), files)
  const hidden = status.hidden.filter((each) => each.differs === true).map((each) => each.path)
  const lines = new Map(
    (stats ?? []).map((each) => [each.path, each.added === null || each.deleted === null ? 0 : each.added + each.deleted]),
  )
  const entry = async (what: AtRisk['what'], paths: readonly string[], isCounted = false): Promise<readonly AtRisk[]> => {
    if (paths.length === 0) return []
    const changed = isCounted && stats !== null ? paths.reduce((sum, path) => sum + (lines.get(path) ?? 0), 0) : null
    return [
      { what, count: paths.length, lines: changed, bytes: await bytesOf(place.path, paths, files), paths: paths.slice(0, mostOf(what)) },
    ]
  }
  return {
    dirty: {
      staged: staged.length,
      modified: modified.length + hidden.length + submodules.length,
      untracked: untracked.length,
      ignored: ignored.length,
      conflicted: conflicted.length,
      operation: status.operation?.kind ?? null,
    },
    atRisk: [
      ...(await entry('conflicted', conflicted)),
      ...(await entry('staged', staged, true)),
      ...(await entry('modified', onlyModified, true)),
      ...(await entry('untracked', untracked)),
      ...(await entry('ignored', ignored)),
      ...(await entry('hidden', hidden)),
      // Of a submodule nothing is measured: most of it has a home of its own.
      ...counted('submodule', submodules.length, submodules),
    ],
  }
}

/** What differs, without other worktrees that lie in this one. */
export function ownEntries(
  { path, others, conventions }: Pick<Workplace, 'path' | 'others' | 'conventions'>,
  status: WorktreeStatus,
): readonly StatusEntry[] {
  return status.entries.filter((entry) => {
    const whole = `${path}/${entry.path.replace(/\/$/, '')}`
    return (
      !others.some((other) => !isSamePath(other, path) && isWithin(other, path) && isWithin(whole, other)) &&
      !conventions.holdsWorktrees(entry.path)
    )
  })
}

/** What a person must know before touching it, from the state that it is in. */
export function stateNotes({ operation, hidden, flags, submodules }: WorktreeStatus): readonly string[] {
  const notes: string[] = []
  if (operation !== null) {
    const word = operation.kind.replace('_', '-')
    const step = operation.step === null ? '' : ` (step ${operation.step}${operation.steps === null ? '' : ` of ${operation.steps}`})`
    const way =
      operation.kind === 'bisect' ? 'git bisect reset goes back' : `git ${word} --continue finishes it, git ${word} --abort goes back`
    const target = operation.branch === null ? '' : ` to ${shortRef(operation.branch)}`
    notes.push(`a ${word} is in progress${step}: ${way}${target}`)
  }
  if (hidden.some((each) => each.differs === true))
    notes.push('files that differ are hidden from git status (assume-unchanged or skip-worktree)')
  const unread = submodules.filter((each) => each.unavailable !== null)
  if (unread.length > 0)
    notes.push(`submodules that could not be asked: ${unread.map((each) => `${each.path} (${each.unavailable ?? ''})`).join(', ')}`)
  if (flags.shallow) notes.push('the clone is shallow: counts of commits may be too low')
  if (flags.partialClone) notes.push('the clone is partial: objects that are not here were not fetched')
  if (flags.sparse) notes.push('the checkout is sparse: not every tracked file is here')
  if (flags.filtersDisabled.length > 0) notes.push('filters of the repository were not run: their files may look modified')
  if (flags.replaceRefs || flags.grafts) notes.push('the repository replaces parts of its history; that was ignored')
  return notes
}

async function producedOf(place: Workplace, ignored: readonly string[], files: Files): Promise<readonly string[]> {
  const written = writtenIn(place)
  const produced: string[] = []
  for (const path of ignored) {
    const bare = path.replace(/\/$/, '')
    const isWritten = written.some((file) => isWithin(file, bare) && !place.conventions.holdsWorktrees(file))
    // The client's own settings, and worktrees of other agents.
    const isOurs = !place.conventions.isOfClient(bare) && !REMADE.test(path)
    if (isWritten || (isOurs && place.since !== null && (await isYounger(place.path, path, place.since, files)))) produced.push(path)
  }
  return produced
}

/** What the workers wrote here, relative to the worktree. */
export function writtenIn({ spellings, workers }: Pick<Workplace, 'spellings' | 'workers'>): readonly string[] {
  return workers.flatMap(({ writtenFiles }) => writtenFiles.flatMap((file) => spellings.flatMap((root) => pathBelow(file, root) ?? [])))
}

async function isYounger(root: string, path: string, since: number, files: Files): Promise<boolean> {
  const whole = `${root}/${path.replace(/\/$/, '')}`
  const facts = await factsOf(whole, files)
  if (facts === undefined) return false
  if (facts.modifiedAt >= since) return true
  if (facts.kind !== 'directory') return false
  // A folder's own time only tells about its direct members.
  for (const file of (await listed(whole, files)).slice(0, MAX_MEASURED)) {
    if (((await factsOf(file, files))?.modifiedAt ?? 0) >= since) return true
  }
  return false
}

async function bytesOf(root: string, paths: readonly string[], files: Files): Promise<number | null> {
  const found: string[] = []
  for (const path of paths) {
    const whole = `${root}/${path.replace(/\/$/, '')}`
    found.push(...(path.endsWith('/') ? await listed(whole, files) : [whole]))
    if (found.length > MAX_MEASURED) return null
  }
  const facts = await Promise.all(found.map((path) => factsOf(path, files)))
  return facts.reduce((sum, each) => sum + (each?.kind === 'file' ? each.bytes : 0), 0)
}

async function listed(folder: string, files: Files): Promise<readonly string[]> {
  try {
    return (await files.list(folder, ['**/*'])).paths
  } catch (error) {
    if (error instanceof FileUnavailable) return []
    throw error
  }
}

export async function factsOf(path: string, files: Files): Promise<FileFacts | undefined> {
  try {
    return await files.facts(path)
  } catch (error) {
    if (error instanceof FileUnavailable) return undefined
    throw error
  }
}

/** Commits that no remote has, stashes, and commits that only a reflog reaches, as entries of the list. */
export function committedRisk(onlyHere: readonly Commit[], stashes: readonly Stash[], lost: readonly Commit[]): readonly AtRisk[] {
  return [...counted('commits', onlyHere.length), ...counted('stash', stashes.length), ...counted('reflog', lost.length)]
}

/** An entry of which nothing but its number is known. */
function counted(what: AtRisk['what'], count: number, paths: readonly string[] = []): readonly AtRisk[] {
  return count === 0 ? [] : [{ what, count, lines: null, bytes: null, paths: paths.slice(0, mostOf(what)) }]
}

function mostOf(what: AtRisk['what']): number {
  return what === 'ignored' || what === 'submodule' ? MAX_UNTOLD : MAX_PATHS
}
