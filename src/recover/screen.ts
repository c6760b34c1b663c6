import { joinSome } from '../text/join-some.ts'
import { plural } from '../text/plural.ts'
import { escapeControl } from '../text/escape.ts'
import type { OpenSubject, Recovery } from './recover.ts'

/** Lines of what is open. */
const MOST_OPEN = 15

/** What came of a recovery, for a person. `plan`: the command that lists what is left, or shows the step that its words name. */
export function listResult(
  { done, open, saved: { saved, failures } }: Recovery,
  plan: (...words: readonly string[]) => string,
): readonly string[] {
  if (done.length + open.length + saved.length + failures.length === 0) return ['Nothing is left to recover.']
  const folded = foldByReason(open)
  const rows: (readonly [string, string])[] = [
    ...(saved.length === 0
      ? []
      : [['saved', `${plural(new Set(saved.map(({ path }) => path)).size, 'place')}, in rescue references`] as const]),
    ...failures.map(({ path, reason }) => ['not saved', `${path}: ${reason}`] as const),
    ...(done.length === 0
      ? []
      : [['done', done.length > 5 ? plural(done.length, 'agent') : done.map(({ title }) => title).join('; ')] as const]),
    ...folded.slice(0, MOST_OPEN).flatMap(({ text, question }) => [
      ['open', text] as const,
      // A command has a line of its own.
      ...(question === null ? [] : [['', plan(question)] as const]),
    ]),
    ...(folded.length > MOST_OPEN ? [['open', `${folded.length - MOST_OPEN} more`] as const] : []),
    ...(open.length + failures.length === 0 ? [] : [['Next', plan()] as const]),
  ]
  const width = Math.max(...rows.map(([topic]) => topic.length))
  return ['Result', ...rows.map(([topic, text]) => escapeControl(`  ${topic.padEnd(width)}  ${text}`))]
}

/** One line for all that are open for the same reason, and the question where there is one for all of them. */
function foldByReason(open: readonly OpenSubject[]): readonly { readonly text: string; readonly question: string | null }[] {
  const groups = new Map<string, OpenSubject[]>()
  for (const each of open) groups.set(each.why, [...(groups.get(each.why) ?? []), each])
  return [...groups].map(([why, members]) => {
    const titles = members.map(({ title }) => title)
    const [question = null, ...others] = new Set(members.map((each) => each.question))
    return { text: `${joinSome(titles, 3)}: ${why}`, question: others.length === 0 ? question : null }
  })
}
