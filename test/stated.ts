import { readFileSync } from 'node:fs'
import { expect } from 'vitest'

const PAGE = new URL('../docs/internals/reliability.md', import.meta.url)

/** A row of the first table of docs/internals/reliability.md. */
export interface Stated {
  readonly suite: string
  readonly cases: string
  readonly repeat: string
}

/** What that page says of the suites that it counts. */
export function listStated(): readonly Stated[] {
  const [, table = ''] = /^\| suite \|.*\n\|[- |:]+\n([^]*?)\n\n/m.exec(readFileSync(PAGE, 'utf8')) ?? []
  return table.split('\n').map((line) => {
    const [, suite = '', cases = '', , , repeat = ''] = line.split(/(?<!\\)\|/).map((cell) => cell.trim())
    return { suite, cases, repeat }
  })
}

/** Fails unless that page says of a suite that it tries so many cases: usually, and in a long run. */
export function expectStated(suite: string, usual: number, long: number = usual): void {
  const number = (count: number): string => count.toLocaleString('en-US')
  const cases = long === usual ? number(usual) : `${number(usual)} (${number(long)})`
  expect(listStated().find((row) => row.suite === suite)?.cases, suite).toBe(cases)
}
