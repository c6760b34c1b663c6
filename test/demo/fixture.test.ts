import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { filesBelow, recordDemo } from './record.ts'

const FIXTURE = fileURLToPath(new URL('../../fixtures/demo/', import.meta.url))

test('fixtures/demo/ is what the story says (UPDATE_DEMO=1 writes it)', async () => {
  const files = await recordDemo()
  if (process.env['UPDATE_DEMO'] === '1') {
    rmSync(FIXTURE, { recursive: true, force: true })
    for (const [path, text] of files) {
      mkdirSync(dirname(join(FIXTURE, path)), { recursive: true })
      writeFileSync(join(FIXTURE, path), text)
    }
  }
  expect(new Map(filesBelow(FIXTURE).map((path) => [path, readFileSync(join(FIXTURE, path), 'utf8')]))).toEqual(files)
})
