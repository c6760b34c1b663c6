import { spawn, type ChildProcess } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { devNull } from 'node:os'
import { isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RemoteAnswer, UnverifiedReason } from '../ports/git.ts'
import { OID } from './git-parse.ts'
import { oneLine, OUTSIDE } from './git-run.ts'
import { untilFinished } from './leftovers.ts'

const MAX_ERROR_BYTES = 64 * 1024
// Between the end of git and the end of its output, when a child of it still holds the pipe.
const GRACE_MS = 500

// No question, no new connection to share, nothing forwarded, no key of the server written down.
const SSH = [
  'ssh',
  '-oBatchMode=yes',
  '-oConnectTimeout=10',
  '-oServerAliveInterval=5',
  '-oServerAliveCountMax=2',
  '-oControlMaster=no',
  '-oUpdateHostKeys=no',
  '-oPermitLocalCommand=no',
  '-oClearAllForwardings=yes',
].join(' ')

/** Where a remote may be asked. `protocol` in the words of GIT_ALLOW_PROTOCOL; `host`: with its port, null for a local path. */
export type Destination =
  | { readonly protocol: string; readonly localPath: string; readonly host: null }
  | { readonly protocol: string; readonly localPath: null; readonly host: string }
  | { readonly refused: string }

/** A host is one, however its address is written. */
const DEFAULT_PORT = { https: /:443$/, http: /:80$/, ssh: /:22$/ }

/** What kind of address a remote has, by an allow-list: https, ssh, the short form of ssh, and local paths. */
export function destinationOf(url: string, allowHttp: boolean): Destination {
  if (url.startsWith('-')) return { refused: 'the address begins with a dash' }
  if (/[\u0000-\u001f\u007f]/.test(url)) return { refused: 'the address holds a control character' }
  if (isAbsolute(url)) return { protocol: 'file', localPath: url, host: null }
  // `ext::sh -c …` and its like: the word before the colons is a program.
  if (/^[a-z0-9+.-]*::/i.test(url)) return { refused: 'the address names a remote helper' }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]
  if (scheme === undefined) {
    // git takes what has a colon before its first slash for host:path.
    const host = /^(?:[^/:@]+@)?(\[[^\]/]+\]|[^/:@[\]]+):/.exec(url)?.[1]
    if (host === undefined) return { refused: 'the address is neither a URL nor an absolute path' }
    return host.startsWith('-')
      ? { refused: 'the host begins with a dash' }
      : { protocol: 'ssh', localPath: null, host: host.toLowerCase() }
  }
  if (scheme === 'file') {
    try {
      const path = fileURLToPath(url)
      return isAbsolute(path) ? { protocol: 'file', localPath: path, host: null } : { refused: 'the path is not absolute' }
    } catch {
      return { refused: 'the file URL names no local path' }
    }
  }
  if (scheme !== 'https' && scheme !== 'ssh' && !(scheme === 'http' && allowHttp)) return { refused: `the scheme ${scheme} is not asked` }
  const host = /^[^/?#]*?([^/?#@]*)(?:[/?#]|$)/.exec(url.slice(scheme.length + 3))?.[1] ?? ''
  if (host === '' || /^(?:-|%2d)/i.test(host)) return { refused: 'the host is missing or begins with a dash' }
  return { protocol: scheme, localPath: null, host: host.toLowerCase().replace(DEFAULT_PORT[scheme], '') }
}

/** An address for people: no password, no token that stands for a user, no query. */
export function displayOf(url: string): string {
  const [, scheme = '', userinfo, rest = ''] = /^([a-z][a-z0-9+.-]*):\/\/(?:([^/?#]*)@)?([^?#]*)/i.exec(url) ?? []
  if (scheme === '') return url.replace(/^[^/:@]*:[^/@]*@/, '')
  const user = userinfo?.split(':')[0] ?? ''
  return `${scheme}://${scheme === 'ssh' && user !== '' ? `${user}@` : ''}${rest}`
}

export interface AskOptions {
  readonly binary: string
  /** From the allow-list of `environmentFor`. */
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly maxBytes: number
  readonly allowHttp: boolean
  /** How long it may give no sign of life; absent: as long as it may take at all. */
  readonly silenceMs?: number
  /** Called where its host is out of reach, as far as this question shows. */
  readonly onSilence?: () => void
}

/** One `git ls-remote`, from outside of every repository, so that only the user's own configuration applies. */
export async function askRemote(url: string, options: AskOptions): Promise<RemoteAnswer> {
  const destination = destinationOf(url, options.allowHttp)
  if ('refused' in destination) return { unverified: 'refused_scheme', detail: destination.refused }
  const { protocol, localPath } = destination
  if (localPath !== null && !(await isThere(localPath))) return { unverified: 'not_found', detail: 'the folder does not exist' }
  return listReferences(url, protocol, options)
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

// Not simple-git: killing its git would leave ssh or upload-pack behind, which hold the pipes for as long as the remote hangs.
// Only a process group of its own can be killed as a whole, and simple-git passes no `detached` on.
async function listReferences(url: string, protocol: string, options: AskOptions): Promise<RemoteAnswer> {
  const refs = new Map<string, string>()
  let headTarget: string | null = null
  let rest: string | null = null
  const end = await runRemote(['ls-remote', '--symref', '--', url], { protocol, env: { GIT_DIR: devNull } }, options, (text) => {
    const lines = ((rest ?? '') + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const [value = '', name = ''] = line.split('\t')
      if (OID.test(value)) refs.set(name, value)
      else if (name === 'HEAD' && value.startsWith('ref: ')) headTarget = value.slice('ref: '.length)
    }
  })
  if ('exitCode' in end && end.exitCode === 0) return { refs, headTarget, empty: refs.size === 0 }
  const answer = 'unverified' in end ? end : { unverified: reasonOf(end.errors), detail: detailOf(end.errors, url) }
  if (rest === null && (answer.unverified === 'timeout' || answer.unverified === 'offline')) options.onSilence?.()
  return answer
}

/** How a command of git that speaks to a remote ended. */
export type RemoteEnd =
  | { readonly exitCode: number | null; readonly errors: string }
  | { readonly unverified: UnverifiedReason; readonly detail: string }

/**
 * Runs a command of git that speaks to a remote. `env` says which repository it is in (GIT_DIR), whatever lies above the folder that git
 * starts in.
 */
export function runRemote(
  args: readonly string[],
  { protocol, env: place }: { readonly protocol: string; readonly env: Readonly<Record<string, string>> },
  options: AskOptions,
  onText: (text: string) => void,
): Promise<RemoteEnd> {
  const { timeoutMs, silenceMs = timeoutMs } = options
  const seconds = Math.max(1, Math.floor(silenceMs / 1000))
  const settings = [
    'core.askPass=',
    `core.hooksPath=${devNull}`,
    'credential.interactive=false',
    'http.lowSpeedLimit=1000',
    `http.lowSpeedTime=${seconds}`,
  ]
  const argv = ['--no-pager', ...settings.flatMap((setting) => ['-c', setting]), ...args]
  const env = {
    ...options.env,
    ...place,
    GIT_ALLOW_PROTOCOL: protocol,
    GIT_SSH_COMMAND: SSH,
    GIT_SSH_VARIANT: 'ssh',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    SSH_ASKPASS: '',
    SSH_ASKPASS_REQUIRE: 'never',
    GCM_INTERACTIVE: 'never',
    LC_ALL: 'C',
  }
  return new Promise((settle) => {
    const child = spawn(options.binary, argv, {
      cwd: OUTSIDE,
      env,
      // A group and, as it has no terminal either, no way for ssh to ask.
      detached: process.platform !== 'win32',
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    })
    const finished = untilFinished(() => killGroup(child))
    let grace: NodeJS.Timeout | undefined
    const finish = (end: RemoteEnd): void => {
      clearTimeout(timer)
      clearTimeout(silence)
      clearTimeout(grace)
      finished()
      killGroup(child)
      child.stdout.destroy()
      child.stderr.destroy()
      settle(end)
    }
    const giveUp = (ms: number): void => finish({ unverified: 'timeout', detail: `no answer within ${ms} ms` })
    const timer = setTimeout(giveUp, timeoutMs, timeoutMs)
    const silence = setTimeout(giveUp, silenceMs, silenceMs)
    let bytes = 0

    child.stdout.setEncoding('utf8')
    child.stdout.on('data', (text: string) => {
      silence.refresh()
      bytes += Buffer.byteLength(text)
      if (bytes > options.maxBytes) return finish({ unverified: 'too_large', detail: `more than ${options.maxBytes} bytes of references` })
      onText(text)
    })
    let errors = ''
    child.stderr.setEncoding('utf8')
    child.stderr.on('data', (text: string) => {
      silence.refresh()
      // The end says what went wrong; a server may send any number of words before it.
      errors = (errors + text).slice(-MAX_ERROR_BYTES)
    })
    child.once('error', (error) => finish({ unverified: 'failed', detail: error.message }))
    child.once('exit', (exitCode) => {
      grace = setTimeout(() => finish({ exitCode, errors }), GRACE_MS)
    })
    child.once('close', (exitCode) => finish({ exitCode, errors }))
  })
}

/** Ends git and all that it started. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    // Without a process group, as on Windows, git's own children outlive it.
    if (process.platform === 'win32') child.kill('SIGKILL')
    else process.kill(-child.pid, 'SIGKILL')
  } catch {
    // All of them have ended.
  }
}

// In the words of git, curl and ssh under LC_ALL=C; the first that matches counts.
const REASONS: readonly (readonly [UnverifiedReason, RegExp])[] = [
  ['timeout', /timed out|Operation too slow/i],
  [
    'offline',
    /Could not resolve|name resolution|Name or service not known|nodename nor servname|Connection refused|Failed to connect|Couldn't connect|Network is unreachable|No route to host|Connection reset|kex_exchange_identification|Could not connect/i,
  ],
  [
    'auth',
    /terminal prompts disabled|could not read (?:Username|Password)|Authentication failed|Permission denied|Host key verification failed|returned error: 40[13]|Access denied|Invalid credentials|HTTP Basic/i,
  ],
  ['not_found', /not found|does not appear to be a git repository|does not exist|returned error: 404|no such/i],
]

/** Why `git ls-remote` ended with an error, by its standard error. */
export function reasonOf(stderr: string): UnverifiedReason {
  return REASONS.find(([, pattern]) => pattern.test(stderr))?.[0] ?? 'failed'
}

/** What git said of a remote, its address without secrets. */
export function detailOf(stderr: string, url: string): string {
  return oneLine(stderr.replaceAll(url, displayOf(url))) || 'git gave no reason'
}
