import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { reportJsonSchema } from '../../src/report/schema.ts'

test('the published schema is that of the report (npm run schema writes it)', async () => {
  const published: unknown = JSON.parse(await readFile(new URL('../../schema/report.schema.json', import.meta.url), 'utf8'))
  expect(published).toEqual(reportJsonSchema())
})
