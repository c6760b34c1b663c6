import type { Thread } from '../src/report/html/page-data.ts'

/** A line of the timeline. `faint`: it does not match, and is there only to say where one below it belongs. */
export interface Line {
  readonly place: number
  readonly faint: boolean
  readonly open: boolean | null
}

/** The lines of the timeline: what matches, what that belongs to, and nothing below what is folded. */
export function outline(threads: readonly Thread[], matches: readonly number[], folded: ReadonlySet<number>): readonly Line[] {
  const matched = new Set(matches)
  const shown = new Set(matches)
  for (const place of matches) {
    for (let at = threads[place]?.parent ?? null; at !== null && !shown.has(at); at = threads[at]?.parent ?? null) shown.add(at)
  }
  const parents = new Set<number>()
  for (const place of shown) {
    const parent = threads[place]?.parent ?? null
    if (parent !== null) parents.add(parent)
  }
  const hidden = new Set<number>()
  const lines: Line[] = []
  threads.forEach(({ parent }, place) => {
    if (!shown.has(place)) return
    if (parent !== null && (hidden.has(parent) || folded.has(parent))) {
      hidden.add(place)
      return
    }
    lines.push({ place, faint: !matched.has(place), open: parents.has(place) ? !folded.has(place) : null })
  })
  return lines
}
