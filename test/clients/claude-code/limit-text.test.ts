import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LimitKind } from '../../../src/facts/limit.ts'
import { isEntitlementText, readLimitText, readQuotaLimits } from '../../../src/clients/claude-code/limit-text.ts'

/** The reader's zone in every test that names no other: two hours east of UTC in winter, three in summer. */
const HOME = 'Europe/Kyiv'

function read(text: string, recordedAt: string, zone = HOME): [LimitKind, string | null] | undefined {
  const limit = readLimitText(text, Date.parse(recordedAt), zone)
  if (limit === undefined) return undefined
  expect(limit.resetSource).toBe(limit.resetsAt === null ? null : 'text')
  return [limit.kind, limit.resetsAt === null ? null : limit.resetsAt.replace('.000Z', 'Z')]
}

/** The field guide's table: its row, the text, when it was recorded, and what it means. */
const ROWS: readonly (readonly [row: string, text: string, recordedAt: string, kind: LimitKind, resetsAt: string | null])[] = [
  ['1', 'Claude AI usage limit reached|1753560000', '2025-07-26T18:00:00Z', 'unknown', '2025-07-26T20:00:00Z'],
  ['2', 'Claude AI usage limit reached|1751911200', '2025-07-07T16:00:00Z', 'unknown', '2025-07-07T18:00:00Z'],
  ['3', 'Claude AI usage limit reached|1760004000', '2025-10-09T08:00:00Z', 'unknown', '2025-10-09T10:00:00Z'],
  ['4', 'Claude AI usage limit reached|1760000000000', '2025-10-09T08:00:00Z', 'unknown', '2025-10-09T08:53:20Z'],
  ['5', 'Claude usage limit reached. Your limit will reset at 1pm (Etc/GMT+5)', '2025-07-01T12:00:00Z', 'unknown', '2025-07-01T18:00:00Z'],
  ['6', 'Your limit will reset at 3pm.', '2026-01-10T10:00:00Z', 'unknown', '2026-01-10T13:00:00Z'],
  ['7', '5-hour limit reached ∙ resets 5am', '2026-01-10T10:00:00Z', 'five_hour', '2026-01-11T03:00:00Z'],
  ['8', '5-hour limit reached ∙ resets 2am', '2026-01-10T10:00:00Z', 'five_hour', '2026-01-11T00:00:00Z'],
  ['9', '5-hour limit reached - resets 3pm', '2026-01-10T10:00:00Z', 'five_hour', '2026-01-10T13:00:00Z'],
  [
    '10',
    'Session limit reached ∙ resets 9:30pm\n/upgrade to increase your usage limit.',
    '2026-01-10T10:00:00Z',
    'five_hour',
    '2026-01-10T19:30:00Z',
  ],
  ['11', 'Session limit reached ∙ resets 11:00 PM', '2026-01-10T10:00:00Z', 'five_hour', '2026-01-10T21:00:00Z'],
  ['12', 'Weekly limit reached · resets Dec 2, 7pm (Europe/Moscow) ·', '2025-11-28T10:00:00Z', 'seven_day', '2025-12-02T16:00:00Z'],
  ['13', 'Weekly limit reached ∙ resets Oct 9, 5pm', '2025-10-04T10:00:00Z', 'seven_day', '2025-10-09T14:00:00Z'],
  ['14', 'Opus weekly limit reached ∙ resets Oct 24', '2025-10-20T10:00:00Z', 'seven_day_opus', '2025-10-23T21:00:00Z'],
  ['15', 'Opus weekly limit reached ∙ resets Oct 31, 9am', '2025-10-25T10:00:00Z', 'seven_day_opus', '2025-10-31T07:00:00Z'],
  ['16', "You've hit your limit · resets 12pm (America/Chicago)", '2026-01-10T10:00:00Z', 'unknown', '2026-01-10T18:00:00Z'],
  ['17', "You've hit your limit · resets 11pm (America/Anchorage)", '2026-01-10T10:00:00Z', 'unknown', '2026-01-11T08:00:00Z'],
  ['18', "You've hit your limit · resets 7am (Europe/Guernsey)", '2026-07-10T10:00:00Z', 'unknown', '2026-07-11T06:00:00Z'],
  ['19', "You've hit your limit - resets Feb 4, 9pm (Africa/Johannesburg)", '2026-02-01T10:00:00Z', 'unknown', '2026-02-04T19:00:00Z'],
  ['20', "You've hit your limit · resets 9:30pm (UTC)", '2026-01-10T10:00:00Z', 'unknown', '2026-01-10T21:30:00Z'],
  ['21', "You've hit your limit · resets 11:30pm", '2026-01-10T10:00:00Z', 'unknown', '2026-01-10T21:30:00Z'],
  ['22', "You've hit your limit · resets 10pm ", '2026-01-10T10:00:00Z', 'unknown', '2026-01-10T20:00:00Z'],
  ['23', "You've hit your session limit · resets 3:45pm", '2026-01-10T10:00:00Z', 'five_hour', '2026-01-10T13:45:00Z'],
  ['24', "You've hit your session limit · resets 4:30pm", '2026-01-10T10:00:00Z', 'five_hour', '2026-01-10T14:30:00Z'],
  ['25', "You've hit your session limit · resets 12am", '2026-01-10T10:00:00Z', 'five_hour', '2026-01-10T22:00:00Z'],
  ['26', "You've hit your session limit · resets 5:30am (Asia/Barnaul)", '2026-07-10T20:00:00Z', 'five_hour', '2026-07-10T22:30:00Z'],
  ['27', "You've hit your session limit · resets 8:40am (America/Bogota)", '2026-07-10T10:00:00Z', 'five_hour', '2026-07-10T13:40:00Z'],
  ['28', "You've hit your session limit · resets 4:40am (Europe/Amsterdam)", '2026-07-10T23:00:00Z', 'five_hour', '2026-07-11T02:40:00Z'],
  ['29', "You've hit your session limit · resets 3pm (Europe/Kiev)", '2026-07-10T10:00:00Z', 'five_hour', '2026-07-10T12:00:00Z'],
  ['30', "You're out of extra usage · resets 5:50pm (Asia/Calcutta)", '2026-07-10T10:00:00Z', 'extra_usage', '2026-07-10T12:20:00Z'],
  ['31', "You've hit your session limit · resets 9pm (Asia/Bangkok)", '2026-07-10T10:00:00Z', 'five_hour', '2026-07-10T14:00:00Z'],
  ['32', "You've hit your session limit · resets 8:50am (Asia/Seoul) (429)", '2026-07-10T22:00:00Z', 'five_hour', '2026-07-10T23:50:00Z'],
  [
    '33',
    "You've hit your session limit · resets 1:40pm (UTC) (error type rate_limit, HTTP 429, request id req_x, model sent to the API: claude-opus-5)",
    '2026-07-10T10:00:00Z',
    'five_hour',
    '2026-07-10T13:40:00Z',
  ],
  ['34', "You've hit your session limit - resets 8am (America/Los_Angeles)", '2026-07-10T10:00:00Z', 'five_hour', '2026-07-10T15:00:00Z'],
  ['35', 'You’ve hit your session limit · resets 3am (Europe/Madrid)', '2026-07-10T22:00:00Z', 'five_hour', '2026-07-11T01:00:00Z'],
  [
    '36',
    "You've hit your session limit · resets 3pm (Europe/Amsterdam) · progress saved",
    '2026-07-10T10:00:00Z',
    'five_hour',
    '2026-07-10T13:00:00Z',
  ],
  ['37', "You've hit your session limit", '2026-07-10T10:00:00Z', 'five_hour', null],
  // 10 July 2026 is a Friday.
  ['38', "You've hit your weekly limit · resets Mon 12:00am", '2026-07-10T10:00:00Z', 'seven_day', '2026-07-12T21:00:00Z'],
  ['39', "You've hit your weekly limit · resets Sep 15, 3am (Europe/Dublin)", '2026-09-11T10:00:00Z', 'seven_day', '2026-09-15T02:00:00Z'],
  [
    '40',
    "You've hit your weekly limit · resets Sep 6 at 1pm (Asia/Seoul) (429)",
    '2026-09-02T10:00:00Z',
    'seven_day',
    '2026-09-06T04:00:00Z',
  ],
  [
    '41',
    "You've hit your weekly limit · resets Jul 27 at 6pm (America/New_York)",
    '2026-07-22T10:00:00Z',
    'seven_day',
    '2026-07-27T22:00:00Z',
  ],
  [
    '42',
    "You've hit your weekly limit · resets Jul 14 at 4pm (Europe/Berlin)",
    '2026-07-10T10:00:00Z',
    'seven_day',
    '2026-07-14T14:00:00Z',
  ],
  [
    '43',
    "You've hit your weekly limit · resets Aug 17, 5am (America/Sao_Paulo)",
    '2026-08-12T10:00:00Z',
    'seven_day',
    '2026-08-17T08:00:00Z',
  ],
  ['44', "You've hit your weekly limit · resets Aug 1, 8am (UTC)", '2026-07-30T10:00:00Z', 'seven_day', '2026-08-01T08:00:00Z'],
  ['45', "You've hit your weekly limit · resets 2pm (Europe/Amsterdam)", '2026-07-10T10:00:00Z', 'seven_day', '2026-07-10T12:00:00Z'],
  ['46', "You've hit your weekly limit · resets 11pm (America/Chicago)", '2026-07-10T10:00:00Z', 'seven_day', '2026-07-11T04:00:00Z'],
  ['47', 'resets Jan 2, 9am', '2026-09-11T10:00:00Z', 'unknown', '2027-01-02T07:00:00Z'],
  ['48', "You've hit your Opus limit · resets 9am (America/New_York)", '2026-07-10T10:00:00Z', 'seven_day_opus', '2026-07-10T13:00:00Z'],
  ['49', "You've hit your Sonnet limit · resets 3:45pm", '2026-07-10T10:00:00Z', 'seven_day_sonnet', '2026-07-10T12:45:00Z'],
  [
    '50',
    "You've hit your Fable 5 limit · resets Aug 17, 4am (Europe/Amsterdam)",
    '2026-08-12T10:00:00Z',
    'seven_day_model',
    '2026-08-17T02:00:00Z',
  ],
  [
    '51',
    "You've reached your Fable 5 limit. Run /usage-credits to continue or switch models with /model.",
    '2026-07-10T10:00:00Z',
    'seven_day_model',
    null,
  ],
  ['52', "You're out of extra usage · resets 9pm", '2026-07-10T10:00:00Z', 'extra_usage', '2026-07-10T18:00:00Z'],
  ['53', "You're out of extra usage · resets 9am (America/Cordoba)", '2026-07-10T10:00:00Z', 'extra_usage', '2026-07-10T12:00:00Z'],
  ['54', "You're out of extra usage · resets Feb 4, 8pm (Europe/Budapest)", '2026-02-01T10:00:00Z', 'extra_usage', '2026-02-04T19:00:00Z'],
  ['55', "You're out of extra usage · resets 7pm (Europe/Barcelona)", '2026-07-10T10:00:00Z', 'extra_usage', '2026-07-10T16:00:00Z'],
  ['56', "You're out of extra usage · resets 10pm (America/Los_Angeles)", '2026-07-10T10:00:00Z', 'extra_usage', '2026-07-11T05:00:00Z'],
  [
    '57',
    "You're out of usage credits. Run /usage-credits to keep using Fable 5 or /model to switch models.",
    '2026-07-10T10:00:00Z',
    'extra_usage',
    null,
  ],
  [
    '58',
    "You've hit your monthly spend limit · raise it at claude.ai/settings/usage?from=cc_cli_limit_message",
    '2026-07-10T10:00:00Z',
    'spend',
    null,
  ],
  [
    '59',
    "You've hit your monthly spend limit · raise it at claude.ai/settings/usage · your session limit resets 3:20am (America/Sao_Paulo)",
    '2026-07-10T10:00:00Z',
    'spend',
    null,
  ],
  [
    '60',
    "You've hit your org's monthly spend limit · run /usage-credits to ask your admin for a higher limit · your session limit resets 3:20pm (Asia/Seoul) (429)",
    '2026-07-10T10:00:00Z',
    'spend',
    null,
  ],
  [
    '61',
    "You've hit your monthly spend limit · resets 9pm (America/Los_Angeles) · raise it at claude.ai/settings/usage",
    '2026-07-10T10:00:00Z',
    'spend',
    '2026-07-11T04:00:00Z',
  ],
  ['62', 'spend limit reached (daily; resets 2026-08-09 00:00 UTC)', '2026-08-08T10:00:00Z', 'spend', '2026-08-09T00:00:00Z'],
  [
    '63',
    '[1308][Usage limit reached for 5 hour. Your limit will reset at 2026-07-27 14:28:00]',
    '2026-07-27T03:00:00Z',
    'api_key',
    '2026-07-27T06:28:00Z',
  ],
  [
    '64',
    'Usage limit reached · continuing automatically at 5pm · esc or type to cancel',
    '2026-07-10T10:00:00Z',
    'unknown',
    '2026-07-10T14:00:00Z',
  ],
  [
    '65',
    'Usage limit reached for gemini-3-flash-preview. Access resets at 10:57 PM GMT-3.',
    '2026-07-10T10:00:00Z',
    'unknown',
    '2026-07-11T01:57:00Z',
  ],
  ['66a', 'Resets 3:20pm (Europe/Berlin)', '2026-07-10T10:00:00Z', 'unknown', '2026-07-10T13:20:00Z'],
  ['66b', 'Resets Mar 5, 7pm (America/Los_Angeles)', '2026-03-01T10:00:00Z', 'unknown', '2026-03-06T03:00:00Z'],
  ['66c', 'Resets 12:59pm', '2026-01-10T09:00:00Z', 'unknown', '2026-01-10T10:59:00Z'],
  ['66d', 'Resets Jan 12, 10:59am (America/New_York)', '2026-01-10T10:00:00Z', 'unknown', '2026-01-12T15:59:00Z'],
  ['66e', 'Resets Fri 4:00 PM', '2026-07-10T10:00:00Z', 'unknown', '2026-07-10T13:00:00Z'],
  [
    '67',
    "Agent terminated early due to an API error: You've hit your session limit · resets 6:30pm (Europe/Berlin)",
    '2026-07-10T10:00:00Z',
    'five_hour',
    '2026-07-10T16:30:00Z',
  ],
  [
    '68',
    '<task-notification><status>failed</status><summary>Agent &quot;a &lt;b&gt; &amp; c&quot; failed: You&#39;ve hit your session limit &#xB7; resets 6:30pm (Europe/Berlin)</summary></task-notification>',
    '2026-07-10T10:00:00Z',
    'five_hour',
    '2026-07-10T16:30:00Z',
  ],
]

describe('readLimitText', () => {
  it.each(ROWS)('row %s: %s', (_row, text, recordedAt, kind, resetsAt) => {
    expect(read(text, recordedAt)).toEqual([kind, resetsAt])
  })

  it.each(ROWS)('row %s, wrapped, escaped, retyped: %s', (_row, text, recordedAt, kind, resetsAt) => {
    expect(read(text.toLowerCase(), recordedAt)).toEqual([kind, resetsAt])
    expect(read(text.replaceAll(' ', '\n   '), recordedAt)).toEqual([kind, resetsAt])
    expect(read(text.replaceAll("'", '&apos;'), recordedAt)).toEqual([kind, resetsAt])
    expect(read(text.replaceAll("'", '’').replaceAll('·', '•'), recordedAt)).toEqual([kind, resetsAt])
    expect(read(text.replace(/ ?([ap]m)/i, '\u202f$1'), recordedAt)).toEqual([kind, resetsAt])
    // The panel's lines (47, 66) are known only as a whole.
    if (!/^resets/i.test(text)) {
      expect(read(`<summary>Agent terminated early due to an API error: ${text} (HTTP 429)</summary>`, recordedAt)).toEqual([
        kind,
        resetsAt,
      ])
    }
  })

  it('has every row of the table', () => {
    expect(new Set(ROWS.map(([row]) => Number.parseInt(row, 10))).size).toBe(68)
  })

  it.each<[string, LimitKind, string | null]>([
    ['Limit reached · resets 11:26am (Europe/Kyiv)', 'unknown', '2026-11-21T09:26:00Z'],
    ["You've hit your 5-hour limit · resets 11:26am (Europe/Kyiv)", 'five_hour', '2026-11-21T09:26:00Z'],
    ["You've hit your weekly limit · resets Nov 23, 10:18am (Europe/Kyiv)", 'seven_day', '2026-11-23T08:18:00Z'],
    ["You've hit your Opus limit · resets Nov 23, 10:18am (Europe/Kyiv)", 'seven_day_opus', '2026-11-23T08:18:00Z'],
    ["You've hit your Opus 4.5 limit", 'seven_day_opus', null],
    ["You've hit your weekly Sonnet limit", 'seven_day_sonnet', null],
    ["You've reached your Fable limit.", 'seven_day_model', null],
    ["You've hit your Newmodel 6 limit", 'seven_day_model', null],
    [
      'Fable 5 limit reached · continuing on Fable 5 uses usage credits, and the prompt to confirm went unanswered — nothing was sent',
      'seven_day_model',
      null,
    ],
    ["You've hit your limit · resets Nov 23, 10:18am (Europe/Kiev)", 'unknown', '2026-11-23T08:18:00Z'],
    ["You've hit your individual spend limit · ask your admin for a higher limit", 'spend', null],
    ["You've hit your team's shared budget · ask your admin", 'spend', null],
    ["You've hit your channel's monthly spend limit", 'spend', null],
    ['spend limit unavailable', 'spend', null],
    ["You've hit your monthly spend limit · your weekly limit resets Nov 24, 9am", 'spend', null],
    ['API Error: Server is temporarily limiting requests (not your usage limit) · Rate limited. Please try again later.', 'throttle', null],
    [
      "API Error: Server is temporarily limiting requests (not your usage limit) · This request would exceed your account's rate limit.",
      'throttle',
      null,
    ],
    ['API Error: Rate limit reached', 'throttle', null],
    [
      'API Error: Request rejected (429) · this may be a temporary capacity issue. If it persists, check https://status.claude.com.',
      'api_key',
      null,
    ],
    ['API Error: Request rejected (429) · This request would exceed your account rate limit. Please try again later.', 'api_key', null],
    ["This request would exceed your organization's rate limit of 50 requests per minute", 'api_key', null],
    ['API Error: 429 {"type":"error","error":{"type":"rate_limit_error","message":"Slow down"}}', 'api_key', null],
    ['upstream rate limit exceeded', 'api_key', null],
    ['all upstreams failed (3 attempted)', 'api_key', null],
    [
      'API Error: Request rejected (429) · [1308][Usage limit reached for 5 hour. Your limit will reset at 2026-11-21 20:28:00][x]',
      'api_key',
      '2026-11-21T12:28:00Z',
    ],
  ])('knows %s', (text, kind, resetsAt) => {
    expect(read(text, '2026-11-21T08:18:25Z')).toEqual([kind, resetsAt])
    expect(isEntitlementText(text)).toBe(false)
  })

  it.each<[string, LimitKind]>([
    ['Fable 5 requires usage credits', 'extra_usage'],
    ["Your seat type doesn't include usage credits", 'extra_usage'],
    ['Your seat type doesn’t include extra usage · your session limit resets 3pm', 'extra_usage'],
    ['Extra usage is required for long context requests.', 'extra_usage'],
    ['API Error: 429 {"error":{"type":"rate_limit_error","message":"Extra usage is required for long context requests."}}', 'extra_usage'],
    ['Usage credits required for 1M context · run /usage-credits to turn them on', 'extra_usage'],
    ['Your org is out of usage · add funds to continue', 'extra_usage'],
    ['Your usage allocation has been disabled by your admin', 'spend'],
    ["Your group's usage limit is set to $0", 'spend'],
  ])('knows a missing entitlement: %s', (text, kind) => {
    expect(read(text, '2026-11-21T08:18:25Z')).toEqual([kind, null])
    expect(isEntitlementText(text)).toBe(true)
  })

  it.each([
    "You've used 90% of your session limit · resets 3pm (Europe/Kyiv)",
    "You've used 95% of your monthly spend limit · resets 3pm",
    "You're close to your usage limit · resets 3pm",
    'Approaching weekly limit · resets Nov 24, 9am',
    'Over 80% of your weekly limit used',
    "You're now using usage credits · Your session limit resets 3pm (Europe/Kyiv)",
    'Now using extra usage',
    'API Error: 529 Overloaded. This is a server-side issue, usually temporary — try again in a moment.',
    'API Error: 500 Internal server error.',
    'API Error: The model has reached its context window limit.',
    'Prompt is too long',
    'Credit balance is too low',
    'An image in the conversation exceeds the dimension limit for many-image requests (2000px).',
    'Request too large (max 32MB). Accumulated images and attachments in the conversation pushed the request over the limit.',
    'The counter resets with every session',
    'Resets monthly',
    "You've hit your",
    '',
  ])('finds no limit in: %s', (text) => {
    expect(readLimitText(text, Date.parse('2026-11-21T08:18:25Z'), HOME)).toBeUndefined()
    expect(isEntitlementText(text)).toBe(false)
  })

  it.each<[rule: string, when: string, recordedAt: string, resetsAt: string | null]>([
    ['strictly after the record', '3pm (UTC)', '2026-07-10T15:00:00Z', '2026-07-11T15:00:00Z'],
    ['a second before', '3pm (UTC)', '2026-07-10T14:59:59Z', '2026-07-10T15:00:00Z'],
    ['12am', '12am (UTC)', '2026-12-31T20:00:00Z', '2027-01-01T00:00:00Z'],
    ['12:30am', '12:30am (UTC)', '2026-12-31T20:00:00Z', '2027-01-01T00:30:00Z'],
    ['12pm', '12pm (UTC)', '2026-12-31T20:00:00Z', '2027-01-01T12:00:00Z'],
    ['minute 59', '12:59pm (UTC)', '2026-07-10T10:00:00Z', '2026-07-10T12:59:00Z'],
    ['24 hours', '14:05 (UTC)', '2026-07-10T10:00:00Z', '2026-07-10T14:05:00Z'],
    ['no such hour', '13pm (UTC)', '2026-07-10T10:00:00Z', null],
    ['no such minute', '1:60pm (UTC)', '2026-07-10T10:00:00Z', null],
    ['a bare number', '5 (UTC)', '2026-07-10T10:00:00Z', null],
    ['year roll-over', 'Jan 2, 9am (UTC)', '2026-12-30T10:00:00Z', '2027-01-02T09:00:00Z'],
    ['a date of this very day', 'Jul 10, 9am (UTC)', '2026-07-10T10:00:00Z', '2026-07-10T09:00:00Z'],
    ['a written year', 'Jan 2, 2028, 9am (UTC)', '2026-12-30T10:00:00Z', '2028-01-02T09:00:00Z'],
    ['29 February', 'Feb 29 (UTC)', '2026-12-30T10:00:00Z', '2028-02-29T00:00:00Z'],
    ['no such date', 'Feb 30, 9am (UTC)', '2026-12-30T10:00:00Z', null],
    ['date only: where the zone says', 'Oct 24 (America/New_York)', '2026-10-20T10:00:00Z', '2026-10-24T04:00:00Z'],
    ['date only: midnight in a gap', 'Sep 6 (America/Santiago)', '2026-09-01T10:00:00Z', '2026-09-06T04:00:00Z'],
    ['full names', 'September 6th at 1:00 p.m. (UTC)', '2026-09-01T10:00:00Z', '2026-09-06T13:00:00Z'],
    ['weekday still ahead today', 'Fri 4pm (UTC)', '2026-07-10T10:00:00Z', '2026-07-10T16:00:00Z'],
    ['weekday passed today', 'Fri 9am (UTC)', '2026-07-10T10:00:00Z', '2026-07-17T09:00:00Z'],
    ['weekday without time', 'Thursday (UTC)', '2026-07-10T10:00:00Z', '2026-07-16T00:00:00Z'],
    ['the day in the named zone, not in UTC', '1am (Pacific/Kiritimati)', '2026-07-10T10:30:00Z', '2026-07-10T11:00:00Z'],
    ['gap', '3:30am (Europe/Kyiv)', '2026-03-28T22:00:00Z', '2026-03-29T01:00:00Z'],
    ['overlap', '3:30am (Europe/Kyiv)', '2026-10-24T22:00:00Z', '2026-10-25T01:30:00Z'],
    ['overlap, recorded between the two', '3:30am (Europe/Kyiv)', '2026-10-25T01:00:00Z', '2026-10-25T01:30:00Z'],
    ['across a change of the clocks', '9am (Europe/Kyiv)', '2026-03-28T22:00:00Z', '2026-03-29T06:00:00Z'],
    ['alias zone', '3pm (Europe/Kiev)', '2026-07-10T10:00:00Z', '2026-07-10T12:00:00Z'],
    ['invalid zone', '3pm (Europe/Barcelona)', '2026-07-10T10:00:00Z', '2026-07-10T12:00:00Z'],
    ['zone wrapped by a pane', '3pm (Europe/\n  Madrid)', '2026-07-10T10:00:00Z', '2026-07-10T13:00:00Z'],
    ['offset with minutes', '3pm (GMT+5:30)', '2026-07-10T08:00:00Z', '2026-07-10T09:30:00Z'],
    ['offset over midnight', '1am (UTC-11)', '2026-07-10T10:00:00Z', '2026-07-10T12:00:00Z'],
    ['beyond 2099', '2099-12-31 23:00:00 (America/New_York)', '2026-07-10T10:00:00Z', null],
  ])('time: %s', (_rule, when, recordedAt, resetsAt) => {
    expect(read(`You've hit your session limit · resets ${when}`, recordedAt)).toEqual(['five_hour', resetsAt])
  })

  it('takes the first time of several, and only one that stands near', () => {
    const recordedAt = '2026-07-10T10:00:00Z'
    expect(read("You've hit your session limit · resets 3pm (UTC) · your weekly limit resets Jul 12, 9am (UTC)", recordedAt)?.[1]).toBe(
      '2026-07-10T15:00:00Z',
    )
    expect(read(`You've hit your session limit. ${'x '.repeat(300)} resets 3pm`, recordedAt)).toEqual(['five_hour', null])
  })

  it('reads absolute times, and no others, when the record has no time', () => {
    expect(readLimitText("You've hit your session limit · resets 3pm", Number.NaN, HOME)?.resetsAt).toBeNull()
    expect(readLimitText('Claude AI usage limit reached|1753560000', Number.NaN, HOME)?.resetsAt).toBe('2025-07-26T20:00:00.000Z')
    expect(readLimitText('Claude AI usage limit reached|9999999999', Number.NaN, HOME)?.resetsAt).toBeNull()
  })

  it('falls back to UTC when even the given zone is none', () => {
    expect(read("You've hit your session limit · resets 3pm", '2026-07-10T10:00:00Z', 'Nowhere')?.[1]).toBe('2026-07-10T15:00:00Z')
  })

  it('keeps the words on one line of at most 300 characters', () => {
    const limit = (text: string) => readLimitText(text, Date.parse('2026-07-10T10:00:00Z'), HOME)?.text
    expect(limit('You&apos;ve hit your\n   session limit\t· resets\u202f3pm ')).toBe("You've hit your session limit · resets 3pm")
    const long = limit(`${'a '.repeat(400)}You've hit your session limit${' b'.repeat(400)}`)
    expect(long).toMatch(/^hit your session limit b b .*…$/u)
    expect(long).toHaveLength(300)
  })

  it('never throws and stays quick', () => {
    const pieces = fc.constantFrom(
      "You've hit your ",
      'session limit',
      ' · resets ',
      'Sep 6',
      ', 3pm',
      ' (',
      'Europe/Kyiv',
      ')',
      '|1753560000',
      '&#99999999;',
      '\n',
    )
    const zones = fc.oneof(fc.constant(HOME), fc.string())
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string({ unit: 'binary' }))), fc.double(), zones, (parts, recordedAt, zone) => {
        const limit = readLimitText(parts.join(''), recordedAt, zone)
        expect(limit?.text.length ?? 0).toBeLessThanOrEqual(300)
      }),
    )
    for (const piece of [
      'hit your ',
      'resets ',
      'your your-',
      'a 5 ',
      '(',
      '&#1',
      'spend limit ',
      'would exceed ',
      ' ',
      'reached your a-',
    ]) {
      const text = piece.repeat(Math.ceil(2_000_000 / piece.length))
      // Anything but linear would take minutes, and the test would end by its timeout.
      expect(() => readLimitText(text, Date.parse('2026-07-10T10:00:00Z'), HOME)).not.toThrow()
    }
  })
})

it('says the same whatever it was asked before', () => {
  const [from, to] = ['2025-06-01T00:00:00Z', '2026-12-01T00:00:00Z'].map((time) => Date.parse(time))
  const zones = fc.constantFrom(HOME, 'UTC', 'America/Chicago', 'Australia/Lord_Howe')
  // Steps from minutes to months: before a reset, behind it, over changes of clocks and years.
  const steps = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), zones), { minLength: 2, maxLength: 12 })
  fc.assert(
    fc.property(fc.constantFrom(...ROWS), fc.integer({ min: from ?? 0, max: to ?? 0 }), steps, ([, text], begin, following) => {
      let at = begin
      const asked = following.map(([step, zone]) => [(at += Math.floor(step ** 6 * 90 * 86_400_000)), zone] as const)
      const inOrder = asked.map(([time, zone]) => readLimitText(text, time, zone))
      const alone = asked.map(([time, zone]) => {
        // So many others in between that nothing of this one is remembered.
        for (let other = 0; other < 20; other += 1) readLimitText(`resets ${other}`, 0, 'UTC')
        return readLimitText(text, time, zone)
      })
      expect(inOrder).toEqual(alone)
    }),
    { numRuns: 1_000, seed: 20_260_531 },
  )
})

it('takes from a record without a time no reset for those that have one', () => {
  const text = "You've hit your weekly limit · resets 3pm (UTC) · resets at 2026-12-28 02:30 UTC"
  readLimitText(text, 0, HOME)
  expect(read(text, '2026-11-29T12:00:00Z')).toEqual(['seven_day', '2026-11-29T15:00:00Z'])
})

describe('readQuotaLimits', () => {
  const text = "You've hit your limit"

  it.each<[string, LimitKind]>([
    ['five_hour', 'five_hour'],
    ['seven_day', 'seven_day'],
    ['seven_day_opus', 'seven_day_opus'],
    ['seven_day_sonnet', 'seven_day_sonnet'],
    ['seven_day_overage_included', 'seven_day_model'],
    ['overage', 'extra_usage'],
    ['ten_minutes', 'unknown'],
    ['__proto__', 'unknown'],
  ])('reads %s', (rateLimitType, kind) => {
    expect(readQuotaLimits({ status: 'rejected', resetsAt: 1795263500, rateLimitType, isUsingOverage: false }, text)).toEqual({
      kind,
      resetsAt: '2026-11-21T12:18:20.000Z',
      resetSource: 'structured',
      text,
    })
  })

  it('reads milliseconds', () => {
    expect(readQuotaLimits({ resetsAt: 1795263500123 }, text)).toMatchObject({ kind: 'unknown', resetsAt: '2026-11-21T12:18:20.123Z' })
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 1e9, 4_102_444_800, 1e300, null, '1795263500', {}])(
    'knows no time in %s',
    (resetsAt) => {
      expect(readQuotaLimits({ resetsAt, rateLimitType: 'five_hour' }, text)).toEqual({
        kind: 'five_hour',
        resetsAt: null,
        resetSource: null,
        text,
      })
    },
  )

  it.each([undefined, null, 'five_hour', 5, [], {}, { resetsAt: '1795263500' }])('finds nothing in %j', (value) => {
    expect(readQuotaLimits(value, text)).toBeUndefined()
  })
})
