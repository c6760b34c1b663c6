import { describe, expect, it } from 'vitest'
import { findAbsence, type Absence, lastActivity, silenceOf } from '../../src/reasons/absence.ts'
import type { Owners } from '../../src/facts/session.ts'
import { instant } from '../records/transcript.ts'
import { Tree } from '../records/tree.ts'
import { NEWEST } from '../hostile/world.ts'
import { NOBODY, createOwners, findRun } from './linked.ts'

type Story = (main: ReturnType<Tree['session']>) => unknown
const NONE: Story = () => undefined

/** A background agent that a call left at work at about 10:00:05, and what its session did then. */
async function of(then: Story, owners: Owners = NOBODY, now?: number): Promise<Absence> {
  const tree = new Tree(NEWEST)
  const main = tree.session()
  main.launch(1, { background: true }).bash('ls').call('Bash', { command: 'make' })
  then(main)
  const { run, context } = await findRun(tree, undefined, owners, now)
  const facts = findAbsence(run, context)
  if (facts === undefined) throw new Error('it has an end')
  return facts
}

describe('absence', () => {
  it('is nothing to a run that its own transcript ends', async () => {
    const tree = new Tree(NEWEST)
    tree.session().launch(1).says('Done: part 1.')
    const { run, context } = await findRun(tree)
    expect(findAbsence(run, context)).toBeUndefined()
  })

  it('without owners, words and later records proves nothing', async () => {
    expect(await of(NONE)).toMatchObject({
      alive: undefined,
      ownerEnded: [],
      ownerEndedForSure: false,
      unregistered: false,
      restart: undefined,
      word: undefined,
      silence: { to: null },
    })
  })

  it.each([
    ['alive', { state: 'alive' }, { alive: true, ended: 0, sure: false }],
    ['gone', { state: 'gone' }, { alive: false, ended: 1, sure: true }],
    ['elsewhere', { state: 'elsewhere' }, { alive: false, ended: 0, sure: false }],
    ['unknown', { state: 'unknown' }, { alive: false, ended: 0, sure: false }],
    ['alive, of an unknown age', { state: 'alive', startedAt: null }, { alive: true, ended: 0, sure: false }],
    ['alive, but begun later', { state: 'alive', startedAt: instant('12:00:00') }, { alive: false, ended: 1, sure: true }],
    ['gone, but begun later', { state: 'gone', startedAt: instant('12:00:00') }, { alive: false, ended: 1, sure: true }],
  ] as const)('an owner that is %s', async (_, owner, expected) => {
    const facts = await of(NONE, createOwners(owner))
    expect({ alive: facts.alive !== undefined, ended: facts.ownerEnded.length, sure: facts.ownerEndedForSure }).toEqual(expected)
    expect(facts.unregistered).toBe(false)
  })

  it.each([
    ['2.1.329', true],
    ['2.2.0', true],
    ['3.0.0', true],
    ['2.0.76', false],
    ['1.9.999', false],
    ['none', false],
  ])('a client %s without an entry in a whole registry', async (clientVersion, unregistered) => {
    const tree = new Tree(NEWEST)
    tree.session().launch(1).call('Bash', { command: 'make' })
    for (const [registryRead, expected] of [
      [true, unregistered],
      [false, false],
    ] as const) {
      const { run, context } = await findRun(tree, undefined, { ...NOBODY, registryRead })
      expect(findAbsence({ ...run, clientVersion }, context)?.unregistered).toBe(expected)
    }
  })

  it('a lock of its worktree speaks for it alone', async () => {
    const [owner] = createOwners({ source: 'lock', state: 'gone', startedAt: null }).bySession.values().next().value ?? []
    const facts = await of(NONE, { ...NOBODY, byAgent: new Map(owner === undefined ? [] : [['a0000000000000001', owner]]) })
    expect(facts.ownerEnded).toMatchObject([{ kind: 'process', shows: expect.stringContaining('the lock of its worktree'), alive: false }])
  })

  it('a silence of ten minutes, up to what followed', async () => {
    expect((await of((main) => main.wait(599).says('Hm.'))).silence?.to).toBeNull()
    const { silence } = await of((main) => main.at('10:30:00').says('Where was I?'))
    expect(silence).toMatchObject({ to: instant('10:30:00'), endedBy: { where: { line: 4 } } })
    expect(silence === undefined ? undefined : silenceOf(silence).to).toBe('2026-05-31T10:30:00.000Z')
  })

  it('no silence yet', async () => {
    expect((await of(NONE, NOBODY, instant('10:05:00'))).silence).toBeUndefined()
  })

  it('a prompt that finds open calls is a restart for sure', async () => {
    const facts = await of((main) => {
      main.call('Bash', { command: 'make' })
      main.at('10:30:00').prompt('Go on.')
    })
    expect([facts.restart?.sure, facts.ownerEndedForSure]).toEqual([true, true])
  })

  it('damage that may have held the results makes it less sure', async () => {
    const facts = await of((main) => {
      main.call('Bash', { command: 'make' })
      main.line('{"parentUuid":"x","isSide').at('10:30:00').prompt('Go on.')
    })
    expect([facts.restart?.sure, facts.ownerEndedForSure, facts.ownerEnded.length]).toEqual([false, false, 1])
  })

  it.each([
    ['Agent "part 1" was not finished before the previous session ended', true],
    ['No completion record was found for agent "part 1"', false],
  ])('the notice %j', async (summary, sure) => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    const agent = main.launch(1, { background: true })
    agent.call('Bash', { command: 'make' })
    main.at('10:30:00').notice([agent], 'stopped', summary)
    const { run, context } = await findRun(tree)
    const facts = findAbsence(run, context)
    expect([facts?.ownerEnded.length, facts?.ownerEndedForSure, facts?.word]).toEqual([1, sure, undefined])
  })

  it('a word for its end contradicts its transcript', async () => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    const agent = main.launch(1, { background: true })
    agent.call('Bash', { command: 'make' })
    main.notice([agent], 'completed', 'Agent "part 1" completed')
    const { run, context } = await findRun(tree)
    expect(findAbsence(run, context)?.word).toMatchObject({ status: 'completed' })
  })

  it('records without a time leave the clock out of it', async () => {
    const tree = new Tree(NEWEST)
    tree.session().launch(1).call('Bash', { command: 'make' })
    const { run, context } = await findRun(tree)
    const timeless = { ...run, lastRecordAt: null, latest: { ...run.latest, lastAt: null } }
    const still = { ...context, session: { ...context.session, activity: [] } }
    expect(findAbsence(timeless, still)).toMatchObject({ lastAt: null, silence: undefined, silentForMs: null, restart: undefined })
    expect(lastActivity(still)).toBeNull()
  })
})
