import { element } from './element.ts'

/** Rows kept above and below what is seen, so that scrolling shows no gap. */
const OVERSCAN = 8
/** Most rows that are printed. */
const MOST_PRINTED = 2000

interface Draws<Item> {
  readonly scroller: HTMLElement
  readonly body: HTMLElement
  /** Of every row, in pixels; the style sheet says the same. */
  readonly rowHeight: number
  readonly draw: (item: Item, index: number) => HTMLElement
}

/**
 * A list of any length of which only the rows in sight are in the document. Focus stays on the scroller; which row it stands on
 * is told by aria-activedescendant, so that it is not lost when rows go.
 */
export class ScrollList<Item> {
  readonly #draws: Draws<Item>
  readonly #rows = new Map<number, HTMLElement>()
  #items: readonly Item[] = []
  #printing = false
  #pointed = -1

  constructor(draws: Draws<Item>) {
    this.#draws = draws
    draws.scroller.addEventListener('scroll', () => this.#fill(), { passive: true })
    new ResizeObserver(() => this.#fill()).observe(draws.scroller)
  }

  /** Draws anew, from these items. */
  show(items: readonly Item[], printing: boolean): void {
    this.#items = items
    this.#printing = printing
    for (const row of this.#rows.values()) row.remove()
    this.#rows.clear()
    const { body, rowHeight } = this.#draws
    body.style.height = printing ? 'auto' : `${Math.max(items.length, 1) * rowHeight}px`
    this.#fill()
  }

  /** How many rows a page up or down goes. */
  get page(): number {
    return Math.max(1, Math.floor(this.#draws.scroller.clientHeight / this.#draws.rowHeight) - 2)
  }

  /** Scrolls as little as it takes to see a row. */
  reveal(index: number): void {
    const { scroller, body, rowHeight } = this.#draws
    const head = body.offsetTop
    const top = index * rowHeight
    if (top < scroller.scrollTop) scroller.scrollTop = top
    else if (top + rowHeight > scroller.scrollTop + scroller.clientHeight - head)
      scroller.scrollTop = top + rowHeight - scroller.clientHeight + head
    this.#fill()
  }

  /** Scrolls until a row is the first one, as far as there are rows. */
  scrollTo(index: number): void {
    const { scroller, rowHeight } = this.#draws
    // Where the list ends, a row that is cut off at the top would be no help.
    scroller.scrollTop = Math.min(index, Math.floor((scroller.scrollHeight - scroller.clientHeight) / rowHeight)) * rowHeight
    this.#fill()
  }

  /** Makes a row the one that keys stand on. */
  point(index: number): void {
    this.#rows.get(this.#pointed)?.classList.remove('current')
    this.#pointed = index
    const row = this.#rows.get(index)
    row?.classList.add('current')
    if (row === undefined) this.#draws.scroller.removeAttribute('aria-activedescendant')
    else this.#draws.scroller.setAttribute('aria-activedescendant', row.id)
  }

  #fill(): void {
    const { scroller, body, rowHeight, draw } = this.#draws
    const first = this.#printing ? 0 : Math.max(0, Math.floor(scroller.scrollTop / rowHeight) - OVERSCAN)
    const last = this.#printing
      ? Math.min(this.#items.length, MOST_PRINTED)
      : Math.min(this.#items.length, Math.ceil((scroller.scrollTop + Math.max(scroller.clientHeight, 1)) / rowHeight) + OVERSCAN)
    for (const [index, row] of this.#rows) {
      if (index >= first && index < last) continue
      row.remove()
      this.#rows.delete(index)
    }
    let before: HTMLElement | null = null
    for (let index = first; index < last; index += 1) {
      const item = this.#items[index]
      if (item === undefined) break
      let row = this.#rows.get(index)
      if (row === undefined) {
        row = draw(item, index)
        if (!this.#printing) row.style.top = `${index * rowHeight}px`
        row.classList.toggle('current', index === this.#pointed)
        this.#rows.set(index, row)
        // Readers of the screen take the rows in the order of the document.
        if (before === null) body.prepend(row)
        else before.after(row)
      }
      before = row
    }
    const rest = this.#printing ? this.#items.length - last : 0
    if (rest > 0 || this.#items.length === 0) this.#note(last, rest > 0 ? `and ${rest} more` : 'nothing to show')
  }

  #note(index: number, text: string): void {
    const cell = element('div', { text, attributes: { role: 'gridcell' } })
    const row = element('div', { class: 'rest', attributes: { role: 'row' } }, cell)
    this.#draws.body.append(row)
    this.#rows.set(index, row)
  }
}
