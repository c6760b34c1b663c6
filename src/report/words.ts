import { LIMIT_WORDS } from '../facts/limit-words.ts'
import type { Limit } from '../facts/limit.ts'
import { refusesAfterReset } from '../reasons/limit-reset.ts'
import type { WorkflowReport } from './report.ts'
import { parseInstant } from '../time/instant.ts'
import { formatLocal, formatLocalSecond } from '../time/zoned-time.ts'

import { plural } from '../text/plural.ts'

export { plural as count }
export { LIMIT_WORDS }

/** Holds words together that `wrap` must not part; it prints as a space. */
export const GLUE = '\u00a0'

/** A span of time as exact as one plans with: `40s`, `12min`, `3h 40min`, `2d`. */
export function span(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000)
  if (minutes < 60 || minutes >= 48 * 60 || minutes % 60 === 0) return roughly(ms)
  return `${Math.floor(minutes / 60)}h${GLUE}${minutes % 60}min`
}

/** A span of time in its largest unit: `40s`, `12min`, `3h`, `2d`. */
export function roughly(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000)
  if (minutes < 1) return `${Math.round(Math.abs(ms) / 1000)}s`
  if (minutes < 60) return `${minutes}min`
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)}h` : `${Math.floor(minutes / 1440)}d`
}

/** An instant as the clock on the wall shows it; what is no instant (a report may be edited by hand) stays as it is. */
export function local(instant: string, zone: string): string {
  const ms = parseInstant(instant)
  return ms === undefined ? instant : formatLocal(ms, zone)
}

/** As `local`, to the second. */
export function localSecond(instant: string, zone: string): string {
  const ms = parseInstant(instant)
  return ms === undefined ? instant : formatLocalSecond(ms, zone)
}

/** A size as people read it: `812 B`, `14 kB`, `2.1 MB`. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`
}

/** A limit and when it resets; `refusedAt`: when it refused, an instant. */
export function limitWords(limit: Limit, refusedAt: string | null, zone: string): string {
  const { kind, resetsAt } = limit
  if (resetsAt === null) return `${LIMIT_WORDS[kind]}, reset time not known`
  return refusedAt !== null && refusesAfterReset(limit, parseInstant(refusedAt) ?? null)
    ? `${LIMIT_WORDS[kind]}, was to reset ${local(resetsAt, zone)}, still refused`
    : `${LIMIT_WORDS[kind]}, resets ${local(resetsAt, zone)}`
}

/** How often each word occurs, the most frequent first. */
export function countWords<Word extends string>(words: readonly Word[]): readonly (readonly [Word, number])[] {
  const amounts = new Map<Word, number>()
  for (const word of words) amounts.set(word, (amounts.get(word) ?? 0) + 1)
  return sortByAmount([...amounts])
}

/** Words with their amounts, the largest first. */
export function sortByAmount<Word extends string>(amounts: readonly (readonly [Word, number])[]): readonly (readonly [Word, number])[] {
  return amounts.toSorted(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
}

/** The first `most` of a list, and a last line that says how many were left out and what shows them. */
export function firstOf<Item>(items: readonly Item[], most: number, shownBy: string): readonly (Item | string)[] {
  if (items.length <= most) return items
  return [...items.slice(0, most), `and ${items.length - most} more (${shownBy})`]
}

/** How many calls a resume of a workflow run makes again, as far as is known. */
export function callsAgain({ wouldRunAgain, mayCallMore }: Pick<WorkflowReport, 'wouldRunAgain' | 'mayCallMore'>): string {
  return `${mayCallMore ? 'at least ' : ''}${plural(wouldRunAgain, 'call')}`
}
