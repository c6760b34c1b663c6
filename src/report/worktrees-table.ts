import type { Report } from './report.ts'
import type { WorktreeReport } from '../worktree/worktree-report.ts'
import type { Reporter, View } from './reporter.ts'
import type { Shorten } from './rows.ts'
import { SCREENFUL, shortener } from './rows.ts'
import type { Column } from './screen.ts'
import { oneLine, Screen } from './screen.ts'
import type { Item } from './statement.ts'
import { workAbove, workBelow } from './statements.ts'
import {
  agentsOf,
  baseParts,
  detailsOf,
  dirtyParts,
  isAtRisk,
  isSafe,
  isUnsaved,
  onlyHereParts,
  originOf,
  riskWords,
  sessionsOf,
  stageOf,
  titleOf,
  worstFirst,
} from './work.ts'
import { wrap } from './wrap.ts'
import { lastName } from '../text/last-name.ts'

const NARROW = 60
const MIDDLE = 100

/** The screen of `worktrees`: where work is, how far it got, and what exists nowhere else. */
export const worktreesTable: Reporter = {
  name: 'table',
  mediaType: 'text/plain',
  *render(report, view) {
    const screen = new Screen(view)
    const rows = worstFirst(report.worktrees)
    const shown = view.all ? rows : rows.slice(0, SCREENFUL)
    yield screen.statements(workAbove(report, view))
    if (shown.length > 0) yield '\n'
    yield* screen.table(columnsOf(report), shown, (row) => below(row, view))
    const rest = rows.slice(shown.length)
    const atRisk = rest.filter(isAtRisk).length
    if (rest.length > 0)
      yield `\n${screen.note(`and ${rest.length} more${atRisk > 0 ? `, ${atRisk} of them at risk` : ''} (-a lists all)`)}`
    yield `\n${screen.statements(workBelow(report, view))}`
  },
}

function columnsOf(report: Report): readonly Column<WorktreeReport>[] {
  const agentId = shortener(report.agents.map((agent) => agent.agentId))
  return [
    {
      head: 'work of',
      lines: (row, width) => [
        ...wrap(oneLine(titleOf(row, report)), width, row.orphan ? 1 : 2),
        ...wrap(oneLine(ownerOf(row, report, agentId)), width, 2),
      ],
    },
    {
      head: 'stage',
      width: 16,
      lines: (row, width, { columns }) => [
        ...wrap(oneLine(stageOf(row)), width, 2),
        ...(columns < MIDDLE ? wrap(oneLine(originOf(row)), width, 3) : []),
      ],
      paint: (row, chalk) => (isUnsaved(row) ? chalk.red.bold : isSafe(row) ? chalk.green : (same) => same),
    },
    { head: 'origin', width: 17, from: MIDDLE, lines: (row, width) => wrap(oneLine(originOf(row)), width, 3) },
    { head: 'vs. base', width: 9, from: 80, lines: (row, width) => each(baseParts(row), width) },
    { head: 'uncommitted', width: 12, from: 70, lines: (row, width) => each(dirtyParts(row), width) },
    {
      head: 'local only',
      width: 14,
      from: NARROW,
      lines: (row, width) => each(onlyHereParts(row), width),
      paint: (row, chalk) => (isUnsaved(row) ? chalk.red : chalk.yellow),
    },
  ]
}

function each(parts: readonly string[], width: number): readonly string[] {
  return parts.flatMap((part) => wrap(oneLine(part), width, 2))
}

/** Which agent and how it ended: what one asks next. */
function ownerOf(row: WorktreeReport, report: Report, agentId: Shorten): string {
  if (row.orphan) return 'orphan'
  const [agent] = agentsOf(row, report)
  const [session] = sessionsOf(row, report)
  if (agent === undefined && session !== undefined) return `session ${session.sessionId.slice(0, 8)} ${session.reason}`
  return agent === undefined ? row.agents.map((id) => id.slice(0, 8)).join(' ') : `${agentId(agent.agentId)} ${agent.reason}`
}

function below(row: WorktreeReport, { columns }: View): readonly Item[] {
  const { path, branch, repo, exists } = row
  // The client names the branch after the worktree: said once is enough.
  const isNamedSo = branch === null || branch === `worktree-${lastName(path)}`
  const named = isNamedSo ? [] : [`branch ${branch}`]
  const where = { text: '', path }
  const main = exists && path === repo ? ['the main checkout'] : []
  const lost = columns < NARROW && isAtRisk(row) ? [riskWords(row)] : []
  return [where, ...lost, ...named, ...main, ...detailsOf(row).map((text) => `- ${text}`)]
}
