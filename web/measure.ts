/** How wide texts are in the font of an element, in pixels. */
export function widthsIn(model: Element): (text: string) => number {
  const { fontWeight, fontSize, fontFamily } = getComputedStyle(model)
  const context = document.createElement('canvas').getContext('2d')
  if (context === null) return (text) => text.length * Number.parseFloat(fontSize)
  context.font = `${fontWeight} ${fontSize} ${fontFamily}`
  return (text) => Math.ceil(context.measureText(text).width)
}

/** A line of labels of which none may touch another one. */
export class LabelRow {
  readonly #width: number
  readonly #gap: number
  readonly #taken: (readonly [from: number, to: number])[] = []

  constructor(width: number, gap = 8) {
    this.#width = width
    this.#gap = gap
  }

  /** Keeps a stretch free of labels. */
  block(from: number, to: number): void {
    this.#taken.push([from, to])
  }

  /** The first of these left edges at which a label of this length has room; null: it has none. */
  place(length: number, ...lefts: readonly number[]): number | null {
    const left = lefts.find(
      (from) =>
        from >= 0 &&
        from + length <= this.#width &&
        this.#taken.every(([start, end]) => from + length + this.#gap <= start || from >= end + this.#gap),
    )
    if (left === undefined) return null
    this.block(left, left + length)
    return left
  }
}
