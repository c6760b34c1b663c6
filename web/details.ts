import type { DetailSection, Fact, PageData, Proof, Thread } from '../src/report/html/page-data.ts'
import type { Clock } from './clock.ts'
import { DetailsData } from './details-data.ts'
import { button, element, existing } from './element.ts'
import { showing } from './range.ts'
import type { State, Store } from './state.ts'
import { createReasonMark, doubt, reasonWord, titleOf, whenWords } from './thread-words.ts'

/** Where the panel takes the whole page; the style sheet says the same. */
const NARROW = '(max-width: 900px)'

/** The panel that says all that is known of one thread. */
export class Details {
  readonly #data: PageData
  readonly #clock: Clock
  readonly #store: Store
  readonly #known = new DetailsData(() => existing('details-data').textContent)
  readonly #panel = existing('details')
  readonly #rest = existing('page')
  #opener: HTMLElement | null = null

  constructor(data: PageData, clock: Clock, store: Store) {
    this.#data = data
    this.#clock = clock
    this.#store = store
    this.#panel.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.close()
    })
  }

  /** Opens a thread and takes the focus there; it goes back to where it came from. */
  open(place: number): void {
    const focused = document.activeElement
    if (focused instanceof HTMLElement && !this.#panel.contains(focused)) this.#opener = focused
    this.#store.change({ selected: place, current: place, range: showing(this.#store.state.range, this.#data.threads[place] as Thread) })
    this.#panel.querySelector('h2')?.focus()
  }

  close(): void {
    this.#store.change({ selected: null })
    this.#opener?.focus()
  }

  /** Draws what the state asks for. */
  show({ selected }: State): void {
    const thread = selected === null ? undefined : this.#data.threads[selected]
    this.#panel.hidden = thread === undefined
    document.body.classList.toggle('with-details', thread !== undefined)
    // Where it covers everything, nothing below it can be reached.
    this.#rest.inert = thread !== undefined && matchMedia(NARROW).matches
    this.#panel.replaceChildren(...(thread === undefined || selected === null ? [] : this.#contents(thread, selected)))
    this.#panel.scrollTop = 0
    // A large page is of use before the last of it has arrived, which is the details.
    if (document.readyState === 'loading') addEventListener('DOMContentLoaded', () => this.show(this.#store.state), { once: true })
  }

  #contents(thread: Thread, place: number): readonly Node[] {
    const mark = thread.reason === null ? undefined : this.#data.reasons[thread.reason]
    const head = element('h2', { attributes: { id: 'details-head', tabindex: '-1' }, text: titleOf(thread) })
    const unsure = doubt(thread)
    const verdict = element(
      'p',
      { class: 'verdict' },
      createReasonMark(this.#data, thread.reason),
      element('strong', { text: reasonWord(this.#data, thread) }),
    )
    if (unsure !== '') verdict.append(` (${unsure})`)
    const blocks = document.readyState === 'loading' ? [] : this.#known.of(place)
    const nodes: Node[] = [
      element(
        'div',
        { class: 'bar-top' },
        element('p', { class: 'of', text: kindWords(thread) }),
        button('Close', 'Close', () => this.close(), 'quiet'),
      ),
      head,
      verdict,
      element('p', { class: 'when', text: whenWords(thread, this.#clock) }),
      element(
        'p',
        { class: 'ways' },
        button('Timeline', 'Show in the timeline', () => this.#goTo('timeline'), 'link'),
        ...(thread.kind === 'run' ? [] : [button('Table', 'Show in the table', () => this.#goTo('table'), 'link')]),
      ),
    ]
    if (thread.what !== '') nodes.push(element('p', { class: 'what', text: thread.what }))
    if (thread.risk !== '') nodes.push(element('p', { class: `what${thread.localOnly ? ' risk' : ''}`, text: thread.risk }))
    if (mark !== undefined) nodes.push(element('p', { class: 'meaning', text: `It ended because ${mark.meaning}. ${mark.action}` }))
    if (blocks === null)
      nodes.push(element('p', { class: 'meaning', text: 'Its details were left out to keep this page small; --json has them.' }))
    else for (const block of blocks) nodes.push(this.#block(block))
    return nodes
  }

  /** To the row of this thread in one of the two lists; where the panel covers them, it closes. */
  #goTo(list: 'timeline' | 'table'): void {
    if (this.#rest.inert) this.close()
    goToList(list)
  }

  #block(block: DetailSection): Node {
    const section = element('section', {}, element('h3', { text: block.head }))
    if ('facts' in block) section.append(element('dl', {}, ...block.facts.flatMap((fact) => this.#fact(fact))))
    else if ('texts' in block) section.append(element('ul', {}, ...block.texts.map((text) => element('li', { text }))))
    else section.append(element('ol', { class: 'evidence' }, ...block.evidence.map((proof) => this.#proof(proof))))
    return section
  }

  #fact([name, what, more]: Fact): readonly Node[] {
    const text = typeof what === 'number' ? (this.#known.paths()[what] ?? '') : what
    const value = element('dd', { class: more === 'mono' || typeof what === 'number' ? 'mono' : '' })
    if (typeof more === 'number') {
      const known = this.#data.threads[more]
      const title = known === undefined ? text : `${known.name} (${known.shortId})`
      value.append(button(title, title, () => this.open(more), 'link'))
    } else if (more?.startsWith('https://') === true) {
      value.append(element('a', { text: `${text}: ${more}`, attributes: { href: more, rel: 'noopener noreferrer' } }))
    } else value.textContent = text
    return [element('dt', { text: name }), value]
  }

  #proof({ shows, path, at, excerpt }: Proof): Node {
    const item = element('li', {}, element('div', { text: shows }))
    const place = [path === undefined ? '' : (this.#known.paths()[path] ?? ''), at ?? ''].filter((part) => part !== '')
    if (place.length > 0) item.append(element('div', { class: 'place mono', text: place.join(' · ') }))
    if (excerpt !== undefined) item.append(element('pre', { text: excerpt }))
    return item
  }
}

function kindWords({ kind, shortId, type }: Thread): string {
  const kinds = { session: 'Session', run: 'Workflow run', agent: 'Agent' } as const
  return [kinds[kind], shortId, type].filter((word) => word !== '').join(' · ')
}

/** Puts the focus on one of the two lists, and the list into view. */
export function goToList(list: 'timeline' | 'table'): void {
  existing(`${list}-head`).scrollIntoView({ block: 'nearest' })
  existing(list).focus()
}
