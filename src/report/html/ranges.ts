import type { AgentReport, Report, SessionReport } from '../report.ts'
import { needsPerson } from '../../reasons/terminal-reason.ts'
import { compare } from '../../text/order.ts'
import { formatInstant, parseInstant } from '../../time/instant.ts'
import { offsetAt } from '../../time/zoned-time.ts'
import type { View } from '../reporter.ts'
import { LIMIT_WORDS, local } from '../words.ts'
import type { LimitWindow, NamedRange, PageData, Thread } from './page-data.ts'

const MOST_RANGES = 60

/** Resets that are told to the second and to the minute are the same reset. */
const SAME_RESET_MS = 60_000

/** From the first refusal to the reset, once for each limit. */
export function windowsOf(all: readonly (AgentReport | SessionReport)[], view: View): readonly LimitWindow[] {
  const known: { from: number; to: number; kind: string }[] = []
  for (const { limit, reason, endedAt } of all) {
    const from = parseInstant(endedAt)
    const to = parseInstant(limit?.resetsAt)
    if (limit === null || from === undefined || to === undefined || to <= from || needsPerson(reason)) continue
    const same = known.find((one) => one.kind === limit.kind && Math.abs(one.to - to) < SAME_RESET_MS)
    if (same === undefined) known.push({ from, to, kind: limit.kind })
    else same.from = Math.min(same.from, from)
  }
  return known
    .toSorted((a, b) => a.from - b.from || a.to - b.to)
    .map(({ from, to, kind }) => ({
      from,
      to,
      limit: LIMIT_WORDS[kind as keyof typeof LIMIT_WORDS],
      resets: local(formatInstant(to), view.timeZone),
    }))
}

/** The stretches of time that can be chosen, the latest incident and then the session of the latest death first. */
export function rangesOf(report: Report, threads: readonly Thread[], view: View, madeAt: number): Pick<PageData, 'ranges' | 'firstRange'> {
  const { from, to } = spanOf(threads) ?? { from: view.now - HOUR, to: view.now }
  // How long ago it was belongs to the picture, as long as it leaves room for the rest.
  const whole: NamedRange = { label: 'Everything', from, to: madeAt > to && madeAt - to <= to - from ? madeAt : to }
  const incidents = incidentRanges(report, threads, view)
  const sessions = sessionRanges(threads, view)
  const ranges = [whole, ...incidents, ...sessions.map(({ range }) => range)]
  // Without an incident, the session with the latest death is where a person looks first: weeks of sessions make bars invisible.
  const latest = sessions.reduce((late, { lastDeath }, index) => (lastDeath > (sessions[late]?.lastDeath ?? 0) ? index : late), 0)
  const wished = [...incidents.keys(), incidents.length + latest].map((index) => index + 1)
  return { ranges, firstRange: wished.find((index) => showsAgent(ranges[index], threads)) ?? 0 }
}

// One that began weeks before and still runs says nothing about a stretch of time.
function showsAgent(range: NamedRange | undefined, threads: readonly Thread[]): boolean {
  const isIn = (ms: number | null) => range !== undefined && ms !== null && ms >= range.from && ms <= range.to
  return threads.some(({ kind, start, end }) => kind === 'agent' && (isIn(start) || isIn(end)))
}

function incidentRanges(report: Report, threads: readonly Thread[], view: View): readonly NamedRange[] {
  const byId = groupThreads(threads, ({ kind, id }) => (kind === 'agent' ? id : null))
  return report.incidents
    .toSorted((a, b) => compare(b.lastAt, a.lastAt) || compare(a.id, b.id))
    .slice(0, MOST_RANGES)
    .flatMap(({ cause, firstAt, lastAt, agents }) => {
      const [first, last] = [parseInstant(firstAt), parseInstant(lastAt)]
      if (first === undefined || last === undefined) return []
      const span = spanOf(agents.flatMap((id) => byId.get(id) ?? []))
      const label = `Incident: ${cause}, ${local(firstAt, view.timeZone)}`
      return [{ label, from: Math.min(first, span?.from ?? first), to: Math.max(last, span?.to ?? last) }]
    })
}

function sessionRanges(threads: readonly Thread[], view: View): readonly { readonly range: NamedRange; readonly lastDeath: number }[] {
  const groups = [...groupThreads(threads, ({ session }, index) => session ?? index)].flatMap(([index, members]) => {
    const span = spanOf(members)
    const head = threads[index]
    if (span === null || head === undefined) return []
    const deaths = members.filter(({ kind, lost }) => kind === 'agent' && lost).map(({ end }) => end ?? 0)
    const label = `Session ${head.shortId === '' ? head.name : head.shortId}, ${local(formatInstant(span.from), view.timeZone)}`
    return [{ range: { label, ...span }, lastDeath: deaths.reduce((late, end) => Math.max(late, end), 0) }]
  })
  return groups.length < 2 ? [] : groups.toSorted((a, b) => b.lastDeath - a.lastDeath || b.range.to - a.range.to).slice(0, MOST_RANGES)
}

function groupThreads<Key>(threads: readonly Thread[], keyOf: (thread: Thread, index: number) => Key): ReadonlyMap<Key, readonly Thread[]> {
  const groups = new Map<Key, Thread[]>()
  threads.forEach((thread, index) => {
    const key = keyOf(thread, index)
    const known = groups.get(key)
    if (known === undefined) groups.set(key, [thread])
    else known.push(thread)
  })
  return groups
}

function spanOf(threads: readonly Pick<Thread, 'start' | 'end'>[]): { from: number; to: number } | null {
  const times = threads.flatMap(({ start, end }) => [start, end]).filter((ms) => ms !== null)
  if (times.length === 0) return null
  return { from: times.reduce((least, ms) => Math.min(least, ms)), to: times.reduce((most, ms) => Math.max(most, ms)) }
}

const HOUR = 3_600_000
const WEEK = 7 * 86_400_000

// Clocks change at most once in a week, so that looking once a week finds every change, and halving finds when.
/** How far the zone is from UTC, from when on. */
export function offsetsOf(threads: readonly Thread[], windows: readonly LimitWindow[], madeAt: number, zone: string): PageData['offsets'] {
  const span = spanOf([...threads, ...windows.map(({ from, to }) => ({ start: from, end: to })), { start: madeAt, end: madeAt }])
  const from = (span?.from ?? madeAt) - WEEK
  const to = (span?.to ?? madeAt) + WEEK
  const offsets: (readonly [number, number])[] = [[from, offsetAt(from, zone)]]
  for (let at = from; at < to; at += WEEK) {
    if (offsetAt(at + WEEK, zone) === offsets.at(-1)?.[1]) continue
    let [before, after] = [at, at + WEEK]
    const old = offsetAt(before, zone)
    while (after - before > 1000) {
      const middle = Math.floor((before + after) / 2)
      if (offsetAt(middle, zone) === old) before = middle
      else after = middle
    }
    offsets.push([after, offsetAt(after, zone)])
  }
  return offsets
}

/** An instant to the second, as the clock on the wall shows it. */
export function clockOf(offsets: PageData['offsets']): (ms: number) => string {
  const offsetIn = (ms: number) => (offsets.findLast(([since]) => since <= ms) ?? offsets[0])?.[1] ?? 0
  return (ms) =>
    formatInstant(ms + offsetIn(ms))
      .slice(0, 19)
      .replace('T', ' ')
}
