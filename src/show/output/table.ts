import type { WorkflowCallReport, ShowDocument } from '../document.ts'
import type { Reporter } from '../../report/reporter.ts'
import { rowsOf } from '../../report/rows.ts'
import { type Column, oneLine, Screen } from '../../report/screen.ts'
import { entryOf } from '../../report/listing.ts'
import { ENTRY_COLUMNS, paintOf } from '../../report/table.ts'
import { wrap } from '../../report/wrap.ts'
import { statementsAbove, statementsBelow } from './statements.ts'
import { timelineLines } from './timeline-lines.ts'

/** Calls of a workflow run on a screen without `--all`. */
const MOST_CALLS = 40

/** The screen of `show`: what it is, how it ended, what happened, and what is left. */
export const table: Reporter<ShowDocument> = {
  name: 'table',
  mediaType: 'text/plain',
  *render(document, view) {
    const screen = new Screen(view)
    yield screen.statements(statementsAbove(document, view))
    if (document.of === 'session') {
      const { shown, notListed } = rowsOf({ ...document, sessions: [] }, view)
      yield* screen.listing(
        ENTRY_COLUMNS,
        shown.map((row) => entryOf({ row, work: row.work })),
        notListed,
      )
    }
    const calls = view.all ? document.calls : document.calls.slice(0, MOST_CALLS)
    yield* screen.listing(CALL_COLUMNS, calls, document.calls.length - calls.length)
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
    head: 'ended',
    width: 17,
    lines: ({ reason }) => [reason ?? 'no agent'],
    paint: ({ reason }, chalk) => (reason === null ? chalk.yellow : paintOf(reason, chalk)),
  },
  {
    head: 'client reported',
    width: 12,
    lines: ({ state, error }, width) => [
      ...wrap(oneLine(state ?? ''), width, 1),
      ...(error === null ? [] : wrap(oneLine(error), width, 2)),
    ],
  },
  { head: 'journal', width: 8, lines: ({ journal }) => [journal ?? ''] },
  { head: 'again?', width: 6, from: 60, lines: ({ wouldRunAgain }) => [wouldRunAgain ? 'yes' : ''] },
]
