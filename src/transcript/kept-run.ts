import { z } from 'zod'
import { TAILS, TokensSchema } from '../facts/agent.ts'
import { LimitSchema } from '../facts/limit.ts'
import { API_FAULTS } from '../facts/record.ts'
import { ReadIssueSchema } from '../facts/source.ts'
import type { RunFacts } from './fold-run.ts'
import type { ReadRun } from './read-run.ts'

/** What a cache holds of a run: everything but its source. */
export type KeptRun = Pick<ReadRun, 'tail' | 'issues'> & { readonly facts: RunFacts }

const text = z.string()
const maybeText = text.nullable()
const maybeNumber = z.number().nullable()
const where = z.object({ path: text, line: z.number(), byteOffset: z.number() })
const placed = z.object({ at: maybeNumber, where })
const placedId = placed.extend({ id: text })

const purpose = z.enum(['structured_output', 'report', 'farewell', 'wait']).nullable()
const call = z.object({
  id: text,
  name: text,
  key: text,
  purpose,
  isServers: z.boolean(),
  at: maybeNumber,
  where,
  launch: z
    .object({
      kind: z.enum(['agent', 'workflow']),
      description: maybeText,
      prompt: maybeText,
      promptDigest: maybeText,
      agentType: maybeText,
      background: z.boolean().nullable(),
    })
    .nullable(),
  gitCommand: maybeText,
  shell: z.object({ command: text, clipped: z.boolean(), background: z.boolean() }).nullable(),
  file: maybeText,
  target: z.object({ verb: z.enum(['stop', 'continue', 'ask']), id: text }).nullable(),
})

const lastWord = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  placed.extend({ kind: z.literal('prompt'), text }),
  placed.extend({
    kind: z.literal('turn'),
    messageId: maybeText,
    stopReason: maybeText,
    text,
    calls: z.array(text),
    hasContent: z.boolean(),
  }),
  placed.extend({
    kind: z.literal('tool_result'),
    toolUseId: text,
    name: maybeText,
    purpose,
    isError: z.boolean(),
    isRejected: z.boolean(),
  }),
  placed.extend({
    kind: z.literal('error'),
    fault: z.enum(API_FAULTS),
    code: maybeText,
    status: maybeNumber,
    text,
    limit: LimitSchema.nullable(),
  }),
  placed.extend({ kind: z.literal('interrupt'), duringTool: z.boolean(), silenceMs: maybeNumber }),
])

const attempt = z.object({
  startedAt: maybeNumber,
  where: where.nullable(),
  turns: z.number(),
  toolCalls: z.number(),
  lastWord,
  isWokenByNotice: z.boolean(),
  lastAt: maybeNumber,
  openCalls: z.array(call),
  retries: placed.extend({ attempt: maybeNumber, of: maybeNumber, status: maybeNumber }).nullable(),
  needsPermission: z.boolean(),
  deniedCalls: z.array(z.object({ name: text, command: maybeText, file: maybeText, at: maybeNumber })),
  repeated: z.number(),
  schema: z.object({ demanded: placed.nullable(), accepted: z.boolean(), failedCalls: z.number() }),
})

const word = placed.extend({
  via: z.enum(['tool_result', 'notification', 'meta', 'workflow']),
  agentId: maybeText,
  toolUseId: maybeText,
  workflowRunId: maybeText,
  taskId: maybeText,
  status: maybeText,
  outcome: z.enum(['launched', 'finished', 'failed', 'killed', 'stopped']).nullable(),
  tells: z
    .enum([
      'launched',
      'launch_refused',
      'stopped_by_person',
      'stopped_by_parent',
      'turn_cap',
      'watchdog',
      'previous_session_ended',
      'no_completion_record',
      'resumed',
      'schema_unmet',
    ])
    .nullable(),
  text,
  worktree: z.object({ path: text, branch: maybeText }).nullable(),
  delivered: z.boolean(),
})

const facts = z.object({
  tailTorn: z.boolean(),
  lastCwd: maybeText,
  sessionId: maybeText,
  lines: z.number(),
  cwd: maybeText,
  gitBranch: maybeText,
  clientVersion: maybeText,
  model: maybeText,
  firstPrompt: maybeText,
  firstPromptDigest: maybeText,
  firstUuid: maybeText,
  lastUuid: maybeText,
  lastText: maybeText,
  startedAt: maybeNumber,
  lastRecordAt: maybeNumber,
  turns: z.number(),
  toolCalls: z.number(),
  tokens: TokensSchema,
  context: z.object({ first: z.number(), last: z.number() }).nullable(),
  permissionMode: maybeText,
  hostedBy: z.enum(['python', 'typescript']).nullable(),
  extensionTools: z.array(text),
  attempts: z.number(),
  failedAttempts: z.number(),
  latest: attempt,
  activity: z.array(z.object({ from: z.number(), to: z.number(), where })),
  processStarts: z.array(placed.extend({ sure: z.boolean() })),
  refusals: z.array(placed.extend({ limit: LimitSchema })),
  children: z.array(z.object({ call, refused: placed.extend({ text }).nullable(), isAnswered: z.boolean(), agentId: maybeText })),
  words: z.array(word),
  stopCalls: z.array(placedId),
  agentsKilled: z.array(placed),
  interrupts: z.array(placed),
  overBudget: placed.nullable(),
  willContinue: placed.extend({ continuesAt: z.number() }).nullable(),
  folders: z.array(text),
  shellCommands: z.array(
    placed.extend({
      toolUseId: text,
      command: text,
      clipped: z.boolean(),
      background: z.boolean(),
      cwd: maybeText,
      result: z.object({ text, isError: z.boolean() }).nullable(),
    }),
  ),
  backgroundTasks: z.array(placedId),
  endedTasks: z.array(placedId),
  gitCommands: z.array(
    placed.extend({
      command: text,
      failed: z.boolean().nullable(),
      commits: z.array(text),
      movedTo: maybeText,
      cwd: maybeText,
    }),
  ),
  writtenFiles: z.array(text),
  finishedWrites: z.array(z.object({ file: text, at: maybeNumber })),
  removingCommands: z.array(z.object({ command: text, cwd: maybeText, at: maybeNumber })),
  damagedTail: ReadIssueSchema.nullable(),
  damagedLines: z.number(),
})

/** Every field that a run has: with one that is missing here, or of another type, it is read again. */
const KeptRunSchema: z.ZodType<KeptRun> = z.object({ facts, tail: z.enum(TAILS), issues: z.array(ReadIssueSchema) })

/** A run as a cache holds it; undefined for whatever else somebody may have put there. */
export function readKeptRun(json: string): KeptRun | undefined {
  try {
    const kept: unknown = JSON.parse(json)
    // As it is, and not as it was taken apart: what says more than is asked for has come from this program.
    return KeptRunSchema.safeParse(kept).success ? (kept as KeptRun) : undefined
  } catch {
    return undefined
  }
}
