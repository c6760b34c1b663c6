import type { PageData } from '../src/report/html/page-data.ts'
import { Clock } from './clock.ts'
import { bindCopyButtons } from './copying.ts'
import { Details, goToList } from './details.ts'
import { existing } from './element.ts'
import { matching, NO_FILTER, searchTexts } from './filter.ts'
import { Filters } from './filters.ts'
import { SCREEN_ORDER } from './order.ts'
import { foldAtFirst, likeAgents } from './outline.ts'
import { Overview } from './overview.ts'
import { padded } from './range.ts'
import { Store } from './state.ts'
import { Table } from './table.ts'
import { Timeline } from './timeline.ts'
import { unpack } from './unpack.ts'

bindCopyButtons()
for (const hidden of document.querySelectorAll<HTMLElement>('#explorer [hidden]')) hidden.hidden = false
explore(unpack(existing('data').textContent))

function explore(data: PageData): void {
  const { threads } = data
  const store = new Store({
    filter: NO_FILTER,
    order: SCREEN_ORDER,
    range: padded(data.ranges[data.firstRange] ?? { from: data.madeAt - 3_600_000, to: data.madeAt }),
    chosen: 0,
    folded: foldAtFirst(threads, likeAgents(threads)),
    selected: null,
    current: threads.length > 0 ? 0 : null,
    printing: false,
  })
  const clock = new Clock(data.offsets)
  const details = new Details(data, clock, store)
  const open = (place: number) => details.open(place)
  const parts = {
    filters: new Filters(data, store),
    overview: new Overview(data, store),
    timeline: new Timeline(data, clock, store, open),
    table: new Table(data, clock, store, open),
  }
  let known: readonly string[] | null = null
  const texts = () => (known ??= searchTexts(data))
  let matches = matching(threads, texts, store.state.filter)
  const showAll = () => {
    parts.filters.show(store.state, matches)
    parts.timeline.show(store.state, matches)
    parts.table.show(store.state, matches)
    parts.overview.show(store.state)
  }
  store.onChange((state, before) => {
    if (state.filter !== before.filter) matches = matching(threads, texts, state.filter)
    if (state.filter !== before.filter || state.printing !== before.printing) showAll()
    else {
      if (state.folded !== before.folded) parts.timeline.show(state, matches)
      else parts.timeline.refresh(state, before)
      if (state.chosen !== before.chosen) parts.timeline.seek(state)
      if (state.order !== before.order) parts.table.show(state, matches)
      else parts.table.refresh(state, before)
      if (state.range !== before.range) {
        parts.overview.show(state)
        parts.filters.showRange(state.range)
      }
      if (state.selected === before.selected) return
      details.show(state)
      // What is opened in one list is in sight in the other one.
      if (state.selected !== null) {
        parts.timeline.reveal(state.selected)
        parts.table.reveal(state.selected)
      }
    }
  })
  showAll()
  parts.timeline.seek(store.state)
  for (const [list, other] of [
    ['timeline', 'table'],
    ['table', 'timeline'],
  ] as const) {
    existing(list).addEventListener('keydown', ({ key, ctrlKey, metaKey, altKey }) => {
      if (key !== 't' || ctrlKey || metaKey || altKey) return
      const { current } = store.state
      if (current !== null && current >= 0) parts[other].reveal(current)
      goToList(other)
    })
  }
  // On paper there is no scrolling: every row is drawn.
  matchMedia('print').addEventListener('change', ({ matches: printing }) => store.change({ printing }))
  addEventListener('beforeprint', () => store.change({ printing: true }))
  addEventListener('afterprint', () => store.change({ printing: false }))
}
