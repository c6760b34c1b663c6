import { lstat, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { type Git, GitUnavailable, type Repository } from '../ports/git.ts'
import type { Created, GitStore, GitWriter, RawPath, SaveSource, WrittenTree } from '../ports/git-writer.ts'
import { EMPTY_TREES } from './git-arguments.ts'
import { writeBundle } from './git-bundle.ts'
import { isPlainIndex } from './git-index.ts'
import { OID } from './git-parse.ts'
import { pushCommit } from './git-push.ts'
import { createGate, createRun, environmentFor, findGit, wordOf, type GitCall, type GitOutput, type RunGit } from './git-run.ts'
import { copyWithin, openWithin } from './git-within.ts'
import { createPrivateFolder } from './private-folder.ts'
import { createPrivateGit, type PrivateGit } from './private-git.ts'
import { filesBelow, findPath, listOf, measure, rawPathsOf } from './raw-files.ts'

export interface GitWriterOptions {
  /** What git's environment is picked from; the process's by default. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** For one command of git (10 min): it may have gigabytes to write. */
  readonly timeoutMs?: number
}

/** How often a list of files is halved to find those that cannot be read. */
const MAX_SPLITS = 400
/** Commits named in one command. */
const MAX_NAMED = 1_000
const ME = { NAME: 'agent-forensics', EMAIL: 'agent-forensics@localhost' }
const IDENTITY = {
  GIT_AUTHOR_NAME: ME.NAME,
  GIT_AUTHOR_EMAIL: ME.EMAIL,
  GIT_COMMITTER_NAME: ME.NAME,
  GIT_COMMITTER_EMAIL: ME.EMAIL,
}
/** Nothing more can be written, whatever it is. */
const IS_STORE_FAILURE = /repository database|No space left|quota|Read-only file system|unable to (?:write|create)|cannot (?:mkdir|create)/i

/** The writing side of git, over the same hardened runner as the reading one, `git`. */
export function createGitWriter(git: Git, options: GitWriterOptions = {}): GitWriter {
  const source = options.env ?? process.env
  const env = environmentFor(source)
  let found: Promise<string> | undefined
  const binary = (): Promise<string> => (found ??= findGit(source))
  const run = createRun(binary, env, { timeoutMs: options.timeoutMs ?? 600_000, maxBytes: 2 ** 28 }, createGate(2))
  return {
    async open(place) {
      await git.version()
      const repository = await locateRepository(place, git)
      const folder = await createPrivateFolder('agent-forensics-save-').catch((error: unknown) => {
        throw new GitUnavailable('failed', `no temporary folder can be made: ${codeOf(error)}`)
      })
      try {
        if (place.kind !== 'repository' && folder.path.startsWith(`${place.path}/`))
          throw new GitUnavailable('failed', `the temporary folder lies in ${place.path}: set TMPDIR to another one`)
        const inside = await createPrivateGit({ run, source: place, repository, folder: folder.path })
        const network = async () => ({ binary: await binary(), env, timeoutMs: 600_000, maxBytes: 2 ** 24, allowHttp: false })
        return { ...storeOf({ git, run, place, repository, inside, network }), close: () => folder.remove() }
      } catch (error) {
        await folder.remove()
        throw error
      }
    },
  }
}

async function locateRepository(place: SaveSource, git: Git): Promise<Repository> {
  if (place.kind !== 'worktree') return (await bareRepository(place.repo)) ?? git.repositoryOf(place.repo)
  const repository = await git.repositoryOf(place.path)
  if (repository.worktreePath !== (await realpath(place.path)))
    throw new GitUnavailable('failed', `${place.path} is not a worktree of its own`)
  return repository
}

async function bareRepository(path: string): Promise<Repository | null> {
  const isThere = await Promise.all(['HEAD', 'objects', 'refs'].map((name) => lstat(join(path, name)).catch(() => null)))
  const isWorktree = await lstat(join(path, '.git')).catch(() => null)
  if (isWorktree !== null || isThere.includes(null)) return null
  const real = await realpath(path)
  return { worktreePath: real, gitDir: real, commonDir: real, mainWorktree: null }
}

interface Means {
  readonly git: Git
  readonly run: RunGit
  readonly place: SaveSource
  readonly repository: Repository
  readonly inside: PrivateGit
  readonly network: Parameters<typeof pushCommit>[0]['network']
}

function storeOf({ git, run, place, repository, inside, network }: Means): Omit<GitStore, 'close'> {
  const { head, inProgress, facts } = inside
  const folder = place.kind === 'repository' ? repository.worktreePath : place.path
  const isBare = repository.mainWorktree === null && repository.gitDir === repository.commonDir
  const real = (args: readonly string[], more: Partial<GitCall> = {}): Promise<GitOutput> =>
    run({
      worktree: repository.worktreePath,
      args,
      ...more,
      env: { ...(isBare && { GIT_DIR: repository.gitDir }), GIT_INDEX_FILE: inside.noIndex, ...IDENTITY, ...more.env },
      settings: ['core.splitIndex=false', 'maintenance.auto=false', 'core.quotePath=false', 'i18n.commitEncoding=UTF-8'],
    })
  const own = (index: string, args: readonly string[], more: Partial<GitCall> = {}): Promise<GitOutput> =>
    inside.run(index, args, { ...more, env: { ...IDENTITY, ...more.env } })

  const add = async (index: string, paths: readonly RawPath[]): Promise<readonly RawPath[]> => {
    let splits = 0
    const addAll = async (list: readonly RawPath[]): Promise<readonly RawPath[]> => {
      if (list.length === 0) return []
      try {
        await own(index, ['update-index', '-z', '--add', '--remove', '--replace', '--stdin'], { input: listOf(list) })
        return []
      } catch (error) {
        if (!(error instanceof GitUnavailable) || error.code !== 'failed' || IS_STORE_FAILURE.test(error.detail)) throw error
        splits += 1
        if (list.length === 1 || splits > MAX_SPLITS) return list
        const half = Math.floor(list.length / 2)
        return [...(await addAll(list.slice(0, half))), ...(await addAll(list.slice(half)))]
      }
    }
    return addAll(paths)
  }
  const writeTree = async (index: string): Promise<string> => wordOf(await own(index, ['write-tree', '--missing-ok']))

  return {
    repository,
    head,
    inProgress,
    isPartial: facts.isPartial,
    emptyTree: EMPTY_TREES[facts.oidBytes],

    async listChanges() {
      // What git was told not to look at shows itself only to this.
      if (!(await isPlainIndex(inside.index, facts.oidBytes)))
        await own(inside.index, ['update-index', '-q', '--really-refresh'], { answers: [0, 1] })
      const { stdout } = await own(inside.index, [
        'diff-files',
        '--ignore-submodules=dirty',
        '--no-ext-diff',
        '--no-renames',
        '-z',
        '--name-status',
      ])
      const fields = rawPathsOf(stdout)
      const gone = new Set<RawPath>()
      const changed = new Set<RawPath>()
      for (let at = 0; at + 1 < fields.length; at += 2) (fields[at] === 'D' ? gone : changed).add(fields[at + 1] ?? '')
      return { gone: [...gone], changed: [...changed] }
    },
    listUntracked: async () => rawPathsOf((await own(inside.index, ['ls-files', '--others', '--exclude-standard', '-z'])).stdout),
    listIgnored: async () =>
      rawPathsOf((await own(inside.index, ['ls-files', '--others', '--ignored', '--exclude-standard', '-z'])).stdout),
    async findPaths(shown) {
      const found = await Promise.all(shown.map((path) => findPath(folder, path)))
      return found.filter((path) => path !== null)
    },
    measure: (paths) => measure(folder, paths),
    filesBelow: (path) => filesBelow(folder, path),

    async writeStaged() {
      const whole = await own(inside.staged, ['write-tree', '--missing-ok'], { answers: [0, 128] })
      if (whole.exitCode === 0) return { tree: wordOf(whole), hasConflict: false }
      const listed = rawPathsOf((await own(inside.staged, ['ls-files', '--unmerged', '-z'])).stdout)
      const sides = listed.flatMap((line) => {
        const [, mode, oid, stage, path] = /^(\d+) ([0-9a-f]+) ([123])\t([^]+)$/.exec(line) ?? []
        return path === undefined ? [] : [{ mode, oid, stage: Number(stage), path }]
      })
      const zero = '0'.repeat(facts.oidBytes * 2)
      const lines = [
        ...new Set(sides.map(({ path }) => `0 ${zero}\t${path}`)),
        ...sides.map(({ mode, oid, stage, path }) => `${mode} ${oid} 0\t${path}.${['', 'BASE', 'OURS', 'THEIRS'][stage]}`),
      ]
      if (lines.length > 0) await own(inside.staged, ['update-index', '-z', '--index-info'], { input: listOf(lines) })
      return { tree: await writeTree(inside.staged), hasConflict: lines.length > 0 }
    },
    async writeWorktree(gone, paths): Promise<WrittenTree> {
      if (gone.length > 0) await own(inside.index, ['update-index', '-z', '--force-remove', '--stdin'], { input: listOf(gone) })
      const unreadable = await add(inside.index, paths)
      return { tree: await writeTree(inside.index), unreadable }
    },
    async writeFiles(paths): Promise<WrittenTree> {
      const index = await inside.newIndex()
      const unreadable = await add(index, paths)
      return { tree: await writeTree(index), unreadable }
    },
    async writeEmptyTree() {
      await own(inside.noIndex, ['hash-object', '-t', 'tree', '-w', '--no-filters', '--', inside.emptyFile])
    },
    async commit({ tree, parents, at, subject }) {
      const date = `@${at} +0000`
      const args = ['commit-tree', tree, ...parents.flatMap((oid) => ['-p', oid])]
      const input = `${subject}\n\nMade by agent-forensics, without touching the worktree.\n`
      return wordOf(await own(inside.noIndex, args, { input, env: { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date } }))
    },

    commitFacts: (ids) => inside.commitFacts(ids),
    isAncestor: async (ancestor, descendant) =>
      (await own(inside.noIndex, ['merge-base', '--is-ancestor', ancestor, descendant], { answers: [0, 1] })).exitCode === 0,
    async listUnreferenced(commits) {
      const asked = commits.filter((oid) => OID.test(oid)).slice(0, MAX_NAMED)
      if (asked.length === 0) return []
      const not = ['--not', '--exclude=refs/not-pushed/*', '--all', ...(head === null ? [] : [head.oid])]
      const listed = new Set((await real(['rev-list', '--ignore-missing', ...asked, ...not])).stdout.toString('latin1').split('\n'))
      const left = [...new Set(asked)].filter((oid) => listed.has(oid))
      if (left.length < 2) return left
      const { stdout } = await real(['merge-base', '--independent', ...left])
      return stdout
        .toString('latin1')
        .split('\n')
        .filter((oid) => oid !== '')
        .toSorted()
    },
    async isComplete(commit, not) {
      const args = ['rev-list', '--objects', '--quiet', commit, ...(not === null ? [] : ['--not', not])]
      return (await own(inside.noIndex, args, { answers: [0, 1, 128] })).exitCode === 0
    },
    stashes: () => git.stashes(repository),

    async references(name) {
      const { stdout } = await real(['for-each-ref', '--format=%(objectname) %(refname)', name, `${name}-*`])
      const lines = stdout
        .toString('utf8')
        .split('\n')
        .filter((line) => line !== '')
      return new Map(lines.map((line) => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]))
    },
    createReference: (name, commit) => createReference(name, commit, '0'.repeat(facts.oidBytes * 2), real),
    openWithin: (path) => openWithin(path, { git, run, folder, repository, inside }),
    copyWithin: (path, commits) => copyWithin(path, commits, { git, run, folder, repository, inside }),
    bundle: (references, target, name) => writeBundle({ references, folder: target, name, temporary: inside.folder, real }),
    push: (commit, reference) => pushCommit({ commit, reference, repository, run, inside, network }),
  }
}

/** Never replaces one: the old value must be none. A lock that somebody else holds is waited for. */
async function createReference(
  name: string,
  commit: string,
  none: string,
  real: (args: readonly string[], more?: Partial<GitCall>) => Promise<GitOutput>,
): Promise<Created> {
  try {
    await real(['-c', 'core.filesRefLockTimeout=2000', 'update-ref', '-m', 'agent-forensics: saved', name, commit, none])
    return 'created'
  } catch (error) {
    if (!(error instanceof GitUnavailable) || error.code !== 'failed') throw error
    return /reference already exists|File exists/.test(error.detail) ? 'taken' : { refused: error.detail }
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
