import { expect, it } from 'vitest'
import { check } from '../fuzz/check.ts'
import { listKept } from '../fuzz/kept.ts'
import { noProcesses, NOW } from './world.ts'

// What `npm run fuzz` found, made small: each broke a law once. A folder in fixtures/fuzz/ is a test; nothing is registered.
const kept = listKept()

it('is there', () => {
  expect(kept.length).toBeGreaterThan(0)
})

it.each(kept)('$name breaks no law any more', async ({ home, find }) => {
  const known = {
    agents: new Map(find.completed.map((id) => [id, ['completed']] as const)),
    announced: new Set<string>(),
    finished: async () => new Set(find.finished),
  }
  expect(await check(home, { now: NOW, processes: noProcesses }, known, find.done)).toBeNull()
})
