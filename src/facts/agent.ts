import { z } from 'zod'

const Instant = z.string().describe('ISO-8601 UTC instant')
const Count = z.int().nonnegative()

export const TokensSchema = z.strictObject({ input: Count, output: Count, cacheRead: Count, cacheWrite: Count })
export type Tokens = z.infer<typeof TokensSchema>

const WAITING_ON = ['permission', 'child', 'tool', 'monitor', 'model', 'limit'] as const
export const WaitingOnSchema = z.strictObject({
  on: z.enum(WAITING_ON),
  name: z.string().nullable().describe('the tool, or the child’s id'),
  since: Instant.nullable(),
  repeated: Count.describe('how often in a row the very same call was made; 1 is normal'),
})
export type WaitingOn = z.infer<typeof WaitingOnSchema>

export const SilenceSchema = z.strictObject({ from: Instant, to: Instant.nullable().describe('null: the session never continued') })
export type Silence = z.infer<typeof SilenceSchema>

export const AGENT_KINDS = ['subagent', 'workflow', 'fork', 'internal'] as const
export type AgentKind = (typeof AGENT_KINDS)[number]

export const TAILS = ['complete', 'torn', 'empty'] as const
export type Tail = (typeof TAILS)[number]
