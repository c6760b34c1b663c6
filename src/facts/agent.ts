import { z } from 'zod'

const Instant = z.string().describe('ISO-8601 UTC instant')
const Count = z.int().nonnegative()

export const TokensSchema = z.strictObject({ input: Count, output: Count, cacheRead: Count, cacheWrite: Count })
export type Tokens = z.infer<typeof TokensSchema>

/** The counts of a transcript may be anything that a number holds: beyond 2^53 a sum stays at its bound. */
export function addCounts(a: number, b: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, a + b)
}

export function addTokens(a: Tokens, b: Tokens): Tokens {
  return {
    input: addCounts(a.input, b.input),
    output: addCounts(a.output, b.output),
    cacheRead: addCounts(a.cacheRead, b.cacheRead),
    cacheWrite: addCounts(a.cacheWrite, b.cacheWrite),
  }
}

const WAITING_ON = ['permission', 'child', 'tool', 'monitor', 'model'] as const
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
