import type { PageData, Thread } from '../src/report/html/page-data.ts'
import { element } from './element.ts'
import type { Line } from './outline.ts'
import type { Range } from './range.ts'
import { share } from './range.ts'

/** Most bars and marks of other threads that one lane shows. */
const MOST_WITHIN = 200

/** What a lane is drawn with: the page's data, and how much room there is. */
export interface LaneRoom {
  readonly data: PageData
  readonly range: Range
  readonly width: number
  readonly widthOf: (text: string) => number
}

/** The bar of a line, with what is folded into it, and the letters of its reason. */
export function drawLane({ place, members, within }: Line, room: LaneRoom): readonly HTMLElement[] {
  const { data, range } = room
  const threads = data.threads
  const thread = threads[place] as Thread
  if (members !== null) return drawGroup(members, room)
  const [start, end] = spanOf(thread)
  if (start === null || end === null) return [element('span', { class: 'no-time', text: 'no time known' })]
  const marks = within.flatMap((one) => {
    const { lost, end: at, reason } = threads[one] as Thread
    return lost && at !== null ? [piece(`death ${lookOf(data, reason)}`, at, at, range)] : []
  })
  const gap = thread.silence === null ? null : piece('silence', thread.silence[0], thread.silence[1] ?? range.to, range)
  const name = `bar ${lookOf(data, thread.reason)}${thread.start === null || thread.end === null ? ' instant' : ''}`
  const bar = piece(name, start, end, range)
  const parts = [gap, bar ?? beyond(end < range.from), ...marks.slice(0, MOST_WITHIN)]
  if (bar !== null && thread.reason !== null) parts.push(markOf(thread, start, end, room))
  return parts.filter((part) => part !== null)
}

function drawGroup(members: readonly number[], room: LaneRoom): readonly HTMLElement[] {
  const { data, range } = room
  const spans = members.flatMap((place) => {
    const [start, end] = spanOf(data.threads[place] as Thread)
    return start === null || end === null ? [] : [{ start, end, place }]
  })
  if (spans.length === 0) return [element('span', { class: 'no-time', text: 'no time known' })]
  const bars = spans.map(({ start, end, place }) => piece(`bar ${lookOf(data, data.threads[place]?.reason ?? null)}`, start, end, range))
  const seen = bars.filter((bar) => bar !== null).slice(0, MOST_WITHIN)
  return seen.length > 0 ? seen : [beyond(spans.every(({ end }) => end < range.from))]
}

function beyond(isBefore: boolean): HTMLElement {
  return element('span', { class: `beyond ${isBefore ? 'left' : 'right'}`, text: isBefore ? '‹' : '›' })
}

function lookOf({ reasons }: PageData, reason: number | null): string {
  return (reason === null ? undefined : reasons[reason]?.look) ?? 'no-reason'
}

/** From when to when a thread is known to have been there; both are null, or none. */
export function spanOf({ start, end }: Thread): readonly [number, number] | readonly [null, null] {
  const [from, to] = [start ?? end, end ?? start]
  return from === null || to === null ? [null, null] : [from, to]
}

/** The letters of a reason: behind the bar, else before it, else on it; shorter where there is little room. */
function markOf(thread: Thread, start: number, end: number, { data, range, width, widthOf }: LaneRoom): HTMLElement | null {
  const left = Math.max(share(range, start), 0) * width
  // A bar is a few pixels wide, however short it lasted.
  const right = Math.max(Math.min(share(range, end), 1) * width, left + 4)
  const { name = '', mark: letters = '' } = data.reasons[thread.reason ?? -1] ?? {}
  const words = thread.lost ? [name, letters] : [letters]
  const risks = thread.localOnly ? [' ● local only', ' ●'] : ['']
  for (const [word, risk] of risks.flatMap((after) => words.map((before) => [before, after] as const))) {
    const text = `${word}${risk}`
    const length = widthOf(text) + 8
    const behind = right + length <= width
    const before = left - length >= 0
    if (!behind && !before && (word !== letters || length > width)) continue
    const mark = element('span', { class: `mark${thread.lost ? ' lost' : ''}${behind || before ? '' : ' inside'}`, text: word })
    if (risk !== '') mark.append(element('span', { class: 'risk', text: risk }))
    mark.style.left = behind ? `calc(max(${percent(Math.min(share(range, end), 1))}, ${percent(left / width)} + 4px) + 4px)` : 'auto'
    if (!behind) mark.style.right = before ? `calc(${percent(1 - left / width)} + 4px)` : '3px'
    return mark
  }
  return null
}

/** A part of a lane from one instant to another; null: it is out of sight. */
export function piece(name: string, from: number, to: number, range: Range): HTMLElement | null {
  const [left, right] = [share(range, from), share(range, to)]
  if (left > 1 || right < 0) return null
  const made = element('span', { class: `${name}${left >= 0 ? ' starts' : ''}${right <= 1 ? ' ends' : ''}` })
  made.style.left = percent(Math.max(left, 0))
  made.style.width = percent(Math.max(Math.min(right, 1) - Math.max(left, 0), 0))
  return made
}

/** A share as CSS has it. */
export function percent(part: number): string {
  return `${(part * 100).toFixed(4)}%`
}
