import { describe, expect, it } from 'vitest'
import type { PageData, Thread } from '../../src/report/html/page-data.ts'
import { composePage } from '../../src/report/html/compose-page.ts'
import { formatDuration } from '../../web/clock.ts'
import { isEmpty, matching, NO_FILTER, searchTexts } from '../../web/filter.ts'
import { nextListIndex } from '../../web/list-keys.ts'
import type { ColumnName } from '../../web/order.ts'
import { COLUMNS, ordered } from '../../web/order.ts'
import { outline } from '../../web/outline.ts'
import { padded, panRange, share, zoomRange } from '../../web/range.ts'
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
  const find = (asked: Partial<typeof NO_FILTER>) => named(matching(data.threads, texts, { ...NO_FILTER, ...asked }))

  it('lets everything through when nothing is asked', () => {
    expect(find({})).toHaveLength(data.threads.length)
    expect(isEmpty({ ...NO_FILTER, text: '  ' })).toBe(true)
    expect(isEmpty({ ...NO_FILTER, atRisk: true })).toBe(false)
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
    const lost = matching(data.threads, texts, { ...NO_FILTER, lost: true }).map((place) => data.threads[place] as Thread)
    expect(lost.every((thread) => thread.lost)).toBe(true)
    expect(lost.filter(({ kind }) => kind === 'agent')).toHaveLength(12)
    expect(find({ atRisk: true })).toContain('Generate thumbnails for the catalogue')
    expect(find({ atRisk: true })).not.toContain('Update the changelog')
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

  it.each<ColumnName>(['end', 'said', 'work'])('puts what has no %s last, either way', (by) => {
    const has = (place: number | undefined) => {
      const thread = data.threads[place ?? -1] as Thread
      return by === 'end' ? thread.end !== null : thread[by as 'said' | 'work'] !== ''
    }
    for (const descending of [true, false]) {
      const sorted = ordered(places, data, { by, descending }).map(has)
      expect(sorted.lastIndexOf(true)).toBeLessThan(sorted.indexOf(false) === -1 ? sorted.length : sorted.indexOf(false))
      expect(sorted).toContain(false)
    }
  })

  it('has the worst first, as the screen does', () => {
    const worst = named(ordered(places, data, { by: 'reason', descending: false }))
    expect(worst.slice(0, 2)).toEqual(['Move the order service to the new schema', 'Write the migration tests'])
  })
})

describe('the outline', () => {
  it('keeps the way to what matches, and leaves out what is folded', () => {
    const child = data.threads.findIndex(({ name }) => name === 'Write the migration tests')
    const lines = outline(data.threads, [child], new Set())
    expect(lines).toEqual([
      { place: data.threads[child]?.parent, faint: true, open: true },
      { place: child, faint: false, open: null },
    ])
    expect(outline(data.threads, [child], new Set([data.threads[child]?.parent ?? -1]))).toHaveLength(1)
  })
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
