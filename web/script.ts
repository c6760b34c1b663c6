import type { PageData } from '../src/report/html/page-data.ts'
import { Clock } from './clock.ts'
import { bindCopyButtons } from './copying.ts'
import { Details } from './details.ts'
import { existing } from './element.ts'
import { matching, NO_FILTER, searchTexts } from './filter.ts'
import { Filters } from './filters.ts'
import { WORST_FIRST } from './order.ts'
import { Overview } from './overview.ts'
import { padded } from './range.ts'
import { Store } from './state.ts'
import { Table } from './table.ts'
import { Timeline } from './timeline.ts'

bindCopyButtons()
const explorer = document.getElementById('explorer')
if (explorer !== null) {
  explorer.hidden = false
  explore(JSON.parse(existing('data').textContent) as PageData)
}

function explore(data: PageData): void {
  const store = new Store({
    filter: NO_FILTER,
    order: WORST_FIRST,
    range: padded(data.ranges[data.firstRange] ?? { from: data.madeAt - 3_600_000, to: data.madeAt }),
    chosen: 0,
    folded: new Set(),
    selected: null,
    current: data.threads.length > 0 ? 0 : null,
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
  const texts = searchTexts(data)
  let matches = matching(data.threads, texts, store.state.filter)
  const showAll = () => {
    parts.filters.show(store.state, matches)
    parts.timeline.show(store.state, matches)
    parts.table.show(store.state, matches)
    parts.overview.show(store.state)
    details.show(store.state)
  }
  store.onChange((state, before) => {
    if (state.filter !== before.filter) matches = matching(data.threads, texts, state.filter)
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
      if (state.selected !== before.selected) details.show(state)
    }
  })
  showAll()
  parts.timeline.seek(store.state)
  // On paper there is no scrolling: every row is drawn.
  matchMedia('print').addEventListener('change', ({ matches: printing }) => store.change({ printing }))
  addEventListener('beforeprint', () => store.change({ printing: true }))
  addEventListener('afterprint', () => store.change({ printing: false }))
}
