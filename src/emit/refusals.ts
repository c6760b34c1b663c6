import { RECOVERY_KINDS } from '../plan/action-kinds.ts'
import type { Action } from '../plan/action.ts'
import { isAbsolutePath } from '../text/path.ts'
import { isPlainId } from '../text/plain.ts'
import { parseInstant } from '../time/instant.ts'
import { findValueHazard, isUnguarded, jsonEscaped } from './hazards.ts'

/** An action that is in no text, or a value of it, and why. */
export interface CannotEmit {
  readonly id: string
  readonly why: string
  /** The value in JSON's spelling, in ASCII; null: it is not about one value. */
  readonly value: string | null
}

const PROGRAM = /^(?:[A-Za-z0-9][\w.+-]*|(?:\/|[A-Za-z]:[\\/]).+)$/
const MOST_WORDS = 2_000

/** Why an action cannot be written, one reason for each of its values that stands against it. */
export function findRefusals({ id, kind, commands, agents, notBefore }: Action): readonly CannotEmit[] {
  const refusals: CannotEmit[] = []
  const refuse = (why: string, value: string | null = null): void => {
    refusals.push({ id, why, value: value === null || isUnguarded(value) ? null : jsonEscaped(value) })
  }
  if (!isPlainId(id)) refuse('its id is not plain', id)
  for (const { cwd, argv } of commands) {
    if (!isAbsolutePath(cwd)) refuse('its folder is not an absolute path', cwd)
    if (argv.length > MOST_WORDS) refuse(`a command has ${argv.length} words`)
    const [program = ''] = argv
    if (!PROGRAM.test(program)) refuse('a program is neither a plain name nor an absolute path', program)
    for (const word of [cwd, ...argv]) {
      const hazard = findValueHazard(word)
      if (hazard !== null) refuse(`a value cannot be written safely: ${hazard}`, word)
    }
  }
  if (RECOVERY_KINDS.has(kind)) for (const agent of agents) if (!isPlainId(agent)) refuse('the id of an agent is not plain', agent)
  if (notBefore !== null && parseInstant(notBefore) === undefined) refuse('its time is not an instant', notBefore)
  return refusals
}
