import { expect, it } from 'vitest'
import type { ProcessFacts, Processes } from '../../src/ports/host.ts'
import { lookUpProcesses } from '../../src/scan/look-up-processes.ts'
import { openAfter } from '../resources/session.ts'

const STARTED = Date.parse('2026-05-31T10:00:00Z')
const MINUTE = 60_000

const machine = (facts: ProcessFacts, bootedAt = 0): Processes => ({
  domain: () => Promise.resolve(null),
  inspect: () => Promise.resolve(facts),
  bootedAt: () => bootedAt,
})
const alive = (startedAt: number | null): ProcessFacts => ({ state: 'alive', start: '1', startedAt })
const found = async (facts: ProcessFacts, where: 'this' | 'other' = 'this'): Promise<readonly boolean[]> => {
  const open = openAfter({ run: 'nohup a.py & echo $!', says: '4711' })
  return (await lookUpProcesses(open, machine(facts), () => where)).map(({ isRunning }) => isRunning)
}

it.each<[string, ProcessFacts, readonly boolean[]]>([
  ['one that runs', alive(STARTED + 1000), [true]],
  ['one that a long command started', alive(STARTED + 9 * MINUTE), [true]],
  ['one that has ended', { state: 'gone' }, []],
  ['a pid that was given out again', alive(STARTED + 60 * MINUTE), []],
  ['an older process', alive(STARTED - 60 * MINUTE), [false]],
  ['one whose start is not known', alive(null), [false]],
  ['a machine that does not say', { state: 'unknown' }, [false]],
])('%s', async (_, facts, expected) => expect(await found(facts)).toEqual(expected))

it('leaves out what is gone, though nothing tells when it began', async () => {
  const open = openAfter({ run: 'nohup a.py & echo $!', says: '4711' }).map((each) => ({ ...each, startedAt: null }))
  expect(await lookUpProcesses(open, machine({ state: 'gone' }), () => 'this')).toEqual([])
  expect(await lookUpProcesses(open, machine(alive(STARTED)), () => 'this')).toEqual(open)
})

it('looks up nothing that ran elsewhere, and nothing without a pid', async () => {
  expect(await found({ state: 'gone' }, 'other')).toEqual([false])
  const [nameless, remote] = [openAfter('nohup a.py &'), openAfter({ run: "ssh box 'a.py & echo $!'", says: '4711' })]
  for (const open of [nameless, remote]) expect(await lookUpProcesses(open, machine({ state: 'gone' }), () => 'this')).toEqual(open)
})

it('leaves out every process that is older than the machine, but for those of another', async () => {
  const local = [openAfter('nohup a.py &'), openAfter({ run: 'nohup a.py & echo $!', says: '4711' })].flat()
  const remote = openAfter({ run: "ssh box 'a.py & echo $!'", says: '4711' })
  const kept = async (where: 'this' | 'other' | 'unknown', bootedAt: number): Promise<number> =>
    (await lookUpProcesses([...local, ...remote], machine({ state: 'unknown' }, bootedAt), () => where)).length
  expect(await kept('this', STARTED + 60 * MINUTE)).toBe(remote.length)
  expect(await kept('unknown', STARTED + 60 * MINUTE)).toBe(remote.length)
  expect(await kept('other', STARTED + 60 * MINUTE)).toBe(local.length + remote.length)
  expect(await kept('this', STARTED - 60 * MINUTE)).toBe(local.length + remote.length)
})
