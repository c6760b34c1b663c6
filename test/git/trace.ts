import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'

/** What a program and everything that it started did to the machine, as the kernel saw it. */
export interface Trace {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Every program that was started, by its path, with the folder that it began in, where it opened anything. */
  readonly started: readonly { readonly program: string; readonly folder: string | null; readonly args: string }[]
  /** Every path that was opened for writing, made, renamed, removed or changed. */
  readonly written: readonly string[]
  /** Every address that a socket was bound or connected to, or sent to. */
  readonly addresses: readonly string[]
}

/** Not looked for where the traced program looks. */
const STRACE =
  (process.env['PATH'] ?? '')
    .split(':')
    .map((folder) => join(folder, 'strace'))
    .find((path) => existsSync(path)) ?? 'strace'
const WRITES =
  'creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,symlink,symlinkat,chmod,fchmodat,chown,lchown,fchownat,' +
  'truncate,utime,utimes,utimensat,futimesat,mknod,mknodat,setxattr,lsetxattr,removexattr,lremovexattr'
const CALLS = `execve,execveat,open,openat,openat2,connect,bind,sendto,io_uring_setup,${WRITES}`

/** Why no program can be traced here; null: it can. */
export function whyUntraceable(): string | null {
  if (process.platform !== 'linux') return `there is no strace on ${process.platform}`
  const { error, status, stderr } = spawnSync(STRACE, ['-qq', '-o', '/dev/null', 'true'], { encoding: 'utf8' })
  if (error !== undefined) return 'strace is not installed (Debian: apt-get install strace)'
  return status === 0 ? null : `strace may trace nothing here: ${stderr.trim()}`
}

/** Runs a program under strace. `folder`: an empty one, for a file of each process. */
export async function traceProgram(
  argv: readonly string[],
  { folder, cwd, env }: { readonly folder: string; readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<Trace> {
  const options = ['-ff', '-qq', '-y', '-s', '300', '--seccomp-bpf', '--signal=none', `--trace=${CALLS}`, '-o', join(folder, 'trace')]
  // What goes through a ring of the kernel is no system call.
  const child = spawn(STRACE, [...options, ...argv], { cwd, env: { ...env, UV_USE_IO_URING: '0' }, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (data) => (stdout += String(data)))
  child.stderr.on('data', (data) => (stderr += String(data)))
  const code = await new Promise<number | null>((done, fail) => child.once('close', done).once('error', fail))
  const processes = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1').split('\n'))
  return {
    code,
    stdout,
    stderr,
    started: processes.flatMap((lines) => startsIn(lines)),
    written: [...new Set(processes.flat().flatMap(writtenBy))].toSorted(),
    addresses: [...new Set(processes.flat().flatMap(addressIn))].toSorted(),
  }
}

function startsIn(lines: readonly string[]): Trace['started'] {
  return lines.flatMap((line, at) => {
    const [, program = '', args = ''] = /^execve(?:at)?\((?:[^"]*, )?"([^"]*)", \[(.*)\]/.exec(line) ?? []
    if (program === '' || hasFailed(line)) return []
    const next = lines.slice(at + 1).find((each) => each.includes('AT_FDCWD<'))
    return [{ program, folder: next === undefined ? null : folderIn(next), args }]
  })
}

function hasFailed(line: string): boolean {
  return / = -1 E\w+ \(.*\)$/.test(line)
}

/** The folder that a call was made from. */
function folderIn(line: string): string {
  return /AT_FDCWD<([^>]*)>/.exec(line)?.[1] ?? ''
}

function writtenBy(line: string): readonly string[] {
  const [, call = '', rest = ''] = /^(\w+)\((.*)$/.exec(line) ?? []
  if (hasFailed(line)) return []
  if (call === 'io_uring_setup') return [call]
  if (call.startsWith('open')) return /O_WRONLY|O_RDWR|O_CREAT|O_TRUNC/.test(rest) ? [/ = \d+<(.*)>$/.exec(rest)?.[1] ?? rest] : []
  if (!WRITES.split(',').includes(call)) return []
  // Paths, each behind the folder that it is relative to.
  return [...rest.matchAll(/(?:\w+<([^>]*)>, )?"((?:[^"\\]|\\.)*)"/g)].map(([, folder, path = '']) =>
    isAbsolute(path) ? path : join(folder ?? '?', path),
  )
}

/** Asked for, also where nobody is there. */
function addressIn(line: string): readonly string[] {
  if (!/^(?:connect|bind|sendto)\(/.test(line)) return []
  const [, family = ''] = /sa_family=(\w+)/.exec(line) ?? []
  // What is sent on a socket that is connected names no address.
  if (family === '') return []
  const unix = /sun_path=@?"([^"]*)"/.exec(line)?.[1]
  const port = /htons\((\d+)\)/.exec(line)?.[1]
  const host = /inet_(?:addr|pton)\((?:AF_INET6, )?"([^"]*)"/.exec(line)?.[1]
  return [unix ?? (host === undefined ? family : `${host}:${port}`)]
}
