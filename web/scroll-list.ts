import { element } from './element.ts'

/** Rows kept above and below what is seen, so that scrolling shows no gap. */
const OVERSCAN = 8
/** Most rows that are printed. */
const MOST_PRINTED = 2000

interface Draws<Item> {
  readonly scroller: HTMLElement
  readonly body: HTMLElement
  /** Of every row, in pixels; the style sheet says the same. */
  readonly rowHeight: () => number
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
    body.style.height = printing ? 'auto' : `${items.length * rowHeight()}px`
    this.#fill()
  }

  /** How many rows a page up or down goes. */
  get page(): number {
    return Math.max(1, Math.floor(this.#draws.scroller.clientHeight / this.#draws.rowHeight()) - 2)
  }

  /** Scrolls as little as it takes to see a row. */
  reveal(index: number): void {
    const { scroller, body, rowHeight } = this.#draws
    const height = rowHeight()
    const head = body.offsetTop
    const top = index * height
    if (top < scroller.scrollTop) scroller.scrollTop = top
    else if (top + height > scroller.scrollTop + scroller.clientHeight - head)
      scroller.scrollTop = top + height - scroller.clientHeight + head
    this.#fill()
  }

  /** Scrolls until a row is the first one, as far as there are rows. */
  scrollTo(index: number): void {
    this.#draws.scroller.scrollTop = index * this.#draws.rowHeight()
    this.#fill()
  }

  /** The row of an item, when it is in the document. */
  row(index: number): HTMLElement | undefined {
    return this.#rows.get(index)
  }

  #fill(): void {
    const { scroller, body, rowHeight, draw } = this.#draws
    const height = rowHeight()
    const first = this.#printing ? 0 : Math.max(0, Math.floor(scroller.scrollTop / height) - OVERSCAN)
    const last = this.#printing
      ? Math.min(this.#items.length, MOST_PRINTED)
      : Math.min(this.#items.length, Math.ceil((scroller.scrollTop + Math.max(scroller.clientHeight, 1)) / height) + OVERSCAN)
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
        if (!this.#printing) row.style.top = `${index * height}px`
        this.#rows.set(index, row)
        // Readers of the screen take the rows in the order of the document.
        if (before === null) body.prepend(row)
        else before.after(row)
      }
      before = row
    }
    if (this.#printing && this.#items.length > last) {
      const rest = element('p', { class: 'rest', text: `and ${this.#items.length - last} more` })
      body.append(rest)
      this.#rows.set(last, rest)
    }
  }
}
