import { fenceFor } from './fence.ts'
import { escapeMarkdown } from './markdown.ts'
import { programsOf } from './programs.ts'
import { commandsOf, groupsOf, nextOf, pointsOf, summaryOf } from './plan-words.ts'
import type { Reporter } from './reporter.ts'
import { statementsOfPlan } from './statements.ts'

/** The plan as a numbered list for an issue or a hand-over. */
export const planMarkdown: Reporter = {
  name: 'markdown',
  mediaType: 'text/markdown',
  *render(report, view) {
    yield '## Recovery plan\n\n'
    const next = nextOf(report, view)
    for (const { topic, text } of [summaryOf(report), ...statementsOfPlan(report, view)]) yield `- **${topic}:** ${escapeMarkdown(text)}\n`
    for (const { title, actions } of groupsOf(report.plan.actions, programsOf(report))) {
      yield `\n### ${escapeMarkdown(title)}\n`
      for (const [number, action] of actions) {
        yield `\n${number}. **${escapeMarkdown(action.title)}**\n`
        for (const { topic, text } of pointsOf(action, report, view)) yield `   - ${topic}: ${escapeMarkdown(text)}\n`
        for (const command of commandsOf(action, report, view)) yield `\n${fenceCommand(command)}`
      }
    }
    yield next.tone === 'command' ? `\n**Next:**\n\n${fenceCommand(next.text, '')}` : `\n**Next:** ${escapeMarkdown(next.text)}\n`
    yield `\nTimes are in ${escapeMarkdown(view.timeZone)}. Made by agent-forensics ${escapeMarkdown(report.tool.version)} at ${escapeMarkdown(report.generatedAt)}.\n`
  },
}

function fenceCommand(command: string, indent = '   '): string {
  const fence = fenceFor(command, 3)
  return `${indent}${fence}sh\n${indent}${command}\n${indent}${fence}\n`
}
