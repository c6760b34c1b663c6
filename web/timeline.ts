import type { PageData, Thread } from '../src/report/html/page-data.ts'
import { Axis } from './axis.ts'
import type { Clock } from './clock.ts'
import { element, existing } from './element.ts'
import { bindGestures } from './gestures.ts'
import { drawLane, spanOf } from './lane.ts'
import { nextListIndex } from './list-keys.ts'
import type { Line } from './outline.ts'
import { likeAgents, outline, wayTo } from './outline.ts'
import { fitting, padded, panRange, share, zoomRange } from './range.ts'
import { ScrollList } from './scroll-list.ts'
import type { State, Store } from './state.ts'
import { createReasonMark, describeThread, reasonWord, titleOf } from './thread-words.ts'

/** The style sheet says the same. */
const ROW_HEIGHT = 24
const DEEPEST = 8

/** A bar for every thread, by session and workflow run, over a time axis that can be zoomed and moved. */
export class Timeline {
  readonly #data: PageData
  readonly #clock: Clock
  readonly #store: Store
  readonly #open: (place: number) => void
  readonly #heads: ReadonlyMap<number, number>
  readonly #grid = existing('timeline')
  readonly #axis: Axis
  readonly #body = element('div', { class: 'rows', attributes: { role: 'rowgroup' } })
  readonly #list: ScrollList<Line>
  #lines: readonly Line[] = []

  constructor(data: PageData, clock: Clock, store: Store, open: (place: number) => void) {
    this.#data = data
    this.#clock = clock
    this.#store = store
    this.#open = open
    this.#heads = likeAgents(data.threads)
    this.#axis = new Axis(data, clock)
    const corner = element('div', { class: 'corner', text: 'session, run, agent', attributes: { 'aria-hidden': 'true' } })
    this.#grid.append(element('div', { class: 'head' }, corner, this.#axis.labels), this.#body)
    this.#list = new ScrollList({
      scroller: this.#grid,
      body: this.#body,
      rowHeight: ROW_HEIGHT,
      draw: (line, index) => this.#row(line, index),
    })
    this.#grid.addEventListener('keydown', (event) => this.#key(event))
    this.#body.addEventListener('click', (event) => this.#click(event))
    this.#body.addEventListener('dblclick', () => this.#fit())
    bindGestures(this.#grid, this.#axis, store)
    new ResizeObserver(() => this.#draw(store.state)).observe(this.#axis.labels)
  }

  /** Draws what the state asks for. */
  show(state: State, matches: readonly number[]): void {
    this.#lines = outline(this.#data.threads, matches, state.folded, this.#heads)
    this.#grid.setAttribute('aria-rowcount', String(this.#lines.length))
    this.#draw(state)
  }

  /** Shows another stretch of time, or another row as the current one. */
  refresh(state: State, before: State): void {
    if (state.range !== before.range || state.selected !== before.selected) this.#draw(state)
    else this.#point(state)
  }

  /** Scrolls to the first agent that began or ended in the stretch of time that is shown, else to the first bar in it. */
  seek({ range }: State): void {
    const isIn = (ms: number | null) => ms !== null && ms >= range.from && ms <= range.to
    const inRange = this.#lines.flatMap(({ place, members }, index) => {
      const some = (members ?? [place]).map((one) => this.#data.threads[one] as Thread)
      return some.some(({ start, end }) => isIn(start) || isIn(end)) ? [index] : []
    })
    const index = inRange.find((one) => this.#data.threads[this.#lines[one]?.place ?? 0]?.kind === 'agent') ?? inRange[0] ?? 0
    // The line above says where it belongs.
    this.#list.scrollTo(Math.max(index - 1, 0))
  }

  /** Scrolls to a thread, out of whatever it is folded into. */
  reveal(place: number): void {
    const folded = new Set(this.#store.state.folded)
    const way = wayTo(place, this.#data.threads, this.#heads).filter((id) => folded.delete(id))
    if (way.length > 0) this.#store.change({ folded })
    const index = this.#lines.findIndex(({ id }) => id === place)
    if (index >= 0) this.#list.reveal(index)
    this.#point(this.#store.state)
  }

  #draw(state: State): void {
    this.#axis.draw(state.range, state.printing)
    this.#list.show(this.#lines, state.printing)
    // The background stands behind the rows, over their whole height.
    this.#body.prepend(this.#axis.back)
    this.#point(state)
  }

  #point({ current }: State): void {
    this.#list.point(this.#lines.findIndex(({ id }) => id === current))
  }

  #row(line: Line, index: number): HTMLElement {
    const { id, place, members, depth, faint, open } = line
    const thread = this.#data.threads[place] as Thread
    const { range, selected } = this.#store.state
    const title = members === null ? titleOf(thread) : `${members.length} ${reasonWord(this.#data, thread)}`
    const said = members === null ? describeThread(this.#data, thread, this.#clock) : `${members.length} agents alike`
    const label = element(
      'div',
      { class: 'label', attributes: { role: 'rowheader' } },
      element('span', { class: 'fold', text: open === null ? '' : open ? '▾' : '▸', attributes: { 'aria-hidden': 'true' } }),
      createReasonMark(this.#data, thread.reason),
      element('span', { class: 'name', text: title }),
    )
    label.style.setProperty('--depth', String(Math.min(depth, DEEPEST)))
    const room = { data: this.#data, range, width: this.#axis.width, widthOf: this.#axis.widthOf }
    const bars = element('div', { class: 'bars', attributes: { 'aria-hidden': 'true' } }, ...drawLane(line, room))
    const lane = element('div', { class: 'lane', attributes: { role: 'gridcell' } }, element('span', { class: 'unseen', text: said }), bars)
    return element(
      'div',
      {
        class: ['row', members === null ? thread.kind : 'alike', faint ? 'faint' : '', selected === id ? 'selected' : ''].join(' ').trim(),
        attributes: {
          role: 'row',
          id: `line${id}`,
          'data-index': String(index),
          'aria-rowindex': String(index + 1),
          'aria-level': String(depth + 1),
          'aria-selected': String(selected === id),
          title: `${title}\n${said}`,
          ...(open !== null && { 'aria-expanded': String(open) }),
        },
      },
      label,
      lane,
    )
  }

  #click(event: MouseEvent): void {
    const target = event.target instanceof Element ? event.target : null
    const line = this.#lines[Number(target?.closest('[data-index]')?.getAttribute('data-index') ?? -1)]
    if (line === undefined) return
    if (line.members !== null || (line.open !== null && target?.closest('.fold') != null)) this.#toggle(line.id)
    else this.#open(line.place)
  }

  #toggle(id: number): void {
    const folded = new Set(this.#store.state.folded)
    if (!folded.delete(id)) folded.add(id)
    this.#store.change({ folded, current: id })
  }

  #key(event: KeyboardEvent): void {
    const { state } = this.#store
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== this.#grid) return
    const at = this.#lines.findIndex(({ id }) => id === state.current)
    const line = this.#lines[at]
    const to = event.shiftKey ? null : nextListIndex(event.key, at, this.#lines.length, this.#list.page)
    if (to !== null) this.#moveTo(to)
    else if (event.key === 'Enter' || event.key === ' ') {
      if (line === undefined) return
      if (line.members === null) this.#open(line.place)
      else this.#toggle(line.id)
    } else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') this.#arrow(event, at)
    else if (event.key === '+' || event.key === '=') this.#store.change({ range: zoomRange(state.range, 0.5, this.#focus(line)) })
    else if (event.key === '-') this.#store.change({ range: zoomRange(state.range, 2) })
    else if (event.key === '0') this.#store.change({ range: padded(this.#data.ranges[0] ?? state.range) })
    else if (event.key === 'f') this.#fit()
    else return
    event.preventDefault()
  }

  #moveTo(index: number): void {
    this.#list.reveal(index)
    this.#store.change({ current: this.#lines[index]?.id ?? null })
  }

  #arrow({ key, shiftKey }: KeyboardEvent, at: number): void {
    const { range } = this.#store.state
    const line = this.#lines[at]
    const forward = key === 'ArrowRight'
    if (shiftKey) this.#store.change({ range: panRange(range, forward ? 0.2 : -0.2) })
    else if (line === undefined) return
    else if (line.open === !forward) this.#toggle(line.id)
    else if (!forward) {
      const above = this.#lines.slice(0, at).findLastIndex(({ depth }) => depth < line.depth)
      if (above >= 0) this.#moveTo(above)
    }
  }

  /** What stays in its place when keys zoom in: the end of the current bar, when it is in sight. */
  #focus(line: Line | undefined): number {
    const end = line === undefined ? null : spanOf(this.#data.threads[line.place] as Thread)[1]
    const at = end === null ? 0.5 : share(this.#store.state.range, end)
    return at >= 0 && at <= 1 ? at : 0.5
  }

  #fit(): void {
    const { current } = this.#store.state
    const thread = current === null ? undefined : this.#data.threads[current < 0 ? ~current : current]
    if (thread !== undefined) this.#store.change({ range: fitting(thread) ?? this.#store.state.range })
  }
}
