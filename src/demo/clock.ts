/** A clock that stands still until somebody waits: then it is moved on to whatever comes next. */
export class DemoClock {
  #now: number
  readonly #timers = new Set<{ readonly at: number; readonly ring: () => void }>()

  constructor(now: number) {
    this.#now = now
  }

  /** Milliseconds since the epoch. */
  get now(): number {
    return this.#now
  }

  /** Nobody waits. */
  get isIdle(): boolean {
    return this.#timers.size === 0
  }

  /** Resolves when it is so much later, which somebody who waits brings about. */
  after(ms: number, stop?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = { at: this.#now + ms, ring: resolve }
      this.#timers.add(timer)
      stop?.addEventListener('abort', () => {
        if (this.#timers.delete(timer)) resolve()
      })
    })
  }

  /** Waits so long: what was to happen until then happens first. */
  async wait(ms: number, stop?: AbortSignal): Promise<void> {
    const over = this.after(ms, stop)
    // Not at once: what is on its way already comes first.
    setImmediate(() => this.#moveOn())
    await over
  }

  #moveOn(): void {
    const [next] = [...this.#timers].toSorted((a, b) => a.at - b.at)
    if (next === undefined) return
    this.#timers.delete(next)
    this.#now = Math.max(this.#now, next.at)
    next.ring()
  }
}
