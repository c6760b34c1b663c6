import type { SourceLocation } from '../facts/source.ts'

/** Something that stood in an agent's way. Its texts are as they were written. */
export interface RawBlocker {
  readonly kind: 'error' | 'denied' | 'api' | 'retries'
  readonly tool: string | null
  readonly about: string
  readonly text: string
  readonly times: number
  readonly at: number | null
  readonly where: SourceLocation
}

const MAX_BLOCKERS = 500

/**
 * What failed and was not seen to succeed later. The same thing is the same tool on the same file, or a command with the same
 * first words: `npm test -- a` that passes gets past `npm test` that failed.
 */
export class Blockers {
  readonly #open = new Map<string, RawBlocker>()
  #leftOut = 0

  failed(blocker: Omit<RawBlocker, 'times'>): void {
    const key = subjectOf(blocker.tool ?? '', blocker.about)
    const times = (this.#open.get(key)?.times ?? 0) + 1
    // Set anew, so that what failed last stands last.
    this.#open.delete(key)
    if (this.#open.size >= MAX_BLOCKERS) {
      const [oldest] = this.#open.keys()
      if (oldest !== undefined) this.#open.delete(oldest)
      this.#leftOut += 1
    }
    this.#open.set(key, { ...blocker, times })
  }

  succeeded(tool: string, about: string): void {
    this.#open.delete(subjectOf(tool, about))
  }

  get items(): readonly RawBlocker[] {
    return [...this.#open.values()]
  }

  get leftOut(): number {
    return this.#leftOut
  }
}

function subjectOf(tool: string, about: string): string {
  if (tool !== 'Bash' && tool !== 'PowerShell') return `${tool}\n${about.slice(0, 500)}`
  const steps = about.slice(0, 500).split(/&&|;|\n/)
  const step = steps.find((each) => !/^\s*(?:cd\s|export\s|set\s|$)/.test(each)) ?? about.slice(0, 500)
  const words = step.trim().split(/\s+/)
  return `${tool}\n${words
    .filter((word) => !/^\w{1,60}=/.test(word))
    .slice(0, 2)
    .join(' ')}`
}
