import type { Judged } from '../../../src/reasons/judged.ts'
import type { WorktreeReport } from '../../../src/worktree/worktree-report.ts'
import type { Run } from '../../../src/facts/run.ts'
import type { Owner, Session, WorkflowRun } from '../../../src/facts/session.ts'
import type { TerminalReason } from '../../../src/reasons/terminal-reason.ts'
import { emptyRow } from '../../../src/worktree/empty-row.ts'
import type { Candidate, PlanSettings } from '../../../src/plan/candidate.ts'
import { draft, type Prose } from '../../../src/plan/draft.ts'
import { claudeCode } from '../../../src/clients/claude-code/index.ts'
import { RunFold } from '../../../src/transcript/fold-run.ts'

export const AGENT = 'a1f0c2b3d4e5f6071'
export const SESSION = '54561b6c-b45d-42de-a297-98e1d7b5e16a'
export const ROOT = '/home/dev/.claude/projects'
export const REPO = '/home/dev/app'
export const WORKTREE = `${REPO}/.claude/worktrees/agent-${AGENT}`

function runOf(more: Partial<Run>): Run {
  // What an empty transcript tells: facts that no way asks for need not be named here.
  const { tailTorn: _torn, lastCwd: _cwd, ...nothing } = new RunFold(claudeCode, AGENT).finish()
  return {
    ...nothing,
    format: 'claude-code',
    role: 'agent',
    kind: 'subagent',
    agentId: AGENT,
    sessionId: SESSION,
    path: `${ROOT}/-home-dev-app/${SESSION}/subagents/agent-${AGENT}.jsonl`,
    transcripts: [],
    isMissing: false,
    launchedAt: null,
    bytes: 10_000,
    tail: 'complete',
    grewWhileRead: false,
    modifiedAt: 0,
    cwd: WORKTREE,
    folders: [WORKTREE],
    clientVersion: '2.1.329',
    firstPrompt: 'do it',
    firstUuid: '11111111-1111-4111-8111-111111111111',
    lastUuid: '22222222-2222-4222-8222-222222222222',
    context: { first: 10_000, last: 40_000 },
    sidecar: null,
    workflowRunId: null,
    label: null,
    toolUseId: null,
    description: null,
    agentType: 'general-purpose',
    parentAgentId: null,
    continuesAgentId: null,
    spawnDepth: 1,
    worktreePath: WORKTREE,
    worktreeBranch: null,
    background: true,
    project: REPO,
    ...more,
  }
}

export function worktree(more: Partial<WorktreeReport> = {}): WorktreeReport {
  return {
    ...emptyRow(WORKTREE),
    repo: REPO,
    branch: 'b',
    head: 'h',
    base: 'main',
    exists: true,
    agents: [AGENT],
    attribution: 'sure',
    delivery: 'local',
    ahead: 1,
    behind: 0,
    dirty: { ...emptyRow('').dirty, modified: 1 },
    ...more,
  }
}

export interface Case {
  readonly run?: Partial<Run>
  readonly main?: Partial<Run> | null
  readonly reason?: TerminalReason
  readonly limit?: Judged['diagnosis']['limit']
  readonly mainReason?: TerminalReason
  readonly worktree?: WorktreeReport | null
  readonly sessionWorktree?: WorktreeReport
  readonly workflow?: WorkflowRun | null
  readonly workItem?: Candidate['workItem']
  readonly owners?: readonly Owner[]
  readonly job?: string
}

/** A dead agent in a world where everything is well; a case says what is not. */
export function candidate(made: Case = {}): Candidate {
  const main =
    made.main === null
      ? null
      : runOf({
          role: 'main',
          agentId: null,
          path: `${ROOT}/-home-dev-app/${SESSION}.jsonl`,
          cwd: REPO,
          folders: [REPO],
          worktreePath: null,
          ...made.main,
        })
  const run = runOf(made.run ?? {})
  const session: Session = {
    format: 'claude-code',
    sessionId: SESSION,
    main,
    agents: [run],
    owners: made.owners ?? [],
    job: made.job ?? null,
    registryRead: true,
    activity: [],
    processStarts: [],
    refusals: [],
    agentsKilled: [],
    interrupts: [],
    killNotices: [],
    overBudget: null,
  }
  const judge = (of: Run, reason: TerminalReason): Judged => ({
    run: of,
    context: {
      session,
      words: [],
      stops: [],
      refusedLaunch: null,
      lock: null,
      openTasks: [],
      openChildren: [],
      workflowCall: null,
      now: 0,
    },
    diagnosis: {
      reason,
      basis: 'reported',
      confidence: 'high',
      summary: '',
      evidence: [],
      alternatives: [],
      ...(made.limit !== undefined && { limit: made.limit }),
    } as unknown as Judged['diagnosis'],
  })
  const judged = judge(run, made.reason ?? 'rate_limited')
  return {
    judged,
    session: { session, main: main === null ? null : judge(main, made.mainReason ?? 'completed'), agents: [judged] },
    client: claudeCode,
    workflow: made.workflow ?? null,
    worktree: made.worktree === undefined ? worktree() : made.worktree,
    sessionWorktree: made.sessionWorktree ?? null,
    workItem: made.workItem ?? null,
  }
}

/** What stands in an action for a sentence. */
export function told(prose: Prose | undefined): string {
  return draft({ step: 'resume', id: 'x', kind: 'resume', title: '', why: prose ?? '', risk: '', cost: '' }).why
}

export function settings(version: string | null = '2.1.329', more: Partial<PlanSettings> = {}): PlanSettings {
  return { client: { version, source: 'installed' }, headless: true, budget: null, permissionMode: null, maxAttempts: 3, now: 0, ...more }
}
