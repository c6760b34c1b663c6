import type { AgentReport, Report, SessionReport } from '../report.ts'
import type { TerminalReason } from '../../reasons/terminal-reason.ts'
import {
  needsPerson,
  needsReset,
  outcomeOf,
  severityRankOf,
  TERMINAL_REASON_NAMES,
  TERMINAL_REASONS,
} from '../../reasons/terminal-reason.ts'
import { compare } from '../../text/order.ts'
import { formatInstant, parseInstant } from '../../time/instant.ts'
import { offsetAt } from '../../time/zoned-time.ts'
import type { View } from '../reporter.ts'
import type { Row } from '../rows.ts'
import { isLost, rowMaker, listShownAgents, worstRowFirst } from '../rows.ts'
import { count, LIMIT_WORDS, local } from '../words.ts'
import { isAtRisk, describeLocalWork, stageOf, unverifiedReason } from '../work.ts'
import type { DetailSection, LimitWindow, NamedRange, PageData, ReasonMark, Thread } from './page-data.ts'
import { line, scriptJson } from './safe-text.ts'
import type { Surroundings } from './thread-details.ts'
import { agentDetails, runDetails, sessionDetails } from './thread-details.ts'
import type { PlacedBar } from './tree.ts'
import { arrangeByParent } from './tree.ts'
import { lastName } from '../../text/last-name.ts'

/** What keeps a page small enough to be opened. */
export interface Bounds {
  /** Most agents that get a bar; the worst ones do. */
  readonly agents: number
  /** Most characters that all details together take, as JSON; beyond that the least bad go without. */
  readonly details: number
}

const PAGE_BOUNDS: Bounds = { agents: 10_000, details: 12_000_000 }

/** The page's data, and what was left out of it. */
export interface ComposedPage {
  readonly data: PageData
  readonly agentsLeftOut: number
  readonly detailsLeftOut: number
}

const MOST_RANGES = 60
const LONGEST_TITLE = 300

/** Makes of a report what the page's script is given. */
export function composePage(report: Report, view: View, bounds: Bounds = PAGE_BOUNDS): ComposedPage {
  const rowOf = rowMaker(report, view)
  const shown = listShownAgents(report).map((agent) => rowOf.agent(agent))
  const agents = listShownAgents(report)
  const rows = new Map<AgentReport | SessionReport, Row>(agents.map((agent, index) => [agent, shown[index] as Row]))
  for (const session of report.sessions) rows.set(session, rowOf.session(session))
  const kept =
    agents.length <= bounds.agents
      ? agents
      : agents.toSorted((a, b) => worstRowFirst(rows.get(a) as Row, rows.get(b) as Row)).slice(0, bounds.agents)
  const sessions = report.sessions.toSorted((a, b) => worstRowFirst(rows.get(a) as Row, rows.get(b) as Row)).slice(0, bounds.agents)
  const subjects = arrangeByParent({ sessions, workflows: report.workflows.slice(0, bounds.agents) }, kept)
  const reasons = reasonsOf([...kept, ...report.sessions])
  const reasonAt = new Map(reasons.map(({ name }, index) => [name, index]))
  const madeAt = parseInstant(report.generatedAt) ?? view.now
  const threads = withSpansOfRuns(subjects.map((subject) => threadOf(subject, rows, reasonAt, madeAt)))
  const windows = windowsOf([...kept, ...report.sessions], view)
  const ranges = rangesOf(report, threads, view, madeAt)
  const offsets = offsetsOf(threads, windows, madeAt, view.timeZone)
  const paths = new Paths()
  const { details, left } = detailsOf(report, subjects, rows, offsets, paths, bounds)
  return {
    data: { offsets, madeAt, reasons, threads, details, windows, ...ranges, paths: paths.all },
    agentsLeftOut: agents.length - kept.length,
    detailsLeftOut: left,
  }
}

class Paths {
  readonly all: string[] = []
  readonly #places = new Map<string, number>()

  readonly at = (path: string): number => {
    const known = this.#places.get(path)
    if (known !== undefined) return known
    this.#places.set(path, this.all.length)
    return this.all.push(line(path)) - 1
  }
}

function reasonsOf(all: readonly { readonly reason: TerminalReason }[]): readonly ReasonMark[] {
  const used = new Set(all.map(({ reason }) => reason))
  return TERMINAL_REASON_NAMES.filter((name) => used.has(name))
    .map((name) => {
      const { look, texts } = TERMINAL_REASONS[name]
      return {
        name,
        mark: look.mark,
        look: `group-${look.group} pattern-${look.pattern}`,
        meaning: texts.meaning,
        action: texts.action,
        rank: severityRankOf(name),
        refused: needsReset(name),
      }
    })
    .toSorted((a, b) => a.rank - b.rank)
}

type Rows = ReadonlyMap<AgentReport | SessionReport, Row>

function threadOf(
  { of, parent, session, depth }: PlacedBar,
  rows: Rows,
  reasonAt: ReadonlyMap<TerminalReason, number>,
  madeAt: number,
): Thread {
  const place = { kind: of.kind, id: line(of.id), parent, session: parent === null ? null : session, depth }
  const nothing = {
    shortId: '',
    type: '',
    reason: null,
    confidence: 'high',
    start: null,
    end: null,
    alive: false,
    lost: false,
    silence: null,
  } as const
  const silent = { what: '', said: '', work: '', onlyHere: '' }
  if (of.kind === 'run') {
    const { run } = of
    const lost = run === null ? 0 : run.calls.failed + run.calls.neverStarted
    const all = run === null ? 0 : run.calls.started + run.calls.neverStarted
    const what = run === null ? '' : `${count(all, 'call')}, ${lost === 0 ? 'none' : lost} of them failed`
    const name = `workflow ${line(run?.name ?? of.id, LONGEST_TITLE)}`
    return { ...place, ...nothing, ...silent, shortId: line(of.id, 40), name, what, said: line(run?.status ?? '') }
  }
  const thread = of.kind === 'agent' ? of.agent : of.session
  const row = thread === null ? undefined : rows.get(thread)
  if (thread === null || row === undefined)
    return { ...place, ...nothing, ...silent, name: of.id === '' ? '(no session)' : 'main thread not found' }
  const alive = outcomeOf(thread.reason) === 'running'
  const { work, worktreePath } = row
  return {
    ...place,
    shortId: line(row.shortId),
    name: line(row.name, LONGEST_TITLE),
    type: line(row.type === 'general-purpose' || row.type === row.name ? '' : (row.type ?? ''), LONGEST_TITLE),
    reason: reasonAt.get(thread.reason) ?? null,
    confidence: thread.confidence,
    start: parseInstant(thread.startedAt) ?? null,
    end: alive ? madeAt : (parseInstant(thread.endedAt) ?? null),
    alive,
    lost: isLost(thread.reason),
    silence: silenceOf(thread),
    what: line(row.what),
    said: line(row.reportedAs ?? '', LONGEST_TITLE),
    work:
      work === null ? line(lastName(worktreePath ?? '')) : line(`${stageOf(work)}${unverifiedReason(work) === null ? '' : ', unverified'}`),
    onlyHere: work !== null && isAtRisk(work) ? line(describeLocalWork(work)) : '',
  }
}

function silenceOf({ silence }: AgentReport | SessionReport): Thread['silence'] {
  const from = parseInstant(silence?.from)
  return silence === null || from === undefined ? null : [from, parseInstant(silence.to) ?? null]
}

// A run has no times of its own: it lasts as long as its agents do.
function withSpansOfRuns(threads: readonly Thread[]): readonly Thread[] {
  const spans = new Map<number, { start: number; end: number }>()
  for (const { parent, start, end } of threads) {
    if (parent === null || threads[parent]?.kind !== 'run') continue
    const known = spans.get(parent)
    const [from, to] = [start ?? end, end ?? start]
    if (from === null || to === null) continue
    spans.set(parent, { start: Math.min(from, known?.start ?? from), end: Math.max(to, known?.end ?? to) })
  }
  return threads.map((thread, index) => ({ ...thread, ...spans.get(index) }))
}

/** Resets that are told to the second and to the minute are the same reset. */
const SAME_RESET_MS = 60_000

function windowsOf(all: readonly (AgentReport | SessionReport)[], view: View): readonly LimitWindow[] {
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
      label: `${LIMIT_WORDS[kind as keyof typeof LIMIT_WORDS]}, resets ${local(formatInstant(to), view.timeZone)}`,
    }))
}

function rangesOf(report: Report, threads: readonly Thread[], view: View, madeAt: number): Pick<PageData, 'ranges' | 'firstRange'> {
  const { from, to } = spanOf(threads) ?? { from: view.now - HOUR, to: view.now }
  // How long ago it was belongs to the picture, as long as it leaves room for the rest.
  const whole: NamedRange = { label: 'Everything', from, to: madeAt > to && madeAt - to <= to - from ? madeAt : to }
  const incidents = incidentRanges(report, threads, view)
  const sessions = sessionRanges(threads, view)
  const ranges = [whole, ...incidents, ...sessions.map(({ range }) => range)]
  // Without an incident, the session with the latest death is where a person looks first: weeks of sessions make bars invisible.
  const latest = sessions.reduce((late, { lastDeath }, index) => (lastDeath > (sessions[late]?.lastDeath ?? 0) ? index : late), 0)
  return { ranges, firstRange: incidents.length > 0 ? 1 : sessions.length > 0 ? 1 + latest : 0 }
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
function offsetsOf(threads: readonly Thread[], windows: readonly LimitWindow[], madeAt: number, zone: string): PageData['offsets'] {
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

function detailsOf(
  report: Report,
  subjects: readonly PlacedBar[],
  rows: Rows,
  offsets: PageData['offsets'],
  paths: Paths,
  bounds: Bounds,
): { readonly details: readonly (readonly DetailSection[] | null)[]; readonly left: number } {
  const byAgent = new Map<string, number>()
  const anywhere = new Map<string, number>()
  subjects.forEach(({ of }, index) => {
    if (of.kind !== 'agent') return
    byAgent.set(JSON.stringify([of.agent.sessionId, of.id]), index)
    anywhere.set(of.id, index)
  })
  const incidentsOf = new Map<string, string[]>()
  for (const { agents, summary } of report.incidents) {
    for (const id of new Set(agents)) incidentsOf.set(id, [...(incidentsOf.get(id) ?? []), summary])
  }
  const around: Surroundings = {
    report,
    clock: (ms) =>
      formatInstant(ms + offsetIn(offsets, ms))
        .slice(0, 19)
        .replace('T', ' '),
    pathAt: paths.at,
    threadAt: (sessionId, agentId) => byAgent.get(JSON.stringify([sessionId, agentId])) ?? anywhere.get(agentId),
    workItems: new Map(report.workItems.map((item) => [item.id, item])),
    incidentsOf,
  }
  const details: (readonly DetailSection[] | null)[] = subjects.map(() => null)
  let room = bounds.details
  let left = 0
  for (const { index, subject } of worstFirst(subjects, rows)) {
    const sections = room > 0 ? sectionsOf(subject, rows, around) : null
    const size = sections === null ? 0 : scriptJson(sections).length
    if (sections === null || size > room) left += 1
    else details[index] = sections
    room -= size
  }
  return { details, left }
}

function offsetIn(offsets: PageData['offsets'], ms: number): number {
  return (offsets.findLast(([since]) => since <= ms) ?? offsets[0])?.[1] ?? 0
}

function worstFirst(subjects: readonly PlacedBar[], rows: Rows): readonly { readonly index: number; readonly subject: PlacedBar }[] {
  const all = subjects.map((subject, index) => ({ subject, index, row: rowOfSubject(subject, rows) }))
  return all.toSorted((a, b) =>
    a.row === null || b.row === null ? Number(b.row === null) - Number(a.row === null) : worstRowFirst(a.row, b.row),
  )
}

function rowOfSubject({ of }: PlacedBar, rows: Rows): Row | null {
  const thread = of.kind === 'agent' ? of.agent : of.kind === 'session' ? of.session : null
  return thread === null ? null : (rows.get(thread) ?? null)
}

function sectionsOf(subject: PlacedBar, rows: Rows, around: Surroundings): readonly DetailSection[] {
  const { of } = subject
  if (of.kind === 'agent') return agentDetails(of.agent, rowOfSubject(subject, rows)?.work ?? null, around)
  if (of.kind === 'session') return of.session === null ? [] : sessionDetails(of.session, around)
  return of.run === null ? [] : runDetails(of.run, around)
}
