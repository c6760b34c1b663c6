import type { Action } from '../../plan/action.ts'
import { escapeControl } from '../../text/escape.ts'
import type { Step, StepGroup } from '../plan-words.ts'
import {
  commandOfGroup,
  commandOfPlan,
  commandsOf,
  describeAction,
  describeHold,
  groupsOf,
  pointsOf,
  summaryOf,
  titleOfGroup,
} from '../plan-words.ts'
import type { Report } from '../report.ts'
import type { View } from '../reporter.ts'
import { command, firstRows, text } from './markup.ts'

const MOST_COMMANDS = 20
const MOST_STEPS = 20
const MOST_GROUPS = 20

/** The plan in its order, in the words of its screen: each step is a line that opens. */
export function plan(report: Report, view: View): string {
  const { actions } = report.plan
  if (actions.length === 0) return ''
  const all = commandOfPlan(report, view)
  return `<p>${text(summaryOf(report, view.now))}</p>${all === null ? '' : command(all)}\n${firstRows(
    groupsOf(actions, view.now),
    (group) => drawGroup(group, report, view),
    (rest) => `<p>${rest}</p>`,
    MOST_GROUPS,
  )}`
}

function drawGroup(group: StepGroup, report: Report, view: View): string {
  const own = commandOfGroup(group, report, view)
  const steps = firstRows(
    group.steps,
    (step) => drawStep(step, report, view),
    (rest) => `<li>${rest}</li>`,
    MOST_STEPS,
  )
  return `<h3>${text(titleOfGroup(group, report, view))}</h3>${own === null ? '' : command(own)}\n<ol class="plan" start="${group.steps[0]?.number ?? 1}">\n${steps}</ol>`
}

function drawStep({ action }: Step, report: Report, view: View): string {
  const points = pointsOf(action, report, view).map(
    ({ topic, text: said, isCommand }) =>
      `<dt>${text(topic)}</dt><dd>${isCommand === true ? `<code>${text(said)}</code>` : text(said)}</dd>`,
  )
  const commands = commandsOf(action, report, view)
  const shown = commands.slice(0, MOST_COMMANDS).map((one) => command(one, isPlain(action)))
  const rest = commands.length > MOST_COMMANDS ? `<p>and ${commands.length - MOST_COMMANDS} more commands (--json has them)</p>` : ''
  const hold = describeHold(action)
  return `<li><details><summary>${text(describeAction(action, report, view))}</summary>${
    hold === null ? '' : `<p>${text(hold)}</p>`
  }<dl class="points">${points.join('')}</dl>${shown.join('')}${rest}</details></li>`
}

/** Nothing in its commands is hidden. */
function isPlain({ commands }: Action): boolean {
  return commands.every(({ cwd, argv }) => [cwd, ...argv].every((word) => escapeControl(word, { newlines: 'keep' }) === word))
}
