import type { Claim } from './claim.ts'
import type { TerminalReason } from './terminal-reason.ts'

/** A claim, and the reason whose detector made it. */
export interface Finding extends Claim {
  readonly reason: TerminalReason
}

/** A finding that lost, in short. */
export type Alternative = Pick<Finding, 'reason' | 'basis' | 'confidence' | 'summary'>

/** What is concluded about one run: the finding that stands, and those that lost. */
export interface Diagnosis extends Finding {
  readonly alternatives: readonly Alternative[]
}
