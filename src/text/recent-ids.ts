/** The latest of many ids, in bounded memory: at least the last `size` are known, at most twice as many. */
export class RecentIds {
  readonly #size: number
  #older = new Set<string>()
  #newer = new Set<string>()

  constructor(size: number) {
    this.#size = size
  }

  add(id: string): void {
    this.#newer.add(id)
    if (this.#newer.size < this.#size) return
    this.#older = this.#newer
    this.#newer = new Set()
  }

  has(id: string): boolean {
    return this.#newer.has(id) || this.#older.has(id)
  }
}
