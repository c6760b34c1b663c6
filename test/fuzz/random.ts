import { random } from '../../scripts/bench/text.mjs'

/** Chance that a seed decides: the same seed gives the same answers in the same order. */
export class Random {
  readonly #draws: ReturnType<typeof random>

  constructor(seed: number) {
    this.#draws = random(seed)
  }

  /** A whole number from 0 on, below the bound. */
  below(bound: number): number {
    return (this.#draws.next() * 2 ** 32) % bound
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[this.below(list.length)]
    if (picked === undefined) throw new Error('nothing to pick from')
    return picked
  }
}
