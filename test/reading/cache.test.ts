import { IS_LONG } from '../long.ts'
import fc from 'fast-check'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { analyze } from '../../src/scan/scan.ts'
import { NotACache } from '../../src/ports/host.ts'
import type { CacheChange } from '../../src/transcript/run-cache.ts'
import { createFiles, type FileSystem, nodeFileSystem } from '../../src/node/files.ts'
import { noGit } from '../no-git.ts'
import { AGENT_FILE, filesOf, Home, MAIN_FILE, noProcesses, oneAgent, optionsFor, program, spyOn } from '../hostile/world.ts'
import { clientLine } from './client-lines.ts'

const SEED = 20_260_531

let home: Home
let folder: string
let path: string
beforeEach(() => {
  home = new Home()
  folder = mkdtempSync(join(tmpdir(), 'cache-'))
  path = join(folder, 'cache')
  home.plantAll(filesOf(oneAgent((agent) => agent.says('Looking.', 'tool_use').error('API Error: 529 Overloaded'))))
})
afterEach(() => {
  home.remove()
  rmSync(folder, { recursive: true })
})

/** Long after the files were written: what has just changed is not kept. */
const LATER = Date.parse('2099-01-01T00:00:00Z')

/** Whether each writing was of the whole file. */
const writes: boolean[] = []

async function report(
  cached: boolean,
  change: { readonly toolVersion?: string; readonly timeZone?: string } = {},
  system: FileSystem = nodeFileSystem,
) {
  const { files, opened } = spyOn(createFiles(system))
  const write = async ({ isWhole, pieces }: CacheChange): Promise<void> => {
    writes.push(isWhole)
    writeFileSync(path, [...pieces].join(''), { flag: isWhole ? 'w' : 'a' })
  }
  const host = { files, processes: noProcesses, git: noGit, ...(cached && { cache: { path, write } }) }
  const text = JSON.stringify(await analyze(optionsFor(home.path, { now: LATER, ...change }), host))
  return { text, read: opened.filter((each) => each.endsWith('.jsonl')).length }
}

const plain = async (): Promise<string> => (await report(false)).text

const digestOf = (body: string): string => createHash('sha256').update(body).digest('hex').slice(0, 32)

/** The same, as JSON, with each of its values in turn replaced by one of another kind. */
function wrongShapes(whole: unknown): string[] {
  const found: string[] = []
  const visit = (value: unknown, put: (other: unknown) => unknown): void => {
    found.push(JSON.stringify(put(typeof value === 'number' ? 'x' : typeof value === 'string' ? 7 : Array.isArray(value) ? {} : [])))
    if (typeof value !== 'object' || value === null) return
    for (const [key, each] of Object.entries(value)) {
      visit(each, (other) => put(Array.isArray(value) ? value.with(Number(key), other) : { ...value, [key]: other }))
    }
  }
  visit(whole, (other) => other)
  return found
}

describe('a cache', () => {
  it('answers for what did not change, and for nothing else', async () => {
    const expected = await plain()
    expect(await report(true)).toEqual({ text: expected, read: 2 })
    expect(await report(true)).toEqual({ text: expected, read: 0 })
    appendFileSync(join(home.path, AGENT_FILE), '{"type":"user","message":{"content":"Go on."}}\n')
    const changed = await plain()
    expect(changed).not.toBe(expected)
    expect(await report(true)).toEqual({ text: changed, read: 1 })
    truncateSync(join(home.path, AGENT_FILE), 40)
    expect(await report(true)).toEqual({ text: await plain(), read: 1 })
  })

  it('notices an edit of the same size whose time was set back', async () => {
    const file = join(home.path, AGENT_FILE)
    await report(true)
    const { atime, mtime } = statSync(file)
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('Looking.', 'Gazing..'))
    utimesSync(file, atime, mtime)
    expect(await report(true)).toEqual({ text: await plain(), read: 1 })
  })

  it('is written whole once, then added to, and left alone where nothing is new', async () => {
    writes.length = 0
    await report(true)
    const first = readFileSync(path, 'utf8')
    await report(true)
    expect(readFileSync(path, 'utf8')).toBe(first)
    home.plantAll(
      new Map([[AGENT_FILE.replace(/agent-[^/]*$/, 'agent-a00000000000000ff.jsonl'), '{"type":"user","message":{"content":"Go."}}\n']]),
    )
    expect((await report(true)).read).toBe(1)
    expect(readFileSync(path, 'utf8').startsWith(first)).toBe(true)
    // Its last line is torn: only that one is lost, and what is added begins a new line.
    truncateSync(path, first.length - 9)
    expect((await report(true)).read).toBe(2)
    expect(await report(true)).toEqual({ text: await plain(), read: 0 })
    expect(writes.slice(0, 2)).toEqual([true, false])
  })

  it('answers where a device has one name by its path and another by an open file, as on Windows', async () => {
    const system = {
      ...nodeFileSystem,
      fstat: (file: number) => Object.assign(nodeFileSystem.fstat(file), { dev: 7n }),
      stat: (each: string) => Object.assign(nodeFileSystem.stat(each), { dev: 3_000_000_007n }),
    }
    const first = await report(true, {}, system)
    expect(first.read).toBe(2)
    expect(await report(true, {}, system)).toEqual({ text: first.text, read: 0 })
  })

  it('tells files apart that a share does not number', async () => {
    const unnumbered = (each: string) => Object.assign(nodeFileSystem.stat(each), { ino: 0n })
    const expected = await plain()
    expect(await report(true, {}, { ...nodeFileSystem, stat: unnumbered, lstat: unnumbered })).toEqual({ text: expected, read: 2 })
  })

  it('of another version or time zone is not believed', async () => {
    await report(true)
    expect((await report(true, { toolVersion: '9.9.9' })).read).toBe(2)
    expect((await report(true, { toolVersion: '9.9.9', timeZone: 'Asia/Tokyo' })).read).toBe(2)
    expect((await report(true, { toolVersion: '9.9.9', timeZone: 'Asia/Tokyo' })).read).toBe(0)
  })

  it('of another build is not believed, whatever version that calls itself', async () => {
    await report(true)
    writeFileSync(path, readFileSync(path, 'utf8').replace(/ [0-9a-f]{16}\n/, ' 0123456789abcdef\n'))
    expect((await report(true)).read).toBe(2)
  })

  it('of another format is made anew', async () => {
    await report(true)
    const whole = readFileSync(path, 'utf8')
    for (const format of [5, 7]) {
      writeFileSync(path, whole.replace(/cache \d+/, `cache ${format}`))
      expect((await report(true)).read).toBe(2)
      expect(readFileSync(path, 'utf8')).toBe(whole)
    }
  })

  it('whose entries have another shape is a miss, and no report changes', async () => {
    await report(true)
    const [header = '', ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n')
    const expected = await plain()
    const entries = lines.map((line) => {
      const [key = '', json = ''] = line.slice(32).split('\t')
      return { key, kept: JSON.parse(json) as object }
    })
    for (const [at, { kept }] of entries.entries()) {
      for (const broken of [...wrongShapes(kept), 'null', '7', '[]', '{}', '{"facts":{}}', 'no JSON']) {
        const changed = entries.map(({ key, kept: whole }, index) => `${key}\t${index === at ? broken : JSON.stringify(whole)}`)
        writeFileSync(path, [header, ...changed.map((body) => digestOf(body) + body), ''].join('\n'))
        expect([broken, await report(true)]).toEqual([broken, { text: expected, read: 1 }])
      }
    }
  })

  it('forgets files that are gone, and keeps those of other roots', async () => {
    await report(true)
    const elsewhere = new Home()
    elsewhere.plantAll(filesOf(oneAgent((agent) => agent.says('Done.'))))
    const first = home
    home = elsewhere
    await report(true)
    rmSync(join(elsewhere.path, AGENT_FILE))
    await report(true)
    home = first
    expect((await report(true)).read).toBe(0)
    expect(readFileSync(path, 'utf8').match(/\t/g)).toHaveLength(3)
    elsewhere.remove()
  })

  it('changes no report, however it is damaged', async () => {
    await report(true)
    const whole = readFileSync(path)
    const expected = await plain()
    const damage = fc.oneof(
      fc.record({ at: fc.nat(whole.length - 1), bit: fc.nat(7) }).map(({ at, bit }) => {
        const bytes = Buffer.from(whole)
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
        return bytes
      }),
      fc.nat(whole.length).map((length) => whole.subarray(0, length)),
      fc
        .tuple(fc.nat(whole.length), fc.nat(whole.length))
        .map(([from, to]) => Buffer.concat([whole.subarray(0, from), whole.subarray(to)])),
    )
    await fc.assert(
      fc.asyncProperty(damage, async (bytes) => {
        writeFileSync(path, bytes)
        const answer = await report(true).catch((error: unknown) => error)
        // What does not begin as a cache is left alone.
        if (answer instanceof NotACache) expect(readFileSync(path).equals(bytes)).toBe(true)
        else expect(answer).toMatchObject({ text: expected })
      }),
      { seed: SEED, numRuns: IS_LONG ? 300 : 100 },
    )
  })

  it('is begun anew where a line of it is longer than any', async () => {
    await report(true)
    const expected = await plain()
    // A file with a hole: most of it is zeros that take no room on the disk.
    truncateSync(path, 2 ** 26)
    expect(await report(true)).toMatchObject({ text: expected })
    expect(statSync(path).size).toBeLessThan(2 ** 20)
  })

  it('is no file whose first line only begins like one', async () => {
    const text = `agent-forensics cache ${'x'.repeat(2_000)}\n`
    writeFileSync(path, text)
    await expect(report(true)).rejects.toThrow(NotACache)
    expect(readFileSync(path, 'utf8')).toBe(text)
  })

  it('holds whatever was found in a transcript', async () => {
    const lines = fc.array(clientLine, { maxLength: 8 }).map((each) => Buffer.concat(each.flatMap((line) => [line, Buffer.from('\n')])))
    await fc.assert(
      fc.asyncProperty(lines, lines, async (main, agent) => {
        home.plant(MAIN_FILE, main)
        home.plant(AGENT_FILE, agent)
        const expected = await plain()
        await report(true)
        expect(await report(true)).toEqual({ text: expected, read: 0 })
      }),
      { seed: SEED, numRuns: 60 },
    )
  })

  it('is not what has just been written: it may change again within the same tick of the clock', async () => {
    const { files } = spyOn(createFiles())
    let kept = ''
    const write = async ({ pieces }: CacheChange): Promise<void> => void (kept = [...pieces].join(''))
    await analyze(optionsFor(home.path, { now: statSync(join(home.path, MAIN_FILE)).mtimeMs + 1_000 }), {
      files,
      processes: noProcesses,
      git: noGit,
      cache: { path, write },
    })
    expect(kept).toMatch(/^agent-forensics cache 6 0\.0\.0-test [0-9a-f]{16}\n$/)
  })
})

describe('--cache', () => {
  it('leaves a file that is no cache as it is', async () => {
    const file = join(home.path, AGENT_FILE)
    const before = readFileSync(file)
    const { code, stderr, stdout } = await program(['--cache', file, '--json'], home.path)
    expect([code, stdout]).toEqual([3, ''])
    expect(stderr).toContain('is no cache of this program, and is left as it is')
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it.skipIf(process.platform === 'win32')('refuses a file that others may have written', async () => {
    await report(true)
    const refusedFor = async (): Promise<string> => {
      const { code, stderr, stdout } = await program(['--cache', path, '--json'], home.path)
      expect([code, stdout]).toEqual([3, ''])
      return stderr
    }
    for (const mode of [0o620, 0o602]) {
      chmodSync(path, mode)
      expect(await refusedFor()).toBe(
        `agent-forensics: --cache: ${path} is not read: others may write to it; remove it, or name another file\n`,
      )
    }
    chmodSync(path, 0o644)
    if (process.getuid?.() === 0) {
      chownSync(path, 12345, 12345)
      expect(await refusedFor()).toContain('it belongs to another user')
      chownSync(path, 0, 0)
    }
    renameSync(path, `${path}-real`)
    symlinkSync(`${path}-real`, path)
    expect(await refusedFor()).toContain('it is a link')
  })

  it('is written only where it is asked for', async () => {
    await program(['--json'], home.path)
    expect(existsSync(path)).toBe(false)
  })
})
