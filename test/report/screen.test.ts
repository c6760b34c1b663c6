import { describe, expect, it } from 'vitest'
import type { Report } from '../../src/report/report.ts'
import type { View } from '../../src/report/reporter.ts'
import { summaryOf } from '../../src/report/plan-words.ts'
import { table } from '../../src/report/table.ts'
import { goodNews, incident, NOW } from '../cli/fake-host.ts'
import { action, risk, row, type Worktree } from './parts.ts'
import { incidentWith, workItemWith } from './story-parts.ts'

const view: View = { columns: 100, colorLevel: 0, all: false, verbose: false, timeZone: 'Europe/Kyiv', now: NOW }

function screen(report: Report, changed: Partial<View> = {}): string {
  return [...table.render(report, { ...view, ...changed })].join('').replaceAll('\u00a0', ' ')
}

/** The labels of a screen, in order. */
function labels(text: string): string[] {
  return text.split('\n').flatMap((line) => /^([A-Z]\w+(?: \w+)?)  +\S/.exec(line)?.[1] ?? [])
}

/** The rows of the table, without its head. */
function rows(text: string): readonly string[] {
  const lines = text.split('\n')
  const head = lines.findIndex((line) => line.startsWith('agent '))
  return head < 0 ? [] : lines.slice(head + 1, lines.indexOf('', head))
}

const WIDE = { columns: 320 }
/** Agents of the stored incident. */
const KILLED = 'a1c47e02b9d3f6581'
const SUCCESSOR = 'ad0f7b1284a5c643d'
const FINISHED = 'ae108c2395b6d754e'

/** The stored incident without its work, and with incidents of the test's own. */
function plain(change: (report: Report) => void = () => {}): Report {
  return incident((report) => {
    report.worktrees = []
    for (const agent of report.agents) agent.worktreePath = null
    change(report)
  })
}

/** As many dead agents as are wanted, of one session, one minute apart. */
function fanOut(amount: number, change: (agent: Report['agents'][number], index: number) => void = () => {}): Report['agents'] {
  const [first] = incident().agents.filter(({ reason }) => reason === 'rate_limited')
  return Array.from({ length: amount }, (_, index) => {
    const agent = { ...(first as Report['agents'][number]), agentId: `a${String(index).padStart(2, '0')}${'c'.repeat(14)}` }
    agent.description = `Part ${index}`
    agent.endedAt = new Date(NOW - (amount - index) * 60_000).toISOString()
    change(agent, index)
    return agent
  })
}

describe('the first sentence', () => {
  it('says how many of how many died, of what, when, and what resets when', () => {
    const text = screen(plain(), WIDE)
    expect(text.split('\n').slice(0, 4)).toEqual([
      '10 of 15 agents died, 1 more may have died, 1 ended in an unknown way, 1 still runs and 1 main thread was cut off, in 3 sessions.',
      '5-hour limit at 22:22, resets 1 Jun 03:50 (in 4 h 40 min): 6 refusals in 6 min.',
      '1 earlier incident (-v lists it).',
      '',
    ])
  })

  it('states no death that rests on silence, time or wording alone', () => {
    const text = screen(
      plain((report) => {
        for (const agent of report.agents) agent.confidence = 'low'
      }),
      WIDE,
    )
    expect(text).toMatch(/^11 of 15 agents may have died, 1 ended in an unknown way, /)
    expect(text).toMatch(
      /^Misreported {2}Workflow "review" was reported as completed, but all 5 calls failed\. ".* may not have finished, though reported/m,
    )
    expect(text).not.toMatch(/\d more were reported/)
    const plainly = screen(
      plain((report) => {
        report.incidents = []
        for (const agent of report.agents) agent.confidence = 'low'
      }),
      WIDE,
    )
    expect(plainly).toContain('\nReasons: 3 rate_limited?, 2 retry_storm?, 1 billing?, ')
  })

  it.each([
    ['2026-05-31T20:10:00Z', 'resets 1 Jun 03:50 (in 4 h 40 min)'],
    ['2026-06-01T00:49:30Z', 'resets 03:50 (in 1 min)'],
    ['2026-06-01T00:50:00Z', 'reset 03:50 (0 s ago)'],
    ['2026-06-04T00:50:00Z', '5-hour limit at 31 May 22:22, reset 1 Jun 03:50 (3 days ago)'],
    ['2027-06-04T00:50:00Z', 'at 31 May 2026, reset 1 Jun 2026 (368 days ago)'],
  ])('seen from %s', (now, said) => {
    expect(screen(plain(), { ...WIDE, now: Date.parse(now) })).toContain(said)
  })

  it.each<[string, Partial<Report['incidents'][number]>, string]>([
    ['that nothing tells of', { overAt: null }, '5-hour limit at 22:22, reset time unknown: 5 refusals in 311 s.'],
    ['that somebody got past', { overAt: null, workedPastAt: '2026-05-31T19:40:00.000Z' }, ', lifted by 22:40: '],
    [
      'that did not help',
      {
        limit: { kind: 'seven_day', resetsAt: '2026-05-31T19:00:00.000Z', resetSource: 'structured', text: '' },
        overAt: '2026-05-31T19:00:00.000Z',
        lastAt: '2026-05-31T19:10:00.000Z',
      },
      'Weekly limit at 22:22, still refused 1 h ago, after its reset at 22:00: ',
    ],
  ])('tells of a reset %s', (_, changed, said) => {
    expect(
      screen(
        plain((report) => (report.incidents = [incidentWith(changed)])),
        WIDE,
      ).replace('5 min', '311 s'),
    ).toContain(said)
  })

  it('says without an incident what the dead died of', () => {
    const text = screen(
      plain((report) => (report.incidents = [])),
      WIDE,
    )
    expect(text).toContain('\nReasons: 3 rate_limited, 2 retry_storm, 1 billing, 1 context_exhausted, ')
  })

  it('is all there is when nothing is wrong', () => {
    expect(screen(goodNews())).toBe('2 agents finished since 24 May 23:10. Nothing is local only. Nothing to do.\n')
    const running = goodNews()
    running.counts = { ...running.counts, running: 2 }
    expect(screen(running)).toMatch(/^2 agents still run, 2 finished since 24 May 23:10\. /)
  })

  it('passes nothing incomplete for good news', () => {
    const report = goodNews()
    report.complete = false
    report.readIssues = incident().readIssues.slice(0, 1)
    const text = screen(report)
    expect(text).toMatch(
      /^2 agents finished since 24 May 23:10, as far as could be read\.\n\nNot read +1 damaged line \(-v lists it\)\.\n$/,
    )
    const blind = goodNews()
    blind.options.git = false
    expect(screen(blind)).toMatch(
      /^2 agents finished since 24 May 23:10\.\n\nNot read +git \(--no-git\), so local-only work is unknown\.\n$/,
    )
  })

  it('counts unknown agents, and says when there are none at all and where more may be', () => {
    const unknown = goodNews()
    unknown.agents = incident().agents.filter(({ reason }) => reason === 'unknown')
    unknown.counts = { ...unknown.counts, agents: 1, finished: 0, unknown: 1 }
    expect(screen(unknown)).toMatch(/^No agent died, but 1 ended in an unknown way, in 1 session\.\n/)
    const none = goodNews()
    none.agents = []
    none.counts = { ...none.counts, sessions: 4, agents: 0, finished: 0, filesOlder: 7 }
    expect(screen(none)).toMatch(/^No agent was found in 4 sessions since 24 May 23:10\. 7 older transcripts not read \(--since all\)\./)
  })

  it('names a main thread that was cut off though no agent died', () => {
    const report = goodNews()
    report.sessions = incident().sessions
    expect(screen(report)).toMatch(/^No agent died, but 1 main thread was cut off, in 1 session\.\n/)
    expect(rows(screen(report))).toEqual([expect.stringMatching(/^main thread +rate_limited +22:28 +7f3a12c4$/)])
  })
})

describe('main threads', () => {
  const withMain = (rest: Partial<Report['sessions'][number]>): Report =>
    plain((report) => {
      report.sessions = report.sessions.map((session) => ({ ...session, cutOff: false }))
      Object.assign(report.sessions[0] ?? {}, { reason: 'exit_killed', confidence: 'high', cutOff: true, ...rest })
    })

  it('appear where their own work was cut off', () => {
    expect(screen(withMain({}), WIDE)).toMatch(/and 1 main thread was cut off/)
    expect(rows(screen(withMain({}), WIDE)).filter((line) => line.startsWith('main thread'))).toHaveLength(1)
  })

  it.each<[string, Partial<Report['sessions'][number]>]>([
    ['nothing was asked in them', { cutOff: false }],
    ['their person stopped them', { reason: 'interrupted' }],
    ['they finished', { reason: 'completed' }],
  ])('do not appear where %s', (_, rest) => {
    expect(screen(withMain(rest), WIDE)).not.toContain('main thread')
    expect(screen(withMain(rest), { ...WIDE, all: true })).toContain('\nmain thread ')
  })

  it('come last, and are counted apart, where nothing but silence speaks of their end', () => {
    const text = screen(withMain({ confidence: 'low' }), WIDE)
    expect(text).toContain('1 more main thread may have been cut off')
    expect(text).not.toContain('was cut off,')
    expect(rows(text).at(-1)).toMatch(/^main thread +exit_killed\?/)
  })
})

describe('the labels', () => {
  const everything = incident((report) => {
    report.worktrees = [
      row({ path: '/w/one', delivery: 'local', atRisk: [risk('commits', 3), risk('modified', 2, { lines: 40, bytes: 14_200 })] }),
      row({ path: '/w/two', delivery: 'pull_request', remote: { unverified: 'timeout' } }),
    ]
    for (const agent of report.agents) agent.worktreePath = null
    report.workItems = [workItemWith({ maybeDoneBy: SUCCESSOR })]
    report.plan.actions = [
      action('preserve', { id: 'preserve-one' }),
      action('release', { title: 'Hetzner server 5, since 2026-05-31T19:00:00.000Z' }),
      action('resume', { commands: [{ cwd: '/w', argv: ['claude', '--resume'] }] }),
    ]
    const limit = { kind: 'seven_day' as const, resetsAt: '2026-06-03T00:00:00.000Z', resetSource: 'text' as const, text: '' }
    for (const agent of report.agents) if (agent.reason === 'retry_storm') agent.limit = limit
  })

  it('are six at most, in the order of the contract, above the table; the one command stands last', () => {
    const text = screen(everything)
    expect(labels(text)).toEqual(['Save first', 'Misreported', 'Billing', 'Reset', 'Done since', 'Not read', 'Next'])
    expect(text.indexOf('\nagent ')).toBeGreaterThan(text.indexOf('\nNot read'))
    expect(text).toMatch(/\nNext +agent-forensics recover\n$/)
  })

  it('say what exists only on this machine, and the command behind it, on a line of its own', () => {
    expect(screen(everything)).toContain(
      '\nSave first   3 commits, 2 files exist only on this machine:\n             agent-forensics preserve\n',
    )
    const one = incident((report) => (report.worktrees = [row({ path: '/w/one', delivery: 'local', atRisk: [risk('commits', 1)] })]))
    expect(screen(one)).toContain('\nSave first   1 commit exists only on this machine.\n')
  })

  it('do not say to save what is saved: the column tells', () => {
    const kept = { ref: 'refs/heads/rescue/a1', holds: ['commits' as const], onRemote: false }
    const own = { agents: [KILLED], orphan: false, delivery: 'local' as const, atRisk: [risk('commits', 3)] }
    const screenOf = (saved: Worktree['saved']): string => screen(plain((report) => (report.worktrees = [row({ ...own, saved })])))
    expect(labels(screenOf([]))).toContain('Save first')
    expect(labels(screenOf([kept]))).not.toContain('Save first')
    expect(rows(screenOf([]))[0]).toMatch(/ 3 commits +a1c47e02$/)
    expect(rows(screenOf([kept]))[0]).toMatch(/ saved: 3 commits +a1c47e02$/)
  })

  it('name the worktrees of unfinished agents of which git said nothing', () => {
    const text = screen(incident((report) => (report.worktrees = [])))
    expect(text).toMatch(/Save first +Git cannot tell what 3 worktrees of unfinished agents hold: look before you start\s+claude\./)
    expect(text).toContain('more (-v lists them)')
    const path = '/home/olena/shop/.claude/worktrees/agent-'
    expect(
      screen(
        incident((report) => (report.worktrees = [])),
        { verbose: true },
      ).split(path).length,
    ).toBeGreaterThan(3)
    expect(screen(incident((report) => Object.assign(report.options, { git: false }) && (report.worktrees = [])))).toContain(
      'Git was not asked what',
    )
  })

  it('name at 80 columns whom the client reported as completed', () => {
    const only = (amount: number, named: readonly string[]): string =>
      screen(
        plain((report) => {
          report.agents = fanOut(amount, (agent, index) => {
            agent.reportedAs = index < named.length ? 'completed' : 'failed'
            agent.description = named[index] ?? 'Other'
          })
          report.workflows = []
        }),
        { columns: 80 },
      )
    expect(only(3, [])).not.toContain('Misreported')
    expect(only(3, ['Describe the routes'])).toContain('\nMisreported  "Describe the routes" was reported as completed.\n')
    expect(only(3, ['Fix it', 'Test it'])).toContain('\nMisreported  "Fix it" and "Test it" were reported as completed.\n')
    expect(only(9, ['A', 'B', 'C', 'D', 'E'])).toContain('\nMisreported  "A", "B" and 3 more were reported as completed.\n')
    const long = only(2, ['x'.repeat(200), 'y'.repeat(200)]).split('\n')
    expect(Math.max(...long.map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(screen(plain(), WIDE)).toContain('So was workflow "review", but all 5 calls failed.')
  })

  it('tell of each limit once, soonest first, and of none that is long over beside one that is ahead', () => {
    expect(screen(everything)).toContain('\nReset        weekly limit resets 3 Jun 03:00 (in 2 days).\n')
    const two = plain((report) => {
      report.incidents = []
      report.agents = fanOut(3, (agent, index) => {
        const resetsAt = ['2026-06-02T00:00:00.000Z', '2026-06-01T00:00:00.000Z', '2026-05-30T00:00:00.000Z'][index] ?? null
        agent.limit = { kind: index === 0 ? 'seven_day' : 'five_hour', resetsAt, resetSource: 'text', text: '' }
      })
      report.sessions = []
    })
    expect(screen(two, WIDE)).toContain(
      '\nReset        5-hour limit resets 1 Jun 03:00 (in 3 h 50 min); weekly limit resets 2 Jun 03:00 (in 27 h 50 min).\n',
    )
    for (const agent of two.agents) if (agent.limit !== null) agent.limit.resetsAt = null
    expect(screen(two, WIDE)).toContain('reset time unknown')
  })

  it('tell how many of the dead need nothing', () => {
    const done = (superseded: number, maybe: number): string =>
      screen(
        plain((report) => {
          report.counts = { ...report.counts, superseded }
          report.workItems = Array.from({ length: maybe }, () => workItemWith({ maybeDoneBy: SUCCESSOR }))
        }),
        WIDE,
      )
    expect(labels(done(0, 0))).not.toContain('Done since')
    expect(done(1, 0)).toContain('\nDone since   1 of the 11 dead: a later attempt did the work, or is doing it.\n')
    expect(done(0, 2)).toContain('\nDone since   maybe 2 of the 11 dead: a later agent had the same task.\n')
    expect(done(1, 2)).toContain('\nDone since   1 of the 11 dead, maybe 2 more: a later agent had the same task.\n')
  })

  it('count what could not be read by its kind, and list it when asked', () => {
    const broken = plain((report) => {
      const issue = { line: 1, byteOffset: 0, bytes: 1, detail: 'x' }
      report.readIssues = [
        { ...issue, path: '/r/a', reason: 'torn_line' },
        { ...issue, path: '/r/a', reason: 'malformed_json' },
        { ...issue, path: '/r/b', reason: 'encoding' },
        { ...issue, path: '/r/c', reason: 'unreadable', line: null },
        { ...issue, path: '/w/shop', reason: 'git', line: null },
      ]
    })
    expect(screen(broken, WIDE)).toContain(
      '\nNot read     3 damaged lines in 2 files, 1 file and 1 place that git cannot read (-v lists them).\n',
    )
    expect(screen(broken, { ...WIDE, verbose: true })).toContain('torn_line, line 1: x\n')
  })
})

describe('what may cost money', () => {
  const billing = (titles: readonly string[], changed: Partial<View> = {}, change: (report: Report) => void = () => {}): string =>
    screen(
      plain((report) => {
        report.plan.actions = titles.map((title) =>
          action('release', { title, commands: [{ cwd: '/srv/app', argv: ['sh', '-c', 'ps -p "$(cat x.pid)"'] }] }),
        )
        change(report)
      }),
      { ...WIDE, ...changed },
    )

  it('is told in the time of the reader, and said to be unconfirmed unless it was looked up', () => {
    expect(billing([])).not.toContain('Billing')
    expect(billing(['Hetzner server 5, since 2026-05-31T19:00:00.000Z'])).toContain(
      '\nBilling      Hetzner server 5 may be running (since 22:00, unconfirmed).\n',
    )
    expect(billing(['server 5, since 2026-05-31T19:00:00.000Z', 'server 6, since 2026-05-31T18:00:00.000Z, running'])).toContain(
      '\nBilling      server 6 is running (since 21:00); 1 more thing may be (-v lists them).\n',
    )
  })

  it.each([
    ['more than a day before the incident', 'server, since 2026-05-28T10:00:00.000Z', false],
    ['then, and is proven to run', 'server, since 2026-05-28T10:00:00.000Z, running', true],
    ['within the day before the incident', 'server, since 2026-05-30T20:00:00.000Z', true],
    ['after it', 'server, since 2026-05-31T20:00:00.000Z', true],
    ['nobody knows when', 'server', false],
  ])('began %s', (_, title, isTold) => {
    expect(labels(billing([title])).includes('Billing')).toBe(isTold)
  })

  it('counts from now where nothing happened', () => {
    const none = (since: string): string => billing([`server, since ${since}`], {}, (report) => (report.incidents = []))
    expect(none('2026-05-29T20:00:00.000Z')).not.toContain('Billing')
    expect(none('2026-05-31T10:00:00.000Z')).toContain('Billing')
  })

  it('has with --verbose the command that checks, as it is typed', () => {
    const text = billing(['server 5, since 2026-05-31T19:00:00.000Z'], { columns: 60, verbose: true })
    expect(text).toContain(`\n             To check server 5:\n             cd /srv/app && sh -c 'ps -p "$(cat x.pid)"'\n`)
  })

  it('is escaped', () => {
    expect(billing(['server \u001b[31m <b>\u202e, since 2026-05-31T19:00:00.000Z'])).toContain(String.raw`server \u{1b}[31m <b>\u{202e}`)
  })
})

describe('the table', () => {
  it('has local-only work first, branches without an agent too, then the latest incident, then the newest of the others', () => {
    const report = plain((each) => {
      each.worktrees = [
        row({ agents: [FINISHED], orphan: false, path: '/w/done', atRisk: [risk('commits', 2)] }),
        row({ exists: false, path: '/w', branch: 'left', atRisk: [risk('commits', 1)] }),
      ]
      each.incidents = [
        incidentWith({ id: 'old', agents: ['a8ba26cd3f50719e4'], lastAt: '2026-05-31T16:02:00.000Z' }),
        incidentWith({ id: 'new', agents: ['a4f06b7713d8c2e59'] }),
      ]
      each.sessions = []
    })
    const names = rows(screen(report, WIDE)).map((line) => line.split(/ {2,}/)[0])
    expect(names.slice(0, 4)).toEqual([
      'Draft the release notes',
      'branch left',
      'Add retries to the payment client',
      'Review: error texts',
    ])
    expect(rows(screen(report, WIDE))[1]).toMatch(/^branch left +no agent known +1 commit +-$/)
    const times = rows(screen(report, WIDE))
      .slice(3)
      .map((line) => / (\d\d:\d\d) /.exec(line)?.[1] ?? '')
    expect(times).toEqual(times.toSorted().toReversed())
  })

  it('has one line for each row at any width, none of them too long', () => {
    const report = plain((each) => {
      for (const agent of each.agents) agent.description = 'a very long description '.repeat(40)
    })
    for (const columns of [40, 60, 80, 120, 200]) {
      const lines = rows(screen(report, { columns }))
      expect(lines).toHaveLength(13)
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
    }
  })

  it('is not wrapped where nobody sees it, nor is anything else', () => {
    const report = plain((each) => (each.agents[0] ?? { description: '' }).description === 'x')
    const piped = screen(report, { columns: Number.POSITIVE_INFINITY })
    expect(piped.split('\n')).toHaveLength(screen(report, { columns: 400 }).split('\n').length)
    expect(piped).not.toContain('…')
    expect(Math.max(...rows(piped).map((line) => line.length))).toBeLessThan(160)
  })

  it.each([
    [4, 4],
    [5, 1],
    [30, 1],
  ])('folds %i of one reason, incident and parent into %i', (amount, lines) => {
    const report = plain((each) => {
      each.agents = fanOut(amount)
      each.sessions = []
    })
    const text = screen(report, WIDE)
    expect(rows(text)).toHaveLength(lines)
    if (lines === 1) expect(rows(text)[0]).toMatch(new RegExp(`^${amount} agents: Part ${amount - 1}, … +rate_limited +23:09 +.*7f3a12c4$`))
    expect(rows(screen(report, { ...WIDE, all: true }))).toHaveLength(amount)
  })

  it('folds neither agents of several parents nor of several incidents, and the local-only work of like ones is one sum', () => {
    const report = plain((each) => {
      each.agents = fanOut(8, (agent, index) => (agent.parentAgentId = index < 4 ? 'ap' : 'aq'))
      each.sessions = []
    })
    expect(rows(screen(report, WIDE))).toHaveLength(8)
    const saved = plain((each) => {
      each.agents = fanOut(6)
      each.sessions = []
      each.worktrees = each.agents.map(({ agentId }) => row({ path: `/w/${agentId}`, agents: [agentId], atRisk: [risk('commits', 2)] }))
    })
    expect(rows(screen(saved, WIDE))).toEqual([expect.stringMatching(/^6 agents: .* 12 commits /)])
  })

  it('folds two calls of a workflow: a run is resumed as a whole', () => {
    const report = plain((each) => {
      each.agents = fanOut(2, (agent) => (agent.workflowRunId = 'wf_02d1a6'))
      each.sessions = []
    })
    expect(rows(screen(report, WIDE))).toEqual([expect.stringMatching(/^workflow review: 2 calls +rate_limited .* wf_02d1a$/)])
  })

  it('tells of a worktree once, whoever worked there', () => {
    const report = plain((each) => {
      each.agents = fanOut(3)
      each.sessions = []
      each.worktrees = [row({ agents: each.agents.map(({ agentId }) => agentId), atRisk: [risk('commits', 2)] })]
    })
    const lines = rows(screen(report, WIDE))
    expect(lines[0]).toMatch(/^Part 2 and 2 other agents .* 2 commits /)
    expect(lines).toHaveLength(3)
    expect(lines.filter((line) => line.includes('2 commits'))).toHaveLength(1)
  })

  it('has fifteen lines, and says how many more there are and how new', () => {
    const many = plain((each) => {
      each.agents = fanOut(70, (agent, index) => (agent.parentAgentId = `a${index}`))
      each.sessions = []
    })
    expect(rows(screen(many))).toHaveLength(16)
    expect(screen(many)).toContain('\nand 55 more, the newest 22:54 (-a lists all)\n')
    expect(rows(screen(many, { all: true }))).toHaveLength(70)
    expect(new Set(rows(screen(many, { all: true })).map((line) => line.split(' ').at(-1))).size).toBe(70)
  })

  it('has the finished with --all, and internal helpers only if one is asked for', () => {
    const shown = (changed: Partial<View>, report = plain()): boolean[] =>
      ['Draft the release notes', 'acompact'].map((name) => screen(report, { ...WIDE, ...changed }).includes(name))
    expect(shown({})).toEqual([false, false])
    expect(shown({ all: true })).toEqual([true, false])
    expect(
      shown(
        { all: true },
        plain((report) => (report.options.agent = 'acompact-0b1c2d3e4')),
      ),
    ).toEqual([true, true])
  })

  it('lists those of the reasons that were asked for, the finished too', () => {
    const only = (...reasons: Report['options']['reasons']): string =>
      screen(
        plain((report) => {
          report.options.reasons = reasons
          report.agents = report.agents.filter(({ reason }) => reasons.includes(reason))
        }),
        WIDE,
      )
    expect(only('completed')).toMatch(/^2 of 15 agents are completed, in 3 sessions\.\n/)
    expect(rows(only('completed')).map((line) => line.split(/ {2,}/).slice(0, 2))).toEqual([
      ['Update the changelog', 'completed'],
      ['Draft the release notes', 'completed'],
      ['main thread', 'completed'],
    ])
    expect(only('stopped')).toMatch(/^1 of 15 agents is stopped/)
    expect(rows(only('stopped', 'billing'))).toHaveLength(2)
  })

  it('says at the end whose work was done since', () => {
    const report = plain((each) => {
      each.agents.forEach((agent) => agent.agentId === KILLED && (agent.supersededBy = FINISHED))
      each.counts = { ...each.counts, superseded: 1 }
    })
    expect(rows(screen(report, WIDE)).at(-1)).toMatch(/^Move the order service .* \(done since\) +exit_killed/)
    expect(screen(report, { ...WIDE, verbose: true })).toContain('; done since by ae108c23')
  })

  it('is drawn though a description has megabytes', () => {
    const text = screen(plain((report) => report.agents.forEach((agent) => (agent.description = 'я'.repeat(2_000_000)))))
    expect(text.length).toBeLessThan(20_000)
  })

  it('tells what is gone of those that have nothing else', () => {
    const report = plain((each) => each.agents.forEach((agent) => agent.agentId === KILLED && (agent.goneFiles = { count: 2, paths: [] })))
    expect(rows(screen(report)).find((line) => line.startsWith('Move'))).toMatch(/ 2 files gone +a1c47e02$/)
    expect(screen(report, { ...WIDE, verbose: true })).toContain(
      '\nGone         2 written files are gone from disk; the plan has the command that rebuilds them.\n',
    )
  })
})

describe('more with --verbose', () => {
  it('lists incidents, what is saved and safe, what rests on lost work, and what was left out', () => {
    const text = screen(incident(), { columns: 200, verbose: true })
    expect(labels(text)).toEqual(['Save first', 'Misreported', 'Not read', 'Reasons', 'Incidents', 'Safe', 'Built on', 'Left out', 'Times'])
    expect(text).toContain('Spend limit at 20:48. 1 refusal; 0.48 M tokens in 1 agent.')
    expect(text).toContain('no PR yet: Update the changelog https://github.com/')
  })

  it('names who did the work of whom', () => {
    const withItem = (rest: Partial<Report['workItems'][number]>, superseded: string | null): string =>
      screen(
        plain((report) => {
          report.workItems = [workItemWith({ title: 'Port the cart page', attempts: [KILLED], ...rest })]
          report.agents.forEach((agent) => agent.agentId === KILLED && (agent.supersededBy = superseded))
          report.counts.superseded = superseded === null ? 0 : 1
        }),
        { ...WIDE, verbose: true },
      )
    expect(withItem({ doneBy: FINISHED, certainty: 'medium' }, FINISHED)).toContain(
      'Port the cart page: done by ae108c23 (same prompt or branch)',
    )
    expect(withItem({ doingBy: SUCCESSOR }, SUCCESSOR)).toContain('Port the cart page: ad0f7b12 is doing it')
    expect(withItem({ maybeDoneBy: SUCCESSOR }, null)).toContain('Port the cart page: perhaps done by ad0f7b12')
  })
})

describe('the one command', () => {
  const next = (
    actions: Report['plan']['actions'],
    root = '/home/olena/.claude/projects',
    changed: Partial<View> = {},
  ): string | undefined =>
    /\nNext +(.+)\n$/.exec(
      screen(
        plain((report) => {
          report.options.roots = [root]
          report.plan.actions = actions
        }),
        { ...WIDE, ...changed },
      ),
    )?.[1]
  const start = action('resume', { commands: [{ cwd: '/w', argv: ['claude', '--resume'] }] })

  it('recovers, else saves, else shows the plan; to clean up needs none', () => {
    expect(next([action('preserve'), start])).toBe('agent-forensics recover')
    expect(next([action('preserve')])).toBe('agent-forensics preserve')
    expect(next([action('push')])).toBe('agent-forensics plan')
    expect(next([action('clean_up')])).toBeUndefined()
    expect(next([])).toBeUndefined()
  })

  it('leads to the same transcripts with the same options', () => {
    expect(next([start], '/home/a/.claude/projects', { usualRoots: ['/home/a/.claude/projects'] })).toBe('agent-forensics recover')
    expect(next([start], '/mnt/b/.claude/projects', { usualRoots: ['/home/a/.claude/projects'], repeated: ['--offline'] })).toBe(
      'agent-forensics recover --root /mnt/b/.claude/projects --offline',
    )
  })

  it('is broken at no width', () => {
    const root = `/mnt/${'very long name '.repeat(12)}x`
    for (const columns of [40, 80]) expect(next([start], root, { columns })).toBe(`agent-forensics recover --root '${root}'`)
  })
})

it('counts one piece of work that was tried several times once among what is to be recovered', () => {
  const report = plain((each) => {
    each.agents = fanOut(3)
    each.workItems = [workItemWith({ attempts: each.agents.map(({ agentId }) => agentId) })]
    each.plan.actions = [action('resume', { agents: each.agents.map(({ agentId }) => agentId) })]
  })
  expect(summaryOf(report, 0)).toBe('1 step: recover 1 agent.')
})
