import type { SourceLocation } from '../facts/source.ts'
import { dropOldest } from './bounded.ts'

/** Something that kept an agent from its work. Its texts are as they were written. */
export interface RawBlocker {
  readonly kind: 'error' | 'denied' | 'api' | 'retries'
  readonly tool: string | null
  readonly about: string
  /** It was to run a command: `about` is its line. */
  readonly isCommand: boolean
  readonly text: string
  readonly times: number
  readonly at: number | null
  readonly where: SourceLocation
}

/** What tells one try from another. */
type Attempt = Pick<RawBlocker, 'tool' | 'about' | 'isCommand'>

const MAX_BLOCKERS = 500

/**
 * What failed and was not seen to succeed later. The same thing is the same tool on the same file, or a command with the same
 * first words: `npm test -- a` that passes gets past `npm test` that failed.
 */
export class Blockers {
  readonly #open = new Map<string, RawBlocker>()
  #leftOut = 0

  /** A call failed. */
  addFailure(blocker: Omit<RawBlocker, 'times'>): void {
    const key = identifyAttempt(blocker)
    const times = (this.#open.get(key)?.times ?? 0) + 1
    // Deleted first, so that the latest failure comes last.
    this.#open.delete(key)
    this.#open.set(key, { ...blocker, times })
    if (dropOldest(this.#open, MAX_BLOCKERS)) this.#leftOut += 1
  }

  /** A call succeeded: what kept the agent from it before does so no more. */
  addSuccess(attempt: Attempt): void {
    this.#open.delete(identifyAttempt(attempt))
  }

  get items(): readonly RawBlocker[] {
    return [...this.#open.values()]
  }

  get leftOut(): number {
    return this.#leftOut
  }
}

/** The same text for every try of the same thing. */
function identifyAttempt({ tool, about, isCommand }: Attempt): string {
  if (!isCommand) return `${tool}\n${about.slice(0, 500)}`
  const steps = about.slice(0, 500).split(/&&|;|\n/)
  const step = steps.find((each) => !/^\s*(?:cd\s|export\s|set\s|$)/.test(each)) ?? about.slice(0, 500)
  const words = step.trim().split(/\s+/)
  const command = words.filter((word) => !/^\w{1,60}=/.test(word)).slice(0, 2)
  return `${tool}\n${command.join(' ')}`
}
