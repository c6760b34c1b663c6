import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Format } from '../../src/report/index.ts'
import { FORMATS, REPORTERS, TABLES } from '../../src/report/index.ts'
import { readReport } from '../../src/report/read-report.ts'
import type { View } from '../../src/report/reporter.ts'

const folder = new URL('../../fixtures/reports/', import.meta.url)
const stored = readFileSync(new URL('incident.json', folder), 'utf8')
const view: View = {
  columns: 80,
  colorLevel: 0,
  all: false,
  verbose: false,
  timeZone: 'Europe/Kyiv',
  now: Date.parse('2026-05-31T20:10:00Z'),
}

async function rendered(format: Format, changed: Partial<View> = {}): Promise<string> {
  const reporter = await REPORTERS[format]()
  return [...reporter.render(readReport(stored), { ...view, ...changed })].join('')
}

/** Compares with the stored screen; UPDATE_GOLDEN=1 writes it, and the diff is read by a person. */
function expectGolden(name: string, text: string): void {
  const file = new URL(name, folder)
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text)
  expect(text).toBe(readFileSync(file, 'utf8'))
}

describe('the stored incident', () => {
  it.each<[string, Format, Partial<View>]>([
    ['table-80.txt', 'table', {}],
    ['table-120.txt', 'table', { columns: 120 }],
    ['table-all.txt', 'table', { all: true, verbose: true }],
    ['incident.md', 'markdown', {}],
    ['incident.ndjson', 'ndjson', {}],
    ['incident.json', 'json', {}],
  ])('%s', async (name, format, changed) => {
    expectGolden(name, await rendered(format, changed))
  })

  it.each([80, 120])('worktrees-%i.txt', async (columns) => {
    const reporter = await TABLES.worktrees()
    const plain = [...reporter.render(readReport(stored), { ...view, columns })].join('')
    expectGolden(`worktrees-${columns}.txt`, plain)
    const coloured = [...reporter.render(readReport(stored), { ...view, columns, colorLevel: 1 })].join('')
    expect(coloured.replace(/\u001b\[[\d;]*m/g, '').replace(/ +$/gm, '')).toBe(plain)
  })

  it.each(FORMATS)('%s is the same twice, and calls itself by its name', async (format) => {
    expect(await rendered(format)).toBe(await rendered(format))
    expect((await REPORTERS[format]()).name).toBe(format)
  })

  it('has the same words with colour as without', async () => {
    const coloured = await rendered('table', { colorLevel: 1 })
    expect(coloured).toContain('\u001b[')
    expect(coloured.replace(/\u001b\[[\d;]*m/g, '').replace(/ +$/gm, '')).toBe(await rendered('table'))
  })
})
