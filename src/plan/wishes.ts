import type { ClientVersion } from '../clients/recovery.ts'

/** What the person wants of a plan, as far as it changes what the actions are. */
export interface PlanWishes {
  /** The installed client; null: whatever version a transcript names. */
  readonly client: ClientVersion | null
  readonly headless: boolean
  /** US dollars for one continued agent; null: no bound. */
  readonly budget: number | null
  /** So many agents are brought back at once. */
  readonly batch: number
  /** A work item that was tried this often is not tried again. */
  readonly maxAttempts: number
  /** Where rescue references go (`refs/heads/rescue`). */
  readonly ref: string
  /** Whether rescue references are sent to origin. */
  readonly push: boolean
  /** A folder for bundles of the rescue references; null: none are written. */
  readonly bundle: string | null
  /** A file with more bytes is not kept, and the plan stops there. */
  readonly maxFileBytes: number
}

/** What a scan takes for granted. */
export const PLAIN_WISHES: PlanWishes = {
  client: null,
  headless: false,
  budget: null,
  batch: 3,
  maxAttempts: 5,
  ref: 'refs/heads/rescue',
  push: false,
  bundle: null,
  maxFileBytes: 512 * 1024 * 1024,
}
