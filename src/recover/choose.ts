import { recoveryStartedBy } from '../clients/index.ts'
import { RECOVERY_KINDS } from '../plan/action-kinds.ts'
import type { Action } from '../plan/action.ts'
import type { Report } from '../report/report.ts'
import { parseInstant } from '../time/instant.ts'
import { listSubjects } from './subject.ts'

/** What has to be known to tell what may be started. */
export interface Standing {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Sessions that a client of this run has open. */
  readonly busySessions: ReadonlySet<string>
  /** Actions that a person said to be done. */
  readonly confirmed: ReadonlySet<string>
  /** Actions that save work, and did; null: nothing is to be saved first. */
  readonly saved: ReadonlySet<string> | null
  /** Actions that are not wanted, or were tried and cannot be tried again. */
  readonly refused: ReadonlyMap<string, string>
}

/** An action that cannot be started, and why. `need`: what a person may do about it. */
export interface HeldAction {
  readonly action: Action
  readonly why: string
  readonly need: Action | null
}

/** The actions of a plan that recover somebody, by what is to be done about them now. */
export interface Choice {
  /** In the order of the plan. */
  readonly due: readonly Action[]
  /** Soonest first. */
  readonly later: readonly { readonly action: Action; readonly at: number }[]
  /** A client of this run has their session, or goes on with the agent that launched theirs. */
  readonly behind: readonly Action[]
  readonly held: readonly HeldAction[]
}

/** Sorts the actions of a plan that are wanted. */
export function chooseActions({ plan: { actions } }: Report, isWanted: (action: Action) => boolean, standing: Standing): Choice {
  const wanted = actions.filter((action) => RECOVERY_KINDS.has(action.kind) && isWanted(action))
  const byId = new Map(actions.map((action) => [action.id, action]))
  const due: Action[] = []
  const later: { action: Action; at: number }[] = []
  const behind: Action[] = []
  const held: HeldAction[] = []
  for (const action of wanted) {
    const { now, busySessions, refused } = standing
    const no = refused.get(action.id)
    if (no !== undefined) held.push({ action, why: no, need: null })
    else {
      const obstacle = findObstacle(action, byId, standing)
      const session = sessionOf(action)
      const at = action.notBefore === null ? 0 : (parseInstant(action.notBefore) ?? 0)
      if (obstacle !== null) held.push(obstacle)
      else if (at > now) later.push({ action, at })
      else if ((session !== null && busySessions.has(session)) || waitsForParent(action, wanted, held)) behind.push(action)
      else due.push(action)
    }
  }
  return { due, later: later.toSorted((a, b) => a.at - b.at), behind, held }
}

/** The session that the start of an action opens; null: a new one. */
export function sessionOf({ commands }: Action): string | null {
  for (const { argv } of commands) {
    const session = recoveryStartedBy(argv)?.sessionOf(argv) ?? null
    if (session !== null) return session
  }
  return null
}

/** Whoever launched its agents goes on first, as long as that is still to come. */
function waitsForParent({ dependsOn }: Action, wanted: readonly Action[], held: readonly HeldAction[]): boolean {
  return wanted.some(({ id }) => dependsOn.includes(id) && !held.some(({ action }) => action.id === id))
}

function findObstacle(action: Action, byId: ReadonlyMap<string, Action>, { confirmed, saved }: Standing): HeldAction | null {
  const start = action.commands.find(({ argv }) => recoveryStartedBy(argv) !== undefined)
  const isForPerson = action.commands.some(({ argv }) => recoveryStartedBy(argv)?.isAttach(argv) === true)
  if (start === undefined || isForPerson) return { action, why: action.preconditions[0] ?? 'no command can be given for it', need: action }
  for (const id of action.dependsOn) {
    const before = byId.get(id)
    if (before === undefined || confirmed.has(id)) continue
    if (before.kind === 'preserve' && saved !== null && !saved.has(id))
      return { action, why: `work of its project is not saved (${before.title})`, need: null }
    if (before.kind === 'inspect' || before.kind === 'fix') return { action, why: before.title, need: before }
  }
  return null
}

/** Whether anything of an action is wanted. */
export function involves(action: Action, report: Report, ids: ReadonlySet<string>): boolean {
  return listSubjects(action, report).some(({ id }) => ids.has(id)) || ids.has(action.id)
}

/** An id was named that no plan of these transcripts has, or that fits several actions. */
export class NoSuchAction extends Error {}

/**
 * The actions that a person named: by their id, the beginning of one, or an agent; or by an id of an earlier plan, whose agents and sessions
 * have others by now or need none. A number says nothing: another step may have it by now.
 */
export function findNamed(name: string, report: Report): readonly Action[] {
  const { actions } = report.plan
  const own = actions.filter(({ id }) => id === name)
  if (own.length > 0) return own
  if (/^\d+$/.test(name)) throw new NoSuchAction(`${name} is a number, which another step may have by now: name the action by its id`)
  const byId = actions.filter(({ id }) => id.startsWith(name))
  const ofAgent = actions.filter(({ kind, agents }) => RECOVERY_KINDS.has(kind) && agents.some((id) => id.startsWith(name)))
  const found = byId.length > 0 ? byId : ofAgent
  if (found.length === 1) return found
  if (found.length > 1) throw new NoSuchAction(`${name} fits several actions: ${found.map(({ id }) => id).join(', ')}`)
  const [, subject = ''] = /^(?:inspect-[a-z]+|[a-z_]+)-(.+)$/.exec(name) ?? []
  const ids = new Set<string | null>(
    [
      ...report.agents.flatMap(({ agentId, sessionId, workflowRunId }) => [agentId, sessionId, workflowRunId]),
      ...report.sessions.map(({ sessionId }) => sessionId),
    ].filter((each) => each !== null && each !== '' && subject.includes(each)),
  )
  if (ids.size === 0) throw new NoSuchAction(`the plan has no action ${name}`)
  const agents = new Set(report.agents.flatMap((each) => (ids.has(each.agentId) || ids.has(each.workflowRunId) ? each.agentId : [])))
  return actions.filter(
    (action) =>
      RECOVERY_KINDS.has(action.kind) &&
      (agents.size > 0 ? action.agents.some((agent) => agents.has(agent)) : action.session !== null && ids.has(action.session)),
  )
}
