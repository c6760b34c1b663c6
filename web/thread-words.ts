import type { PageData, Thread } from '../src/report/html/page-data.ts'
import type { Clock } from './clock.ts'
import { formatDuration } from './clock.ts'
import { element } from './element.ts'

/** The small coloured mark of a reason; its letters say the same without colour. */
export function createReasonMark(data: PageData, reason: number | null): HTMLElement {
  const mark = reason === null ? undefined : data.reasons[reason]
  return element('span', { class: `swatch ${mark === undefined ? 'no-reason' : mark.look}`, attributes: { 'aria-hidden': 'true' } })
}

/** What a thread is called where threads of several kinds stand together. */
export function titleOf({ kind, shortId, name }: Thread): string {
  return kind === 'session' && shortId !== '' ? `session ${shortId}` : name
}

/** How a thread ended, in a word. */
export function reasonWord(data: PageData, { reason, reportedAs, kind }: Thread): string {
  if (kind === 'run') return reportedAs === '' ? 'workflow run' : `reported as ${reportedAs}`
  return reason === null ? 'not known' : (data.reasons[reason]?.name ?? '')
}

/** When it was, in words: for a tooltip and for those who cannot see the bar. */
export function whenWords({ start, end, alive }: Thread, clock: Clock): string {
  if (start === null && end === null) return 'no time known'
  if (start === null || end === null) return `${start === null ? 'ended' : 'started'} ${clock.exact(start ?? end ?? 0)}`
  const length = end < start ? '' : `, ${formatDuration(end - start)}`
  return `${clock.exact(start)} to ${alive ? 'now' : clock.exact(end)}${length}`
}

/** All of it in a sentence. */
export function describeThread(data: PageData, thread: Thread, clock: Clock): string {
  const words = [reasonWord(data, thread), doubt(thread), whenWords(thread, clock), thread.risk]
  return words.filter((word) => word !== '').join(', ')
}

/** How sure a verdict is, where it is not certain. */
export function doubt({ confidence, kind }: Thread): string {
  return kind === 'run' || confidence === 'high' ? '' : `${confidence} confidence`
}
