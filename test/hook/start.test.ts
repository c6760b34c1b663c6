import { variant } from '../long.ts'
import { describe, expect, it } from 'vitest'
import { instant } from '../records/transcript.ts'
import { agentIdOf, Tree } from '../records/tree.ts'
import { SESSION } from '../hostile/world.ts'
import { event, HookWorld, TRANSCRIPT } from './world.ts'

const VERSION = '2.1.332'
const [A, B, C] = [1, 2, 3].map((number) => agentIdOf(number, VERSION)) as [string, string, string]
/** Where the pids of the registry mean what they say. */
const DOMAIN = `linux:${'0'.repeat(32)}:pid:[4026531836]`
const OTHER = '00000000-0000-4000-8000-000000000009'

/** What is killed: two agents at work in the background, one that finished. */
function killed() {
  const tree = new Tree(VERSION)
  const session = tree.session(1, { at: '10:00:00' })
  session.launch(1, { background: true }).bash('ls')
  session.launch(2, { background: true }).call('Bash', { command: 'sleep 100' })
  session.launch(3, { background: true }).says('The parser is ported, and all tests pass.')
  session.says('Waiting for them.')
  return { tree, session, world: new HookWorld(tree) }
}

const resumed = event('SessionStart', { source: 'resume' })
const begun = event('SessionStart', {
  source: 'startup',
  session_id: OTHER,
  transcript_path: TRANSCRIPT.replace(SESSION, OTHER),
})

describe('a session that is resumed', () => {
  it('is told at once who was terminated, within a minute of a kill', async () => {
    const { world } = killed()
    world.now = instant('10:01:00')
    const { code, toModel, toPerson } = await world.ask(['session-start'], resumed)
    expect(code).toBe(0)
    expect(toModel).toBe(
      [
        'agent-forensics, since its last look at this project:',
        '2 agents of this session did not finish:',
        `- ${A}: exit_killed (its owner process ended during work)`,
        `- ${B}: exit_killed (its owner process ended during work)`,
        'Do not build on their results. How to continue them: agent-forensics plan. Ask the user before you start anything.',
      ].join('\n'),
    )
    expect(toPerson).toBe('2 background agents were terminated at 13:00 (exit_killed). Last-known states: agent-forensics scan')
  })

  it('is told once', async () => {
    const { world } = killed()
    expect((await world.ask(['session-start'], resumed)).toModel).not.toBeNull()
    expect(await world.ask(['session-start'], resumed)).toMatchObject({ code: 0, stdout: '' })
  })

  it('is told though another session of the project was told before: its model still believes in its agents', async () => {
    const { world, tree, session } = killed()
    tree.registry(4711, session)
    world.processes = { domain: () => Promise.resolve(DOMAIN), inspect: () => Promise.resolve({ state: 'gone' }) }
    world.now = instant('06-01T10:00:00')
    expect((await world.ask(['session-start'], begun)).toModel).toContain(`- ${A}, session ${SESSION}: exit_killed`)
    expect((await world.ask(['session-start'], begun)).stdout).toBe('')
    expect((await world.ask(['session-start'], resumed)).toModel).toContain(`- ${A}: exit_killed`)
  })

  it('is told alone what only silence tells: another session is told what is proven', async () => {
    const { world } = killed()
    world.now = instant('06-01T10:00:00')
    expect((await world.ask(['session-start'], begun)).stdout).toBe('')
    expect((await world.ask(['session-start'], resumed)).toModel).toContain(`- ${A}: exit_killed`)
  })

  it('is told everything, however old', async () => {
    const { world } = killed()
    world.now = instant('06-29T10:00:00')
    expect((await world.ask(['session-start'], begun)).stdout).toBe('')
    expect((await world.ask(['session-start'], resumed)).toModel).toContain(A)
  })

  it('is told nothing of agents that live on in the process that has it open', async () => {
    const { world, tree, session } = killed()
    tree.registry(4711, session)
    world.processes = {
      domain: () => Promise.resolve(DOMAIN),
      inspect: () => Promise.resolve({ state: 'alive', start: '4200', startedAt: instant('09:59:58') }),
    }
    expect(await world.ask(['session-start'], resumed)).toMatchObject({ stdout: '' })
  })
})

describe('silence', () => {
  it('when all is well', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session(1, { at: '10:00:00' })
    const agent = session.launch(1)
    agent.says('The parser is ported, and all tests pass.')
    session.returns(agent, 'The parser is ported.').says('Done.')
    const world = new HookWorld(tree)
    expect(await world.ask(['session-start'], resumed)).toMatchObject({ code: 0, stdout: '' })
    expect(await world.ask(['session-start'], begun)).toMatchObject({ code: 0, stdout: '' })
  })

  it('when nothing is there yet', async () => {
    expect(await new HookWorld(new Tree(VERSION)).ask(['session-start'], begun)).toMatchObject({ code: 0, stdout: '' })
  })

  it('when a session is compacted, and goes on as it was', async () => {
    expect(await killed().world.ask(['session-start'], event('SessionStart', { source: 'compact' }))).toMatchObject({ stdout: '' })
  })

  it('of what a later attempt has done', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session(1, { at: '10:00:00' })
    const first = session.launch(1, { description: 'Port the parser', prompt: 'Port the parser and report.' })
    first.error('API Error: 529 Overloaded', { code: 'server_error', status: 529 })
    session.returns(first, 'API Error: 529 Overloaded')
    const second = session.launch(2, { description: 'Port the parser', prompt: 'Port the parser and report.' })
    second.says('The parser is ported, and all tests pass.')
    session.returns(second, 'The parser is ported.').says('Done.')
    expect(await new HookWorld(tree).ask(['session-start'], resumed)).toMatchObject({ stdout: '' })
  })

  it('of other sessions where nothing can be kept: it would be said at every start', async () => {
    const { world } = killed()
    world.now = instant('06-01T10:00:00')
    world.isReadOnly = true
    expect(await world.ask(['session-start'], begun)).toMatchObject({ stdout: '' })
  })
})

variant('fits in what a model is told at once, and says what it left out', async () => {
  const tree = new Tree(VERSION)
  const session = tree.session(1, { at: '10:00:00' })
  for (let number = 1; number <= 120; number += 1) session.launch(number, { background: true }).bash('ls')
  const { toModel } = await new HookWorld(tree).ask(['session-start'], resumed)
  expect(toModel?.length).toBeLessThanOrEqual(4_000)
  expect(toModel).toContain('120 agents of this session did not finish:')
  expect(toModel).toMatch(/\n\d+ more lines: agent-forensics scan\n/)
  expect(toModel).toMatch(/Ask the user before you start anything\.$/)
})

it('tells of the calls of a workflow run in one line', async () => {
  const tree = new Tree(VERSION)
  const session = tree.session(1, { at: '10:00:00' })
  const workflow = session.workflow('wf_0a1b2c3d-e4f', 'survey')
  for (const number of [1, 2, 3]) workflow.agent(number, `part:${number}`).fiveHours('14:30:00', '5:30pm (Europe/Kyiv)')
  workflow.end(null)
  const { toModel } = await new HookWorld(tree).ask(['session-start'], resumed)
  expect(toModel).toContain('- workflow wf_0a1b2c3d-e4f: 3 calls, rate_limited (5-hour limit, resets 2026-05-31T14:30:00Z)')
  expect(toModel).not.toContain(`- ${C}`)
})
