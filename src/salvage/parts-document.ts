import type { Replayed } from './replay.ts'

const HEAD = `These are parts of a file, and not the file (agent-forensics salvage).
A line is shown as NUMBER<TAB>|TEXT; its number is ? where edits have moved it. Holes are told. An edit shows its old text
behind -, its new text behind +.
`

/** What is known of a file that cannot be rebuilt, in a form that nothing takes for the file. */
export function partsDocument(path: string, { pieces, loose, notDone }: Replayed): string {
  const out = [HEAD, `File: ${JSON.stringify(path)}`]
  for (const why of notDone) out.push(`Not done: ${why}`)
  const known = pieces.known.toSorted((a, b) => (a.from ?? Number.POSITIVE_INFINITY) - (b.from ?? Number.POSITIVE_INFINITY))
  let next = 1
  for (const { from, lines } of known) {
    if (from === null) out.push('', '[lines whose place is not known]')
    else if (from > next) out.push('', `[hole: lines ${next} to ${from - 1} are not known]`)
    for (const [at, line] of lines.entries()) out.push(`${from === null ? '?' : from + at}\t|${line}`)
    if (from !== null) next = from + lines.length
  }
  if (known.length > 0) out.push('[what follows is not known]')
  for (const { where, tool, edits, state } of loose) {
    out.push(
      '',
      `[${tool}, line ${where.line} of the transcript, ${state === 'applied' ? 'applied' : 'not answered: may or may not have been applied'}]`,
    )
    for (const { oldText, newText, all } of edits) {
      if (all) out.push('[at every place]')
      if (oldText !== '') out.push(...oldText.split('\n').map((line) => `-|${line}`))
      out.push(...newText.split('\n').map((line) => `+|${line}`))
    }
  }
  return `${out.join('\n')}\n`
}
