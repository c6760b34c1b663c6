import type { PageData, Thread } from '../src/report/html/page-data.ts'
import type { Clock } from './clock.ts'
import { formatDuration } from './clock.ts'
import { element } from './element.ts'

/** The small coloured mark of a reason; its letters say the same without colour. */
export function createReasonMark(data: PageData, reason: number | null): HTMLElement {
  const mark = reason === null ? undefined : data.reasons[reason]
  return element('span', { class: `swatch ${mark === undefined ? 'no-reason' : mark.look}`, attributes: { 'aria-hidden': 'true' } })
}

/** How a thread ended, in a word. */
export function reasonWord(data: PageData, { reason, said, kind }: Thread): string {
  if (kind === 'run') return said === '' ? 'workflow run' : `the client says ${said}`
  return reason === null ? 'not known' : (data.reasons[reason]?.name ?? '')
}

/** When it was, in words: for a tooltip and for those who cannot see the bar. */
export function whenWords({ start, end, alive }: Thread, clock: Clock): string {
  if (start === null && end === null) return 'no time is known'
  if (start === null || end === null) return `${start === null ? 'ended' : 'started'} ${clock.exact(start ?? end ?? 0)}`
  const length = end < start ? '' : `, ${formatDuration(end - start)}`
  return `${clock.exact(start)} to ${alive ? 'now' : clock.exact(end)}${length}`
}

/** How sure a verdict is, where it is not certain. */
export function doubt({ confidence, kind }: Thread): string {
  return kind === 'run' || confidence === 'high' ? '' : confidence === 'medium' ? 'likely' : 'unsure'
}
