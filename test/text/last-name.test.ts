import { expect, it } from 'vitest'
import { nameOf } from '../../src/salvage/place.ts'
import { lastName } from '../../src/text/last-name.ts'

it.each([
  ['/a/b.ts', 'b.ts'],
  ['C:\\a\\b.ts', 'b.ts'],
  ['/a/b//', 'b'],
  ['b', 'b'],
  ['///', '///'],
  ['', ''],
])('the last name of %j is %j', (path, name) => {
  expect(lastName(path)).toBe(name)
})

it.each([
  ['/a/b.ts', 'b.ts'],
  ['C:\\a/b\\c.ts', 'c.ts'],
  ['/a/', ''],
  ['b', 'b'],
])('the file of %j is %j', (path, name) => {
  expect(nameOf(path)).toBe(name)
})

it('a path of any length has one in no time', () => {
  const long = 'a'.repeat(2_000_000)
  // Anything but linear would take minutes, and the test would end by its timeout.
  expect(lastName(`${long}\n/${'/'.repeat(2_000_000)}`)).toBe(`${long}\n`)
  expect(nameOf(`${long}/b`)).toBe('b')
})
