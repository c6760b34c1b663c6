import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createFiles } from '../../src/node/files.ts'

fc.configureGlobal({ seed: 20_260_531 })

/** `@(…)` is a pattern that only fast-glob matches, and means the same. */
const globbed = (pattern: string): string => pattern.replace(/[^/]*$/, (name) => `@(${name})`)

const name = fc.constantFrom(
  'a',
  'b.jsonl',
  'agent-x.jsonl',
  'agent-x.meta.json',
  'workflows',
  'scripts',
  'wf_1.json',
  'run.js',
  '.hidden',
  'a b',
  '[x]',
)
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
const patterns = fc.subarray(
  ['**/*.jsonl', '**/agent-*.meta.json', '**/workflows/wf_*.json', '**/workflows/scripts/*.js', '*.json', 'a/*', '*/*.jsonl'],
  { minLength: 1 },
)

it('a walk finds what fast-glob finds', async () => {
  const files = createFiles()
  let listed = 0
  await fc.assert(
    fc.asyncProperty(fc.array(path, { maxLength: 12 }), fc.option(path), patterns, async (paths, link, wanted) => {
      const root = realpathSync(mkdtempSync(join(tmpdir(), 'walk-')))
      const attempt = (make: () => void): void => {
        try {
          make()
        } catch {
          // A file stands where a folder should.
        }
      }
      for (const each of paths) {
        attempt(() => {
          mkdirSync(dirname(join(root, each)), { recursive: true })
          writeFileSync(join(root, each), '')
        })
      }
      if (link !== null) attempt(() => symlinkSync(root, join(root, link)))
      const walked = await files.list(root, wanted)
      const found = await files.list(root, wanted.map(globbed))
      rmSync(root, { recursive: true })
      expect(walked).toEqual(found)
      listed += walked.paths.length
    }),
    { numRuns: 300 },
  )
  expect(listed).toBeGreaterThan(100)
})
