import type { Language } from './languages.ts'
import type { CannotEmit } from './refusals.ts'

/** How actions are written. Whether a client runs headless is in the actions' own commands. */
export interface EmitOptions {
  readonly language: Language
  readonly toolVersion: string
  /** When the scan was made that the actions come from. Milliseconds since the epoch. */
  readonly now: number
  /** IANA zone of the times that a person reads; else UTC. */
  readonly timeZone?: string
  /** What saves work before all else, in words, and in how many places it lies; null: nothing is saved. */
  readonly preserve: { readonly words: readonly string[]; readonly places: number } | null
  /** The command that carries out one action, in words: its id comes behind them. */
  readonly recover: readonly string[]
  /** The command that shows the plan, in words. */
  readonly plan: readonly string[]
  /** A command of an action that starts this program, in the words that start it where the text is read. */
  readonly typeOwn: (argv: readonly string[]) => readonly string[]
}

/** A text, and what could not be put into it. */
export interface Emitted {
  readonly text: string
  readonly cannotEmit: readonly CannotEmit[]
  /** What a person must know who has nothing but this text. */
  readonly notes: readonly string[]
}
