import type { PageData, Thread } from '../src/report/html/page-data.ts'
import type { Clock } from './clock.ts'
import { element, existing } from './element.ts'
import { nextListIndex } from './list-keys.ts'
import type { Line } from './outline.ts'
import { outline } from './outline.ts'
import type { Range } from './range.ts'
import { padded, panRange, share, zoomRange } from './range.ts'
import { ScrollList } from './scroll-list.ts'
import type { State, Store } from './state.ts'
import { doubt, reasonWord, createReasonMark, whenWords } from './thread-words.ts'

const ROW_HEIGHT = 26
/** How far the pointer goes before a click becomes a drag. */
const DRAG = 4
/** Width that one label of the axis needs, in pixels. */
const TICK_WIDTH = 84
const MOST_TICKS = 40
/** Room for two letters beside a bar; and the lane on which nothing is said beside them (style.css). */
const MARK_WIDTH = 22
const NARROW_LANE = 400
/** Width of the word `now` with its margins. */
const NOW_WIDTH = 36
/** How wide a letter of the axis is at most, on average. */
const LETTER_WIDTH = 6.6
/** Refusals closer than this share of the range are told as one number. */
const CLUSTER = 0.02
const MOST_REFUSALS = 400

/** A bar for every thread, by session and workflow run, over a time axis that can be zoomed and moved. */
export class Timeline {
  readonly #data: PageData
  readonly #clock: Clock
  readonly #store: Store
  readonly #open: (place: number) => void
  readonly #grid = existing('timeline')
  readonly #axis = element('div', { class: 'axis', attributes: { 'aria-hidden': 'true' } })
  readonly #back = element('div', { class: 'back', attributes: { 'aria-hidden': 'true' } })
  readonly #body = element('div', { class: 'rows', attributes: { role: 'rowgroup' } })
  readonly #list: ScrollList<Line>
  #lines: readonly Line[] = []

  constructor(data: PageData, clock: Clock, store: Store, open: (place: number) => void) {
    this.#data = data
    this.#clock = clock
    this.#store = store
    this.#open = open
    const corner = element('div', { class: 'corner', text: 'session, run, agent', attributes: { 'aria-hidden': 'true' } })
    this.#grid.append(element('div', { class: 'head' }, corner, this.#axis), this.#body)
    this.#list = new ScrollList({
      scroller: this.#grid,
      body: this.#body,
      rowHeight: () => ROW_HEIGHT,
      draw: (line, index) => this.#row(line, index),
    })
    this.#grid.addEventListener('keydown', (event) => this.#key(event))
    this.#grid.addEventListener('wheel', (event) => this.#wheel(event), { passive: false })
    this.#body.addEventListener('click', (event) => this.#click(event))
    this.#body.addEventListener('dblclick', () => this.#fit())
    this.#listenToDrags()
    new ResizeObserver(() => {
      this.#drawAxis(store.state.range)
      this.#list.show(this.#lines, store.state.printing)
      this.#body.prepend(this.#back)
      this.#point(store.state)
    }).observe(this.#axis)
  }

  /** Draws what the state asks for. */
  show(state: State, matches: readonly number[]): void {
    this.#lines = outline(this.#data.threads, matches, state.folded)
    this.#grid.setAttribute('aria-rowcount', String(this.#lines.length))
    this.#list.show(this.#lines, state.printing)
    this.#drawAxis(state.range)
    // The background stands behind the rows, over their whole height.
    this.#body.prepend(this.#back)
    this.#point(state)
  }

  /** Shows another stretch of time, or another row as the current one. */
  refresh(state: State, before: State): void {
    if (state.range !== before.range || state.selected !== before.selected) this.#list.show(this.#lines, state.printing)
    if (state.range !== before.range) this.#drawAxis(state.range)
    this.#body.prepend(this.#back)
    this.#point(state)
  }

  /** Scrolls to the first bar that lies in the stretch of time that is shown. */
  seek({ range }: State): void {
    const index = this.#lines.findIndex(({ place }) => {
      const { start, end } = this.#data.threads[place] as Thread
      return (start ?? end ?? Number.POSITIVE_INFINITY) >= range.from && (end ?? start ?? 0) <= range.to
    })
    this.#list.scrollTo(Math.max(index, 0))
  }

  #point({ current }: State): void {
    for (const row of this.#body.querySelectorAll('.current')) row.classList.remove('current')
    const index = this.#lines.findIndex(({ place }) => place === current)
    const row = this.#list.row(index)
    row?.classList.add('current')
    if (row === undefined) this.#grid.removeAttribute('aria-activedescendant')
    else this.#grid.setAttribute('aria-activedescendant', row.id)
  }

  #row({ place, faint, open }: Line, index: number): HTMLElement {
    const thread = this.#data.threads[place] as Thread
    const { range, selected } = this.#store.state
    const title = thread.kind === 'session' ? `session ${thread.shortId === '' ? thread.name : thread.shortId}` : thread.name
    const fold = element('span', { class: 'fold', text: open === null ? '' : open ? '▾' : '▸', attributes: { 'aria-hidden': 'true' } })
    const label = element(
      'div',
      { class: 'label', attributes: { role: 'rowheader' } },
      fold,
      createReasonMark(this.#data, thread.reason),
      element('span', { class: 'name', text: title }),
    )
    label.style.setProperty('--depth', String(Math.min(thread.depth, 8)))
    const words = [
      reasonWord(this.#data, thread),
      doubt(thread),
      whenWords(thread, this.#clock),
      thread.onlyHere === '' ? '' : `only here: ${thread.onlyHere}`,
    ]
    const said = words.filter((word) => word !== '').join(', ')
    const lane = element('div', { class: 'lane', attributes: { role: 'gridcell', 'aria-label': said } }, ...this.#bar(thread, range))
    return element(
      'div',
      {
        class: ['row', thread.kind, faint ? 'faint' : '', selected === place ? 'selected' : ''].filter((name) => name !== '').join(' '),
        attributes: {
          role: 'row',
          id: `line-${place}`,
          'data-place': String(place),
          'aria-rowindex': String(index + 1),
          'aria-level': String(thread.depth + 1),
          'aria-selected': String(selected === place),
          title: `${title}\n${said}`,
          ...(open !== null && { 'aria-expanded': String(open) }),
        },
      },
      label,
      lane,
    )
  }

  #bar(thread: Thread, range: Range): readonly HTMLElement[] {
    const { silence } = thread
    const start = thread.start ?? thread.end
    const end = thread.end ?? thread.start
    if (start === null || end === null) return []
    const parts: HTMLElement[] = []
    if (silence !== null) {
      const gap = this.#piece('silence', silence[0], silence[1] ?? Math.max(range.to, silence[0]), range)
      if (gap !== null) parts.push(gap)
    }
    const mark = thread.reason === null ? undefined : this.#data.reasons[thread.reason]
    const name = `bar ${mark === undefined ? 'no-reason' : mark.look}${thread.start === null || thread.end === null ? ' instant' : ''}`
    const bar = this.#piece(name, start, end, range)
    if (bar === null)
      return [...parts, element('span', { class: `beyond ${end < range.from ? 'left' : 'right'}`, text: end < range.from ? '‹' : '›' })]
    parts.push(bar)
    if (mark !== undefined) parts.push(this.#mark(mark.mark, thread, share(range, start), share(range, end)))
    return parts
  }

  /** The letters of a reason: behind the bar, else before it, else on it. */
  #mark(letters: string, { lost, onlyHere }: Thread, start: number, end: number): HTMLElement {
    const text = element('span', { class: `mark${lost ? ' lost' : ''}${onlyHere === '' ? '' : ' risk'}`, text: letters })
    const width = this.#axis.clientWidth
    const need = onlyHere === '' ? MARK_WIDTH : width < NARROW_LANE ? MARK_WIDTH * 1.5 : MARK_WIDTH * 4.5
    const [left, right] = [Math.max(start, 0), Math.min(end, 1)]
    // A bar is a few pixels wide, however short it lasted.
    if ((1 - right) * width > need) text.style.left = `calc(max(${percent(right)}, ${percent(left)} + 4px) + 4px)`
    else if (left * width > need) text.style.right = `calc(${percent(1 - left)} + 4px)`
    else {
      text.classList.add('inside')
      text.style.right = `calc(${percent(1 - right)} + 3px)`
    }
    return text
  }

  #piece(name: string, from: number, to: number, range: Range): HTMLElement | null {
    const [left, right] = [Math.max(share(range, from), 0), Math.min(share(range, to), 1)]
    if (left > 1 || right < 0) return null
    const piece = element('span', { class: name })
    piece.style.left = percent(left)
    piece.style.width = percent(Math.max(right - left, 0))
    return piece
  }

  #drawAxis(range: Range): void {
    const width = this.#axis.clientWidth === 0 ? 600 : this.#axis.clientWidth
    const ticks = this.#clock.ticks(range.from, range.to, Math.min(Math.max(Math.floor(width / TICK_WIDTH), 2), MOST_TICKS))
    const axis: HTMLElement[] = []
    const back: HTMLElement[] = []
    const now = share(range, this.#data.madeAt)
    let free = 0
    for (const { at, text } of ticks) {
      const left = share(range, at) * width
      back.push(placedAt('gridline', left / width))
      // Half of a label beyond an edge, or below another one, could not be read.
      const half = (text.length * LETTER_WIDTH) / 2
      const start = Math.max(left - half, 0)
      if (start < free || left + half > width || Math.abs(left - now * width) < half + NOW_WIDTH) continue
      free = start + half * 2
      axis.push(placedAt(left < half ? 'tick first' : 'tick', left < half ? 0 : left / width, text))
    }
    this.#windows(range, width, axis, back)
    axis.push(...this.#refusals(range))
    if (now >= 0 && now <= 1) {
      axis.push(now > 0.5 ? beforeRight('now-label', now, 'now') : placedAt('now-label', now, 'now'))
      back.push(placedAt('now', now))
    }
    this.#axis.replaceChildren(...axis)
    this.#back.replaceChildren(...back)
  }

  /** Shades the time in which a limit refused everything: one shade, however many limits overlap. */
  #windows(range: Range, width: number, axis: HTMLElement[], back: HTMLElement[]): void {
    const seen = this.#data.windows.filter(({ from, to }) => to >= range.from && from <= range.to)
    for (const { from, to } of joined(seen)) {
      const band = this.#piece('window', from, to, range)
      if (band === null) continue
      if (from >= range.from) band.classList.add('starts')
      if (to <= range.to) band.classList.add('ends')
      back.push(band)
    }
    let taken = Number.NEGATIVE_INFINITY
    for (const { from, label } of seen) {
      const left = Math.max(share(range, from), 0)
      const length = label.length * LETTER_WIDTH
      const before = left * width + length > width && left * width > length
      const start = left * width - (before ? length : 0)
      if (start < taken || start + length > width + LETTER_WIDTH) continue
      taken = start + length
      axis.push(before ? beforeRight('window-label', left, label) : placedAt('window-label', left, label))
    }
  }

  /** A tick for every refusal by a limit; where they stand close, a number says how many: this is what a storm looks like. */
  #refusals(range: Range): readonly HTMLElement[] {
    const times = this.#data.threads
      .filter(({ reason, kind, end }) => kind !== 'run' && end !== null && reason !== null && this.#data.reasons[reason]?.refused === true)
      .map(({ end }) => share(range, end ?? 0))
      .filter((at) => at >= 0 && at <= 1)
      .toSorted((a, b) => a - b)
    const marks = times.slice(0, MOST_REFUSALS).map((at) => placedAt('refusal', at))
    let from = 0
    for (let index = 1; index <= times.length; index += 1) {
      if (index < times.length && (times[index] ?? 0) - (times[index - 1] ?? 0) < CLUSTER) continue
      const amount = index - from
      if (amount > 2) {
        const at = times[index - 1] ?? 0
        const text = `${amount} refusals`
        marks.push(at > 0.85 ? beforeRight('refusals', times[from] ?? 0, text) : placedAt('refusals', at, text))
      }
      from = index
    }
    return marks
  }

  #click(event: MouseEvent): void {
    const target = event.target instanceof Element ? event.target : null
    const place = Number(target?.closest('[data-place]')?.getAttribute('data-place') ?? Number.NaN)
    if (!Number.isInteger(place)) return
    if (target?.classList.contains('fold') === true && target.textContent !== '') this.#toggle(place)
    else this.#open(place)
  }

  #toggle(place: number): void {
    const folded = new Set(this.#store.state.folded)
    if (!folded.delete(place)) folded.add(place)
    this.#store.change({ folded, current: place })
  }

  #key(event: KeyboardEvent): void {
    const { state } = this.#store
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== this.#grid) return
    const at = this.#lines.findIndex(({ place }) => place === state.current)
    const line = this.#lines[at]
    const to = event.shiftKey ? null : nextListIndex(event.key, at, this.#lines.length, this.#list.page)
    if (to !== null) {
      this.#list.reveal(to)
      this.#store.change({ current: this.#lines[to]?.place ?? null })
    } else if (event.key === 'Enter' || event.key === ' ') {
      if (line !== undefined) this.#open(line.place)
    } else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') this.#arrow(event, line)
    else if (event.key === '+' || event.key === '=') this.#store.change({ range: zoomRange(state.range, 0.5, this.#focus(line)) })
    else if (event.key === '-') this.#store.change({ range: zoomRange(state.range, 2) })
    else if (event.key === '0') this.#store.change({ range: padded(this.#data.ranges[0] ?? state.range) })
    else if (event.key === 'f') this.#fit()
    else return
    event.preventDefault()
  }

  #arrow({ key, shiftKey }: KeyboardEvent, line: Line | undefined): void {
    const { range } = this.#store.state
    const forward = key === 'ArrowRight'
    if (shiftKey) this.#store.change({ range: panRange(range, forward ? 0.2 : -0.2) })
    else if (line === undefined) return
    else if (line.open === !forward) this.#toggle(line.place)
    else if (!forward) {
      const parent = this.#data.threads[line.place]?.parent ?? null
      if (parent === null) return
      this.#list.reveal(this.#lines.findIndex(({ place }) => place === parent))
      this.#store.change({ current: parent })
    }
  }

  /** What stays in its place when keys zoom in: the end of the current bar, when it is in sight. */
  #focus(line: Line | undefined): number {
    const end = line === undefined ? null : (this.#data.threads[line.place]?.end ?? null)
    const at = end === null ? 0.5 : share(this.#store.state.range, end)
    return at >= 0 && at <= 1 ? at : 0.5
  }

  #fit(): void {
    const { current } = this.#store.state
    const thread = current === null ? undefined : this.#data.threads[current]
    const [from, to] = [thread?.start ?? thread?.end, thread?.end ?? thread?.start]
    if (from == null || to == null) return
    this.#store.change({ range: padded({ from, to }) })
  }

  #wheel(event: WheelEvent): void {
    const { range } = this.#store.state
    const width = Math.max(this.#axis.clientWidth, 1)
    if (event.ctrlKey || event.metaKey) {
      const at = (event.clientX - this.#axis.getBoundingClientRect().left) / width
      this.#store.change({ range: zoomRange(range, 2 ** (event.deltaY / 200), Math.min(Math.max(at, 0), 1)) })
    } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      const by = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX
      this.#store.change({ range: panRange(range, by / width) })
    } else return
    event.preventDefault()
  }

  #listenToDrags(): void {
    let from: { readonly x: number; readonly range: Range } | null = null
    let dragged = false
    this.#grid.addEventListener('pointerdown', (event) => {
      const target = event.target instanceof Element ? event.target : null
      dragged = false
      from = event.button === 0 && target?.closest('.lane, .axis') != null ? { x: event.clientX, range: this.#store.state.range } : null
    })
    this.#grid.addEventListener('pointermove', (event) => {
      if (from === null || (!dragged && Math.abs(event.clientX - from.x) < DRAG)) return
      if (!dragged) this.#grid.setPointerCapture(event.pointerId)
      dragged = true
      this.#store.change({ range: panRange(from.range, (from.x - event.clientX) / Math.max(this.#axis.clientWidth, 1)) })
    })
    const end = () => {
      from = null
    }
    this.#grid.addEventListener('pointerup', end)
    this.#grid.addEventListener('pointercancel', end)
    // The click that ends a drag opens nothing.
    this.#grid.addEventListener('click', (event) => dragged && event.stopPropagation(), { capture: true })
  }
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

function percent(part: number): string {
  return `${(part * 100).toFixed(4)}%`
}

function placedAt(name: string, at: number, text = ''): HTMLElement {
  const piece = element('span', { class: name, text })
  piece.style.left = percent(at)
  return piece
}

function beforeRight(name: string, at: number, text: string): HTMLElement {
  const piece = element('span', { class: `${name} before`, text })
  piece.style.right = percent(1 - at)
  return piece
}
