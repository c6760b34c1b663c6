import type { Sidecar } from '../../facts/run.ts'
import { isPlausibleInstant } from '../../time/instant.ts'
import type { JournalLine, WorkflowSummary } from '../client.ts'
import { outcomeOf } from './words.ts'
import {
  readWireJournalLine,
  readWirePhase,
  readWireSidecar,
  readWireWorkflowAgent,
  readWireWorkflowSummary,
  type WireWorkflowSummary,
} from './wire.ts'

/** `agent-<id>.meta.json` (2.1.97 on; the keys grew from version to version). Undefined when it is no object. */
export function readSidecar(raw: unknown, path: string): Sidecar | undefined {
  const wire = readWireSidecar(raw)
  if (wire === undefined) return undefined
  return {
    path,
    agentType: wire.agentType ?? null,
    description: wire.description ?? null,
    toolUseId: wire.toolUseId ?? null,
    parentAgentId: wire.parentAgentId ?? null,
    spawnDepth: wire.spawnDepth !== undefined && Number.isSafeInteger(wire.spawnDepth) ? wire.spawnDepth : null,
    worktreePath: wire.worktreePath ?? null,
    worktreeBranch: wire.worktreeBranch ?? null,
    background: wire.requestShape === undefined ? null : wire.requestShape === 'background',
    model: wire.model ?? null,
    isFork: wire.isFork === true || wire.agentType === 'fork',
    stoppedByUser: wire.stoppedByUser === true,
    finished: wire.finished ?? null,
  }
}

const JOURNAL_TYPES = ['started', 'result', 'failed'] as const

/** Undefined for lines that name no call (`launched`, 2.1.329). A result says nothing of success: it may be an error's text. */
export function readJournalLine(raw: unknown): JournalLine | undefined {
  const wire = readWireJournalLine(raw)
  if (wire?.agentId === undefined) return undefined
  const type = JOURNAL_TYPES.find((each) => each === wire.type)
  if (type === undefined) return undefined
  const { agentId, label, key } = wire
  return { type, agentId, label: label ?? null, key: key ?? null }
}

/** `workflows/<run>.json`, written when a run is over. Its status is `completed` though calls failed (2.1.156 to 2.1.329). */
export function readWorkflowSummary(raw: unknown): WorkflowSummary | undefined {
  const wire = readWireWorkflowSummary(raw)
  if (wire === undefined) return undefined
  const { workflowName, scriptPath, status, workflowProgress, agentCount, totalTokens, totalToolCalls, durationMs } = wire
  return {
    name: workflowName ?? null,
    scriptPath: scriptPath ?? null,
    status: status ?? null,
    reachedEnd: outcomeOf(status ?? null) === 'finished' && hasReachedPhases(wire),
    startedAt: instantOf(wire.startTime),
    figures:
      totalTokens === undefined
        ? null
        : { agents: countOf(agentCount), tokens: countOf(totalTokens), toolUses: countOf(totalToolCalls), durationMs: countOf(durationMs) },
    failures: (wire.logs ?? []).slice(0, MAX_LOGS).flatMap(failureOf),
    agents: (workflowProgress ?? []).flatMap((item) => {
      const agent = readWireWorkflowAgent(item)
      if (agent === undefined) return []
      const { agentId, label, queuedAt, state, error, attempt } = agent
      return [
        {
          agentId: agentId ?? null,
          label: label ?? null,
          queuedAt: instantOf(queuedAt),
          state: state ?? null,
          outcome: outcomeOf(state ?? null),
          error: error?.slice(0, MAX_ERROR) ?? null,
          attempt: attempt !== undefined && Number.isSafeInteger(attempt) ? attempt : null,
        },
      ]
    }),
  }
}

/** Whether every phase that the script declares was begun. */
function hasReachedPhases({ phases = [], workflowProgress = [] }: WireWorkflowSummary): boolean {
  const begun = new Set(workflowProgress.map(readWirePhase))
  return phases.every((phase) => begun.has(readWirePhase(phase)))
}

/** A run has at most a thousand agents; a bound for its log all the same. */
const MAX_LOGS = 5_000
const MAX_ERROR = 500

/** `[lim] failed: <why>` (2.1.329), `parallel[3] failed: agent({schema}): <why>` (2.1.156). */
function failureOf(line: unknown): WorkflowSummary['failures'] {
  if (typeof line !== 'string') return []
  const [, where, label, text] =
    /^(\[(.{1,200}?)\]|\w+\[\d+\]) failed: (?:agent\([^)]{0,40}\): )?(.+)/s.exec(line.slice(0, MAX_ERROR)) ?? []
  return where === undefined || text === undefined ? [] : [{ label: label ?? null, text }]
}

function instantOf(value: number | undefined): number | null {
  return value !== undefined && Number.isSafeInteger(value) && isPlausibleInstant(value) ? value : null
}

function countOf(value: number | undefined): number {
  return value !== undefined && Number.isSafeInteger(value) && value > 0 ? value : 0
}
