import type { ClientVersion } from '../clients/client-version.ts'

/** What the person wants of a plan, as far as it changes what the actions are. */
export interface PlanWishes {
  /** The installed client; null: whatever version a transcript names. */
  readonly client: ClientVersion | null
  readonly headless: boolean
  /** US dollars for one continued agent; null: no bound. */
  readonly budget: number | null
  /** The permission mode that clients are started in; null: what their settings say. */
  readonly permissionMode: string | null
  /** Ids of questions (`inspect-stopped-…`, `inspect-permission-…`) that the person answered with yes: their agents are recovered. */
  readonly consent: ReadonlySet<string>
  /** Only these agents are recovered, and main threads only where `sessions` names them; null: all that are chosen. */
  readonly agents: ReadonlySet<string> | null
  /** Only main threads of these sessions are resumed; null: all, unless `agents` is given. */
  readonly sessions: ReadonlySet<string> | null
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
  permissionMode: null,
  consent: new Set(),
  agents: null,
  sessions: null,
  batch: 3,
  maxAttempts: 5,
  ref: 'refs/heads/rescue',
  push: false,
  bundle: null,
  maxFileBytes: 512 * 1024 * 1024,
}
