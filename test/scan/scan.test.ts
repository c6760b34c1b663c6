import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { analyze } from '../../src/scan/scan.ts'
import { type AnalyzeOptions, NothingToScan } from '../../src/scan/analyze-options.ts'
import type { Processes } from '../../src/ports/host.ts'
import { createFiles } from '../../src/node/files.ts'
import { noGit } from '../no-git.ts'
import { analyzeOptions } from '../analyze-options.ts'

const NOW = Date.parse('2026-05-31T12:00:00Z')
const processes: Processes = { domain: () => Promise.resolve(null), inspect: () => Promise.resolve({ state: 'unknown' }) }
let root = ''

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'analyze-test-'))
})
afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

function scan(options: Partial<AnalyzeOptions> = {}): ReturnType<typeof analyze> {
  return analyze(analyzeOptions({ roots: [root], now: NOW, ...options }), { files: createFiles(), processes, git: noGit })
}

async function transcript(): Promise<void> {
  const folder = join(root, '-home-dev-app')
  const path = join(folder, '00000000-0000-4000-8000-000000000001.jsonl')
  await mkdir(folder)
  const record = {
    type: 'user',
    message: { role: 'user', content: 'Go.' },
    timestamp: '2026-05-31T10:00:00.000Z',
    sessionId: '00000000-0000-4000-8000-000000000001',
  }
  await writeFile(path, `${JSON.stringify(record)}\n`)
  await utimes(path, new Date(NOW - 86_400_000), new Date(NOW - 86_400_000))
}

it('a root without a single transcript is nothing to scan, as a missing one is', async () => {
  await expect(scan()).rejects.toThrow(NothingToScan)
  await expect(scan({ roots: [join(root, 'missing')] })).rejects.toThrow(NothingToScan)
})

it('transcripts that the bounds leave out are counted, and no reason to fail', async () => {
  await transcript()
  expect((await scan({ since: NOW - 3_600_000 })).counts).toMatchObject({ filesRead: 0, filesOlder: 1, sessions: 0 })
  expect((await scan()).counts).toMatchObject({ filesRead: 1, filesOlder: 0, sessions: 1 })
})
