import type { PageData, Thread } from '../src/report/html/page-data.ts'

/** What a person asked to see. */
export interface Filter {
  readonly text: string
  /** Places in the list of reasons; none chosen: all. */
  readonly reasons: ReadonlySet<number>
  /** Place of a session in the list of threads. */
  readonly session: number | null
  readonly lost: boolean
  readonly localOnly: boolean
}

export const NO_FILTER: Filter = { text: '', reasons: new Set(), session: null, lost: false, localOnly: false }

/** Whether anything is asked at all. */
export function isEmpty({ text, reasons, session, lost, localOnly }: Filter): boolean {
  return text.trim() === '' && reasons.size === 0 && session === null && !lost && !localOnly
}

/** What the words of a filter are looked for in: one text for each thread, in lower case. */
export function searchTexts({ threads, reasons }: PageData): readonly string[] {
  return threads.map(({ name, id, type, what, reportedAs, work, risk, reason, session }) => {
    const home = session === null ? '' : (threads[session]?.id ?? '')
    return [name, id, type, what, reportedAs, work, risk, reason === null ? '' : (reasons[reason]?.name ?? ''), home]
      .join('\n')
      .toLowerCase()
  })
}

/** The places of the threads that a filter lets through, in their order. Every word of its text must be found. */
export function matching(threads: readonly Thread[], texts: () => readonly string[], filter: Filter): readonly number[] {
  if (isEmpty(filter)) return [...threads.keys()]
  const words = filter.text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const found: number[] = []
  threads.forEach((thread, index) => {
    if (filter.lost && !thread.lost) return
    if (filter.localOnly && !thread.localOnly) return
    if (filter.reasons.size > 0 && (thread.reason === null || !filter.reasons.has(thread.reason))) return
    if (filter.session !== null && filter.session !== index && filter.session !== thread.session) return
    const text = words.length === 0 ? '' : (texts()[index] ?? '')
    if (words.every((word) => text.includes(word))) found.push(index)
  })
  return found
}
