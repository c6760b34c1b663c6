import { isObject } from '../../text/json.ts'
/**
 * One line of a transcript as the client writes it: only the fields that are read, all of them optional but the type. A field
 * is read when it has the expected type, and absent otherwise: a wrong type in one field costs that field only.
 */
export interface WireRecord {
  readonly type: string
  readonly subtype?: string | undefined
  readonly uuid?: string | undefined
  readonly parentUuid?: string | undefined
  readonly timestamp?: unknown
  readonly sessionId?: string | undefined
  readonly agentId?: string | undefined
  readonly isSidechain?: boolean | undefined
  readonly permissionMode?: string | undefined
  readonly cwd?: string | undefined
  readonly gitBranch?: string | undefined
  readonly version?: string | undefined
  readonly entrypoint?: string | undefined
  readonly isMeta?: boolean | undefined
  readonly isCompactSummary?: boolean | undefined
  readonly isApiErrorMessage?: boolean | undefined
  readonly isAbortedMidStream?: boolean | undefined
  readonly error?: unknown
  readonly apiErrorStatus?: number | undefined
  readonly apiErrorType?: string | undefined
  readonly apiError?: string | undefined
  readonly apiErrorCode?: string | undefined
  readonly apiErrorIsTransient?: boolean | undefined
  readonly truncatedAfterOutput?: boolean | undefined
  readonly quotaLimits?: unknown
  readonly apiErrorParams?: { readonly rate_limit_info?: unknown } | undefined
  readonly origin?: { readonly kind?: string | undefined } | undefined
  readonly message?: WireMessage | undefined
  readonly toolUseResult?: unknown
  readonly attachment?:
    | { readonly type?: string | undefined; readonly prompt?: unknown; readonly remaining?: number | undefined }
    | undefined
  readonly operation?: string | undefined
  readonly content?: unknown
  readonly reason?: string | undefined
  readonly retryAttempt?: number | undefined
  readonly maxRetries?: number | undefined
}

/** The API's part of a record. */
export interface WireMessage {
  readonly id?: string | undefined
  readonly model?: string | undefined
  readonly content?: unknown
  readonly stop_reason?: string | undefined
  readonly usage?: WireUsage | undefined
}

export interface WireUsage {
  readonly input_tokens?: number | undefined
  readonly output_tokens?: number | undefined
  readonly cache_read_input_tokens?: number | undefined
  readonly cache_creation_input_tokens?: number | undefined
}

/** The structured half of a launching call's result (`toolUseResult`). */
export interface WireAgentResult {
  readonly status?: string | undefined
  readonly agentId?: string | undefined
  readonly runId?: string | undefined
  readonly task_id?: string | undefined
  readonly taskId?: string | undefined
  readonly error?: string | undefined
  readonly harnessNoteCount?: number | undefined
  readonly worktreePath?: string | undefined
  readonly worktreeBranch?: string | undefined
  readonly content?: readonly unknown[] | undefined
}

/** `agent-<id>.meta.json`. The client rewrites it in place, so it is read whole. */
export interface WireSidecar {
  readonly agentType?: string | undefined
  readonly description?: string | undefined
  readonly toolUseId?: string | undefined
  readonly parentAgentId?: string | undefined
  readonly spawnDepth?: number | undefined
  readonly requestShape?: string | undefined
  readonly model?: string | undefined
  readonly isFork?: boolean | undefined
  readonly stoppedByUser?: boolean | undefined
  readonly finished?: boolean | undefined
  readonly worktreePath?: string | undefined
  readonly worktreeBranch?: string | undefined
}

/** One line of a workflow run's `journal.jsonl`: `launched`, `started`, `result`, `failed` (2.1.261 on). */
export interface WireJournalLine {
  readonly type: string
  readonly agentId?: string | undefined
  readonly label?: string | undefined
  readonly key?: string | undefined
}

/** `workflows/<run>.json`: the client's summary of a finished run. */
export interface WireWorkflowSummary {
  readonly workflowName?: string | undefined
  readonly scriptPath?: string | undefined
  readonly status?: string | undefined
  readonly workflowProgress?: readonly unknown[] | undefined
  readonly phases?: readonly unknown[] | undefined
  readonly agentCount?: number | undefined
  readonly startTime?: number | undefined
  readonly durationMs?: number | undefined
  readonly totalTokens?: number | undefined
  readonly totalToolCalls?: number | undefined
  readonly logs?: readonly unknown[] | undefined
}

export interface WireWorkflowAgent {
  readonly agentId?: string | undefined
  readonly label?: string | undefined
  readonly state?: string | undefined
  readonly error?: string | undefined
  readonly attempt?: number | undefined
  readonly queuedAt?: number | undefined
}

/** Undefined for whatever is no object with a type. */
export function readWireRecord(raw: unknown): WireRecord | undefined {
  const type = isObject(raw) ? text(raw['type']) : undefined
  if (!isObject(raw) || type === undefined) return undefined
  const { apiErrorParams, origin, attachment } = raw
  return {
    type,
    subtype: text(raw['subtype']),
    uuid: text(raw['uuid']),
    parentUuid: text(raw['parentUuid']),
    timestamp: raw['timestamp'],
    sessionId: text(raw['sessionId']),
    agentId: text(raw['agentId']),
    isSidechain: flag(raw['isSidechain']),
    permissionMode: text(raw['permissionMode']),
    cwd: text(raw['cwd']),
    gitBranch: text(raw['gitBranch']),
    version: text(raw['version']),
    entrypoint: text(raw['entrypoint']),
    isMeta: flag(raw['isMeta']),
    isCompactSummary: flag(raw['isCompactSummary']),
    isApiErrorMessage: flag(raw['isApiErrorMessage']),
    isAbortedMidStream: flag(raw['isAbortedMidStream']),
    error: raw['error'],
    apiErrorStatus: number(raw['apiErrorStatus']),
    apiErrorType: text(raw['apiErrorType']),
    apiError: text(raw['apiError']),
    apiErrorCode: text(raw['apiErrorCode']),
    apiErrorIsTransient: flag(raw['apiErrorIsTransient']),
    truncatedAfterOutput: flag(raw['truncatedAfterOutput']),
    quotaLimits: raw['quotaLimits'],
    apiErrorParams: isObject(apiErrorParams) ? { rate_limit_info: apiErrorParams['rate_limit_info'] } : undefined,
    origin: readOrigin(origin),
    message: readMessage(raw['message']),
    toolUseResult: raw['toolUseResult'],
    attachment: isObject(attachment)
      ? { type: text(attachment['type']), prompt: attachment['prompt'], remaining: number(attachment['remaining']) }
      : undefined,
    operation: text(raw['operation']),
    content: raw['content'],
    reason: text(raw['reason']),
    retryAttempt: number(raw['retryAttempt']),
    maxRetries: number(raw['maxRetries']),
  }
}

/** Who is behind a record that stands in the person's place. */
export function readOrigin(raw: unknown): WireRecord['origin'] {
  return isObject(raw) ? { kind: text(raw['kind']) } : undefined
}

function readMessage(raw: unknown): WireMessage | undefined {
  if (!isObject(raw)) return undefined
  const { usage } = raw
  return {
    id: text(raw['id']),
    model: text(raw['model']),
    content: raw['content'],
    stop_reason: text(raw['stop_reason']),
    usage: isObject(usage)
      ? {
          input_tokens: number(usage['input_tokens']),
          output_tokens: number(usage['output_tokens']),
          cache_read_input_tokens: number(usage['cache_read_input_tokens']),
          cache_creation_input_tokens: number(usage['cache_creation_input_tokens']),
        }
      : undefined,
  }
}

/** Undefined for whatever is no object. */
export function readWireAgentResult(raw: unknown): WireAgentResult | undefined {
  if (!isObject(raw)) return undefined
  return {
    status: text(raw['status']),
    agentId: text(raw['agentId']),
    runId: text(raw['runId']),
    task_id: text(raw['task_id']),
    taskId: text(raw['taskId']),
    error: text(raw['error']),
    harnessNoteCount: number(raw['harnessNoteCount']),
    worktreePath: text(raw['worktreePath']),
    worktreeBranch: text(raw['worktreeBranch']),
    content: list(raw['content']),
  }
}

/** Undefined for whatever is no object. */
export function readWireSidecar(raw: unknown): WireSidecar | undefined {
  if (!isObject(raw)) return undefined
  return {
    agentType: text(raw['agentType']),
    description: text(raw['description']),
    toolUseId: text(raw['toolUseId']),
    parentAgentId: text(raw['parentAgentId']),
    spawnDepth: number(raw['spawnDepth']),
    requestShape: text(raw['requestShape']),
    model: text(raw['model']),
    isFork: flag(raw['isFork']),
    stoppedByUser: flag(raw['stoppedByUser']),
    finished: flag(raw['finished']),
    worktreePath: text(raw['worktreePath']),
    worktreeBranch: text(raw['worktreeBranch']),
  }
}

/** Undefined for whatever is no object with a type. */
export function readWireJournalLine(raw: unknown): WireJournalLine | undefined {
  const type = isObject(raw) ? text(raw['type']) : undefined
  if (!isObject(raw) || type === undefined) return undefined
  return { type, agentId: text(raw['agentId']), label: text(raw['label']), key: text(raw['key']) }
}

/** Undefined for whatever is no object. */
export function readWireWorkflowSummary(raw: unknown): WireWorkflowSummary | undefined {
  if (!isObject(raw)) return undefined
  return {
    workflowName: text(raw['workflowName']),
    scriptPath: text(raw['scriptPath']),
    status: text(raw['status']),
    workflowProgress: list(raw['workflowProgress']),
    phases: list(raw['phases']),
    agentCount: number(raw['agentCount']),
    startTime: number(raw['startTime']),
    durationMs: number(raw['durationMs']),
    totalTokens: number(raw['totalTokens']),
    totalToolCalls: number(raw['totalToolCalls']),
    logs: list(raw['logs']),
  }
}

/** Undefined for what tells of no agent. */
export function readWireWorkflowAgent(raw: unknown): WireWorkflowAgent | undefined {
  if (!isObject(raw) || raw['type'] !== 'workflow_agent') return undefined
  return {
    agentId: text(raw['agentId']),
    label: text(raw['label']),
    state: text(raw['state']),
    error: text(raw['error']),
    attempt: number(raw['attempt']),
    queuedAt: number(raw['queuedAt']),
  }
}

/** The phase that an entry of a run's progress stands for, or that its call belongs to (2.1.329). */
export function readWirePhase(raw: unknown): string | undefined {
  if (!isObject(raw)) return undefined
  return text(raw['phaseTitle']) ?? (raw['type'] === 'workflow_agent' ? undefined : text(raw['title']))
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function flag(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined
}

/** 1e999 is a number in JSON, and none that counts anything. */
function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function list(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined
}
