import type { PageData } from '../src/report/html/page-data.ts'
import { button, element, existing } from './element.ts'
import type { Filter } from './filter.ts'
import { isEmpty, NO_FILTER } from './filter.ts'
import { panRange, padded, zoomRange } from './range.ts'
import type { State, Store } from './state.ts'
import { createReasonMark } from './thread-words.ts'

/** The row of controls above the timeline: what to show, and which stretch of time. */
export class Filters {
  readonly #data: PageData
  readonly #store: Store
  readonly #text = element('input', {
    attributes: {
      type: 'search',
      id: 'filter-text',
      placeholder: 'Filter by any words',
      'aria-label': 'Filter by any words',
      autocomplete: 'off',
      spellcheck: 'false',
    },
  })
  readonly #session: HTMLSelectElement
  readonly #lost: HTMLButtonElement
  readonly #atRisk: HTMLButtonElement
  readonly #reasons: readonly HTMLButtonElement[]
  readonly #clear: HTMLButtonElement
  readonly #told = element('p', { class: 'told', attributes: { role: 'status' } })
  readonly #ranges: HTMLSelectElement

  constructor(data: PageData, store: Store) {
    this.#data = data
    this.#store = store
    const amounts = amountsOf(data)
    const sessions = data.threads.flatMap(({ kind, shortId, name }, place) =>
      kind === 'session' ? [{ place, shortId: shortId === '' ? name : shortId }] : [],
    )
    this.#session = choice('Session', [
      ['', 'All sessions'],
      ...sessions.map(({ place, shortId }) => [String(place), `Session ${shortId}`] as const),
    ])
    this.#session.addEventListener('change', () =>
      this.#filter({ session: this.#session.value === '' ? null : Number(this.#session.value) }),
    )
    this.#text.addEventListener('input', () => this.#filter({ text: this.#text.value }))
    this.#lost = toggle('Died or unknown', () => this.#filter({ lost: !store.state.filter.lost }))
    this.#atRisk = toggle('Work at risk', () => this.#filter({ atRisk: !store.state.filter.atRisk }))
    this.#clear = button('Clear', 'Clear all filters', () => this.#filter(NO_FILTER), 'quiet')
    this.#reasons = data.reasons.map(({ name, mark, meaning }, reason) => {
      const chip = toggle('', () => this.#toggleReason(reason))
      chip.append(
        createReasonMark(data, reason),
        element('span', { class: 'code', text: mark }),
        name,
        element('span', { class: 'amount', text: amounts[reason] === 0 ? '' : String(amounts[reason]) }),
      )
      chip.title = `it ended because ${meaning}`
      return chip
    })
    const risky = data.threads.some(({ onlyHere }) => onlyHere !== '')
    existing('filters').append(
      element(
        'div',
        { class: 'line' },
        this.#text,
        ...(sessions.length > 1 ? [this.#session] : []),
        this.#lost,
        ...(risky ? [this.#atRisk] : []),
        this.#clear,
        this.#told,
      ),
    )
    existing('reasons').append(element('div', { class: 'line', attributes: { role: 'group', 'aria-label': 'Reasons' } }, ...this.#reasons))
    this.#ranges = choice('Time shown', [...data.ranges.map(({ label }, index) => [String(index), label] as const), ['own', 'As zoomed']])
    this.#ranges.addEventListener('change', () => {
      const range = data.ranges[Number(this.#ranges.value)]
      if (range !== undefined) store.change({ range: padded(range), chosen: store.state.chosen + 1 })
    })
    const change = (to: (state: State) => State['range']) => () => store.change({ range: to(store.state) })
    existing('ranges').append(
      this.#ranges,
      element(
        'div',
        { class: 'group' },
        button(
          '‹',
          'Earlier',
          change(({ range }) => panRange(range, -0.25)),
        ),
        button(
          '›',
          'Later',
          change(({ range }) => panRange(range, 0.25)),
        ),
        button(
          '−',
          'Zoom out',
          change(({ range }) => zoomRange(range, 2)),
        ),
        button(
          '+',
          'Zoom in',
          change(({ range }) => zoomRange(range, 0.5)),
        ),
      ),
    )
  }

  /** Shows what is chosen, and how much of everything that leaves. */
  show({ filter, range }: State, matches: readonly number[]): void {
    if (this.#text.value !== filter.text) this.#text.value = filter.text
    this.#session.value = filter.session === null ? '' : String(filter.session)
    setPressed(this.#lost, filter.lost)
    setPressed(this.#atRisk, filter.atRisk)
    this.#reasons.forEach((chip, reason) => setPressed(chip, filter.reasons.has(reason)))
    this.#clear.hidden = isEmpty(filter)
    const agents = (places: readonly number[]) => places.filter((place) => this.#data.threads[place]?.kind === 'agent').length
    const all = this.#data.threads.filter(({ kind }) => kind === 'agent').length
    this.#told.textContent = isEmpty(filter) ? `${all} agents` : `${agents(matches)} of ${all} agents`
    this.showRange(range)
  }

  showRange(range: State['range']): void {
    const index = this.#data.ranges.findIndex((one) => padded(one).from === range.from && padded(one).to === range.to)
    this.#ranges.value = index < 0 ? 'own' : String(index)
  }

  #filter(to: Partial<Filter>): void {
    this.#store.change({ filter: { ...this.#store.state.filter, ...to } })
  }

  #toggleReason(reason: number): void {
    const reasons = new Set(this.#store.state.filter.reasons)
    if (!reasons.delete(reason)) reasons.add(reason)
    this.#filter({ reasons })
  }
}

function amountsOf({ threads, reasons }: PageData): readonly number[] {
  const amounts = reasons.map(() => 0)
  for (const { reason, kind } of threads) if (reason !== null && kind === 'agent') amounts[reason] = (amounts[reason] ?? 0) + 1
  return amounts
}

function choice(label: string, options: readonly (readonly [string, string])[]): HTMLSelectElement {
  return element(
    'select',
    { attributes: { 'aria-label': label } },
    ...options.map(([value, text]) => element('option', { text, attributes: { value } })),
  )
}

function toggle(text: string, press: () => void): HTMLButtonElement {
  const made = button(text, text, press, 'toggle')
  made.setAttribute('aria-pressed', 'false')
  return made
}

function setPressed(chip: HTMLButtonElement, pressed: boolean): void {
  chip.setAttribute('aria-pressed', String(pressed))
}
