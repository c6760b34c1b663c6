import { stat } from 'node:fs/promises'
import { devNull } from 'node:os'
import { dirname, parse } from 'node:path'
import { simpleGit, type SimpleGitOptions } from 'simple-git'
import { GitUnavailable } from '../ports/git.ts'
import { redactSecrets } from '../text/redact.ts'
import { boundChildren } from './bounded-children.ts'
import { describeEndless, settingsAgainst } from './git-guard.ts'
import { findObstacle, recallObstacle } from './git-obstacle.ts'
import { type Env, findProgram, trustedEnvironment } from './programs.ts'

/** One command of git. `args` begin with the command. */
export interface GitCall {
  /** The worktree to run in; null: outside of every repository. */
  readonly worktree: string | null
  readonly args: readonly string[]
  readonly input?: Buffer | string
  /** Names of filters that are configured by the repository and must not run. */
  readonly filters?: readonly string[]
  /** The exit codes that are answers; any other is `GitUnavailable`. */
  readonly answers?: readonly number[]
  /** Where git looks instead of where it would by itself: a git directory, an index, and the like. */
  readonly env?: Readonly<Record<string, string>>
  /** More settings for this call, `<key>=<value>`. */
  readonly settings?: readonly string[]
  /** When its time is over, whatever one command may take: by `performance.now()`. */
  readonly until?: number
}

export interface GitOutput {
  readonly exitCode: number
  readonly stdout: Buffer
}

/** Runs git, hardened, bounded in number, time and output. */
export type RunGit = (call: GitCall) => Promise<GitOutput>

export interface RunLimits {
  readonly timeoutMs: number
  /** Of the standard output of one command. */
  readonly maxBytes: number
  /** Of one command, with what it starts: what asks for more is ended (on Linux). */
  readonly maxMemory?: number
}

const MAX_MEMORY = 2 * 2 ** 30

/** Why nothing is asked any more. */
export const OUT_OF_TIME = 'the time for git and remotes was over before it was asked (--git-timeout)'

/** The first directory of the system: git starts there when it is to see no repository. */
export const OUTSIDE = parse(process.execPath).root

// What a repository's own configuration would run, or what would change its answers. The command line wins over every file.
const SETTINGS = [
  'core.fsmonitor=false',
  `core.hooksPath=${devNull}`,
  'core.askPass=',
  'core.sshCommand=false',
  'core.gitProxy=false',
  'core.untrackedCache=false',
  'core.useReplaceRefs=false',
  'credential.helper=',
  'diff.external=',
  // The file that it names is read, whatever it is.
  `diff.orderFile=${devNull}`,
  // How much memory git may take.
  'core.deltaBaseCacheLimit=96m',
  'core.bigFileThreshold=512m',
  'pack.windowMemory=256m',
  'pack.threads=0',
  'index.threads=true',
  'diff.autoRefreshIndex=false',
  'log.showSignature=false',
  'gpg.program=false',
  'gpg.ssh.program=false',
  'gpg.x509.program=false',
  'protocol.allow=never',
  'protocol.ext.allow=never',
  'submodule.recurse=false',
  'status.submoduleSummary=false',
  'safe.bareRepository=explicit',
  // Sparse checkouts lose their blind spot only while git looks for files that should not be there.
  'sparse.expectFilesOutsideOfPatterns=false',
  'color.ui=false',
  'gc.auto=0',
]

// simple-git refuses these keys whatever their value, because a caller could name a program. Each is opted in for the sake of
// the setting above that names none.
const UNSAFE = {
  // core.fsmonitor=false
  allowUnsafeFsMonitor: true,
  // core.hooksPath=/dev/null
  allowUnsafeHooksPath: true,
  // core.askPass= and the empty GIT_ASKPASS and SSH_ASKPASS
  allowUnsafeAskPass: true,
  // core.sshCommand=false
  allowUnsafeSshCommand: true,
  // core.gitProxy=false
  allowUnsafeGitProxy: true,
  // credential.helper=
  allowUnsafeCredentialHelper: true,
  // diff.external=
  allowUnsafeDiffExternal: true,
  // gpg.program=false and its siblings
  allowUnsafeGpgProgram: true,
  // protocol.allow=never, protocol.ext.allow=never
  allowUnsafeProtocolOverride: true,
  // GIT_PAGER=cat
  allowUnsafePager: true,
  // filter.<name>.clean= and its siblings, for the filters that a repository configures
  allowUnsafeFilter: true,
  // The absolute path of git may hold blanks (C:\Program Files).
  allowUnsafeCustomBinary: true,
} satisfies SimpleGitOptions['unsafe']

const QUIET = {
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: '',
  SSH_ASKPASS: '',
  GIT_NO_LAZY_FETCH: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_GRAFT_FILE: devNull,
  GIT_ALLOW_PROTOCOL: 'none',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_PAGER: 'cat',
  LC_ALL: 'C',
}

const EMPTY = 'AGENT_FORENSICS_EMPTY'
const NO = 'AGENT_FORENSICS_FALSE'

// An allow-list: GIT_DIR and some forty others would make git answer for another repository, or run something.
const INHERITED = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'XDG_CONFIG_HOME',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SSH_AUTH_SOCK',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'ALL_PROXY',
  'SYSTEMROOT',
  'SYSTEMDRIVE',
  'USERPROFILE',
  'HOMEDRIVE',
  'HOMEPATH',
  'APPDATA',
  'LOCALAPPDATA',
  'PROGRAMDATA',
  'COMSPEC',
  'PATHEXT',
])

/** What git may know of our environment. */
export function environmentFor(env: Env): Record<string, string> {
  const inherited: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && INHERITED.has(name.toUpperCase())) inherited[name] = value
  }
  return trustedEnvironment(inherited)
}

/** The absolute path of git: on some systems a bare name is first looked up in the folder that is inspected. */
export async function findGit(env: Env): Promise<string> {
  const found = findProgram('git', env)
  if (found === null) throw new GitUnavailable('no_git', 'there is no git on the PATH')
  return found
}

/** Lets at most `limit` tasks run at a time, in the order of their asking. */
export function createGate(limit: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (task) => {
    if (running >= limit) await new Promise<void>((go) => waiting.push(go))
    else running += 1
    try {
      return await task()
    } finally {
      // The place is handed on, not given back: nobody can slip in between.
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}

/** git as `RunGit`, over simple-git; nothing is checked about its version. */
export function createRun(
  binary: () => Promise<string>,
  env: Readonly<Record<string, string>>,
  limits: RunLimits,
  gate: ReturnType<typeof createGate>,
): RunGit {
  return async (call) => {
    const git = await binary()
    return gate(() => runOnce(git, env, limits, call))
  }
}

async function runOnce(binary: string, env: Readonly<Record<string, string>>, limits: RunLimits, call: GitCall): Promise<GitOutput> {
  // Of nothing at all simple-git leaves the pipe open, and a command that reads it would wait for ever.
  const input = typeof call.input === 'object' ? call.input : Buffer.from(call.input ?? '')
  const cwd = call.worktree ?? OUTSIDE
  if (!(await isFolder(cwd))) throw new GitUnavailable('vanished', `${cwd} is gone`)
  const obstacle = call.worktree === null ? null : recallObstacle(call.worktree)
  if (obstacle !== null) throw new GitUnavailable('unreadable_file', describeEndless(obstacle))
  // A worktree that vanishes now must not make git answer for the repository that encloses it.
  const place = call.worktree === null ? { GIT_DIR: devNull } : { GIT_CEILING_DIRECTORIES: dirname(call.worktree) }
  const whole = { ...env, ...QUIET, ...place, ...call.env, [EMPTY]: '', [NO]: 'false' }
  const abort = new AbortController()
  let stopped: GitUnavailable | undefined
  let close: (() => void) | undefined
  let halt: ((reason: GitUnavailable) => void) | undefined
  let end: (() => void) | undefined
  // Not waiting for the end of git: a process that waits for a dead disk cannot even be killed.
  const halted = new Promise<never>((_go, fail) => {
    halt = fail
  })
  const stop = (reason: GitUnavailable): void => {
    stopped ??= reason
    end?.()
    abort.abort()
    // Children of git may hold the pipes long after it is gone.
    close?.()
    halt?.(reason)
  }
  let result: Ended | undefined
  const timeoutMs = Math.ceil(Math.min(limits.timeoutMs, (call.until ?? Infinity) - performance.now()))
  if (timeoutMs <= 0) throw new GitUnavailable('timeout', OUT_OF_TIME)
  const timer = setTimeout(() => stop(new GitUnavailable('timeout', `no answer within ${timeoutMs} ms`)), timeoutMs)
  const search = new AbortController()
  if (call.worktree !== null)
    void findObstacle(call.worktree, search.signal).then((path) => {
      if (path !== null) stop(new GitUnavailable('unreadable_file', describeEndless(path)))
    })
  const maxBytes = limits.maxMemory ?? MAX_MEMORY
  const onTooLarge = (bytes: number): void => stop(new GitUnavailable('failed', `it took ${bytes} bytes of memory, ${maxBytes} at most`))
  const run = (): PromiseLike<unknown> =>
    start({ binary, cwd, env: whole, call, input }, abort.signal, {
      ended: (found) => (result = found),
      read: (bytes) => {
        if (bytes > limits.maxBytes) stop(new GitUnavailable('failed', `more than ${limits.maxBytes} bytes of output`))
      },
      began: (closeStreams) => (close = closeStreams),
    })
  try {
    await boundChildren({ maxBytes, onTooLarge }, async (endChildren) => {
      end = endChildren
      await Promise.race([run(), halted])
    })
  } catch (error) {
    throw stopped ?? new GitUnavailable('failed', oneLine(error instanceof Error ? error.message : String(error)))
  } finally {
    clearTimeout(timer)
    search.abort()
  }
  if (stopped !== undefined) throw stopped
  if (result === undefined) throw new GitUnavailable('failed', 'git gave no result')
  if (!(call.answers ?? [0]).includes(result.exitCode)) {
    throw await failureOf(cwd, result.exitCode, Buffer.concat(result.stdErr).toString('utf8'))
  }
  return { exitCode: result.exitCode, stdout: Buffer.concat(result.stdOut) }
}

/** How a process of git ended, and what it printed. */
interface Ended {
  readonly stdOut: readonly Buffer[]
  readonly stdErr: readonly Buffer[]
  readonly exitCode: number
}

interface Start {
  readonly binary: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly call: GitCall
  readonly input: Buffer
}

/** Starts git through simple-git. It tells what closes its streams, how much it has printed as it comes, and how it ended. */
function start(
  { binary, cwd, env, call, input }: Start,
  abort: AbortSignal,
  told: { began(closeStreams: () => void): void; read(bytes: number): void; ended(how: Ended): void },
): PromiseLike<unknown> {
  return simpleGit({
    baseDir: cwd,
    binary,
    config: [...SETTINGS, ...(call.settings ?? []), ...settingsAgainst(call.worktree)],
    unsafe: UNSAFE,
    allowEnvironment: Object.keys(env),
    abort,
    // The end of the process alone says nothing about output that is still in the pipe.
    completion: { onClose: true, onExit: false },
    // Exit codes are judged by the caller: simple-git takes any code for success as long as nothing stands on standard error.
    errors: (_error, found) => {
      told.ended(found)
      return undefined
    },
    input: () => input,
  })
    .env(env)
    .outputHandler((_command, stdout, stderr) => {
      let bytes = 0
      for (const stream of [stdout, stderr])
        stream.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          told.read(bytes)
        })
      told.began(() => {
        for (const stream of [stdout, stderr]) if ('destroy' in stream && typeof stream.destroy === 'function') stream.destroy()
      })
    })
    .raw(['--no-pager', '--no-optional-locks', ...(call.filters ?? []).flatMap(withoutFilter), ...call.args])
}

// `--config-env` and not `-c`: the name of a filter may hold an equals sign, at which `-c` would split the key.
function withoutFilter(name: string): string[] {
  const off = ['clean', 'smudge', 'process'].map((key) => `--config-env=filter.${name}.${key}=${EMPTY}`)
  return [...off, `--config-env=filter.${name}.required=${NO}`]
}

async function failureOf(cwd: string, exitCode: number, stderr: string): Promise<GitUnavailable> {
  if (exitCode < 0) {
    // The same ENOENT for a missing program and a missing folder.
    return (await isFolder(cwd))
      ? new GitUnavailable('no_git', `git could not be started: ${oneLine(stderr)}`)
      : new GitUnavailable('vanished', `${cwd} is gone`)
  }
  const detail = oneLine(stderr) || `git ended with ${exitCode}`
  if (stderr.includes('dubious ownership')) return new GitUnavailable('dubious_ownership', detail)
  if (stderr.includes('not a git repository')) return new GitUnavailable('not_a_repository', detail)
  return new GitUnavailable('failed', detail)
}

/** The line of an error output that says what went wrong, without secrets. */
export function oneLine(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim())
  const line = lines.find((text) => /^(?:fatal|error):/.test(text)) ?? lines.find((text) => text !== '') ?? ''
  return redactSecrets(line.slice(0, 500))
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  )
}

/** The answer as one word. */
export function wordOf({ stdout }: GitOutput): string {
  return stdout.toString('utf8').trim()
}
