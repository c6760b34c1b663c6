import { describe, expect, it } from 'vitest'
import { Tree } from '../records/tree.ts'
import { AGENT_FILE, filesOf, oneAgent, SESSION } from '../hostile/world.ts'
import { AGENT, screenOf, shown } from './world.ts'

const kinds = (document: Awaited<ReturnType<typeof shown>>): string[] => document.timeline.items.map(({ kind }) => kind)

describe('the timeline', () => {
  it('tells calls with their outcome, retries, compaction, interrupts and silences in their order', async () => {
    const document = await shown(
      oneAgent((agent) => {
        const id = agent.call('Bash', { command: 'make' }, 'Building.')
        agent.wait(600).result(id, 'built', { error: false })
        agent.retry(1, 10, 529).compaction()
        agent.call('Bash', { command: 'make install' })
        agent.wait(120).marker(true)
      }),
      AGENT,
    )
    expect(kinds(document)).toEqual([
      'prompt',
      'message',
      'call',
      'silence',
      'retry',
      'compaction',
      'prompt',
      'call',
      'silence',
      'interrupt',
    ])
    const [, , build, silence] = document.timeline.items
    expect(build).toMatchObject({ tool: 'Bash', text: 'make', outcome: 'ok', durationMs: 601_000, resultText: 'built', resultLine: 4 })
    expect(silence).toMatchObject({ durationMs: 601_000, tool: 'Bash' })
    expect(document.timeline.items[7]).toMatchObject({ outcome: 'unanswered', durationMs: null })
    expect(screenOf(document)).toContain('silence      10 min, while Bash ran')
  })

  it('separates the attempts of a transcript that was resumed', async () => {
    const document = await shown(
      oneAgent((agent) => {
        agent.bash('one').fiveHours('15:00:00', '3pm (UTC)').wait(3600)
        agent.prompt('Go on.').bash('two').bash('three').says('Done.')
      }),
      AGENT,
    )
    expect(document.attempts.map(({ turns, toolCalls }) => [turns, toolCalls])).toEqual([
      [1, 1],
      [3, 2],
    ])
    expect(document.receipt?.instructions.items.map(({ text }) => text)).toEqual(['Go on.'])
    expect(document.receipt?.task?.text).toBe('Do part 1 and report.')
    expect(document.timeline.items.find(({ kind }) => kind === 'error')?.attempt).toBe(1)
    expect(document.timeline.items.at(-1)?.attempt).toBe(2)
  })

  it('tells a notice once, though the client tells it up to three times', async () => {
    const tree = new Tree('2.1.329')
    const main = tree.session()
    const agent = main.launch(1, { background: true })
    agent.says('Done.')
    main.notice([agent], 'completed', 'Agent "part 1" finished', { via: 'queue' })
    main.notice([agent], 'completed', 'Agent "part 1" finished', { via: 'absorbed' }).says('Good.')
    const document = await shown(tree, SESSION)
    expect(kinds(document).filter((kind) => kind === 'notification')).toHaveLength(1)
    expect(document.timeline.items.find(({ tool }) => tool === 'Agent')).toMatchObject({ agentId: AGENT, outcome: 'ok' })
  })

  it('knows a call by its result where that stands first, and counts a repeated record once', async () => {
    const files = filesOf(oneAgent((agent) => agent.bash('one').bash('two')))
    const lines = (files.get(AGENT_FILE) ?? '').trimEnd().split('\n')
    const [prompt = '', call = '', result = '', second = '', last = ''] = lines
    files.set(AGENT_FILE, [prompt, result, call, second, second, last, ''].join('\n'))
    const { timeline, receipt, agents } = await shown(files, AGENT)
    const calls = timeline.items.filter(({ kind }) => kind === 'call')
    expect(calls.map(({ text, outcome }) => [text, outcome])).toEqual([
      ['one', 'ok'],
      ['two', 'ok'],
    ])
    expect(calls).toHaveLength(agents[0]?.toolCalls ?? -1)
    expect(receipt?.inFlight.items).toEqual([])
  })

  it('leaves a parent’s history out of a fork, but for the task', async () => {
    const tree = new Tree('2.1.329')
    const main = tree.session()
    const fork = main.launch(1, { agentType: 'fork', meta: { isFork: true } })
    const own = fork.text
    fork.text = ''
    fork.json({ type: 'fork-context-ref', agentId: AGENT, parentSessionId: SESSION, parentLastUuid: 'x', contextLength: 3 })
    const launch = fork.call('Agent', { description: 'fork', prompt: 'Do the forked part.', subagent_type: 'fork' })
    fork.result(launch, [{ type: 'text', text: 'Fork started' }])
    fork.bash('echo mine').says('Forked and done.')
    expect(own).toContain('Do part 1')
    main.returns(fork, 'Here.').says('Done.')
    const document = await shown(tree, AGENT)
    expect(document.receipt?.task?.text).toBe('Do the forked part.')
    expect(document.timeline.items.filter(({ tool }) => tool === 'Agent')).toEqual([])
    expect(document.receipt?.commands.items.map(({ command }) => command)).toEqual(['echo mine'])
    expect(document.budget?.toolCalls).toBe(document.agents[0]?.toolCalls)
  })

  it('shows damage and a torn tail as what they are, and goes on behind them', async () => {
    const files = filesOf(
      oneAgent((agent) => agent.bash('one').line('{"parentUuid": broken').bash('two').torn('{"parentUuid":"x","type":"assis')),
    )
    const document = await shown(files, AGENT)
    expect(kinds(document).filter((kind) => kind === 'damage')).toHaveLength(2)
    expect(document.receipt?.commands.items.map(({ command }) => command)).toEqual(['one', 'two'])
    expect(document.complete).toBe(false)
    expect(document.reading).toMatchObject({ damagedLines: 2 })
    // What both readings tell of the file stands there once.
    expect(new Set(document.readIssues.map((issue) => JSON.stringify(issue))).size).toBe(document.readIssues.length)
  })

  it('folds the long stretches of a thousand turns, and keeps what mattered', async () => {
    const document = await shown(
      oneAgent((agent) => {
        for (let turn = 0; turn < 1_000; turn += 1) {
          if (turn === 500) agent.retry(3, 10, 529)
          if (turn === 600)
            agent.result(agent.call('Write', { file_path: '/x' }), 'Permission to use Write has been denied.', { error: true })
          agent.bash(`step ${turn}`, 'ok', `Step ${turn}.`)
        }
        agent.wait(900).fiveHours('15:00:00', '3pm (UTC)')
      }),
      AGENT,
    )
    expect(document.timeline.items.length).toBeGreaterThan(2_000)
    const screen = screenOf(document)
    const lines = screen.split('\n')
    expect(lines.length).toBeLessThan(110)
    // A command is never broken.
    expect(lines.filter((line) => line.length > 80 && !/^Next +agent-forensics show /.test(line))).toEqual([])
    expect(screen).toMatch(/retry +3 of 10/)
    expect(screen).toMatch(/Write +\/x +denied/)
    expect(screen).toContain('silence      15 min')
    expect(screen).toMatch(/… \d{3} turns, \d{3} Bash, until/)
    expect(screen).toContain('step 0')
    expect(screen).toContain('step 999')
    expect(screen).not.toContain('step 300 ')
    expect(screenOf(document, { all: true })).toContain('step 300 ')
  })

  it('keeps the first and the last events of a transcript without end, and counts the others', async () => {
    const tree = oneAgent((agent) => agent.says('x'))
    const files = new Map<string, string>(filesOf(tree))
    const [prompt = '', says = ''] = (files.get(AGENT_FILE) ?? '').split('\n')
    files.set(AGENT_FILE, `${prompt}\n${`${says}\n`.repeat(25_000)}`)
    const { timeline, receipt } = await shown(files, AGENT)
    expect(timeline.items).toHaveLength(20_000)
    expect(timeline.leftOut).toBe(5_001)
    expect(timeline.items[0]?.kind).toBe('prompt')
    expect(timeline.items.at(-1)?.line).toBe(25_001)
    expect(receipt?.findings.items).toHaveLength(20)
  })
})
