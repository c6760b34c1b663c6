import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { Ambiguous, createHost, NothingToScan, NotFound, ReportSchema, scan, show, ShowDocumentSchema } from '../src/index.ts'
import { Tree } from './records/tree.ts'

const project = fileURLToPath(new URL('..', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'agent-forensics-library-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const NOW = Date.parse('2026-05-31T12:00:00Z')
const config = join(scratch, '.claude')
const tree = new Tree('2.1.332')
const main = tree.session()
main.returns(main.launch(1).says('Done.'), 'Done.')
const limited = main.launch(2)
limited.bash('npm test').fiveHours('2026-05-31T15:00:00Z', '3pm (UTC)')
main.returns(limited, "You've hit your session limit · resets 3pm (UTC)")
tree.write(config)
for (const { path } of tree.scripts) utimesSync(join(config, path), NOW / 1000, NOW / 1000)

const LIMITED = limited.who.agentId ?? ''
const options = { roots: [join(config, 'projects')], now: NOW, timeZone: 'UTC', git: false } as const

describe('the library', () => {
  test('needs no more than what differs from the command line', async () => {
    const report = await scan(options)
    expect(ReportSchema.safeParse(report).success).toBe(true)
    expect(report.agents.map(({ agentId, reason }) => ({ agentId, reason }))).toContainEqual({ agentId: LIMITED, reason: 'rate_limited' })
    expect(report.options).toMatchObject({ since: '2026-05-24T12:00:00.000Z', until: null })
    expect((await scan({ ...options, since: NOW - 1, now: NOW + 1, reasons: ['completed'] })).agents).toMatchObject([
      { reason: 'completed' },
    ])
  })

  test('looks where the command looks', async () => {
    vi.stubEnv('CLAUDE_CONFIG_DIR', config)
    const { agents } = await scan({ now: NOW, git: false })
    expect(agents).toHaveLength(2)
  })

  test('shows one agent, and throws what an id without an answer means', async () => {
    const document = await show(LIMITED, options)
    expect(ShowDocumentSchema.safeParse(document).success).toBe(true)
    expect(document).toMatchObject({ of: 'agent', id: LIMITED })
    await expect(show('nobody', options)).rejects.toThrow(NotFound)
    await expect(show('a', options)).rejects.toThrow(Ambiguous)
    await expect(scan({ ...options, roots: [join(scratch, 'nowhere')] })).rejects.toThrow(NothingToScan)
  })

  test('takes another machine', async () => {
    const machine = createHost()
    const opened: string[] = []
    const files = { ...machine.files, open: (path: string) => (opened.push(path), machine.files.open(path)) }
    await scan(options, { ...machine, files })
    expect(opened).toContain(join(config, limited.path))
  })

  // With what the package exports: the types that a user sees, and the code that a user runs.
  test('the program of docs/library.md compiles and runs', () => {
    const [, program = ''] = /```ts\n([^]*?)```/.exec(readFileSync(join(project, 'docs/library.md'), 'utf8')) ?? []
    expect(program.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(10)
    mkdirSync(join(scratch, 'node_modules/@types'), { recursive: true })
    symlinkSync(project, join(scratch, 'node_modules/agent-forensics'), 'junction')
    symlinkSync(join(project, 'node_modules/@types/node'), join(scratch, 'node_modules/@types/node'), 'junction')
    writeFileSync(join(scratch, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(scratch, 'look.ts'), program)
    const tsc = join(project, 'node_modules/typescript/bin/tsc')
    const asked = [
      '--strict',
      '--skipLibCheck',
      '--exactOptionalPropertyTypes',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--types',
      'node',
      'look.ts',
    ]
    const compiled = spawnSync(process.execPath, [tsc, ...asked], { cwd: scratch, encoding: 'utf8' })
    expect(compiled).toMatchObject({ status: 0, stdout: '' })
    const env = { PATH: process.env['PATH'], HOME: scratch, CLAUDE_CONFIG_DIR: config }
    for (const { path } of tree.scripts) utimesSync(join(config, path), new Date(), new Date())
    writeFileSync(join(scratch, 'run.js'), readFileSync(join(scratch, 'look.js'), 'utf8').replace('process.cwd()', "'/home/dev/app'"))
    expect(spawnSync(process.execPath, ['run.js'], { cwd: scratch, env, encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
      stdout: `${LIMITED} rate_limited (high) part 2\n`,
    })
  })
})
