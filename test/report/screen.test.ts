import { describe, expect, it } from 'vitest'
import type { Report } from '../../src/report/report.ts'
import { emptyRow } from '../../src/worktree/empty-row.ts'
import type { View } from '../../src/report/reporter.ts'
import { markdown } from '../../src/report/markdown.ts'
import { table } from '../../src/report/table.ts'
import { summaryOf } from '../../src/report/plan-words.ts'
import { TERMINAL_REASONS } from '../../src/reasons/terminal-reason.ts'
import { stageOf } from '../../src/report/work.ts'
import { worktreesTable } from '../../src/report/worktrees-table.ts'
import { goodNews, incident, NOW } from '../cli/fake-host.ts'
import { incidentWith, workItemWith } from './story-parts.ts'

const view: View = { columns: 100, colorLevel: 0, all: false, verbose: false, timeZone: 'Europe/Kyiv', now: NOW }

function screen(report: Report, changed: Partial<View> = {}): string {
  return [...table.render(report, { ...view, ...changed })].join('')
}

function work(report: Report, changed: Partial<View> = {}): string {
  return [...worktreesTable.render(report, { ...view, ...changed })].join('')
}

function topics(text: string): string[] {
  return text.split('\n').flatMap((line) => /^([A-Z]\w+(?: \w+)?)  +\S/.exec(line)?.[1] ?? [])
}

type Worktree = Report['worktrees'][number]
type AtRisk = Worktree['atRisk'][number]

function risk(what: AtRisk['what'], count: number, rest: Partial<AtRisk> = {}): AtRisk {
  return { what, count, lines: null, bytes: null, paths: [], ...rest }
}

function row(rest: Partial<Worktree>): Worktree {
  return {
    ...emptyRow('/w/shop'),
    repo: '/w',
    remoteUrl: 'https://example.org/w.git',
    branch: 'main',
    head: '0'.repeat(40),
    base: 'origin/main',
    exists: true,
    ahead: 0,
    behind: 0,
    remote: { checkedAt: '2026-05-31T20:10:00.000Z' },
    orphan: true,
    ...rest,
  }
}

const everything = incident((report) => {
  report.incidents = [
    incidentWith({
      id: 'i1',
      cause: 'overloaded',
      limit: null,
      firstAt: '2026-05-30T10:00:00.000Z',
      lastAt: '2026-05-30T10:05:00.000Z',
      summary: 'old',
    }),
    incidentWith({
      id: 'i2',
      agents: ['a', 'b'],
      overAt: '2026-05-31T23:00:00.000Z',
      reportedAs: 'completed',
      summary: '5 refusals in 6 min',
    }),
  ]
  report.worktrees = [
    row({ path: '/w/one', delivery: 'local', atRisk: [risk('commits', 3), risk('modified', 2, { lines: 40, bytes: 14_200 })] }),
    row({ path: '/w/two', delivery: 'pushed' }),
    row({ path: '/w/three', delivery: 'pull_request', remote: { unverified: 'timeout' } }),
    row({ path: '/w/four' }),
  ]
})

describe('the screen', () => {
  it('says everything in the order of the contract', () => {
    const text = screen(everything)
    const order = [
      'Incident',
      'Agents',
      'Misreported',
      'Only here',
      'Safe',
      'Unverified',
      'Careful',
      'Reset',
      'Built on',
      'Not read',
      'Left out',
      'Next',
    ]
    expect(topics(text)).toEqual(order)
    expect(text.indexOf('what happened')).toBeGreaterThan(text.indexOf('Reset '))
    expect(text.indexOf('what happened')).toBeLessThan(text.indexOf('Not read'))
  })

  it('shows the latest incident and counts the older ones', () => {
    const text = screen(everything, { columns: 200 }).replaceAll('\u00a0', ' ')
    expect(text).toContain(
      'Incident     5-hour limit hit at 2026-05-31 22:22:30. 5 refusals in 6 min. ' +
        'It resets at 2026-06-01 02:00 (Europe/Kyiv), in 2h 50min; the client reported: completed.\n' +
        '             1 older incident (--all lists them)\n',
    )
    expect(screen(everything, { all: true })).toContain('The API was overloaded at 2026-05-30 13:00:00. Old.')
  })

  it('says what exists only here, and what is safe', () => {
    const text = screen(everything)
    expect(text).toContain('Only here    Work that exists nowhere else, in 1 worktree: 3 commits, 2 files (40 lines, 14 kB).\n')
    expect(text).toContain('\n             one: 3 commits, 2 files (40 lines, 14 kB)\n             /w/one\n')
    expect(text).toContain('All work of 2 worktrees: 1 in a pull request (unverified), 1 pushed.')
    expect(text).toContain('The remote of 1 of 4 did not answer (1 no answer in time)')
  })

  it('says what is saved on this disk, and warns no more of starting claude once all of it is', () => {
    const kept = { ref: 'refs/heads/rescue/a1', holds: ['commits' as const], onRemote: false }
    const one = row({ path: '/w/one', delivery: 'local', atRisk: [risk('commits', 3)], saved: [kept] })
    const two = row({ path: '/w/two', delivery: 'local', atRisk: [risk('commits', 1), risk('ignored', 1)], saved: [kept] })
    const report = (rows: Worktree[]): Report =>
      incident((each) => {
        each.worktrees = rows
        for (const agent of each.agents) agent.worktreePath = null
      })
    const whole = screen(report([one]), { columns: 200 }).replaceAll('\u00a0', ' ')
    expect(topics(whole)).not.toEqual(expect.arrayContaining(['Only here']))
    expect(whole).not.toContain('Do not start claude')
    expect(whole).toContain('Work of 1 worktree is in rescue references as it stands now, on this disk only: 3 commits.')
    expect(whole).toContain('one: 3 commits, in rescue/a1')
    const partly = screen(report([one, two]), { columns: 200 }).replaceAll('\u00a0', ' ')
    expect(partly).toContain('Work that exists nowhere else, in 1 worktree: 1 commit, 1 file.')
    expect(partly).toContain('Do not start claude')
    expect(work(report([one, two]), { columns: 200 })).toMatch(/one\b[^]*- saved in rescue\/a1, on this disk only\n[^]*- partly saved in/)
    expect(work(report([one]), { columns: 200 })).toMatch(/agent-forensics preserve --push\b/)
    const local = work(report([{ ...one, remoteUrl: null, remote: null }]), { columns: 200 })
    expect(local).toMatch(/agent-forensics preserve --bundle rescue-bundles\n/)
  })

  it('calls safe what is on a rescue branch of the remote, and says so', () => {
    const kept = { ref: 'refs/heads/rescue/a1', holds: ['modified' as const], onRemote: true }
    const report = incident((each) => void (each.worktrees = [row({ saved: [kept] }), row({ path: '/w/two', delivery: 'local' })]))
    const text = screen(report, { columns: 200 }).replaceAll('\u00a0', ' ')
    expect(text).toContain('All work of 2 worktrees: 2 on a rescue branch of the remote.')
    expect(work(report, { columns: 200 })).toContain('- saved on the remote in rescue/a1')
  })

  it('leads to the same transcripts with the same options, whatever it says to type', () => {
    const text = (root: string, changed: Partial<View> = {}): string =>
      screen(
        incident((report) => {
          report.options.roots = [root]
          report.plan.actions = []
          report.worktrees = []
        }),
        { columns: 200, ...changed },
      )
    const typed = (root: string, changed: Partial<View> = {}): string | undefined => /show a\w+(.*)/.exec(text(root, changed))?.[1]
    expect(typed('/home/a/.claude/projects')).toBe('')
    expect(typed('/home/a/.claude/projects', { usualRoots: ['/home/a/.claude/projects'] })).toBe('')
    expect(typed('/mnt/b/.claude/projects', { usualRoots: ['/home/a/.claude/projects'] })).toBe(' --root /mnt/b/.claude/projects')
    expect(typed('/c/demo/.claude/projects', { demoRoot: '/c/demo/.claude/projects' })).toBe(' --demo')
    const kept = (changed: Partial<View>): string =>
      work(
        incident((report) => {
          const saved = [{ ref: 'refs/kept/a', holds: ['modified' as const], onRemote: false }]
          report.worktrees = [row({ path: '/w/one', atRisk: [risk('modified', 1)], saved })]
        }),
        { columns: 200, ...changed },
      )
    expect(kept({ repeated: ['--offline', '--ref', 'refs/a b'] })).toContain("agent-forensics preserve --push --offline --ref 'refs/a b'")
  })

  it('breaks no command, however long it is: what a terminal wraps copies as it is', () => {
    const root = `/mnt/${'very long name '.repeat(12)}x`
    const report = incident((each) => {
      each.options.roots = [root]
      each.worktrees = [row({ path: '/w/one', atRisk: [risk('modified', 1)] })]
      each.agents = []
      const none = {
        why: '',
        commands: [],
        preconditions: [],
        notBefore: null,
        dependsOn: [],
        risk: '',
        cost: '',
        agents: [],
        session: null,
      }
      each.plan.actions = [{ ...none, id: 'preserve-one', kind: 'preserve', title: 'Save one' }]
    })
    for (const columns of [40, 80]) {
      expect(screen(report, { columns })).toContain(`Careful`)
      expect(screen(report, { columns })).toContain(`\n             agent-forensics preserve --root '${root}'\n`)
      expect(work(report, { columns })).toContain(`Next         agent-forensics preserve --root '${root}'\n`)
    }
  })

  it('tells how to look closer, and what rebuilds the files of an agent that are gone', () => {
    const report = (amount: number): Report =>
      incident((each) => {
        const [dead] = each.agents.filter(({ reason, turns }) => reason === 'exit_killed' && turns > 0)
        if (dead === undefined) throw new Error('nobody was killed')
        dead.goneFiles = { count: amount, paths: [] }
        each.worktrees = []
      })
    expect(screen(report(0), { columns: 200 })).toMatch(/One agent, whole: agent-forensics show a[\da-f]+\n/)
    expect(screen(report(0), { columns: 200 })).not.toContain('salvage')
    expect(screen(report(2), { columns: 200 })).toMatch(
      /2 files that it wrote are gone\. To rebuild them: agent-forensics salvage a[\da-f]+ --out salvaged-a[\da-f]+\n/,
    )
    expect(screen(report(1), { columns: 200 })).toMatch(
      /1 file that it wrote is gone\. To rebuild it: agent-forensics salvage a[\da-f]+ --out salvaged-a[\da-f]+\n/,
    )
  })

  it('does not take a name that nothing has for good news', () => {
    const report = incident((each) => {
      Object.assign(each, { agents: [], sessions: [], workflows: [], worktrees: [], incidents: [], readIssues: [], complete: true })
      each.plan.actions = []
      each.counts = {
        ...each.counts,
        agents: 0,
        sessions: 0,
        died: 0,
        finished: 0,
        running: 0,
        unknown: 0,
        filesOlder: 0,
        diedCalledCompleted: 0,
      }
      each.options.agent = 'nosuch'
    })
    for (const text of [screen(report), work(report)]) {
      expect(text).toContain('Nothing that was read matches --agent: is it spelled right?')
      expect(text).not.toContain('Nothing to do')
    }
  })

  it.each([
    [3, 5, 'called 3 of the 5 dead "completed"'],
    [5, 5, 'called all 5 dead agents "completed"'],
    [2, 2, 'called both dead agents "completed"'],
    [1, 1, 'called the dead agent "completed"'],
  ])('counts in words those that the client called completed: %i of %i', (diedCalledCompleted, died, words) => {
    const report = incident((each) => Object.assign(each.counts, { diedCalledCompleted, died }))
    expect(screen(report, { columns: 200 })).toContain(words)
  })

  it('cuts off no time to come on a narrow screen', () => {
    const text = screen(everything, { columns: 60 })
    expect(text).toMatch(/5-hour limit,\s+[^\n]*resets/)
    expect(text).not.toMatch(/\d…$/m)
    expect(text.split('\n').filter((line) => /\d\d:\d\d$/.test(line)).length).toBeGreaterThan(2)
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

describe('what was done since', () => {
  const dead = 'a3b5508d1c6e92f47'
  const successor = 'ad0f7b1284a5c643d'
  const doer = 'ae108c2395b6d754e'
  const withItem = (rest: Partial<Report['workItems'][number]>, superseded: string | null): Report =>
    incident((report) => {
      report.workItems = [workItemWith({ title: 'Port the cart page', attempts: [dead], ...rest })]
      report.agents.forEach((agent) => agent.agentId === dead && (agent.supersededBy = superseded))
      report.counts.superseded = superseded === null ? 0 : 1
    })

  it('needs nothing, says by whom, and comes behind what is still open', () => {
    const report = withItem({ state: 'done', doneBy: doer, certainty: 'medium' }, doer)
    const text = screen(report, { columns: 320 })
    expect(text).toContain('Done since   1 of the 11 dead needs nothing: another attempt did the work, or is at it.\n')
    expect(text).toContain('Port the cart page: done by ae108c23 (told by its prompt)')
    expect(text).toContain('; done since by ae108c23')
    expect(text.indexOf('done since by')).toBeGreaterThan(text.lastIndexOf('retry_storm  '))
    expect(text.indexOf('done since by')).toBeLessThan(text.indexOf('running  '))
  })

  it('is at work again', () => {
    const text = screen(withItem({ state: 'open', doingBy: successor }, successor), { columns: 320 })
    expect(text).toContain('Port the cart page: ad0f7b12 is at it')
    expect(text).toContain('; ad0f7b12 is at it again')
  })

  it('is only perhaps so under the same description', () => {
    const text = screen(withItem({ maybeDoneBy: successor, certainty: 'low' }, null), { columns: 320 })
    expect(text).toContain('Done since   1 of the dead may have been done under the same description: look before doing it again.')
    expect(text).toContain('Port the cart page: perhaps done by ad0f7b12')
    expect(text).not.toContain('done since by')
  })

  it('leaves nothing to do where all of it was', () => {
    const report = goodNews()
    const [agent] = incident().agents.filter(({ agentId }) => agentId === dead)
    if (agent !== undefined) report.agents.push({ ...agent, supersededBy: successor })
    expect(screen(report)).toContain('Nothing to do.')
  })
})

describe('the work', () => {
  const withWork = (worktrees: Worktree[], change: (report: Report) => void = () => {}): Report =>
    incident((report) => {
      report.worktrees = worktrees
      change(report)
    })
  const killed = 'a1c47e02b9d3f6581'
  const own = { path: `/home/olena/shop/.claude/worktrees/agent-${killed}`, agents: [killed], orphan: false }

  it('stands in a column of its own from 100 columns on, and below what happened where only something is at risk', () => {
    const dirty = { ...row({}).dirty, modified: 1 }
    const atRisk = withWork([row({ ...own, delivery: 'local', dirty, atRisk: [risk('commits', 2)] })])
    expect(screen(atRisk, { columns: 100 })).toMatch(/^exit_killed .* local, dirty$/m)
    expect(screen(atRisk, { columns: 100 })).not.toContain('only here: 2 commits')
    expect(screen(atRisk, { columns: 80 })).toContain('only here: 2 commits')
    const pushed = withWork([row({ ...own, delivery: 'pushed' })])
    expect(screen(pushed, { columns: 100 })).toMatch(/^exit_killed .* pushed$/m)
    expect(screen(pushed, { columns: 80 })).not.toContain('only here')
  })

  it.each<[string, Partial<Worktree>]>([
    ['no changes', {}],
    ['uncommitted', { dirty: { ...row({}).dirty, untracked: 1 } }],
    ['local', { delivery: 'local' }],
    ['local, dirty', { delivery: 'local', dirty: { ...row({}).dirty, operation: 'rebase' } }],
    ['pushed', { delivery: 'pushed' }],
    ['PR #12 open', { delivery: 'pull_request', pullRequest: { number: 12, state: 'open', url: null, source: 'gh' } }],
    ['PR #12', { delivery: 'pull_request', pullRequest: { number: 12, state: 'unknown', url: null, source: 'refs' } }],
    ['merged', { delivery: 'merged', mergedBy: 'merge' }],
    ['merged by squash', { delivery: 'merged', mergedBy: 'squash' }],
    ['gone', { exists: false }],
    ['gone, local', { exists: false, delivery: 'local' }],
    ['local', { exists: false, delivery: 'local', path: '/w', branch: 'left' }],
  ])('%s', (stage, rest) => {
    expect(stageOf(row(rest)).replaceAll('\u00a0', ' ')).toBe(stage)
  })

  it('is said to be unverified where a remote was needed and did not answer, and counted', () => {
    const offline = { unverified: 'offline_requested' }
    const rows = [
      row({ ...own, delivery: 'local', atRisk: [risk('commits', 2)], remote: offline }),
      row({ path: '/w/two', delivery: 'pushed', remote: offline }),
      row({ path: '/w/none', remote: offline }),
    ]
    const report = withWork(rows, ({ options }) => (options.offline = true))
    expect(screen(report)).toContain('2 commits (unverified)')
    expect(screen(report)).toContain('1 pushed (unverified)')
    expect(screen(report)).toContain('The remote of 2 of 3 was not asked (--offline)')
    expect(screen(report)).toMatch(/^ .* unverified$/m)
    const text = work(report)
    expect(text.match(/unverified:/g)).toHaveLength(2)
  })

  it('names the paths where git did not say what is there, and one line says that it was not asked', () => {
    const text = screen(withWork([], ({ options }) => (options.git = false)))
    expect(text).toContain('Git          It was not asked (--no-git)')
    expect(text).toContain('git did not say what is there')
    expect(text).toContain(own.path)
    expect(work(withWork([], ({ options }) => (options.git = false)))).toContain('Try the same command without --no-git.')
    expect(work(withWork([]))).toContain('No worktree and no branch of an agent was found.')
  })

  it('comes first: what to type next though every agent finished', () => {
    const report = goodNews()
    report.worktrees = [row({ delivery: 'local', atRisk: [risk('commits', 1)] })]
    expect(screen(report)).toContain('Next         agent-forensics worktrees')
  })

  it('still goes on where an agent is alive', () => {
    const running = incident().agents.find(({ reason }) => reason === 'running')?.agentId ?? ''
    expect(screen(withWork([row({ agents: [running], orphan: false, atRisk: [risk('modified', 1)] })]))).toContain('1 file, still at work')
  })

  it('is cut aloud: how many more, and how many of them are at risk', () => {
    const many = Array.from({ length: 30 }, (_, index) => row({ path: `/w/${index}`, atRisk: index < 25 ? [risk('stash', 1)] : [] }))
    expect(screen(withWork(many))).toContain('and 20 more (worktrees lists them)')
    expect(work(withWork(many))).toContain('and 10 more, 5 of them at risk: --all lists every one')
    expect(work(withWork(many), { all: true }).match(/1 stash$/gm)).toHaveLength(25)
  })

  it('comes most at risk first, then what has the longest way to go', () => {
    const text = work(
      withWork([
        row({ path: '/w/clean' }),
        row({ path: '/w/merged', delivery: 'merged' }),
        row({ path: '/w/pushed', delivery: 'pushed' }),
        row({ path: '/w/dirty', atRisk: [risk('untracked', 1)] }),
      ]),
    )
    expect(text.match(/^ {2}\/w\/\w+/gm)).toEqual(['  /w/dirty', '  /w/pushed', '  /w/merged', '  /w/clean'])
  })

  it('tells worktrees apart by name, whatever has to go from the path', () => {
    const path = `/very/long/${'deep/'.repeat(30)}.claude/worktrees/agent-${killed}`
    const text = screen(withWork([row({ ...own, path, atRisk: [risk('stash', 1)] })]), { columns: 60 })
    expect(text).toMatch(new RegExp(`^ {13}…/.*worktrees/agent-${killed}$`, 'm'))
  })

  it.each([40, 60, 70, 80, 120])('says at %i columns what is only here', (columns) => {
    expect(work(withWork([row({ ...own, atRisk: [risk('stash', 3)] })]), { columns })).toMatch(/3 stashes$/m)
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

  it('are drawn though a description has megabytes', () => {
    const text = screen(incident((report) => report.agents.forEach((agent) => (agent.description = 'я'.repeat(2_000_000)))))
    expect(text.length).toBeLessThan(20_000)
  })

  it('come worst first', () => {
    const reasons = screen(incident()).match(/^[a-z_]+(?= {2,}\S)/gm)
    expect(reasons?.slice(0, 4)).toEqual(['reason', 'exit_killed', 'pause_killed', 'billing'])
    expect(reasons?.slice(-3)).toEqual(['retry_storm', 'retry_storm', 'running'])
  })
})

describe('the reset', () => {
  it.each([
    ['2026-05-31T20:10:00Z', 'It resets at 2026-06-01 03:50 (Europe/Kyiv), in 4h 40min; the client'],
    ['2026-06-01T00:49:30Z', ', in 1min;'],
    ['2026-06-01T00:50:00Z', 'was reset at 2026-06-01 03:50 (Europe/Kyiv), 0s ago: ready now;'],
    ['2026-06-04T00:50:00Z', '3d ago: ready now;'],
  ])('seen from %s', (now, said) => {
    expect(screen(incident(), { now: Date.parse(now), columns: 400 }).replaceAll('\u00a0', ' ')).toContain(said)
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

describe('a piece of work that was tried several times', () => {
  it('counts once among what is to be brought back', () => {
    const report = incident((one) => {
      const dead = one.agents.filter(({ reason, kind }) => TERMINAL_REASONS[reason].outcome === 'died' && kind !== 'internal').slice(0, 3)
      one.agents = dead.map((agent) => ({ ...agent, supersededBy: null }))
      one.counts = { ...one.counts, died: 3 }
      one.workItems = one.workItems.slice(0, 1).map((item) => ({ ...item, state: 'open', attempts: dead.map(({ agentId }) => agentId) }))
      const agents = dead.map(({ agentId }) => agentId)
      const none = { why: '', commands: [], preconditions: [], notBefore: null, dependsOn: [], risk: '', cost: '', session: null }
      one.plan.actions = [{ ...none, id: 'resume-s', kind: 'resume', title: 'Continue 1 agent', agents }]
    })
    expect(screen(report)).toMatch(/3 died.*1 piece of work left to do: the others are earlier attempts at the same/s)
    expect(summaryOf(report, 0)).toBe('1 step: recover 1 agent.')
  })
})

describe('what may still cost money', () => {
  const release = (title: string): Report['plan']['actions'][number] => ({
    id: `release-${title.length}`,
    kind: 'release',
    title,
    why: '',
    commands: [{ cwd: '/', argv: ['hcloud', 'server', 'describe', '5'] }],
    preconditions: [],
    notBefore: null,
    session: null,
    dependsOn: [],
    risk: '',
    cost: '',
    agents: [],
  })
  const withReleases = (...titles: readonly string[]): Report =>
    incident((report) => {
      // The incident would tell the reset.
      report.incidents = []
      report.plan.actions = [...titles.map(release), { ...release('x'), kind: 'wait' }]
    })

  it('stands between the warning and the reset, in the time of the reader, and is a hint', () => {
    const text = screen(withReleases('Hetzner server 5, since 2026-05-31T19:00:00.000Z'))
    expect(text).toMatch(/Still costs +One thing that agents started outside may still run.*\(a hint, no\s+proof\)/s)
    expect(text).toMatch(/Hetzner server 5, since 2026-05-31 22:00; to look: hcloud\s+server describe 5/)
    expect(topics(text).indexOf('Still costs')).toBe(topics(text).indexOf('Reset') - 1)
    expect(topics(screen(withReleases()))).not.toContain('Still costs')
  })

  it('leaves to the plan what began more than a day before the incident, unless it is known to run', () => {
    const report = incident((one) => {
      one.plan.actions = ['2026-05-28T10:00:00.000Z', '2026-05-28T11:00:00.000Z, running', '2026-05-31T10:00:00.000Z'].map((since, at) =>
        release(`server ${at}, since ${since}`),
      )
    })
    expect(screen(report)).toMatch(/2 things that agents started.*server 1, since 2026-05-28 14:00, running;.*server 2,.*1 started longer/s)
    expect(screen(report)).not.toContain('server 0')
    report.plan.actions = report.plan.actions.slice(0, 1)
    expect(topics(screen(report))).not.toContain('Still costs')
  })

  it('prints a command as it is typed, with the folder that it needs', () => {
    const report = withReleases('x')
    for (const action of report.plan.actions) action.commands = [{ cwd: '/srv/app', argv: ['sh', '-c', 'ps -p "$(cat x.pid)"'] }]
    expect(screen(report)).toContain(`cd /srv/app && sh -c 'ps -p "$(cat x.pid)"'`)
  })

  it('lists the first five, and all of them when asked', () => {
    const many = withReleases(...Array.from({ length: 7 }, (_, index) => `server ${'x'.repeat(index)}`))
    expect(screen(many)).toMatch(/7 things that agents started outside.*and 2 more \(--verbose lists them\)/s)
    expect(screen(many, { verbose: true })).toContain('server xxxxxx;')
  })

  it('is escaped on the screen and in Markdown', () => {
    const hostile = withReleases('server \u001b[31m <b>|*x*\u202e')
    expect(screen(hostile)).toContain(String.raw`server \u{1b}[31m <b>|*x*\u{202e}`)
    const text = [...markdown.render(hostile, view)].join('')
    expect(text).toContain('**Still costs:**')
    expect(text).not.toMatch(/<b>|\u001b|\u202e/)
  })
})
