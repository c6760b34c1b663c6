import { LIMIT_WORDS } from '../facts/limit-words.ts'
import type { Limit } from '../facts/limit.ts'
import { refusesAfterReset } from '../reasons/limit-reset.ts'
import type { AgentReport, WorkflowReport } from './report.ts'
import { parseInstant } from '../time/instant.ts'
import { formatClock, formatLocal, formatLocalSecond } from '../time/zoned-time.ts'
import type { View } from './reporter.ts'

import { clip } from '../text/escape.ts'
import { plural } from '../text/plural.ts'

export { plural as count }
export { LIMIT_WORDS }

/** Holds words together that `wrap` must not part; it prints as a space. */
export const GLUE = '\u00a0'

/** A span of time as exact as one plans with: `40 s`, `12 min`, `3 h 40 min`, `2 days`. */
export function span(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000)
  if (minutes < 60 || minutes >= 48 * 60 || minutes % 60 === 0) return roughly(ms)
  return `${Math.floor(minutes / 60)}${GLUE}h${GLUE}${minutes % 60}${GLUE}min`
}

/** A span of time in its largest unit: `40 s`, `12 min`, `3 h`, `2 days`. */
export function roughly(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000)
  if (minutes < 1) return `${Math.round(Math.abs(ms) / 1000)}${GLUE}s`
  if (minutes < 60) return `${minutes}${GLUE}min`
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)}${GLUE}h` : `${Math.floor(minutes / 1440)}${GLUE}days`
}

/** How an instant is ahead or behind: `in 2 h`, `20 min ago`. */
export function distance(ms: number, now: number): string {
  return ms > now ? `in ${span(ms - now)}` : `${span(now - ms)} ago`
}

/** An instant as people say it; what is no instant (a report may be edited by hand) stays as it is. */
export function clock(instant: string, { timeZone, now }: Pick<View, 'timeZone' | 'now'>): string {
  const ms = parseInstant(instant)
  return ms === undefined ? instant : formatClock(ms, timeZone, now).replaceAll(' ', GLUE)
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
export function limitWords(limit: Limit, refusedAt: string | null, view: Pick<View, 'timeZone' | 'now'>): string {
  return `${LIMIT_WORDS[limit.kind]}, ${resetWords(limit, refusedAt, view)}`
}

/** When a limit resets: `resets 09:03 (in 2 h)`, `reset 09:03 (20 min ago)`. */
export function resetWords(limit: Limit, refusedAt: string | null, view: Pick<View, 'timeZone' | 'now'>): string {
  const { resetsAt } = limit
  if (resetsAt === null) return 'reset time unknown'
  const when = clock(resetsAt, view)
  if (refusesAfterReset(limit, parseInstant(refusedAt) ?? null)) return `still refused after its reset at ${when}`
  const at = parseInstant(resetsAt) ?? view.now
  return `${at > view.now ? 'resets' : 'reset'} ${when} (${distance(at, view.now)})`
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

/** Words with their amounts, the most frequent first: `2 exit_killed, 1 stalled`. */
export function tallyWords(words: readonly string[]): string {
  return countWords(words)
    .map(([word, amount]) => `${amount}${GLUE}${word}`)
    .join(', ')
}

/** A reason, with a mark where it rests on silence, time or wording alone. */
export function markReason({ reason, confidence }: Pick<AgentReport, 'reason' | 'confidence'>): string {
  return confidence === 'low' && reason !== 'unknown' ? `${reason}?` : reason
}

export function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}

/** `a`, `a and b`, `a, b and c`. */
export function plainList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`
}

/** The first names in quotes, and how many more there are: `"Fix it", "Test it" and 3 more`. */
export function quoteSome(names: readonly string[], most: number, longest: number): string {
  const all = [...new Set(names)]
  const shown = all.slice(0, all.length <= most ? most : most - 1).map((name) => `"${clip(name, longest)}"`)
  return plainList(names.length > shown.length ? [...shown, `${names.length - shown.length} more`] : shown)
}
