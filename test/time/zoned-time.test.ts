import { sample } from '../long.ts'
import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { describe, expect, it } from 'vitest'
import type { LocalDateTime } from '../../src/time/zoned-time.ts'
import { formatLocal, instantsOf, localTime, resolveZone } from '../../src/time/zoned-time.ts'

const ZONES = [
  'UTC',
  'Europe/Kiev',
  'Europe/London',
  'Europe/Dublin',
  'America/New_York',
  'America/Sao_Paulo',
  'America/Santiago',
  'America/Havana',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Asia/Calcutta',
  'Asia/Kathmandu',
  'Asia/Beirut',
  'Asia/Gaza',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
  'Antarctica/Troll',
  'Etc/GMT+5',
]
const zones = fc.constantFrom(...ZONES)
// From 2008: Apia skipped a whole day at the end of 2011.
const instants = fc.integer({ min: Date.UTC(2008, 0, 1) / 1000, max: Date.UTC(2037, 0, 1) / 1000 }).map((seconds) => seconds * 1000)

function at(text: string): number {
  return Temporal.Instant.from(text).epochMilliseconds
}

function local(text: string): LocalDateTime {
  const { year, month, day, hour, minute, second } = Temporal.PlainDateTime.from(text)
  return { year, month, day, hour, minute, second }
}

/** What instantsOf promises, said by Temporal: the later of two, the first instant after a gap. */
function expected(text: LocalDateTime, zone: string): number {
  const plain = Temporal.PlainDateTime.from(text)
  const later = plain.toZonedDateTime(zone, { disambiguation: 'later' })
  if (later.toPlainDateTime().equals(plain)) return later.epochMilliseconds
  const before = plain.toZonedDateTime(zone, { disambiguation: 'earlier' })
  return before.getTimeZoneTransition('next')?.epochMilliseconds ?? Number.NaN
}

describe('resolveZone', () => {
  it.each(['Europe/Kiev', 'Europe/Kyiv', 'Asia/Calcutta', 'America/Cordoba', 'Etc/GMT+5', 'UTC', 'GMT', 'europe/berlin'])(
    'knows %s',
    (name) => {
      expect(resolveZone(name)).toBe(name)
    },
  )

  it.each(['Europe/Barcelona', '', ' ', '+05:00', '429', 'Factory/Made', '../etc', 'Europe/Київ', 'x'.repeat(10_000), '\u0000'])(
    'refuses %j',
    (name) => {
      expect(resolveZone(name)).toBeUndefined()
    },
  )

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (name) => [undefined, name.trim()].includes(resolveZone(name))))
  })
})

describe('localTime', () => {
  it('agrees with Temporal', () => {
    fc.assert(
      fc.property(instants, zones, (ms, zone) => {
        const { year, month, day, hour, minute, second, dayOfWeek } = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone)
        expect(localTime(ms, zone)).toEqual({ year, month, day, hour, minute, second, weekday: dayOfWeek % 7 })
      }),
      { numRuns: 2000 },
    )
  })

  it('shows midnight as hour 0', () => {
    expect(localTime(at('2026-05-31T21:00:00Z'), 'Europe/Kyiv')).toMatchObject({ month: 6, day: 1, hour: 0 })
  })
})

describe('instantsOf', () => {
  it('agrees with Temporal at any wall-clock time', () => {
    fc.assert(
      fc.property(instants, zones, (ms, zone) => {
        const plain = local(new Date(ms).toISOString().slice(0, 19))
        expect(instantsOf(plain, zone)).toBe(expected(plain, zone))
      }),
      { numRuns: 2000 },
    )
  })

  it('agrees with Temporal around every change of the clocks', () => {
    for (const zone of sample(ZONES, 6)) {
      let transition = Temporal.Instant.from('2008-01-01T00:00:00Z').toZonedDateTimeISO(zone).getTimeZoneTransition('next')
      while (transition !== null && transition.year < 2037) {
        for (let minutes = -1560; minutes <= 1560; minutes += 30) {
          const text = transition.toPlainDateTime().add({ minutes })
          expect({ zone, text: String(text), ms: instantsOf(text, zone) }).toEqual({ zone, text: String(text), ms: expected(text, zone) })
        }
        transition = transition.year % 4 === 0 || zone === 'Pacific/Apia' ? transition.getTimeZoneTransition('next') : skipYear(transition)
      }
    }
  })

  function skipYear(from: Temporal.ZonedDateTime): Temporal.ZonedDateTime | null {
    return from.add({ years: 1 }).getTimeZoneTransition('next')
  }

  it.each([
    ['gap: the first instant after it', '2026-03-29T03:30', 'Europe/Kyiv', '2026-03-29T01:00:00Z'],
    ['overlap: the later instant', '2026-10-25T03:30', 'Europe/Kyiv', '2026-10-25T01:30:00Z'],
    ['overlap of half an hour', '2026-04-05T01:45', 'Australia/Lord_Howe', '2026-04-04T15:15:00Z'],
    ['gap of a whole day', '2011-12-30T12:00', 'Pacific/Apia', '2011-12-30T10:00:00Z'],
    ['midnight in a gap', '2026-09-06T00:00', 'America/Santiago', '2026-09-06T04:00:00Z'],
  ])('%s', (_case, text, zone, instant) => {
    expect(instantsOf(local(text), zone)).toBe(at(instant))
  })

  it('goes back and forth', () => {
    fc.assert(
      fc.property(instants, zones, (ms, zone) => {
        expect(instantsOf(localTime(ms, zone), zone)).toBeGreaterThanOrEqual(ms)
        expect(localTime(instantsOf(localTime(ms, zone), zone), zone)).toEqual(localTime(ms, zone))
      }),
    )
  })
})

describe('formatLocal', () => {
  it('write the time in the zone, without offset', () => {
    expect(formatLocal(at('2026-05-31T19:10:59.999Z'), 'Europe/Kyiv')).toBe('2026-05-31 22:10')
    expect(formatLocal(at('2026-05-31T21:05:00Z'), 'Europe/Kyiv')).toBe('2026-06-01 00:05')
  })
})

it('UTC is what Intl makes of it, though it is not asked', () => {
  const any = fc.integer({ min: -1_000_000_000_000, max: 8_000_000_000_000 }).map((ms) => ms * 1_000 + 7)
  fc.assert(
    fc.property(fc.oneof(any, fc.integer()), (ms) => {
      expect(localTime(ms, 'UTC')).toEqual(localTime(ms, 'Etc/UTC'))
    }),
  )
  for (const none of [Number.NaN, Number.POSITIVE_INFINITY, 8.65e15]) expect(() => localTime(none, 'UTC')).toThrow(RangeError)
})
