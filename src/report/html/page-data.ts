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
  /** One for each thread, null where they were left out to keep the page small. */
  readonly details: readonly (readonly DetailSection[] | null)[]
  readonly windows: readonly LimitWindow[]
  readonly ranges: readonly NamedRange[]
  /** Which of the ranges is shown first. */
  readonly firstRange: number
  /** Paths that details name, each once. */
  readonly paths: readonly string[]
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
  /** It died, or nobody can say. */
  readonly lost: boolean
  /** A silence of the session in which it was killed. */
  readonly silence: readonly [from: number, to: number | null] | null
  readonly what: string
  readonly said: string
  readonly work: string
  /** What exists nowhere but in its worktree; empty: nothing, or not known. */
  readonly onlyHere: string
}

/** From the first refusal by a limit to its reset. */
export interface LimitWindow {
  readonly from: number
  readonly to: number
  readonly label: string
}

/** A stretch of time that can be chosen by name. */
export interface NamedRange {
  readonly label: string
  readonly from: number
  readonly to: number
}

/** A part of what is known of one thread, under a heading. */
export type DetailSection =
  | { readonly kind: 'facts'; readonly head: string; readonly facts: readonly Fact[] }
  | { readonly kind: 'texts'; readonly head: string; readonly texts: readonly string[] }
  | { readonly kind: 'evidence'; readonly head: string; readonly evidence: readonly Proof[] }

/** A name and what stands behind it; `thread` makes it a way to another thread, `path` stands in the list of paths. */
export interface Fact {
  readonly name: string
  readonly text: string
  readonly mono?: true
  readonly thread?: number
  readonly path?: number
  readonly link?: string
}

/** One piece of evidence, and the place where it was read. */
export interface Proof {
  readonly shows: string
  readonly path?: number
  readonly at?: string
  readonly excerpt?: string
}
