import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { reportJsonSchema } from '../../src/report/schema.ts'
import { salvageJsonSchema } from '../../src/salvage/schema.ts'
import { showJsonSchema } from '../../src/show/schema.ts'

test.each([
  ['report', reportJsonSchema],
  ['show', showJsonSchema],
  ['salvage', salvageJsonSchema],
] as const)('the published schema is that of the %s (npm run schema writes it)', async (name, schema) => {
  const published: unknown = JSON.parse(await readFile(new URL(`../../schema/${name}.schema.json`, import.meta.url), 'utf8'))
  expect(published).toEqual(schema())
})
