import { readFileSync } from 'node:fs'
import { expect } from 'vitest'

const PAGE = new URL('../docs/internals/reliability.md', import.meta.url)

/** Fails unless docs/internals/reliability.md says of a suite that it tries so many cases: usually, and in a long run. */
export function expectStated(suite: string, usual: number, long: number = usual): void {
  const rows = readFileSync(PAGE, 'utf8')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
  const [, , cases = ''] = rows.find(([, name]) => name === suite) ?? []
  const number = (count: number): string => count.toLocaleString('en-US')
  expect(`${suite}: ${cases}`).toBe(`${suite}: ${long === usual ? number(usual) : `${number(usual)} (${number(long)})`}`)
}
