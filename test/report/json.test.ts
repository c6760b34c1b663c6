import { expect, it } from 'vitest'
import type { Report } from '../../src/report/report.ts'
import { json } from '../../src/report/json.ts'
import type { View } from '../../src/report/reporter.ts'

/** Only what the writer looks at: which values are lists, and how long. */
function written(report: object): string {
  return [...json.render(report as Report, {} as View)].join('')
}

it.each([0, 1, 63, 64, 65, 128, 200])('%i entries stand as JSON.stringify writes them', (length) => {
  const agents = Array.from({ length }, (_, index) => ({ id: `a${index}`, list: [], nested: [{ text: 'one\n  two' }], none: null }))
  const report = { formatVersion: '1.0', options: { roots: ['/a'] }, agents, texts: agents.map(({ id }) => id), plan: { actions: agents } }
  expect(written(report)).toBe(`${JSON.stringify(report, null, 2)}\n`)
})

it('what a terminal would obey is escaped, wherever it stands', () => {
  const agents = Array.from({ length: 70 }, (_, index) => ({ text: index === 66 ? 'a\u202eb\u{e0041}' : 'plain' }))
  const text = written({ agents })
  expect([text.includes('a\\u202eb\\udb40\\udc41'), text.includes('\u202e')]).toEqual([true, false])
  expect(JSON.parse(text)).toEqual({ agents })
})
