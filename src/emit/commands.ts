import { RECOVERY_KINDS } from '../plan/action-kinds.ts'
import type { Action } from '../plan/action.ts'
import { plural } from '../text/plural.ts'
import { quoteSh, shellWord } from '../text/shell-word.ts'
import type { EmitOptions, Emitted } from './emitted.ts'
import { type CannotEmit, findRefusals } from './refusals.ts'

/** What actions call this program. */
const TOOL = 'agent-forensics'

/** The commands of the client and of git alone, one per line, for people who have no other tool. */
export function commands(actions: readonly Action[], { preserve }: EmitOptions): Emitted {
  const cannotEmit: CannotEmit[] = []
  const lines: string[] = []
  const notes =
    preserve === null
      ? []
      : [`left out: what saves the work in ${plural(preserve.places, 'place')} first: ${preserve.words.map(shellWord).join(' ')}`]
  for (const action of actions) {
    const { id, kind, commands: steps, notBefore, preconditions } = action
    const refusals = findRefusals(action)
    cannotEmit.push(...refusals)
    if (refusals.length > 0) continue
    if (steps.length === 0) {
      if (RECOVERY_KINDS.has(kind)) notes.push(`left out, since it cannot be run yet: ${id}: ${preconditions[0] ?? 'plan shows why'}`)
      continue
    }
    if (steps.some(({ argv }) => argv[0] === TOOL)) {
      notes.push(`left out, since this program is needed for it: ${id}`)
      continue
    }
    if (notBefore !== null && RECOVERY_KINDS.has(kind)) notes.push(`${id}: not before ${notBefore}`)
    for (const { cwd, argv } of steps) lines.push(`cd ${cwd === '/' ? cwd : quoteSh(cwd)} && ${argv.map(shellWord).join(' ')}`)
  }
  return { text: lines.map((line) => `${line}\n`).join(''), cannotEmit, notes }
}
