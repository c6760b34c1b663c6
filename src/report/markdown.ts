import type { Limit } from '../model/limit.ts'
import type { Report } from '../model/report.ts'
import { escapeControl } from '../text/escape.ts'
import { formatLocal } from '../time/zoned-time.ts'
import type { Reporter, View } from './reporter.ts'
import type { Row } from './rows.ts'
import { rowsOf, shownAgents } from './rows.ts'
import type { Item, Statement } from './statements.ts'
import { statementsAbove, statementsBelow } from './statements.ts'
import { GLUE, LIMIT_WORDS, local } from './words.ts'
import { baseParts, detailsOf, dirtyParts, onlyHere, originOf, stageOf, titleOf, worstFirst } from './work.ts'

/** The report for a pull request or an issue: what happened, the table of agents, the limits, what was not read. */
export const markdown: Reporter = {
  name: 'markdown',
  mediaType: 'text/markdown',
  *render(report, view) {
    yield '## agent-forensics\n\n'
    yield statementsAbove(report, view).map(bullet).join('')
    const { shown, notListed } = rowsOf(report, view)
    if (shown.length > 0) yield* agents(shown, view)
    if (notListed > 0) yield `\nand ${notListed} more (\`--all\` lists every one)\n`
    yield* worktrees(report)
    yield* limits(report, view)
    yield `\n${statementsBelow(report, view).map(bullet).join('')}`
    yield `\nTimes are in ${escapeMarkdown(view.timeZone)}. Made by agent-forensics ${escapeMarkdown(report.tool.version)} at ${escapeMarkdown(report.generatedAt)}.\n`
  },
}

function bullet({ topic, tone, text, items = [] }: Statement): string {
  const said = tone === 'command' ? `\`${text}\`` : escapeMarkdown(text)
  return `- **${topic}:** ${said}\n${items.map((item) => `  - ${escapeMarkdown(typeof item === 'string' ? item : whole(item))}\n`).join('')}`
}

function whole({ text, path }: Exclude<Item, string>): string {
  return text === '' ? path : `${text}, in ${path}`
}

function* agents(rows: readonly Row[], view: View): Iterable<string> {
  yield '\n| reason | confidence | agent | id | session | ended | what happened | client said |\n'
  yield '| --- | --- | --- | --- | --- | --- | --- | --- |\n'
  for (const row of rows) {
    const ended = row.endedAt === null ? '' : formatLocal(row.endedAt, view.timeZone)
    yield cells([row.reason, row.confidence, row.name, row.shortId, row.shortSessionId ?? '', ended, row.what, row.reportedAs ?? ''])
  }
}

function* worktrees(report: Report): Iterable<string> {
  if (report.worktrees.length === 0) return
  yield '\n| worktree | of | stage | against its base | uncommitted | only here | origin | to know |\n'
  yield '| --- | --- | --- | --- | --- | --- | --- | --- |\n'
  for (const row of worstFirst(report.worktrees)) {
    const { path, branch, orphan } = row
    const where = branch === null ? path : `${path} (${branch})`
    const parts = [dirtyParts(row), baseParts(row)].map((all) => all.join(', '))
    const [dirty = '', base = ''] = parts
    yield cells([
      where,
      orphan ? 'orphan' : titleOf(row, report),
      stageOf(row),
      base,
      dirty,
      onlyHere(row),
      originOf(row),
      detailsOf(row).join('; '),
    ])
  }
}

function* limits(report: Report, view: View): Iterable<string> {
  const told = new Map<string, { limit: Limit; hits: number }>()
  for (const { limit } of [...report.sessions, ...shownAgents(report)]) {
    if (limit === null) continue
    const key = JSON.stringify([limit.kind, limit.resetsAt, limit.text])
    told.set(key, { limit, hits: (told.get(key)?.hits ?? 0) + 1 })
  }
  if (told.size === 0) return
  yield '\n| limit | resets | hit | the client’s words |\n| --- | --- | --- | --- |\n'
  for (const { limit, hits } of told.values()) {
    const resets = limit.resetsAt === null ? 'not known' : local(limit.resetsAt, view.timeZone)
    yield cells([LIMIT_WORDS[limit.kind], resets, `${hits} times`.replace(/^1 times$/, 'once'), limit.text])
  }
}

function cells(texts: readonly string[]): string {
  return `| ${texts.map(escapeMarkdown).join(' | ')} |\n`
}

/** Text that renders as itself: no markup, no HTML, no link, and nobody is mentioned. */
function escapeMarkdown(text: string): string {
  return escapeControl(text.replace(/\s*[\t\r\n]\s*/g, ' ').replaceAll(GLUE, ' '))
    .replace(/[\\`*_{}[\]<>|~&!$]|:(?=\/\/)|(?<=\bwww)\./g, '\\$&')
    .replace(/^[-+=#]/, '\\$&')
    .replace(/^(\d+)([.)])(?= |$)/, '$1\\$2')
    .replace(/[@#](?=[\w-])/g, '$&<!-- -->')
}
