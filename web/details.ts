import type { DetailSection, Fact, PageData, Proof, Thread } from '../src/report/html/page-data.ts'
import type { Clock } from './clock.ts'
import { button, element, existing } from './element.ts'
import type { State, Store } from './state.ts'
import { doubt, reasonWord, createReasonMark, whenWords } from './thread-words.ts'

/** Where the panel takes the whole page; the style sheet says the same. */
const NARROW = '(max-width: 900px)'

/** The panel that says all that is known of one thread. */
export class Details {
  readonly #data: PageData
  readonly #clock: Clock
  readonly #store: Store
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
    this.#store.change({ selected: place, current: place })
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
  }

  #contents(thread: Thread, place: number): readonly Node[] {
    const mark = thread.reason === null ? undefined : this.#data.reasons[thread.reason]
    const head = element('h2', { attributes: { id: 'details-head', tabindex: '-1' }, text: thread.name })
    const unsure = doubt(thread)
    const verdict = element(
      'p',
      { class: 'verdict' },
      createReasonMark(this.#data, thread.reason),
      element('strong', { text: reasonWord(this.#data, thread) }),
    )
    if (unsure !== '') verdict.append(` (${unsure})`)
    const blocks = this.#data.details[place]
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
    ]
    if (thread.what !== '') nodes.push(element('p', { class: 'what', text: thread.what }))
    if (thread.onlyHere !== '') nodes.push(element('p', { class: 'what risk', text: `Exists only here: ${thread.onlyHere}` }))
    if (mark !== undefined) nodes.push(element('p', { class: 'meaning', text: `It ended because ${mark.meaning}. ${mark.action}` }))
    if (blocks == null)
      nodes.push(element('p', { class: 'meaning', text: 'Its details were left out to keep this page small; --json has them.' }))
    else for (const block of blocks) nodes.push(this.#block(block))
    return nodes
  }

  #block(block: DetailSection): Node {
    const section = element('section', {}, element('h3', { text: block.head }))
    if (block.kind === 'facts') section.append(element('dl', {}, ...block.facts.flatMap((fact) => this.#fact(fact))))
    else if (block.kind === 'texts') section.append(element('ul', {}, ...block.texts.map((text) => element('li', { text }))))
    else section.append(element('ol', { class: 'evidence' }, ...block.evidence.map((proof) => this.#proof(proof))))
    return section
  }

  #fact({ name, text, mono, thread, path, link }: Fact): readonly Node[] {
    const value = element('dd', { class: mono === true || path !== undefined ? 'mono' : '' })
    if (thread !== undefined) {
      const known = this.#data.threads[thread]
      value.append(button(known === undefined ? text : `${known.name} (${known.shortId})`, 'Show it', () => this.open(thread), 'link'))
    } else if (link?.startsWith('https://') === true) {
      value.append(element('a', { text: text === '' ? link : `${text}: ${link}`, attributes: { href: link, rel: 'noopener noreferrer' } }))
    } else value.textContent = path === undefined ? text : (this.#data.paths[path] ?? '')
    return [element('dt', { text: name }), value]
  }

  #proof({ shows, path, at, excerpt }: Proof): Node {
    const item = element('li', {}, element('div', { text: shows }))
    const place = [path === undefined ? '' : (this.#data.paths[path] ?? ''), at ?? ''].filter((part) => part !== '')
    if (place.length > 0) item.append(element('div', { class: 'place mono', text: place.join(' · ') }))
    if (excerpt !== undefined) item.append(element('pre', { text: excerpt }))
    return item
  }
}

function kindWords({ kind, shortId, type }: Thread): string {
  const kinds = { session: 'Session', run: 'Workflow run', agent: 'Agent' } as const
  return [kinds[kind], shortId, type].filter((word) => word !== '').join(' · ')
}
