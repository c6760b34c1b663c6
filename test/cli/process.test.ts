import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const PROGRAM = fileURLToPath(new URL('../../bin/agent-forensics.js', import.meta.url))

it('the version is told by the program itself, without anything else', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string }
  for (const argv of [['--version'], ['-V'], ['--quiet', '--version']]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...argv], { encoding: 'utf8' })
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' })
  }
})

it('an older Node gets a sentence, and nothing is loaded before', () => {
  const older = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '20.11.1' } })`
  // Nothing is built beside it.
  const alone = join(mkdtempSync(join(tmpdir(), 'agent-forensics-')), 'agent-forensics.mjs')
  copyFileSync(PROGRAM, alone)
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', older, alone, 'scan'], { encoding: 'utf8' })
  rmSync(dirname(alone), { recursive: true })
  const expected = 'agent-forensics: needs Node 20.12 or newer, this is 20.11.1\n'
  expect({ status, stdout, stderr }).toEqual({ status: 3, stdout: '', stderr: expected })
})
