import type { Limit } from '../facts/limit.ts'
import type { Report } from './report.ts'
import { clip, escapeControl } from '../text/escape.ts'
import { formatLocal } from '../time/zoned-time.ts'
import { fenceFor } from './fence.ts'
import { describeIncident, headline } from './headline.ts'
import { listEntries } from './listing.ts'
import type { Reporter, View } from './reporter.ts'
import { listShownAgents } from './rows.ts'
import type { Item, Statement } from './statement.ts'
import { labels, statementsBelow } from './statements.ts'
import { count, firstOf, GLUE, LIMIT_WORDS, local } from './words.ts'
import { baseParts, detailsOf, dirtyParts, isAtRisk, describeLocalWork, originOf, stageOf, titleOf, worstFirst } from './work.ts'

/** The longest text that the forges take as one comment is 65,536 characters. */
const LONGEST = 60_000
const LONGEST_TEXT = 500
const LONGEST_CELL = 300
const MOST_ITEMS = 20

/**
 * The report for a pull request or an issue: what happened and the table of agents; what is long and not asked by everybody is
 * folded. It always fits into one comment.
 */
export const markdown: Reporter = {
  name: 'markdown',
  mediaType: 'text/markdown',
  *render(report, view) {
    const { text, items = [] } = headline(report, view)
    const sentences = [`**${escapeMarkdown(text)}**`, ...items.map((item) => escapeMarkdown(typeof item === 'string' ? item : whole(item)))]
    const above = `## agent-forensics\n\n${sentences.join('\n')}\n\n${bullets(labels(report, view), LONGEST / 2)}`
    const below = `\n${bullets(statementsBelow(report, view), LONGEST / 4)}\nTimes are in ${escapeMarkdown(view.timeZone)}. Made by agent-forensics ${escapeMarkdown(report.tool.version)} at ${escapeMarkdown(report.generatedAt)}.\n`
    yield above
    let room = LONGEST - above.length - below.length
    for (const part of parts(report, view)) {
      const drawn = table(part, room)
      room -= drawn.length
      yield drawn
    }
    yield below
  },
}

/** A table of the report. With a `fold`, it is closed until somebody asks for it. */
interface Part {
  readonly fold: string | null
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly after: string
}

function parts(report: Report, view: View): readonly Part[] {
  return [agents(report, view), incidents(report, view), workItems(report), worktrees(report), limits(report, view)].filter(
    ({ rows }) => rows.length > 0,
  )
}

// The rows that fit, and how many did not.
function table({ fold, head, rows, after }: Part, room: number): string {
  const start = `${fold === null ? '' : `\n<details>\n<summary>${escapeMarkdown(fold)}</summary>\n`}\n${cells(head)}| ${head.map(() => '---').join(' | ')} |\n`
  const end = `${after}${fold === null ? '' : '\n</details>\n'}`
  let drawn = start
  for (const [index, row] of rows.entries()) {
    const line = cells(row)
    const rest = `\n${rows.length - index} more did not fit (\`--json\` has them all)\n`
    if (drawn.length + line.length + rest.length + end.length > room) return index === 0 ? rest : `${drawn}${rest}${end}`
    drawn += line
  }
  return `${drawn}${end}`
}

// The lines that fit: of texts that are longer than any client writes them, the last ones go.
function bullets(statements: readonly Statement[], room: number): string {
  let drawn = ''
  for (const line of statements.flatMap(bullet)) if (drawn.length + line.length <= room) drawn += line
  return drawn
}

function bullet({ topic, tone, text, command, items = [] }: Statement): readonly string[] {
  const sentence = tone === 'command' && command === undefined ? leadTo('', text) : leadTo(text, command)
  return [
    topic === '' ? `  - ${sentence}\n` : `- **${topic}:** ${sentence}\n`,
    ...firstOf(items, MOST_ITEMS, '--json lists them').map((item) => `  - ${whole(item)}\n`),
  ]
}

function whole(item: Item): string {
  if (typeof item === 'string') return escapeMarkdown(item)
  if ('command' in item) return leadTo(item.text, item.command)
  return escapeMarkdown(item.text === '' ? item.path : `${item.text}, in ${item.path}`)
}

/** A command is code, which nothing in it can end. */
function leadTo(text: string, command?: string): string {
  if (command === undefined) return escapeMarkdown(text)
  const fence = fenceFor(command, 1)
  const space = command.startsWith('`') || command.endsWith('`') ? ' ' : ''
  return `${text === '' ? '' : `${escapeMarkdown(text)} `}${fence}${space}${command}${space}${fence}`
}

function agents(report: Report, view: View): Part {
  const { shown, left } = listEntries(report, view)
  return {
    fold: null,
    head: ['agent', 'ended', 'confidence', 'when', 'local only', 'id', 'what happened', 'client reported'],
    rows: shown.map(({ what, reason, endedAt, work, id, rows: [row] }) => {
      const when = endedAt === null ? '' : formatLocal(endedAt, view.timeZone)
      return [
        what,
        reason ?? 'no agent known',
        row?.confidence ?? '',
        when,
        describeLocalWork(...work),
        id ?? '',
        row?.what ?? '',
        row?.reportedAs ?? '',
      ]
    }),
    after: left > 0 ? `\nand ${left} more (\`--all\` lists all)\n` : '',
  }
}

// The latest incident is told above; one alone needs no table.
function incidents({ incidents: all }: Report, view: View): Part {
  return {
    fold: `The incidents: ${all.length}`,
    head: ['incident', 'agents', 'tokens', 'built on'],
    rows: (all.length < 2 ? [] : all).map((incident) => {
      const { agents: hit, tokens, builtOn } = incident
      const sum = tokens.input + tokens.output + tokens.cacheRead + tokens.cacheWrite
      return [describeIncident(incident, view), String(hit.length), String(sum), builtOn.length === 0 ? '' : count(builtOn.length, 'hint')]
    }),
    after: '',
  }
}

// The pieces of work that say more than their one agent does.
function workItems({ workItems: all }: Report): Part {
  const shownItems = all.filter(({ attempts, state, maybeDoneBy }) => attempts.length > 1 || state === 'lost' || maybeDoneBy !== null)
  return {
    fold: `Work tried again, or lost: ${shownItems.length}`,
    head: ['work', 'attempts', 'state', 'by', 'how sure'],
    rows: shownItems.map(({ title, attempts, state, doneBy, doingBy, maybeDoneBy, certainty }) => {
      const by = doneBy ?? (doingBy === null ? (maybeDoneBy === null ? '' : `perhaps ${maybeDoneBy}`) : `${doingBy} (running)`)
      return [title, String(attempts.length), state, by, certainty]
    }),
    after: '',
  }
}

function worktrees(report: Report): Part {
  const atRisk = report.worktrees.filter(isAtRisk).length
  return {
    fold: `Where the work is: ${count(report.worktrees.length, 'row')}${atRisk > 0 ? `, ${atRisk} with local-only work` : ''}`,
    head: ['worktree', 'of', 'stage', 'against its base', 'uncommitted', 'local only', 'origin', 'notes'],
    rows: worstFirst(report.worktrees).map((row) => {
      const { path, branch, orphan } = row
      return [
        branch === null ? path : `${path} (${branch})`,
        orphan ? 'orphan' : titleOf(row, report),
        stageOf(row),
        baseParts(row).join(', '),
        dirtyParts(row).join(', '),
        describeLocalWork(row),
        originOf(row),
        detailsOf(row).join('; '),
      ]
    }),
    after: '',
  }
}

function limits(report: Report, view: View): Part {
  const byLimit = new Map<string, { limit: Limit; hits: number }>()
  for (const { limit } of [...report.sessions, ...listShownAgents(report)]) {
    if (limit === null) continue
    const key = JSON.stringify([limit.kind, limit.resetsAt, limit.text])
    byLimit.set(key, { limit, hits: (byLimit.get(key)?.hits ?? 0) + 1 })
  }
  return {
    fold: `Limits: ${byLimit.size}`,
    head: ['limit', 'resets', 'hit', 'the client’s words'],
    rows: [...byLimit.values()].map(({ limit, hits }) => {
      const resets = limit.resetsAt === null ? 'unknown' : local(limit.resetsAt, view.timeZone)
      return [LIMIT_WORDS[limit.kind], resets, `${hits} times`.replace(/^1 times$/, 'once'), limit.text]
    }),
    after: '',
  }
}

function cells(texts: readonly string[]): string {
  return `| ${texts.map((text) => escapeMarkdown(text, LONGEST_CELL)).join(' | ')} |\n`
}

/** Text that renders as itself: no markup, no HTML, no link, and nobody is mentioned. */
export function escapeMarkdown(text: string, longest = LONGEST_TEXT): string {
  return escapeControl(
    clip(text, longest)
      .replace(/\s*[\t\r\n]\s*/g, ' ')
      .replaceAll(GLUE, ' '),
  )
    .replace(/[\\`*_{}[\]<>|~&!$]|:(?=\/\/)|(?<=\bwww)\./g, '\\$&')
    .replace(/^[-+=#]/, '\\$&')
    .replace(/^(\d+)([.)])(?= |$)/, '$1\\$2')
    .replace(/[@#](?=[\w-])/g, '$&<!-- -->')
}
