import type { Limit } from '../facts/limit.ts'
import type { Refusal } from '../facts/run.ts'
import { parseInstant } from '../time/instant.ts'

/** Clients cut the time of a reset to the minute and write no seconds (2.1.329): it may come so much later. Milliseconds. */
const GRACE_MS = 60_000
const HOUR_MS = 3_600_000
/** A weekly limit that was lifted names a date again, not the same time of day; of other limits that is less sure. Milliseconds. */
const LATE_MS = { weekly: 6 * HOUR_MS, other: HOUR_MS } as const

/** From when on a limit no longer refuses, by its own word. Milliseconds since the epoch; null: it does not say. */
export function findResetEnd({ resetsAt, resetSource }: Limit): number | null {
  const at = parseInstant(resetsAt)
  if (at === undefined) return null
  return resetSource === 'text' && at % GRACE_MS === 0 ? at + GRACE_MS : at
}

/** Whether a limit refused though the reset that it named had passed. */
export function refusesAfterReset(limit: Limit, refusedAt: number | null): boolean {
  const end = findResetEnd(limit)
  return end !== null && refusedAt !== null && refusedAt >= end
}

/**
 * The limit with the reset that the same words named before. A time without a date is the next such time; where a limit still refuses just
 * behind its reset, the words that it repeats would mean the next day.
 */
export function settleReset(limit: Limit, refusedAt: number | null, refusals: readonly Pick<Refusal, 'at' | 'limit'>[]): Limit {
  const next = limit.resetSource === 'text' ? parseInstant(limit.resetsAt) : undefined
  if (next === undefined || refusedAt === null) return limit
  const window = limit.kind.startsWith('seven_day') ? LATE_MS.weekly : LATE_MS.other
  const before = refusals.find(({ at, limit: named }) => {
    if (at === null || at >= refusedAt || named.kind !== limit.kind || named.text !== limit.text) return false
    const reset = parseInstant(named.resetsAt)
    // A day of a time zone may have 23 or 25 hours.
    return reset !== undefined && reset <= refusedAt && refusedAt - reset <= window && Math.abs(next - reset - 24 * HOUR_MS) <= HOUR_MS
  })
  return before === undefined ? limit : { ...limit, resetsAt: before.limit.resetsAt }
}
