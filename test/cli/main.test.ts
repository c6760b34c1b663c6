import { describe, expect, it } from 'vitest'
import { NothingToScan } from '../../src/scan/analyze-options.ts'
import { TERMINAL_REASON_NAMES } from '../../src/reasons/terminal-reason.ts'
import type { World } from './fake-host.ts'
import { DEMO_ROOT, goodNews, incident, NOW, run } from './fake-host.ts'

const bug = async (): Promise<never> => {
  throw new TypeError('cannot read \u001b[31m')
}

describe('exit codes', () => {
  const complete = incident((report) => {
    report.complete = true
    report.readIssues = []
  })
  it.each<[number, string[], World]>([
    [0, [], {}],
    [0, ['--fail-on', 'none'], {}],
    [0, ['--fail-on', 'any'], { report: goodNews() }],
    [0, ['--strict'], { report: complete }],
    [0, ['--fail-on', 'stalled,overloaded'], {}],
    [1, ['--fail-on', 'any'], {}],
    [1, ['--fail-on', 'any', '--no-git'], {}],
    [1, ['--fail-on', 'stalled,billing'], {}],
    [1, ['--fail-on', 'running'], {}],
    [1, ['--fail-on', 'any', '--strict'], { report: complete }],
    [0, ['--fail-on', 'at-risk'], { report: goodNews() }],
    [0, ['worktrees', '--fail-on', 'stalled'], {}],
    [1, ['--fail-on', 'at-risk'], {}],
    [1, ['worktrees', '--fail-on', 'at-risk', '--offline'], {}],
    [1, ['--fail-on', 'stalled,at-risk'], {}],
    [2, ['--fail-on', 'at-risk', '--no-git'], {}],
    [3, ['--strict'], {}],
    [3, ['--strict', '--fail-on', 'any'], {}],
    [3, ['render', 'gone.json'], {}],
    [70, [], { analyze: bug }],
  ])('%i for %j', async (code, argv, world) => {
    expect((await run(argv, world)).code).toBe(code)
  })

  it('rate_limited matches retry_storm, not the other way round', async () => {
    const storm = incident((report) => {
      report.sessions = []
      report.agents = report.agents.filter(({ reason }) => reason === 'retry_storm')
    })
    const limited = incident((report) => {
      report.sessions = []
      report.agents = report.agents.filter(({ reason }) => reason === 'rate_limited')
    })
    expect((await run(['--fail-on', 'rate_limited'], { report: storm })).code).toBe(1)
    expect((await run(['--fail-on', 'retry_storm'], { report: limited })).code).toBe(0)
  })

  it('a dead main thread counts, an internal helper does not', async () => {
    const onlySession = incident((report) => {
      report.agents = []
    })
    const onlyHelper = goodNews()
    for (const agent of onlyHelper.agents) if (agent.kind === 'internal') agent.reason = 'stalled'
    expect((await run(['--fail-on', 'any'], { report: onlySession })).code).toBe(1)
    expect((await run(['--fail-on', 'any'], { report: onlyHelper })).code).toBe(0)
  })

  it('work at risk counts whoever made it: an orphan fails a scan that is good news otherwise', async () => {
    const orphan = goodNews()
    orphan.worktrees = incident()
      .worktrees.filter(({ orphan: is, atRisk }) => is && atRisk.length > 0)
      .slice(0, 1)
    expect((await run(['--fail-on', 'at-risk'], { report: orphan })).code).toBe(1)
    expect((await run(['--fail-on', 'any'], { report: orphan })).code).toBe(0)
  })

  it.each([
    ['no git', 'git', 'no_git: there is no git on the PATH', 'any worktree'],
    ['another owner', '/work/app', 'dubious_ownership: it belongs to somebody else', '/work/app'],
    ['no time', '/work/app', 'timeout: no answer within 60000 ms', '/work/app'],
  ])('--fail-on at-risk never takes silence for safety: %s', async (_, path, detail, named) => {
    const silent = goodNews()
    silent.readIssues = [{ path, line: null, byteOffset: null, reason: 'git', bytes: null, detail }]
    for (const argv of [['scan'], ['worktrees'], ['plan']]) {
      const { code, stderr } = await run([...argv, '--quiet', '--fail-on', 'at-risk'], { report: silent })
      expect([code, stderr]).toEqual([3, `agent-forensics: --fail-on at-risk: unknown for ${named}: ${detail}\n`])
    }
    expect((await run(['--fail-on', 'any'], { report: silent })).code).toBe(0)
    // What is known to be at risk is the answer, whatever else there may be.
    const both = incident((report) => void (report.readIssues = silent.readIssues))
    expect((await run(['--fail-on', 'at-risk'], { report: both })).code).toBe(1)
  })

  it('prints the report all the same when --fail-on or --strict speaks', async () => {
    const plain = await run([])
    expect((await run(['--fail-on', 'any'])).stdout).toBe(plain.stdout)
    const strict = await run(['--strict', '--quiet'])
    expect(strict.stdout).toBe(plain.stdout)
    expect(strict.stderr).toMatch(/^agent-forensics: --strict: the scan is incomplete, 2 things/)
  })
})

describe('trouble', () => {
  it('nothing to scan: says where it looked and what to try', async () => {
    const analyze = async (): Promise<never> => {
      throw new NothingToScan(['/a/projects', '/b'])
    }
    const { code, stdout, stderr } = await run([], { analyze })
    expect([code, stdout]).toEqual([3, ''])
    expect(stderr).toBe('agent-forensics: no transcripts at /a/projects or /b; name the folder with --root <dir>, or try --demo\n')
  })

  it('a bug: its stack, made harmless, on standard error', async () => {
    const { stdout, stderr } = await run([], { analyze: bug })
    expect(stdout).toBe('')
    expect(stderr).toContain('this is a bug')
    expect(stderr).toContain('TypeError: cannot read \\u{1b}[31m')
    expect(stderr).toContain('main.test.ts')
  })

  it('a file that cannot be written', async () => {
    const writeFile = (): never => {
      throw Object.assign(new Error('EACCES: permission denied, open /root/.x.tmp'), { code: 'EACCES' })
    }
    const { code, stderr } = await run(['--output', '/root/x'], { writeFile })
    expect([code, stderr]).toEqual([3, 'agent-forensics: cannot write /root/x: EACCES\n'])
  })

  it.each([[[]], [['--json']], [['--format', 'ndjson', '--fail-on', 'any']], [['--help']], [['worktrees']], [['explain']]])(
    'a reader that goes away is no trouble: %j',
    async (argv) => {
      for (const readerStays of [0, 1]) {
        const { code, stderr } = await run(argv, { readerStays })
        expect(stderr).not.toContain('bug')
        expect(code === 0 || (code === 1 && readerStays === 1)).toBe(true)
      }
    },
  )

  it('the sample incident keeps its time, whatever happens', async () => {
    for (const [words, world] of [
      [['--demo'], {}],
      [['--demo'], { analyze: bug }],
      [['--demo'], { readerStays: 0 }],
      [['--demo', '--until', '30d'], {}],
    ] as const)
      expect((await run(words, world)).demos).toEqual({ closed: 1, removed: 0 })
    expect((await run([])).demos).toEqual({ closed: 0, removed: 0 })
  })

  it.each([
    ['scan'],
    ['worktrees'],
    ['plan'],
    ['preserve'],
    ['recover'],
    ['show', 'a1'],
    ['salvage', 'a1', '--out', 'x'],
    ['promote', 'a1'],
  ])('%s --demo --clean removes the sample incident, and does nothing else', async (...words) => {
    const { code, stdout, stderr, asked, demos } = await run([...words, '--demo', '--clean'])
    expect({ code, stdout, asked, demos }).toEqual({ code: 0, stdout: '', asked: undefined, demos: { closed: 0, removed: 1 } })
    expect(stderr).toBe(`agent-forensics: removed ${DEMO_ROOT}\n`)
    expect(await run([...words, '--clean'])).toMatchObject({ code: 2, demos: { removed: 0 } })
  })

  it('what is to be known of the sample incident is told, with the command that starts it anew', async () => {
    const { stderr } = await run(['--demo'], { demoNote: 'it is old', tool: ['node', '/o p/af.js'] })
    expect(stderr).toContain("it is old. To start it anew: node '/o p/af.js' --demo --clean\n")
  })
})

describe('the terminal', () => {
  const coloured = async (world: World): Promise<boolean> => {
    const [scan, worktrees] = [await run([], world), await run(['worktrees'], world)]
    expect(worktrees.stdout.includes('\u001b[')).toBe(scan.stdout.includes('\u001b['))
    return scan.stdout.includes('\u001b[')
  }

  it.each<[boolean, World]>([
    [false, {}],
    [true, { isTTY: true }],
    [false, { isTTY: true, env: { TERM: 'dumb' } }],
    [false, { isTTY: true, env: { NO_COLOR: '1' } }],
    [true, { isTTY: true, env: { NO_COLOR: '' } }],
    [true, { env: { FORCE_COLOR: '1' } }],
    [true, { env: { FORCE_COLOR: '' } }],
    [false, { isTTY: true, env: { FORCE_COLOR: '0' } }],
    [false, { env: { FORCE_COLOR: '3', NO_COLOR: '1' } }],
  ])('colour %s for %j', async (expected, world) => {
    expect(await coloured(world)).toBe(expected)
  })

  it.each(['scan', 'worktrees', 'plan', 'explain'])('--color and --no-color win over the environment: %s', async (command) => {
    const isColoured = async (flag: string, world: World): Promise<boolean> =>
      (await run([command, ...(command === 'explain' ? ['billing'] : []), flag], world)).stdout.includes('\u001b[')
    for (const world of [{}, { env: { NO_COLOR: '1' } }, { env: { FORCE_COLOR: '0' } }, { isTTY: true }]) {
      expect(await isColoured('--color', world)).toBe(true)
    }
    for (const world of [{ isTTY: true }, { env: { FORCE_COLOR: '1' } }, {}]) expect(await isColoured('--no-color', world)).toBe(false)
    expect((await run(['scan', '--output', 'x', '--color'])).written['/work/here/x']).toContain('\u001b[')
  })

  it.each<[number, World]>([
    [100, { env: { COLUMNS: '100' } }],
    [120, { columns: 120, env: { COLUMNS: '60' } }],
    [60, { columns: 60 }],
    [40, { columns: 40 }],
  ])('at most %i columns for %j', async (columns, world) => {
    for (const command of ['scan', 'worktrees']) {
      const { stdout } = await run([command], world)
      // A command is never broken: what a terminal wraps by itself copies as it is.
      const lines = stdout.split('\n').filter((line) => !/^\s*(?:agent-forensics|hcloud) /.test(line))
      const widest = Math.max(...lines.map((line) => line.length))
      expect(widest).toBeLessThanOrEqual(columns)
      expect(widest).toBeGreaterThan(columns - 25)
    }
  })

  it.each<[World]>([[{}], [{ env: { COLUMNS: 'wide' } }], [{ env: { COLUMNS: '0' } }]])('wraps nothing in a pipe: %j', async (world) => {
    for (const command of ['scan', 'plan', 'worktrees']) {
      const piped = (await run([command], world)).stdout.split('\n')
      const wide = (await run([command], { columns: 5000 })).stdout.split('\n')
      expect(piped.length).toBeLessThanOrEqual(wide.length)
    }
    expect((await run(['scan'], world)).stdout).toMatch(/^Misreported .{80,}$/m)
    expect((await run(['scan', '--output', 'x'], { columns: 40, ...world })).written['/work/here/x']).toBe(
      (await run(['scan'], world)).stdout,
    )
    // What is prose is wrapped in a pipe, too.
    expect(Math.max(...(await run(['--help'], world)).stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  it('progress is for terminals, and gone before the report', async () => {
    const analyze: World['analyze'] = async (_options, { progress }) => {
      progress?.({ filesDone: 3, filesAll: 9, bytesDone: 1_200_000, bytesAll: 4_000_000, agentsDone: 2 })
      return incident()
    }
    expect((await run([], { analyze, isTTY: true })).stderr).toBe('\r\u001b[Kreading 3 of 9 files, 1.2 of 4.0 MB, 2 agents\r\u001b[K')
    expect((await run(['--quiet'], { analyze, isTTY: true })).stderr).toBe('')
    expect((await run([], { analyze })).stderr).toBe('')
  })
})

describe('render', () => {
  const files = { '/work/here/report.json': JSON.stringify(incident()) }

  it.each([[[]], [['--all']], [['--format', 'markdown']], [['--format', 'ndjson']], [['--json']]])(
    'gives what scan gave: %j',
    async (options) => {
      const direct = await run(options)
      const saved = await run(['--json'])
      const again = await run(['render', 'report.json', ...options], { files: { '/work/here/report.json': saved.stdout } })
      expect(again.code).toBe(0)
      expect(again.stdout).toBe(direct.stdout)
      expect((await run(['render', '-', ...options], { stdin: saved.stdout })).stdout).toBe(direct.stdout)
    },
  )

  it('keeps the zone of the report, unless another is asked for', async () => {
    const elsewhere = incident((report) => {
      report.options.timeZone = 'Asia/Tokyo'
    })
    const stdin = JSON.stringify(elsewhere)
    expect((await run(['render', '-'], { stdin })).stdout).toContain('5-hour limit at 04:22, resets 09:50')
    expect((await run(['render', '-', '-v'], { stdin })).stdout).toContain('Times        Asia/Tokyo.\n')
    expect((await run(['render', '-', '--time-zone', 'UTC'], { stdin })).stdout).toContain('resets 1 Jun 00:50')
    expect((await run(['render', '-', '--now', '2026-06-01T02:50:00Z'], { stdin })).stdout).toContain('(2 h ago)')
  })

  it('welcomes a newer minor version with more in it', async () => {
    const newer = incident() as unknown as Record<string, unknown> & { agents: Record<string, unknown>[] }
    newer['formatVersion'] = '1.9'
    newer['weather'] = 'fine'
    for (const agent of newer.agents) agent['mood'] = { of: ['the', 'day'] }
    const { code, stdout } = await run(['render', '-'], { stdin: JSON.stringify(newer) })
    expect(code).toBe(0)
    expect(stdout).toBe((await run(['render', 'report.json'], { files })).stdout)
  })

  it('survives a report that was edited by hand', async () => {
    const odd = incident((report) => {
      report.options.timeZone = 'Nowhere'
      for (const agent of report.agents) agent.endedAt = 'yesterday'
      for (const agent of report.agents) if (agent.limit !== null) agent.limit.resetsAt = 'later'
    })
    for (const format of ['table', 'markdown'])
      expect((await run(['render', '-', '--format', format], { stdin: JSON.stringify(odd) })).code).toBe(0)
  })

  it.each([
    ['', 'it is not JSON'],
    ['{"formatVersion":"1.0"', 'it is not JSON'],
    ['[]', 'no formatVersion'],
    ['null', 'no formatVersion'],
    ['{"formatVersion":"2.0"}', 'its format version is 2.0; this program reads 1.x'],
    [JSON.stringify({ formatVersion: '\u001b[2J' }), 'its format version is \\u{1b}[2J'],
    ['{"formatVersion":"0.1"}', 'its format version is 0.1; this program reads 1.x'],
    ['{"formatVersion":"1.0"}', 'not a valid report of format version 1.0'],
    [JSON.stringify({ ...incident(), counts: 3 }), 'counts'],
  ])('refuses %.40s (%s)', async (stdin, said) => {
    const { code, stdout, stderr } = await run(['render', '-'], { stdin })
    expect([code, stdout]).toEqual([3, ''])
    expect(stderr).toContain(said)
    expect(stderr).toMatch(/^agent-forensics: cannot render standard input: [^\p{Control}]+\n$/u)
  })
})

describe('explain and schema', () => {
  it('explains every reason, and lists them all', async () => {
    const { stdout } = await run(['explain'])
    for (const reason of TERMINAL_REASON_NAMES) {
      expect(stdout).toContain(reason)
      const one = await run(['explain', reason])
      expect(one.code).toBe(0)
      for (const part of ['counts as', 'detection', 'look-alikes', 'what to do']) expect(one.stdout).toContain(part)
    }
  })

  it('says of which reasons a product records nothing, and of the others nothing', async () => {
    expect((await run(['explain', 'stalled'])).stdout).toMatch(/^not recorded +Codex records nothing that shows it/m)
    expect((await run(['explain', 'rate_limited'])).stdout).not.toContain('not recorded')
  })

  it('prints a JSON Schema that names the version and allows additions', async () => {
    const { code, stdout } = await run(['schema'])
    const schema = JSON.parse(stdout) as Record<string, unknown>
    expect(code).toBe(0)
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: 'urn:agent-forensics:report:1.2',
      type: 'object',
    })
    expect(stdout).not.toContain('"additionalProperties": false')
  })
})

it('uses one clock for the whole run', async () => {
  expect((await run([])).asked?.now).toBe(NOW)
})
