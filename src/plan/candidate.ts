import type { Judged, JudgedSession } from '../reasons/judged.ts'
import type { WorkItem } from '../incident/work-item.ts'
import type { WorktreeReport } from '../worktree/worktree-report.ts'
import type { WorkflowRun } from '../facts/session.ts'

/** A dead agent whose work item nobody finished, with everything that a way of getting it back has to ask. */
export interface Candidate {
  readonly judged: Judged
  readonly session: JudgedSession
  /** The workflow run that it was a call of. */
  readonly workflow: WorkflowRun | null
  /** Where its work lies; null: it had no place of its own, or git was not asked. */
  readonly worktree: WorktreeReport | null
  readonly workItem: WorkItem | null
}

/** The client that will do the work. */
export interface Client {
  /** `2.1.329`; null: neither installed nor named by a transcript. */
  readonly version: string | null
  readonly source: 'installed' | 'transcript'
}

/** What the person wants of a recovery. */
export interface PlanSettings {
  readonly client: Client
  /** With `claude -p`, so that a script can run it; else interactive. */
  readonly headless: boolean
  /** What one continued agent may spend, in US dollars; null: no bound. */
  readonly budget: number | null
  /** A work item that was tried this often is not tried again. */
  readonly maxAttempts: number
  /** Milliseconds since the epoch. */
  readonly now: number
}
