import { describe, expect, it, vi } from 'vitest'
import { type ErrorFields, readApiError } from '../../../src/clients/claude-code/api-error.ts'

const NO_FIELDS = {
  code: null,
  status: null,
  type: null,
  detail: null,
  bodyCode: null,
  isTransient: false,
  cutOutput: false,
  quotaLimits: undefined,
} as const
const AT = Date.parse('2026-05-31T12:00:00Z')
const judged = (text: string, fields: Partial<ErrorFields> = {}, at: number | null = AT) =>
  readApiError({ ...NO_FIELDS, text, ...fields }, at, 'UTC')

describe('faults without a limit', () => {
  it.each([
    ['API Error: 529 {"error":{"type":"overloaded_error","message":"Overloaded"}}', {}, 'overloaded', 529],
    ['API Error: 500 {"type":"error"}', {}, 'server_error', 500],
    ['API Error: 503 upstream', {}, 'server_error', 503],
    ['API Error: 404 no such model', {}, 'request', 404],
    ['API Error: 400 {"error":{"message":"prompt is too long: 210000 tokens"}}', {}, 'context', 400],
    ['Failed to authenticate. API Error: 401 {}', {}, 'auth', 401],
    ['Credit balance is too low', { code: 'billing_error' }, 'billing', null],
    ['Request timed out', { code: 'server_error' }, 'connection', null],
    ['API Error: Connection error.', {}, 'connection', null],
    ['x', { code: 'server_error' }, 'connection', null],
    ['x', { code: 'server_error', status: 502 }, 'server_error', 502],
    ['x', { code: 'authentication_failed' }, 'auth', null],
    ['x', { code: 'invalid_request' }, 'request', null],
    ['x', { code: 'max_output_tokens' }, 'output_limit', null],
    ['x', { detail: 'connection_failed' }, 'connection', null],
    ['x', { status: 402 }, 'billing', 402],
    ['x', { status: 408 }, 'connection', 408],
    ['x', { status: 403 }, 'auth', 403],
    ['x', { status: 529 }, 'overloaded', 529],
    ['x', { code: 'unknown' }, 'other', null],
    ['', {}, 'other', null],
  ] as const)('%s %j', (text, fields, fault, status) => {
    expect(judged(text, fields)).toMatchObject({ kind: 'error', fault, status, limit: null })
  })

  it('words before codes before the status', () => {
    expect(judged('prompt is too long', { code: 'authentication_failed', status: 500 }).fault).toBe('context')
    expect(judged('x', { code: 'billing_error', status: 500 }).fault).toBe('billing')
  })
})

describe('limits', () => {
  const resetsAt = Date.parse('2026-05-31T15:10:00Z') / 1000
  const words = "You've hit your session limit · resets 3:10pm (UTC)"

  it('by the structured fields, else by the words', () => {
    expect(judged(words, { code: 'rate_limit', quotaLimits: { status: 'rejected', resetsAt, rateLimitType: 'five_hour' } })).toMatchObject({
      fault: 'usage_limit',
      limit: {
        kind: 'five_hour',
        resetsAt: '2026-05-31T15:10:00.000Z',
        resetSource: 'structured',
        text: expect.stringContaining('session limit'),
      },
    })
    expect(judged(words, { code: 'rate_limit' })).toMatchObject({
      limit: { kind: 'five_hour', resetsAt: '2026-05-31T15:10:00.000Z', resetSource: 'text' },
    })
    expect(judged(words)).toMatchObject({ fault: 'usage_limit' })
  })

  it('words are not worked out where the fields tell the time, unless the words tell of something else', () => {
    const asked = vi.spyOn(Intl, 'DateTimeFormat')
    const quotaLimits = { status: 'rejected', resetsAt, rateLimitType: 'five_hour' }
    const inZone = words.replace('3:10pm (UTC)', '3:10am (Pacific/Chatham)')
    expect(judged(inZone, { code: 'rate_limit', quotaLimits }).limit).toMatchObject({ resetSource: 'structured' })
    expect(asked).not.toHaveBeenCalled()
    asked.mockRestore()
    expect(judged(inZone, { code: 'rate_limit' }).limit).toMatchObject({ resetSource: 'text' })
    const spent = "You've hit your monthly spend limit · resets Jun 1 (Pacific/Chatham)"
    expect(judged(spent, { code: 'rate_limit', quotaLimits })).toEqual(judged(spent, { code: 'rate_limit' }))
    expect(judged(spent, { code: 'rate_limit' }).limit).toMatchObject({ kind: 'spend', resetsAt: expect.any(String) as string })
  })

  it('a time of day means nothing without the time of the record', () => {
    expect(judged(words, {}, null).limit).toMatchObject({ resetsAt: null, resetSource: null })
    expect(judged('Claude AI usage limit reached|1780239000', {}, null).limit).toMatchObject({ resetsAt: '2026-05-31T14:50:00.000Z' })
  })

  it('of which nothing is known, or that waiting does not cure', () => {
    expect(judged('Something about limits', { code: 'rate_limit' })).toMatchObject({
      limit: { kind: 'unknown', resetsAt: null, text: 'Something about limits' },
    })
    expect(judged('x', { status: 429 }).limit).toMatchObject({ kind: 'unknown' })
    expect(judged('x', { detail: 'usage_limit_reached' }).limit).not.toBeNull()
  })

  it('resets within the bounds of their limit, and none beyond', () => {
    const resetOf = (text: string): string | null | undefined => judged(text, { code: 'rate_limit' }).limit?.resetsAt
    expect(resetOf("You've hit your session limit · resets 5:59pm (UTC)")).toBe('2026-05-31T17:59:00.000Z')
    expect(resetOf("You've hit your session limit · resets 7pm (UTC)")).toBeNull()
    expect(resetOf("You've hit your session limit · resets 11:48am (UTC)")).toBe('2026-05-31T11:48:00.000Z')
    expect(resetOf("You've hit your session limit · resets 10am (UTC)")).toBeNull()
    expect(resetOf("You've hit your weekly limit · resets Jun 7 at 5pm (UTC)")).toBe('2026-06-07T17:00:00.000Z')
    expect(resetOf("You've hit your weekly limit · resets Jun 20 at 5pm (UTC)")).toBeNull()
    const far = { status: 'rejected', resetsAt: Date.parse('2026-06-02T00:00:00Z') / 1000, rateLimitType: 'five_hour' }
    expect(judged("You've hit your session limit", { code: 'rate_limit', quotaLimits: far }).limit?.resetsAt).toBeNull()
  })

  it.each([
    ['seven_day_opus', '2026-06-08T00:00:00Z', '2026-06-09T00:00:00Z'],
    ['seven_day_overage_included', '2026-06-08T00:00:00Z', '2026-06-09T00:00:00Z'],
    ['overage', '2026-07-01T00:00:00Z', '2026-07-03T00:00:00Z'],
    ['a kind of the future', '2026-07-01T00:00:00Z', '2099-01-01T00:00:00Z'],
    ['__proto__', '2026-07-01T00:00:00Z', '2099-01-01T00:00:00Z'],
  ])('a limit of the kind %s may reset at %s, and not at %s', (rateLimitType, near, far) => {
    const resetOf = (iso: string): string | null | undefined =>
      judged('', { code: 'rate_limit', quotaLimits: { status: 'rejected', resetsAt: Date.parse(iso) / 1000, rateLimitType } }).limit
        ?.resetsAt
    expect([resetOf(near), resetOf(far)]).toEqual([new Date(near).toISOString(), null])
  })

  it.each([
    ['resets in 3m', '2026-05-31T12:03:00.000Z'],
    ['resets in 2h 5m', '2026-05-31T14:05:00.000Z'],
    ['resets in 1 hour and 10 minutes', '2026-05-31T13:10:00.000Z'],
    ['resets in 45 seconds', '2026-05-31T12:00:45.000Z'],
    ['will reset at 2026-05-31 20:30:00 +08:00', '2026-05-31T12:30:00.000Z'],
    ['will reset at 2026-05-31T20:30:00+08:00', '2026-05-31T12:30:00.000Z'],
    ['will reset at 2026-05-31 20:30:00 (UTC+8)', '2026-05-31T12:30:00.000Z'],
    ['will reset at 2026-05-31 20:30:00 Beijing time', '2026-05-31T12:30:00.000Z'],
    ['resets 6:30am PDT', '2026-05-31T13:30:00.000Z'],
  ])('%s', (when, instant) => {
    expect(judged(`You've hit your limit · ${when}`, { code: 'rate_limit' }).limit).toMatchObject({ resetsAt: instant })
  })

  it('of a gateway that writes Chinese', () => {
    const text = 'API Error: 429 {"error":{"code":"1308","message":"已达到 5 小时的使用上限。您的限额将在 2026-05-31 22:00:00 重置。"}}'
    expect(judged(text, { status: 429 }).limit).toMatchObject({ kind: 'api_key', resetsAt: '2026-05-31T14:00:00.000Z' })
  })

  it('an error of another kind that speaks of limits is no limit', () => {
    expect(judged(words, { status: 500 })).toMatchObject({ fault: 'server_error', limit: null })
    expect(judged(words, { code: 'authentication_failed' })).toMatchObject({ fault: 'auth', limit: null })
  })

  it.each([
    [null],
    [7],
    ['x'],
    [[]],
    [{}],
    [{ resetsAt: 'soon' }],
    [{ resetsAt: Number.POSITIVE_INFINITY, rateLimitType: 3 }],
    [{ resetsAt: -1 }],
  ])('odd fields %j leave the words', (quotaLimits) => {
    expect(judged(words, { code: 'rate_limit', quotaLimits })).toMatchObject({
      fault: 'usage_limit',
      limit: { resetsAt: '2026-05-31T15:10:00.000Z', resetSource: 'text' },
    })
  })
})
