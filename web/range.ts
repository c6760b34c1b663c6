/** A stretch of time that is looked at, in milliseconds since the epoch. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** The shortest stretch that can be looked at. */
export const SHORTEST = 1000
const LONGEST = 200 * 365 * 86_400_000

/** The range with some room on both sides, so that nothing sticks to an edge. */
export function padded({ from, to }: Range): Range {
  const room = Math.max((to - from) * 0.04, SHORTEST / 2)
  return { from: from - room, to: to + room }
}

/** Closer (factor below 1) or further away (above 1); `at` (0 to 1) is what stays where it is. */
export function zoomRange({ from, to }: Range, factor: number, at = 0.5): Range {
  const length = Math.min(Math.max((to - from) * factor, SHORTEST), LONGEST)
  const fixed = from + (to - from) * at
  return { from: fixed - length * at, to: fixed + length * (1 - at) }
}

/** Moved by a share of its length. */
export function panRange({ from, to }: Range, part: number): Range {
  const by = (to - from) * part
  return { from: from + by, to: to + by }
}

/** Where an instant lies in the range, 0 to 1 inside of it. */
export function share({ from, to }: Range, ms: number): number {
  return (ms - from) / (to - from)
}

/** The range of a bar; null: no time of it is known. */
export function fitting({ start, end }: { readonly start: number | null; readonly end: number | null }): Range | null {
  const [from, to] = [start ?? end, end ?? start]
  return from === null || to === null ? null : padded({ from, to })
}

/** The range itself when a bar is in it, else the same stretch around the bar. */
export function showing(range: Range, bar: { readonly start: number | null; readonly end: number | null }): Range {
  const around = fitting(bar)
  if (around === null || (around.from < range.to && around.to > range.from)) return range
  const length = Math.max(range.to - range.from, around.to - around.from)
  const middle = (around.from + around.to) / 2
  return { from: middle - length / 2, to: middle + length / 2 }
}
