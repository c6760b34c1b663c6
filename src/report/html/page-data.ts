import type { Confidence } from '../../reasons/claim.ts'
import type { TerminalReason } from '../../reasons/terminal-reason.ts'

/** What the page's own script is given, as JSON: texts that are ready to be shown, and times in milliseconds since the epoch. */
export interface PageData {
  /** How far the reader's zone is from UTC, in milliseconds, and since when: the browser may not know the zone. */
  readonly offsets: readonly (readonly [since: number, offset: number])[]
  readonly madeAt: number
  readonly reasons: readonly ReasonMark[]
  /** In the order of the timeline: every session, below it its workflow runs and agents, below them theirs. */
  readonly threads: readonly Thread[]
  readonly windows: readonly LimitWindow[]
  readonly ranges: readonly NamedRange[]
  /** Which of the ranges is shown first. */
  readonly firstRange: number
}

/** A reason as the page shows it: a mark of two letters, and the texts of the catalogue. */
export interface ReasonMark {
  readonly name: TerminalReason
  readonly mark: string
  /** The classes of its bar: a colour for its group, and a pattern. */
  readonly look: string
  readonly meaning: string
  readonly action: string
  /** How bad it is among the others: 0 is the worst. */
  readonly rank: number
  /** Whether a thread that ended so was refused by a limit, at its end. */
  readonly refused: boolean
}

/** A bar of the timeline: a session's main thread, a workflow run or an agent. */
export interface Thread {
  readonly kind: 'session' | 'run' | 'agent'
  readonly id: string
  readonly shortId: string
  readonly name: string
  readonly type: string
  /** Places in the list of threads. */
  readonly parent: number | null
  readonly session: number | null
  readonly depth: number
  /** Place in the list of reasons; null for a workflow run, which the client alone judges. */
  readonly reason: number | null
  readonly confidence: Confidence
  readonly start: number | null
  readonly end: number | null
  readonly alive: boolean
  /** It died, or nobody can say; of a main thread: its work was cut off. */
  readonly lost: boolean
  /** Its place in the order of the screen: what may be lost comes first. */
  readonly rank: number
  /** A silence of the session in which it was killed. */
  readonly silence: readonly [from: number, to: number | null] | null
  readonly what: string
  readonly reportedAs: string
  readonly work: string
  /** What of its work is on no remote, and whether it is saved on this machine; empty: nothing, or not known. */
  readonly risk: string
  /** Its work is local only: on no remote and in no rescue reference. */
  readonly localOnly: boolean
}

/** From the first refusal by a limit to its reset. */
export interface LimitWindow {
  readonly from: number
  readonly to: number
  readonly limit: string
  /** The reset as the clock on the wall shows it. */
  readonly resets: string
}

/** A stretch of time that can be chosen by name. */
export interface NamedRange {
  readonly label: string
  readonly from: number
  readonly to: number
}

/** A part of what is known of one thread, under a heading. */
export type DetailSection =
  | { readonly head: string; readonly facts: readonly Fact[] }
  | { readonly head: string; readonly texts: readonly string[] }
  | { readonly head: string; readonly evidence: readonly Proof[] }

/** A name and what stands behind it; short, since a page holds a hundred thousand of them. */
export type Fact =
  | readonly [name: string, text: string]
  | readonly [name: string, text: string, as: 'mono']
  /** A place in the list of paths. */
  | readonly [name: string, path: number]
  /** A way to another thread. */
  | readonly [name: string, text: string, thread: number]
  | readonly [name: string, text: string, link: `https://${string}`]

/** One piece of evidence, and the place where it was read. */
export interface Proof {
  readonly shows: string
  readonly path?: number
  readonly at?: string
  readonly excerpt?: string
}

/** The page's data as it stands in the document: the names of a thread's fields once, and not ten thousand times. */
export interface PackedData extends Omit<PageData, 'threads'> {
  readonly threads: { readonly fields: readonly string[]; readonly rows: readonly (readonly unknown[])[] }
}
