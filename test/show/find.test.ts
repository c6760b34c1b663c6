import { describe, expect, it } from 'vitest'
import { Ambiguous, NotFound } from '../../src/show/not-found.ts'
import { sessionId, Tree } from '../records/tree.ts'
import { filesOf, SESSION } from '../hostile/world.ts'
import { pageOf, screenOf, shown } from './world.ts'

function story(): Tree {
  const tree = new Tree('2.1.329')
  const main = tree.session()
  const one = main.launch('ab00000000000001')
  one.bash('echo one').says('One.')
  main.returns(one, 'One.')
  const two = main.launch('ab00000000000002')
  two.bash('echo two').fiveHours('15:00:00', '3pm (UTC)')
  main.fails(two, 'Agent terminated early due to an API error: limit')
  const refused = main.launch('nobody', { unborn: true, description: 'no such type', agentType: 'nobody', prompt: 'Look at everything.' })
  main.result(refused.launchId, "Agent type 'nobody' not found", { error: true })
  const run = main.workflow('wf_00000001', 'checks')
  const good = run.agent(7, 'good')
  good.says('Fine.')
  run.journal('result', 7, 'Fine.').addToSummary(7, 'good', 'done')
  const bad = run.agent(8, 'bad')
  bad.fiveHours('15:00:00', '3pm (UTC)')
  run.addToSummary(8, 'bad', 'error', { error: 'limit', attempt: 2 }).addToSummary(null, 'later', 'queued')
  run.end('completed')
  main.says('All done.')
  return tree
}

describe('show finds', () => {
  it.each([
    ['an agent by its whole id', 'ab00000000000001', 'agent', 'ab00000000000001'],
    ['an agent by a beginning that fits it alone', 'a0000000000000007', 'agent', 'a0000000000000007'],
    ['a session', SESSION.slice(0, 6), 'session', SESSION],
    ['a workflow run', 'wf_', 'workflow', 'wf_00000001'],
    ['a launch that became no agent', 'toolu_', 'agent', 'toolu_00000005'],
  ])('%s', async (_, asked, of, id) => {
    const document = await shown(story(), asked)
    expect([document.of, document.id]).toEqual([of, id])
  })

  it('an agent only within what --agent leaves', async () => {
    expect((await shown(story(), 'ab', { agent: 'ab00000000000002' })).id).toBe('ab00000000000002')
    await expect(shown(story(), 'ab00000000000001', { agent: 'ab00000000000002' })).rejects.toThrow(NotFound)
    await expect(shown(story(), 'ab00000000000001', { agent: 'ab' })).resolves.toMatchObject({ id: 'ab00000000000001' })
  })

  it('the whole id before a longer one that begins with it', async () => {
    const tree = new Tree('2.1.329')
    const main = tree.session()
    for (const id of ['abc', 'abcd']) main.returns(main.launch(id).says('x'), 'x')
    expect((await shown(tree, 'abc')).id).toBe('abc')
  })

  it('nothing: what was looked through is told', async () => {
    const asked = shown(story(), 'zzz')
    await expect(asked).rejects.toBeInstanceOf(NotFound)
    await expect(asked).rejects.toMatchObject({ looked: { transcripts: 5 } })
  })

  it('too much: which ones fit is told', async () => {
    const asked = shown(story(), 'ab')
    await expect(asked).rejects.toBeInstanceOf(Ambiguous)
    await expect(asked).rejects.toMatchObject({ candidates: [{ id: 'ab00000000000001' }, { id: 'ab00000000000002' }] })
  })

  it('the latest of an agent’s transcripts, where it was resumed in another session', async () => {
    const tree = new Tree('2.1.329')
    const first = tree.session(1)
    const agent = first.launch('ab00000000000001')
    agent.bash('one')
    const second = tree.session(2, { at: '12:00:00' })
    second.says('Here.')
    const files = filesOf(tree)
    const [path = ''] = [...files.keys()].filter((each) => each.endsWith('agent-ab00000000000001.jsonl'))
    const copy = path.replace(SESSION, sessionId(2))
    agent.at('12:10:00').prompt('Go on.').says('Done.')
    files.set(copy, agent.text)
    const document = await shown(files, 'ab0')
    expect(document.reading?.path).toContain(copy)
    expect(document.reading?.copies).toHaveLength(1)
  })

  it('two agents whose short ids met by chance: only with the session it is clear', async () => {
    const tree = new Tree('2.1.329')
    for (const number of [1, 2]) {
      const main = tree.session(number)
      main.returns(main.launch('ab00001', { prompt: `Task of ${number}.` }).says('x'), 'x')
    }
    await expect(shown(tree, 'ab00001')).rejects.toBeInstanceOf(Ambiguous)
    const document = await shown(tree, 'ab00001', { session: sessionId(2) })
    expect(document.receipt?.task?.text).toBe('Task of 2.')
  })

  it('an agent of the oldest layout, whose file does not name its session', async () => {
    const tree = new Tree('2.0.76')
    const main = tree.session()
    const agent = main.launch('a123456')
    agent.bash('echo old').says('Done.')
    main.returns(agent, 'Done.').says('Good.')
    const document = await shown(tree, 'a1234')
    expect(document.receipt?.commands.items.map(({ command }) => command)).toEqual(['echo old'])
    expect(document.sessions.map((session) => session.sessionId)).toEqual([SESSION])
  })
})

describe('show tells', () => {
  it('of a launch that was refused what it asked for and how it was answered', async () => {
    const document = await shown(story(), 'toolu_')
    expect(document.agents[0]?.reason).toBe('never_started')
    expect(document.receipt).toMatchObject({
      status: 'failed',
      task: { text: 'Look at everything.' },
      commands: { items: [] },
      inFlight: { items: [] },
    })
    expect(document.reading).toMatchObject({ isLaunchOnly: true })
    expect(document.timeline.items).toMatchObject([
      { kind: 'call', tool: 'Agent', outcome: 'error', resultText: "Agent type 'nobody' not found" },
    ])
    expect(screenOf(document)).toContain('It has none; what launched it')
  })

  it('of a session its own timeline, and its agents as a table', async () => {
    const document = await shown(story(), SESSION)
    expect(document.agents).toHaveLength(5)
    expect(document.timeline.items.filter(({ tool }) => tool === 'Agent').map(({ agentId, outcome }) => [agentId, outcome])).toEqual([
      ['ab00000000000001', 'ok'],
      [null, 'error'],
      [null, 'error'],
    ])
    const screen = screenOf(document)
    expect(screen).toMatch(/^part ab00000000000002 +rate_limited +31 May +ab00000000000002$/m)
    expect(screen).toContain('Agents       3 died, 2 finished')
    expect(pageOf(document)).toContain('# Autopsy of a session')
  })

  it('no command with an id that a shell would run', async () => {
    const tree = new Tree('2.1.329')
    const main = tree.session()
    const refused = main.launch('nobody', { unborn: true, description: 'no such type', agentType: 'nobody', prompt: 'Look.' })
    main.result(refused.launchId, "Agent type 'nobody' not found", { error: true })
    main.says('All done.')
    const files = [...filesOf(tree)].map(([path, content]) => [path, content.replaceAll(refused.launchId, '$(id)')] as const)
    const document = await shown(new Map(files), SESSION)
    expect(document.agents.map(({ agentId }) => agentId)).toEqual(['$(id)'])
    expect(screenOf(document)).toMatch(/no such type +never_started .* \$\(id\)\n/)
    expect(screenOf(document)).not.toMatch(/^Next/m)
  })

  it('of a workflow run its calls in their order, with the journal and what would run again', async () => {
    const { calls, workflows, agents } = await shown(story(), 'wf_00000001')
    expect(
      calls.map(({ label, state, attempt, journal, reason, wouldRunAgain }) => [label, state, attempt, journal, reason, wouldRunAgain]),
    ).toEqual([
      ['good', 'done', 1, 'result', 'completed', false],
      ['bad', 'error', 2, 'started', expect.stringMatching(/rate_limited|retry_storm/), true],
      ['later', 'queued', 1, null, null, true],
    ])
    expect(workflows.map(({ runId }) => runId)).toEqual(['wf_00000001'])
    expect(agents.map(({ agentId }) => agentId)).toEqual(['a0000000000000007', 'a0000000000000008'])
    expect(workflows[0]?.wouldRunAgain).toBe(calls.filter(({ wouldRunAgain }) => wouldRunAgain).length)
  })

  it('means the same by what would run again as the report: all behind the first without a result, each once', async () => {
    const tree = new Tree('2.1.329')
    const run = tree.session().workflow('wf_00000001', 'checks')
    for (const number of [7, 8, 9]) run.agent(number, `call ${number}`).says('Fine.')
    run.agent(10, 'call 8', 8).fiveHours('15:00:00', '3pm (UTC)')
    run.journal('result', 7, 'ok').journal('result', 9, 'ok')
    run.addToSummary(7, 'call 7', 'done').addToSummary(10, 'call 8', 'error').addToSummary(9, 'call 9', 'done').end('completed')
    const { calls, workflows } = await shown(tree, 'wf_00000001')
    expect(calls.map(({ agentId, wouldRunAgain }) => [agentId?.slice(-2), wouldRunAgain])).toEqual([
      ['07', false],
      ['08', false],
      ['09', true],
      ['10', true],
    ])
    expect(workflows[0]).toMatchObject({ wouldRunAgain: 2, mayCallMore: false })
  })

  it('of a run that went well, nothing of the worst, and that nothing runs again', async () => {
    const tree = new Tree('2.1.329')
    const main = tree.session()
    const run = main.workflow('wf_00000001', 'checks')
    run.agent(7, 'good').says('Fine.')
    run.journal('result', 7, 'ok').addToSummary(7, 'good', 'done').end('completed')
    main.fiveHours('15:00:00', '3pm (UTC)')
    const document = await shown(tree, 'wf_00000001')
    expect(screenOf(document)).toContain('a resume runs 0 calls again')
    expect(screenOf(document)).not.toMatch(/worst|without a result/)
  })

  it('of a run whose script was cut off, that more calls may follow', async () => {
    const tree = new Tree('2.1.329')
    const run = tree.session().workflow('wf_00000001', 'checks')
    run.agent(7, 'bad').fiveHours('15:00:00', '3pm (UTC)')
    run.addToSummary(7, 'bad', 'error').end('killed')
    expect(screenOf(await shown(tree, 'wf_00000001'))).toContain('a resume runs at least 1 call again')
  })

  it('the same twice', async () => {
    for (const id of [SESSION, 'wf_00000001', 'ab00000000000002']) {
      expect(JSON.stringify(await shown(story(), id))).toBe(JSON.stringify(await shown(story(), id)))
    }
  })
})
