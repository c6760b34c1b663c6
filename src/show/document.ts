import { z } from 'zod'
import { AgentReportSchema, ReportOptionsSchema, SessionReportSchema, WorkflowReportSchema } from '../report/report.ts'
import { TokensSchema } from '../facts/agent.ts'
import { WorktreeReportSchema } from '../worktree/worktree-report.ts'
import { ReadIssueSchema } from '../facts/source.ts'
import { CHECKPOINTS } from '../reasons/reason.ts'
import { TERMINAL_REASON_NAMES } from '../reasons/terminal-reason.ts'

const Instant = z.string().describe('ISO-8601 UTC instant')
const Count = z.int().nonnegative()

/** A place in a transcript, as `SourceLocation` names it. */
const LocationSchema = z.strictObject({ path: z.string(), line: z.int(), byteOffset: z.int() })

const QuoteSchema = z.strictObject({
  text: z.string(),
  cut: Count.describe('characters left out'),
  at: Instant.nullable(),
  where: LocationSchema,
})
/** The transcript's own words: redacted, control characters made visible, line breaks kept. */
export type Quote = z.infer<typeof QuoteSchema>

function listOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ items: z.array(item), leftOut: Count })
}
/** A list with a bound: `leftOut` says how many more there are. */
export interface BoundedList<Item> {
  items: Item[]
  leftOut: number
}

const OutcomeSchema = z.enum(['ok', 'error', 'denied', 'interrupted', 'unanswered'])
/** How a call went. `unanswered`: the transcript has no result of it, so nobody knows whether it took effect. */
export type CallOutcome = z.infer<typeof OutcomeSchema>

const FileTouchSchema = z.strictObject({
  file: z.string().describe('as the calls name it'),
  times: Count.describe('calls that succeeded'),
  uncertain: Count.describe('calls that nothing answered'),
  lastAt: Instant.nullable(),
  where: LocationSchema.describe('the last of these calls'),
})
/** A file that an agent read or wrote. */
export type FileTouch = z.infer<typeof FileTouchSchema>

const RunCommandSchema = z.strictObject({
  command: z.string(),
  outcome: OutcomeSchema,
  background: z.boolean().describe('it was only started: what became of it is not known'),
  exitCode: z.int().nullable().describe('null: the client recorded none, as for every command that succeeded'),
  durationMs: Count.nullable(),
  output: z.string().nullable().describe('the beginning of its output or error'),
  at: Instant.nullable(),
  where: LocationSchema,
})
/** A command that an agent ran. */
export type RunCommand = z.infer<typeof RunCommandSchema>

/** A commit, as the output of the command that made it says. Whether it still exists, only git can tell. */
const CommitSchema = z.strictObject({
  hash: z.string(),
  branch: z.string(),
  subject: z.string(),
  at: Instant.nullable(),
  where: LocationSchema.describe('the command’s output'),
})

/** Something that left the machine, as a command's output says. */
const DeliveredSchema = z.strictObject({
  kind: z.enum(['push', 'pull_request']),
  what: z.string().describe('the branch, or the request’s address'),
  at: Instant.nullable(),
  where: LocationSchema,
})

const BlockerSchema = z.strictObject({
  kind: z.enum(['error', 'denied', 'api', 'retries']),
  tool: z.string().nullable(),
  about: z.string().nullable(),
  text: z.string(),
  times: Count.describe('how often in all'),
  at: Instant.nullable(),
  where: LocationSchema.describe('the last time'),
})
/** Something that an agent met and did not get past. */
export type Blocker = z.infer<typeof BlockerSchema>

const InFlightSchema = z.strictObject({
  tool: z.string(),
  about: z.string().nullable(),
  since: Instant.nullable(),
  where: LocationSchema,
})
/** A call that nothing answered. */
export type InFlight = z.infer<typeof InFlightSchema>

const TaskEntrySchema = z.strictObject({
  title: z.string(),
  state: z.string().describe('the client’s word: pending, in_progress, completed'),
})

const BudgetSchema = z.strictObject({
  turns: Count,
  toolCalls: Count,
  tools: z.record(z.string(), Count).describe('calls by tool'),
  tokens: TokensSchema,
  wallClockMs: Count.nullable().describe('from its first record to its last, pauses included'),
  silentMs: Count.describe('how much of that were silences of a minute and more'),
  costUsd: z.number().nullable().describe('by the client’s own count; null: it recorded none'),
})
/** What an agent, a session or a run used. */
export type Budget = z.infer<typeof BudgetSchema>

const CheckpointReceiptSchema = z.strictObject({
  status: z.enum(CHECKPOINTS).nullable(),
  task: QuoteSchema.nullable(),
  instructions: listOf(QuoteSchema).describe('what it was told later, oldest first'),
  role: z.string().nullable().describe('its agentType'),
  model: z.string().nullable(),
  budget: BudgetSchema,
  findings: listOf(QuoteSchema).describe('the last texts of its own, oldest first'),
  filesRead: listOf(FileTouchSchema),
  filesWritten: listOf(FileTouchSchema),
  commands: listOf(RunCommandSchema),
  commits: listOf(CommitSchema),
  delivered: listOf(DeliveredSchema),
  blockers: listOf(BlockerSchema).describe('what it met and did not get past, as far as its later calls show'),
  inFlight: listOf(InFlightSchema).describe('calls of its last attempt that nothing answered'),
  announced: QuoteSchema.nullable().describe('the end of the last text that stands behind its last result: what it was about to do'),
  tasks: listOf(TaskEntrySchema).nullable().describe('the task list that it kept; null: it kept none'),
})
/** The checkpoint receipt: what an agent was to do, did, and left undone, with the place of each. */
export type CheckpointReceipt = z.infer<typeof CheckpointReceiptSchema>

const EventKindSchema = z.enum([
  'prompt',
  'message',
  'call',
  'result',
  'retry',
  'error',
  'interrupt',
  'notification',
  'compaction',
  'process_start',
  'agents_killed',
  'schema_nudge',
  'damage',
  'silence',
])
/** What kind of thing happened. */
export type EventKind = z.infer<typeof EventKindSchema>

const TimelineEventSchema = z.strictObject({
  kind: EventKindSchema,
  at: Instant.nullable(),
  line: z.int(),
  byteOffset: z.int(),
  attempt: Count,
  turn: Count.nullable().describe('the number of the message that it belongs to'),
  tool: z.string().nullable(),
  toolUseId: z.string().nullable(),
  isGit: z.boolean().describe('a command that runs git, gh or glab'),
  outcome: OutcomeSchema.nullable().describe('of a call'),
  durationMs: Count.nullable().describe('of a call that was answered, or of a silence'),
  resultLine: z.int().nullable(),
  agentId: z.string().nullable().describe('the agent that a notification or a launch is about'),
  word: z.string().nullable().describe('who speaks, the client’s status word, or the number of a retry'),
  text: z.string().nullable().describe('a short word of it; null: nothing to quote, or --no-excerpts'),
  resultText: z.string().nullable(),
})
/** One thing that happened, in the order of the file. */
export type TimelineEvent = z.infer<typeof TimelineEventSchema>

/** One stretch of work of a transcript, from a prompt to an end. */
const AttemptReportSchema = z.strictObject({
  attempt: Count,
  startedAt: Instant.nullable(),
  endedAt: Instant.nullable(),
  turns: Count,
  toolCalls: Count,
  line: z.int(),
  byteOffset: z.int(),
})

/** The transcript that was read a second time. */
const ReadingSchema = z.strictObject({
  path: z.string(),
  bytes: Count,
  lines: Count,
  damagedLines: Count,
  copies: z.array(z.string()).describe('other transcripts of the same agent: it was resumed in another session'),
  grewWhileRead: z.boolean(),
  isLaunchOnly: z.boolean().describe('it has no transcript: this is its parent’s, of which only the launch was read'),
})

const WorkflowCallReportSchema = z.strictObject({
  agentId: z.string().nullable().describe('null: it never got an agent'),
  label: z.string().nullable(),
  attempt: z.int().nullable(),
  state: z.string().nullable().describe('the word of the run’s summary'),
  error: z.string().nullable(),
  journal: z.enum(['started', 'result', 'failed']).nullable().describe('the last word of its journal'),
  reason: z.enum(TERMINAL_REASON_NAMES).nullable().describe('how its agent really ended'),
  wouldRunAgain: z.boolean().describe('on a resume of the run'),
})
/** A call of a workflow run. */
export type WorkflowCallReport = z.infer<typeof WorkflowCallReportSchema>

/** The schema of `ShowDocument`. */
export const ShowDocumentSchema = z.strictObject({
  formatVersion: z.string(),
  tool: z.strictObject({ name: z.string(), version: z.string() }),
  generatedAt: Instant,
  // Older than the name of the schema: readers of version 1 know it by this word.
  kind: z.literal('autopsy'),
  of: z.enum(['agent', 'session', 'workflow']),
  id: z.string(),
  options: ReportOptionsSchema,
  complete: z.boolean(),
  agents: z.array(AgentReportSchema).describe('the agent itself; of a session or a run, all of its agents'),
  sessions: z.array(SessionReportSchema),
  workflows: z.array(WorkflowReportSchema),
  worktrees: z.array(WorktreeReportSchema),
  readIssues: z.array(ReadIssueSchema),
  reading: ReadingSchema.nullable().describe('null: there is no transcript to read, or it could not be read'),
  attempts: z.array(AttemptReportSchema),
  timeline: listOf(TimelineEventSchema),
  budget: BudgetSchema.nullable(),
  receipt: CheckpointReceiptSchema.nullable().describe('of an agent; null with --no-excerpts'),
  calls: z.array(WorkflowCallReportSchema).describe('of a workflow run, in their order'),
})
/** What `show` prints of one agent, session or workflow run. Its first lists are those of the report, without what belongs to others. */
export type ShowDocument = z.infer<typeof ShowDocumentSchema>
