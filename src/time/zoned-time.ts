import { formatInstant } from './instant.ts'

/** What a clock and a calendar on the wall show. `month` counts from 1. */
export interface LocalDateTime {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
}

/** `weekday` counts from 0 (Sunday) to 6 (Saturday). */
export interface LocalTime extends LocalDateTime {
  readonly weekday: number
}

const DAY = 86_400_000
/** Needs no Intl, which takes 15 ms to load. */
const UTC = 'UTC'

/** A pure memo: building a formatter costs about as much as using it a thousand times. At most one per known zone. */
const FORMATTERS = new Map<string, Intl.DateTimeFormat>()

function formatterOf(zone: string): Intl.DateTimeFormat {
  // Zone names are case-insensitive; without this, spellings in a hostile transcript could fill the memory.
  const key = zone.toLowerCase()
  let formatter = FORMATTERS.get(key)
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    FORMATTERS.set(key, formatter)
  }
  return formatter
}

/**
 * The zone by the name it was given (aliases such as Europe/Kiev included); undefined when it is none. Offsets (`+02:00`) are
 * refused, because only newer runtimes than Node 20 know them.
 */
export function resolveZone(name: string): string | undefined {
  const zone = name.trim()
  if (zone === UTC) return zone
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/.test(zone)) return undefined
  try {
    formatterOf(zone)
    return zone
  } catch {
    return undefined
  }
}

/** What a wall clock in the zone shows at an instant (milliseconds since the epoch); throws a RangeError for an unknown zone. */
export function localTime(ms: number, zone: string): LocalTime {
  // Before the year 1 Intl counts another way.
  if (zone === UTC && ms >= 0) return utcTime(ms)
  const numbers = formatterOf(zone).format(ms).match(/\d+/g) ?? []
  const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = numbers.map(Number)
  return { year, month, day, hour, minute, second, weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay() }
}

function utcTime(ms: number): LocalTime {
  const time = new Date(ms)
  if (Number.isNaN(time.getTime())) throw new RangeError('no such time')
  return {
    year: time.getUTCFullYear(),
    month: time.getUTCMonth() + 1,
    day: time.getUTCDate(),
    hour: time.getUTCHours(),
    minute: time.getUTCMinutes(),
    second: time.getUTCSeconds(),
    weekday: time.getUTCDay(),
  }
}

function asIfUtc(local: LocalDateTime): number {
  return Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute, local.second)
}

/** How far a wall clock in the zone is ahead of UTC at an instant, in milliseconds. */
export function offsetAt(ms: number, zone: string): number {
  return asIfUtc(localTime(ms, zone)) - Math.floor(ms / 1000) * 1000
}

/**
 * The instant (milliseconds since the epoch) at which a wall clock in the zone shows `local`: the later one where clocks go back,
 * the first one after the gap where they go forward. Throws a RangeError for an unknown zone.
 */
export function instantsOf(local: LocalDateTime, zone: string): number {
  const guess = asIfUtc(local)
  const key = `${guess} ${zone}`
  const known = INSTANTS.get(key)
  if (known !== undefined) return known
  const instant = found(guess, zone)
  if (INSTANTS.size >= MOST_INSTANTS) INSTANTS.clear()
  INSTANTS.set(key, instant)
  return instant
}

/** A pure memo: all whom one limit refused are told the same reset, and each takes four calls of Intl. */
const INSTANTS = new Map<string, number>()
const MOST_INSTANTS = 256

function found(guess: number, zone: string): number {
  // No zone is further from UTC than a day, so both sides of any change of offset near `local` are seen.
  const before = offsetAt(guess - DAY, zone)
  const after = offsetAt(guess + DAY, zone)
  const later = guess - Math.min(before, after)
  const earlier = guess - Math.max(before, after)
  // Both are right in an overlap; waiting too long is safe, waiting too short is not.
  if (asIfUtc(localTime(later, zone)) === guess) return later
  if (asIfUtc(localTime(earlier, zone)) === guess) return earlier
  let [low, high] = [Math.floor(earlier / 1000), Math.floor(later / 1000)]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (asIfUtc(localTime(middle * 1000, zone)) > guess) high = middle
    else low = middle
  }
  return high * 1000
}

/** Date and time in the zone, without offset: `2026-05-31 22:10`. */
export function formatLocal(ms: number, zone: string): string {
  return formatLocalSecond(ms, zone).slice(0, 16)
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
/** A date that is further away than this needs its year. */
const HALF_A_YEAR = 183 * DAY

/** A time as people say it at `now`: `05:11`; of another day `20 Nov 05:11`, of long ago `20 Nov 2025`. */
export function formatClock(ms: number, zone: string, now: number): string {
  const clock = formatLocal(ms, zone).slice(-5)
  if (isSameDay(ms, now, zone)) return clock
  return `${dayOf(ms, zone)} ${Math.abs(now - ms) > HALF_A_YEAR ? localTime(ms, zone).year : clock}`
}

/** As `formatClock`, for a narrow column: `05:11`, `20 Nov`, `Nov 2025`. */
export function formatDay(ms: number, zone: string, now: number): string {
  if (isSameDay(ms, now, zone)) return formatClock(ms, zone, now)
  return Math.abs(now - ms) > HALF_A_YEAR ? `${dayOf(ms, zone).slice(-3)} ${localTime(ms, zone).year}` : dayOf(ms, zone)
}

function isSameDay(a: number, b: number, zone: string): boolean {
  return formatLocal(a, zone).slice(0, -6) === formatLocal(b, zone).slice(0, -6)
}

function dayOf(ms: number, zone: string): string {
  const { day, month } = localTime(ms, zone)
  return `${day} ${MONTHS[month - 1] ?? ''}`
}

/** As `formatLocal`, to the second: `2026-05-31 20:31:25`. */
export function formatLocalSecond(ms: number, zone: string): string {
  return formatInstant(asIfUtc(localTime(ms, zone)))
    .slice(0, 19)
    .replace('T', ' ')
}
