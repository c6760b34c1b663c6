import { describe, expect, it } from 'vitest'
import type { Report } from '../../src/report/report.ts'
import type { View } from '../../src/report/reporter.ts'
import { stageOf } from '../../src/report/work.ts'
import { worktreesTable } from '../../src/report/worktrees-table.ts'
import { incident, NOW } from '../cli/fake-host.ts'
import { action, risk, row, type Worktree } from './parts.ts'

const view: View = { columns: 100, colorLevel: 0, all: false, verbose: false, timeZone: 'Europe/Kyiv', now: NOW }
const KILLED = 'a1c47e02b9d3f6581'

function work(worktrees: readonly Worktree[], changed: Partial<View> = {}, change: (report: Report) => void = () => {}): string {
  const report = incident((each) => {
    each.worktrees = [...worktrees]
    change(each)
  })
  return [...worktreesTable.render(report, { ...view, ...changed })].join('')
}

describe('how far work got', () => {
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
    ['not on this machine', { exists: false, repo: null }],
    ['gone, local', { exists: false, delivery: 'local' }],
    ['local', { exists: false, delivery: 'local', path: '/w', branch: 'left' }],
  ])('%s', (stage, rest) => {
    expect(stageOf(row(rest)).replaceAll('\u00a0', ' ')).toBe(stage)
  })
})

describe('the screen of worktrees', () => {
  it('counts places, and says in one line what is local only', () => {
    const text = work([
      row({ path: '/w/one', delivery: 'local', atRisk: [risk('commits', 3), risk('modified', 2, { lines: 40, bytes: 14_200 })] }),
      row({ path: '/w/two', delivery: 'pushed' }),
      row({ path: '/w/three', delivery: 'pull_request', remote: { unverified: 'timeout' } }),
    ])
    expect(text).toContain('Worktrees    3 worktrees in 1 repository; 3 without a transcript.\n')
    expect(text).toContain('Local only   3 commits, 2 files (40 lines, 14 kB), in 1 worktree.\n')
    expect(text).toContain('Safe         All work of 2 worktrees: 1 in a pull request (unverified), 1 pushed.\n')
    expect(text).toContain('1 worktree against the remote (1 no answer in time)')
    expect(work([])).toContain('No worktree and no branch of an agent was found.')
  })

  it('tells what is saved on this machine from what is local only, and how it gets further', () => {
    const kept = { ref: 'refs/heads/rescue/a1', holds: ['commits' as const], onRemote: false }
    const one = row({ path: '/w/one', delivery: 'local', atRisk: [risk('commits', 3)], saved: [kept] })
    const two = row({ path: '/w/two', delivery: 'local', atRisk: [risk('commits', 1), risk('ignored', 1)], saved: [kept] })
    const both = work([one, two], { columns: 200 })
    expect(both).toContain('Local only   1 commit, 1 file, in 1 worktree.\n')
    expect(both).toContain('Saved        On this machine, not on a remote: 3 commits, in 1 worktree.\n')
    expect(both).toMatch(/one\b[^]*- saved in rescue\/a1, on this machine only\n[^]*- partly saved in/)
    const whole = work([one], { columns: 200 })
    expect(whole).not.toContain('Local only')
    expect(whole).toMatch(/Next +agent-forensics preserve --push\b/)
    expect(work([{ ...one, remoteUrl: null, remote: null }], { columns: 200 })).toMatch(/agent-forensics preserve --bundle DIR\b/)
  })

  it('calls safe what is on a rescue branch of the remote, and says so', () => {
    const kept = { ref: 'refs/heads/rescue/a1', holds: ['modified' as const], onRemote: true }
    const text = work([row({ saved: [kept] }), row({ path: '/w/two', delivery: 'local' })], { columns: 200 })
    expect(text).toContain('All work of 2 worktrees: 2 on a rescue branch of the remote.')
    expect(text).toContain('- saved on the remote in rescue/a1')
  })

  it('repeats the options that lead to the same work, and breaks no command', () => {
    const root = `/mnt/${'very long name '.repeat(12)}x`
    for (const columns of [40, 80, 200]) {
      const text = work([row({ path: '/w/one', atRisk: [risk('modified', 1)] })], { columns, repeated: ['--offline'] }, (report) => {
        report.options.roots = [root]
        report.plan.actions = [action('preserve', { id: 'preserve-one' })]
      })
      expect(text).toContain(`Next         agent-forensics preserve --root '${root}' --offline\n`)
    }
  })

  it('says what to do next where there is no command for it', () => {
    expect(work([row({ delivery: 'pushed' })], {}, (report) => Object.assign(report, { complete: true, readIssues: [] }))).toContain(
      'Next         Open pull requests for the 1 branch that is only pushed.',
    )
    expect(work([], {}, (report) => (report.options.git = false))).toContain('Run the same command without --no-git.')
    expect(work([])).toContain('See what could not be read, then scan again.')
    expect(work([], {}, (report) => Object.assign(report, { complete: true, readIssues: [] }))).toContain('Nothing to do.')
  })

  it('is cut aloud: how many more, and how many of them are at risk', () => {
    const many = Array.from({ length: 30 }, (_, index) => row({ path: `/w/${index}`, atRisk: index < 25 ? [risk('stash', 1)] : [] }))
    expect(work(many)).toContain('and 10 more, 5 of them at risk (-a lists all)')
    expect(work(many, { all: true }).match(/1 stash$/gm)).toHaveLength(25)
  })

  it('comes most at risk first, then what has the longest way to go', () => {
    const text = work([
      row({ path: '/w/clean' }),
      row({ path: '/w/merged', delivery: 'merged' }),
      row({ path: '/w/pushed', delivery: 'pushed' }),
      row({ path: '/w/dirty', atRisk: [risk('untracked', 1)] }),
    ])
    expect(text.match(/^ {2}\/w\/\w+/gm)).toEqual(['  /w/dirty', '  /w/pushed', '  /w/merged', '  /w/clean'])
  })

  it('tells worktrees apart by name, whatever has to go from the path', () => {
    const path = `/very/long/${'deep/'.repeat(30)}.claude/worktrees/agent-${KILLED}`
    const text = work([row({ path, agents: [KILLED], orphan: false, atRisk: [risk('stash', 1)] })], { columns: 60 })
    expect(text).toMatch(new RegExp(`^ {2}…/.*worktrees/agent-${KILLED}$`, 'm'))
  })

  it.each([40, 60, 70, 80, 120])('says at %i columns what is local only', (columns) => {
    expect(work([row({ agents: [KILLED], orphan: false, atRisk: [risk('stash', 3)] })], { columns })).toMatch(/3 stashes$/m)
  })

  it('is said to be unverified where a remote was needed and did not answer', () => {
    const offline = { unverified: 'offline_requested' }
    const rows = [
      row({ agents: [KILLED], delivery: 'local', atRisk: [risk('commits', 2)], remote: offline }),
      row({ path: '/w/two', delivery: 'pushed', remote: offline }),
      row({ path: '/w/none', remote: offline }),
    ]
    const text = work(rows, {}, ({ options }) => (options.offline = true))
    expect(text).toContain('2 worktrees against the remote (--offline)')
    expect(text.match(/unverified:/g)).toHaveLength(2)
  })
})
