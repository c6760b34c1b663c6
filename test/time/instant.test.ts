import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatInstant, isPlausibleInstant, parseDuration, parseInstant } from '../../src/time/instant.ts'

describe('parseInstant', () => {
  it.each([
    ['2026-05-31T19:10:00.000Z', Date.UTC(2026, 4, 31, 19, 10)],
    ['2026-05-31T19:10:00Z', Date.UTC(2026, 4, 31, 19, 10)],
    ['2026-05-31T19:10Z', Date.UTC(2026, 4, 31, 19, 10)],
    ['2026-05-31T22:10:00+03:00', Date.UTC(2026, 4, 31, 19, 10)],
    ['2026-05-31T22:10:00+0300', Date.UTC(2026, 4, 31, 19, 10)],
    ['2026-05-31T13:40:00-05:30', Date.UTC(2026, 4, 31, 19, 10)],
    ['2026-05-31T19:10:00.5Z', Date.UTC(2026, 4, 31, 19, 10, 0, 500)],
    ['2026-05-31T19:10:00.123999999Z', Date.UTC(2026, 4, 31, 19, 10, 0, 123)],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['2020-01-01T00:00:00Z', Date.UTC(2020, 0, 1)],
    ['2099-12-31T23:59:59.999Z', Date.UTC(2100, 0, 1) - 1],
  ])('reads %s', (text, ms) => {
    expect(parseInstant(text)).toBe(ms)
  })

  it.each([
    '2026-02-30T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-05-31T24:00:00Z',
    '2026-05-31T23:60:00Z',
    '2026-05-31T23:59:60Z',
    '2026-05-31T19:10:00',
    '2026-05-31',
    '2026-05-31 19:10:00Z',
    '2026-05-31T19:10:00+24:00',
    '2019-12-31T23:59:59.999Z',
    '2100-01-01T00:00:00Z',
    '+275760-09-13T00:00:00.001Z',
    ' 2026-05-31T19:10:00Z',
    '2026-05-31T19:10:00Z\n',
    'May 31, 2026',
    '',
    null,
    undefined,
    1780254600000,
    new Date(0),
    ['2026-05-31T19:10:00Z'],
  ])('refuses %j', (value) => {
    expect(parseInstant(value)).toBeUndefined()
  })

  it('reads back what formatInstant wrote', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2100, 0, 1) - 1 }), (ms) => {
        expect(parseInstant(formatInstant(ms))).toBe(ms)
      }),
    )
  })
})

describe('isPlausibleInstant', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 0, Date.UTC(2100, 0, 1)])('refuses %s', (ms) => {
    expect(isPlausibleInstant(ms)).toBe(false)
  })
})

describe('parseDuration', () => {
  it.each([
    ['45s', 45_000],
    ['90m', 5_400_000],
    ['2h', 7_200_000],
    ['3d', 259_200_000],
    ['1w', 604_800_000],
    ['0s', 0],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it.each(['', '2', 'h', '2 h', '-2h', '1.5h', '2H', '1h30m', '2y', '9999999999d'])('refuses "%s"', (text) => {
    expect(parseDuration(text)).toBeUndefined()
  })
})
