import { describe, expect, it } from 'vitest'
import { GitUnavailable } from '../../src/ports/git.ts'
import type { Report } from '../../src/report/report.ts'
import { emptyRow } from '../../src/worktree/empty-row.ts'
import type { WorktreeReport } from '../../src/worktree/worktree-report.ts'
import { goodNews, incident, run } from './fake-host.ts'

const PATH = '/work/app/.claude/worktrees/agent-a1'
const row = (change: Partial<WorktreeReport> = {}): WorktreeReport => ({
  ...emptyRow(PATH),
  repo: '/work/app',
  exists: true,
  agents: ['a1'],
  atRisk: [{ what: 'commits', count: 2, lines: null, bytes: null, paths: [] }],
  ...change,
})
const reportOf = (rows: readonly WorktreeReport[], change: (report: Report) => void = () => {}): Report =>
  incident((report) => {
    report.worktrees = [...rows]
    report.readIssues = []
    change(report)
  })
const issue = {
  path: PATH,
  line: null,
  byteOffset: null,
  reason: 'git' as const,
  bytes: null,
  detail: 'dubious_ownership: somebody else’s',
}
const refuses = { open: () => Promise.reject(new GitUnavailable('failed', 'error: the disk is full')) }

describe('preserve', () => {
  it('says in one sentence that there is nothing to save', async () => {
    const { code, stdout } = await run(['preserve'], { report: goodNews() })
    expect([code, stdout]).toEqual([0, 'Preserve     Nothing to save: no local-only work was found.\n'])
  })

  it('never calls a worktree that git could not read nothing to do', async () => {
    const report = reportOf([], (each) => void (each.readIssues = [issue]))
    const { code, stdout } = await run(['preserve'], { report })
    expect(code).toBe(1)
    expect(stdout).toContain('1 place could not be saved or read in full.')
    expect(stdout.replace(/\s+/g, ' ')).toContain(`Not read ${PATH}: dubious_ownership`)
    const json = JSON.parse((await run(['preserve', '--json'], { report })).stdout) as { readonly unreadable: unknown }
    expect(json.unreadable).toEqual([{ path: PATH, detail: issue.detail }])
  })

  it('tells what could not be saved, and why, and ends with 1', async () => {
    const { code, stdout } = await run(['preserve'], { report: reportOf([row()]), gitWriter: refuses })
    expect(code).toBe(1)
    expect(stdout).toContain('Not saved    agent-a1: the disk is full')
  })

  it('writes nothing with --dry-run, and says what it would save', async () => {
    const { code, stdout } = await run(['preserve', '--dry-run'], { report: reportOf([row()]) })
    expect(code).toBe(0)
    expect(stdout).toContain('Would save the local-only work of 1 place.')
    expect(stdout).toContain('rescue/a1: 2 commits')
    expect(stdout).not.toContain('To restore')
  })

  it('leaves a worktree to agents that are at work', async () => {
    const report = reportOf([row()], (each) => {
      const [agent] = each.agents
      if (agent !== undefined) each.agents = [{ ...agent, agentId: 'a1', reason: 'running' }]
    })
    const { code, stdout } = await run(['preserve'], { report, gitWriter: refuses })
    expect([code, stdout]).toEqual([0, expect.stringContaining('Nothing to save')])
  })

  it('has no option to leave git out, and looks at all transcripts by default', async () => {
    expect((await run(['preserve', '--no-git'])).code).toBe(2)
    const { asked } = await run(['preserve'], { report: goodNews() })
    expect(asked).toMatchObject({ since: null, git: true })
  })
})
