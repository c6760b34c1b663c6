import { fenceCommand } from './fence.ts'
import { escapeMarkdown } from './markdown.ts'
import {
  commandOf,
  commandOfGroup,
  commandOfPlan,
  commandsOf,
  describeAction,
  describeHold,
  groupsOf,
  pointsOf,
  type Step,
  summaryOf,
  titleOfGroup,
} from './plan-words.ts'
import type { Reporter } from './reporter.ts'
import { statementsOfPlan } from './statements.ts'

/** The plan as a numbered list for an issue or a hand-over. */
export const planMarkdown: Reporter = {
  name: 'markdown',
  mediaType: 'text/markdown',
  *render(report, view) {
    const inFull = ({ number, action }: Step): string =>
      [
        `\n${number}. **${escapeMarkdown(action.title)}**\n`,
        ...pointsOf(action, report, view).map(({ topic, text, isCommand }) =>
          isCommand === true ? `\n${fenceCommand(text)}\n` : `   - ${topic}: ${escapeMarkdown(text)}\n`,
        ),
        ...commandsOf(action, report, view).map((command) => `\n${fenceCommand(command)}`),
      ].join('')
    const groups = groupsOf(report.plan.actions, view.now)
    yield '## Recovery plan\n'
    if (view.action !== undefined) {
      const action = report.plan.actions.find(({ id }) => id === view.action)
      const step = groups.flatMap(({ steps }) => steps).find(({ action: { id } }) => id === view.action)
      if (action !== undefined) yield inFull(step ?? { number: 0, action })
      return
    }
    const all = commandOfPlan(report, view)
    yield `\n${escapeMarkdown(summaryOf(report, view.now))}${all === null ? '\n' : ` To do all of it, step by step:\n\n${fenceCommand(all, '')}`}`
    for (const { topic, text } of statementsOfPlan(report, view)) yield `\n- **${topic}:** ${escapeMarkdown(text)}\n`
    for (const group of groups) {
      yield `\n### ${escapeMarkdown(titleOfGroup(group, report, view))}\n`
      const shared = commandOfGroup(group, report, view)
      if (shared !== null) yield `\n${fenceCommand(shared, '')}`
      for (const step of group.steps) {
        if (view.verbose) {
          yield inFull(step)
          continue
        }
        yield `\n${step.number}. ${escapeMarkdown(describeAction(step.action, report, view))}\n`
        const command = commandOf(step.action, report, view)
        if (command !== null) yield `\n${fenceCommand(command)}`
        const hold = describeHold(step.action)
        if (hold !== null) yield `   - if: ${escapeMarkdown(hold)}\n`
      }
    }
    yield `\nTimes are in ${escapeMarkdown(view.timeZone)}. Made by agent-forensics ${escapeMarkdown(report.tool.version)} at ${escapeMarkdown(report.generatedAt)}.\n`
  },
}
