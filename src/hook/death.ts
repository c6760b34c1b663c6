import { clients } from '../clients/index.ts'
import { clientOf, type Client } from '../clients/client.ts'
import { LIMIT_WORDS } from '../facts/limit-words.ts'
import type { Judged } from '../reasons/judged.ts'
import { findAnnouncement } from '../reasons/announcement.ts'
import type { Confidence } from '../reasons/claim.ts'
import { needsPerson, needsReset, outcomeOf, type TerminalReason, TERMINAL_REASONS } from '../reasons/terminal-reason.ts'
import { parseInstant } from '../time/instant.ts'
import { sayableAgent, sayableInstant, sayableRun, sayableSession } from './names.ts'

/** An agent that did not finish, in words and ids that may be said. */
export interface Death {
  readonly judged: Judged
  /** Null: it cannot be said. */
  readonly id: string | null
  readonly sessionId: string | null
  readonly runId: string | null
  readonly reason: TerminalReason
  readonly confidence: Confidence
  /** Why, in our own words. */
  readonly why: string
  /** Milliseconds since the epoch; null: nothing says when. */
  readonly at: number | null
  /** When what refused it lets it go on; milliseconds since the epoch. */
  readonly resetsAt: number | null
  readonly waitsForReset: boolean
  readonly waitsForPerson: boolean
  readonly isBackground: boolean
  /** The tool by which the model of its session goes on with it; null: it cannot. */
  readonly messageTool: string | null
  /** The path of its worktree below the repository, where it may be said. */
  readonly worktree: string | null
  readonly hasWorktree: boolean
}

/** What somebody meant to happen is no accident. */
const ON_PURPOSE: ReadonlySet<TerminalReason> = new Set<TerminalReason>(['interrupted', 'stopped'])

/** The death of an agent; null: it did not die, or was stopped on purpose. */
export function deathOf(judged: Judged): Death | null {
  const { run, context, diagnosis } = judged
  const { reason, confidence, limit } = diagnosis
  if (outcomeOf(reason) !== 'died' || ON_PURPOSE.has(reason)) return null
  const client = clientOf(clients, run.format)
  const id = sayableAgent(run.agentId)
  const reset = sayableInstant(limit?.resetsAt ?? null)
  return {
    judged,
    id,
    sessionId: sayableSession(run.sessionId),
    runId: run.workflowRunId === null ? null : sayableRun(run.workflowRunId),
    reason,
    confidence,
    why: limit === undefined ? whyOf(judged) : `${LIMIT_WORDS[limit.kind]}, ${reset === null ? 'no reset is recorded' : `resets ${reset}`}`,
    at: run.latest.lastAt ?? run.lastRecordAt,
    resetsAt: parseInstant(reset) ?? null,
    waitsForReset: needsReset(reason),
    waitsForPerson: needsPerson(reason),
    isBackground: run.background === true,
    messageTool: id !== null && run.workflowRunId === null ? findMessageTool(judged, client) : null,
    worktree: id === null ? null : worktreeOf(judged, id, client),
    hasWorktree: run.worktreePath !== null || context.words.some(({ worktree }) => worktree !== null),
  }
}

/** Each death of an agent has a name of its own, so that it is told once; an agent that was taken up again may die again. */
export function nameDeath({ run }: Judged): string {
  return `${run.format} ${run.agentId ?? run.path ?? ''} ${run.latest.lastAt ?? run.lastRecordAt ?? 0}`
}

function whyOf({ run, context, diagnosis }: Judged): string {
  if (diagnosis.reason === 'truncated' && diagnosis.basis === 'inferred') {
    if (context.openTasks.length > 0) return 'it ended its turn while a command of its own was still at work'
    if (findAnnouncement(run, context) !== undefined) return 'its last message only announces its next step'
  }
  return TERMINAL_REASONS[diagnosis.reason].texts.meaning
}

function findMessageTool({ run }: Judged, { id, recovery }: Client): string | null {
  if (recovery === null) return null
  const version = { version: run.clientVersion, source: 'transcript', client: id } as const
  const refusal = recovery.refuseMessages(run, version) ?? recovery.refuseMessageTo(run, false, version)
  return refusal === null ? recovery.messageTool : null
}

/** The client names the worktree after the agent: what stands before that is not repeated. */
function worktreeOf({ run }: Judged, id: string, { worktrees }: Client): string | null {
  if (worktrees === null || run.worktreePath === null) return null
  const below = `${worktrees.folder}/agent-${id}`
  return run.worktreePath.replaceAll('\\', '/').endsWith(`/${below}`) ? below : null
}
