import type { Language } from './languages.ts'
import type { CannotEmit } from './steps.ts'

/** How actions are written. Whether a client runs headless is in the actions' own commands. */
export interface EmitOptions {
  readonly language: Language
  /** So many agents are brought back, then a pause is made. */
  readonly batch: number
  /** The length of that pause. Milliseconds. */
  readonly staggerMs: number
  /** The version that `npx` is to fetch where the tool is not installed. */
  readonly toolVersion: string
  /** When the scan was made that the actions come from. Milliseconds since the epoch. */
  readonly now: number
  /** IANA zone of the times that a person reads; else UTC. */
  readonly timeZone?: string
  /** Options that lead the tool to the same transcripts again (`--root`, a folder). */
  readonly scope?: readonly string[]
}

/** A text, and what could not be put into it. */
export interface Emitted {
  readonly text: string
  readonly cannotEmit: readonly CannotEmit[]
}
