import { createHash } from 'node:crypto'
import { lstat, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import {
  GitUnavailable,
  type Conversion,
  type Git,
  type HiddenPath,
  type Repository,
  type Submodule,
  type WorktreeStatus,
} from '../ports/git.ts'
import { checkRevision, DIFF, EMPTY_TREES, isOwnPath, isPlainPath, RAW } from './git-arguments.ts'
import { filesIn, filesMatch } from './git-files.ts'
import { isPlainIndex } from './git-index.ts'
import { fieldsOf, parseChanges, parseIndex, parseNumstat, parseStatus, parseUnmerged, type IndexEntry } from './git-parse.ts'
import { confirm, historyFlags, locate, operationOf, readSmall, type GitAccess } from './git-repository.ts'
import { wordOf } from './git-run.ts'
import { codeOf } from '../ports/system-error.ts'

const MAX_SUBMODULE_DEPTH = 8
const MAX_HASHED_BYTES = 16 * 2 ** 20

const STATUS = [
  'status',
  '--porcelain=v2',
  '-z',
  '--branch',
  '--show-stash',
  '--ahead-behind',
  '--no-renames',
  '--untracked-files=all',
  '--ignored=matching',
  // Only whether another commit is checked out: whatever is in a submodule, it is asked itself.
  '--ignore-submodules=dirty',
]

type WorktreeReader = Pick<Git, 'status' | 'isIndexOf' | 'liesThere' | 'folderHolds' | 'filesBelow' | 'conversions' | 'diffStat'>

/** The part of git that looks at one worktree: its files, its index and what differs in them. */
export function createWorktreeReader(access: GitAccess): WorktreeReader {
  return {
    status: (repository) => readStatus(access, repository, 0),
    async isIndexOf(repository, commit) {
      const [differing, unmerged] = await Promise.all([
        access.ask(repository, ['diff-index', '--cached', ...RAW, checkRevision(commit), '--']),
        access.ask(repository, ['ls-files', '--unmerged', '-z']),
      ])
      const { paths, sides } = parseUnmerged(unmerged.stdout)
      const left = new Map(sides)
      for (const { path, before, after } of parseChanges(differing.stdout)) {
        if (paths.has(path)) continue
        const side = left.get(path)
        // The index has nothing of that name, and the commit the side of the conflict.
        if (after !== null || side === undefined || side.oid !== before?.oid || side.mode !== before.mode) return false
        left.delete(path)
      }
      return left.size === 0
    },
    async liesThere(repository, files) {
      if ([...files.keys()].some((path) => !isOwnPath(path))) return false
      const setting = await access.ask(repository, ['config', '--type=bool', '--get', 'core.fileMode'], { answers: [0, 1] })
      return filesMatch(repository.worktreePath, files, wordOf(setting) !== 'false')
    },
    async folderHolds(repository, folder, files) {
      if ([...files.keys()].some((path) => !isOwnPath(path))) return false
      // With an index that is not there, every file is one that git does not know.
      const env = { GIT_DIR: repository.commonDir, GIT_WORK_TREE: folder, GIT_INDEX_FILE: join(repository.commonDir, 'no-index') }
      const { stdout } = await access.run({ worktree: folder, args: ['ls-files', '--others', '--exclude-standard', '-z'], env })
      if (fieldsOf(stdout).some((path) => files.get(path) == null)) return false
      const { files: settings } = await access.factsOf(repository)
      return filesMatch(folder, files, !settings.some((setting) => /^core\.filemode=(?:false|no|off|0)$/i.test(setting)))
    },
    filesBelow: async (repository, paths) =>
      paths.every((path) => isOwnPath(path.replace(/\/$/, ''))) ? filesIn(repository.worktreePath, paths) : null,
    async conversions(repository, paths) {
      const asked = [...new Set(paths)].filter(isPlainPath)
      if (asked.length === 0) return new Map()
      const setting = await access.ask(repository, ['config', '--get', 'core.autocrlf'], { answers: [0, 1] })
      const input = asked.map((path) => `${path}\0`).join('')
      const { stdout } = await access.ask(repository, ['check-attr', '-z', '--stdin', 'text', 'eol', 'filter', 'working-tree-encoding'], {
        input,
      })
      return conversionsOf(fieldsOf(stdout), /^true$/i.test(wordOf(setting)))
    },
    async diffStat(repository) {
      const { filters, oidBytes } = await access.factsOf(repository)
      const head = await access.ask(repository, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], { answers: [0, 1, 128] })
      const against = head.exitCode === 0 ? wordOf(head) : EMPTY_TREES[oidBytes]
      const { stdout } = await access.ask(
        repository,
        ['diff-index', '--numstat', '-z', ...DIFF, '--ignore-submodules=all', against, '--'],
        {
          filters,
        },
      )
      return parseNumstat(stdout)
    },
  }
}

async function readStatus(access: GitAccess, repository: Repository, depth: number): Promise<WorktreeStatus> {
  const { filters, flags, oidBytes } = await access.factsOf(repository)
  // Git reads such files, too, and waits for ever where one is a FIFO: what is refused here it is not asked.
  const [history, operation, head] = await Promise.all([
    historyFlags(repository),
    operationOf(repository.gitDir),
    readSmall(join(repository.gitDir, 'HEAD')),
  ])
  const [output, index] = await Promise.all([access.ask(repository, STATUS, { filters }), readSpecialEntries(access, repository, oidBytes)])
  const { branchName, ...parsed } = parseStatus(output.stdout)
  const submodules: Submodule[] = []
  for (const path of new Set(index.filter(({ mode }) => mode === '160000').map((entry) => entry.path))) {
    const submodule = await readSubmodule(access, repository, path, depth + 1)
    if (submodule !== null) submodules.push(submodule)
  }
  const listed = new Set(parsed.entries.map(({ path }) => path))
  const dirty = submodules.filter(({ path, status }) => !listed.has(path) && isDirty(status))
  const hasModulesFile = await lstat(join(repository.worktreePath, '.gitmodules')).then(
    () => true,
    () => false,
  )
  // A branch may be called `(detached)`.
  const isDetached = branchName === '(detached)' && head?.startsWith('ref: refs/heads/') !== true
  return {
    ...parsed,
    entries: [...parsed.entries, ...dirty.map(({ path }) => ({ kind: 'submodule' as const, path, xy: '.M' }))],
    branch: isDetached ? null : `refs/heads/${branchName}`,
    operation,
    hidden: await hiddenOf(repository, index, flags.sparse),
    submodules,
    flags: { ...flags, ...history, hasSubmodules: hasModulesFile || index.some(({ mode }) => mode === '160000') },
  }
}

/** The index, if anything in it needs to be looked at. */
async function readSpecialEntries(access: GitAccess, repository: Repository, oidBytes: 20 | 32): Promise<IndexEntry[]> {
  if (await isPlainIndex(join(repository.gitDir, 'index'), oidBytes)) return []
  return parseIndex((await access.ask(repository, ['ls-files', '-v', '--stage', '-z'])).stdout)
}

/** Asked as a repository of its own: from outside, git would run the filters of its configuration. */
async function readSubmodule(access: GitAccess, repository: Repository, path: string, depth: number): Promise<Submodule | null> {
  const folder = join(repository.worktreePath, path)
  try {
    if (depth > MAX_SUBMODULE_DEPTH) throw new GitUnavailable('failed', `submodules deeper than ${MAX_SUBMODULE_DEPTH}`)
    const inner = await locate(access.run, folder)
    // Not populated: the folder belongs to the repository around it.
    if (inner.worktreePath === repository.worktreePath) return null
    if (resolve(inner.worktreePath) !== resolve(folder)) throw new GitUnavailable('untrusted_gitdir', `${folder} is reached through a link`)
    await confirm(access.run, inner)
    return { path, status: await readStatus(access, inner, depth), unavailable: null }
  } catch (error) {
    if (!(error instanceof GitUnavailable)) throw error
    return error.code === 'vanished' ? null : { path, status: null, unavailable: error.code }
  }
}

function isDirty(status: WorktreeStatus | null): boolean {
  return status?.entries.some(({ kind }) => kind !== 'ignored') === true
}

async function hiddenOf({ worktreePath }: Repository, index: readonly IndexEntry[], isSparse: boolean): Promise<HiddenPath[]> {
  const hidden: HiddenPath[] = []
  for (const entry of index) {
    const isSkipped = entry.tag.toUpperCase() === 'S'
    const isAssumed = entry.tag !== entry.tag.toUpperCase()
    // Of a sparse checkout git itself says which files are there in spite of it: those are not skipped.
    if (!isAssumed && (!isSkipped || isSparse)) continue
    const differs = await differsFromIndex(join(worktreePath, entry.path), entry)
    hidden.push({ path: entry.path, flag: isAssumed ? 'assume_unchanged' : 'skip_worktree', differs })
  }
  return hidden
}

async function differsFromIndex(path: string, { oid, mode }: IndexEntry): Promise<boolean | null> {
  try {
    const stats = await lstat(path)
    if (!mode.startsWith('100')) return null
    if (!stats.isFile()) return true
    if (stats.size > MAX_HASHED_BYTES) return null
    const content = await readFile(path)
    const hash = createHash(oid.length === 64 ? 'sha256' : 'sha1')
    return hash.update(`blob ${content.length}\0`).update(content).digest('hex') !== oid
  } catch (error) {
    return ['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '') ? true : null
  }
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== 'unspecified' && value !== 'unset'
}

function conversionsOf(fields: readonly string[], crlf: boolean): ReadonlyMap<string, Conversion> {
  const byPath = new Map<string, Map<string, string>>()
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const [path = '', name = '', value = ''] = fields.slice(at, at + 3)
    const known = byPath.get(path) ?? new Map<string, string>()
    byPath.set(path, known.set(name, value))
  }
  const found = new Map<string, Conversion>()
  for (const [path, values] of byPath) {
    const text = values.get('text')
    const eol = values.get('eol')
    const lineEnds =
      text !== 'unset' && (eol === 'crlf' || (crlf && eol !== 'lf') || (isSet(text) && eol !== 'lf' && process.platform === 'win32'))
    const filtered = isSet(values.get('filter')) || isSet(values.get('working-tree-encoding'))
    if (lineEnds || filtered) found.set(path, { lineEnds, filtered })
  }
  return found
}
