import type { PageData, Thread } from '../src/report/html/page-data.ts'
import type { Clock } from './clock.ts'
import { formatDuration } from './clock.ts'
import { button, element, existing } from './element.ts'
import { nextListIndex } from './list-keys.ts'
import type { ColumnName } from './order.ts'
import { COLUMNS, ordered, SCREEN_ORDER } from './order.ts'
import { ScrollList } from './scroll-list.ts'
import type { State, Store } from './state.ts'
import { createReasonMark, doubt } from './thread-words.ts'

/** The style sheet says the same. */
const ROW_HEIGHT = 44

const HEADS: Readonly<Record<ColumnName, string>> = {
  name: 'agent',
  reason: 'reason',
  end: 'ended',
  lasted: 'lasted',
  work: 'work',
  what: 'what happened',
  reportedAs: 'reported as',
  session: 'session',
}

/** All agents, and the main threads whose own work was cut off or that are alive, as rows that can be sorted. */
export class Table {
  readonly #data: PageData
  readonly #clock: Clock
  readonly #store: Store
  readonly #open: (place: number) => void
  readonly #grid = existing('table')
  readonly #body = element('div', { class: 'rows', attributes: { role: 'rowgroup' } })
  readonly #heads = new Map<ColumnName, HTMLElement>()
  readonly #columns: readonly ColumnName[]
  readonly #list: ScrollList<number>
  #places: readonly number[] = []

  constructor(data: PageData, clock: Clock, store: Store, open: (place: number) => void) {
    this.#data = data
    this.#clock = clock
    this.#store = store
    this.#open = open
    const { threads } = data
    const filled = {
      reportedAs: threads.some(({ reportedAs, kind }) => kind === 'agent' && reportedAs !== ''),
      work: threads.some(({ work }) => work !== ''),
    }
    this.#columns = COLUMNS.filter((name) => (name !== 'reportedAs' && name !== 'work') || filled[name])
    for (const name of this.#columns) {
      const head = element('div', { class: `cell c-${name}`, attributes: { role: 'columnheader' } })
      head.append(button(HEADS[name], HEADS[name], () => this.#sortBy(name)))
      this.#heads.set(name, head)
    }
    for (const name of ['reportedAs', 'work'] as const) this.#grid.classList.toggle(`no-${name}`, !filled[name])
    this.#grid.setAttribute('aria-colcount', String(this.#columns.length))
    const head = element('div', { class: 'head', attributes: { role: 'rowgroup' } })
    head.append(element('div', { class: 'tr', attributes: { role: 'row', 'aria-rowindex': '1' } }, ...this.#heads.values()))
    this.#grid.append(head, this.#body)
    this.#list = new ScrollList({
      scroller: this.#grid,
      body: this.#body,
      rowHeight: ROW_HEIGHT,
      draw: (place, index) => this.#row(place, index),
    })
    this.#grid.addEventListener('keydown', (event) => this.#key(event))
    this.#body.addEventListener('click', (event) => {
      const row = event.target instanceof Element ? event.target.closest('[data-place]') : null
      if (row !== null) this.#open(Number(row.getAttribute('data-place')))
    })
  }

  /** Draws what the state asks for. */
  show(state: State, matches: readonly number[]): void {
    const { threads } = this.#data
    const { order } = state
    const listed = matches.filter((place) => {
      const { kind, lost, alive } = threads[place] as Thread
      return kind === 'agent' || (kind === 'session' && (lost || alive))
    })
    this.#places = ordered(listed, this.#data, order)
    for (const [name, head] of this.#heads) {
      head.setAttribute('aria-sort', order.by !== name ? 'none' : order.descending ? 'descending' : 'ascending')
    }
    this.#grid.setAttribute('aria-rowcount', String(this.#places.length + 1))
    this.#draw(state)
  }

  /** Shows another row as the current one. */
  refresh(state: State, before: State): void {
    if (state.selected !== before.selected) this.#draw(state)
    else this.#point(state)
  }

  /** Scrolls to a thread. */
  reveal(place: number): void {
    const index = this.#places.indexOf(place)
    if (index >= 0) this.#list.reveal(index)
    this.#point(this.#store.state)
  }

  #draw(state: State): void {
    this.#list.show(this.#places, state.printing)
    this.#point(state)
  }

  #point({ current }: State): void {
    this.#list.point(current === null ? -1 : this.#places.indexOf(current))
  }

  /** Up, then down, then as the screen has it. */
  #sortBy(by: ColumnName): void {
    const { order } = this.#store.state
    this.#store.change({ order: order.by === by && order.descending ? SCREEN_ORDER : { by, descending: order.by === by } })
  }

  #row(place: number, index: number): HTMLElement {
    const thread = this.#data.threads[place] as Thread
    const { selected } = this.#store.state
    const row = element('div', {
      class: `tr row${selected === place ? ' selected' : ''}`,
      attributes: {
        role: 'row',
        id: `row${place}`,
        'data-place': String(place),
        'aria-rowindex': String(index + 2),
        'aria-selected': String(selected === place),
      },
    })
    for (const name of this.#columns) row.append(this.#cell(name, thread))
    return row
  }

  #cell(name: ColumnName, thread: Thread): HTMLElement {
    const [first, below] = this.#texts(name, thread)
    const cell = element(
      'div',
      { class: `cell c-${name}`, attributes: { role: 'gridcell', title: [first, below].filter((text) => text !== '').join('\n') } },
      element('div', { class: 'first', text: first }),
    )
    if (below !== '') cell.append(element('div', { class: 'second', text: below }))
    if (name === 'reason') cell.firstElementChild?.prepend(createReasonMark(this.#data, thread.reason))
    if (name === 'work' && thread.localOnly) cell.classList.add('risk')
    if (name === 'name' && thread.lost) cell.classList.add('strong')
    return cell
  }

  #texts(name: ColumnName, thread: Thread): readonly [first: string, below: string] {
    const { threads, reasons } = this.#data
    const { start, end, session, alive, risk, work } = thread
    if (name === 'name') return [thread.name, [thread.shortId, thread.type].filter((word) => word !== '').join(' · ')]
    if (name === 'reason') return [thread.reason === null ? 'not known' : (reasons[thread.reason]?.name ?? ''), doubt(thread)]
    if (name === 'end') return [alive ? 'running' : end === null ? 'not known' : this.#clock.short(end), '']
    if (name === 'lasted') return [start === null || end === null || end < start ? '' : formatDuration(end - start), '']
    if (name === 'work') return risk === '' ? [work, ''] : [risk, work]
    if (name === 'session') return [session === null ? thread.shortId : (threads[session]?.shortId ?? ''), '']
    return [thread[name], '']
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.target !== this.#grid) return
    const { current } = this.#store.state
    const at = current === null ? -1 : this.#places.indexOf(current)
    const to = nextListIndex(event.key, at, this.#places.length, this.#list.page)
    if (to !== null) {
      this.#list.reveal(to)
      this.#store.change({ current: this.#places[to] ?? null })
    } else if ((event.key === 'Enter' || event.key === ' ') && at >= 0) this.#open(this.#places[at] as number)
    else return
    event.preventDefault()
  }
}
