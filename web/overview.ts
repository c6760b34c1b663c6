import type { PageData } from '../src/report/html/page-data.ts'
import { element, existing } from './element.ts'
import { spanOf } from './lane.ts'
import type { Range } from './range.ts'
import { padded, share, SHORTEST } from './range.ts'
import type { State, Store } from './state.ts'

const BUCKETS = 240
const SVG = 'http://www.w3.org/2000/svg'

/** The whole time in one strip: how much was at work, where threads died, and which part of it the timeline shows. */
export class Overview {
  readonly #strip = existing('overview')
  readonly #view = element('div', { class: 'view' })
  readonly #whole: Range
  readonly #store: Store

  constructor(data: PageData, store: Store) {
    this.#store = store
    this.#whole = padded(data.ranges[0] ?? store.state.range)
    const { atWork, lost } = counted(data, this.#whole)
    this.#strip.append(bars('work', atWork), bars('lost', lost), this.#view)
    this.#listen()
  }

  /** Marks the stretch that the timeline shows. */
  show({ range }: State): void {
    const [left, right] = [share(this.#whole, range.from), share(this.#whole, range.to)].map((at) => Math.min(Math.max(at, 0), 1)) as [
      number,
      number,
    ]
    this.#view.style.left = `${(left * 100).toFixed(3)}%`
    this.#view.style.width = `${((right - left) * 100).toFixed(3)}%`
  }

  #listen(): void {
    let from: number | null = null
    this.#strip.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return
      this.#strip.setPointerCapture(event.pointerId)
      from = this.#at(event)
    })
    this.#strip.addEventListener('pointermove', (event) => {
      if (from === null) return
      const to = this.#at(event)
      if (Math.abs(to - from) >= SHORTEST) this.#store.change({ range: { from: Math.min(from, to), to: Math.max(from, to) } })
    })
    this.#strip.addEventListener('pointerup', (event) => {
      const at = this.#at(event)
      const { range } = this.#store.state
      // A click without a drag moves what is shown there.
      if (from !== null && Math.abs(at - from) < SHORTEST) {
        const half = (range.to - range.from) / 2
        this.#store.change({ range: { from: at - half, to: at + half } })
      }
      from = null
    })
    this.#strip.addEventListener('pointercancel', () => {
      from = null
    })
  }

  #at({ clientX }: PointerEvent): number {
    const { left, width } = this.#strip.getBoundingClientRect()
    const at = Math.min(Math.max((clientX - left) / Math.max(width, 1), 0), 1)
    return this.#whole.from + (this.#whole.to - this.#whole.from) * at
  }
}

function counted({ threads }: PageData, whole: Range): { readonly atWork: readonly number[]; readonly lost: readonly number[] } {
  const atWork = Array.from({ length: BUCKETS }, () => 0)
  const lost = Array.from({ length: BUCKETS }, () => 0)
  const bucket = (ms: number) => Math.min(Math.max(Math.floor(share(whole, ms) * BUCKETS), 0), BUCKETS - 1)
  for (const thread of threads) {
    const [start, end] = spanOf(thread)
    if (thread.kind === 'run' || start === null) continue
    for (let at = bucket(start); at <= bucket(end); at += 1) atWork[at] = (atWork[at] ?? 0) + 1
    if (thread.lost) lost[bucket(end)] = (lost[bucket(end)] ?? 0) + 1
  }
  return { atWork, lost }
}

// A root, so that one storm does not flatten everything else to nothing.
function bars(name: string, amounts: readonly number[]): SVGElement {
  const most = Math.max(1, ...amounts)
  const path = amounts
    .map((amount, index) => (amount === 0 ? '' : `M${index} 40h1v${(-38 * Math.sqrt(amount / most)).toFixed(1)}h-1z`))
    .join('')
  const drawing = document.createElementNS(SVG, 'svg')
  drawing.setAttribute('class', name)
  drawing.setAttribute('viewBox', `0 0 ${BUCKETS} 40`)
  drawing.setAttribute('preserveAspectRatio', 'none')
  const shape = document.createElementNS(SVG, 'path')
  shape.setAttribute('d', path)
  drawing.append(shape)
  return drawing
}
