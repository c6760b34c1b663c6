import type { ChalkInstance } from 'chalk'
import { Chalk } from 'chalk'
import Table from 'cli-table3'
import type { Outcome } from '../model/terminal-reason.ts'
import { TERMINAL_REASON_NAMES, TERMINAL_REASONS } from '../model/terminal-reason.ts'
import { clip, escapeControl } from '../text/escape.ts'
import { formatLocal } from '../time/zoned-time.ts'
import type { Reporter, View } from './reporter.ts'
import type { Row } from './rows.ts'
import { rowsOf } from './rows.ts'
import type { Statement, Tone } from './statements.ts'
import { statementsAbove, statementsBelow } from './statements.ts'
import { roughly } from './words.ts'
import { wrap } from './wrap.ts'

const NARROWEST = 40
const NARROW = 60
const WIDE = 120
const TOPIC = 13
const GAP = 2
const LONGEST_TEXT = 4000
/** Rows drawn at once: the time that cli-table3 takes grows with their square. */
const BATCH = 50

/** The screen of `scan`: what was lost, what is safe, what to type next. */
export const table: Reporter = {
  name: 'table',
  mediaType: 'text/plain',
  *render(report, view) {
    const screen = new Screen(view)
    const { shown, notListed } = rowsOf(report, view)
    yield screen.statements(statementsAbove(report, view))
    if (shown.length > 0) yield '\n'
    yield* screen.rows(shown)
    if (notListed > 0) yield `${screen.quiet(`and ${notListed} more: --all lists every one`)}\n`
    yield `\n${screen.statements(statementsBelow(report, view))}`
  },
}

interface Column {
  readonly head: string
  /** Without it, the column shares what the others leave. */
  readonly width?: number
  /** The narrowest screen that has room for it. */
  readonly from?: number
  /** Whether a row has something to say here; a column that no row fills is left out. */
  readonly filled?: (row: Row) => boolean
  /** The lines of a cell, uncoloured; from the second on they are details. */
  readonly lines: (row: Row, width: number, view: View) => readonly string[]
}

const COLUMNS: readonly Column[] = [
  { head: 'reason', width: TERMINAL_REASON_NAMES.reduce((longest, { length }) => Math.max(longest, length), 0), lines: reasonLines },
  { head: 'agent', lines: agentLines },
  { head: 'session', width: 8, from: WIDE, lines: ({ shortSessionId }) => [oneLine(shortSessionId ?? '')] },
  { head: 'ended', width: 11, from: NARROW, lines: endedLines },
  { head: 'what happened', lines: ({ what }, width) => wrap(oneLine(what), width, 3) },
  {
    head: 'client said',
    width: 11,
    from: WIDE,
    filled: ({ reportedAs }) => reportedAs !== null,
    lines: ({ reportedAs }, width) => wrap(oneLine(reportedAs ?? ''), width, 2),
  },
  {
    head: 'worktree',
    width: 15,
    from: WIDE,
    filled: ({ worktreePath }) => worktreePath !== null,
    lines: ({ worktreePath }, width) => wrap(oneLine(lastName(worktreePath)), width, 1),
  },
]

class Screen {
  private readonly view: View
  private readonly columns: number
  private readonly chalk: ChalkInstance

  constructor(view: View) {
    this.view = view
    this.columns = Math.max(view.columns, NARROWEST)
    this.chalk = new Chalk({ level: view.colorLevel })
  }

  statements(all: readonly Statement[]): string {
    return all.map((statement) => this.statement(statement)).join('')
  }

  quiet(text: string): string {
    return this.chalk.dim(text)
  }

  private statement({ topic, tone, text, items = [] }: Statement): string {
    const width = this.columns - TOPIC
    const lines = wrap(oneLine(text), width).map((line) => this.toned(tone, line))
    const details = items.flatMap((item) => wrap(oneLine(item), width, 3)).map((line) => this.quiet(line))
    const [first = '', ...others] = [...lines, ...details]
    return [`${this.chalk.bold(topic.padEnd(TOPIC))}${first}`, ...others.map((line) => `${' '.repeat(TOPIC)}${line}`), ''].join('\n')
  }

  private toned(tone: Tone, line: string): string {
    const { chalk } = this
    return { bad: chalk.red, warning: chalk.yellow, good: chalk.green, plain: (same: string) => same, command: chalk.bold.cyan }[tone](line)
  }

  *rows(rows: readonly Row[]): Iterable<string> {
    const columns = this.fitted(rows)
    for (let start = 0; start < rows.length; start += BATCH) yield this.drawn(columns, rows.slice(start, start + BATCH), start === 0)
  }

  private fitted(rows: readonly Row[]): readonly Required<Column>[] {
    const everywhere = { from: 0, filled: () => true }
    const columns = COLUMNS.map((column) => ({ ...everywhere, ...column })).filter(
      ({ from, filled }) => this.columns >= from && rows.some(filled),
    )
    const taken = columns.reduce((sum, { width = 0 }) => sum + width + GAP, -GAP)
    const sharing = columns.filter(({ width }) => width === undefined).length
    return columns.map((column) => ({ ...column, width: column.width ?? Math.floor((this.columns - taken) / sharing) }))
  }

  private drawn(columns: readonly Required<Column>[], rows: readonly Row[], headed: boolean): string {
    const drawing = new Table({
      head: headed ? columns.map(({ head }) => this.chalk.bold.underline(head)) : [],
      colWidths: columns.map(({ width }, index) => width + (index === columns.length - 1 ? 0 : GAP)),
      chars: NO_BORDERS,
      style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    })
    for (const row of rows) drawing.push(columns.map((column, index) => this.cell(column, row, index === 0)))
    return `${drawing.toString().replace(/ +$/gm, '')}\n`
  }

  private cell({ lines, width }: Required<Column>, row: Row, leading: boolean): string {
    const [first = '', ...details] = lines(row, width, this.view)
    const paint = leading ? this.outcomeColour(TERMINAL_REASONS[row.reason].outcome) : (same: string) => same
    return [paint(first), ...details.map((line) => this.quiet(line))].join('\n')
  }

  private outcomeColour(outcome: Outcome): (text: string) => string {
    const { chalk } = this
    return { died: chalk.red.bold, unknown: chalk.yellow.bold, running: chalk.cyan, finished: chalk.green }[outcome]
  }
}

function reasonLines({ reason, confidence }: Row): readonly string[] {
  return [reason, ...(confidence === 'high' ? [] : [`  ${confidence === 'low' ? 'unsure' : 'likely'}`])]
}

function endedLines({ reason, endedAt }: Row, _width: number, { now, timeZone }: View): readonly string[] {
  if (reason === 'running') return ['still alive']
  if (endedAt === null) return ['not known']
  const ago = now - endedAt
  return [formatLocal(endedAt, timeZone).slice(5), ...(ago >= 0 ? [`${roughly(ago)} ago`] : [])]
}

function agentLines({ name, shortId, type }: Row, width: number): readonly string[] {
  const special = type === null || type === 'general-purpose' || type === name ? '' : ` ${type}`
  return [...wrap(oneLine(name), width, 2), ...wrap(oneLine(shortId + special), width, 1)]
}

function lastName(path: string | null): string {
  return path?.split(/[\\/]/).findLast((name) => name !== '') ?? ''
}

// Line breaks are only layout here; everything else that a terminal may obey becomes visible. Clipped first, because a
// description of megabytes takes long to measure and no cell shows more.
function oneLine(text: string): string {
  return escapeControl(clip(text, LONGEST_TEXT).replace(/\s*[\t\r\n]\s*/g, ' '))
}

const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
}
