import type { AgentReport, Report, SessionReport } from '../report.ts'
import type { TerminalReason } from '../../reasons/terminal-reason.ts'
import { needsReset, outcomeOf, severityRankOf, TERMINAL_REASON_NAMES, TERMINAL_REASONS } from '../../reasons/terminal-reason.ts'
import { lastName } from '../../text/last-name.ts'
import { parseInstant } from '../../time/instant.ts'
import type { View } from '../reporter.ts'
import type { Row } from '../rows.ts'
import { wasCutOff, isLost, listShownAgents, rowMaker, worstRowFirst } from '../rows.ts'
import { count } from '../words.ts'
import { isAtRisk, isUnsaved, riskWords, stageOf, unverifiedReason } from '../work.ts'
import type { DetailSection, PageData, ReasonMark, Thread } from './page-data.ts'
import { clockOf, offsetsOf, rangesOf, windowsOf } from './ranges.ts'
import { line, scriptJson } from './safe-text.ts'
import type { Surroundings } from './thread-details.ts'
import { agentDetails, runDetails, sessionDetails } from './thread-details.ts'
import type { PlacedBar } from './tree.ts'
import { arrangeByParent } from './tree.ts'

/** What keeps a page small enough to be opened. */
export interface Bounds {
  /** Most agents that get a bar; the worst ones do. */
  readonly agents: number
  /** Most characters that all details together take, as JSON, with their paths; beyond that the least bad go without. */
  readonly details: number
}

const PAGE_BOUNDS: Bounds = { agents: 10_000, details: 6_000_000 }

/** The page's data, and what was left out of it. */
export interface ComposedPage {
  readonly data: PageData
  readonly agentsLeftOut: number
  /** The details of the threads, the worst first, line by line: they take more memory than all else, and are made as they are written. */
  readonly detailLines: () => Iterable<string>
}

const LONGEST_TITLE = 300
const SHORT_ID = 8

/** Makes of a report what the page's script is given. */
export function composePage(report: Report, view: View, bounds: Bounds = PAGE_BOUNDS): ComposedPage {
  const rows = makeRows(report, view)
  const shown = listShownAgents(report)
  const agents = firstRanked(shown, rows, bounds.agents)
  const sessions = firstRanked(report.sessions, rows, bounds.agents)
  const subjects = arrangeByParent({ sessions, workflows: report.workflows.slice(0, bounds.agents) }, agents)
  const reasons = reasonsOf([...agents, ...report.sessions])
  const reasonAt = new Map(reasons.map(({ name }, index) => [name, index]))
  const madeAt = parseInstant(report.generatedAt) ?? view.now
  const threads = withSpansOfRuns(subjects.map((subject) => threadOf(subject, rows, reasonAt, madeAt)))
  const windows = windowsOf([...agents, ...report.sessions], view)
  const offsets = offsetsOf(threads, windows, madeAt, view.timeZone)
  return {
    data: { offsets, madeAt, reasons, threads, windows, ...rangesOf(report, threads, view, madeAt) },
    agentsLeftOut: shown.length - agents.length,
    detailLines: () => detailLines(report, subjects, rows, offsets, bounds),
  }
}

/** A row, and its place in the order of the screen. */
interface Ranked {
  readonly row: Row
  readonly rank: number
}
type Rows = ReadonlyMap<AgentReport | SessionReport, Ranked>

function makeRows(report: Report, view: View): Rows {
  const rowOf = rowMaker(report, view)
  const all = [
    ...listShownAgents(report).map((of) => ({ of, row: rowOf.agent(of) })),
    ...report.sessions.map((of) => ({ of, row: rowOf.session(of) })),
  ].toSorted((a, b) => Number(isLocalOnly(b.row)) - Number(isLocalOnly(a.row)) || worstRowFirst(a.row, b.row))
  return new Map(all.map(({ of, row }, rank) => [of, { row, rank }]))
}

function isLocalOnly({ work }: Row): boolean {
  return work !== null && isUnsaved(work)
}

function firstRanked<Of extends AgentReport | SessionReport>(all: readonly Of[], rows: Rows, most: number): readonly Of[] {
  if (all.length <= most) return all
  return all.toSorted((a, b) => (rows.get(a)?.rank ?? 0) - (rows.get(b)?.rank ?? 0)).slice(0, most)
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

function threadOf(
  { of, parent, session, depth }: PlacedBar,
  rows: Rows,
  reasonAt: ReadonlyMap<TerminalReason, number>,
  madeAt: number,
): Thread {
  const bare: Thread = {
    kind: of.kind,
    id: line(of.id),
    parent,
    session: parent === null ? null : session,
    depth,
    shortId: line(of.id.slice(0, SHORT_ID)),
    name: of.id === '' ? '(no session)' : 'main thread not found',
    type: '',
    reason: null,
    confidence: 'high',
    start: null,
    end: null,
    alive: false,
    lost: false,
    rank: rows.size,
    silence: null,
    what: '',
    reportedAs: '',
    work: '',
    risk: '',
    localOnly: false,
  }
  if (of.kind === 'run') {
    const { run } = of
    const lost = run === null ? 0 : run.calls.failed + run.calls.neverStarted
    const all = run === null ? 0 : run.calls.started + run.calls.neverStarted
    const what = all === 0 ? '' : `${lost === 0 ? 'none' : lost} of ${count(all, 'call')} failed`
    const name = `workflow ${line(run?.name ?? of.id, LONGEST_TITLE)}`
    return { ...bare, shortId: line(of.id, 40), name, what, reportedAs: line(run?.status ?? '') }
  }
  const thread = of.kind === 'agent' ? of.agent : of.session
  const ranked = thread === null ? undefined : rows.get(thread)
  if (thread === null || ranked === undefined) return bare
  const { row, rank } = ranked
  const alive = outcomeOf(thread.reason) === 'running'
  const { work, worktreePath } = row
  return {
    ...bare,
    shortId: line(row.shortId),
    name: line(row.name, LONGEST_TITLE),
    type: line(row.type === 'general-purpose' || row.type === row.name ? '' : (row.type ?? ''), LONGEST_TITLE),
    reason: reasonAt.get(thread.reason) ?? null,
    confidence: thread.confidence,
    start: parseInstant(thread.startedAt) ?? null,
    end: alive ? madeAt : (parseInstant(thread.endedAt) ?? null),
    alive,
    lost: 'cutOff' in thread ? wasCutOff(thread) : isLost(thread.reason),
    rank,
    silence: silenceOf(thread),
    what: line(row.what),
    reportedAs: line(row.reportedAs ?? '', LONGEST_TITLE),
    work:
      work === null ? line(lastName(worktreePath ?? '')) : line(`${stageOf(work)}${unverifiedReason(work) === null ? '' : ', unverified'}`),
    risk: work !== null && isAtRisk(work) ? line(riskWords(work)) : '',
    localOnly: isLocalOnly(row),
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
  return threads.map((thread, index) => (spans.has(index) ? { ...thread, ...spans.get(index) } : thread))
}

/** `12 [{…}]` for each thread that has room, then `paths […]`: the paths that they name, each once. */
function* detailLines(
  report: Report,
  subjects: readonly PlacedBar[],
  rows: Rows,
  offsets: PageData['offsets'],
  bounds: Bounds,
): Iterable<string> {
  const paths = new Map<string, number>()
  let room = bounds.details
  const around = surroundingsOf(report, subjects, offsets, (path) => {
    const known = paths.get(path)
    if (known !== undefined) return known
    paths.set(path, paths.size)
    room -= path.length
    return paths.size - 1
  })
  const rankOf = ({ of }: PlacedBar): number => {
    const thread = of.kind === 'agent' ? of.agent : of.kind === 'session' ? of.session : null
    return thread === null ? rows.size : (rows.get(thread)?.rank ?? rows.size)
  }
  for (const [index, subject] of [...subjects.entries()].toSorted(([, a], [, b]) => rankOf(a) - rankOf(b))) {
    if (room <= 0) break
    const json = scriptJson(sectionsOf(subject, rows, around))
    if (json.length <= room) yield `${index} ${json}\n`
    room -= json.length
  }
  yield `paths ${scriptJson([...paths.keys()].map((path) => line(path)))}\n`
}

function surroundingsOf(
  report: Report,
  subjects: readonly PlacedBar[],
  offsets: PageData['offsets'],
  pathAt: Surroundings['pathAt'],
): Surroundings {
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
  return {
    report,
    clock: clockOf(offsets),
    pathAt,
    threadAt: (sessionId, agentId) => byAgent.get(JSON.stringify([sessionId, agentId])) ?? anywhere.get(agentId),
    workItems: new Map(report.workItems.map((item) => [item.id, item])),
    incidentsOf,
  }
}

function sectionsOf({ of }: PlacedBar, rows: Rows, around: Surroundings): readonly DetailSection[] {
  if (of.kind === 'agent') return agentDetails(of.agent, rows.get(of.agent)?.row.work ?? null, around)
  if (of.kind === 'session') return of.session === null ? [] : sessionDetails(of.session, around)
  return of.run === null ? [] : runDetails(of.run, around)
}
