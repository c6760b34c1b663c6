import type { Limit, LimitKind } from '../../facts/limit.ts'
import { clip } from '../../text/escape.ts'
import { formatInstant, isCalendarDate, isPlausibleInstant, parseInstant } from '../../time/instant.ts'
import type { LocalDateTime } from '../../time/zoned-time.ts'
import { instantsOf, localTime, resolveZone } from '../../time/zoned-time.ts'
import { isObject } from '../../text/json.ts'

const LONGEST_READ = 20_000
const LONGEST_TEXT = 300
/** A reset time further behind the wording than this belongs to something else. */
const REACH = 400

/** What a time that stands behind a wording means: the limit's own, possibly another limit's, or of no use. */
type TimeOf = 'limit' | 'limit_unless_session' | 'nothing'

interface Wording {
  readonly kind: LimitKind
  readonly pattern: RegExp
  readonly time: TimeOf
  /** Nobody's usage is spent: the account or seat was never entitled, so no waiting cures it. */
  readonly entitlement?: true
  /** The zone of a time that names none, where it is not the reader's. */
  readonly zone?: string
  /** Where it was seen: version of the client, issue of anthropics/claude-code, or the document. */
  readonly seen: string
}

/** "hit your … limit" with this label, or the older "… limit reached". */
function named(label: string): RegExp {
  const limit = `(?:${label})(?: usage)? limit`
  return new RegExp(`\\b(?:hit|reached|exceeded) (?:your|the) ${limit}\\b|\\b${limit} reached\\b`, 'i')
}

/** Every way in which a limit was told, most specific first: the first that matches decides. */
const WORDINGS: readonly Wording[] = [
  // The one 429 that says it is no quota; it may go on in the words of the API's own rate limit, so it comes first.
  { kind: 'throttle', pattern: /\bnot your usage limit\b|\btemporarily limiting requests\b/i, time: 'nothing', seen: '2.1.156 on, #60562' },

  { kind: 'extra_usage', pattern: /\brequires? (?:usage credits|extra usage)\b/i, time: 'nothing', entitlement: true, seen: 'SDK 0.3.329' },
  { kind: 'extra_usage', pattern: /\bseat type doesn'?t include\b/i, time: 'nothing', entitlement: true, seen: 'SDK 0.3.329' },
  {
    kind: 'extra_usage',
    pattern: /\b(?:extra usage|usage credits) (?:is|are)? ?required (?:for|to)\b/i,
    time: 'nothing',
    entitlement: true,
    seen: '#39948 (long context)',
  },
  {
    kind: 'spend',
    pattern:
      /\bthis service is disabled for your org\b|\busage is paused for your organization\b|\bcontact your admin to (?:increase|raise) it\b/i,
    time: 'nothing',
    entitlement: true,
    seen: '2.1.332',
  },
  { kind: 'extra_usage', pattern: /\borg(?:anization)? is out of usage\b/i, time: 'nothing', entitlement: true, seen: 'SDK 0.3.329' },
  { kind: 'spend', pattern: /\busage allocation has been disabled\b/i, time: 'nothing', entitlement: true, seen: 'SDK 0.3.329' },
  { kind: 'spend', pattern: /\busage limit is set to \$0/i, time: 'nothing', entitlement: true, seen: 'SDK 0.3.329' },

  // Since 2.1.239 a spend text may end in "your session limit resets …": that time is the session's.
  {
    kind: 'spend',
    pattern:
      /\b(?:hit|reached|exceeded) (?:your|the) (?:[\w' ]|\b-\b){0,60}?\b(?:spend(?:ing)? limit|budget|individual usage limit|(?:org|organization|channel)'s monthly usage limit)\b/i,
    time: 'limit_unless_session',
    seen: '2.1.239; usage limits of an organisation 2.1.332',
  },
  {
    kind: 'spend',
    pattern: /\bspend(?:ing)? limit (?:(?:reached|exceeded|unavailable)\b|[·∙•-] )/i,
    time: 'limit_unless_session',
    seen: 'gateway, 2.1.225, documentation of errors',
  },
  {
    kind: 'extra_usage',
    pattern: /\bout of (?:extra usage|usage credits)\b/i,
    time: 'limit',
    seen: '#42654, #22603; credits: 2.1.144, #78224',
  },

  {
    kind: 'api_key',
    pattern: /\busage limit reached for \d+ (?:hours?|days?|weeks?|months?)\b|已达到 ?\d+ ?小时的使用上限/i,
    time: 'limit',
    // The provider (z.ai) writes a date and time without a zone; it serves from China, so presumably Beijing time.
    zone: 'Asia/Shanghai',
    seen: 'z.ai behind ANTHROPIC_BASE_URL',
  },
  { kind: 'api_key', pattern: /\brequest rejected \(429\)/i, time: 'limit', seen: '2.1.97' },
  { kind: 'api_key', pattern: /\bwould exceed your (?:account|organization)(?:'?s)? rate limit\b/i, time: 'limit', seen: '2.0.76, 2.1.97' },
  {
    kind: 'api_key',
    pattern: /\bupstream rate limit exceeded\b|\ball upstreams failed\b/i,
    time: 'limit',
    seen: 'gateway, documentation of errors',
  },
  { kind: 'api_key', pattern: /\bapi error: 429\b|\brate_limit_error\b/i, time: 'limit', seen: 'raw body, up to 2.0.76' },
  { kind: 'throttle', pattern: /\bis experiencing high load\b/i, time: 'nothing', seen: '2.1.332' },
  { kind: 'throttle', pattern: /\bapi error: rate limit reached\b/i, time: 'nothing', seen: '2.0.76, #32884' },

  {
    kind: 'seven_day_opus',
    pattern: named('(?:weekly )?opus(?: \\d[\\d.]{0,5})?(?: weekly)?'),
    time: 'limit',
    seen: '2.1.156, #10333 (2.0.x)',
  },
  { kind: 'seven_day_sonnet', pattern: named('(?:weekly )?sonnet(?: \\d[\\d.]{0,5})?(?: weekly)?'), time: 'limit', seen: '2.1.156' },
  { kind: 'five_hour', pattern: named('session|5[- ]hour|five[- ]hour'), time: 'limit', seen: '1.0.8x (#6392), 2.0.x, 2.1.329' },
  { kind: 'seven_day', pattern: named('weekly|7[- ]day|seven[- ]day'), time: 'limit', seen: '2.0.55 (#12686), 2.1.329' },
  // Models come and go: any label that is a family name or ends in a version.
  {
    kind: 'seven_day_model',
    pattern: named('(?:weekly )?(?:(?:claude )?(?:fable|haiku|mythos)(?: \\d[\\d.]{0,5})?|[a-z]{3,20} \\d[\\d.]{0,5})(?: weekly)?'),
    time: 'limit',
    seen: '2.1.2xx, SDK 0.3.329',
  },

  // The client's own words without a claim in the headers, and the oldest ones: they do not say which limit.
  { kind: 'unknown', pattern: /\b(?:hit|reached) your (?:[\w' -]{1,40} )?limit\b/i, time: 'limit', seen: '2.0.7x to 2.1.329 (#40485)' },
  { kind: 'unknown', pattern: /\busage limit reached\b/i, time: 'limit', seen: 'up to 1.0.8x (#4499), 2.0.1 (#8835)' },
  { kind: 'unknown', pattern: /^limit reached [·∙•|-]/i, time: 'limit', seen: '2.0.60' },
  { kind: 'unknown', pattern: /\byour limit will reset\b/i, time: 'limit', seen: 'up to 1.0.8x' },
  { kind: 'unknown', pattern: /^resets (?:[a-z]{3,9} )?\d/i, time: 'limit', seen: '/usage panel (#52334, #29741)' },
]

/** Footer and toast texts: the agent went on. They are no refusal even where they name a limit and a reset. */
const WARNING =
  /^(?:you've used\b|you're close to\b|approaching\b|over \d+% of your\b|(?:you're )?now using (?:extra usage|(?:usage )?credits|your usage allocation)\b)/i

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const WEEKDAY = String.raw`(?<weekday>sun|mon|tue|wed|thu|fri|sat)(?:s|nes|rs?|ur)?(?:day)?\b`

const CLOCK = String.raw`(?<hour>\d{1,2})(?::(?<minute>\d\d))?(?::(?<second>\d\d))?(?: ?(?<half>[ap])\.?m\b\.?)?`
const DAY = String.raw`(?<month>${MONTHS.join('|')})[a-z]{0,6}\.? (?<day>\d{1,2})(?:st|nd|rd|th)?\b(?:,? (?<year>20\d\d)\b)?`

/** What stands in front of a reset time, and whose it is when the text says so. */
const RESETS = /(?<owner>\byour (?:[\w-]{1,20} ){1,3}limit )?\b(?:resets?|continu(?:ing|e) automatically) (?:(?:at|on) )?|限额将在 ?/gi
/** `in 3m`, `in 2h 5m`, `in 4 days`. */
const SPAN =
  /^in (?:about )?(?=\d)(?:(?<days>\d{1,3}) ?d(?:ays?)?\b,? ?)?(?:(?<hours>\d{1,4}) ?h(?:(?:ou)?rs?)?\b,? ?)?(?:and )?(?:(?<minutes>\d{1,5}) ?m(?:in(?:ute)?s?)?\b,? ?)?(?:and )?(?:(?<seconds>\d{1,6}) ?s(?:ec(?:ond)?s?)?\b)?/i

/** The notations of a reset time, tried in this order. */
const TIMES: readonly RegExp[] = [
  String.raw`(?<year>20\d\d)-(?<month>\d\d)-(?<day>\d\d)[ T](?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d)(?:\.\d{1,9})?)?`,
  String.raw`${DAY}(?:,? (?:at )?${CLOCK})?`,
  String.raw`${WEEKDAY}(?:,? (?:at )?${CLOCK})?`,
  CLOCK,
].map((time) => new RegExp(`^${time}`, 'i'))

const ENTITIES = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['apos', "'"],
  ['quot', '"'],
  ['nbsp', ' '],
  ['middot', '·'],
])

function unescapeXml(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return ENTITIES.get(name.toLowerCase()) ?? whole
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}

/** One line as the client wrote it: panes wrap it, notifications escape it, editors curl its apostrophes. */
function clean(text: string): string {
  return unescapeXml(text.slice(0, LONGEST_READ))
    .replace(/[\u2018\u2019\u02bc\u00b4`]/g, "'")
    .replace(/[\u200b-\u200f\u2060\ufeff]/g, '')
    .replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .trim()
}

interface Found {
  readonly wording: Wording
  readonly start: number
}

function findWording(line: string): Found | undefined {
  if (WARNING.test(line)) return undefined
  for (const wording of WORDINGS) {
    const match = wording.pattern.exec(line)
    if (match !== null) return { wording, start: match.index }
  }
  return undefined
}

/** Where a written time counts: in a zone, or at a fixed distance from UTC (milliseconds) that no zone's name covers. */
interface Clock {
  readonly zone: string
  readonly offset: number
}

/** Offsets of zones that go by letters; those that mean two zones (CST, IST) are none. Hours. */
const ABBREVIATIONS: Readonly<Record<string, number>> = {
  pst: -8,
  pdt: -7,
  mst: -7,
  mdt: -6,
  est: -5,
  edt: -4,
  cet: 1,
  cest: 2,
  jst: 9,
  kst: 9,
  beijing: 8,
  北京: 8,
}

/** `GMT-3`, `UTC+5:30`, `+08:00`, `PST`, `Beijing time` bare or in parentheses, `(Europe/Kyiv)`, `UTC`; what names no zone (a status, a detail) leaves the fallback. */
function clockBehind(rest: string, fallback: string): Clock {
  const offset = /^ ?\(?(?:(?:gmt|utc) ?)?([+-])(\d{1,2})(?::?(\d\d))?\b\)?/i.exec(rest)
  if (offset !== null) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3] ?? 0)
    return { zone: 'UTC', offset: minutes * (offset[1] === '-' ? -60_000 : 60_000) }
  }
  const letters = /^ ?\(?(?:([pmec][sd]t|cest|[jk]st)\b|(beijing) time|(北京)时间)/i.exec(rest)
  const hours =
    ABBREVIATIONS[
      letters
        ?.slice(1)
        .find((each) => each !== undefined)
        ?.toLowerCase() ?? ''
    ]
  if (hours !== undefined) return { zone: 'UTC', offset: hours * 3_600_000 }
  // A pane may have wrapped the name behind its slash.
  const name = /^ ?(?:\( ?([\w+-]{1,32}(?: ?\/ ?[\w+-]{1,32}){0,2}) ?\)|(?:utc|gmt|z)\b)/i.exec(rest)
  const zone = name === null ? undefined : resolveZone(name[1]?.replaceAll(' ', '') ?? 'UTC')
  return { zone: zone ?? fallback, offset: 0 }
}

type Groups = Readonly<Record<string, string | undefined>>

/** The time of day, midnight where none is written; undefined for 13pm, 25:00 and a bare number. */
function timeOfDay({ hour, minute, second, half }: Groups): Pick<LocalDateTime, 'hour' | 'minute' | 'second'> | undefined {
  if (hour === undefined) return { hour: 0, minute: 0, second: 0 }
  const time = { hour: Number(hour), minute: Number(minute ?? 0), second: Number(second ?? 0) }
  if (time.minute > 59 || time.second > 59) return undefined
  if (half === undefined) return minute !== undefined && time.hour < 24 ? time : undefined
  if (time.hour < 1 || time.hour > 12) return undefined
  return { ...time, hour: (time.hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0) }
}

function monthOf(text: string): number {
  return /^\d/.test(text) ? Number(text) : MONTHS.indexOf(text.toLowerCase()) + 1
}

/** The instant that a written time means, read on a clock that shows `anchor`; NaN where it means none. */
function occurrence(groups: Groups, anchor: number, zone: string): number {
  const time = timeOfDay(groups)
  if (time === undefined) return Number.NaN
  const { year, month, day, weekday } = groups
  if (month !== undefined && day !== undefined && year !== undefined) {
    const date = { year: Number(year), month: monthOf(month), day: Number(day) }
    return isCalendarDate(date.year, date.month, date.day) ? instantsOf({ ...date, ...time }, zone) : Number.NaN
  }
  if (!isPlausibleInstant(anchor)) return Number.NaN
  const now = localTime(anchor, zone)
  if (month !== undefined && day !== undefined) {
    const date = { month: monthOf(month), day: Number(day) }
    const passed = date.month < now.month || (date.month === now.month && date.day < now.day)
    // 29 February may be eight years away.
    for (let candidate = passed ? now.year + 1 : now.year; candidate <= now.year + 8; candidate += 1) {
      if (isCalendarDate(candidate, date.month, date.day)) return instantsOf({ year: candidate, ...date, ...time }, zone)
    }
    return Number.NaN
  }
  const wanted = weekday === undefined ? undefined : WEEKDAYS.indexOf(weekday.toLowerCase())
  for (let ahead = 0; ahead <= 8; ahead += 1) {
    const date = new Date(Date.UTC(now.year, now.month - 1, now.day + ahead))
    if (wanted !== undefined && date.getUTCDay() !== wanted) continue
    const instant = instantsOf({ year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate(), ...time }, zone)
    if (instant > anchor) return instant
  }
  return Number.NaN
}

/** A reset time, in milliseconds since the epoch. */
interface Reset {
  readonly at: number | undefined
  /** Whether it is told as a span: seen from a later record it is another. */
  readonly isSpan: boolean
}

/** The reset time that stands behind a wording. */
function findReset(line: string, { wording, start }: Found, recordedAt: number, zone: string): Reset | undefined {
  if (wording.time === 'nothing') return undefined
  const text = line.slice(start, start + REACH)
  const epoch = /\| ?(\d{10}|\d{13})\b/.exec(text)?.[1]
  if (epoch !== undefined) return { at: plausible(epochToMs(Number(epoch))), isSpan: false }
  for (const resets of text.matchAll(RESETS)) {
    const owner = resets.groups?.['owner']
    if (wording.time === 'limit_unless_session' && owner !== undefined && !/spend|budget/i.test(owner)) continue
    const behind = text.slice(resets.index + resets[0].length)
    const ahead = spanOf(SPAN.exec(behind)?.groups ?? {})
    if (ahead > 0 && isPlausibleInstant(recordedAt)) return { at: plausible(recordedAt + ahead), isSpan: true }
    for (const notation of TIMES) {
      const match = notation.exec(behind)
      if (match === null) continue
      const clock = clockBehind(behind.slice(match[0].length), wording.zone ?? zone)
      const instant = plausible(occurrence(match.groups ?? {}, recordedAt + clock.offset, clock.zone) - clock.offset)
      if (instant !== undefined) return { at: instant, isSpan: false }
      break
    }
  }
  return undefined
}

function spanOf({ days, hours, minutes, seconds }: Groups): number {
  return (((Number(days ?? 0) * 24 + Number(hours ?? 0)) * 60 + Number(minutes ?? 0)) * 60 + Number(seconds ?? 0)) * 1000
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** How far ahead the reset of a limit can lie: what is bought or budgeted begins anew every month. Milliseconds. */
const FARTHEST: Readonly<Record<LimitKind, number>> = {
  five_hour: 6 * HOUR_MS,
  seven_day: 8 * DAY_MS,
  seven_day_opus: 8 * DAY_MS,
  seven_day_sonnet: 8 * DAY_MS,
  seven_day_model: 8 * DAY_MS,
  throttle: DAY_MS,
  extra_usage: 32 * DAY_MS,
  spend: 32 * DAY_MS,
  api_key: 32 * DAY_MS,
  unknown: 32 * DAY_MS,
}
/** A time of day that has just passed means today: the limit refuses longer than it said. Milliseconds. */
const JUST_PASSED = HOUR_MS

/** A limit whose reset can be true, measured from the record; else one without. */
export function boundReset(limit: Limit, recordedAt: number | null): Limit {
  const reset = parseInstant(limit.resetsAt)
  if (reset === undefined || recordedAt === null || reset - recordedAt <= FARTHEST[limit.kind]) return limit
  const today = reset - DAY_MS
  const isToday = limit.resetSource === 'text' && limit.kind === 'five_hour' && today <= recordedAt && recordedAt - today <= JUST_PASSED
  return isToday ? { ...limit, resetsAt: formatInstant(today) } : { ...limit, resetsAt: null, resetSource: null }
}

/** Thirteen digits are milliseconds already. */
function epochToMs(epoch: number): number {
  return epoch >= 1e12 ? epoch : epoch * 1000
}

function plausible(ms: number): number | undefined {
  return isPlausibleInstant(ms) ? ms : undefined
}

/** The line, from the wording on where that stands too far behind to be seen otherwise. */
function shown(line: string, start: number): string {
  return clip(line.length > LONGEST_TEXT && start > LONGEST_TEXT / 2 ? line.slice(start) : line, LONGEST_TEXT)
}

/**
 * The limit that a client's error text names, undefined when it names none (warnings included). A time without a date is the
 * next such time after `recordedAt` (milliseconds since the epoch, of the record itself), in the zone that the text names, else
 * in `zone`; a date without a year is the first such date from the record's on, a date without a time its start. Clients cut
 * the time off to the minute (seen on 2.1.329), so the real reset may be 59 s later. Never throws. `needsTime`: whether the time has to
 * be worked out at all, which takes a calendar; absent: always.
 */
export function readLimitText(
  text: string,
  recordedAt: number,
  zone: string,
  needsTime: (wording: Pick<Wording, 'kind' | 'entitlement'>) => boolean = () => true,
): Limit | undefined {
  const known = read(text)
  const { line, found } = known
  if (found === undefined) return undefined
  const reset = needsTime(found.wording) ? resetSeenFrom(recordedAt, zone, known, found) : undefined
  return {
    kind: found.wording.kind,
    resetsAt: reset === undefined ? null : formatInstant(reset),
    resetSource: reset === undefined ? null : 'text',
    text: shown(line, found.start),
  }
}

interface ReadText {
  readonly line: string
  readonly found: Found | undefined
  /** The reset that the text was last found to mean, from when on and on which clock: until then it means that one. */
  reset?: { readonly from: number; readonly zone: string; readonly at: number }
}

function resetSeenFrom(recordedAt: number, zone: string, text: ReadText, found: Found): number | undefined {
  const { reset: known } = text
  if (known !== undefined && known.zone === zone && known.from <= recordedAt && recordedAt < known.at) return known.at
  const reset = findReset(text.line, found, recordedAt, resolveZone(zone) ?? 'UTC')
  // Of a record without a time of its own, what tells a time of day is stepped over.
  if (reset?.at !== undefined && !reset.isSpan && isPlausibleInstant(recordedAt)) text.reset = { from: recordedAt, zone, at: reset.at }
  return reset?.at
}

/** Texts that were read last: a limit refuses hundreds of agents in the same words, and reading them costs more than the rest. */
const lastRead = new Map<string, ReadText>()
const MOST_READ = 16

function read(text: string): ReadText {
  const known = lastRead.get(text)
  if (known !== undefined) return known
  const line = clean(text)
  const fresh: ReadText = { line, found: findWording(line) }
  const [oldest] = lastRead.size < MOST_READ ? [] : lastRead.keys()
  if (oldest !== undefined) lastRead.delete(oldest)
  lastRead.set(text, fresh)
  return fresh
}

/** Whether the text says that the account, seat or organisation is not entitled to what was asked: waiting does not help. */
export function isEntitlementText(text: string): boolean {
  return read(text).found?.wording.entitlement ?? false
}

const QUOTA_KINDS: ReadonlyMap<unknown, LimitKind> = new Map<unknown, LimitKind>([
  ['five_hour', 'five_hour'],
  ['seven_day', 'seven_day'],
  ['seven_day_opus', 'seven_day_opus'],
  ['seven_day_sonnet', 'seven_day_sonnet'],
  ['seven_day_overage_included', 'seven_day_model'],
  ['overage', 'extra_usage'],
])

/**
 * The limit in a record's `quotaLimits` (seen from 2.1.329 on: `resetsAt` in epoch seconds, `rateLimitType`), undefined when the
 * value holds neither; `text` is what the record says beside it. A time outside 2020 to 2099 counts as none.
 */
export function readQuotaLimits(value: unknown, text: string): Limit | undefined {
  if (!isObject(value)) return undefined
  const { resetsAt, rateLimitType } = value
  if (typeof resetsAt !== 'number' && typeof rateLimitType !== 'string') return undefined
  const reset = typeof resetsAt === 'number' ? plausible(epochToMs(resetsAt)) : undefined
  return {
    kind: QUOTA_KINDS.get(rateLimitType) ?? 'unknown',
    resetsAt: reset === undefined ? null : formatInstant(reset),
    resetSource: reset === undefined ? null : 'structured',
    text: clip(clean(text), LONGEST_TEXT),
  }
}
