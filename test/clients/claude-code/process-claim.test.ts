import { describe, expect, it } from 'vitest'
import { type Claim, judgeClaim, stateOf } from '../../../src/clients/claude-code/process-claim.ts'
import type { ProcessFacts, Processes } from '../../../src/ports/host.ts'

const STARTED = Date.parse('2026-11-29T00:45:25.500Z')
const FILETIME = '134403867255000000'
/** One process as the three systems tell it; on the Mac in a zone two hours ahead of UTC. */
const FACTS = {
  linux: { state: 'alive', start: '87494', startedAt: STARTED },
  darwin: { state: 'alive', start: 'Sun Nov 29 00:45:25 2026', startedAt: STARTED - 500, lstart: 'Sun Nov 29 02:45:25 2026' },
  win32: { state: 'alive', start: '2026-11-29T00:45:25.500Z', startedAt: STARTED },
} as const satisfies Record<string, ProcessFacts>
const DOMAINS = { linux: `linux:${'0'.repeat(32)}:pid:[4026531836]`, darwin: 'darwin', win32: 'win32:OFFICE' } as const
const OTHERS = { linux: `linux:${'1'.repeat(32)}:pid:[4026531836]`, darwin: null, win32: 'win32:LAPTOP' } as const
const MARKS = {
  linux: { start: '87494', filetime: null },
  darwin: { start: 'Sun Nov 29 02:45:25 2026', filetime: null },
  win32: { start: null, filetime: FILETIME },
} as const
type System = keyof typeof DOMAINS
const SYSTEMS = Object.keys(DOMAINS) as System[]

const machine = (system: System, facts: ProcessFacts = FACTS[system]): Processes => ({
  platform: system,
  domain: async () => DOMAINS[system],
  inspect: async () => facts,
})
const claim = (change: Partial<Claim>): Claim => ({ pid: 4664, start: null, filetime: null, startedAt: null, domain: null, ...change })
const judge = async (change: Partial<Claim>, processes: Processes): Promise<string> =>
  stateOf(claim(change), processes, await processes.domain())

describe.each(SYSTEMS)('on %s', (here) => {
  it.each(SYSTEMS)('what %s wrote with its domain', async (wrote) => {
    const own = { ...MARKS[wrote], startedAt: STARTED, domain: DOMAINS[wrote] }
    expect(await judge(own, machine(here))).toBe(wrote === here ? 'alive' : 'elsewhere')
    expect(await judge(own, machine(here, { state: 'gone' }))).toBe(wrote === here ? 'gone' : 'elsewhere')
    // A container tells no domain where it has no machine id: the system alone parts them.
    const nameless = { ...machine(here), domain: async () => null }
    expect(await judge(own, nameless)).toBe(wrote === here ? 'alive' : 'elsewhere')
    expect(await judge(own, { ...nameless, inspect: async () => ({ state: 'gone' }) })).toBe('elsewhere')
  })

  it('who may live where this machine cannot be told is believed for a day, not for ever', async () => {
    const nameless = { ...machine(here, { state: 'gone' }), domain: async () => null }
    const own = claim({ ...MARKS[here], startedAt: STARTED, domain: DOMAINS[here] })
    expect(await judgeClaim(own, nameless, null)).toEqual({ state: 'elsewhere', mayLive: 'elsewhere' })
  })

  it.each(SYSTEMS)('what another machine with %s wrote', async (wrote) => {
    const domain = OTHERS[wrote]
    if (domain !== null) expect(await judge({ ...MARKS[wrote], startedAt: STARTED, domain }, machine(here))).toBe('elsewhere')
  })

  it.each(SYSTEMS)('what %s wrote without a domain', async (wrote) => {
    const own = { ...MARKS[wrote], startedAt: STARTED }
    expect(await judge(own, machine(here))).toBe(wrote === here ? 'alive' : 'elsewhere')
    expect(await judge(own, machine(here, { state: 'gone' }))).toBe(wrote === here ? 'gone' : 'elsewhere')
    expect(await judge({ ...own, startedAt: null }, machine(here))).toBe(wrote === here ? 'alive' : 'elsewhere')
  })

  it('a mark of another system counts, whatever the domain says', async () => {
    for (const wrote of SYSTEMS) {
      if (wrote !== here)
        expect(await judge({ ...MARKS[wrote], startedAt: STARTED, domain: DOMAINS[here] }, machine(here))).toBe('elsewhere')
    }
  })

  it('nothing but a pid: that it is taken proves nothing', async () => {
    expect(await judge({}, machine(here))).toBe('unknown')
    expect(await judge({ domain: DOMAINS[here] }, machine(here))).toBe('unknown')
  })

  it('a pid that was given again', async () => {
    const later = STARTED + 3 * 86_400_000 + 61_000
    const facts: ProcessFacts = { state: 'alive', start: '999999', startedAt: later, lstart: 'Wed Dec  2 02:46:26 2026' }
    expect(await judge({ ...MARKS[here], domain: DOMAINS[here] }, machine(here, facts))).toBe('gone')
  })

  it('a system that does not tell the start proves nothing', async () => {
    const silent: ProcessFacts = { state: 'alive', start: null, startedAt: null }
    expect(await judge({ ...MARKS[here], startedAt: STARTED, domain: DOMAINS[here] }, machine(here, silent))).toBe('unknown')
    expect(await judge({ ...MARKS[here], domain: DOMAINS[here] }, machine(here, { state: 'unknown' }))).toBe('unknown')
  })

  it('a mark that nobody can read proves nothing', async () => {
    for (const start of ['So 29 Nov 02:45:25 2026', 'yesterday', '']) {
      expect(await judge({ start, domain: DOMAINS[here] }, machine(here)), start).toBe('unknown')
      expect(await judge({ start, startedAt: STARTED, domain: DOMAINS[here] }, machine(here)), start).toBe('alive')
    }
    expect(await judge({ filetime: 'soon' }, machine('win32'))).toBe('unknown')
  })
})

it.each([
  ['in the machine’s zone', 'Sun Nov 29 02:45:25 2026', 'alive'],
  ['in UTC', 'Sun Nov 29 00:45:25 2026', 'alive'],
  ['with more blanks', 'Sun  Nov 29  02:45:25  2026', 'alive'],
  ['in the zone of yesterday’s airport', 'Sat Nov 28 16:45:25 2026', 'unknown'],
  ['in a zone of three quarters', 'Sun Nov 29 06:30:25 2026', 'unknown'],
  ['at another second', 'Sun Nov 29 02:45:31 2026', 'gone'],
  ['at a time that no zone explains', 'Sun Nov 29 03:52:25 2026', 'gone'],
  ['the same time, two days earlier', 'Fri Nov 27 02:45:25 2026', 'gone'],
])('the start of a Mac %s', async (_, start, state) => {
  expect(await judge({ start }, machine('darwin'))).toBe(state)
})

it('a FILETIME as a number, and a little off', async () => {
  expect(await judge({ filetime: String(Number(FILETIME)) }, machine('win32'))).toBe('alive')
  // Ticks of .NET count from the year 1, and are none.
  expect(await judge({ filetime: '639000000000000000' }, machine('win32'))).toBe('unknown')
  expect(await judge({ filetime: String(BigInt(FILETIME) + 100n * 10_000_000n) }, machine('win32'))).toBe('alive')
  expect(await judge({ filetime: String(BigInt(FILETIME) + 200n * 10_000_000n) }, machine('win32'))).toBe('gone')
})
