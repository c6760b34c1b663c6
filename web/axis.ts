import type { LimitWindow, PageData } from '../src/report/html/page-data.ts'
import type { Clock } from './clock.ts'
import { element } from './element.ts'
import { LabelRow, widthsIn } from './measure.ts'
import { piece, percent } from './lane.ts'
import type { Range } from './range.ts'
import { share } from './range.ts'

/** Width that one tick of the axis needs, in pixels. */
const TICK_WIDTH = 88
const MOST_TICKS = 40
/** Refusals closer than this, in pixels, are counted together. */
const CLUSTER = 12
const MOST_REFUSALS = 400
/** The width of the lanes on paper (style.css). */
const PRINTED_WIDTH = 460

/** What stands above the lanes and behind them: times, limits, refusals, and now. */
export class Axis {
  readonly labels = element('div', { class: 'axis', attributes: { 'aria-hidden': 'true' } })
  readonly back = element('div', { class: 'back', attributes: { 'aria-hidden': 'true' } })
  readonly #data: PageData
  readonly #clock: Clock
  readonly #refusedAt: readonly number[]
  #width = 600
  #widthOf: ((text: string) => number) | null = null

  constructor(data: PageData, clock: Clock) {
    this.#data = data
    this.#clock = clock
    this.#refusedAt = data.threads
      .flatMap(({ reason, kind, end }) =>
        kind !== 'run' && end !== null && reason !== null && data.reasons[reason]?.refused === true ? [end] : [],
      )
      .toSorted((a, b) => a - b)
  }

  /** How wide the lanes are, in pixels. */
  get width(): number {
    return this.#width
  }

  /** How wide a text is in the font of the axis. */
  readonly widthOf = (text: string): number => {
    this.#widthOf ??= widthsIn(this.labels)
    return this.#widthOf(text)
  }

  /** Draws a stretch of time. */
  draw(range: Range, printing: boolean): void {
    this.#width = printing ? PRINTED_WIDTH : this.labels.clientWidth || 600
    this.labels.replaceChildren(...this.#times(range), ...this.#limits(range), ...this.#refusals(range))
    const { madeAt, windows } = this.#data
    const ticks = this.#ticks(range).map(({ at }) => piece('gridline', at, at, range))
    const bands = joined(windows).map(({ from, to }) => piece('window', from, to, range))
    this.back.replaceChildren(...[...ticks, ...bands, piece('now', madeAt, madeAt, range)].filter((one) => one !== null))
  }

  #ticks({ from, to }: Range): ReturnType<Clock['ticks']> {
    return this.#clock.ticks(from, to, Math.min(Math.max(Math.floor(this.#width / TICK_WIDTH), 2), MOST_TICKS))
  }

  #times(range: Range): readonly HTMLElement[] {
    const row = new LabelRow(this.#width)
    const now = share(range, this.#data.madeAt)
    const labels: HTMLElement[] = []
    const add = (name: string, text: string, at: number) => {
      const length = this.widthOf(text)
      const left = row.place(length, at - length / 2, ...(name === 'now-label' ? [this.#width - length, 0] : at < length / 2 ? [0] : []))
      if (left !== null) labels.push(this.#label(name, left, text))
    }
    if (now >= 0 && now <= 1) add('now-label', 'now', now * this.#width)
    for (const { at, text } of this.#ticks(range)) add('tick', text, share(range, at) * this.#width)
    return labels
  }

  /** Each limit and its reset, in as many words as there is room for. */
  #limits(range: Range): readonly HTMLElement[] {
    const row = new LabelRow(this.#width)
    return this.#data.windows.flatMap((window) => {
      if (window.to < range.from || window.from > range.to) return []
      const at = Math.max(share(range, window.from), 0) * this.#width
      for (const text of wordings(window)) {
        const length = this.widthOf(text)
        const left = row.place(length, at + 4, at - length - 4)
        if (left !== null) return [this.#label('window-label', left, text)]
      }
      return []
    })
  }

  /** A tick for every refusal by a limit; where they stand close, a number says how many: this is what a storm looks like. */
  #refusals(range: Range): readonly HTMLElement[] {
    const row = new LabelRow(this.#width, 4)
    const seen = this.#refusedAt.map((ms) => share(range, ms) * this.#width).filter((at) => at >= 0 && at <= this.#width)
    const marks = seen.slice(0, MOST_REFUSALS).map((at) => this.#label('refusal', at))
    for (const at of seen) row.block(at, at)
    let first = 0
    for (let index = 1; index <= seen.length; index += 1) {
      const [last = 0, next = Number.POSITIVE_INFINITY] = [seen[index - 1], seen[index]]
      if (next - last < CLUSTER) continue
      const text = `${index - first} refusals`
      const length = this.widthOf(text)
      const left = index - first < 3 ? null : row.place(length, last + 5, (seen[first] ?? 0) - length - 5)
      if (left !== null) marks.push(this.#label('refusals', left, text))
      first = index
    }
    return marks
  }

  /** In percent, so that it keeps its place until it is drawn again. */
  #label(name: string, left: number, text = ''): HTMLElement {
    const label = element('span', { class: name, text })
    label.style.left = percent(left / this.#width)
    return label
  }
}

function wordings({ limit, resets }: LimitWindow): readonly string[] {
  return [`${limit}, resets ${resets}`, `${limit}, resets ${resets.slice(5)}`, `resets ${resets.slice(11)}`]
}

/** Stretches of time without overlaps. They come in the order of their beginnings. */
function joined(all: readonly Range[]): readonly Range[] {
  const out: { from: number; to: number }[] = []
  for (const { from, to } of all) {
    const last = out.at(-1)
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to)
    else out.push({ from, to })
  }
  return out
}
