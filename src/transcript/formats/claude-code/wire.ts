import { z } from 'zod'

/** A field that is read when it has the expected type, and absent otherwise: a wrong type in one field costs that field only. */
function lenient<T extends z.ZodType>(schema: T) {
  return schema.optional().catch(undefined)
}
const text = lenient(z.string())
const flag = lenient(z.boolean())
const number = lenient(z.number())

const Usage = z.object({
  input_tokens: number,
  output_tokens: number,
  cache_read_input_tokens: number,
  cache_creation_input_tokens: number,
})

/** One line of a transcript as the client writes it: only the fields that are read, all of them optional but the type. */
export const WireRecord = z.object({
  type: z.string(),
  subtype: text,
  uuid: text,
  timestamp: lenient(z.unknown()),
  sessionId: text,
  agentId: text,
  isSidechain: flag,
  permissionMode: text,
  cwd: text,
  gitBranch: text,
  version: text,
  entrypoint: text,
  isMeta: flag,
  isCompactSummary: flag,
  isApiErrorMessage: flag,
  error: lenient(z.unknown()),
  apiErrorStatus: number,
  apiErrorType: text,
  apiError: text,
  quotaLimits: lenient(z.unknown()),
  apiErrorParams: lenient(z.object({ rate_limit_info: lenient(z.unknown()) })),
  origin: lenient(z.object({ kind: text })),
  message: lenient(
    z.object({
      id: text,
      role: text,
      model: text,
      content: lenient(z.unknown()),
      stop_reason: text,
      usage: lenient(Usage),
    }),
  ),
  toolUseResult: lenient(z.unknown()),
  attachment: lenient(
    z.object({ type: text, prompt: lenient(z.unknown()), commandMode: text, maxTurns: number, data: lenient(z.unknown()) }),
  ),
  operation: text,
  content: lenient(z.unknown()),
  reason: text,
  retryAttempt: number,
  maxRetries: number,
})
export type WireRecord = z.infer<typeof WireRecord>

/** The structured half of a launching call's result (`toolUseResult`). */
export const WireAgentResult = z.object({
  status: text,
  agentId: text,
  runId: text,
  task_id: text,
  error: text,
  harnessNoteCount: number,
  worktreePath: text,
  worktreeBranch: text,
  content: lenient(z.array(z.unknown())),
})

/** `agent-<id>.meta.json`. The client rewrites it in place, so it is read whole. */
export const WireSidecar = z.object({
  agentType: text,
  description: text,
  toolUseId: text,
  parentAgentId: text,
  spawnDepth: number,
  requestShape: text,
  model: text,
  isFork: flag,
  stoppedByUser: flag,
  finished: flag,
  worktreePath: text,
  worktreeBranch: text,
  workflowPhase: text,
})

/** One line of a workflow run's `journal.jsonl`: `launched`, `started`, `result`, `failed` (2.1.261 on). */
export const WireJournalLine = z.object({ type: z.string(), key: text, agentId: text, label: text })

/** `workflows/<run>.json`: the client's summary of a finished run. */
export const WireWorkflowSummary = z.object({
  runId: text,
  workflowName: text,
  scriptPath: text,
  status: text,
  agentCount: number,
  startTime: number,
  durationMs: number,
  totalTokens: number,
  totalToolCalls: number,
  logs: lenient(z.array(z.unknown())),
  workflowProgress: lenient(z.array(z.unknown())),
})
export const WireWorkflowAgent = z.object({
  type: z.literal('workflow_agent'),
  agentId: text,
  label: text,
  queuedAt: number,
  state: text,
  error: text,
  attempt: number,
})
