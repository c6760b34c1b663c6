import type { ChalkInstance } from 'chalk'
import { outcomeOf, type TerminalReason } from '../reasons/terminal-reason.ts'
import { formatDay } from '../time/zoned-time.ts'
import { headline } from './headline.ts'
import { type Entry, listEntries } from './listing.ts'
import type { Reporter, View } from './reporter.ts'
import type { Column } from './screen.ts'
import { oneLine, Screen } from './screen.ts'
import { labels, statementsBelow } from './statements.ts'
import type { Item } from './statement.ts'
import { count, plainList } from './words.ts'
import { fitLocalWork, isUnsaved } from './work.ts'

const NARROW = 60
const WIDE = 120
/** As much of what is local only as stands in a line. */
const LOCAL_ONLY = 18

/** The screen of `scan`: what was lost, what is safe, what to type next. */
export const table: Reporter = {
  name: 'table',
  mediaType: 'text/plain',
  *render(report, view) {
    const screen = new Screen(view)
    const { shown, left, leftSince } = listEntries(report, view)
    yield screen.sentences(headline(report, view))
    const said = labels(report, view)
    if (said.length > 0) yield `\n${screen.statements(said)}`
    if (shown.length > 0) yield '\n'
    yield* screen.table(ENTRY_COLUMNS, shown, view.verbose ? describeEntry : undefined)
    const since = leftSince === null ? '' : `, the newest ${formatDay(leftSince, view.timeZone, view.now)}`
    if (left > 0) yield screen.note(`and ${left} more${since} (-a lists all)`)
    const below = statementsBelow(report, view)
    if (below.length > 0) yield `\n${screen.statements(below)}`
  },
}

/** The columns of a table of agents, one line each. */
export const ENTRY_COLUMNS: readonly Column<Entry>[] = [
  { head: 'agent', lines: ({ what }) => [oneLine(what)] },
  {
    head: 'ended',
    lines: ({ reason, isUnsure }) => [reason === null ? 'no agent known' : `${reason}${isUnsure ? '?' : ''}`],
    paint: ({ reason }, chalk) => (reason === null ? chalk.yellow : paintOf(reason, chalk)),
    width: 'content',
  },
  { head: 'when', from: NARROW, width: 'content', lines: ({ reason, endedAt }, _width, view) => [whenOf(reason, endedAt, view)] },
  {
    head: 'local only',
    from: NARROW,
    width: 'content',
    filled: (entry) => localOnlyOf(entry) !== '',
    lines: (entry) => [localOnlyOf(entry)],
    paint: ({ work }, chalk) => (work.some(isUnsaved) ? chalk.red : (same) => same),
  },
  { head: 'what happened', from: WIDE, lines: ({ rows: [row] }) => [oneLine(row?.what ?? '')] },
  { head: 'id', width: 'content', lines: ({ id }) => [oneLine(id ?? '-')] },
]

/** The colour of a reason in a table. */
export function paintOf(reason: TerminalReason, chalk: ChalkInstance): (text: string) => string {
  return { died: chalk.red.bold, unknown: chalk.yellow.bold, running: chalk.cyan, finished: chalk.green }[outcomeOf(reason)]
}

function whenOf(reason: TerminalReason | null, endedAt: number | null, { timeZone, now }: View): string {
  if (reason !== null && outcomeOf(reason) === 'running') return 'runs'
  return endedAt === null ? '' : formatDay(endedAt, timeZone, now)
}

function localOnlyOf({ work, rows }: Entry): string {
  const gone = rows.reduce((sum, row) => sum + row.goneFiles, 0)
  return work.length > 0 || gone === 0 ? fitLocalWork(work, LOCAL_ONLY) : `${count(gone, 'file')} gone`
}

/** What more is known of a line. */
function describeEntry({ rows, work }: Entry): readonly Item[] {
  const [row] = rows
  const reported = [...new Set(rows.flatMap(({ reportedAs }) => reportedAs ?? []))].map((word) => `"${word}"`)
  const others = rows.slice(1).map(({ name, shortId }) => `${name} (${shortId})`)
  return [
    ...(row === undefined ? [] : [row.what]),
    ...(reported.length === 0 ? [] : [`the client reported ${plainList(reported)}`]),
    ...(others.length === 0 ? [] : [`also ${others.join(', ')}`]),
    ...work.map((each): Item => ({ text: '', path: each.path })),
  ]
}
