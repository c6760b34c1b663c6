import type { Client } from '../clients/client.ts'
import type { StartSettings } from '../clients/recovery.ts'
import type { Judged, JudgedSession } from '../reasons/judged.ts'
import type { WorkItem } from '../incident/work-item.ts'
import type { WorktreeReport } from '../worktree/worktree-report.ts'
import type { WorkflowRun } from '../facts/session.ts'

/** A dead agent whose work item nobody finished, with everything that a way of getting it back has to ask. */
export interface Candidate {
  readonly judged: Judged
  readonly session: JudgedSession
  /** The client that wrote its transcript. */
  readonly client: Client
  /** The workflow run that it was a call of. */
  readonly workflow: WorkflowRun | null
  /** Where its work lies; null: it had no place of its own, or git was not asked. */
  readonly worktree: WorktreeReport | null
  /** The worktree that its parent session is opened in; null: that is no worktree, or git was not asked. */
  readonly sessionWorktree: WorktreeReport | null
  readonly workItem: WorkItem | null
}

/** What the person wants of a recovery. */
export interface PlanSettings extends StartSettings {
  /** A work item that was tried this often is not tried again. */
  readonly maxAttempts: number
  /** Milliseconds since the epoch. */
  readonly now: number
}
