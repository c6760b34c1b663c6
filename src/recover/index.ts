import type { Action } from '../plan/action.ts'
import { fish } from './dialect/fish.ts'
import { powershell } from './dialect/powershell.ts'
import { sh } from './dialect/sh.ts'
import type { Language } from './languages.ts'
import { prompt } from './prompt.ts'
import { script } from './script.ts'
import type { CannotEmit } from './steps.ts'

export type { CannotEmit } from './steps.ts'

export { type Language, LANGUAGES } from './languages.ts'

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

/** Writes actions in one language. It decides nothing, reads no clock, and gives the same text for the same actions. */
type Emitter = (actions: readonly Action[], options: EmitOptions) => Emitted

const EMITTERS = {
  sh: (actions, options) => script(actions, options, sh),
  fish: (actions, options) => script(actions, options, fish),
  powershell: (actions, options) => script(actions, options, powershell),
  prompt,
} as const satisfies Record<Language, Emitter>

/** The actions in the language that the options name. */
export function emit(actions: readonly Action[], options: EmitOptions): Emitted {
  return EMITTERS[options.language](actions, options)
}
