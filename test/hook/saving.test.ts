import { describe, expect, it } from 'vitest'
import type { GitWriter } from '../../src/ports/git-writer.ts'
import { instant } from '../records/transcript.ts'
import { agentIdOf, Tree } from '../records/tree.ts'
import { event, HookWorld, resultOf } from './world.ts'

const VERSION = '2.1.332'
const [A, B] = [1, 2].map((number) => agentIdOf(number, VERSION)) as [string, string]

function story(tell: (agent: ReturnType<ReturnType<Tree['session']>['launch']>) => void) {
  const tree = new Tree(VERSION)
  const session = tree.session(1, { at: '10:00:00' })
  const agent = session.launch(1, { background: true })
  tell(agent)
  return { tree, session, agent, world: new HookWorld(tree) }
}

const limited = (agent: Parameters<Parameters<typeof story>[0]>[0]): void => {
  agent.bash('ls')
  agent.fiveHours('14:30:00', '5:30pm (Europe/Kyiv)')
}

const failed = event('StopFailure', { agent_id: A, agent_type: 'general-purpose', error: 'rate_limit' })
const ended = event('SessionEnd', { reason: 'other' })

describe('who is asked for nothing', () => {
  it.each([
    ['stop-failure', failed],
    ['subagent-stop', event('SubagentStop', { agent_id: A })],
    ['session-end', ended],
  ])('does nothing at %s', async (name, said) => {
    const { world } = story(limited)
    expect(await world.ask([name], said)).toMatchObject({ code: 0, stdout: '', stderr: '' })
    expect(world.started).toEqual([])
  })
})

describe('who is asked to save or to clean up', () => {
  it('hands over to a process that outlives the client, with the names alone', async () => {
    const { world } = story(limited)
    const long = { ...failed, last_assistant_message: 'x'.repeat(100_000), background_tasks: [{ id: 'b1' }] }
    expect(await world.ask(['stop-failure', '--preserve', '--run=end-gpu "$AGENT_FORENSICS_AGENT"'], long)).toMatchObject({ stdout: '' })
    expect(world.started).toEqual([
      { words: ['hook', 'stop-failure', '--preserve', '--run=end-gpu "$AGENT_FORENSICS_AGENT"', '--detached'], input: failed },
    ])
  })

  it('answers an agent that stops with nothing: it would go on', async () => {
    const { world } = story(limited)
    expect(await world.ask(['subagent-stop', '--preserve'], event('SubagentStop', { agent_id: A }))).toMatchObject({ stdout: '' })
    expect(world.started).toHaveLength(1)
  })
})

describe('the clean-up', () => {
  const run = ['--run=end-gpu', '--detached']

  it('runs once for a death, with the facts', async () => {
    const { world } = story((agent) => {
      agent.bash('hcloud server create --name gpu1 --type ccx23', 'Server 58213077 created')
      limited(agent)
    })
    await world.ask(['stop-failure', ...run], failed)
    await world.ask(['stop-failure', ...run], failed)
    expect(world.commands).toHaveLength(1)
    const [command] = world.commands
    expect(command).toMatchObject({ command: 'end-gpu', cwd: '/home/dev/app' })
    expect(command?.env).toMatchObject({
      AGENT_FORENSICS_EVENT: 'stop-failure',
      AGENT_FORENSICS_REASON: 'rate_limited',
      AGENT_FORENSICS_CONFIDENCE: 'high',
      AGENT_FORENSICS_LIMIT: 'five_hour',
      AGENT_FORENSICS_RESET: '2026-05-31T14:30:00.000Z',
      AGENT_FORENSICS_AGENT: A,
      AGENT_FORENSICS_WORKTREE: '',
      AGENT_FORENSICS_SAVED: '',
    })
    expect(command?.env['AGENT_FORENSICS_RESOURCES']).toMatch(/^[^\t\n]+\t[^\t\n]+\t58213077$/)
  })

  it('waits for the last record', async () => {
    const { world, agent } = story((each) => each.bash('ls'))
    world.onSleep = (age) => {
      if (age >= 1_000 && !agent.text.includes('isApiErrorMessage')) limited(agent)
    }
    await world.ask(['stop-failure', ...run], failed)
    expect(world.commands.map(({ env }) => env['AGENT_FORENSICS_REASON'])).toEqual(['rate_limited'])
  })

  it.each([
    ['finished', (agent: Parameters<typeof limited>[0]) => void agent.says('The parser is ported, and all tests pass.')],
    ['was stopped by the person', (agent: Parameters<typeof limited>[0]) => void agent.bash('ls').marker()],
    ['only may not have finished', (agent: Parameters<typeof limited>[0]) => void agent.says('Running the tests now.')],
  ])('does not run for an agent that %s', async (_, tell) => {
    const { world } = story(tell)
    await world.ask(['subagent-stop', ...run], event('SubagentStop', { agent_id: A }))
    expect(world.commands).toEqual([])
  })

  it('runs for a main thread that an error ended, without an agent', async () => {
    const { world, session } = story((agent) => agent.says('The parser is ported, and all tests pass.'))
    session.fiveHours('14:30:00', '5:30pm (Europe/Kyiv)')
    await world.ask(['stop-failure', ...run], event('StopFailure', { error: 'rate_limit' }))
    expect(world.commands.map(({ env }) => [env['AGENT_FORENSICS_REASON'], env['AGENT_FORENSICS_AGENT']])).toEqual([['rate_limited', '']])
  })

  it('runs at the end of a session for those who were at work, once the client is gone', async () => {
    const { world, session } = story((agent) => agent.bash('ls'))
    limited(session.launch(2, { background: true }))
    world.now = instant('10:00:40')
    world.env = { CLAUDE_PID: '4711' }
    let looks = 0
    world.processes = {
      domain: () => Promise.resolve(null),
      inspect: async () => ((looks += 1) > 3 ? { state: 'gone' } : { state: 'alive', start: null, startedAt: null }),
    }
    await world.ask(['session-end', ...run], ended)
    expect(looks).toBe(4)
    expect(world.commands.map(({ env }) => [env['AGENT_FORENSICS_AGENT'], env['AGENT_FORENSICS_REASON']])).toEqual([[A, 'exit_killed']])
    expect(world.commands.some(({ env }) => env['AGENT_FORENSICS_AGENT'] === B)).toBe(false)
  })

  it('does not run while the client goes on', async () => {
    const { world } = story((agent) => agent.bash('ls'))
    world.now = instant('10:00:40')
    world.env = { CLAUDE_PID: '4711' }
    world.processes = { domain: () => Promise.resolve(null), inspect: async () => ({ state: 'alive', start: null, startedAt: null }) }
    await world.ask(['session-end', ...run], ended)
    expect(world.commands).toEqual([])
  })

  it('does not run after /clear: the agents live on', async () => {
    const { world } = story((agent) => agent.bash('ls'))
    await world.ask(['session-end', ...run], event('SessionEnd', { reason: 'clear' }))
    expect(world.commands).toEqual([])
  })

  it('does not run where nobody could know that it ran', async () => {
    const { world } = story(limited)
    world.isReadOnly = true
    await world.ask(['stop-failure', ...run], failed)
    expect(world.commands).toEqual([])
  })
})

it('a death is told with what is being saved meanwhile', async () => {
  const tree = new Tree(VERSION)
  const session = tree.session(1, { at: '10:00:00' })
  const worktree = `/home/dev/app/.claude/worktrees/agent-${A}`
  const agent = session.launch(1, { cwd: worktree, meta: { worktreePath: worktree, worktreeBranch: `worktree-agent-${A}` } })
  limited(agent)
  const world = new HookWorld(tree)
  const never: GitWriter = { open: () => Promise.reject(new Error('not asked here')) }
  world.gitWriter = never
  expect((await world.ask(['post-tool-use'], resultOf(agent))).toModel).toContain(
    `Its worktree .claude/worktrees/agent-${A} was not checked.`,
  )
  world.claimed.clear()
  await world.ask(['stop-failure', '--preserve'], failed)
  expect((await world.ask(['post-tool-use'], resultOf(agent))).toModel).toContain(
    `Its worktree .claude/worktrees/agent-${A} is being saved to a rescue reference.`,
  )
})
