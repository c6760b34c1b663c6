import { RECOVERY_KINDS } from './action-kinds.ts'
import type { Action } from './action.ts'

/** The actions that a person may mean: by an id, the beginning of ids, or the id of an agent, whose recovery counts before what else is about it. */
export function findActions(name: string, actions: readonly Action[]): readonly Action[] {
  const own = actions.filter(({ id }) => id === name)
  if (own.length > 0) return own
  const byId = actions.filter(({ id }) => id.startsWith(name))
  if (byId.length > 0) return byId
  const ofAgent = actions.filter(({ kind, agents }) => kind !== 'wait' && agents.some((id) => id.startsWith(name)))
  const recovering = ofAgent.filter(({ kind }) => RECOVERY_KINDS.has(kind))
  return recovering.length > 0 ? recovering : ofAgent
}
