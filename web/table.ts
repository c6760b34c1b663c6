import type { PageData, Thread } from '../src/report/html/page-data.ts'
import type { Clock } from './clock.ts'
import { formatDuration } from './clock.ts'
import { button, element, existing } from './element.ts'
import { nextListIndex } from './list-keys.ts'
import type { ColumnName } from './order.ts'
import { COLUMNS, ordered } from './order.ts'
import { ScrollList } from './scroll-list.ts'
import type { State, Store } from './state.ts'
import { doubt, createReasonMark } from './thread-words.ts'

const ROW_HEIGHT = 48

const HEADS: Readonly<Record<ColumnName, string>> = {
  reason: 'reason',
  name: 'agent',
  session: 'session',
  end: 'ended',
  lasted: 'lasted',
  what: 'what happened',
  said: 'client said',
  work: 'its work',
}

/** All agents and main threads as rows that can be sorted. */
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
      said: threads.some(({ said, kind }) => kind === 'agent' && said !== ''),
      work: threads.some(({ work }) => work !== ''),
    }
    this.#columns = COLUMNS.filter((name) => (name !== 'said' && name !== 'work') || filled[name])
    for (const name of this.#columns) {
      const head = element('div', { class: `cell c-${name}`, attributes: { role: 'columnheader' } })
      head.append(button(HEADS[name], HEADS[name], () => this.#sortBy(name)))
      this.#heads.set(name, head)
    }
    this.#grid.classList.toggle('no-said', !filled.said)
    this.#grid.classList.toggle('no-work', !filled.work)
    this.#grid.setAttribute('aria-colcount', String(this.#columns.length))
    const head = element('div', { class: 'head', attributes: { role: 'rowgroup' } })
    head.append(element('div', { class: 'tr', attributes: { role: 'row', 'aria-rowindex': '1' } }, ...this.#heads.values()))
    this.#grid.append(head, this.#body)
    this.#list = new ScrollList({
      scroller: this.#grid,
      body: this.#body,
      rowHeight: () => ROW_HEIGHT,
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
    this.#places = ordered(
      matches.filter((place) => threads[place]?.kind !== 'run'),
      this.#data,
      order,
    )
    for (const [name, head] of this.#heads) {
      head.setAttribute('aria-sort', order.by !== name ? 'none' : order.descending ? 'descending' : 'ascending')
    }
    this.#grid.setAttribute('aria-rowcount', String(this.#places.length + 1))
    this.#list.show(this.#places, state.printing)
    this.#point(state)
  }

  /** Shows another row as the current one. */
  refresh(state: State, before: State): void {
    if (state.selected !== before.selected) this.#list.show(this.#places, state.printing)
    this.#point(state)
  }

  #point({ current }: State): void {
    for (const row of this.#body.querySelectorAll('.current')) row.classList.remove('current')
    const row = this.#list.row(this.#places.findIndex((place) => place === current))
    row?.classList.add('current')
    if (row === undefined) this.#grid.removeAttribute('aria-activedescendant')
    else this.#grid.setAttribute('aria-activedescendant', row.id)
  }

  #sortBy(by: ColumnName): void {
    const { order } = this.#store.state
    this.#store.change({ order: { by, descending: order.by === by && !order.descending } })
  }

  #row(place: number, index: number): HTMLElement {
    const thread = this.#data.threads[place] as Thread
    const { selected } = this.#store.state
    const row = element('div', {
      class: `tr row${selected === place ? ' selected' : ''}`,
      attributes: {
        role: 'row',
        id: `row-${place}`,
        'data-place': String(place),
        'aria-rowindex': String(index + 2),
        'aria-selected': String(selected === place),
      },
    })
    for (const name of this.#columns) row.append(this.#cell(name, thread))
    return row
  }

  #cell(name: ColumnName, thread: Thread): HTMLElement {
    const cell = element('div', { class: `cell c-${name}`, attributes: { role: 'gridcell' } })
    const add = (text: string, below: string, special = '') => {
      cell.append(element('div', { class: `first ${special}`, text }))
      if (below !== '') cell.append(element('div', { class: 'second', text: below }))
    }
    const { threads, reasons } = this.#data
    const { start, end, session, alive, onlyHere, work } = thread
    if (name === 'reason') {
      const reason = thread.reason === null ? 'not known' : (reasons[thread.reason]?.name ?? '')
      add(reason, doubt(thread), thread.lost ? 'strong' : '')
      cell.firstElementChild?.prepend(createReasonMark(this.#data, thread.reason))
    } else if (name === 'name') add(thread.name, [thread.shortId, thread.type].filter((word) => word !== '').join(' '))
    else if (name === 'session') add(session === null ? thread.shortId : (threads[session]?.shortId ?? ''), '')
    else if (name === 'end') add(alive ? 'still alive' : end === null ? 'not known' : this.#clock.short(end), '')
    else if (name === 'lasted') add(start === null || end === null || end < start ? '' : formatDuration(end - start), '')
    else if (name === 'what') add(thread.what, '')
    else if (name === 'said') add(thread.said, '')
    else add(work, onlyHere === '' ? '' : `only here: ${onlyHere}`)
    if (name === 'work' && onlyHere !== '') cell.classList.add('risk')
    if (name === 'name' || name === 'what' || name === 'work') cell.title = cell.textContent
    return cell
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.target !== this.#grid) return
    const { current } = this.#store.state
    const at = this.#places.findIndex((place) => place === current)
    const to = nextListIndex(event.key, at, this.#places.length, this.#list.page)
    if (to !== null) {
      this.#list.reveal(to)
      this.#store.change({ current: this.#places[to] ?? null })
    } else if ((event.key === 'Enter' || event.key === ' ') && at >= 0) this.#open(this.#places[at] as number)
    else return
    event.preventDefault()
  }
}
