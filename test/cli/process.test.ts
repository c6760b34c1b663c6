import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const PROGRAM = fileURLToPath(new URL('../../bin/agent-forensics.js', import.meta.url))
const ROOT = fileURLToPath(new URL('../../fixtures/cases/', import.meta.url))

/** The built program, with real threads. */
function printed(...argv: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const always = ['--root', ROOT, '--since', 'all', '--no-git', '--json', '--now', '2026-11-22T00:00:00Z', '--time-zone', 'UTC']
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, 'scan', ...always, ...argv], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  return { status, stdout, stderr }
}

it('however many threads read, the report is the same', () => {
  const alone = printed('--threads', '1')
  expect(JSON.parse(alone.stdout)).toMatchObject({ sessions: { length: expect.any(Number) as number } })
  expect(printed('--threads', '4')).toEqual(alone)
  expect(printed()).toEqual(alone)
})

it('the version is told by the program itself, without anything else', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string }
  for (const argv of [['--version'], ['-V'], ['--quiet', '--version']]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...argv], { encoding: 'utf8' })
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' })
  }
})

it('no number of threads is none', () => {
  for (const count of ['0', '65', 'all', '1.5']) {
    const { status, stderr } = printed('--threads', count)
    expect([status, stderr]).toEqual([2, expect.stringContaining('Allowed: 1 to 64.')])
  }
})
