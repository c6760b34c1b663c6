import { describe, expect, it } from 'vitest'
import type { Report } from '../../src/model/report.ts'
import type { View } from '../../src/report/reporter.ts'
import { table } from '../../src/report/table.ts'
import { goodNews, incident, NOW } from '../cli/fake-host.ts'

const view: View = { columns: 100, colorLevel: 0, all: false, verbose: false, timeZone: 'Europe/Kyiv', now: NOW }

function screen(report: Report, changed: Partial<View> = {}): string {
  return [...table.render(report, { ...view, ...changed })].join('')
}

function topics(text: string): string[] {
  return text.split('\n').flatMap((line) => /^([A-Z]\w+(?: \w+)?)  +\S/.exec(line)?.[1] ?? [])
}

const everything = incident((report) => {
  const none = { startedAfterKnown: 0, tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }, overAt: null, builtOn: [] }
  const rhythm = { spanMs: 311_000, attempts: 5, meanIntervalMs: null, minIntervalMs: null, ...none }
  report.incidents = [
    {
      id: 'i1',
      cause: 'overloaded',
      firstAt: '2026-05-30T10:00:00.000Z',
      lastAt: '2026-05-30T10:05:00.000Z',
      agents: ['x'],
      summary: 'old',
      ...rhythm,
    },
    {
      id: 'i2',
      cause: 'rate_limited',
      firstAt: '2026-05-31T19:22:30.000Z',
      lastAt: '2026-05-31T19:27:41.000Z',
      agents: ['a', 'b'],
      summary: 'a five-hour limit',
      ...rhythm,
    },
  ]
  const dirty = { staged: 0, modified: 1, untracked: 0, ignored: 0, conflicted: 0, operation: null }
  const git = {
    repo: null,
    remoteUrl: null,
    branch: null,
    head: null,
    base: null,
    exists: true,
    agents: [],
    ahead: 0,
    behind: 0,
    dirty,
    stashes: 0,
  }
  const rest = { ...git, pullRequest: null, remote: null, lock: null, orphan: false }
  report.worktrees = [
    {
      path: '/w/one',
      delivery: 'local',
      atRisk: [
        { what: '3 commits', path: null, bytes: null },
        { what: '2 files', path: null, bytes: 14_200 },
      ],
      ...rest,
    },
    { path: '/w/two', delivery: 'pushed', atRisk: [], ...rest },
    { path: '/w/three', delivery: 'pull_request', atRisk: [], ...rest },
    { path: '/w/four', delivery: 'none', atRisk: [], ...rest },
  ]
})

describe('the screen', () => {
  it('says everything in the order of the contract', () => {
    const text = screen(everything)
    const order = ['Incident', 'Agents', 'Misreported', 'Only here', 'Safe', 'Careful', 'Reset', 'Not read', 'Left out', 'Next']
    expect(topics(text)).toEqual(order)
    expect(text.indexOf('what happened')).toBeGreaterThan(text.indexOf('Reset '))
    expect(text.indexOf('what happened')).toBeLessThan(text.indexOf('Not read'))
  })

  it('shows the latest incident and counts the older ones', () => {
    expect(screen(everything)).toContain('rate_limited at 2026-05-31 22:22, 2 agents: a five-hour limit\n             1 older incident')
  })

  it('says what exists only here, and what is safe', () => {
    const text = screen(everything)
    expect(text).toContain('1 worktree holds work that exists nowhere else.\n             /w/one: 3 commits, 2 files (14 kB)')
    expect(text).toContain('The work of 2 worktrees: 1 in a pull request, 1 pushed.')
  })

  it('leaves out what has nothing to say', () => {
    expect(screen(goodNews())).toBe(`Agents       No agent died: 2 finished, in 1 session.\n\nNext         Nothing to do.\n`)
  })

  it('does not pass an incomplete scan for good news', () => {
    const report = goodNews()
    report.complete = false
    report.readIssues = incident().readIssues.slice(0, 1)
    const text = screen(report)
    expect(text).toContain('No agent is known to have died, but not everything could be read')
    expect(text).toContain('1 thing could not be read; what is said above may lack it.')
    expect(text).not.toContain('Nothing to do')
  })

  it('says that unknown agents count as unfinished, and what to type', () => {
    const report = goodNews()
    report.agents = incident().agents.filter(({ reason }) => reason === 'unknown')
    report.counts = { ...report.counts, agents: 1, finished: 0, unknown: 1 }
    const text = screen(report)
    expect(text).toContain('No agent died: 1 unknown (treat as unfinished)')
    expect(text).toContain('agent-forensics explain unknown')
  })

  it('says when there is nothing at all, and where more may be', () => {
    const report = goodNews()
    report.agents = []
    report.sessions = []
    report.counts = { ...report.counts, sessions: 0, agents: 0, finished: 0, filesOlder: 7 }
    expect(screen(report)).toContain('No sub-agents found in 0 sessions.')
    expect(screen(report)).toContain('Try the same command with --since all.')
  })

  it('names a dead main thread though no agent died', () => {
    const report = goodNews()
    report.sessions = incident().sessions
    const text = screen(report)
    expect(text).toContain('1 main thread ended badly too: 1 rate_limited')
    expect(text).toContain('main thread')
    expect(text).toContain('explain rate_limited')
  })
})

describe('the rows', () => {
  const many = incident((report) => {
    const [agent] = report.agents
    report.agents = Array.from({ length: 70 }, (_, index) => ({
      ...(agent as (typeof report.agents)[number]),
      agentId: `a${String(index).padStart(16, '0')}`,
    }))
    report.sessions = []
  })

  it('are capped aloud, and --all lists every one', () => {
    expect(screen(many)).toContain('and 50 more: --all lists every one')
    const all = screen(many, { all: true })
    expect(all).not.toContain('more: --all')
    expect(all.match(/^exit_killed/gm)).toHaveLength(70)
    expect(all.match(/^reason /gm)).toHaveLength(1)
  })

  it('have ids long enough to tell the agents apart', () => {
    const ids = screen(many, { all: true }).match(/\ba0+\d*\b/g) ?? []
    expect(new Set(ids).size).toBe(70)
  })

  it('hide the finished without --all, and internal helpers unless one is asked for', () => {
    const shown = (changed: Partial<View>, report = incident()): boolean[] =>
      ['Draft the release notes', 'acompact'].map((name) => screen(report, { ...changed, columns: 160 }).includes(name))
    expect(shown({})).toEqual([false, false])
    expect(shown({ all: true })).toEqual([true, false])
    expect(
      shown(
        { all: true },
        incident((report) => (report.options.agent = 'acompact-0b1c2d3e4')),
      ),
    ).toEqual([true, true])
  })

  it('are drawn at once though a description has megabytes', () => {
    const started = performance.now()
    screen(incident((report) => report.agents.forEach((agent) => (agent.description = 'я'.repeat(2_000_000)))))
    expect(performance.now() - started).toBeLessThan(2000)
  })

  it('come worst first', () => {
    const reasons = screen(incident()).match(/^[a-z_]+(?= {2,}\S)/gm)
    expect(reasons?.slice(0, 4)).toEqual(['reason', 'exit_killed', 'pause_killed', 'billing'])
    expect(reasons?.slice(-3)).toEqual(['retry_storm', 'retry_storm', 'running'])
  })
})

describe('the reset', () => {
  it.each([
    ['2026-05-31T20:10:00Z', 'resets at 2026-06-01 03:50 (Europe/Kyiv), in 4h 40min.'],
    ['2026-06-01T00:49:30Z', 'in 1min.'],
    ['2026-06-01T00:50:00Z', 'was reset at 2026-06-01 03:50 (Europe/Kyiv), 0s ago: ready now.'],
    ['2026-06-04T00:50:00Z', '3d ago: ready now.'],
  ])('seen from %s', (now, said) => {
    expect(screen(incident(), { now: Date.parse(now) })).toContain(said)
  })

  it('is the latest one, and not that of a billing limit', () => {
    const report = incident((one) => {
      for (const { reason, limit } of one.agents) if (reason === 'billing' && limit !== null) limit.resetsAt = '2027-01-01T00:00:00.000Z'
      const storm = one.agents.find(({ reason }) => reason === 'retry_storm')
      if (storm !== undefined) storm.limit = { kind: 'seven_day', resetsAt: '2026-06-03T00:00:00.000Z', resetSource: 'text', text: '' }
    })
    expect(screen(report)).toContain('The weekly limit resets at 2026-06-03 03:00')
  })

  it('says so when no record tells it', () => {
    const report = incident((one) => [...one.agents, ...one.sessions].forEach(({ limit }) => limit !== null && (limit.resetsAt = null)))
    expect(screen(report)).toContain('No record says when the limit resets.')
  })
})
