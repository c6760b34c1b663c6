import type { Filter } from './filter.ts'
import type { Order } from './order.ts'
import type { Range } from './range.ts'

/** All that a person can change on the page. */
export interface State {
  readonly filter: Filter
  readonly order: Order
  readonly range: Range
  /** Counts how often a range was chosen by its name. */
  readonly chosen: number
  readonly folded: ReadonlySet<number>
  /** The thread whose details are open. */
  readonly selected: number | null
  /** The thread that the arrow keys stand on. */
  readonly current: number | null
  readonly printing: boolean
}

type Listener = (state: State, before: State) => void

/** The state, and who is told when it changes. */
export class Store {
  #state: State
  readonly #listeners: Listener[] = []

  constructor(state: State) {
    this.#state = state
  }

  get state(): State {
    return this.#state
  }

  change(to: Partial<State>): void {
    const before = this.#state
    this.#state = { ...before, ...to }
    for (const listener of this.#listeners) listener(this.#state, before)
  }

  onChange(listener: Listener): void {
    this.#listeners.push(listener)
  }
}
