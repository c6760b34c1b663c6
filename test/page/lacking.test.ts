import { expect, it } from 'vitest'
import { ReportSchema } from '../../src/report/report.ts'
import { markdown } from '../../src/report/markdown.ts'
import { table } from '../../src/report/table.ts'
import { type Json, lacking } from '../lacking.ts'
import { IS_LONG } from '../long.ts'
import { fullReport, pageOf, VIEW } from './reports.ts'

it('a report is told whatever of it is missing', () => {
  let told = 0
  const all = [...lacking(JSON.parse(JSON.stringify(fullReport())) as Json)]
  for (const less of all.filter((_, at) => IS_LONG || at % 3 === 0)) {
    const valid = ReportSchema.safeParse(less)
    if (!valid.success) continue
    told += 1
    const texts = [pageOf(valid.data), [...markdown.render(valid.data, VIEW)].join(''), [...table.render(valid.data, VIEW)].join('')]
    for (const text of texts.slice(1)) expect(text).not.toMatch(/\bundefined\b|\bNaN\b|\[object/)
    expect(texts[0]?.startsWith('<!doctype html>')).toBe(true)
  }
  expect(told).toBeGreaterThan(IS_LONG ? 100 : 50)
})
