import { createHash } from 'node:crypto'
import { copyFile, lstat, realpath, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GitUnavailable, type Repository } from '../ports/git.ts'
import type { Created, GitStore, GitWriter, RawPath, SaveSource } from '../ports/git-writer.ts'
import type { FactualGit } from './git.ts'
import { EMPTY_TREES } from './git-arguments.ts'
import { writeBundle } from './git-bundle.ts'
import { isPlainIndex } from './git-index.ts'
import { OID } from './git-parse.ts'
import { pushCommit, type PushOptions } from './git-push.ts'
import type { RemoteEnd } from './git-remote.ts'
import { createGate, createRun, environmentFor, findGit, type RunGit, wordOf } from './git-run.ts'
import { Hosts } from './hosts.ts'
import { copyWithin, openWithin } from './git-within.ts'
import { createPrivateFolder } from './private-folder.ts'
import { createPrivateGit, type PrivateGit, UNBORN } from './private-git.ts'
import { filesBelow, findPath, listOf, measure, rawPathsOf } from './raw-files.ts'

/** For all commands of one place, and for one push: there may be gigabytes to write. */
const TIMEOUT_MS = 600_000
/** For a push that makes no progress. */
const SILENCE_MS = 60_000
/** How often a list of files is halved to find those that cannot be read. */
const MAX_SPLITS = 400
/** Nothing more can be written, whatever it is. */
const IS_STORE_FAILURE = /repository database|No space left|quota|Read-only file system|unable to (?:write|create)|cannot (?:mkdir|create)/i
const STATUS = ['status', '--porcelain=v2', '-z', '--untracked-files=all', '--ignored=no', '--no-renames', '--ignore-submodules=dirty']

export interface GitWriterOptions {
  /** What git's environment is picked from; the process's by default. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly timeoutMs?: number
  readonly silenceMs?: number
}

/** The writing side of git, over the same hardened runner as the reading one, `git`. */
export function createGitWriter(
  git: FactualGit,
  { env: source = process.env, timeoutMs = TIMEOUT_MS, silenceMs = SILENCE_MS }: GitWriterOptions = {},
): GitWriter {
  const env = environmentFor(source)
  let found: Promise<string> | undefined
  const binary = (): Promise<string> => (found ??= findGit(source))
  const bare = createRun(binary, env, { timeoutMs, maxBytes: 2 ** 28 }, createGate(2))
  const hosts = new Hosts<RemoteEnd>()
  return {
    async open(place) {
      await git.version()
      const repository = await locateRepository(place, git)
      const folder = await createPrivateFolder('agent-forensics-save-').catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error)
        throw new GitUnavailable('failed', `no temporary folder can be made in ${tmpdir()}, set TMPDIR to another one: ${why}`)
      })
      try {
        if (place.kind !== 'repository' && folder.path.startsWith(`${place.path}/`))
          throw new GitUnavailable('failed', `the temporary folder lies in ${place.path}: set TMPDIR to another one`)
        const run = within(timeoutMs, bare)
        const inside = await createPrivateGit({ git, run, source: place, repository, folder: folder.path })
        const remote = { binary: await binary(), env, timeoutMs, silenceMs, maxBytes: 2 ** 24, allowHttp: false, hosts }
        return { ...storeOf(inside, remote), close: () => folder.remove() }
      } catch (error) {
        await folder.remove()
        return told(error)
      }
    },
  }
}

/** All commands together may take so long. */
function within(ms: number, run: RunGit): RunGit {
  const until = performance.now() + ms
  return async (call) => {
    if (performance.now() >= until) throw new GitUnavailable('timeout', `saving it took more than ${ms / 1000} s: run this again`)
    return run({ ...call, until })
  }
}

/** What the system says of its files is why git could not work. */
function told(error: unknown): never {
  if (error instanceof GitUnavailable || !(error instanceof Error && 'code' in error)) throw error
  throw new GitUnavailable('failed', error.message)
}

async function locateRepository(place: SaveSource, git: FactualGit): Promise<Repository> {
  if (place.kind !== 'worktree') return (await bareRepository(place.repo)) ?? git.repositoryOf(place.repo)
  const repository = await git.repositoryOf(place.path)
  if (repository.worktreePath !== (await realpath(place.path)))
    throw new GitUnavailable('failed', `${place.path} is not a worktree of its own`)
  return repository
}

async function bareRepository(path: string): Promise<Repository | null> {
  const isThere = (name: string): Promise<boolean> => lstat(join(path, name)).then(Boolean, () => false)
  const [isWorktree, ...parts] = await Promise.all(['.git', 'HEAD', 'objects', 'refs'].map(isThere))
  if (isWorktree === true || parts.includes(false)) return null
  const real = await realpath(path)
  return { worktreePath: real, gitDir: real, commonDir: real, mainWorktree: null }
}

function storeOf(inside: PrivateGit, remote: PushOptions): Omit<GitStore, 'close'> {
  const { git, repository, facts, head } = inside
  return {
    head,
    inProgress: inside.inProgress,
    isPartial: facts.flags.partialClone,
    emptyTree: EMPTY_TREES[facts.oidBytes],
    ...changesOf(inside),
    ...commitsOf(inside),
    references: (names) => listReferences(names, inside),
    createReferences: (commits) => createReferences(commits, inside),
    stashes: () => git.stashes(repository),
    openWithin: (path) => openWithin(path, inside),
    copyWithin: (path, commits) => copyWithin(path, commits, inside),
    bundle: (references, target, name) => writeBundle(references, target, name, inside),
    push: (commit, reference) => pushCommit(commit, reference, inside, remote),
  }
}

type Changes = Pick<GitStore, 'readChanges' | 'listIgnored' | 'findPaths' | 'measure' | 'filesBelow' | 'writeTree'>

/** What lies in the worktree, and trees of it. */
function changesOf(inside: PrivateGit): Changes {
  const { place, folder, facts, index, own } = inside
  return {
    async readChanges() {
      // What git was told not to look at shows itself only to this.
      if (!(await isPlainIndex(index, facts.oidBytes))) await own(['update-index', '-q', '--really-refresh'], { index, answers: [0, 1] })
      const { stdout } = await own(STATUS, { index }).catch(async (error: unknown) => {
        if (!(error instanceof GitUnavailable) || error.code !== 'failed') throw error
        // The tree of HEAD may be broken. Without it, all that is staged counts.
        await writeFile(join(inside.gitDir, 'HEAD'), UNBORN)
        return own(STATUS, { index })
      })
      const { sides, isStaged, ...changes } = parseStatus(stdout)
      const hasConflict = sides.length > 0
      const staged = hasConflict ? await writeSides(sides, inside) : isStaged ? await treeOf(index, inside) : null
      return { ...changes, hasConflict, staged }
    },
    listIgnored: async () => rawPathsOf((await own(['ls-files', '--others', '--ignored', '--exclude-standard', '-z'], { index })).stdout),
    async findPaths(shown) {
      const found = await Promise.all(shown.map((path) => findPath(place, path)))
      return found.filter((path) => path !== null)
    },
    measure: (paths) => measure(place, paths),
    filesBelow: (path) => filesBelow(place, path),
    async writeTree(base, paths, gone = []) {
      const file = base === 'staged' ? index : join(folder, 'files')
      if (gone.length > 0) await own(['update-index', '-z', '--force-remove', '--stdin'], { index: file, input: listOf(gone) })
      const unreadable = await addPaths(file, paths, inside)
      return { tree: await treeOf(file, inside), unreadable }
    },
  }
}

/** The tree that an index stands for. */
async function treeOf(file: string, { own }: PrivateGit): Promise<string> {
  return wordOf(await own(['write-tree', '--missing-ok'], { index: file }))
}

/** Adds what lies at paths; those that cannot be read. */
async function addPaths(
  file: string,
  paths: readonly RawPath[],
  inside: PrivateGit,
  splits = { left: MAX_SPLITS },
): Promise<readonly RawPath[]> {
  if (paths.length === 0) return []
  try {
    await inside.own(['update-index', '-z', '--add', '--remove', '--replace', '--stdin'], { index: file, input: listOf(paths) })
    return []
  } catch (error) {
    if (!(error instanceof GitUnavailable) || error.code !== 'failed' || IS_STORE_FAILURE.test(error.detail)) throw error
    splits.left -= 1
    if (paths.length === 1 || splits.left < 0) return paths
    const half = Math.floor(paths.length / 2)
    const first = await addPaths(file, paths.slice(0, half), inside, splits)
    return [...first, ...(await addPaths(file, paths.slice(half), inside, splits))]
  }
}

/** The sides of a conflict as files beside each other. */
async function writeSides(sides: readonly Side[], inside: PrivateGit): Promise<string> {
  const { folder, facts, index, own } = inside
  const file = join(folder, 'staged')
  await copyFile(index, file).catch(told)
  const zero = '0'.repeat(facts.oidBytes * 2)
  const lines = [
    ...new Set(sides.map(({ path }) => `0 ${zero}\t${path}`)),
    ...sides.map(({ mode, oid, path, name }) => `${mode} ${oid} 0\t${path}.${name}`),
  ]
  await own(['update-index', '-z', '--index-info'], { index: file, input: listOf(lines) })
  return await treeOf(file, inside)
}

type Commits = Pick<GitStore, 'makeCommit' | 'writeCommits' | 'commitFacts' | 'isAncestor' | 'listUnreferenced' | 'isComplete'>

/** Commits that are made, and what is known of others. */
function commitsOf(inside: PrivateGit): Commits {
  const { folder, facts, head, own, real } = inside
  const drafts = new Map<string, string>()
  return {
    makeCommit({ tree, parents, at, subject }) {
      const who = `agent-forensics <agent-forensics@localhost> ${at} +0000`
      const header = [`tree ${tree}`, ...parents.map((oid) => `parent ${oid}`), `author ${who}`, `committer ${who}`]
      const text = [...header, '', subject, '', 'Made by agent-forensics, without touching the worktree.', ''].join('\n')
      const hash = createHash(facts.oidBytes === 32 ? 'sha256' : 'sha1')
      const oid = hash.update(`commit ${Buffer.byteLength(text)}\0${text}`).digest('hex')
      drafts.set(oid, text)
      return oid
    },
    async writeCommits() {
      const files = [...drafts].map(([oid, text]) => [join(folder, `commit-${oid}`), text] as const)
      drafts.clear()
      if (files.length === 0) return
      await Promise.all(files.map(([file, text]) => writeFile(file, text))).catch(told)
      // Git knows the empty tree without having it.
      if (files.some(([, text]) => text.startsWith(`tree ${EMPTY_TREES[facts.oidBytes]}`))) {
        await writeFile(join(folder, 'nothing'), '').catch(told)
        await own(['hash-object', '-t', 'tree', '-w', '--no-filters', '--', join(folder, 'nothing')])
      }
      await own(['hash-object', '-t', 'commit', '-w', '--no-filters', '--', ...files.map(([file]) => file)])
    },
    commitFacts: (ids) => inside.commitFacts(ids),
    isAncestor: async (ancestor, descendant) =>
      (await own(['merge-base', '--is-ancestor', ancestor, descendant], { answers: [0, 1] })).exitCode === 0,
    async listUnreferenced(commits) {
      const asked = [...new Set(commits)].filter((oid) => OID.test(oid)).slice(0, 1_000)
      if (asked.length === 0) return []
      const not = ['--not', '--exclude=refs/not-pushed/*', '--all', ...(head === null ? [] : [head.oid])]
      const { stdout } = await real(['rev-list', '--parents', '--ignore-missing', ...asked, ...not])
      const lines = stdout
        .toString('latin1')
        .split('\n')
        .map((line) => line.split(' '))
      const listed = new Set(lines.map(([oid]) => oid))
      const parents = new Set(lines.flatMap(([, ...others]) => others))
      return asked.filter((oid) => listed.has(oid) && !parents.has(oid)).toSorted()
    },
    async isComplete(commits, beyondHead) {
      const args = ['rev-list', '--objects', '--quiet', ...commits, ...(beyondHead && head !== null ? ['--not', head.oid] : [])]
      return (await own(args, { answers: [0, 1, 128] })).exitCode === 0
    },
  }
}

async function listReferences(names: readonly string[], { real }: PrivateGit): ReturnType<GitStore['references']> {
  const patterns = names.flatMap((name) => [name, `${name}-*`])
  const { stdout } = await real(['for-each-ref', '--format=%(objectname) %(refname)', ...patterns])
  const lines = stdout.toString('utf8').split('\n')
  return new Map(lines.map((line) => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]))
}

async function createReferences(commits: ReadonlyMap<string, string>, inside: PrivateGit): Promise<ReadonlyMap<string, Created>> {
  const input = [...commits].map(([name, commit]) => `create ${name}\0${commit}\0`).join('')
  try {
    await inside.real(['-c', 'core.filesRefLockTimeout=2000', 'update-ref', '-m', 'agent-forensics: saved', '-z', '--stdin'], input)
    return new Map([...commits.keys()].map((name) => [name, 'created']))
  } catch (error) {
    if (!(error instanceof GitUnavailable) || error.code !== 'failed') throw error
    const { detail } = error
    const isTaken = /reference already exists|File exists/.test(detail)
    if (commits.size === 1) return new Map([...commits.keys()].map((name) => [name, isTaken ? 'taken' : { refused: detail }]))
    // All or nothing: each by itself, then.
    const created = new Map<string, Created>()
    for (const each of commits) for (const [name, end] of await createReferences(new Map([each]), inside)) created.set(name, end)
    return created
  }
}

interface Side {
  readonly path: RawPath
  readonly name: string
  readonly mode: string
  readonly oid: string
}

function parseStatus(output: Buffer): {
  readonly isStaged: boolean
  readonly sides: readonly Side[]
  readonly gone: readonly RawPath[]
  readonly changed: readonly RawPath[]
  readonly untracked: readonly RawPath[]
} {
  const [sides, gone, changed, untracked]: [Side[], RawPath[], RawPath[], RawPath[]] = [[], [], [], []]
  let isStaged = false
  for (const line of rawPathsOf(output)) {
    const kind = line[0]
    const [fields, path] = fieldsOf(line, kind === '1' ? 8 : kind === 'u' ? 10 : 1)
    if (kind === '?') untracked.push(path)
    else if (kind === 'u') {
      changed.push(path)
      const names = ['BASE', 'OURS', 'THEIRS']
      const all = names.map((name, at) => ({ path, name, mode: fields[3 + at] ?? '', oid: fields[7 + at] ?? '' }))
      sides.push(...all.filter(({ mode }) => mode !== '000000'))
    } else {
      const [inIndex, inWorktree] = fields[1] ?? ''
      if (inIndex !== '.') isStaged = true
      if (inWorktree !== '.') (inWorktree === 'D' ? gone : changed).push(path)
    }
  }
  return { isStaged, sides, gone, changed, untracked }
}

/** So many words, and what stands behind them. */
function fieldsOf(line: string, count: number): readonly [readonly string[], string] {
  const words = line.split(' ')
  return [words.slice(0, count), words.slice(count).join(' ')]
}
