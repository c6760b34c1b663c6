import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { createFiles } from '../../src/node/files.ts'
import { createProcesses, parseBootTime, parseIsoStart, parseLocks, parseProcStat, type ProcessSources } from '../../src/node/processes.ts'
import { parseLstart } from '../../src/time/lstart.ts'

const onLinux = test.skipIf(process.platform !== 'linux')
const processes = createProcesses()

const failing = (code: string): Error => Object.assign(new Error(code), { code })

/** `ps` counts back from now and /proc on from the boot: they part by as much as the clock was set since. A wrong zone is 30 minutes. */
const CLOCK_STEP_MS = 10 * 60_000

const lstart = (): string =>
  execFileSync('ps', ['-o', 'lstart=', '-p', String(process.pid)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
  })

/** A machine made of texts: `files` by path, `run` by program; whatever is not there fails. */
interface Parts {
  readonly files?: Record<string, string>
  readonly output?: string
  /** What the program says in the machine's own zone, where that is not UTC. */
  readonly local?: string
  readonly probe?: string
  readonly env?: ProcessSources['env']
  readonly asked?: string[][]
}

function machine(parts: Parts): ProcessSources {
  const text = (path: string): Promise<string> => {
    const found = parts.files?.[path]
    return found === undefined ? Promise.reject(failing('ENOENT')) : Promise.resolve(found)
  }
  return {
    read: text,
    link: text,
    run(program, args, env) {
      parts.asked?.push([program, ...args])
      const output = env['TZ'] === undefined ? (parts.local ?? parts.output) : parts.output
      return output === undefined ? Promise.reject(failing('ENOENT')) : Promise.resolve(output)
    },
    hostname: () => 'OFFICE',
    env: parts.env ?? {},
    probe() {
      if (parts.probe !== undefined) throw failing(parts.probe)
    },
  }
}

// pid (comm) state ppid … starttime is the 22nd.
const stat = (comm: string, state: string, start: string): string => `77 (${comm}) ${state} ${'0 '.repeat(18)}${start} 0 0\n`

onLinux('this process is alive, with the start that the system and this process know', async () => {
  const facts = await processes.inspect(process.pid)
  if (facts.state !== 'alive') throw new Error(facts.state)
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  expect(facts.start).toBe(fields[19])
  const [, btime] = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8')) ?? []
  // A hundred ticks are a second on every Linux; btime is in whole seconds, and may move by one when the clock is set.
  expect(Math.abs((facts.startedAt ?? 0) - (Number(btime) * 1000 + Number(fields[19]) * 10))).toBeLessThanOrEqual(1000)
})

onLinux('a child is alive until it is killed, then gone', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  const pid = child.pid ?? 0
  expect(await processes.inspect(pid)).toMatchObject({ state: 'alive' })
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await processes.inspect(pid)).toEqual({ state: 'gone' })
})

onLinux('a zombie is gone', async () => {
  // When the child ends, its parent has become a sleep, which never asks for it.
  const parent = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 30'])
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  const pid = Number(line.toString())
  const state = (): string | undefined => parseProcStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.state
  await expect.poll(state).toBe('Z')
  expect(await processes.inspect(pid)).toEqual({ state: 'gone' })
  parent.kill('SIGKILL')
  await once(parent, 'exit')
})

onLinux('a pid that no process can have is gone', async () => {
  const beyond = Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8')) + 1
  expect(await processes.inspect(beyond)).toEqual({ state: 'gone' })
})

test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('%s is no pid', async (pid) => {
  expect(await processes.inspect(pid)).toEqual({ state: 'unknown' })
})

onLinux('the domain is what the client writes as pidDomain', async () => {
  const domain = await processes.domain()
  expect(domain).toBe(`linux:${readFileSync('/etc/machine-id', 'utf8').trim()}:${readlinkSync('/proc/self/ns/pid')}`)
})

test('the domain is null where it cannot be told', async () => {
  const files = { '/etc/machine-id': '3d1219c7-c4c5-404a-aa1f-6d2a48adfda4\n', '/proc/self/ns/pid': 'pid:[4026531836]' }
  expect(await createProcesses('linux', machine({ files })).domain()).toBe('linux:3d1219c7c4c5404aaa1f6d2a48adfda4:pid:[4026531836]')
  expect(await createProcesses('linux', machine({ files: { ...files, '/etc/machine-id': 'uninitialized\n' } })).domain()).toBeNull()
  expect(await createProcesses('linux', machine({})).domain()).toBeNull()
  expect(await createProcesses('darwin', machine({ files })).domain()).toBe('darwin')
  expect(await createProcesses('win32', machine({ files })).domain()).toBe('win32:OFFICE')
  expect(await createProcesses('aix', machine({ files })).domain()).toBeNull()
})

test('Linux: start mark and instant', async () => {
  const files = { '/proc/77/stat': stat('node', 'S', '87494'), '/proc/stat': 'cpu 1 2\nbtime 1795248000\nprocesses 9\n' }
  expect(await createProcesses('linux', machine({ files })).inspect(77)).toEqual({
    state: 'alive',
    start: '87494',
    startedAt: 1795248000_000 + 874_940,
  })
  expect(await createProcesses('linux', machine({ files: { '/proc/77/stat': files['/proc/77/stat'] } })).inspect(77)).toEqual({
    state: 'alive',
    start: '87494',
    startedAt: null,
  })
})

test('Linux: what cannot be read is not gone', async () => {
  const denied: ProcessSources = { ...machine({}), read: () => Promise.reject(failing('EACCES')) }
  expect(await createProcesses('linux', denied).inspect(77)).toEqual({ state: 'unknown' })
  expect(await createProcesses('linux', machine({ files: { '/proc/77/stat': 'nonsense' } })).inspect(77)).toEqual({ state: 'unknown' })
})

test('Linux: a process that hidepid hides is alive, its start not known', async () => {
  expect(await createProcesses('linux', machine({ probe: 'EPERM' })).inspect(77)).toEqual({ state: 'alive', start: null, startedAt: null })
  expect(await createProcesses('linux', machine({ probe: 'ESRCH' })).inspect(77)).toEqual({ state: 'gone' })
  expect(await createProcesses('linux', machine({ probe: 'EINVAL' })).inspect(77)).toEqual({ state: 'unknown' })
})

test('macOS: ps tells the start, signal 0 the presence', async () => {
  const mac = (parts: Parameters<typeof machine>[0]) => createProcesses('darwin', machine(parts)).inspect(77)
  const startedAt = Date.UTC(2026, 10, 21, 8, 16, 5)
  const start = 'Sat Nov 21 08:16:05 2026'
  const inZone = 'Sat Nov 21 10:16:05 2026'
  const output = `S+   ${start}\n`
  expect(await mac({ output, local: `S+   ${inZone}\n` })).toEqual({ state: 'alive', start, startedAt, lstart: inZone })
  expect(await mac({ output, probe: 'EPERM' })).toEqual({ state: 'alive', start, startedAt, lstart: start })
  expect(await mac({ output: 'Z    Sat Nov 21 08:16:05 2026\n' })).toEqual({ state: 'gone' })
  expect(await mac({})).toEqual({ state: 'alive', start: null, startedAt: null })
  expect(await mac({ probe: 'ESRCH' })).toEqual({ state: 'gone' })
})

onLinux('the way of macOS works with the ps of this machine too', async () => {
  const facts = await createProcesses('darwin').inspect(process.pid)
  if (facts.state !== 'alive') throw new Error(facts.state)
  expect(Math.abs((facts.startedAt ?? 0) - (parseLstart(lstart()) ?? 0))).toBeLessThanOrEqual(CLOCK_STEP_MS)
})

test('Windows: PowerShell tells the start, signal 0 the presence', async () => {
  const windows = (parts: Parameters<typeof machine>[0]) => createProcesses('win32', machine(parts)).inspect(77)
  expect(await windows({ output: '2026-11-21T08:16:05.123Z\r\n' })).toEqual({
    state: 'alive',
    start: '2026-11-21T08:16:05.123Z',
    startedAt: Date.UTC(2026, 10, 21, 8, 16, 5, 123),
  })
  expect(await windows({})).toEqual({ state: 'alive', start: null, startedAt: null })
  expect(await windows({ probe: 'ESRCH' })).toEqual({ state: 'gone' })
})

test('Windows: no culture of the person’s changes what is printed, and no planted powershell.exe is run', async () => {
  const askedWith = async (env: ProcessSources['env']): Promise<readonly string[]> => {
    const asked: string[][] = []
    await createProcesses('win32', machine({ output: '2026-11-21T08:16:05.123Z\r\n', env, asked })).inspect(77)
    return asked[0] ?? []
  }
  const [program, ...args] = await askedWith({ SystemRoot: 'D:\\Win' })
  expect(program).toBe('D:\\Win\\System32\\WindowsPowerShell\\v1.0\\powershell.exe')
  expect(args.at(-1)).toMatch(/\.ToString\('[^']+', \[Globalization\.CultureInfo\]::InvariantCulture\)$/)
  for (const env of [{}, { SYSTEMROOT: 'planted' }, { systemroot: '..\\x' }])
    expect((await askedWith(env))[0]).toBe('C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe')
})

test.each([
  ['a Thai calendar', '2569-11-21T08:16:05.123Z'],
  ['a Persian calendar', '1405-08-30T08:16:05.123Z'],
  ['dots between hours and minutes', '2026-11-21T08.16.05.123Z'],
  ['an error', 'Get-Process : Cannot find a process'],
])('Windows: %s would not make a live process gone', async (_, output) => {
  const facts = await createProcesses('win32', machine({ output })).inspect(77)
  expect(facts).toMatchObject({ state: 'alive' })
})

test('a platform without an answer says so', async () => {
  expect(await createProcesses('aix', machine({})).inspect(77)).toEqual({ state: 'unknown' })
})

test('the name of a program in /proc/<pid>/stat may hold anything', () => {
  for (const comm of ['node', 'a b', '(sd-pam)', 'x) S 1 1 1', ') Z 0 (', 'line\nbreak', '']) {
    expect(parseProcStat(stat(comm, 'R', '12345'))).toEqual({ state: 'R', start: '12345' })
  }
  for (const text of ['', '77 (node', '77 (node) S 1 2 3', stat('node', 'S', 'x')]) expect(parseProcStat(text)).toBeUndefined()
})

test('the boot time', () => {
  expect(parseBootTime('cpu 1\nbtime 1795248000\n')).toBe(1795248000_000)
  expect(parseBootTime('cpu 1\n')).toBeUndefined()
})

test('the start that ps prints', () => {
  expect(parseLstart('Sat Nov 21 08:16:05 2026')).toBe(Date.UTC(2026, 10, 21, 8, 16, 5))
  expect(parseLstart('Tue Nov  3 23:59:59 2026\n')).toBe(Date.UTC(2026, 10, 3, 23, 59, 59))
  for (const text of [
    '',
    'Sat 21 Nov 08:16:05 2026',
    'Sat Nop 21 08:16:05 2026',
    'Tue Feb 31 08:16:05 2026',
    'Sat Nov 21 24:00:00 2026',
    'Sat Nov 21 08:61:05 2026',
  ]) {
    expect(parseLstart(text), text).toBeUndefined()
  }
})

onLinux('the start that this machine’s ps prints agrees with /proc', async () => {
  const facts = await processes.inspect(process.pid)
  if (facts.state !== 'alive') throw new Error(facts.state)
  expect(Math.abs((parseLstart(lstart()) ?? 0) - (facts.startedAt ?? 0))).toBeLessThanOrEqual(CLOCK_STEP_MS)
})

test('the start that PowerShell prints', () => {
  expect(parseIsoStart('2026-11-21T08:16:05.000Z\r\n')).toBe(Date.UTC(2026, 10, 21, 8, 16, 5))
  expect(parseIsoStart('21.11.2026 08:16')).toBeUndefined()
  expect(parseIsoStart('2026-13-21T08:16:05.000Z')).toBeUndefined()
})

onLinux('a lock that a process holds on a file is known by the file’s identity', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'agent-forensics-locks-'))
  const path = join(folder, 'a.lock')
  writeFileSync(path, '')
  const holder = spawn('flock', [path, 'sleep', '30'], { stdio: 'ignore' })
  try {
    const { identity } = await createFiles().facts(path)
    await expect.poll(async () => (await processes.lockHolders?.())?.get(identity ?? ''), { timeout: 10_000 }).toBe(holder.pid)
  } finally {
    holder.kill()
    rmSync(folder, { recursive: true, force: true })
  }
})

test('locks are read from what the system lists: whole files of processes that can be seen', () => {
  const lines = [
    '1: FLOCK  ADVISORY  WRITE 3126 fe:00:2691872 0 EOF',
    '2: POSIX  ADVISORY  WRITE 4 fe:00:2691844 0 EOF',
    '2: -> FLOCK  ADVISORY  WRITE 5 fe:00:2691845 0 EOF',
    '3: FLOCK  ADVISORY  WRITE 0 fe:00:2691868 0 EOF',
    '4: FLOCK  ADVISORY  WRITE 77 08:105:9 0 EOF',
  ]
  expect([...parseLocks(lines.join('\n'))]).toEqual([
    ['65024:2691872', 3126],
    ['1050629:9', 77],
  ])
})
