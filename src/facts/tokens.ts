import type { Tokens } from './agent.ts'

// Apart from the schemas: a scan adds tokens, and loads no zod.

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
