import { createHash } from 'node:crypto'
import { lstat, readFile } from 'node:fs/promises'
import { isAbsolute, join, resolve } from 'node:path'
import {
  GitUnavailable,
  type Blob,
  type CommitRange,
  type Conversion,
  type Git,
  type GitVersion,
  type HiddenPath,
  type Ref,
  type ReflogEntry,
  type RemoteAddress,
  type Remotes,
  type Repository,
  type Submodule,
  type WorktreeStatus,
} from '../ports/git.ts'
import {
  COMMIT_FORMAT,
  fieldsOf,
  OID,
  parseCommits,
  parseIndex,
  parseNumstat,
  parseReflog,
  parseBatch,
  parseChanges,
  parseSizes,
  parseStatus,
  parseTree,
  parseUnmerged,
  parseWorktrees,
  splitKey,
  stashOf,
  type IndexEntry,
} from './git-parse.ts'
import { filesIn, lieSo } from './git-files.ts'
import { isPlainIndex } from './git-index.ts'
import { askRemote, displayOf } from './git-remote.ts'
import { confirm, createFactsReader, historyFlags, locate, operationOf, readConfigFile, readSmall } from './git-repository.ts'
import { createGate, createRun, environmentFor, findGit, type GitCall, type GitOutput } from './git-run.ts'

export interface GitOptions {
  /** What git's environment is picked from; the process's by default. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** For one command of git (30 s). A remote has its own time. */
  readonly timeoutMs?: number
  /** Of the output of one command, and of the references of one remote (64 MiB). */
  readonly maxBytes?: number
  /** How many processes of git run side by side (4); as many remotes are asked beside them. */
  readonly concurrency?: number
  /** Asks remotes over plain http, too: a password would travel in the clear. */
  readonly allowHttp?: boolean
}

const REMOTE_TIMEOUT_MS = 15_000
// git counts in 32 bits.
const MAX_COUNT = 2 ** 31 - 1
const MAX_SUBMODULE_DEPTH = 8
const MAX_HASHED_BYTES = 16 * 2 ** 20
const EMPTY_TREES = {
  20: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
  32: '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321',
}

/** git as this machine has it, over simple-git, hardened against the repositories that it reads. */
export function createGit(options: GitOptions = {}): Git {
  const { timeoutMs = 30_000, maxBytes = 64 * 2 ** 20, concurrency = 4, allowHttp = false } = options
  const source = options.env ?? process.env
  const env = environmentFor(source)
  const binary = once(() => findGit(source))
  const bare = createRun(binary, env, { timeoutMs, maxBytes }, createGate(concurrency))
  const remoteGate = createGate(concurrency)
  const version = once(() => readVersion(bare))
  const run = async (call: GitCall): Promise<GitOutput> => {
    await version()
    return bare(call)
  }
  const factsOf = createFactsReader(run)

  // Equal addresses are one object, and the address itself is nowhere to be printed by mistake.
  const addresses = new Map<string, RemoteAddress>()
  const urls = new WeakMap<RemoteAddress, string>()
  const addressOf = (url: string): RemoteAddress => {
    const known = addresses.get(url)
    if (known !== undefined) return known
    const address = { display: displayOf(url) }
    addresses.set(url, address)
    urls.set(address, url)
    return address
  }

  /** A question about the whole repository, from the one of its worktrees that is at hand. */
  const ask = async ({ worktreePath }: Repository, args: readonly string[], more: Partial<GitCall> = {}): Promise<GitOutput> =>
    run({ worktree: worktreePath, args, ...more })

  const statusAt = async (repository: Repository, depth: number): Promise<WorktreeStatus> => {
    const { filters, flags, oidBytes } = await factsOf(repository)
    // Git reads such files, too, and waits for ever where one is a FIFO: what is refused here it is not asked.
    const [history, operation, head] = await Promise.all([
      historyFlags(repository),
      operationOf(repository.gitDir),
      readSmall(join(repository.gitDir, 'HEAD')),
    ])
    const [output, index] = await Promise.all([ask(repository, STATUS, { filters }), specialEntries(repository, oidBytes)])
    const { branchName, ...parsed } = parseStatus(output.stdout)
    const submodules: Submodule[] = []
    for (const path of new Set(index.filter(({ mode }) => mode === '160000').map((entry) => entry.path))) {
      const submodule = await submoduleAt(repository, path, depth + 1)
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
  const specialEntries = async (repository: Repository, oidBytes: 20 | 32): Promise<IndexEntry[]> => {
    if (await isPlainIndex(join(repository.gitDir, 'index'), oidBytes)) return []
    return parseIndex((await ask(repository, ['ls-files', '-v', '--stage', '-z'])).stdout)
  }

  /** Asked as a repository of its own: from outside, git would run the filters of its configuration. */
  const submoduleAt = async (repository: Repository, path: string, depth: number): Promise<Submodule | null> => {
    const folder = join(repository.worktreePath, path)
    try {
      if (depth > MAX_SUBMODULE_DEPTH) throw new GitUnavailable('failed', `submodules deeper than ${MAX_SUBMODULE_DEPTH}`)
      const inner = await locate(run, folder)
      // Not populated: the folder belongs to the repository around it.
      if (inner.worktreePath === repository.worktreePath) return null
      if (resolve(inner.worktreePath) !== resolve(folder))
        throw new GitUnavailable('untrusted_gitdir', `${folder} is reached through a link`)
      await confirm(run, inner)
      return { path, status: await statusAt(inner, depth), unavailable: null }
    } catch (error) {
      if (!(error instanceof GitUnavailable)) throw error
      return error.code === 'vanished' ? null : { path, status: null, unavailable: error.code }
    }
  }

  const revList = async (repository: Repository, range: CommitRange, args: readonly string[]): Promise<Buffer> => {
    if (range.from.length === 0 || range.max <= 0) return Buffer.alloc(0)
    const excluded = await present(repository, range.not)
    const input = [...range.from.map(revision), ...excluded.map((name) => `^${name}`), ''].join('\n')
    return (await ask(repository, ['rev-list', `--max-count=${Math.min(Math.floor(range.max), MAX_COUNT)}`, ...args, '--stdin'], { input }))
      .stdout
  }

  const present = async (repository: Repository, names: readonly string[]): Promise<string[]> => {
    const asked = [...new Set(names)].map(revision)
    if (asked.length === 0) return []
    const input = asked.map((name) => `${name}\n`).join('')
    const { stdout } = await ask(repository, ['cat-file', '--batch-check=%(objectname)'], { input })
    const answers = stdout.toString('utf8').split('\n')
    return asked.filter((_name, at) => OID.test(answers[at] ?? ''))
  }

  /** The sizes of objects; those that are not here are left out. */
  const sizesOf = async (repository: Repository, oids: readonly string[]): Promise<ReadonlyMap<string, number>> => {
    const input = oids.map((oid) => `${oid}\n`).join('')
    const check = ['cat-file', '--batch-check=%(objectname) %(objectsize)']
    const { flags } = await factsOf(repository)
    if (!flags.partialClone) return parseSizes((await ask(repository, check, { input })).stdout)
    // There, one missing object is fatal to all answers.
    const sizes = new Map<string, number>()
    for (const oid of oids) {
      const size = word(await ask(repository, ['cat-file', '-s', oid], { answers: [0, 1, 128] }))
      if (/^\d+$/.test(size)) sizes.set(oid, Number(size))
    }
    return sizes
  }

  const patchIdsOf = async (repository: Repository, patches: Buffer): Promise<{ patchId: string; oid: string }[]> => {
    if (patches.length === 0) return []
    const lines = word(await ask(repository, ['patch-id', '--stable'], { input: patches })).split('\n')
    return lines.flatMap((line) => {
      const [patchId, oid] = line.split(' ')
      return patchId === undefined || oid === undefined ? [] : [{ patchId, oid }]
    })
  }

  const mergeBase = async (repository: Repository, a: string, b: string): Promise<string | null> => {
    const output = await ask(repository, ['merge-base', revision(a), revision(b)], { answers: [0, 1] })
    return output.exitCode === 0 ? word(output) : null
  }

  const reflog = async (repository: Repository, ref: string): Promise<readonly ReflogEntry[]> => {
    const { refStorage } = await factsOf(repository)
    if (refStorage !== 'files') throw new GitUnavailable('failed', `logs of references are not read from ${refStorage}`)
    const text = await readSmall(logOf(repository, ref), maxBytes)
    return text === null ? [] : parseReflog(text)
  }

  const git: Git = {
    version,
    async repositoryOf(path, expected) {
      await version()
      const repository = await locate(run, path)
      if (expected !== undefined && expected.commonDir !== repository.commonDir) {
        throw new GitUnavailable('untrusted_gitdir', `${path} belongs to ${repository.commonDir}, not to ${expected.commonDir}`)
      }
      // Of two hundred linked worktrees git need not be asked where they are if no configuration can move them.
      const { isShared, movesWorktree } = await factsOf(repository)
      if (repository.gitDir === repository.commonDir || !isShared || movesWorktree) await confirm(run, repository)
      return repository
    },
    worktrees: async (repository) => parseWorktrees((await ask(repository, ['worktree', 'list', '--porcelain', '-z'])).stdout),
    status: (repository) => statusAt(repository, 0),
    refs: (repository) => readRefs((args) => ask(repository, args)),
    async remotes(repository) {
      const own = await readConfigFile(run, join(repository.commonDir, 'config'))
      const inWorktree = own.some(({ key, value }) => key === 'extensions.worktreeconfig' && value !== 'false')
      const more = inWorktree ? await readConfigFile(run, join(repository.gitDir, 'config.worktree')) : []
      return remotesOf([...own, ...more], (url) =>
        addressOf(isRelativePath(url) ? resolve(repository.mainWorktree ?? repository.commonDir, url) : url),
      )
    },
    log: async (repository, range) =>
      parseCommits(await revList(repository, range, ['--encoding=UTF-8', '--no-commit-header', `--format=${COMMIT_FORMAT}`])),
    async countBetween(repository, a, b) {
      const output = await ask(repository, ['rev-list', '--left-right', '--count', `${revision(a)}...${revision(b)}`])
      const [onlyA, onlyB] = word(output).split('\t').map(Number)
      return { onlyA: onlyA ?? 0, onlyB: onlyB ?? 0 }
    },
    mergeBase,
    isAncestor: async (repository, ancestor, descendant) =>
      (await ask(repository, ['merge-base', '--is-ancestor', revision(ancestor), revision(descendant)], { answers: [0, 1] })).exitCode ===
      0,
    async treeOf(repository, oid) {
      const output = await ask(repository, ['rev-parse', '--verify', '--quiet', `${revision(oid)}^{tree}`], { answers: [0, 1, 128] })
      return OID.test(word(output)) ? word(output) : null
    },
    async patchIds(repository, range) {
      const commits = await revList(repository, range, ['--no-merges'])
      if (commits.length === 0) return []
      // Plumbing: the repository's taste in diffs (diff.orderFile, diff.noprefix, …) would change the ids.
      const { filters } = await factsOf(repository)
      const { stdout } = await ask(repository, ['diff-tree', '--stdin', '--root', ...PATCH], { input: commits, filters })
      return patchIdsOf(repository, stdout)
    },
    async squashPatchId(repository, base, tip) {
      const from = await mergeBase(repository, base, tip)
      if (from === null) return null
      const { filters } = await factsOf(repository)
      const { stdout } = await ask(repository, ['diff-tree', ...PATCH, from, revision(tip)], { filters })
      return (
        (await patchIdsOf(repository, stdout.length === 0 ? stdout : Buffer.concat([Buffer.from(`${from}\n`), stdout])))[0]?.patchId ?? null
      )
    },
    async readBlobs(repository, commit, paths) {
      const entries = new Map<string, { readonly mode: string; readonly oid: string }>()
      // A command line has room for so many only.
      for (const some of chunksOf([...new Set(paths)].filter(isPlainPath), MAX_PATHS)) {
        const { stdout } = await ask(repository, ['ls-tree', '-z', '--full-tree', revision(commit), '--', ...some])
        for (const entry of parseTree(stdout)) if (entry.type === 'blob') entries.set(entry.path, entry)
      }
      if (entries.size === 0) return new Map()
      const sizes = await sizesOf(repository, [...new Set([...entries.values()].map(({ oid }) => oid))])
      const wanted = [...sizes].flatMap(([oid, bytes]) => (bytes <= Math.min(MAX_BLOB_BYTES, maxBytes / 2) ? [oid] : []))
      const contents = new Map<string, Uint8Array>()
      for (const some of bySize(wanted, sizes, maxBytes / 2)) {
        const { stdout } = await ask(repository, ['cat-file', '--batch'], { input: some.map((oid) => `${oid}\n`).join('') })
        for (const [oid, bytes] of parseBatch(stdout)) contents.set(oid, bytes)
      }
      return new Map([...entries].map(([path, { oid, mode }]): [string, Blob] => [path, { oid, mode, bytes: contents.get(oid) ?? null }]))
    },
    async changesBetween(repository, from, to) {
      const { oidBytes } = await factsOf(repository)
      const sides = [from === null ? EMPTY_TREES[oidBytes] : revision(from), revision(to)]
      const { stdout } = await ask(repository, ['diff-tree', '-r', ...RAW, ...sides])
      return new Map(parseChanges(stdout).map(({ path, after }) => [path, after]))
    },
    async isIndexOf(repository, commit) {
      const [differing, unmerged] = await Promise.all([
        ask(repository, ['diff-index', '--cached', ...RAW, revision(commit), '--']),
        ask(repository, ['ls-files', '--unmerged', '-z']),
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
      const setting = await ask(repository, ['config', '--type=bool', '--get', 'core.fileMode'], { answers: [0, 1] })
      return lieSo(repository.worktreePath, files, word(setting) !== 'false')
    },
    filesBelow: async (repository, paths) =>
      paths.every((path) => isOwnPath(path.replace(/\/$/, ''))) ? filesIn(repository.worktreePath, paths) : null,
    async conversions(repository, paths) {
      const asked = [...new Set(paths)].filter(isPlainPath)
      if (asked.length === 0) return new Map()
      const setting = await ask(repository, ['config', '--get', 'core.autocrlf'], { answers: [0, 1] })
      const input = asked.map((path) => `${path}\0`).join('')
      const { stdout } = await ask(repository, ['check-attr', '-z', '--stdin', 'text', 'eol', 'filter', 'working-tree-encoding'], { input })
      return conversionsOf(fieldsOf(stdout), /^true$/i.test(word(setting)))
    },
    hasObjects: async (repository, oids) => new Set(await present(repository, oids)),
    async diffStat(repository) {
      const { filters, oidBytes } = await factsOf(repository)
      const head = await ask(repository, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], { answers: [0, 1, 128] })
      const against = head.exitCode === 0 ? word(head) : EMPTY_TREES[oidBytes]
      const { stdout } = await ask(repository, ['diff-index', '--numstat', '-z', ...DIFF, '--ignore-submodules=all', against, '--'], {
        filters,
      })
      return parseNumstat(stdout)
    },
    reflog,
    stashes: async (repository) => (await reflog(repository, 'refs/stash')).map(stashOf),
    async lsRemote(remote, { timeoutMs: remoteTimeoutMs = REMOTE_TIMEOUT_MS } = {}) {
      await version()
      const url = typeof remote === 'string' ? remote : urls.get(remote)
      if (url === undefined) throw new GitUnavailable('failed', 'the address was given out by another Git')
      const asked = { binary: await binary(), env, timeoutMs: remoteTimeoutMs, maxBytes, allowHttp }
      return remoteGate(() => askRemote(url, asked))
    },
  }
  return git
}

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
const DIFF = ['--no-ext-diff', '--no-textconv', '--no-renames']
const RAW = ['--raw', '-z', '--no-abbrev', '--ignore-submodules=none', ...DIFF]
const PATCH = ['--patch', '--full-index', '--ignore-submodules=none', ...DIFF]

const MAX_PATHS = 200
const MAX_BLOB_BYTES = 16 * 2 ** 20

/** Relative, and nothing that git could take for an expression. */
function isPlainPath(path: string): boolean {
  return path !== '' && !/^[:/]|\0|(?:^|\/)\.{0,2}(?:\/|$)/.test(path) && path.length < 4_096
}

/** Relative, and leading nowhere else. */
function isOwnPath(path: string): boolean {
  return path !== '' && !path.startsWith('/') && !path.includes('\0') && !path.split('/').some((part) => ['', '.', '..'].includes(part))
}

function chunksOf<T>(items: readonly T[], length: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / length) }, (_, at) => items.slice(at * length, (at + 1) * length))
}

/** Groups of objects that one answer has room for. */
function bySize(oids: readonly string[], sizes: ReadonlyMap<string, number>, most: number): readonly (readonly string[])[] {
  const groups: string[][] = []
  let room = 0
  for (const oid of oids) {
    const bytes = (sizes.get(oid) ?? 0) + 200
    const group = groups.at(-1)
    if (group === undefined || bytes > room) {
      groups.push([oid])
      room = most - bytes
    } else {
      group.push(oid)
      room -= bytes
    }
  }
  return groups
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

function word({ stdout }: GitOutput): string {
  return stdout.toString('utf8').trim()
}

function isDirty(status: WorktreeStatus | null): boolean {
  return status?.entries.some(({ kind }) => kind !== 'ignored') === true
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}

async function readVersion(run: (call: GitCall) => Promise<GitOutput>): Promise<GitVersion> {
  const text = (await run({ worktree: null, args: ['version'] })).stdout.toString('utf8').trim()
  const [, major, minor, patch] = /^git version (\d+)\.(\d+)(?:\.(\d+))?/.exec(text) ?? []
  if (major === undefined || minor === undefined) throw new GitUnavailable('no_git', `not git: ${text.slice(0, 100)}`)
  const number = Number(major) * 1000 + Number(minor)
  if (number < 2036) throw new GitUnavailable('too_old', `${text}; 2.36 or newer is needed`)
  return { text, major: Number(major), minor: Number(minor), patch: Number(patch ?? 0), refusesBuriedRepositories: number >= 2038 }
}

/** An object id or a full name of a reference, and nothing that git could take for an option or an expression. */
function revision(text: string): string {
  const isName = /^(?:refs\/[^\u0000-\u0020\u007f~^:?*[\\]+|HEAD)$/.test(text) && !text.includes('..') && !text.includes('@{')
  if (!isName && !OID.test(text)) throw new GitUnavailable('failed', 'neither an object id nor a full name of a reference')
  return text
}

function logOf({ gitDir, commonDir }: Repository, ref: string): string {
  if (ref === 'HEAD') return join(gitDir, 'logs', 'HEAD')
  const name = /^worktrees\/([^/]+)\/HEAD$/.exec(ref)?.[1]
  if (name !== undefined && name !== '.' && name !== '..') return join(commonDir, 'worktrees', name, 'logs', 'HEAD')
  if (name !== undefined || !revision(ref).startsWith('refs/')) throw new GitUnavailable('failed', 'not a full name of a reference')
  const isOfWorktree = /^refs\/(?:bisect|worktree|rewritten)\//.test(ref)
  return join(isOfWorktree ? gitDir : commonDir, 'logs', ...ref.split('/'))
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
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    return code === 'ENOENT' || code === 'ENOTDIR' ? true : null
  }
}

async function readRefs(ask: (args: readonly string[]) => Promise<GitOutput>): Promise<Ref[]> {
  const fields = ['%(refname)', '%(objectname)', '%(upstream)', '%(symref)']
  const list = (more: readonly string[]): Promise<GitOutput> => ask(['for-each-ref', `--format=${[...fields, ...more].join('%00')}%00`])
  // One missing object is fatal to all dates.
  const { stdout } = await list(['%(creatordate:unix)']).catch(() => list(['']))
  const values = fieldsOf(stdout)
  const refs: Ref[] = []
  for (let at = 0; at + 4 < values.length; at += 5) {
    const [name = '', oid = '', upstream = '', target = '', date = ''] = values.slice(at, at + 5)
    refs.push({
      // Between two references stands a newline.
      name: name.trimStart(),
      oid,
      upstream: upstream || null,
      symbolicTarget: target || null,
      committedAt: date === '' ? null : Number(date) * 1000,
    })
  }
  return refs
}

/** git takes the same for a path: no scheme, and no colon before the first slash. */
function isRelativePath(url: string): boolean {
  return !isAbsolute(url) && !url.startsWith('-') && !/^[^/]*:/.test(url)
}

function remotesOf(
  entries: readonly { readonly key: string; readonly value: string }[],
  addressOf: (url: string) => RemoteAddress,
): Remotes {
  const urls = new Map<string, string>()
  const pushUrls = new Map<string, string>()
  const branches = new Map<string, Record<string, string>>()
  let pushDefault: string | null = null
  for (const { key, value } of entries) {
    const { section, subsection, name } = splitKey(key)
    if (key === 'remote.pushdefault') pushDefault = value
    else if (section === 'remote' && subsection !== '') {
      // Of several addresses the first is the one that is fetched from.
      const known = name === 'url' ? urls : name === 'pushurl' ? pushUrls : undefined
      if (known !== undefined && !known.has(subsection)) known.set(subsection, value)
    } else if (section === 'branch' && subsection !== '') {
      branches.set(subsection, { ...branches.get(subsection), [name]: value })
    }
  }
  return {
    remotes: [...urls].map(([name, url]) => ({ name, url: addressOf(url), pushUrl: addressOf(pushUrls.get(name) ?? url) })),
    pushDefault,
    branches: [...branches].map(([name, values]) => ({
      branch: `refs/heads/${name}`,
      remote: values['remote'] ?? null,
      pushRemote: values['pushremote'] ?? null,
      merge: values['merge'] ?? null,
    })),
  }
}
