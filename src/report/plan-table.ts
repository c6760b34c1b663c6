import { Chalk } from 'chalk'
import { programsOf } from './programs.ts'
import { groupsOf, nextOf, pointsOf, commandsOf, summaryOf } from './plan-words.ts'
import type { Reporter, View } from './reporter.ts'
import { oneLine, Screen } from './screen.ts'
import { statementsOfPlan } from './statements.ts'
import { wrap } from './wrap.ts'

const NARROWEST = 40
const NUMBER = 4
const TOPIC = 6

/** The screen of `plan`: a numbered list that a tired person can follow, and one command to begin with. */
export const planTable: Reporter = {
  name: 'table',
  mediaType: 'text/plain',
  *render(report, view) {
    const screen = new Screen(view)
    yield screen.statements([summaryOf(report), ...statementsOfPlan(report, view)])
    const chalk = new Chalk({ level: view.colorLevel })
    for (const { title, actions } of groupsOf(report.plan.actions, programsOf(report))) {
      yield `\n${wrap(title, columnsOf(view))
        .map((line) => `${chalk.bold.underline(line)}\n`)
        .join('')}`
      for (const [number, action] of actions) {
        yield `\n${titleLines(number, action.title, view)
          .map((line) => `${chalk.bold(line)}\n`)
          .join('')}`
        for (const { topic, text } of pointsOf(action, report, view)) {
          yield topicLines(topic, wrap(oneLine(text), columnsOf(view) - NUMBER - TOPIC))
            .map((line) => `${screen.quiet(line)}\n`)
            .join('')
        }
        for (const command of commandsOf(action, report, view)) {
          yield topicLines('run', breakCommand(oneLine(command), columnsOf(view) - NUMBER - TOPIC))
            .map((line) => `${chalk.cyan(line)}\n`)
            .join('')
        }
      }
    }
    yield `\n${screen.statements([nextOf(report, view)])}`
  },
}

function columnsOf({ columns }: View): number {
  return Math.max(columns, NARROWEST)
}

function titleLines(number: number, title: string, view: View): readonly string[] {
  const [first = '', ...others] = wrap(oneLine(title), columnsOf(view) - NUMBER)
  return [`${`${number}`.padStart(NUMBER - 2)}  ${first}`, ...others.map((line) => `${' '.repeat(NUMBER)}${line}`)]
}

function topicLines(topic: string, [first = '', ...others]: readonly string[]): readonly string[] {
  return [`${' '.repeat(NUMBER)}${topic.padEnd(TOPIC)}${first}`, ...others.map((line) => `${' '.repeat(NUMBER + TOPIC)}${line}`)]
}

/** Broken between words by a backslash, so that what is copied from the screen still is one command; a long word stays whole. */
function breakCommand(command: string, columns: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  // Blanks in quotes are no place to break.
  for (const word of command.match(/(?:[^\s']|'[^']*')+/g) ?? []) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && longer.length > columns - 2) {
      lines.push(`${line} \\`)
      line = word
    } else line = longer
  }
  return [...lines, line]
}
