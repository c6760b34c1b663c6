import type { ChalkInstance } from 'chalk'
import { Chalk } from 'chalk'
import Table from 'cli-table3'
import { clip, displayWidth, escapeControl, truncate } from '../text/escape.ts'
import type { View } from './reporter.ts'
import type { Item, Statement, Tone } from './statement.ts'
import { GLUE } from './words.ts'
import { fitPath, wrap } from './wrap.ts'

const NARROWEST = 40
/** A pipe has the columns of such a screen, and nothing in it is wrapped. */
const USUAL = 80
const TOPIC = 13
const GAP = 2
const INDENT = 2
const LONGEST_TEXT = 4000
/** Rows that are drawn at once. */
const BATCH = 100
/** No column is wider, where nothing else bounds it. */
const WIDEST = 100

/** A column of a table on the screen. */
export interface Column<Row> {
  readonly head: string
  /** Without it, the column shares what the others leave; `content`: as wide as what stands in it. */
  readonly width?: number | 'content'
  /** The narrowest screen that has room for it. */
  readonly from?: number
  /** Whether a row has something to say here; a column that no row fills is left out. */
  readonly filled?: (row: Row) => boolean
  /** The lines of a cell, escaped and uncoloured; from the second on they are details. */
  readonly lines: (row: Row, width: number, view: View) => readonly string[]
  /** The colour of the first line. */
  readonly paint?: (row: Row, chalk: ChalkInstance) => (text: string) => string
}

type Fitted<Row> = Omit<Column<Row>, 'width'> & { readonly width: number }

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

  /** A remark of our own below a table. */
  note(text: string): string {
    return wrap(text, this.#columns)
      .map((line) => `${this.quiet(line)}\n`)
      .join('')
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

  /** A statement without its topic: a sentence, and others below it. */
  sentences({ tone, text, items = [] }: Statement): string {
    const lines = wrap(oneLine(text), this.#columns).map((line) => this.#chalk.bold(this.paintLine(tone, line)))
    const others = items.flatMap((item) => (typeof item === 'string' ? wrap(oneLine(item), this.#columns) : []))
    return [...lines, ...others].map((line) => `${line}\n`).join('')
  }

  /** A table; `below` are items of a row that its cells have no room for. */
  *table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], below?: (row: Row) => readonly Item[]): Iterable<string> {
    if (rows.length === 0) return
    const fitted = this.#fitted(columns, rows)
    let lines = [fitted.map(({ head, width }) => this.#chalk.bold.underline(fit(head, width)))]
    for (const [index, row] of rows.entries()) {
      lines.push(...this.#linesOf(fitted, row))
      if (below === undefined && lines.length < BATCH && index < rows.length - 1) continue
      yield draw(fitted, lines)
      lines = []
      if (below === undefined) continue
      const more = below(row).flatMap((item) => this.#item(item, this.#columns - INDENT, Number.POSITIVE_INFINITY))
      yield `${more.map((line) => `${' '.repeat(INDENT)}${line}\n`).join('')}${index < rows.length - 1 ? '\n' : ''}`
    }
  }

  /** The cells of a row, line by line; from the second line on they are details. */
  #linesOf<Row>(columns: readonly Fitted<Row>[], row: Row): readonly string[][] {
    const cells = columns.map((column) => column.lines(row, column.width, this.#view))
    const height = Math.max(...cells.map(({ length }) => length))
    return Array.from({ length: height }, (_, line) =>
      columns.map(({ width, paint }, at) => {
        const text = fit(cells[at]?.[line] ?? '', width)
        return text === '' ? '' : line > 0 ? this.quiet(text) : (paint?.(row, this.#chalk)(text) ?? text)
      }),
    )
  }

  /** A table after an empty line; `leftOut` rows are only counted. */
  *listing<Row>(columns: readonly Column<Row>[], rows: readonly Row[], leftOut: number): Iterable<string> {
    if (rows.length > 0) yield '\n'
    yield* this.table(columns, rows)
    if (leftOut > 0) yield this.note(`and ${leftOut} more (-a lists all)`)
  }

  #statement({ topic, tone, text, command, items = [] }: Statement): string {
    const width = this.#columns - TOPIC
    const isCommand = tone === 'command' && command === undefined
    const words = isCommand ? [text] : command === undefined ? wrap(oneLine(text), width) : endWith(oneLine(text), command, width)
    const lines = words.map((line) => this.paintLine(tone, line))
    const [first = '', ...others] = [...lines, ...items.flatMap((item) => this.#item(item, width, 3))]
    return [`${this.#chalk.bold(topic.padEnd(TOPIC))}${first}`, ...others.map((line) => `${' '.repeat(TOPIC)}${line}`), ''].join('\n')
  }

  #item(item: Item, width: number, most: number): readonly string[] {
    if (typeof item === 'string') return hanging(item, width, most).map((line) => this.quiet(line))
    if ('command' in item) return endWith(oneLine(item.text), item.command, width).map((line) => this.quiet(line))
    return [...(item.text === '' ? [] : hanging(item.text, width, most)), this.quiet(fitPath(oneLine(item.path), width))]
  }

  #fitted<Row>(all: readonly Column<Row>[], rows: readonly Row[]): readonly Fitted<Row>[] {
    const room = Number.isFinite(this.#columns) ? this.#columns : USUAL
    const columns = all.filter(({ from = 0, filled }) => room >= from && (filled === undefined || rows.some(filled)))
    const contentOf = ({ head, lines }: Column<Row>): number =>
      rows.reduce(
        (widest, row) =>
          lines(row, Number.POSITIVE_INFINITY, this.#view).reduce((most, line) => Math.max(most, displayWidth(line)), widest),
        displayWidth(head),
      )
    const widths = columns.map((column) => (column.width === 'content' ? contentOf(column) : column.width))
    const taken = widths.reduce<number>((sum, width = 0) => sum + width + GAP, -GAP)
    const share = Math.max(Math.floor((this.#columns - taken) / widths.filter((width) => width === undefined).length), 1)
    return columns.map((column, at) => ({ ...column, width: widths[at] ?? Math.min(share, WIDEST, contentOf(column)) }))
  }
}

function fit(text: string, width: number): string {
  return truncate(text.replaceAll(GLUE, ' '), width)
}

/** Lines of cells that fit, in columns without borders. */
function draw(columns: readonly { readonly width: number }[], lines: readonly (readonly string[])[]): string {
  const drawing = new Table({
    colWidths: columns.map(({ width }, index) => width + (index === columns.length - 1 ? 0 : GAP)),
    chars: NO_BORDERS,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  })
  drawing.push(...lines.map((cells) => [...cells]))
  // Where cli-table3 finds a text wider than we do (marks of rarer scripts), it cuts, and through a surrogate pair.
  const text = drawing.toString().replace(/\p{Surrogate}/gu, '')
  return `${text.replace(/ +$/gm, '')}\n`
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
