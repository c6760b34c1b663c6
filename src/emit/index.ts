import type { Action } from '../plan/action.ts'
import { commands } from './commands.ts'
import type { EmitOptions, Emitted } from './emitted.ts'
import type { Language } from './languages.ts'
import { list } from './list.ts'
import { prompt } from './prompt.ts'

export type { EmitOptions, Emitted } from './emitted.ts'

/** Writes actions in one language. It decides nothing, reads no clock, and gives the same text for the same actions. */
type Emitter = (actions: readonly Action[], options: EmitOptions) => Emitted

const EMITTERS = {
  sh: (actions, options) => list(actions, options, 'sh'),
  fish: (actions, options) => list(actions, options, 'fish'),
  powershell: (actions, options) => list(actions, options, 'powershell'),
  commands,
  prompt,
} as const satisfies Record<Language, Emitter>

/** The actions in the language that the options name. */
export function emit(actions: readonly Action[], options: EmitOptions): Emitted {
  return EMITTERS[options.language](actions, options)
}
