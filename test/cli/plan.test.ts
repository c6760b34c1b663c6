import { variant } from '../long.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { main } from '../../src/cli/main.ts'
import { AGENTS } from '../demo/incident.ts'
import { type OpenedDemo, openDemo } from '../demo/open-demo.ts'
import { World as Tools } from '../emit/world.ts'
import { planTable } from '../../src/report/plan-table.ts'
import { RECOVERY_KINDS } from '../../src/plan/action-kinds.ts'
import { readReport } from '../../src/report/read-report.ts'
import { PLAIN_WISHES } from '../../src/plan/wishes.ts'
import { type Action, ActionSchema } from '../../src/plan/action.ts'
import { type Report } from '../../src/report/report.ts'
import { createFiles } from '../../src/node/files.ts'
import { createGit } from '../../src/node/git.ts'
import { createProcesses } from '../../src/node/processes.ts'
import { noGitWriter } from '../no-git.ts'
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
    session: null,
    ...more,
  }
}

const ACTIONS: readonly Action[] = [
  action('preserve-a1', 'preserve', {
    commands: [{ cwd: '/work/repo', argv: ['sh', '-c', `# text\n${':\n'.repeat(300)}`, 'preserve', 'x'] }],
    agents: ['a1'],
  }),
  action('wait-five_hour', 'wait', { commands: [], notBefore: new Date(NOW + 7_200_000).toISOString(), dependsOn: ['preserve-a1'] }),
  action('resume-a1', 'resume', {
    dependsOn: ['preserve-a1', 'wait-five_hour'],
    notBefore: new Date(NOW + 7_200_000).toISOString(),
    agents: ['a1'],
  }),
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
      ...PLAIN_WISHES,
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
    const empty = goodNews()
    const nobody = { ...empty, agents: [], sessions: [], counts: { ...empty.counts, agents: 0, internal: 0 } }
    expect(
      (
        await run(['plan', '--check', '--agent', 'typo'], {
          report: planned([], { ...nobody, options: { ...nobody.options, agent: 'typo' } }),
        })
      ).code,
    ).toBe(3)
    expect(
      (
        await run(['plan', '--check', '--session', 'typo'], {
          report: planned([], { ...nobody, options: { ...nobody.options, session: 'typo' } }),
        })
      ).code,
    ).toBe(3)
    expect((await run(['plan', '--check'], { report: planned([], nobody) })).code).toBe(0)
  })
})

describe('the list', () => {
  it('has groups, numbers, a command for each step, one for all of it, and one that shows a step in full', async () => {
    const { stdout, code } = await run(['plan', '--time-zone', 'UTC'], { report: planned(), columns: 80 })
    expect(code).toBe(0)
    const [first, ...groups] = stdout.split('\n\n')
    expect(first).toBe(`5 steps: save 1, recover 1 agent, deliver 2, clean up 1. To do all of it, step
by step: agent-forensics recover --time-zone UTC`)
    expect(groups.slice(1)).toEqual([
      'Save, before any claude command\n    agent-forensics preserve --time-zone UTC\n 1  Title of preserve-a1',
      'Recover after 22:10, in 2 h\n 2  Title of resume-a1\n    agent-forensics recover --action resume-a1 --time-zone UTC',
      'Deliver\n 3  Title of push-b\n    cd /work/repo && git status\n 4  Title of inspect-x',
      'Clean up, after checking\n 5  Title of clean_up-c',
      'One step in full: agent-forensics plan 2 --time-zone UTC\n',
    ])
  })

  it('shows each of two limits that one step waits for, with its time', async () => {
    const [five, week] = [7_200_000, 432_000_000].map((ms) => new Date(NOW + ms).toISOString())
    const waits = [five, week].map((notBefore, index) => action(`wait-${index}`, 'wait', { commands: [], notBefore: notBefore ?? null }))
    const later = action('resume-a1', 'resume', { dependsOn: ['wait-0', 'wait-1'], notBefore: week ?? null, agents: ['a1'] })
    const { stdout } = await run(['plan', '--time-zone', 'UTC'], { report: planned([...waits, later]) })
    expect(stdout).toMatch(/\nUnblock\n 1 {2}Title of wait-0: 22:10, in 2 h\n 2 {2}Title of wait-1: 5 Jun 20:10, in 5 days\n/)
    expect(stdout).toContain('Recover after steps 1, 2 and 5 Jun 20:10')
  })

  it('puts questions under Decide, and says why a step has no command', async () => {
    const questions = ['permission', 'stopped', 'done', 'unknown'].map((word) => action(`inspect-${word}-a`, 'inspect'))
    const held = action('resume-a1', 'resume', { commands: [], preconditions: ['Process 7 has it open: leave it. More.'] })
    const { stdout } = await run(['plan'], { report: planned([...questions, held]) })
    expect(stdout).toContain('\nDecide\n 1  Title of inspect-permission-a')
    expect(stdout).not.toContain('Deliver')
    expect(stdout).toContain('Title of resume-a1\n    Process 7 has it open.\n')
    expect(stdout).toMatch(/^5 steps: decide 4, 1 on hold\./)
  })

  it('breaks neither the settings to paste nor the command that answers a question', async () => {
    const settings = `"permissions": { "allow": ["Bash(npm publish:*)", "Bash(${'x'.repeat(60)})"] }`
    const command = 'agent-forensics recover --action inspect-permission-a --time-zone America/Argentina/ComodRivadavia'
    const why = `Denied: 1 call of Bash. This line in the settings allows it: ${settings}. If it is wanted after all: agent-forensics recover --action inspect-permission-a --root=/srv/x`
    const argv = ['plan', '1', '--time-zone', 'America/Argentina/ComodRivadavia']
    const { stdout } = await run(argv, { report: planned([action('inspect-permission-a', 'inspect', { why })]), columns: 60 })
    const lines = stdout.split('\n').map((line) => line.trim())
    expect(lines).toContain(settings)
    expect(lines).toContain(command)
    expect(lines).toContain('If it is wanted after all:')
  })

  it('says what recovery waits for, in place of a step to wait, and a wait that nothing else waits for', async () => {
    const notBefore = new Date(NOW + 7_200_000).toISOString()
    const [wait] = ACTIONS.filter(({ kind }) => kind === 'wait')
    const fix = action('fix-login', 'fix', { commands: [] })
    const later = action('resume-a1', 'resume', { dependsOn: ['fix-login'], notBefore, agents: ['a1'] })
    const both = await run(['plan', '--time-zone', 'UTC'], { report: planned([fix, ...(wait === undefined ? [] : [wait]), later]) })
    expect(both.stdout).toContain('\nUnblock\n 1  Title of fix-login\n\nRecover after step 1 and 22:10, in 2 h\n 2  ')
    const alone = await run(['plan', '--only', 'wait'], { report: planned() })
    expect(alone.stdout).toContain('\nUnblock\n 1  Title of wait-five_hour: 1 Jun 01:10, in 2 h\n')
  })

  it('folds five or more steps that are alike, with one command', async () => {
    const many = (kind: Action['kind']): readonly Action[] => Array.from({ length: 12 }, (_, index) => action(`${kind}-${index}`, kind))
    const { stdout } = await run(['plan'], { report: planned([...many('promote'), ...many('clean_up')]) })
    expect(stdout).toMatch(/\n1-12 {2}Title of promote-0, and 11 more like it\n {4}agent-forensics recover --only promote\n/)
    expect(stdout).toContain('\n13-24  Title of clean_up-0, and 11 more like it\n')
    const chosen = await run(['plan', '--only', 'promote'], { report: planned([...many('promote'), ...many('clean_up')]), columns: 80 })
    expect(chosen.stdout).toMatch(/agent-forensics recover --action promote-0,promote-1,\S*promote-11\n/)
    expect(chosen.stdout).toMatch(/To do all of it, step by step:\nagent-forensics recover .*--only promote\n/)
    expect((await run(['plan', '--verbose'], { report: planned(many('clean_up')) })).stdout).toContain(
      '\n12  Title of clean_up-11\n    id ',
    )
  })

  it('is for people: nothing in it moves a cursor or wears a colour that nobody asked for', async () => {
    const evil = planned([
      action('resume-a1', 'resume', {
        title: '\u001b[2J\u202eevil',
        why: 'a\u0007b',
        commands: [{ cwd: "/tmp/it's", argv: ['claude', '$(id)\u001b[31m'] }],
      }),
    ])
    for (const argv of [['--format', 'markdown'], ['--format', 'markdown', '--verbose'], ['--verbose'], []]) {
      const { stdout } = await run(['plan', ...argv], { report: evil })
      expect(stdout).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/)
      expect(stdout.includes('$(id)')).toBe(argv.includes('--verbose'))
    }
    const { stdout } = await run(['plan', '1'], { report: evil })
    expect(stdout).toContain(`cd '/tmp/it'\\''s' && claude`)
  })

  it('as Markdown too, and with nothing to do it says so', async () => {
    const { stdout } = await run(['plan', '--format', 'markdown'], { report: planned() })
    expect(stdout).toMatch(/^## Recovery plan\n\n5 steps: .*step by step:\n\n```sh\nagent-forensics recover\n/)
    expect(stdout).toMatch(/### Save, before any claude command\n\n```sh\nagent-forensics preserve\n```\n\n1\. /)
    expect(stdout).toContain('   ```sh\n   cd /work/repo && git status\n   ```\n')
    const full = await run(['plan', 'push-b', '--format', 'markdown'], { report: planned() })
    expect(full.stdout).toContain('## Recovery plan\n\n3. **Title of push-b**\n   - id: push-b\n   - why: Because.\n')
    const nothing = await run(['plan'], { report: planned([], goodNews()) })
    expect(nothing.stdout).toBe('Nothing to do.\n')
  })

  it('every command has the options that matter to it, and no other', async () => {
    const report = planned()
    const session = report.sessions[0]?.sessionId ?? ''
    report.options = { ...report.options, roots: ["/srv/it's/projects"], since: null, project: '/work/a b', session }
    const { stdout } = await run(['plan', '--headless', '--max-file', '2G', '--client-version', '2.1.220'], { report, columns: 300 })
    const place = `--root '/srv/it'\\''s/projects' --project '/work/a b' --session ${session} --since all`
    // All is what it saves by itself.
    expect(stdout).toContain(`agent-forensics preserve ${place.replace(' --since all', '')} --max-file 2147483648\n`)
    const wishes = '--headless --client-version 2.1.220 --max-file 2147483648'
    expect(stdout).toContain(`agent-forensics recover --action resume-a1 ${place} ${wishes}\n`)
    expect(stdout).toContain(`agent-forensics plan 2 ${place} ${wishes}\n`)
  })
})

describe('one step', () => {
  it.each(['2', 'resume-a1', 'resume-a', 'a1'])('%s is shown in full, with every command', async (step) => {
    const { stdout, code } = await run(['plan', step, '--time-zone', 'UTC'], { report: planned(), columns: 80 })
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^ 2 {2}Title of resume-a1\n {4}id {4}resume-a1\n {4}why {3}Because\.\n {4}when {2}[^\n]+\n {4}if {4}it is so\n {4}risk {2}some\n {4}cost {2}little\n/,
    )
    expect(stdout).toMatch(
      /\n {4}run {3}agent-forensics recover --action resume-a1 --time-zone UTC\n {4}run {3}cd \/work\/repo && git status\n$/,
    )
  })

  it('that waits is shown by its id, and says until when', async () => {
    const { stdout } = await run(['plan', 'wait', '--time-zone', 'UTC'], { report: planned() })
    expect(stdout).toMatch(/Title of wait-five_hour\n[^]* {4}when {2}not before 2026-05-31 22:10 \(UTC\), in 2 h\n/)
  })

  it.each<[string, number, RegExp]>([
    ['9', 3, /no action of the plan has the number or id 9; the plan has 1 to 5: preserve-a1, /],
    ['typo', 3, /number or id typo; the plan has/],
    ['p', 2, /p matches several actions: preserve-a1, push-b/],
  ])('%s is none: exit %i, and those that there are', async (step, exit, message) => {
    const { code, stdout, stderr } = await run(['plan', step], { report: planned() })
    expect([code, stdout]).toEqual([exit, ''])
    expect(stderr).toMatch(message)
    if (step === '9') expect((await run(['plan', step], { report: planned([], goodNews()) })).stderr).toContain('the plan is empty')
  })

  it('is all that is written of it, too', async () => {
    expect(json((await run(['plan', 'resume-a1', '--json'], { report: planned() })).stdout).actions.map(({ id }) => id)).toEqual([
      'resume-a1',
    ])
    const { stdout } = await run(['plan', 'push-b', '--emit', 'sh', '--push'], { report: planned() })
    expect(stdout).toMatch(/# Push, push-b\ncd '\/work\/repo' && 'git' 'status'\n$/)
    expect(stdout).not.toMatch(/resume|preserve/)
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

describe('what is written', () => {
  it('leaves out what others see or what is gone afterwards, unless it is asked for, and says so', async () => {
    const world = {
      report: planned([
        action('push-b', 'push', { commands: [{ cwd: '/w', argv: ['git', 'push', 'B'] }] }),
        action('clean_up-c', 'clean_up'),
      ]),
    }
    const plain = await run(['plan', '--emit', 'sh'], world)
    expect(plain.stdout).not.toContain('push')
    expect(plain.stderr).toContain('2 actions left out: push, clean_up (--only includes them)')
    expect((await run(['plan', '--emit', 'sh', '--push'], world)).stdout).toMatch(/push/)
    expect((await run(['plan', '--emit', 'sh', '--only', 'push'], world)).stdout).toMatch(/push/)
    expect((await run(['plan', '--emit', 'sh', '--quiet'], world)).stderr).toBe('')
  })

  it('saves first, whatever starts a client, unless that is left out by name', async () => {
    const world = { report: planned() }
    const first = (stdout: string): string => stdout.split('\n').find((line) => !line.startsWith('#')) ?? ''
    const whole = await run(['plan', '--emit', 'sh'], world)
    expect(first(whole.stdout)).toBe('agent-forensics preserve')
    expect(whole.stderr).not.toContain('saving comes first')
    for (const language of ['sh', 'fish', 'powershell']) {
      const { stdout, stderr } = await run(['plan', '--emit', language, '--only', 'resume'], world)
      expect(first(stdout)).toBe('agent-forensics preserve')
      expect(stderr).toContain('saving comes first, since starting a client may sweep worktrees (--no-preserve leaves it out)')
      const without = await run(['plan', '--emit', language, '--only', 'resume', '--no-preserve'], world)
      expect(first(without.stdout)).toMatch(/^agent-forensics recover --no-preserve --action resume-a1 --yes$/)
      expect(without.stderr).toBe('')
    }
    const prompt = await run(['plan', '--emit', 'prompt', '--only', 'resume'], world)
    expect(prompt.stdout).toMatch(/^First save the work in 1 place: .*\nagent-forensics preserve$/m)
    expect((await run(['plan', '--emit', 'sh', '--only', 'inspect'], world)).stdout).not.toContain('preserve')
  })

  it('repeats what leads to the same plan', async () => {
    const argv = ['--headless', '--ref', 'refs/x', '--bundle', 'out', '--root', '/work/a b', '--only', 'resume']
    const { stdout } = await run(['plan', '--emit', 'sh', ...argv], { report: planned() })
    expect(stdout).toMatch(/^agent-forensics preserve .*--bundle '\/work\/here\/out' --ref 'refs\/x'$/m)
    const saving = String.raw`--bundle '/work/here/out' --ref 'refs/x'`
    expect(stdout).toMatch(new RegExp(`^agent-forensics recover (?!.*--only).*--headless ${saving} --action resume-a1 --yes$`, 'm'))
  })

  it('--emit commands is the commands alone; what needs the tool is told', async () => {
    const { stdout, stderr } = await run(['plan', '--emit', 'commands'], { report: planned() })
    expect(stdout).toBe("cd '/work/repo' && git status\n")
    expect(stderr).toContain('left out: what saves the work in 1 place first: agent-forensics preserve\n')
  })

  it('a value that cannot be written is told, and what it is', async () => {
    const bad = action('resume-a1', 'resume', { commands: [{ cwd: '/w', argv: ['claude', 'a\nb'] }] })
    const { stdout, stderr } = await run(['plan', '--emit', 'sh'], { report: planned([bad]) })
    expect(stdout).toContain('\n# cannot_emit resume-a1, standard error says why\n')
    expect(stderr).toContain('cannot_emit resume-a1: a value cannot be written safely: it holds control')
    expect(stderr).toContain(String.raw`"a\nb"`)
  })

  it('says of commands of the client that it knows no session of the sample incident; a list of ours has a stand-in for it', async () => {
    const world = { report: planned([action('preserve-a', 'preserve')]) }
    for (const emission of ['commands', 'prompt'])
      expect((await run(['plan', '--emit', emission, '--demo'], world)).stderr).toContain('claude knows no session of the sample')
    for (const words of [['sh', '--demo'], ['commands'], ['json', '--demo']])
      expect((await run(['plan', '--emit', ...words], world)).stderr).not.toContain('claude knows')
  })

  it('a list without a step says that there is nothing to do', async () => {
    const { stdout } = await run(['plan', '--emit', 'sh', '--only', 'preserve'], { report: planned([action('push-b', 'push')]) })
    expect(stdout).toContain('\n# Nothing to do\n')
  })
})

describe('the sample incident', () => {
  const now = Date.parse('2026-11-21T07:03:20Z')
  let demo: OpenedDemo
  const tools = new Tools()
  beforeAll(async () => void (demo = await openDemo(now)))
  afterAll(() => {
    demo.dispose()
    tools.remove()
  })

  const program = async (...argv: readonly string[]): Promise<{ readonly code: number; readonly stdout: string }> => {
    const out: string[] = []
    const host = createProgramHost({
      files: createFiles(),
      processes: createProcesses(),
      git: createGit(),
      gitWriter: noGitWriter,
      demo: { root: demo.root, open: async () => demo, remove: async () => null },
      findTool: () => ['agent-forensics'],
    })
    const stdout = { isTTY: false, columns: 80, write: async (text: string) => out.push(text) > 0 }
    const words = [...argv, '--root', demo.root, '--now', new Date(now).toISOString(), '--time-zone', 'UTC']
    const code = await main(words, { ...host, env: {}, stdout, stderr: { ...stdout, write: async () => true } })
    return { code, stdout: out.join('') }
  }
  /** What stands at the end of lines, from the name of a program on. */
  const commandsIn = (text: string): readonly string[] =>
    [...text.matchAll(/(?:^|: | {2,})((?:agent-forensics|hcloud|cd) .*)$/gm)].map(([, command = '']) => command)

  it('is planned on 45 lines of 80 columns at most, and every command is whole at any width: it is parsed to the words that are meant', async () => {
    const report = readReport((await program('scan', '--json')).stdout)
    const screen = (columns: number, verbose = false): string =>
      [...planTable.render(report, { columns, verbose, colorLevel: 0, all: false, timeZone: 'UTC', now, demoRoot: demo.root })].join('')
    const lines = screen(80).trimEnd().split('\n')
    expect(lines.length).toBeLessThanOrEqual(45)
    for (const line of lines.filter((each) => each.length > 80)) expect(line).toMatch(/^ {4}(?:agent-forensics|cd) /)

    const called = (text: string): readonly (readonly string[])[] => {
      expect(tools.run(['sh'], commandsIn(text).join('\n')).err).toBe('')
      return tools.recorded().map(([name = '', , ...words]) => [name, ...words])
    }
    for (const verbose of [false, true])
      for (const columns of [40, 60, 200]) expect(commandsIn(screen(columns, verbose))).toEqual(commandsIn(screen(80, verbose)))
    const { actions } = report.plan
    const listed = called(screen(80))
    for (const { id, kind } of actions)
      if (RECOVERY_KINDS.has(kind)) expect(listed).toContainEqual(['agent-forensics', 'recover', '--action', id, '--demo'])
    expect(listed).toContainEqual(['agent-forensics', 'recover', '--demo'])
    expect(listed).toContainEqual(['agent-forensics', 'preserve', '--demo'])
    const shown = called(screen(80, true))
    const raw = actions.flatMap(({ commands }) => commands.map(({ argv }) => argv)).filter((argv) => !argv.join(' ').includes('\n'))
    expect(raw.length).toBeGreaterThan(5)
    for (const argv of raw.filter(([name]) => name !== 'agent-forensics')) expect(shown).toContainEqual(argv)
    const own = raw.filter(([name]) => name === 'agent-forensics')
    expect(own.length).toBeGreaterThan(2)
    for (const argv of own) expect(shown).toContainEqual(argv.map((word) => (word === `--root=${demo.root}` ? '--demo' : word)))
  })

  variant('is left open as long as nobody was recovered', async () => {
    expect((await program('plan', '--check')).code).toBe(1)
    expect((await program('plan', '--check', '--agent', AGENTS.csvExport)).code).toBe(0)
  })
})
