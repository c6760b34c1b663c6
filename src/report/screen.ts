import type { ChalkInstance } from 'chalk'
import { Chalk } from 'chalk'
import Table from 'cli-table3'
import { clip, displayWidth, escapeControl } from '../text/escape.ts'
import type { View } from './reporter.ts'
import type { Item, Statement, Tone } from './statement.ts'
import { fitPath, wrap } from './wrap.ts'

const NARROWEST = 40
const TOPIC = 13
const GAP = 2
const INDENT = 2
const LONGEST_TEXT = 4000
/** Rows that are drawn at once: the time that cli-table3 takes grows with their square. */
const BATCH = 50

/** A column of a table on the screen. */
export interface Column<Row> {
  readonly head: string
  /** Without it, the column shares what the others leave. */
  readonly width?: number
  /** The narrowest screen that has room for it. */
  readonly from?: number
  /** Whether a row has something to say here; a column that no row fills is left out. */
  readonly filled?: (row: Row) => boolean
  /** The lines of a cell, escaped and uncoloured; from the second on they are details. */
  readonly lines: (row: Row, width: number, view: View) => readonly string[]
  /** The colour of the first line. */
  readonly paint?: (row: Row, chalk: ChalkInstance) => (text: string) => string
}

type Fitted<Row> = Column<Row> & { readonly width: number }

/** What screens are drawn with: topics with statements, and tables without borders. */
export class Screen {
  readonly #view: View
  readonly #columns: number
  readonly #chalk: ChalkInstance

  constructor(view: View) {
    this.#columns = Math.max(view.columns, NARROWEST)
    this.#view = { ...view, columns: this.#columns }
    this.#chalk = new Chalk({ level: view.colorLevel })
  }

  statements(all: readonly Statement[]): string {
    return all.map((statement) => this.#statement(statement)).join('')
  }

  quiet(text: string): string {
    return this.#chalk.dim(text)
  }

  /** How wide it is drawn. */
  get columns(): number {
    return this.#columns
  }

  /** A line, escaped already, in the colour of what it means. */
  paintLine(tone: Tone, line: string): string {
    const chalk = this.#chalk
    return { bad: chalk.red, warning: chalk.yellow, good: chalk.green, plain: (same: string) => same, command: chalk.bold.cyan }[tone](line)
  }

  /** A table; `below` are items of a row that its cells have no room for. */
  *table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], below?: (row: Row) => readonly Item[]): Iterable<string> {
    const fitted = this.#fitted(columns, rows)
    const batch = below === undefined ? BATCH : 1
    for (let start = 0; start < rows.length; start += batch) {
      const some = rows.slice(start, start + batch)
      yield this.#drawn(fitted, some, start === 0)
      if (below === undefined) continue
      const lines = some.flatMap(below).flatMap((item) => this.#item(item, this.#columns - INDENT, Number.POSITIVE_INFINITY))
      yield `${lines.map((line) => `${' '.repeat(INDENT)}${line}\n`).join('')}${start + batch < rows.length ? '\n' : ''}`
    }
  }

  /** A table after an empty line; `leftOut` rows are only counted. */
  *listing<Row>(columns: readonly Column<Row>[], rows: readonly Row[], leftOut: number): Iterable<string> {
    if (rows.length > 0) yield '\n'
    yield* this.table(columns, rows)
    if (leftOut > 0) yield `${this.quiet(`and ${leftOut} more: --all lists every one`)}\n`
  }

  #statement({ topic, tone, text, command, items = [] }: Statement): string {
    const width = this.#columns - TOPIC
    const lines = command === undefined ? wrap(oneLine(text), width) : endWith(oneLine(text), command, width)
    const painted = lines.map((line) => this.paintLine(tone, line))
    const [first = '', ...others] = [...painted, ...items.flatMap((item) => this.#item(item, width, 3))]
    return [`${this.#chalk.bold(topic.padEnd(TOPIC))}${first}`, ...others.map((line) => `${' '.repeat(TOPIC)}${line}`), ''].join('\n')
  }

  #item(item: Item, width: number, most: number): readonly string[] {
    if (typeof item === 'string') return hanging(item, width, most).map((line) => this.quiet(line))
    if ('command' in item) return endWith(oneLine(item.text), item.command, width).map((line) => this.quiet(line))
    return [...(item.text === '' ? [] : hanging(item.text, width, most)), this.quiet(fitPath(oneLine(item.path), width))]
  }

  #fitted<Row>(all: readonly Column<Row>[], rows: readonly Row[]): readonly Fitted<Row>[] {
    const columns = all.filter(({ from = 0, filled }) => this.#columns >= from && (filled === undefined || rows.some(filled)))
    const taken = columns.reduce((sum, { width = 0 }) => sum + width + GAP, -GAP)
    const sharing = columns.filter(({ width }) => width === undefined).length
    return columns.map((column) => ({ ...column, width: column.width ?? Math.max(Math.floor((this.#columns - taken) / sharing), 1) }))
  }

  #drawn<Row>(columns: readonly Fitted<Row>[], rows: readonly Row[], headed: boolean): string {
    const drawing = new Table({
      head: headed ? columns.map(({ head }) => this.#chalk.bold.underline(head)) : [],
      colWidths: columns.map(({ width }, index) => width + (index === columns.length - 1 ? 0 : GAP)),
      chars: NO_BORDERS,
      style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    })
    for (const row of rows) drawing.push(columns.map((column) => this.#cell(column, row)))
    // Where cli-table3 finds a text wider than we do (marks of rarer scripts), it cuts, and through a surrogate pair.
    return `${drawing
      .toString()
      .replace(/\p{Surrogate}/gu, '')
      .replace(/ +$/gm, '')}\n`
  }

  #cell<Row>({ lines, width, paint }: Fitted<Row>, row: Row): string {
    const [first = '', ...details] = lines(row, width, this.#view)
    const painted = paint === undefined ? first : paint(row, this.#chalk)(first)
    return [painted, ...details.map((line) => this.quiet(line))].join('\n')
  }
}

/**
 * Line breaks are only layout here; everything else that a terminal may obey becomes visible. Clipped first, because a
 * description of megabytes takes long to measure and no cell shows more.
 */
export function oneLine(text: string): string {
  return escapeControl(clip(text, LONGEST_TEXT).replace(/\s*[\t\r\n]\s*/g, ' '))
}

/** A text that leads to a command, in lines: it ends the last one where it fits, and is never broken, since what a terminal wraps copies as it is. */
export function endWith(text: string, command: string, width: number): readonly string[] {
  if (text === '') return [command]
  const lines = wrap(text, width)
  const joined = `${lines.at(-1) ?? ''} ${command}`
  return displayWidth(joined) <= width ? [...lines.slice(0, -1), joined] : [...lines, command]
}

function hanging(text: string, width: number, most: number): readonly string[] {
  const [first = '', ...others] = wrap(oneLine(text), width - INDENT, most)
  return [first, ...others.map((line) => `${' '.repeat(INDENT)}${line}`)]
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
