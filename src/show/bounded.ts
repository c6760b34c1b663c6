/** A list in bounded memory: its first and its last entries, and how many were between them. */
export class EndsOf<Item> {
  readonly #head: Item[] = []
  #tail: Item[] = []
  readonly #first: number
  readonly #last: number
  #all = 0

  constructor(first: number, last: number) {
    this.#first = first
    this.#last = last
  }

  push(item: Item): void {
    this.#all += 1
    if (this.#head.length < this.#first) {
      this.#head.push(item)
      return
    }
    this.#tail.push(item)
    // Cut now and then, not each time: moving the rest costs its length.
    if (this.#tail.length >= 2 * this.#last + 1) this.#tail = this.#tail.slice(this.#tail.length - this.#last)
  }

  get items(): readonly Item[] {
    return [...this.#head, ...(this.#last === 0 ? [] : this.#tail.slice(-this.#last))]
  }

  get leftOut(): number {
    return this.#all - this.items.length
  }
}

/** Drops the oldest entry of a map that has more than `most`; says whether there was one. */
export function dropOldest<Key>(map: Map<Key, unknown>, most: number): boolean {
  const [oldest] = map.keys()
  return map.size > most && oldest !== undefined && map.delete(oldest)
}
