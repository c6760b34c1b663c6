import { expect, it } from 'vitest'
import { ReportSchema } from '../../src/report/report.ts'
import { markdown } from '../../src/report/markdown.ts'
import { table } from '../../src/report/table.ts'
import { type Json, lacking } from '../lacking.ts'
import { fullReport, pageOf, VIEW } from './reports.ts'

it('a report is told whatever of it is missing', () => {
  let told = 0
  for (const less of lacking(JSON.parse(JSON.stringify(fullReport())) as Json)) {
    const valid = ReportSchema.safeParse(less)
    if (!valid.success) continue
    told += 1
    const texts = [pageOf(valid.data), [...markdown.render(valid.data, VIEW)].join(''), [...table.render(valid.data, VIEW)].join('')]
    for (const text of texts.slice(1)) expect(text).not.toMatch(/\bundefined\b|\bNaN\b|\[object/)
    expect(texts[0]?.startsWith('<!doctype html>')).toBe(true)
  }
  expect(told).toBeGreaterThan(100)
})
