import { TERMINAL_REASONS } from '../../reasons/terminal-reason.ts'
import type { WorkflowCallReport } from '../document.ts'
import { rowsOf } from '../../report/rows.ts'
import { type Column, oneLine, Screen } from '../../report/screen.ts'
import { AGENT_COLUMNS } from '../../report/table.ts'
import { wrap } from '../../report/wrap.ts'
import type { ShowReporter } from './reporter.ts'
import { statementsAbove, statementsBelow } from './statements.ts'
import { timelineLines } from './timeline-lines.ts'

/** Rows of a table that stand on a screen without `--all`. */
const MOST_CALLS = 40

/** The screen of `show`: whose it is, how it ended, what happened, and what is left. */
export const table: ShowReporter = {
  name: 'table',
  mediaType: 'text/plain',
  *render(document, view) {
    const screen = new Screen(view)
    yield screen.statements(statementsAbove(document, view))
    if (document.of === 'session') {
      const { shown, notListed } = rowsOf({ ...document, sessions: [] }, view)
      if (shown.length > 0) yield '\n'
      yield* screen.table(AGENT_COLUMNS, shown)
      if (notListed > 0) yield `${screen.quiet(`and ${notListed} more: --all lists every one`)}\n`
    }
    if (document.calls.length > 0) {
      const shown = view.all ? document.calls : document.calls.slice(0, MOST_CALLS)
      yield '\n'
      yield* screen.table(CALL_COLUMNS, shown)
      if (shown.length < document.calls.length)
        yield `${screen.quiet(`and ${document.calls.length - shown.length} more: --all lists every one`)}\n`
    }
    if (document.timeline.items.length > 0) yield '\n'
    yield* timelineLines(document, view, screen)
    const below = statementsBelow(document, view)
    if (below.length > 0) yield `\n${screen.statements(below)}`
  },
}

const CALL_COLUMNS: readonly Column<WorkflowCallReport>[] = [
  {
    head: 'call',
    lines: ({ label, agentId, attempt }, width) => [
      ...wrap(oneLine(label ?? '(no label)'), width, 2),
      ...wrap(
        oneLine(`${agentId === null ? 'no agent' : agentId.slice(0, 8)}${attempt === null || attempt < 2 ? '' : `, attempt ${attempt}`}`),
        width,
        1,
      ),
    ],
  },
  {
    head: 'how it ended',
    width: 17,
    lines: ({ reason }) => [reason ?? 'no agent'],
    paint: ({ reason }, chalk) =>
      reason === null
        ? chalk.yellow
        : { died: chalk.red.bold, unknown: chalk.yellow.bold, running: chalk.cyan, finished: chalk.green }[
            TERMINAL_REASONS[reason].outcome
          ],
  },
  {
    head: 'client said',
    width: 12,
    lines: ({ state, error }, width) => [
      ...wrap(oneLine(state ?? ''), width, 1),
      ...(error === null ? [] : wrap(oneLine(error), width, 2)),
    ],
  },
  { head: 'journal', width: 8, lines: ({ journal }) => [journal ?? ''] },
  { head: 'again?', width: 6, from: 60, lines: ({ wouldRunAgain }) => [wouldRunAgain ? 'yes' : ''] },
]
