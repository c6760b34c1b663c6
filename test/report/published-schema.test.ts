import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { autopsyJsonSchema, reportJsonSchema, salvageJsonSchema } from '../../src/report/schema.ts'

test.each([
  ['report', reportJsonSchema],
  ['autopsy', autopsyJsonSchema],
  ['salvage', salvageJsonSchema],
] as const)('the published schema is that of the %s (npm run schema writes it)', async (name, schema) => {
  const published: unknown = JSON.parse(await readFile(new URL(`../../schema/${name}.schema.json`, import.meta.url), 'utf8'))
  expect(published).toEqual(schema())
})
