import type { PageData } from '../src/report/html/page-data.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const STEPS = [
  SECOND,
  2 * SECOND,
  5 * SECOND,
  10 * SECOND,
  30 * SECOND,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
  28 * DAY,
  91 * DAY,
  364 * DAY,
  3640 * DAY,
] as const

/** A line of the time axis. */
export interface Tick {
  readonly at: number
  readonly text: string
}

/** The clock on the reader's wall: the offsets came with the page. */
export class Clock {
  readonly #offsets: PageData['offsets']

  constructor(offsets: PageData['offsets']) {
    this.#offsets = offsets
  }

  /** Date and time without the year: `05-31 22:14`. */
  short(ms: number): string {
    return this.#iso(ms).slice(5, 16).replace('T', ' ')
  }

  /** Date and time to the second: `2026-05-31 22:14:03`. */
  exact(ms: number): string {
    return this.#iso(ms).slice(0, 19).replace('T', ' ')
  }

  /** Lines of the axis at round times of the wall clock, at most `most`. */
  ticks(from: number, to: number, most: number): readonly Tick[] {
    const step = STEPS.find((one) => (to - from) / one <= most) ?? (to - from) / Math.max(most, 1)
    const ticks: Tick[] = []
    let day = ''
    for (let at = this.#next(from, step); at <= to && ticks.length < most + 2; at = this.#next(at + 1, step)) {
      const iso = this.#iso(at)
      const date = iso.slice(5, 10)
      const time = step < MINUTE ? iso.slice(11, 19) : iso.slice(11, 16)
      const text = step >= 364 * DAY ? iso.slice(0, 7) : step >= DAY ? date : day === date ? time : `${date} ${time}`
      ticks.push({ at, text })
      day = date
    }
    return ticks
  }

  #next(ms: number, step: number): number {
    const offset = this.#offset(ms)
    const next = Math.ceil((ms + offset) / step) * step - offset
    // Where clocks change on the way, the round time is another instant.
    const changed = this.#offset(next) - offset
    return changed === 0 || next - changed < ms ? next : next - changed
  }

  #offset(ms: number): number {
    return (this.#offsets.findLast(([since]) => since <= ms) ?? this.#offsets[0])?.[1] ?? 0
  }

  #iso(ms: number): string {
    return new Date(ms + this.#offset(ms)).toISOString()
  }
}

/** How long something took: `0.4 s`, `40 s`, `12 min`, `3 h 40 min`, `2 d 3 h`. */
export function formatDuration(ms: number): string {
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(1)} s`
  if (ms < MINUTE) return `${Math.round(ms / SECOND)} s`
  if (ms < HOUR) return `${Math.round(ms / MINUTE)} min`
  if (ms < 2 * DAY) return pair(Math.round(ms / MINUTE), 60, 'h', 'min')
  return pair(Math.round(ms / HOUR), 24, 'd', 'h')
}

function pair(amount: number, per: number, large: string, small: string): string {
  const rest = amount % per
  return `${Math.floor(amount / per)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`
}
