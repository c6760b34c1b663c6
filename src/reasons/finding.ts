import { z } from 'zod'
import type { Silence, WaitingOn } from '../facts/agent.ts'
import type { EvidenceList } from '../facts/evidence.ts'
import type { Limit } from '../facts/limit.ts'
import { TERMINAL_REASON_NAMES, type TerminalReason } from './terminal-reason.ts'

export const BASES = ['reported', 'inferred'] as const
/** `reported`: the agent's own record says how it ended. `inferred`: concluded from what is there and what is missing. */
export type Basis = (typeof BASES)[number]

export const CONFIDENCES = ['high', 'medium', 'low'] as const
/**
 * `high`: the evidence admits no other reason. `medium`: another fits only if something unrecorded happened.
 * `low`: only silence, elapsed time or wording.
 */
export type Confidence = (typeof CONFIDENCES)[number]

export const AlternativeSchema = z.strictObject({
  reason: z.enum(TERMINAL_REASON_NAMES),
  basis: z.enum(BASES),
  confidence: z.enum(CONFIDENCES),
  summary: z.string(),
})
export type Alternative = z.infer<typeof AlternativeSchema>

/** One detector's claim about one run. */
export interface Finding {
  readonly detector: string
  readonly reason: TerminalReason
  readonly basis: Basis
  readonly confidence: Confidence
  /** One sentence for a person, without text from the transcript other than names and times. */
  readonly summary: string
  readonly evidence: EvidenceList
  readonly limit?: Limit
  readonly silence?: Silence
  readonly waitingOn?: WaitingOn
}

/** What is concluded about one run: the finding that stands, and those that lost. */
export interface Diagnosis extends Omit<Finding, 'detector'> {
  readonly alternatives: readonly Alternative[]
}
