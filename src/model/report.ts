import { z } from 'zod'
import { ACTION_KINDS } from './action-kinds.ts'
import { AlternativeSchema, BASES, CONFIDENCES, EvidenceSchema } from './finding.ts'
import { LimitSchema } from './limit.ts'
import { ReadIssueSchema } from './source.ts'
import { TERMINAL_REASON_NAMES } from './terminal-reason.ts'

export { FORMAT_VERSION } from './format-version.ts'

const Instant = z.string().describe('ISO-8601 UTC instant')
const Reason = z.enum(TERMINAL_REASON_NAMES)
const Count = z.int().nonnegative()

export const TokensSchema = z.strictObject({ input: Count, output: Count, cacheRead: Count, cacheWrite: Count })
export type Tokens = z.infer<typeof TokensSchema>

export const WAITING_ON = ['permission', 'child', 'tool', 'monitor', 'model'] as const
export const WaitingOnSchema = z.strictObject({
  on: z.enum(WAITING_ON),
  name: z.string().nullable().describe('the tool, or the child’s id'),
  since: Instant.nullable(),
  repeated: Count.describe('how often in a row the very same call was made; 1 is normal'),
})
export type WaitingOn = z.infer<typeof WaitingOnSchema>

export const SilenceSchema = z.strictObject({ from: Instant, to: Instant.nullable().describe('null: the session never went on') })
export type Silence = z.infer<typeof SilenceSchema>

export const AGENT_KINDS = ['subagent', 'workflow', 'fork', 'internal'] as const
export type AgentKind = (typeof AGENT_KINDS)[number]

export const TAILS = ['complete', 'torn', 'empty'] as const
export type Tail = (typeof TAILS)[number]

export const CHECKPOINTS = ['needs_continuation', 'timed_out_with_checkpoint', 'complete', 'failed'] as const
export type Checkpoint = (typeof CHECKPOINTS)[number]

/** What an agent that died left behind in its transcript, in short. All of it the transcript's own words: bounded and redacted. */
export const ReceiptSchema = z.strictObject({
  task: z.string().nullable().describe('the beginning of the prompt it was given'),
  lastWords: z.string().nullable().describe('the end of the last text of its own'),
  filesWritten: z.array(z.string()).describe('the first of them, as its calls name them'),
  filesWrittenCount: Count,
  gitCommands: z.array(z.string()).describe('the last of them, oldest first'),
  inFlight: z.array(z.string()).describe('names of the tools it had called and got no answer from'),
})
export type Receipt = z.infer<typeof ReceiptSchema>

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
  receipt: ReceiptSchema.nullable().describe('null: it did not die, or --no-excerpts'),
  transcript: z.strictObject({ path: z.string().nullable(), bytes: Count, lines: Count, tail: z.enum(TAILS) }),
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
  alive: z.boolean().nullable().describe('whether its process lives; null: cannot be known'),
  agents: z.partialRecord(Reason, Count),
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
  wouldRunAgain: Count,
})
export type WorkflowReport = z.infer<typeof WorkflowReportSchema>

/** What joins two attempts at one piece of work. The last one joins nothing for sure. */
export const JOINED_BY = ['workflow_key', 'promoted', 'brief', 'prompt', 'branch', 'description'] as const
export type JoinedBy = (typeof JOINED_BY)[number]

/** Something that came after a death which the parent took for success, and that names what the dead agent left: a hint. */
export const BuiltOnSchema = z.strictObject({
  on: z.string().describe('the agent that died'),
  kind: z.enum(['agent', 'commit']),
  id: z.string().nullable().describe('the agent; the commit, abbreviated; null: git’s answer names no commit'),
  by: z.string().nullable().describe('the agent or session that did it'),
  sessionId: z.string().nullable(),
  names: z.enum(['id', 'branch', 'worktree', 'file', 'result']).describe('what of the dead agent it names'),
  what: z.string().nullable().describe('the name itself; null: it is text of the transcript, and --no-excerpts was given'),
  at: Instant.nullable(),
  summary: z.string(),
  evidence: EvidenceSchema,
})
export type BuiltOn = z.infer<typeof BuiltOnSchema>

export const WorkItemSchema = z.strictObject({
  id: z.string(),
  title: z.string(),
  attempts: z
    .array(z.string())
    .describe('agents (or sessions that went on for one) in order; an id as often as that transcript was taken up'),
  state: z
    .enum(['done', 'open', 'lost'])
    .describe('lost: never started and no prompt is known, or its worktree is gone with what was made there'),
  doneBy: z.string().nullable().describe('the attempt that completed'),
  doingBy: z.string().nullable().describe('the attempt that is at work'),
  maybeDoneBy: z
    .string()
    .nullable()
    .describe('completed later under the same description alone: look before doing it again; it never makes an item done'),
  certainty: z
    .enum(CONFIDENCES)
    .describe('of the joins: high by ids or keys (or one attempt), medium by the same prompt or branch, low: maybeDoneBy alone'),
  joins: z.array(z.strictObject({ from: z.string(), to: z.string(), by: z.enum(JOINED_BY), certainty: z.enum(CONFIDENCES) })),
  builtOn: z.array(BuiltOnSchema),
})
export type WorkItem = z.infer<typeof WorkItemSchema>

export const IncidentSchema = z.strictObject({
  id: z.string(),
  cause: Reason.describe('rate_limited for retry storms, too'),
  limit: LimitSchema.nullable().describe('its most frequent text, and its latest reset'),
  firstAt: Instant,
  lastAt: Instant,
  spanMs: Count,
  attempts: Count.describe('refusals, also of main threads and of agents that went on later; deaths where nothing was refused'),
  meanIntervalMs: z.number().nullable(),
  minIntervalMs: z.number().nullable(),
  backoff: z.boolean().nullable().describe('whether the pauses between attempts grew; null: too few to say'),
  texts: z.array(z.strictObject({ text: z.string(), count: Count })).describe('what the client wrote, most frequent first'),
  agents: z.array(z.string()).describe('those that it hit, in order; all of them, whatever --reason or --agent list'),
  sessionIds: z.array(z.string()),
  workflowRunIds: z.array(z.string()),
  startedAfterKnown: Count.describe('of these agents, begun after the first refusal and before the reset'),
  countedAgents: Count.describe('whose tokens and tool uses are counted: these agents, and all that their workflow runs had begun by then'),
  tokens: TokensSchema,
  toolUses: Count,
  wallClockMs: Count.nullable().describe('from the start of the first of them, or of the workflow run, to the last refusal'),
  reportedAs: z.string().nullable().describe('what the client said of it, most often'),
  clientFigures: z
    .strictObject({ agents: Count, tokens: Count, toolUses: Count, durationMs: Count })
    .nullable()
    .describe('what the client counted in the workflow runs; it counts the last request of each agent only'),
  overAt: Instant.nullable(),
  workedPastAt: Instant.nullable().describe(
    'when somebody whom the limit concerns first began after its last refusal and got answers: it was lifted',
  ),
  builtOn: z.array(BuiltOnSchema),
  summary: z.string(),
})
export type Incident = z.infer<typeof IncidentSchema>

export const AT_RISK = [
  'commits',
  'staged',
  'modified',
  'untracked',
  'ignored',
  'conflicted',
  'submodule',
  'hidden',
  'stash',
  'reflog',
] as const
/** Something that exists nowhere but in this worktree or repository. */
export const AtRiskSchema = z.strictObject({
  what: z.enum(AT_RISK),
  count: Count.describe('commits or files'),
  lines: Count.nullable().describe('lines added and deleted; null: not counted'),
  bytes: Count.nullable().describe('null: not measured'),
  paths: z.array(z.string()).describe('the first of them, relative to the worktree; empty for commits'),
})
export type AtRisk = z.infer<typeof AtRiskSchema>

/** A reference of the repository that holds work of a worktree exactly as it stands now. */
export const SavedSchema = z.strictObject({
  ref: z.string().describe('its full name'),
  holds: z.array(z.enum(AT_RISK)).describe('which of what is not delivered it holds'),
  onRemote: z.boolean().describe('a remote has it, too: what it holds is not at risk'),
})

export const DELIVERIES = ['none', 'local', 'pushed', 'pull_request', 'merged'] as const
export type Delivery = (typeof DELIVERIES)[number]

export const DirtySchema = z.strictObject({
  staged: Count,
  modified: Count,
  untracked: Count,
  ignored: Count.describe('ignored files that the agent produced'),
  conflicted: Count,
  operation: z.string().nullable().describe('rebase, am, merge, cherry_pick, revert or bisect'),
})

export const PullRequestSchema = z.strictObject({
  number: z.int(),
  state: z.enum(['open', 'closed', 'merged', 'unknown']),
  url: z.string().nullable(),
  source: z.enum(['refs', 'gh', 'glab', 'history']),
})

export const WorktreeReportSchema = z.strictObject({
  path: z.string(),
  repo: z.string().nullable(),
  remoteUrl: z.string().nullable().describe('without credentials'),
  branch: z.string().nullable().describe('null: HEAD is detached, or the worktree is gone with its branch'),
  head: z.string().nullable(),
  base: z.string().nullable().describe('what ahead and behind are counted against'),
  exists: z.boolean(),
  agents: z.array(z.string()),
  attribution: z.enum(['sure', 'uncertain']).describe('uncertain: other agents, or the person, worked there too'),
  delivery: z.enum(DELIVERIES),
  mergedBy: z.enum(['merge', 'rebase', 'squash']).nullable(),
  ahead: z.int().nullable(),
  behind: z.int().nullable(),
  dirty: DirtySchema,
  stashes: Count,
  atRisk: z.array(AtRiskSchema),
  saved: z
    .array(SavedSchema)
    .describe('what rescue references hold of it, compared file by file; it is at risk all the same unless onRemote'),
  pullRequest: PullRequestSchema.nullable(),
  newPullRequestUrl: z.string().nullable(),
  remote: z.union([z.strictObject({ checkedAt: Instant }), z.strictObject({ unverified: z.string() })]).nullable(),
  lock: z.strictObject({ reason: z.string(), pid: z.int().nullable(), alive: z.boolean().nullable() }).nullable(),
  orphan: z.boolean(),
  notes: z.array(z.string()).describe('what else a person must know before touching it'),
})
export type WorktreeReport = z.infer<typeof WorktreeReportSchema>

export const ActionSchema = z.strictObject({
  id: z.string(),
  kind: z.enum(ACTION_KINDS),
  title: z.string(),
  why: z.string(),
  commands: z.array(z.strictObject({ cwd: z.string(), argv: z.array(z.string()).min(1) })),
  preconditions: z.array(z.string()),
  notBefore: Instant.nullable(),
  dependsOn: z.array(z.string()),
  risk: z.string(),
  cost: z.string(),
  agents: z.array(z.string()),
})
export type Action = z.infer<typeof ActionSchema>

export const CountsSchema = z.strictObject({
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
  complete: z.boolean(),
  counts: CountsSchema,
  sessions: z.array(SessionReportSchema),
  agents: z.array(AgentReportSchema),
  workflows: z.array(WorkflowReportSchema),
  workItems: z.array(WorkItemSchema),
  incidents: z.array(IncidentSchema),
  worktrees: z.array(WorktreeReportSchema),
  plan: z.strictObject({ actions: z.array(ActionSchema) }),
  readIssues: z.array(ReadIssueSchema),
})
export type Report = z.infer<typeof ReportSchema>
