import type { ChalkInstance } from 'chalk'
import { outcomeOf, type TerminalReason, TERMINAL_REASON_NAMES } from '../reasons/terminal-reason.ts'
import { formatLocal } from '../time/zoned-time.ts'
import type { Reporter, View } from './reporter.ts'
import type { Row } from './rows.ts'
import { rowsOf } from './rows.ts'
import type { Column } from './screen.ts'
import { oneLine, Screen } from './screen.ts'
import { statementsAbove, statementsBelow } from './statements.ts'
import { count, GLUE, roughly } from './words.ts'
import { isAtRisk, isUnsaved, riskWords, stageOf, unverifiedReason } from './work.ts'
import { wrap } from './wrap.ts'
import { lastName } from '../text/last-name.ts'

const NARROW = 60
/** A cell so narrow that nothing in it is held together. */
const TIGHT = 17
const MIDDLE = 100
const WIDE = 120

/** The screen of `scan`: what was lost, what is safe, what to type next. */
export const table: Reporter = {
  name: 'table',
  mediaType: 'text/plain',
  *render(report, view) {
    const screen = new Screen(view)
    const { shown, notListed } = rowsOf(report, view)
    yield screen.statements(statementsAbove(report, view))
    yield* screen.listing(AGENT_COLUMNS, shown, notListed)
    yield `\n${screen.statements(statementsBelow(report, view))}`
  },
}

/** The columns of a table of agents. */
export const AGENT_COLUMNS: readonly Column<Row>[] = [
  {
    head: 'reason',
    width: TERMINAL_REASON_NAMES.reduce((longest, { length }) => Math.max(longest, length), 0),
    lines: reasonLines,
    paint: ({ reason }, chalk) => paintOf(reason, chalk),
  },
  { head: 'agent', lines: agentLines },
  { head: 'session', width: 8, from: WIDE, lines: ({ shortSessionId }) => [oneLine(shortSessionId ?? '')] },
  { head: 'ended', width: 11, from: NARROW, lines: endLines },
  { head: 'what happened', lines: whatLines },
  {
    head: 'client said',
    width: 11,
    from: WIDE,
    filled: ({ reportedAs }) => reportedAs !== null,
    lines: ({ reportedAs }, width) => wrap(oneLine(reportedAs ?? ''), width, 2),
  },
  {
    head: 'its work',
    width: 15,
    from: MIDDLE,
    filled: ({ work, worktreePath }) => work !== null || worktreePath !== null,
    lines: workLines,
    paint: ({ work }, chalk) => (work !== null && isUnsaved(work) ? chalk.red : (same) => same),
  },
]

/** The colour of a reason in a table. */
export function paintOf(reason: TerminalReason, chalk: ChalkInstance): (text: string) => string {
  return { died: chalk.red.bold, unknown: chalk.yellow.bold, running: chalk.cyan, finished: chalk.green }[outcomeOf(reason)]
}

function reasonLines({ reason, confidence }: Row): readonly string[] {
  return [reason, ...(confidence === 'high' ? [] : [`  ${confidence === 'low' ? 'unsure' : 'likely'}`])]
}

function endLines({ reason, endedAt }: Row, _width: number, { now, timeZone }: View): readonly string[] {
  if (outcomeOf(reason) === 'running') return ['still alive']
  if (endedAt === null) return ['not known']
  const ago = now - endedAt
  return [formatLocal(endedAt, timeZone).slice(5), ...(ago >= 0 ? [`${roughly(ago)} ago`] : [])]
}

function agentLines({ name, shortId, type }: Row, width: number): readonly string[] {
  const special = type === null || type === 'general-purpose' || type === name ? '' : ` ${type}`
  return [...wrap(oneLine(name), width, 2), ...wrap(oneLine(shortId + special), width, 1)]
}

// A narrow screen has no column for the work, but what may be lost is said all the same.
function whatLines({ what, work, goneFiles }: Row, width: number, { columns }: View): readonly string[] {
  const lost = columns < MIDDLE && work !== null && isAtRisk(work) ? wrap(oneLine(riskWords(work)), width, 3) : []
  const gone = goneFiles === 0 ? [] : wrap(`${count(goneFiles, 'file')} gone`, width, 1)
  // A time to come is of no use when it is cut off.
  const isTight = width < TIGHT
  return [...wrap(oneLine(isTight ? what.replaceAll(GLUE, ' ') : what), width, isTight ? 6 : 3), ...lost, ...gone]
}

function workLines({ work, worktreePath }: Row, width: number): readonly string[] {
  if (work === null) return wrap(oneLine(lastName(worktreePath ?? '')), width, 1)
  const doubt = unverifiedReason(work) === null ? [] : ['unverified']
  return [...wrap(oneLine(stageOf(work)), width, 2), ...doubt, ...wrap(oneLine(lastName(work.path)), width, 1)]
}
