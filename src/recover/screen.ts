import { joinSome } from '../text/join-some.ts'
import { plural } from '../text/plural.ts'
import { escapeControl } from '../text/escape.ts'
import type { OpenSubject, Recovery } from './recover.ts'

/** Lines of what is open. */
const MOST_OPEN = 15

/** What came of a recovery, for a person. `next`: the command to type where something is open. */
export function listResult({ done, open, saved: { saved, failures } }: Recovery, next: string): readonly string[] {
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
    ...folded.slice(0, MOST_OPEN).map((text) => ['open', text] as const),
    ...(folded.length > MOST_OPEN ? [['open', `${folded.length - MOST_OPEN} more`] as const] : []),
    ...(open.length + failures.length === 0 ? [] : [['Next', next] as const]),
  ]
  const width = Math.max(...rows.map(([topic]) => topic.length))
  return ['Result', ...rows.map(([topic, text]) => escapeControl(`  ${topic.padEnd(width)}  ${text}`))]
}

/** One line for all that are open for the same reason. */
function foldByReason(open: readonly OpenSubject[]): readonly string[] {
  const groups = new Map<string, OpenSubject[]>()
  for (const each of open) groups.set(each.why, [...(groups.get(each.why) ?? []), each])
  return [...groups].map(([why, members]) => {
    const titles = members.map(({ title }) => title)
    return `${joinSome(titles, 3)}: ${why}`
  })
}
