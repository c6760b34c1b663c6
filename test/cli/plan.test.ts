import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { main } from '../../src/cli/main.ts'
import { createDemo } from '../../src/demo/demo.ts'
import { AGENTS } from '../demo/incident.ts'
import type { Demo } from '../../src/ports/host.ts'
import { type Action, ActionSchema } from '../../src/plan/action.ts'
import { type Report } from '../../src/report/report.ts'
import { createFiles } from '../../src/node/files.ts'
import { createGit } from '../../src/node/git.ts'
import { createProcesses } from '../../src/node/processes.ts'
import { createProgramHost } from '../../src/node/program-host.ts'
import { goodNews, incident, NOW, run, type World } from './fake-host.ts'

function action(id: string, kind: Action['kind'], more: Partial<Action> = {}): Action {
  return {
    id,
    kind,
    title: `Title of ${id}`,
    why: 'Because.',
    commands: [{ cwd: '/work/repo', argv: ['git', 'status'] }],
    preconditions: ['it is so'],
    notBefore: null,
    dependsOn: [],
    risk: 'some',
    cost: 'little',
    agents: [],
    ...more,
  }
}

const ACTIONS: readonly Action[] = [
  action('preserve-a1', 'preserve', {
    commands: [{ cwd: '/work/repo', argv: ['sh', '-c', `# text\n${':\n'.repeat(300)}`, 'preserve', 'x'] }],
    agents: ['a1'],
  }),
  action('wait-five_hour', 'wait', { commands: [], notBefore: new Date(NOW + 7_200_000).toISOString(), dependsOn: ['preserve-a1'] }),
  action('resume-a1', 'resume', { dependsOn: ['preserve-a1', 'wait-five_hour'], agents: ['a1'] }),
  action('push-b', 'push'),
  action('inspect-x', 'inspect', { commands: [] }),
  action('clean_up-c', 'clean_up', { dependsOn: ['resume-a1'] }),
]
const planned = (actions: readonly Action[] = ACTIONS, from: Report = incident()): Report => ({
  ...from,
  plan: { actions: structuredClone([...actions]) },
})
const json = (text: string): { readonly actions: readonly Action[] } => JSON.parse(text) as { actions: Action[] }

describe('what is asked of the analysis', () => {
  it('the wishes of the command line', async () => {
    const argv =
      'plan --headless --budget 1.5 --batch 2 --max-attempts 4 --client-version 2.1.156 --ref refs/backup --bundle out --max-file 2G'
    const { asked } = await run(argv.split(' '), { report: planned() })
    expect(asked?.plan).toEqual({
      client: { version: '2.1.156', source: 'installed', client: 'claude-code' },
      headless: true,
      budget: 1.5,
      batch: 2,
      maxAttempts: 4,
      ref: 'refs/backup',
      push: false,
      bundle: '/work/here/out',
      maxFileBytes: 2 * 1024 ** 3,
    })
  })

  it('the installed client is asked, but not for the sample incident, and a scan asks nobody', async () => {
    let questions = 0
    const client = {
      version: async () => {
        questions += 1
        return '2.1.220'
      },
    }
    const world: World = { report: planned(), client }
    expect((await run(['plan'], world)).asked?.plan?.client).toEqual({ version: '2.1.220', source: 'installed', client: 'claude-code' })
    expect((await run(['plan', '--demo'], world)).asked?.plan?.client).toBeNull()
    expect((await run(['scan'], world)).asked?.plan).toBeUndefined()
    expect((await run(['plan'], { report: planned() })).asked?.plan?.client).toBeNull()
    expect(questions).toBe(1)
  })

  it.each([
    ['--emit', 'csh'],
    ['--only', 'resume,everything'],
    ['--batch', '0'],
    ['--stagger', 'soon'],
    ['--max-attempts', '-1'],
    ['--budget', '0'],
    ['--budget', '$5'],
    ['--client-version', 'latest'],
    ['--ref', 'rescue'],
    ['--ref', 'refs/heads/a..b'],
    ['--ref', 'refs/heads/$(id)'],
    ['--ref', 'refs/heads/-x'],
    ['--ref', 'refs/not-pushed'],
    ['--max-file', '1T'],
    ['--emit', 'sh', '--json'],
    ['--emit', 'sh', '--format', 'markdown'],
    ['--check', '--emit', 'sh'],
    ['--push', '--bundle', 'out'],
  ])('wrong usage: %s %s %s', async (...argv) => {
    expect((await run(['plan', ...argv], { report: planned() })).code).toBe(2)
  })
})

describe('--check', () => {
  it('1 and a line for each while somebody is to be brought back, 0 and nothing when nobody is', async () => {
    const left = await run(['plan', '--check'], { report: planned() })
    expect([left.code, left.stdout]).toEqual([1, ''])
    expect(left.stderr).toBe('agent-forensics: left: resume-a1: Title of resume-a1\n')
    const none = await run(['plan', '--check'], { report: planned(ACTIONS.filter(({ kind }) => kind !== 'resume')) })
    expect([none.code, none.stdout, none.stderr]).toEqual([0, '', ''])
    expect((await run(['plan', '--check', '--only', 'promote,redispatch'], { report: planned() })).code).toBe(0)
    expect((await run(['plan', '--check', '--quiet'], { report: planned() })).stderr).toBe('')
  })

  it('an agent or a session that is not there is not taken for done', async () => {
    const nobody = { ...goodNews(), agents: [], sessions: [] }
    expect((await run(['plan', '--check', '--agent', 'typo'], { report: planned([], nobody) })).code).toBe(3)
    expect((await run(['plan', '--check', '--session', 'typo'], { report: planned([], nobody) })).code).toBe(3)
    expect((await run(['plan', '--check'], { report: planned([], nobody) })).code).toBe(0)
  })
})

describe('the list', () => {
  it('has numbers, steps, what must be true, and one command at its end', async () => {
    const { stdout, code } = await run(['plan', '--time-zone', 'UTC'], { report: planned(), columns: 80 })
    expect(code).toBe(0)
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(stdout.match(/^ ?\d+ {2}Title of \S+$/gm)).toEqual(ACTIONS.map(({ id }, index) => ` ${index + 1}  Title of ${id}`))
    expect(stdout).toMatch(
      /Keep what exists only here[^]*Get past what blocks[^]*Bring the agents back[^]*Deliver what is done[^]*Clean up/,
    )
    expect(stdout).toMatch(/ {4}when {2}not before 2026-05-31 22:10 \(UTC\), in 2h/)
    expect(stdout).toMatch(/ {4}run {3}cd \/work\/repo && git status\n/)
    expect(stdout).toMatch(/ {4}run {3}agent-forensics plan [^]*--agent a1 --only preserve \\?\s*--emit sh \| sh\n/)
    expect(stdout).not.toContain('# text')
    expect(stdout.trimEnd().split('\n').slice(-6).join('\n')).toMatch(/^Next {9}agent-forensics plan .*--only preserve/m)
  })

  it('is for people: nothing in it moves a cursor or wears a colour that nobody asked for', async () => {
    const evil = planned([
      action('resume-a1', 'resume', {
        title: '\u001b[2J\u202eevil',
        why: 'a\u0007b',
        commands: [{ cwd: "/tmp/it's", argv: ['claude', '$(id)\u001b[31m'] }],
      }),
    ])
    for (const format of ['table', 'markdown']) {
      const { stdout } = await run(['plan', '--format', format], { report: evil })
      expect(stdout).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/)
      expect(stdout).toContain('$(id)')
    }
    const { stdout } = await run(['plan'], { report: evil })
    expect(stdout).toContain(`cd '/tmp/it'\\''s' && claude`)
  })

  it('as Markdown too, and with nothing to do it says so', async () => {
    const { stdout } = await run(['plan', '--format', 'markdown'], { report: planned() })
    expect(stdout).toMatch(/^## Recovery plan\n/)
    expect(stdout).toContain('### Bring the agents back\n\n3. **Title of resume-a1**')
    expect(stdout).toContain('   ```sh\n   cd /work/repo && git status\n   ```\n')
    const nothing = await run(['plan'], { report: planned([], goodNews()) })
    expect(nothing.stdout).toMatch(/Plan +Nothing to do\.[^]*Next +Nothing to do\./)
  })

  it('the command that makes it again has the options that matter', async () => {
    const report = planned()
    report.options = { ...report.options, roots: ["/srv/it's/projects"], since: null, project: '/work/a b', session: '6f1b' }
    const { stdout } = await run(['plan'], { report, columns: 300 })
    expect(stdout).toContain(
      `agent-forensics plan --root '/srv/it'\\''s/projects' --project '/work/a b' --session 6f1b --since all --only preserve`,
    )
  })
})

describe('--only and --emit json', () => {
  it('the actions of these kinds, depending on nothing that is left out', async () => {
    const { stdout, stderr } = await run(['plan', '--only', 'resume,clean_up', '--emit', 'json'], { report: planned() })
    expect(json(stdout).actions.map(({ id, dependsOn }) => [id, dependsOn])).toEqual([
      ['resume-a1', []],
      ['clean_up-c', ['resume-a1']],
    ])
    expect(stderr).toBe('')
  })

  it('holds the actions as they are, with the version of their form, and leaves nothing out', async () => {
    const bad = action('bad', 'push', { commands: [{ cwd: '-', argv: ['a\nb', '\u202e'] }] })
    const report = planned([...ACTIONS, bad])
    const { stdout, stderr } = await run(['plan', '--emit', 'json'], { report })
    const { formatVersion, generatedAt, complete } = report
    expect(JSON.parse(stdout)).toEqual({ formatVersion, generatedAt, complete, actions: [...ACTIONS, bad] })
    for (const each of json(stdout).actions) expect(() => ActionSchema.parse(each)).not.toThrow()
    expect(stderr).toBe('')
  })

  it('--json is the same, and --output writes it', async () => {
    const world = { report: planned() }
    const { stdout } = await run(['plan', '--emit', 'json'], world)
    expect(json(stdout).actions).toEqual(ACTIONS)
    expect((await run(['plan', '--json'], world)).stdout).toBe(stdout)
    expect((await run(['plan', '--json', '--output', 'p.json'], world)).written).toEqual({ '/work/here/p.json': stdout })
  })

  it('--strict and --fail-on speak here as in a scan', async () => {
    expect((await run(['plan', '--fail-on', 'any'], { report: planned() })).code).toBe(1)
    expect((await run(['plan', '--emit', 'json', '--strict'], { report: planned() })).code).toBe(3)
    expect((await run(['plan', '--fail-on', 'at-risk', '--no-git'], { report: planned() })).code).toBe(2)
  })
})

describe('a script', () => {
  it('leaves out what others see or what is gone afterwards, unless it is asked for, and says so', async () => {
    const world = {
      report: planned([
        action('push-b', 'push', { commands: [{ cwd: '/w', argv: ['git', 'push', 'B'] }] }),
        action('clean_up-c', 'clean_up'),
      ]),
    }
    const plain = await run(['plan', '--emit', 'sh'], world)
    expect(plain.stdout).not.toContain('push')
    expect(plain.stderr).toContain('2 actions left out of the script: push, clean_up (--only names what is wanted)')
    expect((await run(['plan', '--emit', 'sh', '--push'], world)).stdout).toMatch(/push/)
    expect((await run(['plan', '--emit', 'sh', '--only', 'push'], world)).stdout).toMatch(/push/)
    expect((await run(['plan', '--emit', 'sh', '--quiet'], world)).stderr).toBe('')
  })
})

describe('keeping work', () => {
  it('--only preserve takes along the pushes of what was kept, and no other', async () => {
    const pushes = ['push-kept-a', 'push-b'].map((id) => action(id, 'push', { commands: [{ cwd: '/w', argv: ['git', 'push', id] }] }))
    const world = { report: planned([action('preserve-a', 'preserve'), ...pushes]) }
    const { stdout } = await run(['plan', '--emit', 'json', '--only', 'preserve', '--push'], world)
    expect(json(stdout).actions.map(({ id }) => id)).toEqual(['preserve-a', 'push-kept-a'])
    const script = await run(['plan', '--emit', 'sh', '--only', 'preserve', '--push'], world)
    expect(script.stdout).toContain("'git' 'push' 'push-kept-a'")
  })

  it('says of a script for the sample incident that it cannot be run', async () => {
    const world = { report: planned([action('preserve-a', 'preserve')]) }
    expect((await run(['plan', '--emit', 'sh', '--demo'], world)).stderr).toContain('to read, not to run')
    expect((await run(['plan', '--emit', 'sh'], world)).stderr).not.toContain('to read, not to run')
  })

  it('a script without a step says that there is nothing to do', async () => {
    const { stdout } = await run(['plan', '--emit', 'sh', '--only', 'preserve'], { report: planned([action('push-b', 'push')]) })
    expect(stdout).toContain("af_note 'There is nothing to do.'")
  })
})

describe('the sample incident, kept by its own script', () => {
  let demo: Demo
  let repo: string
  let scripts: string
  beforeAll(async () => {
    demo = await createDemo(Date.parse('2026-11-21T07:03:20Z'))
    repo = join(dirname(dirname(demo.root)), 'shop')
    scripts = await mkdtemp(join(tmpdir(), 'plan-script-'))
  })
  afterAll(async () => {
    await demo.dispose()
    await rm(scripts, { recursive: true })
  })

  const program = async (...argv: readonly string[]): Promise<{ readonly code: number; readonly stdout: string }> => {
    const out: string[] = []
    const host = createProgramHost({ files: createFiles(), processes: createProcesses(), git: createGit(), demo: createDemo })
    const stdout = { isTTY: false, columns: 80, write: async (text: string) => out.push(text) > 0 }
    const code = await main(['plan', '--root', demo.root, '--now', new Date(demo.now).toISOString(), ...argv], {
      ...host,
      env: {},
      stdout,
      stderr: { ...stdout, write: async () => true },
    })
    return { code, stdout: out.join('') }
  }
  const shell = (program_: string, ...args: readonly string[]): Promise<string> =>
    new Promise((done, fail) =>
      execFile(program_, [...args], { cwd: repo }, (error, stdout) => (error === null ? done(stdout) : fail(error))),
    )

  it('says every step, and keeps what exists only here, twice as once', async () => {
    const { stdout } = await program('--emit', 'sh', '--only', 'preserve')
    const path = join(scripts, 'keep.sh')
    await writeFile(path, stdout)
    await shell('sh', path)
    await shell('sh', path)
    const refs = (await shell('git', 'for-each-ref', '--format=%(refname)', 'refs/heads/rescue', 'refs/not-pushed')).trim().split('\n')
    expect(refs).toEqual([
      `refs/heads/rescue/${AGENTS.prices}`,
      `refs/heads/rescue/${AGENTS.refundTests}`,
      `refs/heads/rescue/worktree-agent-${AGENTS.swept}`,
      `refs/not-pushed/rescue/${AGENTS.prices}/ignored`,
    ])
    expect(await shell('git', 'show', `rescue/${AGENTS.prices}:src/invoice.js`)).toContain('item.cents')
    expect(await shell('git', 'show', `refs/not-pushed/rescue/${AGENTS.prices}/ignored:build/e2e-report.txt`)).toContain('214 of 380')
    expect((await program('--check')).code).toBe(1)
    expect((await program('--check', '--agent', AGENTS.csvExport)).code).toBe(0)
  })
})
