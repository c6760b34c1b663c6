import type { Limit, LimitKind } from '../../facts/limit.ts'
import type { JsonObject } from '../../text/json.ts'
import { formatInstantOrNull, isPlausibleInstant } from '../../time/instant.ts'
import { instantsOf, localTime } from '../../time/zoned-time.ts'
import { numberIn, objectIn } from '../fields.ts'

/** The windows of a plan, by their length in minutes. */
const WINDOWS: ReadonlyMap<number, LimitKind> = new Map([
  [300, 'five_hour'],
  [10_080, 'seven_day'],
])
const DAY_MS = 86_400_000

/** The window of which nothing is left, the one that resets last of several; null: something is left of each; undefined: none is told. */
export function findSpent(rates: JsonObject, at: number | null): Limit | null | undefined {
  const windows = [objectIn(rates, 'primary'), objectIn(rates, 'secondary')].filter((window) => window !== null)
  if (windows.length === 0) return undefined
  const full = windows
    .filter((window) => (numberIn(window, 'used_percent') ?? 0) >= 100)
    .map((window) => ({ window, reset: resetOf(window, at) }))
    .toSorted((a, b) => (b.reset ?? 0) - (a.reset ?? 0))
  const [last] = full
  if (last === undefined) return null
  const kind = WINDOWS.get(numberIn(last.window, 'window_minutes') ?? 0) ?? 'unknown'
  return { kind, resetsAt: formatInstantOrNull(last.reset), resetSource: last.reset === null ? null : 'structured', text: '' }
}

/** Seconds since the epoch; up to 0.4x seconds from then. */
function resetOf(window: JsonObject, at: number | null): number | null {
  const epoch = numberIn(window, 'resets_at')
  const left = numberIn(window, 'resets_in_seconds')
  const reset = epoch !== null ? epoch * 1_000 : left !== null && at !== null ? at + left * 1_000 : null
  return reset !== null && isPlausibleInstant(reset) ? Math.round(reset) : null
}

const UNITS = { day: DAY_MS, hour: 3_600_000, minute: 60_000, second: 1_000 } as const
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const CLOCK = /\btry again at (?:([A-Z][a-z]{2})[a-z]* (\d{1,2})(?:st|nd|rd|th)?,? (\d{4}),? )?(\d{1,2}):(\d\d) ?([AP]M)\b/i

/** The limit that a refusal names in its words: a span of time, or a time of day of the machine that it was told on. */
export function readLimit(text: string, at: number | null, timeZone: string): Limit {
  const reset = at === null ? null : (spanIn(text, at) ?? clockIn(text, at, timeZone))
  const isTold = reset !== null && isPlausibleInstant(reset)
  return { kind: 'unknown', resetsAt: isTold ? formatInstantOrNull(reset) : null, resetSource: isTold ? 'text' : null, text }
}

function spanIn(text: string, at: number): number | null {
  const [, span = ''] = /\btry again in ((?:\d{1,4} (?:day|hour|minute|second)s?[, ]*)+)/i.exec(text) ?? []
  const parts = [...span.matchAll(/(\d+) (day|hour|minute|second)/gi)]
  if (parts.length === 0) return null
  return parts.reduce((sum, [, amount = '0', unit = '']) => sum + Number(amount) * UNITS[unit.toLowerCase() as keyof typeof UNITS], at)
}

function clockIn(text: string, at: number, timeZone: string): number | null {
  const [found, month, day, year, hour = '', minute = '', half = ''] = CLOCK.exec(text) ?? []
  if (found === undefined || Number(hour) > 12 || Number(minute) > 59) return null
  const clock = { hour: (Number(hour) % 12) + (half.toLowerCase() === 'pm' ? 12 : 0), minute: Number(minute), second: 0 }
  if (month !== undefined) {
    const index = MONTHS.indexOf(month.toLowerCase())
    return index < 0 ? null : instantsOf({ year: Number(year), month: index + 1, day: Number(day), ...clock }, timeZone)
  }
  // Without a date it is the next such time.
  const today = instantsOf({ ...localTime(at, timeZone), ...clock }, timeZone)
  return today >= at ? today : instantsOf({ ...localTime(today + DAY_MS, timeZone), ...clock }, timeZone)
}

/** How long a model is not to be asked, where an error says so in a field of its own. Seconds. */
export function readDelay(details: JsonObject, text: string, at: number | null): Limit {
  const seconds = numberIn(details, 'reset_after_seconds')
  const resetsAt = seconds === null || at === null ? null : formatInstantOrNull(at + seconds * 1_000)
  return { kind: 'unknown', resetsAt, resetSource: resetsAt === null ? null : 'structured', text }
}
