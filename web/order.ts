import type { PageData, Thread } from '../src/report/html/page-data.ts'

/** The columns of the table by which it can be sorted. */
export const COLUMNS = ['name', 'reason', 'end', 'lasted', 'work', 'what', 'reportedAs', 'session'] as const
export type ColumnName = (typeof COLUMNS)[number]

export interface Order {
  /** null: the order of the screen, what may be lost first. */
  readonly by: ColumnName | null
  readonly descending: boolean
}

export const SCREEN_ORDER: Order = { by: null, descending: false }

/** Places of threads in the order that was asked for; what a thread does not have comes last, either way. */
export function ordered(places: readonly number[], { threads, reasons }: PageData, { by, descending }: Order): readonly number[] {
  const keys = new Map(places.map((place) => [place, keyOf(threads[place] as Thread, by, threads, reasons)]))
  return places.toSorted((a, b) => {
    const [left, right] = [keys.get(a) ?? null, keys.get(b) ?? null]
    if (left === null || right === null) return Number(left === null) - Number(right === null) || a - b
    const difference = left < right ? -1 : left > right ? 1 : 0
    return (descending ? -difference : difference) || a - b
  })
}

function keyOf(thread: Thread, by: Order['by'], threads: readonly Thread[], reasons: PageData['reasons']): string | number | null {
  if (by === null) return thread.rank
  if (by === 'reason') return thread.reason === null ? null : (reasons[thread.reason]?.rank ?? null)
  if (by === 'end') return thread.end
  if (by === 'lasted') return thread.start === null || thread.end === null || thread.end < thread.start ? null : thread.end - thread.start
  if (by === 'session') return textOrNull(thread.session === null ? thread.shortId : (threads[thread.session]?.shortId ?? ''))
  if (by === 'work') return textOrNull(thread.localOnly ? ` ${thread.risk}` : thread.work)
  return textOrNull(thread[by].toLowerCase())
}

function textOrNull(text: string): string | null {
  return text === '' ? null : text
}
