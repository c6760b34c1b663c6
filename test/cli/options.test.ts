import { describe, expect, it } from 'vitest'
import type { Report } from '../../src/report/report.ts'
import { onlyCommand } from '../../src/cli/program.ts'
import { commands, listCommands } from '../command-line.ts'
import { DEMO_ROOT, incident, NOW, run } from './fake-host.ts'

const DAY = 86_400_000

describe('what scan asks for', () => {
  it('by default: the last seven days of the default root, excerpts included', async () => {
    const { code, asked } = await run([])
    expect(code).toBe(0)
    expect(asked).toEqual({
      roots: ['/home/olena/.claude/projects', '/home/olena/.codex/sessions', '/work/here/.codewhale/state'],
      usualRoots: ['/home/olena/.claude/projects', '/home/olena/.codex/sessions', '/work/here/.codewhale/state'],
      now: NOW,
      timeZone: 'Europe/Kyiv',
      since: NOW - 7 * DAY,
      until: null,
      project: null,
      session: null,
      agent: null,
      reasons: [],
      excerpts: true,
      git: true,
      offline: false,
      gitTimeoutMs: 60_000,
      toolVersion: '0.1.0',
    })
  })

  it.each([
    [['--root', 'a', '--root', '/b'], { roots: ['/work/here/a', '/b'] }],
    [['--git-timeout', '5s'], { gitTimeoutMs: 5_000 }],
    [['--root=~/backup'], { roots: ['/home/olena/backup'] }],
    [['--project', '.'], { project: '/work/here' }],
    [['--project', '../shop/'], { project: '/work/shop' }],
    [['--session', '7f3a'], { session: '7f3a' }],
    [['--agent', 'a1c47e02'], { agent: 'a1c47e02' }],
    [['--since', '2h'], { since: NOW - 7_200_000 }],
    [['--since', 'all'], { since: null }],
    [['--since', '2026-05-31T00:00:00Z'], { since: Date.parse('2026-05-31T00:00:00Z') }],
    [['--since', '2026-05-31'], { since: Date.parse('2026-05-30T21:00:00Z') }],
    [
      ['--since', '2026-05-31 22:10', '--time-zone', 'UTC', '--now', '2026-06-01T00:00:00Z'],
      { since: Date.parse('2026-05-31T22:10:00Z'), timeZone: 'UTC' },
    ],
    [['--until', '1h'], { until: NOW - 3_600_000 }],
    [['--reason', 'rate_limited, stalled', '--reason', 'unknown'], { reasons: ['rate_limited', 'stalled', 'unknown'] }],
    [['--time-zone', 'Asia/Tokyo'], { timeZone: 'Asia/Tokyo' }],
    [['--now', '2026-06-01T00:00:00Z'], { now: Date.parse('2026-06-01T00:00:00Z'), since: Date.parse('2026-05-25T00:00:00Z') }],
    [['--no-excerpts'], { excerpts: false }],
    [['--no-git', '--verbose'], { git: false, offline: false }],
    [['--offline'], { git: true, offline: true }],
    [['worktrees', '--agent', 'a1c4', '--project', '.'], { agent: 'a1c4', project: '/work/here' }],
    [['--demo'], { roots: [DEMO_ROOT], now: NOW + 1 }],
    [['--demo', '--now', '2026-05-01T00:00:00Z'], { roots: [DEMO_ROOT], now: Date.parse('2026-05-01T00:00:00Z') + 1 }],
    [['scan', '--since', 'all', '--session', 'b8', '--no-excerpts'], { since: null, session: 'b8', excerpts: false }],
  ])('%j', async (argv, expected) => {
    const { code, asked, stderr } = await run(argv)
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(asked).toMatchObject(expected)
  })

  it.each([
    [{ CLAUDE_CONFIG_DIR: '/etc/claude' }, '/etc/claude/projects'],
    [{ CLAUDE_CONFIG_DIR: 'conf' }, '/work/here/conf/projects'],
    [{ CLAUDE_CONFIG_DIR: '' }, '/home/olena/.claude/projects'],
  ])('the default root with %j', async (env, root) => {
    expect((await run(['--client', 'claude-code'], { env })).asked).toMatchObject({ roots: [root], client: 'claude-code' })
  })

  it.each([
    [{ CODEX_HOME: '/etc/codex' }, '/etc/codex/sessions'],
    [{ CODEX_HOME: '~/c' }, '/home/olena/c/sessions'],
    [{}, '/home/olena/.codex/sessions'],
  ])('the default root of Codex with %j', async (env, root) => {
    expect((await run(['--client', 'codex'], { env })).asked).toMatchObject({ roots: [root], client: 'codex' })
  })
})

describe('wrong usage is one line, says what is allowed, and exits with 2', () => {
  it.each([
    [['--since', 'yesterday'], /--since.*yesterday.*2h, 3d/],
    [['--since', '2026-02-30'], /2026-02-30/],
    [['--until', 'all'], /--until/],
    [['--since', '1h', '--until', '2h'], /--since is not before --until/],
    [['--reason', 'limited'], /'limited' is not a reason; allowed: completed, rate_limited/],
    [['--reason', ''], /is not a reason/],
    [['--client', 'cursor'], /'cursor' is not a client; allowed: claude-code, codex, codewhale/],
    [['--git-timeout', '0'], /Allowed: 5s to 24h/],
    [['--git-timeout', '25h'], /Allowed: 5s to 24h/],
    [['--fail-on', 'everything'], /allowed: any, at-risk, none, completed/],
    [['--fail-on', 'none,any'], /none cannot be combined/],
    [['worktrees', '--fail-on', 'any,at-risk', '--no-git'], /--no-git contradict/],
    [['--fail-on', 'at-risk', '--no-git'], /--no-git contradict/],
    [['--format', 'pdf'], /'pdf' is not a format of this version; allowed: table, json, ndjson, markdown, html/],
    [['--json', '--format', 'table'], /contradict/],
    [['--time-zone', 'Mars/Base'], /IANA/],
    [['--now', 'soon'], /ISO instant/],
    [['--root', ''], /must not be empty/],
    [['--root'], /argument missing/],
    [['--quiet', '--verbose'], /cannot be used with/],
    [['--demo', '--root', 'x'], /cannot be used with/],
    [['--jsn'], /unknown option '--jsn' \(Did you mean --json\?\)/],
    [['recover', '--now', '2026-11-21T07:03:20Z'], /unknown option '--now': another command has it/],
    [['scna'], /unknown command 'scna' \(Did you mean scan\?\)/],
    [
      ['xyzzy'],
      /unknown command 'xyzzy' \(commands: scan, worktrees, plan, preserve, recover, show, salvage, render, promote, hook, explain, schema, completion\)/,
    ],
    [['explain', 'limit'], /'limit' is not a reason/],
    [['render'], /missing required argument/],
    [['render', 'a.json', '--strict'], /unknown option '--strict'/],
    [['scan', 'twice'], /too many arguments/],
    [['--\u001b]0;x\u0007'], /unknown option/],
  ])('%j', async (argv, said) => {
    const { code, stdout, stderr, asked } = await run(argv)
    expect(stderr).toMatch(said)
    expect(stderr).toMatch(/^agent-forensics: [^\p{Control}]+\n$/u)
    expect([code, stdout, asked]).toEqual([2, '', undefined])
  })
})

describe('what is asked for by name', () => {
  const only = (change: (report: Report) => void) => ({ report: incident(change) })

  it.each(['scan', 'worktrees', 'plan', 'preserve'])('has to be there: %s', async (command) => {
    const none = (report: Report): void => {
      Object.assign(report, { agents: [], sessions: [] })
      Object.assign(report.counts, { agents: 0, internal: 0 })
    }
    for (const [flag, asked] of [
      ['--session', { session: 'nope' }],
      ['--agent', { agent: 'nope' }],
      ['--project', { project: '/nope' }],
    ] as const) {
      const world = only((report) => {
        none(report)
        Object.assign(report.options, asked)
      })
      const { code, stdout, stderr } = await run([command, flag, 'nope'], world)
      expect([code, stdout]).toEqual([3, ''])
      expect(stderr).toMatch(/^agent-forensics: no (?:session|agent) .*nope.* \(--since all reads every transcript\)\n$/)
    }
  })

  it('may be there and not be listed: --reason leaves it out', async () => {
    const world = only((report) => Object.assign(report, { agents: [] }) && Object.assign(report.options, { agent: 'a1' }))
    expect((await run(['--agent', 'a1', '--reason', 'stalled'], world)).code).toBe(0)
  })

  it('has to be one thing: a table says what the others are', async () => {
    const world = only((report) => (report.options.agent = 'a'))
    const { code, stdout, stderr } = await run(['--agent', 'a'], world)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^agent-forensics: --agent a fits 16 ids: write more of the one that you mean/)
    expect(stderr).toMatch(/\na1c47e02b9d3f6581 +Move the order .* +exit_killed +22:14 +7f3a12c4\n/)
    expect(stderr).toMatch(/\nand 6 more\n$/)
    const whole = only((report) => (report.options.agent = 'a1c47e02b9d3f6581'))
    expect((await run(['--agent', 'a1c47e02b9d3f6581'], whole)).code).toBe(0)
  })
})

describe('where the report goes', () => {
  it('short options are the long ones', async () => {
    const plain = (await run([])).stdout
    expect((await run(['-j'])).stdout).toBe((await run(['--json'])).stdout)
    expect((await run(['-a'])).stdout).toBe((await run(['--all'])).stdout)
    expect((await run(['-v'])).stdout).toBe((await run(['--verbose'])).stdout)
    expect(new Set([plain, (await run(['-a'])).stdout, (await run(['-v'])).stdout]).size).toBe(3)
    expect(await run(['-q', '-o', 'out.txt'])).toMatchObject({ stdout: '', stderr: '', written: { '/work/here/out.txt': plain } })
    for (const command of ['worktrees', 'plan']) expect((await run([command, '-j'])).stdout).toBe((await run([command, '--json'])).stdout)
  })

  it('--json and --format json are the same', async () => {
    const { stdout } = await run(['--json'])
    expect(stdout).toBe((await run(['--format', 'json'])).stdout)
    expect((await run(['--json', '--format', 'json'])).stdout).toBe(stdout)
    expect(JSON.parse(stdout)).toEqual(incident())
  })

  it.each(['json', 'ndjson', 'markdown'])('worktrees prints the same %s as scan, and only its table is its own', async (format) => {
    expect((await run(['worktrees', '--format', format])).stdout).toBe((await run(['--format', format])).stdout)
    expect((await run(['worktrees', '--format', 'table'])).stdout).toMatch(/^work of +stage/m)
    expect((await run(['scan'])).stdout).not.toMatch(/^work of/m)
  })

  it('--output writes the file, without colour, and nothing on standard output', async () => {
    const { code, stdout, stderr, written } = await run(['--output', 'out.txt'], { env: { FORCE_COLOR: '1' } })
    expect([code, stdout]).toEqual([0, ''])
    expect(written).toEqual({ '/work/here/out.txt': (await run([])).stdout })
    expect(stderr).toContain('wrote /work/here/out.txt (table)')
    expect((await run(['--output', 'out.txt', '--quiet'])).stderr).toBe('')
    expect((await run(['--output', '-'])).stdout).toBe((await run([])).stdout)
    const table = (await run(['worktrees'])).stdout
    expect((await run(['worktrees', '--output', 'out.txt'])).written).toEqual({ '/work/here/out.txt': table })
  })

  it('says on standard error that a scan is incomplete when the report does not say it in words', async () => {
    expect((await run(['--json'])).stderr).toBe(
      'agent-forensics: the report is incomplete: 2 things could not be read (readIssues says what)\n',
    )
    expect((await run(['--json', '--quiet'])).stderr).toBe('')
    expect((await run([])).stderr).toBe('')
  })
})

describe('help and version', () => {
  it.each(['', 'scan', 'worktrees', 'plan', 'show', 'salvage', 'promote', 'render', 'explain', 'schema'])(
    'fits 80 columns, and its options 64: %s',
    async (command) => {
      const help = async (columns: number): Promise<string[]> =>
        (await run([...(command === '' ? [] : [command]), '--help'], { columns })).stdout.split('\n')
      expect((await help(80)).filter((line) => line.length > 80)).toEqual([])
      const options = (await help(64)).join('\n').split(/^(?:Examples:|Writes DIR|A script leaves)/m)[0] ?? ''
      expect(options.split('\n').filter((line) => line.length > 64)).toEqual([])
    },
  )

  it.each([[['--help']], [['scan', '--help']], [['worktrees', '--help']], [['--json', '-h']], [['help', 'scan']], [['help']]])(
    '%j shows examples and options',
    async (argv) => {
      const { code, stdout, stderr } = await run(argv)
      expect([code, stderr]).toEqual([0, ''])
      expect(stdout).toContain('Examples:')
      for (const flag of ['--root', '--since', '--fail-on', '--format', '--time-zone', '--demo', '--no-git']) expect(stdout).toContain(flag)
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
    },
  )

  it.each(['scan', 'worktrees', 'plan', 'preserve', 'recover', 'show', 'salvage', 'render', 'promote', 'explain', 'schema'])(
    '%s shows its own examples',
    async (command) => {
      const { stdout } = await run([command, '--help'])
      const examples = stdout.split('\nExamples:\n')[1]?.split('\n\n')[0]?.split('\n') ?? []
      const own = examples.filter((line) => line.startsWith('  agent-forensics'))
      expect(own.length).toBeGreaterThan(1)
      if (command !== 'scan') expect(own.filter((line) => !line.startsWith(`  agent-forensics ${command}`))).toEqual([])
    },
  )

  it.each([[['--version']], [['-V']], [['--quiet', '--version']]])('%j', async (argv) => {
    expect(await run(argv)).toMatchObject({ code: 0, stdout: '0.1.0\n', stderr: '', asked: undefined })
  })

  it('has the version of package.json', async () => {
    const { default: manifest } = await import('../../package.json', { with: { type: 'json' } })
    expect((await run(['--version'])).stdout).toBe(`${manifest.version}\n`)
  })
})

describe('the command that is asked for', () => {
  const helpOf = (only: string, among?: string): string | undefined =>
    commands(among)
      .find((command) => command.name() === only)
      ?.helpInformation()

  it.each(listCommands())('%s has all of its options, though others have none then', (name) => {
    expect(helpOf(name, name)).toBe(helpOf(name))
    expect(helpOf(name, name)).toContain('Usage:')
    if (name !== 'completion') expect(onlyCommand([name])).toBe(name)
  })

  it('is the first word, and none where all are told of', () => {
    expect(onlyCommand(['plan', '--json'])).toBe('plan')
    for (const words of [[], [''], ['--help'], ['help', 'plan'], ['completion', 'bash'], ['pla', '--help'], ['toString', '-h']])
      expect(onlyCommand(words)).toBeUndefined()
    expect(helpOf('plan', 'show')).not.toContain('--since')
  })
})
