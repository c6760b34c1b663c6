import type { Run } from '../facts/run.ts'
import type { RunContext } from '../facts/session.ts'
import type { Claim } from './claim.ts'

/** How a reason counts: everything that is neither finished, alive nor undecided has died. */
export type Outcome = 'finished' | 'died' | 'running' | 'unknown'

export const CHECKPOINTS = ['needs_continuation', 'timed_out_with_checkpoint', 'complete', 'failed'] as const
/** What an agent's transcript is worth to whoever continues its work. `failed`: nothing of it can be continued as it stands. */
export type Checkpoint = (typeof CHECKPOINTS)[number]

/** The colour groups of the HTML page; its style sheet has one rule for each. */
export const GROUPS = ['killed', 'limit', 'person', 'brief', 'service', 'wanted', 'fine', 'alive', 'unknown'] as const
/** The patterns that tell the reasons of one group apart; the page's style sheet has one rule for each. */
export const PATTERNS = ['solid', 'stripes', 'dots', 'columns', 'rows', 'pale', 'hollow'] as const

/**
 * How ends of one reason become one incident. `limit`: by the limit that refused them, which is the account's. `outage`: it comes from
 * outside and passes, so that whoever meets it within minutes of another met the same. `process_end`: it ends all agents of one process
 * at once, and only their last signs of life are known. `moment`: one act ends all that are at work in a session. `beginning` opens the
 * sentence about the incident.
 */
export type IncidentKind = { readonly kind: 'limit' } | { readonly kind: 'outage' | 'process_end' | 'moment'; readonly beginning: string }

/** Whether what happened ended everything at one moment: then nothing was tried again. */
export function isOneMoment(incident: IncidentKind | null): boolean {
  return incident?.kind === 'process_end' || incident?.kind === 'moment'
}

/** What has to come before an agent is recovered. `consent`: somebody ended it on purpose, so a person is asked first. */
export type Need = 'nothing' | 'reset' | 'login' | 'money' | 'consent'

/** Everything about one way to end. A new reason is a file with this, a line in index.ts, a case and a near miss. */
export interface Reason<Name extends string = string> {
  readonly name: Name
  /** Its place in the contract's order: schemas, README.md, `explain`. The numbers leave room between two reasons. */
  readonly place: number
  readonly outcome: Outcome
  /**
   * The worst has the highest, and no two have the same. 90 to 99: it may lose work. 80: only a person can cure it. 70: a plain resume
   * does not cure it. 60: waiting or a resume cures it. 50: nobody can say. 40: somebody wanted it. 30: nothing was lost. Below: no death.
   */
  readonly severity: number
  /** How the HTML page shows it: two letters, so that no bar depends on its colour, and a colour and pattern that no other reason has. */
  readonly look: { readonly mark: string; readonly group: (typeof GROUPS)[number]; readonly pattern: (typeof PATTERNS)[number] }
  /** All text about it: `explain`, the documents and the reports draw on it. */
  readonly texts: {
    /** What it means, as the end of the sentence "the agent ended because …". */
    readonly meaning: string
    /** How the tool recognises it. */
    readonly detection: string
    /** What looks like it and is not. */
    readonly lookalikes: string
    /** What a person should do about it. */
    readonly action: string
  }
  /** null: the transcript may still grow, or nobody can say. */
  readonly checkpoint: Checkpoint | null
  /** The reason that it is a special case of: `--fail-on` with that name means this one, too. */
  readonly specialCaseOf?: string
  /** null: its ends are no incident of their own. */
  readonly incident: IncidentKind | null
  readonly plan: {
    readonly needs: Need
    /** Why its own context would bring about the same end again; null: it would not. */
    readonly contextFault: string | null
  }
  /** What leaves a similar trace and is not it: the names of fixtures below `fixtures/near-misses`. */
  readonly nearMisses: readonly string[]
  /** True: it rests on something beside the transcript's end, so that damage there does not touch it. */
  readonly survivesDamage?: boolean
  /**
   * Judges one run: a pure function of its facts to at most one claim. It reads no files, knows no other reason (the order in index.ts
   * is the policy) and never throws for odd data.
   */
  detect(run: Run, context: RunContext): Claim | undefined
}

/** Makes a reason whose name keeps its literal type, from which the closed set of names is derived. */
export function defineReason<const Name extends string>(reason: Reason<Name>): Reason<Name> {
  return reason
}
