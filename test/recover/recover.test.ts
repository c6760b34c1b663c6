import { describe, expect, test } from 'vitest'
import { NoSuchAction } from '../../src/recover/choose.ts'
import { BEGIN, MINUTE, plainAction, Simulation } from './simulation.ts'

const A = 'a000000000000000a'
const B = 'a000000000000000b'
const C = 'a000000000000000c'
const ONE = '11111111-1111-4111-8111-111111111111'
const TWO = '22222222-2222-4222-8222-222222222222'

const saysOf = (world: Simulation): string => world.said.join('\n')

describe('a recovery', () => {
  test('starts each session once, names the agents, and tells what is done', async () => {
    const world = new Simulation([
      { id: A, session: ONE },
      { id: B, session: ONE },
      { id: C, session: TWO },
    ])
    const { done, open } = await world.run()
    expect(world.starts.map(({ session, agents }) => [session, agents])).toEqual([
      [ONE, [A, B]],
      [TWO, [C]],
    ])
    expect(done.map(({ id }) => id)).toEqual([A, B, C])
    expect(open).toEqual([])
    const second = await world.run()
    expect(world.starts, 'a second run starts nothing').toHaveLength(2)
    expect(second.open).toEqual([])
  })

  test('waits for each limit by itself, the soonest first', async () => {
    const world = new Simulation([
      { id: A, session: ONE, reason: 'rate_limited', resetsAt: BEGIN + 5 * 24 * 60 * MINUTE },
      { id: B, session: TWO, reason: 'rate_limited', resetsAt: BEGIN + 60 * MINUTE },
      { id: C, session: '33333333-3333-4333-8333-333333333333' },
    ])
    const { open } = await world.run()
    expect(open).toEqual([])
    expect(world.starts.map(({ agents }) => agents)).toEqual([[C], [B], [A]])
    expect(world.minutes.map(Math.floor)).toEqual([0, 60, 7_200])
    expect(saysOf(world)).toContain('Waiting until 03:00 (59 min) to recover 1 agent')
  })

  test('sends no client into a new limit, and goes on after its reset', async () => {
    const world = new Simulation(['a', 'b', 'c', 'd', 'e'].map((letter) => ({ id: `a00000000000000${letter}0`, session: ONE })))
    world.behave = (agent, now) => {
      if (now < BEGIN + 2 * MINUTE || now > BEGIN + 90 * MINUTE) return { reason: 'completed', endedAt: now, resetsAt: null }
      return { reason: 'rate_limited', endedAt: now, resetsAt: BEGIN + 90 * MINUTE }
    }
    const { open, done } = await world.run()
    expect(open).toEqual([])
    expect(done).toHaveLength(5)
    // Three are done, two are refused, and nobody is started between that and the reset.
    expect(world.minutes.map(Math.floor)).toEqual([0, 1, 90])
    expect(saysOf(world)).toContain('refused  Task a00000000000000d0: refused by the 5-hour limit')
  })

  test('tries nobody for ever whom a limit refuses without a new reset', async () => {
    const world = new Simulation([{ id: A, session: ONE }])
    world.behave = (_, now) => ({ reason: 'rate_limited', endedAt: now, resetsAt: null })
    const { open } = await world.run()
    expect(world.starts).toHaveLength(1)
    expect(open).toMatchObject([{ id: A, why: 'refused by the limit' }])
  })

  test.each([
    ['a parent that does nothing', () => null, 'its parent session did not continue it'],
    [
      'an agent that dies again',
      (_: unknown, now: number) => ({ reason: 'connection_lost' as const, endedAt: now }),
      'it ended again: connection_lost',
    ],
    [
      'a budget that is used up',
      (_: unknown, now: number) => ({ reason: 'max_turns' as const, endedAt: now }),
      'it ended again: max_turns',
    ],
    [
      'calls that were refused',
      (_: unknown, now: number) => ({ reason: 'completed' as const, endedAt: now, needsPermission: true }),
      'its calls were denied; this in the settings allows them: "permissions": { "allow": ["Bash(npm publish)"] }',
    ],
  ])('%s leaves the work open, and is not tried twice in one run', async (_, behave, why) => {
    const world = new Simulation([{ id: A, session: ONE }])
    world.behave = behave
    const { open, done } = await world.run()
    expect(done).toEqual([])
    expect(open[0]).toMatchObject({ id: A, why })
    expect(world.starts).toHaveLength(1)
  })

  test('lets a session alone that another process has open, and goes on with the others', async () => {
    const world = new Simulation([
      { id: A, session: ONE },
      { id: B, session: TWO },
    ])
    world.openElsewhere.add(ONE)
    const { open, done } = await world.run()
    expect(world.starts.map(({ session }) => session)).toEqual([TWO])
    expect(done.map(({ id }) => id)).toEqual([B])
    expect(open).toEqual([{ id: A, title: `Task ${A}`, why: `Process 77 has session ${ONE} open`, question: null }])
  })

  test('starts an agent’s launcher first, and the agent though the launcher failed', async () => {
    const world = new Simulation([
      { id: A, session: ONE, parent: B },
      { id: B, session: ONE },
    ])
    world.behave = ({ id }, now) => (id === B ? null : { reason: 'completed', endedAt: now })
    await world.run()
    expect(world.starts.map(({ agents }) => agents)).toEqual([[B], [A]])
  })
})

describe('main threads', () => {
  test('are resumed by their own session, and done when they ended well', async () => {
    const world = new Simulation([])
    world.threads.set(ONE, 'completed').set(TWO, 'connection_lost')
    const { done, open } = await world.run()
    expect(world.starts.map(({ session }) => session)).toEqual([ONE, TWO])
    expect(done).toEqual([{ id: ONE, isSession: true, title: 'main thread 11111111' }])
    expect(open).toMatchObject([{ id: TWO, title: 'main thread 22222222' }])
    expect(world.starts).toHaveLength(2)
  })

  test('are found by an id of theirs', async () => {
    const world = new Simulation([])
    world.threads.set(ONE, 'completed').set(TWO, 'completed')
    await world.run({ actions: [`resume_session-${TWO}`] })
    expect(world.starts.map(({ session }) => session)).toEqual([TWO])
    expect((await world.run({ actions: [`resume_session-${TWO}`] })).open).toEqual([])
  })
})

describe('commands', () => {
  const restore = { cwd: '/work', argv: ['git', 'worktree', 'add', '--', '/work/w', 'branch'] }

  test('before a start run first, without hooks, and a start waits for their success', async () => {
    const world = new Simulation([{ id: A, session: ONE }])
    world.before = [restore, { cwd: '/', argv: ['agent-forensics', 'promote', A, '--write'] }]
    const asked: (readonly string[])[] = []
    world.tool = (argv) => {
      asked.push(argv)
      return null
    }
    expect((await world.run()).open).toEqual([])
    expect(world.ran[0]?.slice(0, 3)).toEqual(['git', '-c', 'core.hooksPath=/dev/null'])
    expect(asked).toEqual([['promote', A, '--write']])
  })

  test.each<[string, (world: Simulation) => void, string]>([
    [
      'git',
      (world) => void Object.assign(world, { otherEnd: { code: 128, signal: null }, printed: 'fatal: already there' }),
      'git ended with 128: fatal: already there',
    ],
    [
      'our own command',
      (world) =>
        void Object.assign(world, { before: [{ cwd: '/', argv: ['agent-forensics', 'promote', A] }], tool: () => 'it has changed' }),
      'it has changed',
    ],
    [
      'a client that is missing',
      (world) => void Object.assign(world, { before: [], clientEnd: { error: 'claude was not found on the PATH' } }),
      'claude could not be started: claude was not found on the PATH',
    ],
    [
      'a client that was killed',
      (world) => void Object.assign(world, { before: [], clientEnd: { code: null, signal: 'SIGKILL' } }),
      'claude was ended by SIGKILL',
    ],
  ])('that fail are why the work is open: %s', async (_, prepare, why) => {
    const world = new Simulation([{ id: A, session: ONE }])
    world.before = [restore]
    world.behave = () => null
    prepare(world)
    expect((await world.run()).open).toMatchObject([{ id: A, why }])
  })

  test('that only check what may be billed are run and told, and end nothing', async () => {
    const world = new Simulation([])
    const check = plainAction({
      id: 'release-x',
      kind: 'release',
      title: 'Server x',
      commands: [{ cwd: '/', argv: ['hcloud', 'server', 'list'] }],
    })
    world.more = [check]
    world.printed = 'x  running'
    await world.run()
    expect(world.ran).toEqual([['hcloud', 'server', 'list']])
    expect(saysOf(world)).toContain('  x  running')
    world.otherEnd = { error: 'hcloud was not found on the PATH' }
    await world.run()
    expect(saysOf(world)).toContain('it could not be asked: could not be started: hcloud was not found on the PATH')
    await world.run({ actions: ['release-x'] })
    expect(world.ran).toHaveLength(3)
  })

  test('that were named and fail are told as open', async () => {
    const world = new Simulation([])
    world.more = [plainAction({ id: 'push-x', kind: 'push', title: 'Push x', commands: [{ cwd: '/', argv: ['git', 'push'] }] })]
    world.otherEnd = { code: 1, signal: null }
    expect((await world.run({ actions: ['push-x'] })).open).toEqual([
      { id: 'push-x', title: 'Push x', why: 'git ended with 1', question: null },
    ])
    world.answers = ['n']
    const before = world.ran.length
    await world.run({ actions: ['push-x'] })
    expect(world.ran).toHaveLength(before)
  })
})

describe('starts side by side', () => {
  const sessions = [1, 2, 3, 4, 5].map((n) => ({ id: `a00000000000000${n}0`, session: `${n}1111111-1111-4111-8111-111111111111` }))

  test.each([1, 2, 3])('are of so many agents at most: %i', async (batch) => {
    const world = new Simulation(sessions)
    world.takesMs = 10 * MINUTE
    await world.run({ batch, staggerMs: 0 })
    const most = Math.max(
      ...world.starts.map((start) => world.starts.filter(({ at, endedAt }) => at <= start.at && endedAt > start.at).length),
    )
    expect(most).toBe(batch)
    expect(world.starts).toHaveLength(5)
  })

  test('have the pause between them that was asked for', async () => {
    const world = new Simulation(sessions)
    world.takesMs = 10 * MINUTE
    await world.run({ batch: 3, staggerMs: 2 * MINUTE })
    const gaps = world.starts.slice(1).map(({ at }, index) => at - (world.starts[index]?.at ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(2 * MINUTE)
  })

  test('are never two of one session', async () => {
    const world = new Simulation(['a', 'b', 'c', 'd'].map((letter) => ({ id: `a00000000000000${letter}0`, session: ONE })))
    await world.run({ batch: 10, staggerMs: 0 })
    const [first, second] = world.starts
    expect(second?.at).toBeGreaterThanOrEqual(first?.endedAt ?? Infinity)
  })

  test('are one at a time where each talks with the person', async () => {
    const world = new Simulation(sessions)
    await world.run({ isInteractive: true, staggerMs: 0 })
    for (const [index, { at }] of world.starts.entries())
      if (index > 0) expect(at).toBeGreaterThanOrEqual(world.starts[index - 1]?.endedAt ?? 0)
  })
})

describe('what comes first', () => {
  const preserve = plainAction({
    id: 'preserve-x',
    kind: 'preserve',
    title: 'Save x',
    commands: [{ cwd: '/', argv: ['agent-forensics', 'preserve', '--worktree=/w/x'] }],
  })

  const SAVED = {
    name: 'x',
    path: '/w/x',
    agents: [],
    ref: 'refs/heads/rescue/x',
    commit: 'c',
    isNew: true,
    holds: ['1 file'],
    bundle: null,
    isPushed: false,
  }

  function withWork(): Simulation {
    const world = new Simulation([{ id: A, session: ONE }])
    world.more = [preserve]
    world.firsts = [preserve.id]
    return world
  }

  test('work is saved before a client starts', async () => {
    const world = withWork()
    let savedAt = 0
    world.saves = () => {
      savedAt ||= world.now
      expect(world.starts).toEqual([])
      world.saves = () => ({ saved: [{ ...SAVED, isNew: false }], failures: [], leftOut: 0 })
      return {
        saved: [SAVED],
        failures: [],
        leftOut: 0,
      }
    }
    const { saved, open } = await world.run()
    expect(savedAt).toBe(BEGIN)
    expect(saved.saved).toHaveLength(1)
    expect(open).toEqual([])
  })

  test('what could not be saved holds the agents that depend on it', async () => {
    const world = withWork()
    world.saves = () => ({ saved: [], failures: [{ path: '/w/x', agents: [], reason: 'a file is too large' }], leftOut: 0 })
    const { open, saved } = await world.run()
    expect(world.starts).toEqual([])
    expect(open).toMatchObject([{ id: A, why: 'work of its project is not saved (Save x)' }])
    expect(saved.failures).toHaveLength(1)
  })

  test('what agents make meanwhile is saved too, and holds up nobody', async () => {
    const world = new Simulation([
      { id: A, session: ONE },
      { id: B, session: TWO },
    ])
    world.saves = () => ({ saved: world.more.length === 0 ? [] : [SAVED], failures: [], leftOut: 0 })
    world.behave = (_, now) => {
      world.more = [preserve]
      world.firsts = [preserve.id]
      return { reason: 'completed', endedAt: now }
    }
    const { open, saved } = await world.run({ batch: 1 })
    expect(open).toEqual([])
    expect(saved.saved).toEqual([SAVED])
    expect(world.starts).toHaveLength(2)
  })

  test('--no-preserve warns, and starts', async () => {
    const world = withWork()
    world.saves = () => expect.unreachable()
    await world.run({ savesFirst: false })
    expect(world.starts).toHaveLength(1)
    expect(saysOf(world)).toContain('Warning: local-only work is not saved')
  })

  test('a worktree that git cannot read holds its agents, whatever a person says', async () => {
    const world = withWork()
    world.more = [plainAction({ id: 'inspect-unreadable-1a', kind: 'inspect', title: 'Git cannot read /w/x' })]
    world.firsts = ['inspect-unreadable-1a']
    world.answers = ['', '', '', '']
    const { open } = await world.run()
    expect(world.starts).toEqual([])
    expect(open.map(({ why }) => why)).toContain('Git cannot read /w/x')
  })

  test('a login is asked for, and what waits for it goes on', async () => {
    const fix = plainAction({ id: 'fix-login', kind: 'fix', title: 'Log in again: start claude and type /login' })
    const world = withWork()
    world.more = [fix]
    world.firsts = [fix.id]
    world.answers = ['', 'y']
    await world.run()
    expect(world.asked[0]).toContain('Log in again')
    expect(world.starts).toHaveLength(1)

    const alone = withWork()
    alone.more = [fix]
    alone.firsts = [fix.id]
    const { open } = await alone.run()
    expect(alone.starts, 'nobody is there to log in').toEqual([])
    expect(open[0]?.why).toContain('Log in again')
  })
})

describe('questions', () => {
  test('no means no, and only there', async () => {
    const world = new Simulation([
      { id: A, session: ONE },
      { id: B, session: TWO },
    ])
    world.answers = ['n', 'y']
    const { open } = await world.run()
    expect(world.starts.map(({ agents }) => agents)).toEqual([[B]])
    expect(open).toMatchObject([{ id: A, why: 'you said no' }])
  })

  test('a is for all, q ends', async () => {
    const all = new Simulation([
      { id: A, session: ONE },
      { id: B, session: TWO },
    ])
    all.answers = ['a']
    await all.run()
    expect(all.starts).toHaveLength(2)
    const none = new Simulation([{ id: A, session: ONE }])
    none.answers = ['q']
    const { open } = await none.run()
    expect(none.starts).toEqual([])
    expect(open).toHaveLength(1)
  })

  test('q ends at every question, and so does the end of input', async () => {
    const limited = (): Simulation => new Simulation([{ id: A, session: ONE, reason: 'rate_limited', resetsAt: BEGIN + 60 * MINUTE }])
    const mode = Object.assign(new Simulation([{ id: A, session: ONE }]), { mode: 'acceptEdits' })
    const saving = new Simulation([{ id: A, session: ONE }])
    saving.more = [plainAction({ id: 'preserve-x', kind: 'preserve', commands: [{ cwd: '/', argv: ['agent-forensics', 'preserve'] }] })]
    const fix = new Simulation([{ id: A, session: ONE }])
    fix.more = [plainAction({ id: 'fix-login', kind: 'fix', title: 'Log in' })]
    fix.firsts = ['fix-login']
    for (const world of [limited(), mode, saving, fix])
      for (const answer of ['q', null]) {
        world.answers = [answer]
        const { open } = await world.run()
        expect(world.starts).toEqual([])
        expect(open).toHaveLength(1)
      }
  })

  test('work that is not to be saved holds its project, and a step that is skipped does too', async () => {
    const world = new Simulation([{ id: A, session: ONE }])
    world.more = [
      plainAction({ id: 'preserve-x', kind: 'preserve', title: 'Save x' }),
      plainAction({ id: 'fix-login', kind: 'fix', title: 'Log in' }),
    ]
    world.firsts = ['preserve-x']
    world.answers = ['n']
    expect((await world.run()).open).toMatchObject([{ id: A, why: 'work of its project is not saved (Save x)' }])
    world.firsts = ['fix-login']
    world.answers = ['y', 's']
    expect((await world.run()).open).toMatchObject([{ id: A, why: 'Log in' }])
    expect(world.starts).toEqual([])
  })

  test('nobody waits who does not want to', async () => {
    const world = new Simulation([{ id: A, session: ONE, reason: 'rate_limited', resetsAt: BEGIN + 60 * MINUTE }])
    world.answers = ['n']
    const { open } = await world.run()
    expect(world.asked[0]).toBe('Wait for 03:00 (1 h 0 min) to recover 1 agent? [Y/n] ')
    expect(open).toMatchObject([{ id: A, why: 'not before 03:00' }])
    expect(world.now).toBe(BEGIN)
  })
})

describe('the permission mode', () => {
  const world = (mode: string, ...answers: string[]): Simulation =>
    Object.assign(new Simulation([{ id: A, session: ONE }]), { mode, answers: [...answers, 'y', 'y'] })

  test.each([
    ['1', { headless: true, permissionMode: 'acceptEdits' }],
    ['2', { headless: false, permissionMode: null }],
    ['3', { headless: true, permissionMode: null }],
  ])('that their session ran in is offered: %s', async (answer, planned) => {
    const one = world('acceptEdits', answer)
    await one.run()
    expect(saysOf(one)).toContain('ran in permission mode acceptEdits')
    expect(one.planned.at(-1)).toMatchObject(planned)
    expect(one.starts).toHaveLength(1)
  })

  test('that asks nobody anything is not', async () => {
    const one = world('bypassPermissions', '1')
    await one.run()
    expect(one.asked[0]).not.toContain('1 continue')
    expect(one.planned.at(-1)).toMatchObject({ permissionMode: null })
  })

  test('is not asked about where it was given, or is the usual one', async () => {
    const given = world('acceptEdits')
    await given.run({ permissionMode: 'plan' })
    const usual = world('default')
    await usual.run()
    expect([given.asked.length, usual.asked.length]).toEqual([1, 1])
    expect(given.planned.at(-1)).toMatchObject({ permissionMode: 'plan' })
  })
})

describe('--only', () => {
  test('leaves other kinds alone', async () => {
    const world = new Simulation([{ id: A, session: ONE }])
    const { open } = await world.run({ only: new Set(['promote']) })
    expect({ starts: world.starts, open }).toEqual({ starts: [], open: [] })
  })
})

describe('--action', () => {
  test('does what others see only where it is named, by its own command', async () => {
    const push = plainAction({
      id: 'push-x',
      kind: 'push',
      title: 'Push x',
      commands: [{ cwd: '/w/x', argv: ['git', 'push', 'origin', 'x'] }],
    })
    const world = new Simulation([{ id: A, session: ONE }])
    world.more = [push]
    await world.run()
    expect(world.ran).toEqual([])
    const { open } = await world.run({ actions: ['push-x'] })
    expect(world.ran).toEqual([['git', '-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', 'push', 'origin', 'x']])
    expect(open).toEqual([])
  })

  const two = (): Simulation =>
    new Simulation([
      { id: A, session: ONE },
      { id: B, session: TWO },
    ])

  test('recovers what it names and nothing else', async () => {
    const world = two()
    const { open } = await world.run({ actions: [`resume-${B}`] })
    expect(world.starts.map(({ agents }) => agents)).toEqual([[B]])
    expect(open).toEqual([])
  })

  test('says of what is done that nothing is left, and of an unknown id that there is none', async () => {
    const world = two()
    await world.run({ actions: [`resume-${B}`] })
    expect((await world.run({ actions: [`resume-${B}`] })).open).toEqual([])
    expect(world.starts).toHaveLength(1)
    for (const name of ['resume-nobody', '1', 'resume-']) await expect(two().run({ actions: [name] })).rejects.toThrow(NoSuchAction)
    const byAgent = two()
    await byAgent.run({ actions: [B.slice(0, 17)] })
    expect(byAgent.starts.map(({ agents }) => agents)).toEqual([[B]])
  })

  test('finds the agents of a session whose action has another name by now', async () => {
    const world = new Simulation([
      { id: A, session: ONE },
      { id: B, session: ONE, reason: 'completed' },
    ])
    await world.run({ actions: [`resume-${ONE}-${A}`] })
    expect(world.starts.map(({ agents }) => agents)).toEqual([[A]])
  })

  test('answers a question with yes', async () => {
    const world = new Simulation([{ id: A, session: ONE, reason: 'completed', needsPermission: true }])
    world.behave = (_, now) => ({ endedAt: now, needsPermission: false })
    await world.run()
    expect(world.starts, 'nobody is started unasked').toEqual([])
    const { done } = await world.run({ actions: [`inspect-permission-${A}`] })
    expect(done.map(({ id }) => id)).toEqual([A])
  })
})

describe('the journal', () => {
  test('a client that an earlier run left behind is waited for', async () => {
    const world = new Simulation([{ id: A, session: ONE }])
    world.diesAt = () => true
    world.takesMs = 3 * MINUTE
    await expect(world.run()).rejects.toThrow('killed')
    world.lines.push(
      JSON.stringify({
        at: '2026-11-21T02:00:00.000Z',
        event: 'started',
        start: JSON.parse(world.lines.at(-1) ?? '{}').start as string,
        pid: 7,
        mark: 'mark-7',
        domain: 'here',
      }),
    )
    world.alive.add(7)
    world.diesAt = () => false
    const before = world.now
    setTimeout(() => world.alive.delete(7), 30)
    await world.run()
    expect(world.starts[0]?.at).toBeGreaterThan(before)
    expect(saysOf(world)).toContain('An earlier run started process 7')
  })

  test('a start that was told, and of which nobody knows whether it happened, is given time to show', async () => {
    const world = new Simulation([{ id: A, session: ONE }])
    world.diesAt = (event) => event === 'start'
    await expect(world.run()).rejects.toThrow('killed')
    world.diesAt = () => false
    await world.run()
    expect(world.starts[0]?.at).toBeGreaterThanOrEqual(BEGIN + MINUTE)
  })

  test('a process that has the pid of an old client is not taken for it', async () => {
    const world = new Simulation([{ id: A, session: ONE }])
    world.lines.push(
      JSON.stringify({ at: '2026-11-20T02:00:00.000Z', event: 'starting', start: 's', action: 'x', subjects: [A], log: '' }),
      JSON.stringify({ at: '2026-11-20T02:00:00.000Z', event: 'started', start: 's', pid: 7, mark: 'another', domain: 'here' }),
      '{"torn',
    )
    world.alive.add(7)
    await world.run()
    expect(world.minutes).toEqual([0])
  })
})

describe('starts that do not help', () => {
  test('end by themselves: after --max-attempts of them, only a person who names the action tries again', async () => {
    const world = new Simulation([{ id: A, session: ONE }])
    world.behave = () => null
    for (const starts of [1, 2, 2]) {
      const { open } = await world.run({ maxAttempts: 2 })
      expect(world.starts).toHaveLength(starts)
      expect(open).toHaveLength(1)
    }
    expect((await world.run({ maxAttempts: 2 })).open[0]?.why).toBe(`2 starts did not help; --action resume-${A} tries once more`)
    world.behave = (_, now) => ({ reason: 'completed', endedAt: now })
    expect((await world.run({ maxAttempts: 2, actions: [`resume-${A}`] })).open).toEqual([])
  })

  test('are judged once it is quiet, where somebody seems to be at work', async () => {
    const world = new Simulation([{ id: A, session: ONE }])
    world.behave = (_, now) => ({ reason: 'running', endedAt: now })
    const plan = world.plan.bind(world)
    world.plan = (narrowing) => {
      for (const agent of world.agents) if (agent.reason === 'running' && world.now > agent.endedAt + MINUTE) agent.reason = 'exit_killed'
      return plan(narrowing)
    }
    const { open } = await world.run()
    expect(open).toMatchObject([{ id: A, why: 'it ended again: exit_killed' }])
    expect(saysOf(world)).toContain('Checking whether they are still running')
  })
})

describe('any world', () => {
  test('no agent is started twice but for a limit, none before its reset, no session twice at once, and it ends', async () => {
    let seed = 1
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
      return Math.floor((seed / 2_147_483_648) * below)
    }
    for (let round = 0; round < 40; round += 1) {
      const world = new Simulation(
        Array.from({ length: 1 + random(8) }, (_, index) => ({
          id: `a0000000000000${String(index).padStart(2, '0')}`,
          session: `${random(4)}1111111-1111-4111-8111-111111111111`,
          ...(random(3) === 0 && { reason: 'rate_limited' as const, resetsAt: BEGIN + random(300) * MINUTE }),
        })),
      )
      world.takesMs = (1 + random(40)) * MINUTE
      const refusals = new Map<string, number>()
      world.behave = (agent, now) => {
        const roll = random(6)
        if (roll === 0 && (refusals.get(agent.id) ?? 0) < 3) {
          refusals.set(agent.id, (refusals.get(agent.id) ?? 0) + 1)
          return { reason: 'rate_limited', endedAt: now, resetsAt: now + (1 + random(300)) * MINUTE }
        }
        if (roll === 1) return { reason: 'connection_lost', endedAt: now, resetsAt: null }
        return roll === 2 ? null : { reason: 'completed', endedAt: now, resetsAt: null }
      }
      const resets = new Map(world.agents.map(({ id, resetsAt }) => [id, resetsAt ?? 0]))
      const { open } = await world.run({ batch: 1 + random(4), staggerMs: random(3) * MINUTE })
      for (const { id } of world.agents) {
        const own = world.starts.filter(({ agents }) => agents.includes(id))
        expect(own.length).toBeLessThanOrEqual(1 + (refusals.get(id) ?? 0))
        expect(own[0]?.at ?? Infinity).toBeGreaterThanOrEqual(resets.get(id) ?? 0)
      }
      for (const one of world.starts) {
        const others = world.starts.filter((other) => other !== one && other.session === one.session)
        for (const other of others) expect(other.at >= one.endedAt || one.at >= other.endedAt).toBe(true)
      }
      expect(open.map(({ id }) => id).toSorted()).toEqual(world.agents.filter(({ reason }) => reason !== 'completed').map(({ id }) => id))
    }
  })
})
