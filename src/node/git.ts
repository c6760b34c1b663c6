import { isAbsolute, join, resolve } from 'node:path'
import {
  GitUnavailable,
  type Git,
  type GitVersion,
  type Ref,
  type RemoteAddress,
  type RemoteAnswer,
  type Remotes,
  type Repository,
} from '../ports/git.ts'
import { createHistoryReader } from './git-history.ts'
import { createObjectReader } from './git-objects.ts'
import { fieldsOf, parseWorktrees, splitKey } from './git-parse.ts'
import { askRemote, destinationOf, displayOf } from './git-remote.ts'
import { confirm, createFactsReader, locate, readConfigFile, type GitAccess, type RepositoryFacts } from './git-repository.ts'
import { createGate, createRun, environmentFor, findGit, type GitCall, type GitOutput, OUT_OF_TIME, type RunGit } from './git-run.ts'
import { createWorktreeReader } from './git-worktree.ts'
import { Hosts } from './hosts.ts'

export interface GitOptions {
  /** What git's environment is picked from; the process's by default. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** For one command of git (30 s). A remote has its own time. */
  readonly timeoutMs?: number
  /** Of the output of one command, and of the references of one remote (64 MiB). */
  readonly maxBytes?: number
  /** How many processes of git run side by side (4), and beside them remotes that are folders; of other hosts each has one. */
  readonly concurrency?: number
  /** Asks remotes over plain http, too: a password would travel in the clear. */
  readonly allowHttp?: boolean
}

const REMOTE_TIMEOUT_MS = 15_000
/** Asked side by side. */
const MAX_HOSTS = 32

/** A git that also tells the writing side what is configured in a repository. */
export type FactualGit = Git & { factsOf(repository: Repository): Promise<RepositoryFacts> }

/** git as this machine has it, over simple-git, hardened against the repositories that it reads. */
export function createGit(options: GitOptions = {}): FactualGit {
  const { timeoutMs = 30_000, maxBytes = 64 * 2 ** 20, concurrency = 4 } = options
  const source = options.env ?? process.env
  const env = environmentFor(source)
  const binary = once(() => findGit(source))
  const bare = createRun(binary, env, { timeoutMs, maxBytes }, createGate(concurrency))
  let asked: Promise<GitVersion> | undefined
  const version = (until: number): Promise<GitVersion> => {
    asked ??= readVersion((call) => bare({ ...call, until }))
    // What had no time may have it later.
    asked.catch(() => (asked = undefined))
    return asked
  }
  const shared = { env, bare, version, maxBytes, addresses: new RemoteAddresses(), localGate: createGate(concurrency) }
  return createView({ ...shared, binary, allowHttp: options.allowHttp === true }, Infinity)
}

/** What all views of one git share. */
interface Shared {
  readonly env: Readonly<Record<string, string>>
  readonly binary: () => Promise<string>
  readonly bare: RunGit
  readonly version: (until: number) => Promise<GitVersion>
  readonly maxBytes: number
  readonly allowHttp: boolean
  readonly addresses: RemoteAddresses
  readonly localGate: ReturnType<typeof createGate>
}

/** `until`: when its time is over, by `performance.now()`. */
function createView(shared: Shared, until: number): FactualGit {
  const { env, bare, maxBytes, addresses } = shared
  const version = (): Promise<GitVersion> => shared.version(until)
  const run = async (call: GitCall): Promise<GitOutput> => {
    await version()
    return bare({ ...call, until })
  }
  const factsOf = createFactsReader(run, env['HOME'])
  const hosts = new Hosts<RemoteAnswer>()
  const hostGate = createGate(MAX_HOSTS)
  const ask: GitAccess['ask'] = ({ worktreePath }, args, more = {}) => run({ worktree: worktreePath, args, ...more })
  const access: GitAccess = { run, ask, factsOf, maxBytes }

  return {
    ...createWorktreeReader(access),
    ...createHistoryReader(access),
    ...createObjectReader(access),
    within: async (ms) => createView(shared, Math.min(until, performance.now() + ms)),
    version,
    factsOf,
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
    refs: (repository) => readRefs((args) => ask(repository, args)),
    async remotes(repository) {
      const own = await readConfigFile(run, join(repository.commonDir, 'config'))
      const inWorktree = own.some(({ key, value }) => key === 'extensions.worktreeconfig' && value !== 'false')
      const more = inWorktree ? await readConfigFile(run, join(repository.gitDir, 'config.worktree')) : []
      return remotesOf([...own, ...more], (url) =>
        addresses.addressOf(isRelativePath(url) ? resolve(repository.mainWorktree ?? repository.commonDir, url) : url),
      )
    },
    async lsRemote(remote, { timeoutMs = REMOTE_TIMEOUT_MS } = {}) {
      await version()
      const url = typeof remote === 'string' ? remote : addresses.urlOf(remote)
      if (url === undefined) throw new GitUnavailable('failed', 'the address was given out by another Git')
      const binary = await shared.binary()
      const destination = destinationOf(url, shared.allowHttp)
      const askNow = async (onSilence?: () => void): Promise<RemoteAnswer> => {
        // No remote may take the time that the repositories of this machine need.
        const left = Math.floor(Math.min(timeoutMs, (until - performance.now()) / 2))
        if (left <= 0) return { unverified: 'timeout', detail: OUT_OF_TIME }
        return askRemote(url, { ...shared, binary, timeoutMs: left, ...(onSilence !== undefined && { onSilence }) })
      }
      const host = 'refused' in destination ? null : destination.host
      if (host === null) return shared.localGate(() => askNow())
      return hosts.ask(host, (onSilence) => hostGate(() => askNow(onSilence)))
    },
  }
}

/** Equal addresses are one object, and the address itself is nowhere to be printed by mistake. */
class RemoteAddresses {
  readonly #byUrl = new Map<string, RemoteAddress>()
  readonly #urls = new WeakMap<RemoteAddress, string>()

  addressOf(url: string): RemoteAddress {
    const known = this.#byUrl.get(url)
    if (known !== undefined) return known
    const address = { display: displayOf(url) }
    this.#byUrl.set(url, address)
    this.#urls.set(address, url)
    return address
  }

  urlOf(address: RemoteAddress): string | undefined {
    return this.#urls.get(address)
  }
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
export function isRelativePath(url: string): boolean {
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
