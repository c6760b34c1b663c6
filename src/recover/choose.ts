import { recoveryStartedBy } from '../clients/index.ts'
import { RECOVERY_KINDS } from '../plan/action-kinds.ts'
import type { Action } from '../plan/action.ts'
import { findActions } from '../plan/find-actions.ts'
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

/** The actions of a plan that recover somebody, by what is to be done about them now; those behind another start are in none. */
export interface Choice {
  /** In the order of the plan. */
  readonly due: readonly Action[]
  /** Soonest first. */
  readonly later: readonly { readonly action: Action; readonly at: number }[]
  readonly held: readonly HeldAction[]
}

/** Sorts the actions of a plan that are wanted. */
export function chooseActions({ plan: { actions } }: Report, isWanted: (action: Action) => boolean, standing: Standing): Choice {
  const wanted = actions.filter((action) => RECOVERY_KINDS.has(action.kind) && isWanted(action))
  const byId = new Map(actions.map((action) => [action.id, action]))
  const due: Action[] = []
  const later: { action: Action; at: number }[] = []
  const held: HeldAction[] = []
  for (const action of wanted) {
    const { now, busySessions, refused } = standing
    const no = refused.get(action.id)
    const obstacle = no === undefined ? findObstacle(action, byId, standing) : { action, why: no, need: null }
    const at = action.notBefore === null ? 0 : (parseInstant(action.notBefore) ?? 0)
    // A client of this run may have its session, or go on with the agent that launched its own.
    const isBehind = (action.session !== null && busySessions.has(action.session)) || waitsForParent(action, wanted, held)
    if (obstacle !== null) held.push(obstacle)
    else if (at > now) later.push({ action, at })
    else if (!isBehind) due.push(action)
  }
  return { due, later: later.toSorted((a, b) => a.at - b.at), held }
}

/** Whoever launched its agents goes on first, as long as that is still to come. */
function waitsForParent({ dependsOn }: Action, wanted: readonly Action[], held: readonly HeldAction[]): boolean {
  return wanted.some(({ id }) => dependsOn.includes(id) && !held.some(({ action }) => action.id === id))
}

function findObstacle(action: Action, byId: ReadonlyMap<string, Action>, { confirmed, saved }: Standing): HeldAction | null {
  const start = action.commands.find(({ argv }) => recoveryStartedBy(argv) !== undefined)
  const isForPerson = action.commands.some(({ argv }) => recoveryStartedBy(argv)?.isAttach(argv) === true)
  if (start === undefined || isForPerson) return { action, why: action.preconditions[0] ?? 'no command exists for it', need: action }
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
  return listSubjects(action, report).some(({ id }) => ids.has(id))
}

/** An id was named that no plan of these transcripts has, or that fits several actions. */
export class NoSuchAction extends Error {
  readonly report: Report
  constructor(message: string, report: Report) {
    super(message)
    this.report = report
  }
}

/**
 * The actions that a person named: by their id, the beginning of one, or an agent; or by an id of an earlier plan, whose agents and sessions
 * have others by now or need none. A number says nothing: another step may have it by now.
 */
export function findNamed(name: string, report: Report): readonly Action[] {
  const { actions } = report.plan
  if (/^\d+$/.test(name)) throw new NoSuchAction(`${name} is a number, and numbers change: name the action by its id`, report)
  // Who names an agent means its recovery, and answers no question about it.
  const found = findActions(name, actions).filter(({ kind, id }) => id.startsWith(name) || RECOVERY_KINDS.has(kind))
  if (found.length === 1) return found
  if (found.length > 1) throw new NoSuchAction(`${name} matches several actions: ${found.map(({ id }) => id).join(', ')}`, report)
  const [, subject = ''] = /^(?:inspect-[a-z]+|[a-z_]+)-(.+)$/.exec(name) ?? []
  const ids = new Set<string | null>(
    [
      ...report.agents.flatMap(({ agentId, sessionId, workflowRunId }) => [agentId, sessionId, workflowRunId]),
      ...report.sessions.map(({ sessionId }) => sessionId),
    ].filter((each) => each !== null && each !== '' && subject.includes(each)),
  )
  if (ids.size === 0) throw new NoSuchAction(`the plan has no action ${name}`, report)
  const agents = new Set(report.agents.flatMap((each) => (ids.has(each.agentId) || ids.has(each.workflowRunId) ? each.agentId : [])))
  return actions.filter(
    (action) =>
      RECOVERY_KINDS.has(action.kind) &&
      (agents.size > 0 ? action.agents.some((agent) => agents.has(agent)) : action.session !== null && ids.has(action.session)),
  )
}
