import { Chalk } from 'chalk'
import { displayWidth, escapeControl } from '../text/escape.ts'
import {
  commandOf,
  commandOfAll,
  commandOfGroup,
  commandOfPlan,
  commandOfStep,
  commandsOf,
  describeAction,
  describeHold,
  groupsOf,
  pointsOf,
  type Step,
  summaryOf,
  titleOfGroup,
} from './plan-words.ts'
import type { Report } from './report.ts'
import type { Reporter, View } from './reporter.ts'
import { endWith, oneLine, Screen } from './screen.ts'
import { statementsOfPlan } from './statements.ts'
import { wrap } from './wrap.ts'

const NARROWEST = 40
const NUMBER = 4
const TOPIC = 6
/** So many steps of one kind in one group are one line. */
const FOLDED = 5
const HEADING = 41

/** The screen of `plan`: a numbered list that a tired person can follow, or one step of it in full. A command ends its line, whole. */
export const planTable: Reporter = {
  name: 'table',
  mediaType: 'text/plain',
  *render(report, view) {
    const chalk = new Chalk({ level: view.colorLevel })
    const columns = Math.max(view.columns, NARROWEST)
    const leadTo = (text: string, command: string): string =>
      lines(endWith(oneLine(text), command, columns)).replace(command, () => chalk.bold.cyan(command))
    const numbered = (label: string, text: string, most?: number): string => {
      const indent = `${label.padStart(NUMBER - 2)}  `
      const [first = '', ...others] = wrap(oneLine(text), columns - indent.length, most)
      return lines([`${indent}${first}`, ...others.map((line) => `${' '.repeat(indent.length)}${line}`)])
    }
    const inFull = ({ number, action }: Step): string =>
      `${chalk.bold(numbered(String(number), action.title))}${pointsOf(action, report, view)
        .map(({ topic, text, isCommand }) =>
          lines(topicLines(topic, isCommand === true ? [escapeControl(text)] : wrap(oneLine(text), columns - NUMBER - TOPIC)), chalk.dim),
        )
        .join('')}${commandsOf(action, report, view)
        .map((command) => lines(topicLines('run', [command]), chalk.cyan))
        .join('')}`

    const groups = groupsOf(report.plan.actions, view.now)
    if (view.action !== undefined) {
      const steps = groups.flatMap((group) => group.steps)
      const action = report.plan.actions.find(({ id }) => id === view.action)
      const step = steps.find(({ action: { id } }) => id === view.action)
      if (action !== undefined) yield inFull(step ?? { number: 0, action })
      return
    }

    const all = commandOfPlan(report, view)
    const summary = summaryOf(report, view.now)
    yield all === null ? lines(wrap(oneLine(summary), columns)) : leadTo(`${summary} To do all of it, step by step:`, all)
    const statements = statementsOfPlan(report, view)
    if (statements.length > 0) yield `\n${new Screen(view).statements(statements)}`
    for (const group of groups) {
      const title = titleOfGroup(group, report, view)
      const command = commandOfGroup(group, report, view)
      const fits = command !== null && displayWidth(title) < HEADING && HEADING + command.length <= columns
      const heading = wrap(title, columns)
      if (fits) yield `\n${chalk.bold(title.padEnd(HEADING))}${chalk.cyan(command)}\n`
      else yield `\n${lines(heading, chalk.bold)}${command === null ? '' : `${' '.repeat(NUMBER)}${chalk.cyan(command)}\n`}`
      for (const alike of view.verbose ? group.steps.map((step) => [step]) : foldSteps(group.steps)) {
        const [first] = alike
        if (first === undefined) continue
        if (view.verbose) {
          yield inFull(first)
          continue
        }
        yield numbered(labelOf(alike), describeSteps(alike, report, view), 2)
        const own =
          alike.length === 1
            ? commandOf(first.action, report, view)
            : commandOfAll(
                alike.map(({ action }) => action),
                report,
                view,
              )
        if (own !== null) yield `${' '.repeat(NUMBER)}${chalk.cyan(own)}\n`
        const holds = new Set(alike.flatMap(({ action }) => describeHold(action) ?? []))
        for (const hold of holds) yield chalk.dim(numbered('', hold, 2))
      }
    }
    const one = commandOfStep(report, view)
    if (one !== null) yield `\n${leadTo('One step in full:', one)}`
  },
}

/** Steps of one kind, one behind the other, as one where there are many. */
function foldSteps(steps: readonly Step[]): readonly (readonly Step[])[] {
  const runs: Step[][] = []
  for (const step of steps) {
    const last = runs.at(-1)
    if (last !== undefined && last[0]?.action.kind === step.action.kind) last.push(step)
    else runs.push([step])
  }
  return runs.flatMap((run) => (run.length >= FOLDED ? [run] : run.map((step) => [step])))
}

function lines(some: readonly string[], paint = (line: string): string => line): string {
  return some.map((line) => `${paint(line)}\n`).join('')
}

function labelOf(steps: readonly Step[]): string {
  const [first, last] = [steps[0]?.number ?? 0, steps.at(-1)?.number ?? 0]
  return first === last ? String(first) : `${first}-${last}`
}

function describeSteps(steps: readonly Step[], report: Report, view: View): string {
  const [first, ...others] = steps
  const text = first === undefined ? '' : describeAction(first.action, report, view)
  return others.length === 0 ? text : `${text}, and ${others.length} more like it`
}

function topicLines(topic: string, [first = '', ...others]: readonly string[]): readonly string[] {
  return [`${' '.repeat(NUMBER)}${topic.padEnd(TOPIC)}${first}`, ...others.map((line) => `${' '.repeat(NUMBER + TOPIC)}${line}`)]
}
