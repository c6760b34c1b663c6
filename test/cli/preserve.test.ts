import { describe, expect, it } from 'vitest'
import { createFiles } from '../../src/node/files.ts'
import { GitUnavailable } from '../../src/ports/git.ts'
import type { Report } from '../../src/report/report.ts'
import { emptyRow } from '../../src/worktree/empty-row.ts'
import { FORGOTTEN_SAVED } from '../../src/worktree/notes.ts'
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

  it('tells of what references hold already, what of it, and what is on a remote', async () => {
    const saved = { ref: 'refs/heads/rescue/a1', holds: ['commits' as const], onRemote: false }
    const { code, stdout } = await run(['preserve', '--json'], { report: reportOf([row({ saved: [saved] })]), gitWriter: refuses })
    expect(code).toBe(0)
    const [one] = (JSON.parse(stdout) as { readonly saved: readonly unknown[] }).saved
    expect(one).toMatchObject({ path: PATH, ref: saved.ref, isNew: false, holds: ['2 commits'], isPushed: false })
    const forgotten = row({ atRisk: [], saved: [{ ...saved, holds: [], onRemote: true }], notes: [FORGOTTEN_SAVED] })
    const folder = await run(['preserve', '--json'], { report: reportOf([forgotten]), gitWriter: refuses })
    expect((JSON.parse(folder.stdout) as { readonly saved: readonly unknown[] }).saved).toMatchObject([
      { ref: saved.ref, holds: ['its files'], isPushed: true },
    ])
    const clean = row({ atRisk: [], saved: [saved] })
    expect((await run(['preserve'], { report: reportOf([clean]), gitWriter: refuses })).stdout).toContain('Nothing to save')
  })

  describe('--worktree', () => {
    const other = row({ path: '/work/app/.claude/worktrees/agent-a2', agents: ['a2'] })
    const named = (path: string, report: Report): ReturnType<typeof run> =>
      run(['preserve', '--dry-run', '--worktree', path], { report, filesPort: createFiles() })

    it('saves that one alone', async () => {
      const { stdout } = await named(PATH, reportOf([row(), other]))
      expect(stdout).toContain('Would save the local-only work of 1 place.')
      expect(stdout).not.toContain('a2')
    })

    it('says that no agent is known to have worked there, and ends with 1', async () => {
      const { code, stdout } = await named('elsewhere', reportOf([row()]))
      expect(code).toBe(1)
      expect(stdout.replace(/\s+/g, ' ')).toContain('the scan knows of no agent that worked there')
    })

    it('says that its agents are at work, unless there is nothing to save', async () => {
      const atWork = (each: Report): void => {
        each.agents = each.agents.slice(0, 1).map((agent) => ({ ...agent, agentId: 'a1', reason: 'running' }))
      }
      const busy = await named(PATH, reportOf([row()], atWork))
      expect([busy.code, busy.stdout.replace(/\s+/g, ' ')]).toEqual([1, expect.stringContaining('they are at work now')])
      expect((await named(PATH, reportOf([row({ atRisk: [] })], atWork))).code).toBe(0)
    })

    it('tells what git could not read there, and above and below it, and nothing of others', async () => {
      const unread = (path: string): Report => reportOf([row({ atRisk: [] })], (each) => void (each.readIssues = [{ ...issue, path }]))
      const codes = await Promise.all(
        [PATH, `${PATH}/lib`, '/work/app', 'git', '/work/other', `${PATH}0`].map(async (path) => (await named(PATH, unread(path))).code),
      )
      expect(codes).toEqual([1, 1, 1, 1, 0, 0])
    })
  })
})
