import { recoveryStartedBy } from '../clients/index.ts'
import { RECOVERY_KINDS } from '../plan/action-kinds.ts'
import type { Action } from '../plan/action.ts'
import { nameRows } from '../preserve/rows.ts'
import { joinSome } from '../text/join-some.ts'
import { parseInstant } from '../time/instant.ts'
import { programsOf } from './programs.ts'
import { readReleaseTitle } from './release-title.ts'
import type { Report } from './report.ts'
import type { View } from './reporter.ts'
import { toolCommand, typed } from './typed.ts'
import { countWorkItems, describeLocalWork, isBareBranch, titleOf, titleOfAgent } from './work.ts'
import { callsAgain, clock, count, distance, local } from './words.ts'

/** The sections of a plan, in order. */
type Section = 'save' | 'decide' | 'unblock' | 'recover' | 'deliver' | 'clean up'

const SECTION_OF: Readonly<Record<Action['kind'], Section>> = {
  preserve: 'save',
  release: 'decide',
  fix: 'unblock',
  wait: 'unblock',
  resume: 'recover',
  resume_session: 'recover',
  resume_workflow: 'recover',
  promote: 'recover',
  redispatch: 'recover',
  push: 'deliver',
  open_pr: 'deliver',
  inspect: 'deliver',
  clean_up: 'clean up',
}
const SECTIONS: readonly Section[] = ['save', 'decide', 'unblock', 'recover', 'deliver', 'clean up']

function sectionOf({ kind, id }: Action): Section {
  if (/^inspect-(?:worktree|unreadable)-/.test(id)) return 'save'
  if (/^inspect-(?:permission|stopped|done|unknown|unsure|tried|no-way)-/.test(id)) return 'decide'
  return id.startsWith('inspect-reset-') ? 'unblock' : SECTION_OF[kind]
}

/** Files that are gone can be rebuilt. */
function isRebuild(id: string): boolean {
  return id.startsWith('inspect-gone-')
}

/** An action with its number on the screen. */
export interface Step {
  readonly number: number
  readonly action: Action
}

/** Steps that are done at the same point of a plan. */
export interface StepGroup {
  readonly section: Section
  /** Steps of the section `unblock` that come first. */
  readonly after: readonly number[]
  /** What they wait for; null: they can be done now. */
  readonly notBefore: string | null
  readonly steps: readonly Step[]
}

/** The actions in groups, numbered in the order of the screen. A wait is the time of its group, and has a number only where it has none or is one of several. */
export function groupsOf(actions: readonly Action[], now: number): readonly StepGroup[] {
  const waitedFor = new Set(actions.flatMap(({ kind, notBefore }) => (kind === 'wait' ? [] : [notBefore])))
  const waits = new Set(actions.flatMap(({ kind, id }) => (kind === 'wait' ? [id] : [])))
  // Where one step waits for several limits, the time of its group tells of one of them only.
  const several = new Set(
    actions.flatMap(({ dependsOn }) => {
      const some = dependsOn.filter((id) => waits.has(id))
      return some.length > 1 ? some : []
    }),
  )
  const shown = actions.filter(({ id, kind, notBefore }) => kind !== 'wait' || several.has(id) || !waitedFor.has(notBefore))
  const blocks = new Set(shown.flatMap((action) => (sectionOf(action) === 'unblock' ? [action.id] : [])))
  const numbers = new Map<string, number>()
  const groups: StepGroup[] = []
  for (const section of SECTIONS) {
    const byTime = new Map<string, Action[]>()
    for (const action of shown.filter((each) => sectionOf(each) === section)) {
      const isLater = section === 'recover' && action.notBefore !== null && (parseInstant(action.notBefore) ?? 0) > now
      const before = section === 'recover' ? action.dependsOn.filter((id) => blocks.has(id)) : []
      const key = `${isLater ? action.notBefore : ''}\n${before.join(' ')}`
      byTime.set(key, [...(byTime.get(key) ?? []), action])
    }
    for (const [key, some] of [...byTime].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const [time = '', ids = ''] = key.split('\n')
      const steps = some.map((action) => {
        numbers.set(action.id, numbers.size + 1)
        return { number: numbers.size, action }
      })
      const after = ids === '' ? [] : ids.split(' ').flatMap((id) => numbers.get(id) ?? [])
      groups.push({ section, after, notBefore: time === '' ? null : time, steps })
    }
  }
  return groups
}

/** What a group is headed by. */
export function titleOfGroup({ section, after, notBefore }: StepGroup, report: Report, view: View): string {
  if (section === 'save') return `Save, before any ${programsOf(report)} command`
  if (section !== 'recover') return HEADINGS[section]
  const waits = [
    ...(after.length === 0 ? [] : [`step${after.length === 1 ? '' : 's'} ${after.join(', ')}`]),
    ...(notBefore === null ? [] : [`${clock(notBefore, view)}, ${distance(parseInstant(notBefore) ?? view.now, view.now)}`]),
  ]
  return waits.length === 0 ? 'Recover now' : `Recover after ${waits.join(' and ')}`
}

const HEADINGS = { decide: 'Decide', unblock: 'Unblock', deliver: 'Deliver', 'clean up': 'Clean up, after checking' } as const

/** The one command of a whole group; null: its steps have their own. */
export function commandOfGroup({ section, steps }: StepGroup, report: Report, view: View): string | null {
  return section === 'save' && steps.some(({ action }) => action.kind === 'preserve') ? toolCommand('preserve', report, view) : null
}

/** What a step is about, in a line: ids say nothing to a tired person. */
export function describeAction(action: Action, report: Report, view: View): string {
  const { kind, title } = action
  switch (kind) {
    case 'preserve': {
      const row = rowOf(action, report)
      if (row === undefined) return title
      return `${titleOf(row, report)}${row.agents.length === 0 && isBareBranch(row) ? ', agent unknown' : ''}: ${describeLocalWork(row)}`
    }
    case 'release': {
      const { name, since, isRunning } = readReleaseTitle(title)
      const [of] = namesOf(action, report)
      return `${name}${since === null ? '' : `, since ${clock(since, view)}`}${isRunning ? ', running' : ''}${of === undefined ? '' : `, of "${of}"`}`
    }
    case 'resume':
      return listNames(action, report) ?? title
    case 'promote':
      return withNames(action, report, 'a session of its own')
    case 'redispatch':
      return withNames(action, report, 'a fresh session, with a brief')
    case 'wait': {
      const at = parseInstant(action.notBefore) ?? 0
      return at <= view.now || action.notBefore === null ? title : `${title}: ${clock(action.notBefore, view)}, ${distance(at, view.now)}`
    }
    case 'push':
      return withNames(action, report, title.replace(/^Push/, 'push'))
    case 'resume_workflow': {
      const runId = report.agents.find(({ agentId }) => action.agents.includes(agentId))?.workflowRunId
      const run = report.workflows.find((each) => each.runId === runId)
      if (run === undefined) return title
      const calls = run.calls.started + run.calls.neverStarted
      return `workflow ${run.name ?? run.runId}: reruns ${run.mayCallMore ? callsAgain(run) : `${run.wouldRunAgain} of ${count(calls, 'call')}`}`
    }
    case 'resume_session': {
      const session = report.sessions.find(({ sessionId }) => action.id === `resume_session-${sessionId}`)
      return session === undefined ? title : `main thread ${session.sessionId.slice(0, 8)}, ended as ${session.reason}`
    }
    default:
      return title
  }
}

/** The worktree or branch whose work an action saves. */
function rowOf({ id }: Action, { worktrees }: Report): Report['worktrees'][number] | undefined {
  return nameRows(worktrees).find(({ name, row }) => id === `preserve-${name}` && row.atRisk.length > 0)?.row
}

const MOST_NAMES = 3

function listNames(action: Action, report: Report): string | null {
  const names = namesOf(action, report)
  if (names.length === 0) return null
  return joinSome(names, MOST_NAMES)
}

function withNames(action: Action, report: Report, what: string): string {
  const names = listNames(action, report)
  return names === null ? action.title : `${names}: ${what}`
}

/** What its agents were to do. */
function namesOf({ agents }: Action, report: Report): readonly string[] {
  const ids = new Set(agents)
  return [...new Set(report.agents.filter(({ agentId }) => ids.has(agentId)).map(titleOfAgent))]
}

/** The command of a step on the short list; null: its group has it, or it is for a person to look at first. */
export function commandOf({ kind, id, commands }: Action, report: Report, view: View): string | null {
  if (RECOVERY_KINDS.has(kind)) {
    const attach = commands.find(({ argv }) => recoveryStartedBy(argv)?.isAttach(argv) === true)
    if (attach !== undefined) return typed(attach, report, view)
    return commands.length === 0 ? null : toolCommand('recover', report, view, '--action', id)
  }
  const [first] = commands
  return first !== undefined && (kind === 'release' || kind === 'push' || kind === 'open_pr' || isRebuild(id))
    ? typed(first, report, view)
    : null
}

/** Why a step that recovers somebody has no command, in one sentence; null: it has one. */
export function describeHold({ kind, commands, preconditions: [first] }: Action): string | null {
  if (!RECOVERY_KINDS.has(kind) || commands.length > 0 || first === undefined) return null
  return /^.*?[.:](?=\s|$)/.exec(first)?.[0].replace(/:$/, '.') ?? first
}

/** The command of steps that are alike. */
export function commandOfAll(actions: readonly Action[], report: Report, view: View): string | null {
  const [first] = actions
  if (first === undefined || !RECOVERY_KINDS.has(first.kind)) return null
  const isWhole =
    view.repeated?.includes('--only') !== true &&
    report.plan.actions.every(({ kind, id }) => kind !== first.kind || actions.some((each) => each.id === id))
  return toolCommand('recover', report, view, ...(isWhole ? ['--only', first.kind] : ['--action', actions.map(({ id }) => id).join(',')]))
}

/** Every command of an action as one types it: ours first, then those that it comes to. A text of many lines is none to type. */
export function commandsOf(action: Action, report: Report, view: View): readonly string[] {
  const ours = action.kind === 'preserve' ? toolCommand('preserve', report, view) : commandOf(action, report, view)
  const raw = action.commands.filter(({ argv }) => argv.every((word) => !word.includes('\n')))
  const all = raw.map((command) => typed(command, report, view))
  return [...new Set(ours === null ? all : [ours, ...all])]
}

/** A line of an action: what must be true, what it risks, … */
export interface Point {
  readonly topic: string
  readonly text: string
  /** It is a command, which no line break may part. */
  readonly isCommand?: true
}

/** Everything that a person may want to know of an action, beside its title and its commands. */
export function pointsOf(action: Action, report: Report, view: View): readonly Point[] {
  const { id, kind, title, preconditions, notBefore, cost } = action
  const when = notBefore === null ? null : parseInstant(notBefore)
  const ahead = when === undefined || when === null ? 0 : when - view.now
  const names = kind === 'wait' || kind === 'fix' ? [] : namesOf(action, report).filter((name) => !title.includes(name))
  return [
    { topic: 'id', text: id },
    ...(names.length === 0 ? [] : [{ topic: 'of', text: names.join(', ') }]),
    ...splitWhy(action, report, view),
    ...(ahead > 0 && notBefore !== null
      ? [
          {
            topic: 'when',
            text: `not before ${local(notBefore, view.timeZone)} (${view.timeZone}), ${distance(when ?? view.now, view.now)}`,
          },
        ]
      : []),
    ...preconditions.flatMap(splitCondition),
    ...splitRisk(action),
    ...(cost === 'nothing' ? [] : [{ topic: 'cost', text: cost }]),
  ]
}

/** The settings to paste in a question, and the command that answers it with yes, which ends it. */
const PASTED = /("permissions": \{ "allow": \[.*?\] \})\.?|agent-forensics recover --action .+$/

/** Why, with what is to be pasted or typed apart. */
export function splitWhy({ id, kind, why }: Action, report: Report, view: View): readonly Point[] {
  const points: Point[] = []
  let rest = why
  for (let match = kind === 'inspect' ? PASTED.exec(rest) : null; match !== null; match = PASTED.exec(rest)) {
    points.push({ topic: points.length === 0 ? 'why' : '', text: rest.slice(0, match.index).trim() })
    points.push({ topic: '', text: match[1] ?? toolCommand('recover', report, view, '--action', id), isCommand: true })
    rest = rest.slice(match.index + match[0].length)
  }
  return rest.trim() === '' && points.length > 0 ? points : [...points, { topic: points.length === 0 ? 'why' : '', text: rest.trim() }]
}

/** A condition that ends with a call of an SDK, which no line break may part. */
function splitCondition(text: string): readonly Point[] {
  const [, words, call] = /^(To .{1,40} in (?:Python|TypeScript):) (.+)$/.exec(text) ?? []
  if (words === undefined || call === undefined) return [{ topic: 'if', text }]
  return [
    { topic: 'if', text: words },
    { topic: '', text: call, isCommand: true },
  ]
}

/** A sentence on what may be billed ends with the command that ends it. */
export function splitRisk({ kind, risk }: Action): readonly Point[] {
  if (risk === 'none' || risk === '') return []
  const [, text, command] = kind === 'release' ? (/^(.*): (.+)$/.exec(risk) ?? []) : []
  if (text === undefined || command === undefined) return [{ topic: 'risk', text: risk }]
  return [
    { topic: 'risk', text: `${text}:` },
    { topic: '', text: command, isCommand: true },
  ]
}

/** How many steps of which kind there are, in a sentence. */
export function summaryOf(report: Report, now: number): string {
  const { actions } = report.plan
  if (actions.length === 0) return 'Nothing to do.'
  const steps = groupsOf(actions, now).flatMap((group) => group.steps.map(({ action }) => ({ section: group.section, action })))
  const parts = SECTIONS.flatMap((section) => {
    const some = steps.filter((step) => step.section === section)
    if (some.length === 0) return []
    if (section !== 'recover') return [`${section} ${some.length}`]
    const free = some.filter(({ action }) => describeHold(action) === null).map(({ action }) => action)
    const held = some.length - free.length
    return [...(free.length > 0 ? [describeRecovery(free, report)] : []), ...(held > 0 ? [`${held} on hold`] : [])]
  })
  return `${count(steps.length, 'step')}: ${parts.join(', ')}.`
}

function describeRecovery(steps: readonly Action[], report: Report): string {
  const ids = steps.flatMap(({ kind, agents }) => (RECOVERY_KINDS.has(kind) ? agents : []))
  const agents = countWorkItems(ids, report)
  const threads = steps.filter(({ kind }) => kind === 'resume_session').length
  const what = [agents > 0 && count(agents, 'agent'), threads > 0 && count(threads, 'main thread')].filter((part) => part !== false)
  if (what.length === 0) return `recover ${steps.length}`
  return `recover ${what.join(' and ')}${agents + threads === steps.length ? '' : ` in ${steps.length}`}`
}

/** The command that goes through the whole plan; null: nothing of it is for a command. */
export function commandOfPlan(report: Report, view: View): string | null {
  const { actions } = report.plan
  if (actions.some(({ kind, commands }) => RECOVERY_KINDS.has(kind) && commands.length > 0)) return toolCommand('recover', report, view)
  return actions.some(({ kind }) => kind === 'preserve') ? toolCommand('preserve', report, view) : null
}

/** The command that shows one step in full, for a step that has more to it than its line. */
export function commandOfStep(report: Report, view: View): string | null {
  const steps = groupsOf(report.plan.actions, view.now).flatMap((group) => group.steps)
  const { number } = steps.find(({ action }) => RECOVERY_KINDS.has(action.kind)) ?? steps[0] ?? {}
  return number === undefined ? null : toolCommand('plan', report, view, String(number))
}
