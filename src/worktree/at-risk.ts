import { type Files, FileUnavailable } from '../host.ts'
import type { Commit, DiffStat, Stash, StatusEntry, WorktreeStatus } from '../git.ts'
import type { AtRisk, WorktreeReport } from '../model/report.ts'
import type { Worker } from './places.ts'

/** Paths named per kind; more are counted. */
const MAX_PATHS = 20
/** Files measured per worktree; beyond, sizes are not known. */
const MAX_MEASURED = 2_000
/** Ignored folders that a command makes again. */
const REMADE = /(?:^|\/)(?:node_modules|\.venv|venv|__pycache__|\.cache|\.gradle|\.tox|\.mypy_cache|\.pytest_cache|\.next|\.turbo|\.parcel-cache|Pods|DerivedData)(?:\/|$)/

/** What a worktree holds that its last commit does not. */
export interface Uncommitted {
  readonly dirty: WorktreeReport['dirty']
  readonly atRisk: readonly AtRisk[]
  readonly notes: readonly string[]
}

/** Counts and measures everything uncommitted. Ignored files count when the agents wrote them, or when they are younger than the agents. */
export async function uncommitted(
  worktreePath: string,
  status: WorktreeStatus,
  stats: readonly DiffStat[],
  workers: readonly Worker[],
  files: Files,
): Promise<Uncommitted> {
  const of = (...kinds: readonly StatusEntry['kind'][]): readonly string[] => status.entries.filter((entry) => kinds.includes(entry.kind)).map((entry) => entry.path)
  const produced = await producedOf(worktreePath, of('ignored'), workers, files)
  const [staged, modified, untracked, conflicted] = [of('staged', 'both'), of('modified', 'both'), of('untracked'), of('conflicted')]
  const hidden = status.hidden.filter((each) => each.flag === 'assume_unchanged' && each.differs === true).map((each) => each.path)
  const submodules = status.submodules.filter((each) => each.status !== null && each.status.entries.length > 0).map((each) => each.path)
  const lines = new Map(stats.map((each) => [each.path, each.added === null || each.deleted === null ? null : each.added + each.deleted]))
  const atRisk: AtRisk[] = []
  const add = async (what: AtRisk['what'], paths: readonly string[], counted: boolean): Promise<void> => {
    if (paths.length === 0) return
    atRisk.push({ what, count: paths.length, lines: counted ? sumOf(paths.map((path) => lines.get(path) ?? 0)) : null, bytes: await bytesOf(worktreePath, paths, files), paths: paths.slice(0, MAX_PATHS) })
  }
  await add('conflicted', conflicted, false)
  await add('staged', staged, true)
  await add('modified', modified.filter((path) => !staged.includes(path)), true)
  await add('untracked', untracked, false)
  await add('ignored', produced, false)
  await add('hidden', hidden, false)
  await add('submodule', submodules, false)
  const { operation, flags } = status
  const notes: string[] = []
  if (operation !== null) {
    const word = operation.kind.replace('_', '-')
    const step = operation.step === null ? '' : ` (step ${operation.step}${operation.steps === null ? '' : ` of ${operation.steps}`})`
    const way = operation.kind === 'bisect' ? 'git bisect reset ends it' : `git ${word} --continue goes on, git ${word} --abort goes back`
    notes.push(`a ${word} is in progress${step}: ${way}`)
  }
  if (hidden.length > 0) notes.push('files are hidden from git status (assume-unchanged), and differ')
  if (flags.shallow) notes.push('the clone is shallow: counts of commits may be too low')
  if (flags.partialClone) notes.push('the clone is partial: objects that are not here were not fetched')
  if (flags.sparse) notes.push('the checkout is sparse: not every tracked file is here')
  if (flags.filtersDisabled.length > 0) notes.push('filters of the repository were not run: their files may look modified')
  if (flags.replaceRefs || flags.grafts) notes.push('the repository asks git to show other history than there is; that was not followed')
  return {
    dirty: {
      staged: staged.length,
      modified: modified.length + hidden.length + submodules.length,
      untracked: untracked.length,
      ignored: produced.length,
      conflicted: conflicted.length,
      operation: operation?.kind ?? null,
    },
    atRisk,
    notes,
  }
}

async function producedOf(worktreePath: string, ignored: readonly string[], workers: readonly Worker[], files: Files): Promise<readonly string[]> {
  const written = new Set(workers.flatMap((worker) => worker.writtenFiles))
  const since = Math.min(...workers.map((worker) => worker.startedAt ?? Infinity))
  const produced: string[] = []
  for (const path of ignored) {
    const whole = `${worktreePath}/${path.replace(/\/$/, '')}`
    // An agent's own worktrees and the client's settings lie in the repository, too.
    if (/^\.claude\//.test(path)) continue
    const isWritten = [...written].some((file) => file === whole || (path.endsWith('/') && file.startsWith(`${whole}/`)))
    if (isWritten) produced.push(path)
    else if (!REMADE.test(path) && since !== Infinity && ((await factsOf(whole, files))?.modifiedAt ?? 0) >= since) produced.push(path)
  }
  return produced
}

async function bytesOf(worktreePath: string, paths: readonly string[], files: Files): Promise<number | null> {
  if (paths.length > MAX_MEASURED) return null
  let bytes = 0
  for (const path of paths) {
    const whole = `${worktreePath}/${path.replace(/\/$/, '')}`
    const inside = path.endsWith('/') ? await listed(whole, files) : [whole]
    if (inside.length > MAX_MEASURED) return null
    for (const file of inside) bytes += (await factsOf(file, files))?.bytes ?? 0
  }
  return bytes
}

async function listed(folder: string, files: Files): Promise<readonly string[]> {
  try {
    return (await files.list(folder, ['**/*'])).paths
  } catch (error) {
    if (error instanceof FileUnavailable) return []
    throw error
  }
}

async function factsOf(path: string, files: Files): Promise<Awaited<ReturnType<Files['facts']>> | undefined> {
  try {
    return await files.facts(path)
  } catch (error) {
    if (error instanceof FileUnavailable) return undefined
    throw error
  }
}

function sumOf(counts: readonly (number | null)[]): number {
  return counts.reduce<number>((sum, count) => sum + (count ?? 0), 0)
}

/** Commits that no remote has, stashes, and commits that only a reflog reaches, as entries of the list. */
export function committedRisk(onlyHere: readonly Commit[], stashes: readonly Stash[], lost: readonly Commit[]): readonly AtRisk[] {
  const entry = (what: AtRisk['what'], count: number): readonly AtRisk[] => (count === 0 ? [] : [{ what, count, lines: null, bytes: null, paths: [] }])
  return [...entry('commits', onlyHere.length), ...entry('stash', stashes.length), ...entry('reflog', lost.length)]
}
