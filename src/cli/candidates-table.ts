import type { View } from '../report/reporter.ts'
import { type Column, oneLine, Screen } from '../report/screen.ts'
import { clock } from '../report/words.ts'
import type { Candidate } from '../show/not-found.ts'

/** How many of the things that an id fits are listed. */
const MOST_LISTED = 10

/** The things that an id may mean, one a line. */
export function* listCandidates(candidates: readonly Candidate[], view: View): Iterable<string> {
  yield* new Screen(view).listing(COLUMNS, candidates.slice(0, MOST_LISTED), 0)
  if (candidates.length > MOST_LISTED) yield `and ${candidates.length - MOST_LISTED} more\n`
}

const COLUMNS: readonly Column<Candidate>[] = [
  { head: 'id', width: 'content', lines: ({ id }) => [oneLine(id)] },
  { head: 'what', lines: ({ what, of }) => [oneLine(what ?? of)] },
  { head: 'ended', width: 'content', lines: ({ reason }) => [reason ?? ''] },
  { head: 'when', from: 60, width: 'content', lines: ({ endedAt }, _, view) => [endedAt == null ? '' : oneLine(clock(endedAt, view))] },
  { head: 'session', from: 80, width: 'content', lines: ({ sessionId }) => [oneLine(sessionId?.slice(0, 8) ?? '')] },
]
