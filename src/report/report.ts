import { z } from 'zod'
import { AGENT_KINDS, SilenceSchema, TAILS, TokensSchema, WaitingOnSchema } from '../facts/agent.ts'
import { EvidenceSchema } from '../facts/evidence.ts'
import { LimitSchema } from '../facts/limit.ts'
import { ReadIssueSchema } from '../facts/source.ts'
import { IncidentSchema } from '../incident/incident.ts'
import { WorkItemSchema } from '../incident/work-item.ts'
import { ActionSchema } from '../plan/action.ts'
import { BASES, CONFIDENCES } from '../reasons/claim.ts'
import { CHECKPOINTS } from '../reasons/reason.ts'
import { TERMINAL_REASON_NAMES } from '../reasons/terminal-reason.ts'
import { WorktreeReportSchema } from '../worktree/worktree-report.ts'

export { FORMAT_VERSION } from './format-version.ts'

const Instant = z.string().describe('ISO-8601 UTC instant')
const Reason = z.enum(TERMINAL_REASON_NAMES)
const Count = z.int().nonnegative()
const Host = z.string().optional().describe('the machine that it is of, in a report that was joined of several')

const AlternativeSchema = z.strictObject({
  reason: Reason,
  basis: z.enum(BASES),
  confidence: z.enum(CONFIDENCES),
  summary: z.string(),
})

/** What an agent that died left behind in its transcript, in short. All of it the transcript's own words: bounded and redacted. */
const ReceiptSummarySchema = z.strictObject({
  task: z.string().nullable().describe('the beginning of the prompt it was given'),
  lastWords: z.string().nullable().describe('the end of the last text of its own'),
  filesWritten: z.array(z.string()).describe('the first of them, as its calls name them'),
  filesWrittenCount: Count,
  gitCommands: z.array(z.string()).describe('the last of them, oldest first'),
  inFlight: z.array(z.string()).describe('names of the tools it had called and got no answer from'),
})
export type ReceiptSummary = z.infer<typeof ReceiptSummarySchema>

const GoneFilesSchema = z
  .strictObject({ count: Count, paths: z.array(z.string()).describe('the first of them') })
  .default({ count: 0, paths: [] })
  .describe('files that it wrote and that are not on the disk any more, nor in a commit; none are known where git was not asked')

export const AgentReportSchema = z.strictObject({
  format: z.string(),
  sessionId: z.string().nullable(),
  agentId: z.string().describe('the client’s id; the tool-use id of the launch when the agent never got one'),
  kind: z.enum(AGENT_KINDS),
  agentType: z.string().nullable(),
  description: z.string().nullable(),
  label: z.string().nullable().describe('label of the workflow call'),
  parentAgentId: z.string().nullable(),
  spawnDepth: z.int().nullable(),
  workflowRunId: z.string().nullable(),
  toolUseId: z.string().nullable(),
  background: z.boolean().nullable(),
  model: z.string().nullable(),
  clientVersion: z.string().nullable(),
  cwd: z.string().nullable(),
  gitBranch: z.string().nullable(),
  worktreePath: z.string().nullable(),
  startedAt: Instant.nullable(),
  endedAt: Instant.nullable(),
  turns: Count,
  toolCalls: Count,
  tokens: TokensSchema,
  reason: Reason,
  basis: z.enum(BASES),
  confidence: z.enum(CONFIDENCES),
  summary: z.string(),
  evidence: z.array(EvidenceSchema).min(1),
  alternatives: z.array(AlternativeSchema),
  limit: LimitSchema.nullable(),
  reportedAs: z
    .string()
    .nullable()
    .describe('the client’s own word for this end, verbatim; error: a result that only says is_error; null: it said nothing'),
  delivered: z.boolean().nullable().describe('whether that word reached the parent; null: there was none, or it cannot be known'),
  waitingOn: WaitingOnSchema.nullable(),
  silence: SilenceSchema.nullable(),
  workItemId: z.string().nullable(),
  supersededBy: z.string().nullable().describe('the attempt that did its work, or is at it: it needs no recovery'),
  checkpoint: z.enum(CHECKPOINTS).nullable(),
  receipt: ReceiptSummarySchema.nullable().describe('null: it did not die, or --no-excerpts'),
  goneFiles: GoneFilesSchema,
  transcript: z.strictObject({ path: z.string().nullable(), bytes: Count, lines: Count, tail: z.enum(TAILS) }),
  transcripts: z
    .array(z.strictObject({ path: z.string(), sessionId: z.string().nullable(), bytes: Count, lines: Count, tail: z.enum(TAILS) }))
    .default([])
    .describe('all of them in the order of time, where its life stands in several; else empty'),
  host: Host,
})
export type AgentReport = z.infer<typeof AgentReportSchema>

export const SessionReportSchema = z.strictObject({
  format: z.string(),
  sessionId: z.string(),
  path: z.string().nullable().describe('null: the main transcript is missing'),
  cwd: z.string().nullable(),
  clientVersion: z.string().nullable(),
  startedAt: Instant.nullable(),
  endedAt: Instant.nullable(),
  reason: Reason,
  basis: z.enum(BASES),
  confidence: z.enum(CONFIDENCES),
  summary: z.string(),
  evidence: z.array(EvidenceSchema).min(1),
  alternatives: z.array(AlternativeSchema),
  limit: LimitSchema.nullable(),
  silence: SilenceSchema.nullable(),
  waitingOn: WaitingOnSchema.nullable().default(null),
  cutOff: z
    .boolean()
    .nullable()
    .default(true)
    .describe('whether work that was asked for was cut off; false: it ended well, goes on, or nothing was asked; null: cannot be known'),
  alive: z.boolean().nullable().describe('whether its process lives; null: cannot be known'),
  permissionMode: z.string().nullable().default(null).describe('that of its last prompt, in the client’s words'),
  agents: z.partialRecord(Reason, Count),
  goneFiles: GoneFilesSchema,
  host: Host,
})
export type SessionReport = z.infer<typeof SessionReportSchema>

export const WorkflowReportSchema = z.strictObject({
  runId: z.string(),
  sessionId: z.string().nullable(),
  name: z.string().nullable(),
  scriptPath: z.string().nullable(),
  status: z.string().nullable().describe('the client’s word'),
  calls: z.strictObject({ started: Count, done: Count, failed: Count, neverStarted: Count }),
  resumable: z.boolean(),
  wouldRunAgain: Count.describe('calls that a resume makes again: the first without a result and all behind it'),
  mayCallMore: z.boolean().default(false).describe('its script did not reach its end, or not every phase: `wouldRunAgain` is the least'),
  host: Host,
})
export type WorkflowReport = z.infer<typeof WorkflowReportSchema>

const CountsSchema = z.strictObject({
  sessions: Count,
  agents: Count.describe('without internal helpers'),
  internal: Count,
  died: Count,
  finished: Count,
  running: Count,
  unknown: Count,
  diedCalledCompleted: Count.describe('died, though the client’s word for it was completed'),
  superseded: Count.describe('died, and another attempt did their work or is at it'),
  byReason: z.partialRecord(Reason, Count),
  filesRead: Count,
  filesOlder: Count.describe('transcripts left out by --since or --until'),
  bytesRead: Count,
})
export type Counts = z.infer<typeof CountsSchema>

export const ReportOptionsSchema = z.strictObject({
  roots: z.array(z.string()),
  since: Instant.nullable(),
  until: Instant.nullable(),
  project: z.string().nullable(),
  session: z.string().nullable(),
  agent: z.string().nullable(),
  reasons: z.array(Reason),
  excerpts: z.boolean(),
  git: z.boolean(),
  offline: z.boolean(),
  timeZone: z.string(),
})
export type ReportOptions = z.infer<typeof ReportOptionsSchema>

/** The whole result: the only thing that reporters see, and what `--json` prints. */
export const ReportSchema = z.strictObject({
  formatVersion: z.string(),
  tool: z.strictObject({ name: z.string(), version: z.string() }),
  generatedAt: Instant,
  options: ReportOptionsSchema,
  hosts: z.array(z.string()).optional().describe('the machines whose reports were joined; absent: it is of one'),
  complete: z.boolean(),
  counts: CountsSchema,
  sessions: z.array(SessionReportSchema),
  agents: z.array(AgentReportSchema),
  workflows: z.array(WorkflowReportSchema),
  workItems: z.array(WorkItemSchema),
  incidents: z.array(IncidentSchema),
  worktrees: z.array(WorktreeReportSchema),
  plan: z.strictObject({ actions: z.array(ActionSchema) }),
  readIssues: z.array(ReadIssueSchema.extend({ host: Host })),
})
export type Report = z.infer<typeof ReportSchema>
