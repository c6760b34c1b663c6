import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { GitUnavailable, type Operation, type Repository, type RepositoryFlags } from '../ports/git.ts'
import { FileUnavailable } from '../ports/host.ts'
import { createFiles } from './files.ts'
import { guardRepository, notePatternFiles, type PatternFile, patternFilesIn } from './git-guard.ts'
import { parseConfig, splitKey, type ConfigEntry } from './git-parse.ts'
import type { GitCall, GitOutput, RunGit } from './git-run.ts'
import { codeOf } from '../ports/system-error.ts'
import { isSamePath, isWindowsPath, keyOfPath } from '../text/path.ts'

const SMALL_FILE_BYTES = 2 ** 20

const files = createFiles()

/** How the file system of a repository differs from what git expects, and what it leaves out. */
const FILE_SETTINGS = ['core.filemode', 'core.symlinks', 'core.ignorecase', 'core.precomposeunicode', 'core.longpaths', 'core.excludesfile']

/** The worktree that a path lies in, found without git: git would already obey whatever `.git` leads to. */
export async function locate(run: RunGit, path: string): Promise<Repository> {
  // A path of Windows, read elsewhere: nothing of it is on this machine.
  if (!isAbsolute(path))
    throw new GitUnavailable(isWindowsPath(path) ? 'vanished' : 'failed', `${path} is not an absolute path on this system`)
  const start = await realpath(path).catch((error: unknown) => {
    throw new GitUnavailable(isMissing(error) ? 'vanished' : 'failed', isMissing(error) ? `${path} is gone` : `${path}: ${String(error)}`)
  })
  for (let folder = start; ; folder = dirname(folder)) {
    const found = await locateAt(run, folder)
    if (found !== null) {
      await guardRepository(run, found, readSmall)
      return found
    }
    if (dirname(folder) === folder) throw new GitUnavailable('not_a_repository', `no repository at ${path} or above`)
  }
}

async function locateAt(run: RunGit, worktreePath: string): Promise<Repository | null> {
  const dotGit = join(worktreePath, '.git')
  const stats = await lstat(dotGit).catch(() => null)
  if (stats === null) return null
  if (stats.isDirectory()) {
    // git, too, walks on past a folder that is only called `.git`.
    if (!(await isGitDirectory(dotGit))) return null
    return { worktreePath, gitDir: dotGit, commonDir: dotGit, mainWorktree: worktreePath }
  }
  if (!stats.isFile()) throw new GitUnavailable('untrusted_gitdir', `${dotGit} is neither a folder nor a file`)
  const target = /^gitdir: ([^\0]+?)[\r\n]*$/s.exec((await readSmall(dotGit)) ?? '')?.[1]
  if (target === undefined) throw new GitUnavailable('untrusted_gitdir', `${dotGit} names no git directory`)
  const gitDir = await realpath(resolve(worktreePath, target)).catch(() => {
    throw new GitUnavailable('not_a_repository', `${dotGit} names ${target}, which is gone`)
  })
  return (await linkedWorktree(worktreePath, gitDir)) ?? (await submodule(run, worktreePath, gitDir))
}

/** A worktree of `git worktree add`: its git directory lies in `worktrees/` of the repository and names this very worktree. */
async function linkedWorktree(worktreePath: string, gitDir: string): Promise<Repository | null> {
  if (basename(dirname(gitDir)) !== 'worktrees') return null
  const commonDir = dirname(dirname(gitDir))
  const named = (await readSmall(join(gitDir, 'commondir')))?.trim()
  if (named === undefined || (await realpath(resolve(gitDir, named)).catch(() => null)) !== commonDir) {
    throw new GitUnavailable('untrusted_gitdir', `${gitDir} belongs to another repository than the one that it lies in`)
  }
  const back = (await readSmall(join(gitDir, 'gitdir')))?.trimEnd()
  const home = back === undefined ? null : await realpath(dirname(resolve(gitDir, back))).catch(() => null)
  if (home !== worktreePath || back === undefined || basename(back) !== '.git') {
    throw new GitUnavailable('untrusted_gitdir', `${gitDir} is the git directory of ${back ?? 'no worktree'}, not of ${worktreePath}`)
  }
  if (!(await isGitDirectory(commonDir))) throw new GitUnavailable('untrusted_gitdir', `${commonDir} is no git directory`)
  const above = dirname(commonDir)
  return { worktreePath, gitDir, commonDir, mainWorktree: basename(commonDir) === '.git' ? above : null }
}

/** A submodule: its git directory lies in `modules/` of the repository around it and names this very folder as its work tree. */
async function submodule(run: RunGit, worktreePath: string, gitDir: string): Promise<Repository> {
  const untrusted = new GitUnavailable('untrusted_gitdir', `${gitDir} is no git directory of ${worktreePath}`)
  if (dirname(worktreePath) === worktreePath || !gitDir.includes(`${sep}modules${sep}`)) throw untrusted
  const around = await locate(run, dirname(worktreePath))
  if (!gitDir.startsWith(join(around.gitDir, 'modules') + sep) || !(await isGitDirectory(gitDir))) throw untrusted
  const settings = await readConfigFile(run, join(gitDir, 'config'))
  const home = settings.findLast(({ key }) => key === 'core.worktree')?.value
  if (home === undefined || (await realpath(resolve(gitDir, home)).catch(() => null)) !== worktreePath) throw untrusted
  return { worktreePath, gitDir, commonDir: gitDir, mainWorktree: worktreePath }
}

async function isGitDirectory(path: string): Promise<boolean> {
  const [head, objects, references, elsewhere] = await Promise.all([
    lstat(join(path, 'HEAD')).catch(() => null),
    stat(join(path, 'objects')).catch(() => null),
    stat(join(path, 'refs')).catch(() => null),
    lstat(join(path, 'commondir')).catch(() => null),
  ])
  if (head === null || objects?.isDirectory() !== true || references?.isDirectory() !== true) return false
  // Its configuration would be that of another directory.
  if (elsewhere !== null) throw new GitUnavailable('untrusted_gitdir', `${path} hands on to another git directory`)
  return true
}

/** Asks git where it is, and holds it to what the files say; throws what makes the repository unusable. */
export async function confirm(run: RunGit, repository: Repository): Promise<void> {
  const { worktreePath, gitDir, commonDir } = repository
  const question = ['rev-parse', '--path-format=absolute', '--show-toplevel', '--absolute-git-dir', '--git-common-dir']
  const { stdout } = await run({ worktree: worktreePath, args: question }).catch((error: unknown) => {
    if (error instanceof GitUnavailable && error.detail.includes('must be run in a work tree'))
      throw new GitUnavailable('worktree_mismatch', `${commonDir} is configured as bare`)
    throw error
  })
  const printed = stdout.toString('utf8')
  const wanted = [worktreePath, gitDir, commonDir].map((path) => `${path}\n`)
  // Compared as a whole: a path may hold a newline. Git spells with `/` and, on a Mac, accents as it likes.
  if (!keyOfPath(printed).startsWith(keyOfPath(wanted[0] ?? '')))
    throw new GitUnavailable('worktree_mismatch', `the work tree of ${gitDir} is configured to be another folder than ${worktreePath}`)
  if (!isSamePath(printed, wanted.join(''))) throw new GitUnavailable('untrusted_gitdir', `git finds another git directory than ${gitDir}`)
}

/** A configuration file by itself: nothing it includes, nothing it says is done. */
export async function readConfigFile(run: RunGit, path: string): Promise<ConfigEntry[]> {
  if ((await stat(path).catch(() => null))?.isFile() !== true) return []
  const { stdout } = await run({ worktree: null, args: ['config', '--file', path, '--no-includes', '--list', '-z'] })
  return parseConfig(stdout, false)
}

/** What is configured in a repository and matters to every question about it. */
export interface RepositoryFacts {
  /** No worktree has a configuration of its own, or one that depends on its place or branch. */
  readonly isShared: boolean
  /** The configuration may move a work tree to another folder. */
  readonly movesWorktree: boolean
  readonly filters: readonly string[]
  /** The files of patterns that settings name, of every scope. */
  readonly patternFiles: readonly PatternFile[]
  /** Git's name: `files`, `reftable`. */
  readonly refStorage: string
  /** The length of object ids. */
  readonly oidBytes: 20 | 32
  /** How its files are told apart, as settings: `core.filemode=false`. */
  readonly files: readonly string[]
  readonly flags: Pick<RepositoryFlags, 'partialClone' | 'sparse' | 'filtersDisabled' | 'replaceRefs'>
}

/** How the parts of git ask it. */
export interface GitAccess {
  readonly run: RunGit
  /** A question about the whole repository, from the one of its worktrees that is at hand. */
  readonly ask: (repository: Repository, args: readonly string[], more?: Partial<GitCall>) => Promise<GitOutput>
  readonly factsOf: (repository: Repository) => Promise<RepositoryFacts>
  /** Of the output of one command. */
  readonly maxBytes: number
}

/** Whether history is cut off or redrawn by files of the git directory. */
export async function historyFlags({ commonDir }: Repository): Promise<Pick<RepositoryFlags, 'shallow' | 'grafts'>> {
  const [grafts, shallow] = await Promise.all([
    readSmall(join(commonDir, 'info', 'grafts')),
    stat(join(commonDir, 'shallow')).catch(() => null),
  ])
  return { shallow: (shallow?.size ?? 0) > 0, grafts: /^[0-9a-f]/m.test(grafts ?? '') }
}

/** Reads the facts of a repository, and once only for all worktrees for which they must be the same. `home`: what git takes `~` for. */
export function createFactsReader(run: RunGit, home: string | undefined): (repository: Repository) => Promise<RepositoryFacts> {
  const shared = new Map<string, { readonly mark: string; readonly facts: Promise<RepositoryFacts> }>()
  const factsOf = async (repository: Repository): Promise<RepositoryFacts> => {
    const mark = await markOf(join(repository.commonDir, 'config'))
    const known = shared.get(repository.commonDir)
    if (known?.mark === mark) {
      const facts = await known.facts
      return facts.isShared ? facts : readFacts(run, repository)
    }
    const facts = readFacts(run, repository)
    facts.catch(() => shared.delete(repository.commonDir))
    shared.set(repository.commonDir, { mark, facts })
    return facts
  }
  return async (repository) => {
    const facts = await factsOf(repository)
    notePatternFiles(repository.worktreePath, facts.patternFiles, home)
    return facts
  }
}

async function markOf(path: string): Promise<string> {
  return lstat(path, { bigint: true }).then(
    ({ ino, size, mtimeNs, ctimeNs }) => [ino, size, mtimeNs, ctimeNs].join(':'),
    () => '',
  )
}

/** For the environment of git: where a bare repository is, which git does not look for. */
export function ownDirectory({ gitDir, commonDir, mainWorktree }: Repository): { readonly GIT_DIR?: string } {
  return mainWorktree === null && gitDir === commonDir ? { GIT_DIR: gitDir } : {}
}

async function readFacts(run: RunGit, repository: Repository): Promise<RepositoryFacts> {
  const ask = (...args: readonly string[]): Promise<GitOutput> =>
    run({ worktree: repository.worktreePath, args, env: { ...ownDirectory(repository) } })
  const [listed, replaced] = await Promise.all([
    ask('config', '--list', '--show-scope', '--includes', '-z'),
    ask('for-each-ref', '--count=1', '--format=%(refname)', 'refs/replace/'),
  ])
  const all = parseConfig(listed.stdout, true)
  const own = all.filter(({ scope }) => scope === 'local' || scope === 'worktree')
  const filters = new Set<string>()
  for (const { key } of own) {
    const { section, subsection } = splitKey(key)
    if (section === 'filter' && subsection !== '') filters.add(subsection)
  }
  const value = (key: string): string | undefined => own.findLast((entry) => entry.key === key)?.value
  // Whatever is not plainly off: git has many ways to write a number.
  const isOn = (key: string): boolean => !/^(?:false|no|off|0|)$/i.test(value(key) ?? 'no')
  const isShared = !isOn('extensions.worktreeconfig') && !own.some(({ key }) => /^include(?:if\..*)?\.path$/is.test(key))
  return {
    isShared,
    movesWorktree: value('core.worktree') !== undefined,
    filters: [...filters],
    patternFiles: patternFilesIn(all),
    oidBytes: value('extensions.objectformat') === 'sha256' ? 32 : 20,
    files: FILE_SETTINGS.flatMap((key) => {
      const text = value(key)
      return text === undefined ? [] : [`${key}=${text}`]
    }),
    refStorage: value('extensions.refstorage') ?? 'files',
    flags: {
      partialClone: value('extensions.partialclone') !== undefined || own.some(({ key }) => /^remote\..*\.promisor$/s.test(key)),
      sparse: isOn('core.sparsecheckout'),
      filtersDisabled: [...filters],
      replaceRefs: replaced.stdout.length > 0,
    },
  }
}

/** What is under way in a worktree; where several things are, the one that has to end first. */
export async function operationOf(gitDir: string): Promise<Operation | null> {
  const names = new Set(await readdir(gitDir).catch(() => [] as string[]))
  const line = async (...path: string[]): Promise<string | null> => (await readSmall(join(gitDir, ...path)))?.trim() || null
  const count = async (...path: string[]): Promise<number | null> => {
    const text = await line(...path)
    return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null
  }
  const branch = async (...path: string[]): Promise<string | null> => {
    const name = await line(...path)
    return name?.startsWith('refs/heads/') === true ? name : null
  }
  const series = async (kind: Operation['kind'], folder: string, current: string, last: string): Promise<Operation> => ({
    kind,
    step: await count(folder, current),
    steps: await count(folder, last),
    branch: await branch(folder, 'head-name'),
    commit: await line(folder, 'onto'),
  })
  if (names.has('rebase-merge')) return series('rebase', 'rebase-merge', 'msgnum', 'end')
  if (names.has('rebase-apply')) {
    const isAm = !(await isFile(join(gitDir, 'rebase-apply', 'rebasing')))
    return series(isAm ? 'am' : 'rebase', 'rebase-apply', 'next', 'last')
  }
  if (names.has('MERGE_HEAD')) return simple('merge', (await line('MERGE_HEAD'))?.split('\n')[0] ?? null)
  if (names.has('CHERRY_PICK_HEAD')) return simple('cherry_pick', await line('CHERRY_PICK_HEAD'))
  if (names.has('REVERT_HEAD')) return simple('revert', await line('REVERT_HEAD'))
  if (names.has('sequencer')) {
    // Between two commits of a series neither of the two heads exists.
    const todo = await line('sequencer', 'todo')
    return simple(todo?.startsWith('revert') === true ? 'revert' : 'cherry_pick', null)
  }
  if (names.has('BISECT_LOG')) {
    const start = await line('BISECT_START')
    const isCommit = start === null || /^[0-9a-f]{40,64}$/.test(start)
    return { ...simple('bisect', null), branch: isCommit ? null : start.startsWith('refs/heads/') ? start : `refs/heads/${start}` }
  }
  return null
}

function simple(kind: Operation['kind'], commit: string | null): Operation {
  return { kind, step: null, steps: null, branch: null, commit }
}

async function isFile(path: string): Promise<boolean> {
  return lstat(path).then(
    (stats) => stats.isFile(),
    () => false,
  )
}

/** A file of a git directory; null when there is none. Throws `GitUnavailable` when there is one that cannot be read. */
export async function readSmall(path: string, maxBytes = SMALL_FILE_BYTES): Promise<string | null> {
  try {
    return await files.readText(path, maxBytes)
  } catch (error) {
    const code = error instanceof FileUnavailable ? error.code : ''
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw new GitUnavailable('unreadable_file', `${path} could not be read: ${code}`)
  }
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')
}
