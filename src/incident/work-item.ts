import { z } from 'zod'
import { EvidenceSchema } from '../facts/evidence.ts'
import { CONFIDENCES } from '../reasons/claim.ts'

const Instant = z.string().describe('ISO-8601 UTC instant')

/** What joins two attempts at one piece of work. The last one joins nothing for sure. */
const JOINED_BY = ['workflow_key', 'promoted', 'brief', 'prompt', 'branch', 'description'] as const
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
  host: z.string().optional().describe('the machine that it is of, in a report that was joined of several'),
})
export type WorkItem = z.infer<typeof WorkItemSchema>
