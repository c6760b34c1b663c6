import { describe, expect, it } from 'vitest'
import type { PageData, Thread } from '../../src/report/html/page-data.ts'
import { composePage } from '../../src/report/html/compose-page.ts'
import { formatDuration } from '../../web/clock.ts'
import { isEmpty, matching, NO_FILTER, searchTexts } from '../../web/filter.ts'
import { nextListIndex } from '../../web/list-keys.ts'
import type { ColumnName } from '../../web/order.ts'
import { COLUMNS, ordered, SCREEN_ORDER } from '../../web/order.ts'
import { LabelRow } from '../../web/measure.ts'
import { foldAtFirst, likeAgents, outline, wayTo } from '../../web/outline.ts'
import { padded, panRange, share, showing, zoomRange } from '../../web/range.ts'
import { fullReport, VIEW } from './reports.ts'

const data: PageData = composePage(fullReport(), VIEW).data
const places = data.threads.map((_, place) => place)
const named = (found: readonly number[]) => found.map((place) => data.threads[place]?.name)

describe('the range', () => {
  const range = { from: 1_000_000, to: 2_000_000 }

  it('keeps what is under the pointer where it is', () => {
    for (const at of [0, 0.3, 1]) {
      const ms = 1_000_000 + at * 1_000_000
      for (const factor of [0.5, 2]) expect(share(zoomRange(range, factor, at), ms)).toBeCloseTo(at)
    }
  })

  it('is never shorter than a second nor without end', () => {
    expect(zoomRange(range, 1e-9)).toMatchObject({ from: 1_499_500, to: 1_500_500 })
    const far = zoomRange(range, 1e12)
    expect(Number.isFinite(far.from) && Number.isFinite(far.to)).toBe(true)
    expect(padded({ from: 5, to: 5 })).toEqual({ from: -495, to: 505 })
  })

  it('moves by a share of its length', () => {
    expect(panRange(range, -0.5)).toEqual({ from: 500_000, to: 1_500_000 })
  })
})

describe('the filter', () => {
  const texts = searchTexts(data)
  const find = (asked: Partial<typeof NO_FILTER>) => named(matching(data.threads, () => texts, { ...NO_FILTER, ...asked }))

  it('lets everything through when nothing is asked', () => {
    expect(find({})).toHaveLength(data.threads.length)
    expect(isEmpty({ ...NO_FILTER, text: '  ' })).toBe(true)
    expect(isEmpty({ ...NO_FILTER, localOnly: true })).toBe(false)
  })

  it('finds words in any order and letter case, in names, ids, reasons and sessions', () => {
    expect(find({ text: 'TESTS migration' })).toEqual(['Write the migration tests'])
    // The other one says who did its work since.
    expect(find({ text: 'a2d9915c' })).toEqual(['Move the order service to the new schema', 'Write the migration tests'])
    expect(find({ text: 'pause_killed' })).toEqual(['Write the migration tests'])
    expect(find({ text: 'e2c90715' })).toHaveLength(4)
    expect(find({ text: 'migration nowhere' })).toEqual([])
  })

  it('knows what died and what is at risk', () => {
    const lost = matching(data.threads, () => texts, { ...NO_FILTER, lost: true }).map((place) => data.threads[place] as Thread)
    expect(lost.every((thread) => thread.lost)).toBe(true)
    expect(lost.filter(({ kind }) => kind === 'agent')).toHaveLength(12)
    expect(find({ localOnly: true })).toContain('Generate thumbnails for the catalogue')
    expect(find({ localOnly: true })).not.toContain('Update the changelog')
  })
})

describe('the order', () => {
  it.each(COLUMNS.flatMap((by) => [true, false].map((descending) => [by, descending] as const)))(
    'by %s, descending %s, keeps every thread',
    (by, descending) => {
      const sorted = ordered(places, data, { by, descending })
      expect(sorted.toSorted((a, b) => a - b)).toEqual(places)
      expect(ordered(places.toReversed(), data, { by, descending })).toEqual(sorted)
    },
  )

  it.each<ColumnName>(['end', 'reportedAs', 'work'])('puts what has no %s last, either way', (by) => {
    const has = (place: number | undefined) => {
      const thread = data.threads[place ?? -1] as Thread
      return by === 'end' ? thread.end !== null : thread[by as 'reportedAs' | 'work'] !== ''
    }
    for (const descending of [true, false]) {
      const sorted = ordered(places, data, { by, descending }).map(has)
      expect(sorted.lastIndexOf(true)).toBeLessThan(sorted.indexOf(false) === -1 ? sorted.length : sorted.indexOf(false))
      expect(sorted).toContain(false)
    }
  })

  it('has what may be lost first, as the screen does', () => {
    const first = ordered(places, data, SCREEN_ORDER).map((place) => data.threads[place] as Thread)
    const safe = first.findIndex(({ localOnly }) => !localOnly)
    expect(safe).toBeGreaterThan(2)
    expect(first.slice(safe).some(({ localOnly }) => localOnly)).toBe(false)
    expect(first.at(-1)?.kind).toBe('run')
  })
})

describe('the outline', () => {
  it('keeps the way to what matches, and leaves out what is folded', () => {
    const child = data.threads.findIndex(({ name }) => name === 'Write the migration tests')
    const lines = outline(data.threads, [child], new Set())
    expect(lines).toMatchObject([
      { place: data.threads[child]?.parent, faint: true, open: true },
      { place: child, faint: false, open: null },
    ])
    expect(outline(data.threads, [child], new Set([data.threads[child]?.parent ?? -1]))).toHaveLength(1)
  })
})

describe('like agents', () => {
  // A session of 60 agents: every third one was refused, one of those has local-only work, one launched another.
  const [session, sample] = [data.threads.find(({ kind }) => kind === 'session'), data.threads.find(({ kind }) => kind === 'agent')] as [
    Thread,
    Thread,
  ]
  const quiet = { lost: false, alive: false, localOnly: false }
  const agents = Array.from({ length: 60 }, (_, index) => ({
    ...sample,
    ...quiet,
    parent: 0,
    reason: index % 3 === 0 ? 1 : 0,
    localOnly: index === 3,
  }))
  const [first, ...rest] = agents as [Thread, ...Thread[]]
  const many: readonly Thread[] = [{ ...session, ...quiet, parent: null }, first, { ...first, parent: 1, depth: 2 }, ...rest]
  const heads = likeAgents(many)
  const everything = [...many.keys()]

  it('are one line, but for those that say more', () => {
    const lines = outline(many, everything, foldAtFirst(many, heads), heads)
    expect(lines.map(({ members, place }) => members?.length ?? place)).toEqual([0, 1, 2, 40, 5, 18])
    expect(lines.flatMap(({ members, place }) => members ?? [place]).toSorted((a, b) => a - b)).toEqual(everything)
  })

  it('are all there once they are unfolded, and the way to each of them is known', () => {
    const lines = outline(many, everything, new Set(), heads)
    expect(
      lines
        .filter(({ members }) => members === null)
        .map(({ place }) => place)
        .toSorted((a, b) => a - b),
    ).toEqual(everything)
    const folded = foldAtFirst(many, heads)
    const open = new Set([...folded].filter((id) => !wayTo(7, many, heads).includes(id)))
    expect(outline(many, everything, open, heads).some(({ id }) => id === 7)).toBe(true)
  })

  it('keep their own lines where there are few', () => {
    expect(likeAgents(many.slice(0, 30)).size).toBe(0)
    expect(likeAgents(data.threads).size).toBe(0)
  })

  it('of a session in which nothing was lost are folded into it, and counted', () => {
    const calm = many.map((thread) => ({ ...thread, ...quiet }))
    const [line, ...others] = outline(calm, everything, foldAtFirst(calm, likeAgents(calm)), likeAgents(calm))
    expect(others).toEqual([])
    expect(line).toMatchObject({ place: 0, open: false })
    expect(line?.within).toHaveLength(61)
  })
})

it('shows a bar that is out of sight, and moves nothing for one that is in it', () => {
  const range = { from: 10_000, to: 20_000 }
  expect(showing(range, { start: 12_000, end: null })).toBe(range)
  expect(showing(range, { start: null, end: null })).toBe(range)
  const moved = showing(range, { start: 50_000, end: 51_000 })
  expect(moved.from).toBeLessThan(50_000)
  expect(moved.to).toBeGreaterThan(51_000)
  expect(moved.to - moved.from).toBe(10_000)
})

it('gives a label the first place that is free, and none beyond the edges', () => {
  const row = new LabelRow(100, 5)
  row.block(50, 50)
  expect(row.place(30, 40, 10)).toBe(10)
  expect(row.place(30, 10, 38, 75)).toBe(null)
  expect(row.place(30, 60)).toBe(60)
  expect(row.place(5, -1, 96)).toBe(null)
})

it('moves through a list with keys, and stays in it', () => {
  const at = (key: string, from: number) => nextListIndex(key, from, 10, 4)
  expect([at('ArrowDown', 3), at('ArrowUp', 0), at('PageDown', 8), at('PageUp', 5), at('Home', 5), at('End', 5)]).toEqual([
    4, 0, 9, 1, 0, 9,
  ])
  expect(at('x', 3)).toBeNull()
  expect(nextListIndex('End', -1, 0, 4)).toBeNull()
})

it.each([
  [400, '0.4 s'],
  [40_000, '40 s'],
  [12 * 60_000, '12 min'],
  [220 * 60_000, '3 h 40 min'],
  [3_600_000, '1 h'],
  [51 * 3_600_000, '2 d 3 h'],
])('says %i ms as %s', (ms, words) => {
  expect(formatDuration(ms)).toBe(words)
})
