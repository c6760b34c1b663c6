import type { PageData } from '../src/report/html/page-data.ts'
import { button, element, existing } from './element.ts'
import type { Filter } from './filter.ts'
import { isEmpty, NO_FILTER } from './filter.ts'
import { padded, panRange, zoomRange } from './range.ts'
import type { State, Store } from './state.ts'
import { createReasonMark } from './thread-words.ts'

/** The controls above the timeline: what to show, and which stretch of time. */
export class Filters {
  readonly #data: PageData
  readonly #store: Store
  readonly #foldedAtFirst: ReadonlySet<number>
  readonly #text = element('input', {
    attributes: {
      type: 'search',
      id: 'filter-text',
      placeholder: 'Filter agents',
      'aria-label': 'Filter agents by any words',
      'aria-keyshortcuts': '/',
      title: 'Press / to come here, Escape to clear',
      autocomplete: 'off',
      spellcheck: 'false',
    },
  })
  readonly #session: HTMLSelectElement
  readonly #lost: HTMLButtonElement
  readonly #localOnly: HTMLButtonElement
  readonly #reasons: readonly HTMLButtonElement[]
  readonly #clear: HTMLButtonElement
  readonly #told = element('p', { class: 'told', attributes: { role: 'status' } })
  readonly #ranges: HTMLSelectElement

  constructor(data: PageData, store: Store) {
    this.#data = data
    this.#store = store
    this.#foldedAtFirst = store.state.folded
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
    addEventListener('keydown', (event) => this.#key(event))
    this.#lost = toggle('Died or unknown', () => this.#filter({ lost: !store.state.filter.lost }))
    this.#localOnly = toggle('Local only', () => this.#filter({ localOnly: !store.state.filter.localOnly }))
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
    const risky = data.threads.some(({ localOnly }) => localOnly)
    existing('filters').append(
      element(
        'div',
        { class: 'line' },
        this.#text,
        ...(sessions.length > 1 ? [this.#session] : []),
        this.#lost,
        ...(risky ? [this.#localOnly] : []),
        this.#clear,
        this.#told,
      ),
      element('div', { class: 'line reasons', attributes: { role: 'group', 'aria-label': 'Reasons' } }, ...this.#reasons),
    )
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
    setPressed(this.#localOnly, filter.localOnly)
    this.#reasons.forEach((chip, reason) => setPressed(chip, filter.reasons.has(reason)))
    this.#clear.hidden = isEmpty(filter)
    const agents = (places: readonly number[]) => places.filter((place) => this.#data.threads[place]?.kind === 'agent').length
    const all = this.#data.threads.filter(({ kind }) => kind === 'agent').length
    this.#told.textContent = isEmpty(filter) ? countWords(all) : `${agents(matches)} of ${countWords(all)} match`
    this.showRange(range)
  }

  showRange(range: State['range']): void {
    const index = this.#data.ranges.findIndex((one) => padded(one).from === range.from && padded(one).to === range.to)
    this.#ranges.value = index < 0 ? 'own' : String(index)
  }

  #key(event: KeyboardEvent): void {
    const { target } = event
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'Escape' && target === this.#text) this.#filter({ text: '' })
    if (event.key !== '/' || (target instanceof Element && target.matches('input, select, textarea'))) return
    event.preventDefault()
    this.#text.focus()
    this.#text.select()
  }

  #filter(to: Partial<Filter>): void {
    const filter = { ...this.#store.state.filter, ...to }
    // What is looked for is not left in a folded session; like agents stay one line.
    const folded = isEmpty(filter) ? this.#foldedAtFirst : new Set([...this.#foldedAtFirst].filter((id) => id < 0))
    this.#store.change({ filter, folded })
  }

  #toggleReason(reason: number): void {
    const reasons = new Set(this.#store.state.filter.reasons)
    if (!reasons.delete(reason)) reasons.add(reason)
    this.#filter({ reasons })
  }
}

function countWords(agents: number): string {
  return agents === 1 ? '1 agent' : `${agents} agents`
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
