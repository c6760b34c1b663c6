import type { TerminalReason } from '../reasons/terminal-reason.ts'
import type { ShowDocument } from './document.ts'

/** Something that an id may mean, and what is known of it. */
export interface Candidate {
  readonly of: ShowDocument['of']
  readonly id: string
  readonly sessionId: string | null
  readonly what?: string | null
  readonly reason?: TerminalReason
  readonly endedAt?: string | null
}

/** Nothing has this id; `looked` says what was searched. */
export class NotFound extends Error {
  readonly looked: { readonly roots: readonly string[]; readonly transcripts: number }
  constructor(id: string, looked: NotFound['looked']) {
    super(`nothing here has an id that begins with ${id}`)
    this.looked = looked
  }
}

/** The beginning of an id matches several things. */
export class Ambiguous extends Error {
  readonly candidates: readonly Candidate[]
  constructor(id: string, candidates: readonly Candidate[]) {
    super(`several ids begin with ${id}`)
    this.candidates = candidates
  }
}
