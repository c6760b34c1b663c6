import type { Action } from '../plan/action.ts'
import { fish } from './dialect/fish.ts'
import { powershell } from './dialect/powershell.ts'
import { sh } from './dialect/sh.ts'
import type { EmitOptions, Emitted } from './emitted.ts'
import type { Language } from './languages.ts'
import { prompt } from './prompt.ts'
import { script } from './script.ts'

export type { EmitOptions, Emitted } from './emitted.ts'

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
