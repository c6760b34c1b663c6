import { expect, it } from 'vitest'
import { wasWrittenAtExit } from '../../src/reasons/exit.ts'
import type { Activity } from '../../src/facts/run.ts'
import { oneAgent } from '../hostile/world.ts'
import { NOBODY, ownedBy, toldOf } from './linked.ts'
import { instant } from '../records/transcript.ts'

const where = { path: '/x', line: 1, byteOffset: 0 }
const stretch = (from: string, to: string): Activity => ({ from: instant(from), to: instant(to), where })

it.each([
  ['at the very end', '10:05:00', [stretch('10:00:00', '10:05:00')], true],
  ['two seconds before it', '10:04:58', [stretch('10:00:00', '10:05:00')], true],
  ['three seconds before it', '10:04:57', [stretch('10:00:00', '10:05:00')], false],
  ['before a silence of a minute', '10:05:00', [stretch('10:00:00', '10:05:00'), stretch('10:06:00', '10:07:00')], true],
  ['before a shorter one', '10:05:00', [stretch('10:00:00', '10:05:00'), stretch('10:05:59', '10:07:00')], false],
  ['behind everything', '10:05:01', [stretch('10:00:00', '10:05:00')], false],
  ['where nothing has a time', '10:05:00', [], false],
] as const)('%s', async (_, at, activity, expected) => {
  const { context } = await toldOf(oneAgent((agent) => agent.says('Done.')))
  const session = { ...context.session, activity }
  expect(wasWrittenAtExit(instant(at), { ...context, session })).toBe(expected)
  expect(wasWrittenAtExit(null, { ...context, session })).toBe(false)
})

it('a process that lives did not exit', async () => {
  for (const [owners, expected] of [
    [NOBODY, true],
    [ownedBy({ state: 'gone' }), true],
    [ownedBy({ state: 'alive' }), false],
    [ownedBy({ state: 'alive', startedAt: null }), false],
  ] as const) {
    const { context } = await toldOf(
      oneAgent((agent) => agent.says('Done.')),
      undefined,
      owners,
    )
    const session = { ...context.session, activity: [stretch('10:00:00', '10:05:00')] }
    expect(wasWrittenAtExit(instant('10:05:00'), { ...context, session })).toBe(expected)
  }
})
