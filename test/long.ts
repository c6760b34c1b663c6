import { it, type TestAPI } from 'vitest'

/** Whether `LONG_TESTS=1` asks for every case where a sample usually does. */
export const IS_LONG = process.env['LONG_TESTS'] === '1'

/** A case beside one that is always tried, and like it: only a long run tries it. */
export const variant: ReturnType<TestAPI['runIf']> = it.runIf(IS_LONG)

/** Of cases that are like each other, at most so many, spread over all of them; every one in a long run. */
export function sample<Case>(cases: readonly Case[], most: number): readonly Case[] {
  if (IS_LONG || cases.length <= most) return cases
  return Array.from({ length: most }, (_, index) => cases[Math.floor((index * cases.length) / most)] as Case)
}
