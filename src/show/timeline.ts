import type { CallOutcome, EventKind } from './document.ts'
import type { SourceLocation } from '../facts/source.ts'
import { EndsOf } from './bounded.ts'

/** One thing that happened; its texts are as they were written, cut to what can be kept. A call is filled in when it is answered. */
export interface RawEvent {
  readonly kind: EventKind
  readonly at: number | null
  readonly where: SourceLocation
  readonly attempt: number
  readonly turn: number | null
  readonly tool: string | null
  readonly toolUseId: string | null
  readonly isGit: boolean
  outcome: CallOutcome | null
  durationMs: number | null
  resultLine: number | null
  agentId: string | null
  readonly word: string | null
  readonly text: string | null
  resultText: string | null
}

/** What of a text a timeline keeps. Characters; far more than it shows. */
export const KEPT_TEXT = 1_500
/** Records that are further apart than this have a silence between them. Milliseconds. */
const SILENCE_MS = 60_000
/** A transcript may have millions of records: its beginning and its end are kept. */
const FIRST_EVENTS = 5_000
const LAST_EVENTS = 15_000

/** What happened in a transcript, in the order of its lines, with the silences between. */
export class Timeline {
  readonly #events = new EndsOf<RawEvent>(FIRST_EVENTS, LAST_EVENTS)
  #lastAt: number | null = null
  #silentMs = 0

  /** A record with this time was read: if that is long after the one before it, there was a silence. */
  noteTime(at: number | null, isSaid: boolean, where: SourceLocation, attempt: number, toolAtWork: () => string | null): void {
    if (at === null) {
      // Of whatever was said at an unknown time nobody knows how long it took.
      if (isSaid) this.#lastAt = null
      return
    }
    const from = this.#lastAt
    // Records may be out of order by a little.
    this.#lastAt = from === null ? at : Math.max(from, at)
    if (from === null || at - from < SILENCE_MS) return
    this.#silentMs += at - from
    this.add({ kind: 'silence', at: from, where, attempt, durationMs: at - from, tool: toolAtWork() })
  }

  add(event: Pick<RawEvent, 'kind' | 'at' | 'where' | 'attempt'> & Partial<RawEvent>): RawEvent {
    const full: RawEvent = {
      turn: null,
      tool: null,
      toolUseId: null,
      isGit: false,
      outcome: null,
      durationMs: null,
      resultLine: null,
      agentId: null,
      word: null,
      text: null,
      resultText: null,
      ...event,
    }
    this.#events.push(full)
    return full
  }

  get items(): readonly RawEvent[] {
    return this.#events.items
  }

  get leftOut(): number {
    return this.#events.leftOut
  }

  get silentMs(): number {
    return this.#silentMs
  }
}
