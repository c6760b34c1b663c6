import type { StartCommand } from '../../clients/recovery.ts'
import type { Candidate, PlanSettings } from '../candidate.ts'
import type { Prose } from '../draft.ts'

/** How an agent is got back. */
export interface ChosenStrategy {
  readonly kind: 'resume' | 'resume_workflow' | 'promote' | 'redispatch'
  readonly title: string
  readonly why: string
  readonly commands: readonly StartCommand[]
  /** What must be true before the commands are run, one sentence each. */
  readonly preconditions: readonly Prose[]
  /** The session that the start opens; null: a new one. */
  readonly session: string | null
  readonly risk: string
  readonly cost: string
}

/** A way that was not taken, and why not. */
export interface RejectedStrategy {
  readonly way: ChosenStrategy['kind']
  readonly why: string
}

/** The way back of one agent; `taken` is null where there is none. */
export interface ResumeChoice {
  readonly taken: ChosenStrategy | null
  readonly notTaken: readonly RejectedStrategy[]
}

/** A way: it looks whether it can be gone, and says either what to run or why not. */
export interface ResumeStrategy {
  readonly kind: ChosenStrategy['kind']
  consider(candidate: Candidate, settings: PlanSettings): ChosenStrategy | string
}
