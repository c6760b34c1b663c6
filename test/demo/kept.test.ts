import { variant } from '../long.ts'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { keepDemo, keepTime, removeDemo } from '../../src/demo/kept.ts'
import { findCacheFolder, findDemoRoot } from '../../src/demo/place.ts'
import { FileUnavailable } from '../../src/ports/host.ts'
import { filesBelow } from './record.ts'

const PROGRAM = fileURLToPath(new URL('../../bin/agent-forensics.js', import.meta.url))
const NOW = Date.parse('2026-11-21T07:03:20Z')
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

let folder: string
let cache: string
let demo: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'kept-')))
  cache = join(folder, 'agent-forensics')
  demo = join(cache, 'demo')
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

/** What is refused, in words; nothing of it is a bug. */
async function refusal(asked: Promise<unknown>): Promise<string> {
  const error = await asked.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(FileUnavailable)
  return error instanceof Error ? error.message : ''
}

function git(...args: readonly string[]): string {
  return execFileSync('git', ['-C', join(demo, 'shop'), ...args], { encoding: 'utf8' }).trim()
}

describe('the sample incident', () => {
  it('is made for its owner only, and names the place where it is kept, nowhere the one where it was made', async () => {
    expect(await keepDemo(cache, NOW, NOW)).toMatchObject({ folder: demo, isOutdated: false, note: { asOf: NOW, now: NOW } })
    if (process.platform !== 'win32') for (const path of [cache, demo]) expect(lstatSync(path).mode & 0o777).toBe(0o700)
    expect(readdirSync(cache)).toEqual(['demo'])
    const drafts = filesBelow(demo).filter((name) => readFileSync(join(demo, name), 'latin1').includes('demo-draft-'))
    expect(drafts).toEqual([])
    expect(git('remote', 'get-url', 'origin')).toBe(join(demo, 'origin.git'))
    expect(git('worktree', 'list', '--porcelain')).not.toContain('prunable')
    expect(git('ls-remote', 'origin', 'main')).toMatch(/^[0-9a-f]{40}\trefs\/heads\/main$/)
  })

  variant('is found again as it was left, with its own time, which a command may move on', async () => {
    const made = await keepDemo(cache, null, NOW)
    // Whole minutes are easier to follow.
    expect(made.note).toMatchObject({ asOf: null, madeAt: NOW, now: Date.parse('2026-11-21T07:03:00Z') })
    writeFileSync(join(demo, 'shop', 'mine.txt'), 'mine')
    await keepTime(made, made.note.now + 90 * MINUTE)
    const found = await keepDemo(cache, null, NOW + 5 * MINUTE)
    expect(found).toMatchObject({ isOutdated: false, note: { madeAt: NOW, now: made.note.now + 90 * MINUTE } })
    expect(readFileSync(join(demo, 'shop', 'mine.txt'), 'utf8')).toBe('mine')
    // Whoever removed it meanwhile is not told of its time.
    rmSync(demo, { recursive: true })
    await keepTime(found, NOW)
    expect(existsSync(demo)).toBe(false)
  })

  variant('is made anew after a day, and for another time, unless it was worked on', async () => {
    await keepDemo(cache, null, NOW)
    expect((await keepDemo(cache, null, NOW + DAY - MINUTE)).note.madeAt).toBe(NOW)
    const later = NOW + DAY + MINUTE
    expect(await keepDemo(cache, null, later)).toMatchObject({ isOutdated: false, note: { madeAt: later } })
    expect(await keepDemo(cache, NOW, later)).toMatchObject({ isOutdated: false, note: { asOf: NOW, now: NOW } })
    expect((await keepDemo(cache, NOW, later + MINUTE)).note.madeAt).toBe(later)
    git('branch', 'rescue/mine')
    expect(await keepDemo(cache, NOW + MINUTE, later)).toMatchObject({ isOutdated: true, note: { asOf: NOW, now: NOW } })
    expect(await keepDemo(cache, null, later + 30 * DAY)).toMatchObject({ isOutdated: true, note: { asOf: NOW } })
    expect(git('branch', '--list', 'rescue/*')).toContain('rescue/mine')
    expect(readdirSync(cache)).toEqual(['demo'])
  })

  variant('of another version is made anew, or told where it was worked on', async () => {
    await keepDemo(cache, NOW, NOW)
    const note = JSON.parse(readFileSync(join(demo, 'sample.json'), 'utf8')) as object
    const age = (): void => writeFileSync(join(demo, 'sample.json'), JSON.stringify({ ...note, format: 0 }))
    age()
    expect((await keepDemo(cache, NOW, NOW)).note.format).toBe(1)
    appendFileSync(join(demo, 'shop', 'TODO.md'), 'more\n')
    age()
    expect(await refusal(keepDemo(cache, NOW, NOW))).toContain('was made by another version of this program')
    expect(await removeDemo(cache)).toBe(demo)
  })

  it('is removed when it is asked for, and nothing of it stays', async () => {
    expect(await removeDemo(cache)).toBeNull()
    await keepDemo(cache, NOW, NOW)
    expect(await removeDemo(cache)).toBe(demo)
    expect(readdirSync(folder)).toEqual([])
  })

  variant('is made once where two make it at the same time', async () => {
    const [one, other] = await Promise.all([keepDemo(cache, NOW, NOW), keepDemo(cache, NOW, NOW)])
    expect(one.note).toEqual(other.note)
    expect(readdirSync(cache)).toEqual(['demo'])
  })

  it('needs git, and says so', async () => {
    mkdirSync(join(folder, 'empty'))
    vi.stubEnv('PATH', join(folder, 'empty'))
    expect(await refusal(keepDemo(cache, NOW, NOW))).toBe('cannot build the sample incident: it needs git, and there is none on the PATH')
    expect(readdirSync(cache)).toEqual([])
  })

  it.skipIf(process.getuid?.() === 0)('needs a place, and says so', async () => {
    chmodSync(folder, 0o500)
    expect(await refusal(keepDemo(cache, NOW, NOW))).toMatch(/cannot build the sample incident: EACCES/)
    chmodSync(folder, 0o700)
  })

  variant('takes nothing of the environment of the caller for git', async () => {
    vi.stubEnv('GIT_DIR', join(folder, 'elsewhere'))
    vi.stubEnv('GIT_AUTHOR_NAME', 'Somebody')
    await keepDemo(cache, NOW, NOW)
    vi.unstubAllEnvs()
    expect(git('log', '--format=%an', '-1')).toBe('Demo')
    expect(existsSync(join(folder, 'elsewhere'))).toBe(false)
  })
})

describe.skipIf(process.platform === 'win32')(
  'what somebody else may have put there is refused, for reading and for removing, and is left alone',
  () => {
    /** As a sample is found, as far as anybody looks before it is used. */
    const putSample = (): void => {
      mkdirSync(demo, { recursive: true })
      for (const path of [cache, demo]) chmodSync(path, 0o700)
      const note = { tool: 'agent-forensics', format: 1, madeAt: NOW, asOf: NOW, now: NOW, files: '' }
      writeFileSync(join(demo, 'sample.json'), JSON.stringify(note))
    }
    const foreign: readonly (readonly [string, () => void, RegExp])[] = [
      [
        'a link to the cache folder',
        () => (renameSync(cache, join(folder, 'x')), symlinkSync(join(folder, 'x'), cache)),
        /agent-forensics is a link/,
      ],
      ['a file in its place', () => (rmSync(cache, { recursive: true }), writeFileSync(cache, '')), /agent-forensics is no folder/],
      ['a cache folder that others can write', () => chmodSync(cache, 0o777), /agent-forensics is open to other users/],
      [
        'a link to the sample',
        () => (renameSync(demo, join(folder, 'x')), symlinkSync(join(folder, 'x'), demo)),
        /demo is (?:a link|open)/,
      ],
      ['a sample that others can read', () => chmodSync(demo, 0o755), /demo is open to other users/],
      ['a folder without our note', () => rmSync(join(demo, 'sample.json')), /demo is not the sample of this program/],
      ['a note of somebody else', () => writeFileSync(join(demo, 'sample.json'), '{"tool":"other"}'), /demo is not the sample/],
      ['a note that is none', () => writeFileSync(join(demo, 'sample.json'), 'null'), /demo is not the sample/],
      ['a note without an end', () => writeFileSync(join(demo, 'sample.json'), ' '.repeat(5_000)), /demo is not the sample/],
      [
        'a link for a note',
        () => (renameSync(join(demo, 'sample.json'), join(folder, 'x')), symlinkSync(join(folder, 'x'), join(demo, 'sample.json'))),
        /demo is not the sample/,
      ],
      [
        'a file for the sample',
        () => (rmSync(demo, { recursive: true }), writeFileSync(demo, '', { mode: 0o600 })),
        /demo is not the sample/,
      ],
    ]
    it.each(foreign)('%s', async (_, change, words) => {
      putSample()
      expect((await keepDemo(cache, NOW, NOW)).folder).toBe(demo)
      change()
      const before = filesBelow(folder)
      for (const ask of [() => keepDemo(cache, NOW, NOW), () => removeDemo(cache)]) {
        const message = await refusal(ask())
        expect(message).toMatch(words)
        expect(message).toMatch(/^cannot use the sample incident: .*; move it away, or name another cache folder with XDG_CACHE_HOME$/)
      }
      expect(filesBelow(folder)).toEqual(before)
    })

    it.skipIf(process.getuid?.() !== 0)('a folder of another user', async () => {
      putSample()
      execFileSync('chown', ['1234', demo])
      expect(await refusal(keepDemo(cache, NOW, NOW))).toMatch(/demo belongs to another user/)
    })
  },
)

describe('where it is kept', () => {
  const place = (env: Record<string, string>, home: string, platform: NodeJS.Platform): string | null =>
    findCacheFolder({ env, home, platform })

  it('below the cache folder of the person, as each system has it', () => {
    expect(place({}, folder, 'linux')).toBe(join(folder, '.cache', 'agent-forensics'))
    expect(place({}, folder, 'darwin')).toBe(join(folder, 'Library', 'Caches', 'agent-forensics'))
    expect(place({ LOCALAPPDATA: folder }, folder, 'win32')).toBe(join(folder, 'agent-forensics', 'Cache'))
    expect(place({ XDG_CACHE_HOME: join(folder, 'c') }, folder, 'linux')).toBe(join(folder, 'c', 'agent-forensics'))
    expect(place({ XDG_CACHE_HOME: 'relative' }, folder, 'linux')).toBe(join(folder, '.cache', 'agent-forensics'))
    expect(place({}, '', 'linux')).toBeNull()
    expect(findDemoRoot({ env: {}, home: '', platform: 'linux' })).toBeNull()
    expect(findDemoRoot({ env: {}, home: folder, platform: 'linux' })).toBe(
      join(cache.replace(/agent-forensics$/, '.cache/agent-forensics'), 'demo', '.claude', 'projects'),
    )
  })

  it.skipIf(process.platform === 'win32')('by its real path, since git tells no other', () => {
    mkdirSync(join(folder, 'real'))
    symlinkSync(join(folder, 'real'), join(folder, 'link'))
    expect(place({}, join(folder, 'link'), 'linux')).toBe(join(folder, 'real', '.cache', 'agent-forensics'))
  })
})

describe.skipIf(process.platform === 'win32')('a command that is stopped while it makes the sample', () => {
  let child: ChildProcess | undefined
  afterEach(() => child?.kill('SIGKILL'))

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('by %s leaves nothing, and no git behind it', async (signal, code) => {
    const [bin, asked] = [join(folder, 'bin'), join(folder, 'asked')]
    mkdirSync(bin)
    writeFileSync(join(bin, 'git'), `#!/bin/sh\necho $$ > '${asked}'\nexec sleep 20\n`)
    chmodSync(join(bin, 'git'), 0o755)
    const env = { ...process.env, PATH: `${bin}:${process.env['PATH']}`, XDG_CACHE_HOME: folder }
    child = spawn(process.execPath, [PROGRAM, 'scan', '--demo'], { env, stdio: 'ignore' })
    const ended = new Promise((done) => child?.on('exit', done))
    await expect.poll(() => existsSync(asked) && readFileSync(asked, 'utf8') !== '', { timeout: 20_000 }).toBe(true)
    expect(readdirSync(cache)).toEqual([expect.stringMatching(/^demo-draft-/)])
    child.kill(signal)
    expect(await ended).toBe(code)
    expect(readdirSync(cache)).toEqual([])
    const pid = Number(readFileSync(asked, 'utf8'))
    await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false)
  })

  variant('by kill -9 leaves a draft that no command takes for it, and that a later one removes', async () => {
    mkdirSync(join(cache, 'demo-draft-AbCdEf', 'shop'), { recursive: true, mode: 0o700 })
    await keepDemo(cache, NOW, NOW)
    expect(readdirSync(cache).toSorted()).toEqual(['demo', 'demo-draft-AbCdEf'])
    execFileSync('touch', ['-d', '2 days ago', join(cache, 'demo-draft-AbCdEf')])
    await removeDemo(cache)
    await keepDemo(cache, NOW, NOW)
    expect(readdirSync(cache)).toEqual(['demo'])
  })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
