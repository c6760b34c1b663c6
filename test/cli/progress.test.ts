import { expect, it } from 'vitest'
import { progressLine } from '../../src/cli/progress.ts'
import type { ProgramHost } from '../../src/ports/host.ts'

/** What was drawn, by a clock that is set by hand. */
function drawn(steps: readonly (readonly [at: number, megabytesDone: number])[]): readonly string[] {
  let now = 0
  const lines: string[] = []
  const stderr = { write: async (text: string) => lines.push(text) > 0, isTTY: true, columns: 200 }
  const line = progressLine({ stderr, env: {}, now: () => now } as Partial<ProgramHost> as ProgramHost)
  for (const [at, done] of steps) {
    now = at
    line.draw({ filesDone: 1, filesAll: 2, bytesDone: done * 1e6, bytesAll: 100e6, agentsDone: 1 })
  }
  return lines.map((text) => text.replace('\r\u001b[K', ''))
}

it('says how long the rest takes as soon as that can be known, at most ten times a second', () => {
  expect(
    drawn([
      [5_000, 0],
      [5_050, 1],
      [5_900, 5],
      [6_000, 0],
      [7_000, 10],
      [10_000, 1],
      [15_000, 100],
    ]),
  ).toEqual([
    'reading 1 of 2 files, 0.0 of 100.0 MB, 1 agent',
    'reading 1 of 2 files, 5.0 of 100.0 MB, 1 agent',
    'reading 1 of 2 files, 0.0 of 100.0 MB, 1 agent',
    'reading 1 of 2 files, 10.0 of 100.0 MB, 1 agent, 18 s left',
    'reading 1 of 2 files, 1.0 of 100.0 MB, 1 agent, 9 min left',
    'reading 1 of 2 files, 100.0 of 100.0 MB, 1 agent, 0 s left',
  ])
})
