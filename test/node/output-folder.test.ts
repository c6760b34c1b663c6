import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OutputRefused } from '../../src/ports/host.ts'
import { removeUnfinished } from '../../src/node/leftovers.ts'
import { createOutputFolder, type WritingSystem } from '../../src/node/output-folder.ts'

let home: string
let out: string
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'output-')))
  out = join(home, 'out')
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(OutputRefused)
  return (error as OutputRefused).code
}
const real: WritingSystem = { ...fs, mkdir: (path, mode) => fs.mkdir(path, { mode }) }

describe.skipIf(process.platform === 'win32')('an output folder', () => {
  it('is for its owner only, and so is all that is written below it', async () => {
    const folder = await createOutputFolder(out)
    await folder.write(['tree', 'src', 'a.txt'], bytes('a'))
    expect(readFileSync(join(out, 'tree/src/a.txt'), 'utf8')).toBe('a')
    const modes = ['', 'tree', 'tree/src', 'tree/src/a.txt'].map((path) => statSync(join(out, path)).mode & 0o777)
    expect(modes).toEqual([0o700, 0o700, 0o700, 0o600])
  })

  it('may be there, if it is empty, and is shut then', async () => {
    mkdirSync(out, { mode: 0o777 })
    chmodSync(out, 0o777)
    await createOutputFolder(out)
    expect(statSync(out).mode & 0o777).toBe(0o700)
  })

  it('is refused with anything in it, and left as it is', async () => {
    mkdirSync(out)
    chmodSync(out, 0o755)
    writeFileSync(join(out, 'mine'), 'mine')
    expect(await codeOf(createOutputFolder(out))).toBe('not_empty')
    expect(statSync(out).mode & 0o777).toBe(0o755)
  })

  it('goes with all that is in it where the process ends before its job, and tells where it was killed', async () => {
    const folder = await createOutputFolder(out)
    await folder.write(['files', '1-abc.txt'], bytes('a'))
    // A killed run cannot take anything away; the next one says what it finds.
    expect(await codeOf(createOutputFolder(out))).toBe('unfinished')
    removeUnfinished()
    expect(readdirSync(home)).toEqual([])
    mkdirSync(out)
    await (await createOutputFolder(out)).write(['tree', 'a'], bytes('a'))
    removeUnfinished()
    expect(readdirSync(out)).toEqual([])
    const whole = await createOutputFolder(out)
    await whole.write(['manifest.json'], bytes('{}'))
    whole.finish()
    removeUnfinished()
    expect(readdirSync(out)).toEqual(['manifest.json'])
    expect(await codeOf(createOutputFolder(out))).toBe('not_empty')
  })

  it('is refused where a link, a file, or nothing to put it into is', async () => {
    mkdirSync(join(home, 'elsewhere'))
    symlinkSync(join(home, 'elsewhere'), out)
    expect(await codeOf(createOutputFolder(out))).toBe('is_a_link')
    writeFileSync(join(home, 'file'), '')
    expect(await codeOf(createOutputFolder(join(home, 'file')))).toBe('ENOTDIR')
    expect(await codeOf(createOutputFolder(join(home, 'no', 'out')))).toBe('ENOENT')
    expect(existsSync(join(home, 'no'))).toBe(false)
  })

  it('follows no link that somebody puts into it later (S03)', async () => {
    const folder = await createOutputFolder(out)
    const elsewhere = join(home, 'elsewhere')
    mkdirSync(elsewhere)
    writeFileSync(join(elsewhere, 'victim'), 'mine')
    symlinkSync(elsewhere, join(out, 'tree'))
    symlinkSync(join(elsewhere, 'victim'), join(out, 'a.txt'))
    symlinkSync(join(elsewhere, 'new'), join(out, 'b.txt'))
    expect(await codeOf(folder.write(['tree', 'x'], bytes('x')))).toBe('is_a_link')
    expect(await codeOf(folder.write(['a.txt'], bytes('x')))).toBe('EEXIST')
    expect(await codeOf(folder.write(['b.txt'], bytes('x')))).toBe('EEXIST')
    expect(readdirSync(elsewhere)).toEqual(['victim'])
    expect(readFileSync(join(elsewhere, 'victim'), 'utf8')).toBe('mine')
  })

  it('notices that a link stands in its own place now', async () => {
    const folder = await createOutputFolder(out)
    mkdirSync(join(home, 'elsewhere'))
    rmSync(out, { recursive: true })
    symlinkSync(join(home, 'elsewhere'), out)
    expect(await codeOf(folder.write(['x'], bytes('x')))).toBe('is_a_link')
    expect(readdirSync(join(home, 'elsewhere'))).toEqual([])
  })

  it('overwrites nothing, and takes no name for a path', async () => {
    const folder = await createOutputFolder(out)
    await folder.write(['a'], bytes('1'))
    expect(await codeOf(folder.write(['a'], bytes('2')))).toBe('EEXIST')
    expect(await codeOf(folder.write(['a', 'b'], bytes('2')))).toBe('ENOTDIR')
    for (const parts of [[], ['..', 'x'], ['x/y'], ['x\\y'], [''], ['.'], ['x\0']]) {
      expect(await codeOf(folder.write(parts, bytes('2'))), JSON.stringify(parts)).toBe('unsafe_name')
    }
    expect(readFileSync(join(out, 'a'), 'utf8')).toBe('1')
    expect(readdirSync(home)).toEqual(['out'])
  })

  it('leaves no half of a file on a full disk (S07)', async () => {
    const full: WritingSystem = {
      ...real,
      async open(path, flags, mode) {
        const file = await fs.open(path, flags, mode)
        return {
          async writeFile(data) {
            await file.writeFile((data as Uint8Array).subarray(0, 1))
            throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
          },
          close: () => file.close(),
        }
      },
    }
    const folder = await createOutputFolder(out, full)
    expect(await codeOf(folder.write(['a'], bytes('abc')))).toBe('ENOSPC')
    expect(readdirSync(out)).toEqual([])
  })

  it('tells an error without a code, too', async () => {
    const broken: WritingSystem = { ...real, lstat: () => Promise.reject(new Error('odd')) }
    expect(await codeOf(createOutputFolder(out, broken))).toBe('UNKNOWN')
    expect(() => lstatSync(out)).toThrow('ENOENT')
  })
})
