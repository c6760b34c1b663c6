const EARLIEST = Date.UTC(2020, 0, 1)
const LATEST = Date.UTC(2100, 0, 1)

const ISO = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):?(\d\d))$/

/** Whether an instant (milliseconds since the epoch) can belong to a transcript: from 2020 up to, not including, 2100. */
export function isPlausibleInstant(ms: number): boolean {
  return ms >= EARLIEST && ms < LATEST
}

/** The latest of those that are known; null: none is. */
export function latestInstant(instants: readonly (number | null)[]): number | null {
  const known = instants.filter((each) => each !== null)
  return known.length === 0 ? null : Math.max(...known)
}

/** Whether the calendar has this day; `month` counts from 1. */
export function isCalendarDate(year: number, month: number, day: number): boolean {
  // Date.UTC rolls 30 February over into March instead of refusing it.
  const date = new Date(Date.UTC(year, month - 1, day))
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

/**
 * Milliseconds since the epoch of an ISO-8601 date and time with a zone (`Z` or an offset), finer fractions cut off; undefined
 * for anything else, for dates that no calendar has (2026-02-30), and outside 2020 to 2099.
 */
export function parseInstant(text: unknown): number | undefined {
  if (typeof text !== 'string' || text.length > 40) return undefined
  return parsePlain(text) ?? parseAny(text)
}

/** The day that was parsed last, and when it begins: most records of a transcript were written on one. */
let lastDay = ''
let dayBegins = 0

/** `2026-05-31T19:10:00.000Z`, as clients write it; undefined for every other shape. */
function parsePlain(text: string): number | undefined {
  if (text.length !== 24 || text.charCodeAt(10) !== 0x54 || text.charCodeAt(19) !== 0x2e || text.charCodeAt(23) !== 0x5a) return undefined
  if (text.charCodeAt(13) !== 0x3a || text.charCodeAt(16) !== 0x3a) return undefined
  const hour = twoDigits(text, 11)
  const minute = twoDigits(text, 14)
  const second = twoDigits(text, 17)
  const milliseconds = twoDigits(text, 20) * 10 + (twoDigits(text, 21) % 10)
  if (!(hour <= 23 && minute <= 59 && second <= 59 && milliseconds <= 999)) return undefined
  if (lastDay === '' || !text.startsWith(lastDay)) {
    const begins = parseAny(`${text.slice(0, 10)}T00:00:00.000Z`)
    if (begins === undefined) return undefined
    // Joined anew, so that it keeps no longer text alive.
    lastDay = [text.slice(0, 5), text.slice(5, 10)].join('')
    dayBegins = begins
  }
  const ms = dayBegins + ((hour * 60 + minute) * 60 + second) * 1_000 + milliseconds
  return isPlausibleInstant(ms) ? ms : undefined
}

/** NaN for anything but two digits. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 0x30
  const ones = text.charCodeAt(at + 1) - 0x30
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}

function parseAny(text: string): number | undefined {
  const match = ISO.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second = '0', fraction = '', sign, offsetHour = '0', offsetMinute = '0'] = match
  if (!isCalendarDate(Number(year), Number(month), Number(day))) return undefined
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  if (Number(offsetHour) > 23 || Number(offsetMinute) > 59) return undefined
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, '0'))
  const local = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second), milliseconds)
  const offset = (Number(offsetHour) * 60 + Number(offsetMinute)) * 60_000
  const ms = sign === '-' ? local + offset : local - offset
  return isPlausibleInstant(ms) ? ms : undefined
}

/** ISO-8601 in UTC with milliseconds (`2026-05-31T19:10:00.000Z`); throws a RangeError when `ms` is no date. */
export function formatInstant(ms: number): string {
  return new Date(ms).toISOString()
}

/** As `formatInstant`; null stays null. */
export function formatInstantOrNull(ms: number | null): string | null {
  return ms === null ? null : formatInstant(ms)
}

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/** Milliseconds of one whole number with a unit (`45s`, `90m`, `2h`, `3d`, `1w`); undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9})([smhdw])$/.exec(text)
  if (match === null) return undefined
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]
}
