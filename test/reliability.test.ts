import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { HOSTILE, REFUSED } from './emit/hostile.ts'
import { VECTORS } from './git/vectors.ts'
import { HOSTILE as PAGES } from './page/reports.ts'
import { expectStated, listStated } from './stated.ts'

const ROOT = fileURLToPath(new URL('../', import.meta.url))

it('tries as many texts in shells and pages, and as many traps, as docs/internals/reliability.md says', () => {
  expectStated('shells', Object.keys(HOSTILE).length + Object.keys(REFUSED).length)
  expectStated('pages', PAGES.length)
  expectStated('hostile repositories', VECTORS.length)
  expect(VECTORS.filter(({ harmless }) => harmless !== undefined)).toHaveLength(3)
})

it('every number of that page is held against its suite, and every suite is there', () => {
  const tests = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.test.ts'))
  const text = tests.map((path) => readFileSync(join(ROOT, 'test', path), 'utf8')).join('\n')
  const rows = listStated()
  expect(rows.length).toBeGreaterThan(15)
  expect(rows.filter(({ suite }) => !text.includes(`expectStated('${suite}'`)).map(({ suite }) => suite)).toEqual([])
  for (const { suite, repeat } of rows) {
    const path = /`npx vitest run (test\/[^ `]+)`/.exec(repeat)?.[1] ?? ''
    expect([suite, path !== '' && existsSync(join(ROOT, path))]).toEqual([suite, true])
  }
})
