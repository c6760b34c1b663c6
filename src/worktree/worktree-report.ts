import { z } from 'zod'

const Instant = z.string().describe('ISO-8601 UTC instant')
const Count = z.int().nonnegative()

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
  sessions: z
    .array(z.string())
    .default([])
    .describe('the main threads that worked there; of the main checkout only those of which it holds lost commits'),
  attribution: z.enum(['sure', 'uncertain']).describe('uncertain: other agents, or the person, worked there too'),
  delivery: z.enum(DELIVERIES),
  mergedBy: z.enum(['merge', 'rebase', 'squash']).nullable(),
  ahead: z.int().nullable(),
  behind: z.int().nullable(),
  dirty: DirtySchema,
  stashes: Count,
  atRisk: z.array(AtRiskSchema),
  lostCommits: z
    .array(z.string())
    .default([])
    .describe('what atRisk counts as reflog: commits that no reference holds, and git removes in time'),
  saved: z
    .array(SavedSchema)
    .describe('what rescue references hold of it, compared file by file; it is at risk all the same unless onRemote'),
  pullRequest: PullRequestSchema.nullable(),
  newPullRequestUrl: z.string().nullable(),
  remote: z.union([z.strictObject({ checkedAt: Instant }), z.strictObject({ unverified: z.string() })]).nullable(),
  forcesToRestore: z
    .int()
    .nullable()
    .default(null)
    .describe('the worktree is gone, and git worktree add brings it back with so many -f; null: it is there, or cannot be added again'),
  lock: z.strictObject({ reason: z.string(), pid: z.int().nullable(), alive: z.boolean().nullable() }).nullable(),
  orphan: z.boolean(),
  notes: z.array(z.string()).describe('what else a person must know before touching it'),
  host: z.string().optional().describe('the machine that it is of, in a report that was joined of several'),
})
export type WorktreeReport = z.infer<typeof WorktreeReportSchema>
