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
        for (const command of commandsOf(action, report, view)) yield `\n${fenced(command)}`
      }
    }
    yield next.tone === 'command' ? `\n**Next:**\n\n${fenced(next.text, '')}` : `\n**Next:** ${escapeMarkdown(next.text)}\n`
    yield `\nTimes are in ${escapeMarkdown(view.timeZone)}. Made by agent-forensics ${escapeMarkdown(report.tool.version)} at ${escapeMarkdown(report.generatedAt)}.\n`
  },
}

/** A block that nothing within can end: its fence is longer than any row of backticks in it. */
function fenced(text: string, indent = '   '): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length))
  const fence = '`'.repeat(longest + 1)
  return `${indent}${fence}sh\n${indent}${text}\n${indent}${fence}\n`
}
