import type { Action } from '../plan/action.ts'
import type { Report } from './report.ts'
import { parseInstant } from '../time/instant.ts'
import type { View } from './reporter.ts'
import type { Statement } from './statement.ts'
import { noMatchStatement } from './statements.ts'
import { planCommand, typed } from './typed.ts'
import { countWorkItems, titleOfAgent } from './work.ts'
import { count, local, span } from './words.ts'

/** The steps of a plan as a person goes through them. */
const GROUPS = [
  (programs: string) => `Keep what exists only here, before any ${programs} command`,
  () => 'Decide about what may still cost money',
  () => 'Get past what blocks everybody',
  () => 'Bring the agents back',
  () => 'Deliver what is done; decide what only you can',
  () => 'Clean up what is provably of no use any more',
] as const

const GROUP_OF: Readonly<Record<Action['kind'], number>> = {
  preserve: 0,
  release: 1,
  fix: 2,
  wait: 2,
  resume: 3,
  resume_session: 3,
  resume_workflow: 3,
  promote: 3,
  redispatch: 3,
  push: 4,
  open_pr: 4,
  inspect: 4,
  clean_up: 5,
}

/** The kinds that bring an agent or a session back. */
export const BRINGS_BACK: ReadonlySet<Action['kind']> = new Set(['resume', 'resume_session', 'resume_workflow', 'promote', 'redispatch'])

/** The actions with their numbers, by step; a step without actions is left out. `programs`: the clients. */
export function groupsOf(
  actions: readonly Action[],
  programs: string,
): readonly { readonly title: string; readonly actions: readonly (readonly [number, Action])[] }[] {
  const numbered = actions.map((action, index) => [index + 1, action] as const)
  return GROUPS.map((title, group) => ({
    title: title(programs),
    actions: numbered.filter(([, action]) => groupOf(action) === group),
  })).filter((each) => each.actions.length > 0)
}

function groupOf({ kind, id }: Action): number {
  if (id.startsWith('push-kept-') || id.startsWith('inspect-worktree-')) return 0
  if (id.startsWith('inspect-gone-')) return 3
  return id.startsWith('inspect-reset-') ? 2 : GROUP_OF[kind]
}

/** A line of an action: what must be true, what it risks, … */
export interface Point {
  readonly topic: string
  readonly text: string
}

/** What a person wants to know of an action, beside its title and its commands. */
export function pointsOf(action: Action, report: Report, view: View): readonly Point[] {
  const { why, preconditions, notBefore, risk, cost } = action
  const when = notBefore === null ? null : parseInstant(notBefore)
  const ahead = when === undefined || when === null ? 0 : when - view.now
  const whose = action.kind === 'wait' || action.kind === 'fix' ? [] : namesOf(action, report)
  return [
    ...(whose.length === 0 ? [] : [{ topic: 'of', text: whose.join(', ') }]),
    { topic: 'why', text: why },
    ...(ahead > 0 && notBefore !== null
      ? [{ topic: 'when', text: `not before ${local(notBefore, view.timeZone)} (${view.timeZone}), in ${span(ahead)}` }]
      : []),
    ...preconditions.map((text) => ({ topic: 'if', text })),
    ...(risk === 'none' ? [] : [{ topic: 'risk', text: risk }]),
    ...(cost === 'nothing' ? [] : [{ topic: 'cost', text: cost }]),
  ]
}

/** What its agents were to do: ids say nothing to a tired person. */
function namesOf({ agents, title }: Action, report: Report): readonly string[] {
  const ids = new Set(agents)
  const names = report.agents.filter(({ agentId }) => ids.has(agentId)).map(titleOfAgent)
  const newNames = [...new Set(names)].filter((name) => !title.includes(name))
  return newNames.length > 6 ? [...newNames.slice(0, 5), `${newNames.length - 5} more`] : newNames
}

/** Longer commands are told by the command that prints them. */
const LONGEST = 400

/** The commands of an action as one types them; those of no readable length by the command that prints them. */
export function commandsOf(action: Action, report: Report, view: View): readonly string[] {
  const { commands, kind, agents } = action
  if (commands.length === 0) return []
  const lines = commands.map(typed)
  if (lines.every((text) => text.length <= LONGEST && !text.includes('\n'))) return lines
  const [only] = agents
  const whose = agents.length === 1 && only !== undefined && report.options.agent === null ? ` --agent ${only}` : ''
  const script = `${planCommand(report, view)}${whose} --only ${kind} --emit sh`
  // Whatever talks with a person needs the terminal, which a pipe would take away.
  return [BRINGS_BACK.has(kind) ? `${script} --output ${kind}.sh && sh ${kind}.sh` : `${script} | sh`]
}

/** What the plan comes to, in one line. */
export function summaryOf(report: Report): Statement {
  const { actions } = report.plan
  if (actions.length === 0)
    return { topic: 'Plan', tone: 'good', text: noMatchStatement(report) === null ? 'Nothing to do.' : 'No actions.' }
  const amount = (test: (action: Action) => boolean): number => actions.filter(test).length
  const kept = amount(({ kind }) => kind === 'preserve')
  const sessions = amount(({ kind }) => kind === 'resume_session')
  const back = amount(({ kind }) => BRINGS_BACK.has(kind)) - sessions
  const agents = countWorkItems(
    actions.flatMap((action) => (BRINGS_BACK.has(action.kind) ? action.agents : [])),
    report,
  )
  const asked = amount(({ kind }) => kind === 'inspect')
  const parts = [
    kept > 0 && `${kept} to keep work`,
    back > 0 && `${back} to bring ${count(agents, 'agent')} back`,
    sessions > 0 && `${sessions} to resume ${sessions === 1 ? 'a session' : 'sessions'}`,
    asked > 0 && `${asked} for you to decide`,
  ].filter((part) => part !== false)
  return { topic: 'Plan', tone: 'plain', text: `${count(actions.length, 'action')}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}.` }
}

/** The one command to type next, and what comes after it. */
export function nextOf(report: Report, view: View): Statement {
  const { actions } = report.plan
  const command = planCommand(report, view)
  const script = `${command} --emit sh --output recover.sh`
  const isRunnable = actions.some(({ kind, commands }) => BRINGS_BACK.has(kind) && commands.length > 0)
  const then = isRunnable
    ? [`Then: ${script}`, 'Read it, then run it: sh recover.sh. It waits where it must, and goes on where it was stopped.']
    : []
  if (actions.some(({ kind }) => kind === 'preserve'))
    return {
      topic: 'Next',
      tone: 'command',
      text: `${command} --only preserve --emit sh | sh`,
      items: ['It keeps what exists only here, and touches nothing.', ...then],
    }
  if (isRunnable) return { topic: 'Next', tone: 'command', text: script, items: then.slice(1) }
  const [first] = actions
  if (first === undefined) return noMatchStatement(report) ?? { topic: 'Next', tone: 'good', text: 'Nothing to do.' }
  return { topic: 'Next', tone: 'plain', text: `Number 1: ${first.title}` }
}
