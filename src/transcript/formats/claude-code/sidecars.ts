import type { Sidecar } from '../../../model/run.ts'
import type { JournalLine, WorkflowSummary } from '../../format.ts'
import { WireJournalLine, WireSidecar, WireWorkflowAgent, WireWorkflowSummary } from './wire.ts'

/** `agent-<id>.meta.json` (2.1.97 on; the keys grew from version to version). Undefined when it is no object. */
export function readSidecar(raw: unknown, path: string): Sidecar | undefined {
  const parsed = WireSidecar.safeParse(raw)
  if (!parsed.success) return undefined
  const wire = parsed.data
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
  const parsed = WireJournalLine.safeParse(raw)
  if (!parsed.success || parsed.data.agentId === undefined) return undefined
  const type = JOURNAL_TYPES.find((each) => each === parsed.data.type)
  return type === undefined ? undefined : { type, agentId: parsed.data.agentId, label: parsed.data.label ?? null }
}

/** `workflows/<run>.json`, written when a run is over. Its status is `completed` though calls failed (2.1.156 to 2.1.329). */
export function readWorkflowSummary(raw: unknown): WorkflowSummary | undefined {
  const parsed = WireWorkflowSummary.safeParse(raw)
  if (!parsed.success) return undefined
  const { workflowName, scriptPath, status, workflowProgress } = parsed.data
  return {
    name: workflowName ?? null,
    scriptPath: scriptPath ?? null,
    status: status ?? null,
    agents: (workflowProgress ?? []).flatMap((item) => {
      const agent = WireWorkflowAgent.safeParse(item)
      if (!agent.success) return []
      const { agentId, label, state, error, attempt } = agent.data
      return [
        {
          agentId: agentId ?? null,
          label: label ?? null,
          state: state ?? null,
          error: error?.slice(0, 500) ?? null,
          attempt: attempt !== undefined && Number.isSafeInteger(attempt) ? attempt : null,
        },
      ]
    }),
  }
}
