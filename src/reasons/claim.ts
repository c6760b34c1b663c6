import type { Silence, WaitingOn } from '../facts/agent.ts'
import type { EvidenceList } from '../facts/evidence.ts'
import type { Limit } from '../facts/limit.ts'

export const BASES = ['reported', 'inferred'] as const
/** `reported`: the agent's own record says how it ended. `inferred`: concluded from what is there and what is missing. */
export type Basis = (typeof BASES)[number]

export const CONFIDENCES = ['high', 'medium', 'low'] as const
/**
 * `high`: the evidence admits no other reason. `medium`: another fits only if something unrecorded happened.
 * `low`: only silence, elapsed time or wording.
 */
export type Confidence = (typeof CONFIDENCES)[number]

/** What a detector claims about one run. */
export interface Claim {
  readonly basis: Basis
  readonly confidence: Confidence
  /** One sentence for a person, without text from the transcript other than names and times. */
  readonly summary: string
  readonly evidence: EvidenceList
  readonly limit?: Limit
  readonly silence?: Silence
  readonly waitingOn?: WaitingOn
  /** What a person should do, where that is not what the reason alone asks for. */
  readonly advice?: string
}
