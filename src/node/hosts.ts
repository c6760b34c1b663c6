/** Hosts, each asked one question at a time, side by side. What the first question to one that is out of reach got, all others get. */
export class Hosts<Answer> {
  readonly #last = new Map<string, Promise<Answer>>()
  readonly #outOfReach = new Map<string, Answer>()

  /** Waits for its turn. `ask` calls `onSilence` where nothing came from the host. */
  ask(host: string, ask: (onSilence: () => void) => Promise<Answer>): Promise<Answer> {
    const turn = async (): Promise<Answer> => {
      const known = this.#outOfReach.get(host)
      if (known !== undefined) return known
      let isSilent = false
      const answer = await ask(() => (isSilent = true))
      if (isSilent) this.#outOfReach.set(host, answer)
      return answer
    }
    const answer = this.#last.get(host)?.then(turn, turn) ?? turn()
    this.#last.set(host, answer)
    return answer
  }
}
