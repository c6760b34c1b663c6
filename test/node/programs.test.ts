import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { trustedPath } from '../../src/node/programs.ts'
import { createPrograms } from '../../src/node/start-program.ts'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'agent-forensics-programs-')))
const log = join(folder, 'out.log')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A program that says its words, its folder and its variables. */
function plant(path: string): string {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(
    path,
    `#!${process.execPath}\nconsole.log(JSON.stringify({ words: process.argv.slice(2), cwd: process.cwd(), path: process.env.PATH, code: process.env.CLAUDECODE ?? null, me: __filename }))\n`,
  )
  chmodSync(path, 0o755)
  return path
}

async function run(
  call: { readonly argv: readonly string[]; readonly cwd?: string; readonly timeoutMs?: number },
  path: string,
): Promise<unknown> {
  rmSync(log, { force: true })
  const programs = createPrograms({ PATH: path, CLAUDECODE: '1', HOME: folder })
  const end = await programs.start({ cwd: folder, output: { file: log }, without: ['CLAUDECODE'], ...call }).ended
  return 'code' in end && end.code === 0 ? (JSON.parse(readFileSync(log, 'utf8')) as unknown) : end
}

describe('a program', () => {
  const bin = join(folder, 'bin')
  plant(join(bin, 'tool'))

  test('gets its words as they are, whatever is in them, and no shell sees them', async () => {
    const words = ['$(touch x)', '`id`', "a'b", 'a"b', '; rm -rf /', '', ' ', '*', '\\', 'line\nbreak', '--resume=x y', '%PATH%', 'ünïcödé']
    expect(await run({ argv: ['tool', ...words] }, bin)).toMatchObject({ words, cwd: folder, code: null })
  })

  test('writes into a file for its owner alone', async () => {
    await run({ argv: ['tool'] }, bin)
    expect(statSync(log).mode & 0o777).toBe(0o600)
  })

  test('is never one of the project that is recovered', async () => {
    const packages = join(folder, 'app', 'node_modules', '.bin')
    plant(join(packages, 'tool'))
    plant(join(folder, 'tool'))
    const path = [packages, '', '.', 'bin', `${packages}/`, bin].join(delimiter)
    expect(trustedPath(path)).toEqual([bin])
    expect(await run({ argv: ['tool'] }, path)).toMatchObject({ me: join(bin, 'tool'), path: bin })
    expect(await run({ argv: ['tool'] }, packages)).toEqual({ error: 'tool was not found on the PATH' })
    expect(await run({ argv: ['./tool'] }, bin)).toEqual({ error: './tool was not found on the PATH' })
  })

  test('that cannot be started says why', async () => {
    expect(await run({ argv: ['tool'], cwd: join(folder, 'gone') }, bin)).toEqual({
      error: `the folder ${join(folder, 'gone')} is not there`,
    })
    writeFileSync(join(bin, 'text'), 'no program')
    expect(await run({ argv: ['text'] }, bin)).toEqual({ error: 'text was not found on the PATH' })
  })

  test('that takes too long is ended', async () => {
    writeFileSync(join(bin, 'slow'), `#!${process.execPath}\nsetTimeout(() => {}, 60_000)\n`)
    chmodSync(join(bin, 'slow'), 0o755)
    expect(await run({ argv: ['slow'], timeoutMs: 200 }, bin)).toEqual({ code: null, signal: 'SIGKILL' })
  })
})
