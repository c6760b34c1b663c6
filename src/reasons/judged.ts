import type { Diagnosis } from './finding.ts'
import type { Run } from '../facts/run.ts'
import type { RunContext, Session } from '../facts/session.ts'

/** A run, what is known of it from outside, and how it ended. */
export interface Judged {
  readonly run: Run
  readonly context: RunContext
  readonly diagnosis: Diagnosis
}

/** A session with its runs, each of them judged. */
export interface JudgedSession {
  readonly session: Session
  /** null: the main transcript is missing. */
  readonly main: Judged | null
  readonly agents: readonly Judged[]
}
