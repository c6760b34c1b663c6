import { readFile, readlink } from 'node:fs/promises'
import { hostname, uptime } from 'node:os'
import { win32 } from 'node:path'
import type { ProcessFacts, Processes } from '../ports/host.ts'
import { parseLstart } from '../time/lstart.ts'
import { findProgram, trustedEnvironment } from './programs.ts'
import { codeOf } from '../ports/system-error.ts'

/** How this machine is asked about its processes; every call rejects when the machine does not answer. */
export interface ProcessSources {
  /** A small text file, whole. */
  read(path: string): Promise<string>
  /** Where a symbolic link points. */
  link(path: string): Promise<string>
  /** The standard output of a program that ended with 0. */
  run(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<string>
  /** Sends signal 0, which only asks; throws as `process.kill` does. */
  probe(pid: number): void
  /** The name of this computer. */
  hostname(): string
  /** Where the system's own programs are (`SystemRoot` of Windows). */
  readonly env: Readonly<Record<string, string | undefined>>
}

const UNKNOWN: ProcessFacts = { state: 'unknown' }
const GONE: ProcessFacts = { state: 'gone' }

const PROGRAM_TIMEOUT_MS = 5000

const machine: ProcessSources = {
  read: (path) => readFile(path, 'utf8'),
  link: (path) => readlink(path),
  async run(program, args, env) {
    const path = findProgram(program, process.env)
    if (path === null) throw new Error(`there is no ${program} on the PATH`)
    // Linux needs no program for it, and a start is 6 ms faster without the means to start one.
    const { execFile } = await import('node:child_process')
    const options = { env: trustedEnvironment({ ...process.env, ...env }), timeout: PROGRAM_TIMEOUT_MS, windowsHide: true }
    return await new Promise((done, fail) => {
      execFile(path, [...args], options, (error, stdout) => (error === null ? done(stdout) : fail(error)))
    })
  },
  probe: (pid) => void process.kill(pid, 0),
  hostname,
  env: process.env,
}

/** The processes of this machine. What it will not say is `unknown`, never `gone`. */
export function createProcesses(platform: NodeJS.Platform = process.platform, sources: ProcessSources = machine): Processes {
  const look = { linux: lookOnLinux, darwin: lookOnMac, win32: lookOnWindows }[platform as string]
  return {
    platform,
    domain: async () => findDomain(platform, sources),
    bootedAt: () => Date.now() - uptime() * 1000,
    ...(platform === 'linux' && { lockHolders: async () => parseLocks(await sources.read('/proc/locks').catch(() => '')) }),
    async inspect(pid) {
      // Zero and negative numbers mean groups of processes to kill(2), a fraction means nothing.
      if (look === undefined || !Number.isSafeInteger(pid) || pid <= 0) return UNKNOWN
      return look(pid, sources).catch(() => UNKNOWN)
    },
  }
}

/** Clients from 2.1.261 on write this, letter for letter, as `pidDomain`. */
async function findDomain(platform: NodeJS.Platform, sources: ProcessSources): Promise<string | null> {
  if (platform === 'linux') return linuxDomain(sources)
  if (platform === 'darwin') return 'darwin'
  return platform === 'win32' ? `win32:${sources.hostname()}` : null
}

async function linuxDomain(sources: ProcessSources): Promise<string | null> {
  try {
    const [machineId, namespace] = await Promise.all([sources.read('/etc/machine-id'), sources.link('/proc/self/ns/pid')])
    const id = machineId.trim().replaceAll('-', '')
    return /^[0-9a-f]{32}$/.test(id) && /^pid:\[\d+\]$/.test(namespace) ? `linux:${id}:${namespace}` : null
  } catch {
    return null
  }
}

// Clock ticks in a second as /proc counts them (sysconf CLK_TCK): 100 on every architecture that Node runs on.
const TICKS_PER_SECOND = 100

async function lookOnLinux(pid: number, sources: ProcessSources): Promise<ProcessFacts> {
  let text: string
  try {
    text = await sources.read(`/proc/${pid}/stat`)
  } catch (error) {
    // Under hidepid another user's process looks like none at all, so its absence needs a second witness.
    return isMissing(error) ? witness(pid, sources) : UNKNOWN
  }
  const stat = parseProcStat(text)
  if (stat === undefined) return UNKNOWN
  // A zombie has ended and only waits for its parent to notice; X is one step further.
  if (stat.state === 'Z' || stat.state === 'X') return GONE
  const bootedAt = await sources.read('/proc/stat').then(parseBootTime, () => undefined)
  const startedAt = bootedAt === undefined ? null : bootedAt + Math.round((Number(stat.start) / TICKS_PER_SECOND) * 1000)
  return { state: 'alive', start: stat.start, startedAt }
}

async function lookOnMac(pid: number, sources: ProcessSources): Promise<ProcessFacts> {
  const presence = witness(pid, sources)
  if (presence.state !== 'alive') return presence
  const [inUtc, here] = await Promise.all([askPs(pid, { TZ: 'UTC' }, sources), askPs(pid, {}, sources)])
  if (inUtc.state.startsWith('Z')) return GONE
  const startedAt = parseLstart(inUtc.lstart) ?? null
  if (startedAt === null) return presence
  return { state: 'alive', start: inUtc.lstart, startedAt, ...(here.lstart !== '' && { lstart: here.lstart }) }
}

async function askPs(
  pid: number,
  zone: Readonly<Record<string, string>>,
  sources: ProcessSources,
): Promise<{ readonly state: string; readonly lstart: string }> {
  const words = ['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)]
  const text = await sources.run('ps', words, { LC_ALL: 'C', ...zone }).catch(() => '')
  const [state = '', ...rest] = text.trim().split(/\s+/)
  return { state, lstart: rest.join(' ') }
}

// Never run on Windows: the parsing is tested, the command is not.
async function lookOnWindows(pid: number, sources: ProcessSources): Promise<ProcessFacts> {
  const presence = witness(pid, sources)
  if (presence.state !== 'alive') return presence
  // The calendar and the time separator are those of the person's culture otherwise.
  const form = `'yyyy-MM-ddTHH:mm:ss.fffZ', [Globalization.CultureInfo]::InvariantCulture`
  const command = `(Get-Process -Id ${pid}).StartTime.ToUniversalTime().ToString(${form})`
  const text = await sources.run(powershellIn(sources.env), ['-NoProfile', '-NonInteractive', '-Command', command], {}).catch(() => '')
  const startedAt = parseIsoStart(text)
  return startedAt === undefined ? presence : { state: 'alive', start: text.trim(), startedAt }
}

/** Windows PowerShell, which every Windows has. Windows looks for a bare name in the current folder first, where anybody may have put one. */
function powershellIn(env: ProcessSources['env']): string {
  const root = Object.entries(env).find(([name]) => name.toUpperCase() === 'SYSTEMROOT')?.[1] ?? ''
  return win32.join(/^[A-Za-z]:[\\/]/.test(root) ? root : 'C:\\Windows', 'System32', 'WindowsPowerShell', 'v1.0', 'powershell.exe')
}

/** Whether a process has this pid, by signal 0. */
function witness(pid: number, sources: ProcessSources): ProcessFacts {
  try {
    sources.probe(pid)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ESRCH') return GONE
    // Not ours to signal: it is there.
    if (code !== 'EPERM') return UNKNOWN
  }
  return { state: 'alive', start: null, startedAt: null }
}

function isMissing(error: unknown): boolean {
  // ESRCH: it ended between open and read.
  return ['ENOENT', 'ESRCH'].includes(String(codeOf(error)))
}

/** Holders of whole-file locks (flock) by `<device>:<inode>`, from `/proc/locks`; the pid of another namespace is 0 there. */
export function parseLocks(text: string): ReadonlyMap<string, number> {
  const holders = new Map<string, number>()
  for (const [, pid = '', major = '', minor = '', inode = ''] of text.matchAll(
    /^\d+: FLOCK +ADVISORY +WRITE (\d{1,10}) ([0-9a-f]{1,8}):([0-9a-f]{1,8}):(\d{1,20}) /gm,
  ))
    if (Number(pid) > 0) holders.set(`${deviceOf(Number.parseInt(major, 16), Number.parseInt(minor, 16))}:${inode}`, Number(pid))
  return holders
}

/** The number that stat(2) gives a device: the low byte of the minor number stands below the major one, the rest above. */
function deviceOf(major: number, minor: number): number {
  return Math.floor(minor / 256) * 2 ** 20 + major * 256 + (minor % 256)
}

/** State letter and start mark (field 22) of `/proc/<pid>/stat`. */
export function parseProcStat(text: string): { readonly state: string; readonly start: string } | undefined {
  // The program's name stands in parentheses and may itself hold spaces, parentheses and newlines.
  const end = text.lastIndexOf(')')
  if (end === -1) return undefined
  const [state, ...fields] = text
    .slice(end + 1)
    .trim()
    .split(/\s+/)
  const start = fields[22 - 4]
  return state !== undefined && start !== undefined && /^\d+$/.test(start) ? { state, start } : undefined
}

/** When the machine booted, in milliseconds since the epoch, from `/proc/stat`. */
export function parseBootTime(text: string): number | undefined {
  const seconds = /^btime (\d+)$/m.exec(text)?.[1]
  return seconds === undefined ? undefined : Number(seconds) * 1000
}

/** The instant that PowerShell was asked for, in milliseconds since the epoch. */
export function parseIsoStart(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text.trim())) return undefined
  const instant = Date.parse(text.trim())
  return Number.isNaN(instant) ? undefined : instant
}
