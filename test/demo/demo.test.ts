import { variant } from '../long.ts'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { devNull } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { analyze } from '../../src/scan/scan.ts'
import { AGENTS, lockReason, REFUSED_LAUNCH, timeline, worktreeOf } from './incident.ts'
import { type Report, ReportSchema } from '../../src/report/report.ts'
import { createFiles } from '../../src/node/files.ts'
import { createGit } from '../../src/node/git.ts'
import { createProcesses } from '../../src/node/processes.ts'
import { RECOVERY_KINDS } from '../../src/plan/action-kinds.ts'
import { analyzeOptions } from '../analyze-options.ts'
import { expectLaws } from '../plan/laws.ts'
import { type OpenedDemo, openDemo } from './open-demo.ts'

const run = promisify(execFile)
const NOW = Date.parse('2026-11-21T07:03:20Z')

async function reportOn(demo: OpenedDemo, offline = false): Promise<Report> {
  const now = demo.now()
  return await analyze(analyzeOptions({ roots: [demo.root], now, since: now - 7 * 24 * 60 * 60_000, git: true, offline }), {
    files: createFiles(),
    processes: createProcesses(),
    git: createGit(),
  })
}

async function git(folder: string, ...args: readonly string[]): Promise<readonly string[]> {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: devNull, GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' }
  const { stdout } = await run('git', ['-C', folder, ...args], { env })
  return stdout.split('\n').filter((line) => line !== '')
}

describe('the sample incident', () => {
  let demo: OpenedDemo
  let report: Report
  let folder: string
  let repo: string

  beforeAll(async () => {
    demo = await openDemo(NOW)
    report = await reportOn(demo)
    folder = demo.folder
    repo = join(folder, 'shop')
  })
  afterAll(() => demo.dispose())

  it('is read whole and without a complaint', () => {
    expect(() => ReportSchema.parse(report)).not.toThrow()
    expect(report.readIssues).toEqual([])
    expect(report.complete).toBe(true)
    expect(report.counts).toMatchObject({
      sessions: 2,
      agents: 14,
      internal: 0,
      finished: 6,
      died: 8,
      running: 0,
      unknown: 0,
      filesOlder: 0,
    })
  })

  it('every agent has the verdict that the story gave it', () => {
    const verdicts = report.agents.map(({ agentId, label, reason, confidence, reportedAs }) => [
      label ?? agentId,
      reason,
      confidence,
      reportedAs,
    ])
    expect(new Map(verdicts.map(([key, ...rest]) => [key, rest]))).toEqual(
      new Map([
        [AGENTS.csvExport, ['completed', 'high', 'completed']],
        [AGENTS.refundTests, ['completed', 'high', 'completed']],
        [AGENTS.apiDocs, ['connection_lost', 'high', 'failed']],
        [REFUSED_LAUNCH, ['never_started', 'high', 'error']],
        [AGENTS.flakyTests, ['rate_limited', 'high', 'failed']],
        [AGENTS.review, ['rate_limited', 'high', 'completed']],
        [AGENTS.findSleeps, ['retry_storm', 'high', 'error']],
        [AGENTS.prices, ['exit_killed', 'high', null]],
        ['timeouts:auth', ['completed', 'high', 'done']],
        ['timeouts:cart', ['completed', 'high', 'done']],
        ['timeouts:mail', ['completed', 'high', 'done']],
        ['timeouts:search', ['completed', 'high', 'done']],
        ['timeouts:orders', ['rate_limited', 'high', 'error']],
        ['timeouts:payments', ['rate_limited', 'high', 'error']],
      ]),
    )
    expect(report.counts.diedCalledCompleted).toBe(1)
  })

  it('one thing may still cost money: the server that nobody gave back', () => {
    expect(report.plan.actions.filter(({ kind }) => kind === 'release')).toMatchObject([
      {
        id: 'release-hetzner-58213077',
        commands: [{ argv: ['hcloud', 'server', 'describe', '58213077'] }],
        agents: [AGENTS.flakyTests],
        risk: expect.stringContaining('hcloud server delete 58213077') as string,
      },
    ])
  })

  it('one main thread met the limit, and its process is gone; the login of the other expired', () => {
    expect(report.sessions.map(({ reason, alive }) => ({ reason, alive }))).toEqual([
      { reason: 'rate_limited', alive: false },
      { reason: 'auth_failed', alive: null },
    ])
  })

  it('the limit lies where the story put it: reached 112 minutes ago, over in two hours', () => {
    const { limitAt, resetsAt } = timeline(NOW)
    const limited = report.agents.filter(({ limit }) => limit !== null)
    expect(limited).toHaveLength(5)
    expect(new Set(limited.map(({ limit }) => `${limit?.kind} ${limit?.resetsAt} ${limit?.resetSource}`))).toEqual(
      new Set([`five_hour ${new Date(resetsAt).toISOString()} text`]),
    )
    expect(resetsAt - NOW).toBeGreaterThan(119 * 60_000)
    expect(resetsAt - NOW).toBeLessThanOrEqual(120 * 60_000)
    expect(report.agents.find(({ label }) => label === 'timeouts:orders')?.endedAt).toBe(new Date(limitAt).toISOString())
  })

  it('the killed agent shows its proofs: the open call, the registry, the lock', () => {
    const killed = report.agents.find(({ agentId }) => agentId === AGENTS.prices)
    expect(killed?.silence?.to).toBeNull()
    expect(killed?.evidence.map(({ shows }) => shows).join('\n')).toMatch(/calls Bash, and no result follows/)
    const processes = killed?.evidence.filter(({ kind }) => kind === 'process') ?? []
    expect(processes.every((evidence) => evidence.kind === 'process' && evidence.alive === false)).toBe(true)
    expect(processes.length).toBeGreaterThan(0)
  })

  it('the workflow lost two calls though its run says completed', () => {
    expect(report.workflows).toMatchObject([
      {
        name: 'timeouts',
        status: 'completed',
        calls: { started: 6, done: 4, failed: 2, neverStarted: 0 },
        resumable: true,
        wouldRunAgain: 2,
      },
    ])
  })

  variant('is the same whatever the time is, also when it is told to the full hour', async () => {
    const other = await openDemo(Date.parse('2027-03-01T10:00:00Z'))
    try {
      const { counts, agents } = await reportOn(other)
      expect(counts.byReason).toEqual(report.counts.byReason)
      expect(agents.find(({ limit }) => limit !== null)?.limit?.resetsAt).toBe('2027-03-01T12:00:00.000Z')
    } finally {
      other.dispose()
    }
  })

  variant('two of the same instant are equal but for their folder', async () => {
    const twin = await openDemo(NOW)
    try {
      const strip = (text: string, of: OpenedDemo) => {
        const path = of.folder
        return text.replaceAll(path, '<folder>').replaceAll(path.replace(/[^A-Za-z0-9]/g, '-'), '<slug>')
      }
      expect(strip(JSON.stringify(await reportOn(twin)), twin)).toBe(strip(JSON.stringify(report), demo))
      const heads = (of: OpenedDemo) => git(join(of.folder, 'shop'), 'for-each-ref', '--format=%(refname) %(objectname)')
      expect(await heads(twin)).toEqual(await heads(demo))
    } finally {
      twin.dispose()
    }
  })

  it('has a plan with every step', () => {
    const kinds = new Set(report.plan.actions.map(({ kind }) => kind))
    for (const kind of ['preserve', 'release', 'fix', 'wait', 'push', 'inspect', 'clean_up'] as const) expect(kinds).toContain(kind)
    expect(report.plan.actions.filter(({ kind }) => RECOVERY_KINDS.has(kind)).length).toBeGreaterThan(0)
    expectLaws(report.plan.actions, report)
  })

  describe('its work', () => {
    const nothing = { staged: 0, modified: 0, untracked: 0, ignored: 0, conflicted: 0, operation: null }
    const rowOf = (of: Report, id: string) => of.worktrees.find(({ branch }) => branch === `worktree-agent-${id}`)

    it('is one row for every stage, most at risk first', () => {
      expect(report.worktrees).toHaveLength(6)
      expect(report.worktrees[0]?.agents).toEqual([AGENTS.prices])
    })

    it('the killed agent: a commit that was never pushed, and files of all kinds that are in no commit', () => {
      expect(rowOf(report, AGENTS.prices)).toMatchObject({
        path: worktreeOf(repo, AGENTS.prices),
        agents: [AGENTS.prices],
        orphan: false,
        delivery: 'local',
        ahead: 1,
        behind: 0,
        dirty: { ...nothing, modified: 1, untracked: 1, ignored: 1 },
        atRisk: [
          { what: 'commits', count: 1 },
          { what: 'modified', count: 1, lines: 2, paths: ['src/invoice.js'] },
          { what: 'untracked', count: 1, paths: ['test/invoice.test.js'] },
          { what: 'ignored', count: 1, bytes: 30 },
        ],
        remote: { checkedAt: new Date(NOW).toISOString() },
        lock: { reason: lockReason(AGENTS.prices), alive: false },
      })
    })

    it('an agent that finished, and whose commit nobody pushed', () => {
      const atRisk = [{ what: 'commits', count: 1 }]
      expect(rowOf(report, AGENTS.refundTests)).toMatchObject({ agents: [AGENTS.refundTests], delivery: 'local', dirty: nothing, atRisk })
    })

    it('the finished agent: in a pull request', () => {
      expect(rowOf(report, AGENTS.csvExport)).toMatchObject({
        agents: [AGENTS.csvExport],
        delivery: 'pull_request',
        dirty: nothing,
        atRisk: [],
        pullRequest: { number: 7, state: 'unknown', url: null, source: 'refs' },
      })
    })

    it('earlier sessions left orphans: one merged by squash, one untouched, one branch that exists only here', () => {
      const orphan = { agents: [], orphan: true, dirty: nothing }
      expect(rowOf(report, AGENTS.squashed)).toMatchObject({ ...orphan, delivery: 'merged', mergedBy: 'squash', atRisk: [] })
      expect(rowOf(report, AGENTS.forgotten)).toMatchObject({ ...orphan, delivery: 'none', atRisk: [] })
      const swept = { ...orphan, exists: false, delivery: 'local', atRisk: [{ what: 'commits', count: 1 }] }
      expect(rowOf(report, AGENTS.swept)).toMatchObject(swept)
    })

    variant('is the same offline but for the pull request, and says that nobody asked', async () => {
      const offline = await reportOn(demo, true)
      const stages = (of: Report) => of.worktrees.map(({ branch, delivery }) => [branch, delivery])
      expect(offline.worktrees.map(({ remote }) => remote)).toEqual(offline.worktrees.map(() => ({ unverified: 'offline_requested' })))
      expect(stages(offline)).toEqual(stages(report).map(([name, stage]) => [name, stage === 'pull_request' ? 'pushed' : stage]))
      expect(offline.complete).toBe(true)
    })
  })

  describe('its repository', () => {
    const branch = (id: string) => `worktree-agent-${id}`

    it('five worktrees, and the dead client still locks the one it worked in', async () => {
      const listed = (await git(repo, 'worktree', 'list', '--porcelain')).filter((line) => /^(?:worktree|locked)/.test(line))
      const ids = [AGENTS.csvExport, AGENTS.forgotten, AGENTS.prices, AGENTS.squashed, AGENTS.refundTests]
      const trees = [repo, ...ids.map((id) => worktreeOf(repo, id))]
      expect(new Set(listed)).toEqual(new Set([...trees.map((path) => `worktree ${path}`), `locked ${lockReason(AGENTS.prices)}`]))
      const lock = await readFile(join(repo, '.git', 'worktrees', `agent-${AGENTS.prices}`, 'locked'), 'utf8')
      expect(lock.trim()).toBe(lockReason(AGENTS.prices))
    })

    it('one is pushed and clean', async () => {
      const tree = worktreeOf(repo, AGENTS.csvExport)
      expect(await git(tree, 'status', '--porcelain')).toEqual([])
      expect(await git(tree, 'log', '--format=%s', 'origin/main..HEAD')).toEqual(['feat: export orders as CSV'])
      expect(await git(tree, 'rev-parse', 'HEAD')).toEqual(await git(tree, 'rev-parse', '@{upstream}'))
    })

    it('one holds a commit, changes and a report that exist nowhere else', async () => {
      const tree = worktreeOf(repo, AGENTS.prices)
      expect(await git(tree, 'status', '--porcelain', '--ignored')).toEqual([' M src/invoice.js', '?? test/', '!! build/'])
      expect(await git(tree, 'log', '--format=%s', 'HEAD', '--not', '--remotes')).toEqual(['refactor: prices in cents (core)'])
    })

    it('one is untouched, and no agent is known that it belonged to', async () => {
      const tree = worktreeOf(repo, AGENTS.forgotten)
      expect(await git(tree, 'status', '--porcelain', '--ignored')).toEqual([])
      expect(await git(tree, 'log', '--format=%s', 'origin/main..HEAD')).toEqual([])
      expect(report.agents.map(({ agentId }) => agentId)).not.toContain(AGENTS.forgotten)
    })

    it('the origin has main, the pushed branch and its pull request, nothing else', async () => {
      const remote = (await git(repo, 'ls-remote', 'origin')).map((line) => line.split('\t')[1])
      expect(remote).toEqual(['HEAD', 'refs/heads/main', `refs/heads/${branch(AGENTS.csvExport)}`, 'refs/pull/7/head'])
    })

    it('the main checkout is clean and on main', async () => {
      expect(await git(repo, 'status', '--porcelain', '--branch')).toEqual(['## main...origin/main'])
    })
  })
})
