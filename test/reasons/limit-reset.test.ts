import { describe, expect, it } from 'vitest'
import type { Limit, LimitKind } from '../../src/facts/limit.ts'
import { findResetEnd, refusesAfterReset, settleReset } from '../../src/reasons/limit-reset.ts'

const at = (time: string): number => Date.parse(`2026-05-31T${time}Z`)
const limit = (resetsAt: string, kind: LimitKind = 'seven_day', text = 'resets 2pm'): Limit => ({
  kind,
  resetsAt: `2026-${resetsAt}.000Z`,
  resetSource: 'text',
  text,
})

describe('the end of a limit', () => {
  it('has a minute of grace where its text names no seconds', () => {
    expect(findResetEnd(limit('05-31T14:00:00'))).toBe(at('14:01:00'))
    expect(findResetEnd(limit('05-31T14:00:30'))).toBe(at('14:00:30'))
    expect(findResetEnd({ ...limit('05-31T14:00:00'), resetSource: 'structured' })).toBe(at('14:00:00'))
    expect(findResetEnd({ ...limit('05-31T14:00:00'), resetsAt: null })).toBeNull()
  })

  it('lies before a refusal that comes late', () => {
    expect(refusesAfterReset(limit('05-31T14:00:00'), at('14:00:40'))).toBe(false)
    expect(refusesAfterReset(limit('05-31T14:00:00'), at('14:12:00'))).toBe(true)
    expect(refusesAfterReset(limit('05-31T14:00:00'), null)).toBe(false)
  })
})

describe('words that are repeated after the reset that they named', () => {
  const before = [{ at: at('11:00:00'), limit: limit('05-31T14:00:00') }]
  const tomorrow = limit('06-01T14:00:00')

  it('mean that reset', () => {
    expect(settleReset(tomorrow, at('14:12:00'), before).resetsAt).toBe('2026-05-31T14:00:00.000Z')
  })

  it.each([
    ['long after it', tomorrow, '21:00:00', before],
    ['of another limit', limit('06-01T14:00:00', 'seven_day_opus'), '14:12:00', before],
    ['in other words', limit('06-01T14:00:00', 'seven_day', 'resets Jun 1'), '14:12:00', before],
    ['where nobody was refused before', tomorrow, '14:12:00', []],
    [
      'a five-hour limit, two hours later',
      limit('06-01T14:00:00', 'five_hour'),
      '16:00:00',
      [{ at: at('11:00:00'), limit: limit('05-31T14:00:00', 'five_hour') }],
    ],
    ['as a field', { ...tomorrow, resetSource: 'structured' as const }, '14:12:00', before],
  ])('not %s', (_, repeated, time, refusals) => {
    expect(settleReset(repeated, at(time), refusals)).toBe(repeated)
  })
})
