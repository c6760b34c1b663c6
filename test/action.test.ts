import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

const project = fileURLToPath(new URL('..', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'agent-forensics-action-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const read = (name: string): string => readFileSync(join(project, name), 'utf8')
/** The script of a step of action.yml. */
const scriptOf = (step: string): string => {
  const [, block = ''] = new RegExp(`- name: ${step}\\n[^]*?\\n {6}run: \\|\\n((?: {8}.*\\n)+)`).exec(read('action.yml')) ?? []
  expect(block).not.toBe('')
  return block.replaceAll(/^ {8}/gm, '')
}
const runStep = (args: string) =>
  spawnSync('bash', ['-e', '-o', 'pipefail', '-c', scriptOf('Look for agents that died')], {
    cwd: scratch,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: scratch, GITHUB_ACTION_PATH: project, ARGUMENTS: args },
  })

describe.skipIf(process.platform === 'win32')('action.yml', () => {
  it('runs the words it is given, and nothing that a shell would make of them', () => {
    expect(runStep('explain retry_storm')).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringContaining('retry_storm') as string,
    })
    const odd = runStep('explain $(touch made) `touch made` ; touch made')
    expect(odd.status).toBe(2)
    expect(spawnSync('ls', ['-A', scratch], { encoding: 'utf8' }).stdout).toBe('')
  })

  it('has no transcripts to look at on a fresh machine, and says so', () => {
    const [, usual = ''] = /default: (scan .*)/.exec(read('action.yml')) ?? []
    expect(runStep(usual)).toMatchObject({ status: 3, stdout: '' })
    expect(runStep(usual).stderr).toContain('no transcripts at')
  })
})

describe('the workflows', () => {
  it.each(['action.yml', '.github/workflows/ci.yml', '.github/workflows/release.yml', 'docs/ci.md'])(
    '%s pins every action to a commit',
    (file) => {
      for (const [, name = '', at = ''] of read(file).matchAll(/uses: (\S+)@(\S+)/g))
        expect(at, name).toMatch(name.startsWith('OWNER/') ? /^<commit>$/ : /^[0-9a-f]{40}$/)
    },
  )
})
