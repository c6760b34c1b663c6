import { describe, expect, it } from 'vitest'
import type { Owners } from '../../src/facts/session.ts'
import { diagnose } from '../../src/reasons/diagnose.ts'
import type { Script } from '../records/tree.ts'
import { Tree } from '../records/tree.ts'
import { instant } from '../records/transcript.ts'
import { filesOf, NEWEST, SESSION, SLUG } from '../hostile/world.ts'
import { linkStory, NOBODY, createOwners, findRun } from './linked.ts'

// An agent is more than a file: its sessions, its processes and its other transcripts say what its silence means.

interface World {
  readonly owners?: Owners
  readonly now?: string
  readonly version?: string
  /** '' is the main thread. */
  readonly of?: string
}

const ONE = 'a0000000000000001'
const LATER = '06-02T12:00:00'

async function verdict(story: (tree: Tree, main: Script) => void, world: World = {}): Promise<string> {
  const { owners = NOBODY, now = LATER, version = NEWEST, of = ONE } = world
  const tree = new Tree(version)
  story(tree, tree.session())
  const { run, context } = await findRun(tree, of, owners, instant(now))
  const { reason, confidence } = diagnose(run, context)
  return `${reason} ${confidence}`
}

/** One agent in the background, at work on a call that nothing answers. */
function working(main: Script, number = 1): Script {
  return main.launch(number, { background: true }).bash('ls')
}

const clearing = (write: (agent: Script, next: Script) => void) => (tree: Tree, main: Script) => {
  const agent = working(main)
  main.says('It runs.')
  const next = tree.session(2, { prompt: '', at: '10:05:00' })
  const rest = next.launch(1, { unborn: true, meta: null })
  next.text = ''
  const moved = Object.assign(rest, { path: `projects/${SLUG}/${next.who.sessionId}/subagents/agent-${agent.who.agentId}.jsonl` })
  tree.scripts.push(moved)
  write(moved, next)
}

describe('one agent, one life', () => {
  it('goes on in the folder of the session that /clear began', async () => {
    const done = clearing((agent, next) => (agent.bash('cat x').says('All is done.'), next.prompt('And now?').says('Wait.')))
    expect(await verdict(done)).toBe('completed high')
    const tree = new Tree(NEWEST)
    done(tree, tree.session())
    const runs = [...(await linkStory(filesOf(tree))).contexts.keys()].filter(({ role }) => role === 'agent')
    expect(runs).toMatchObject([{ description: 'part 1', toolCalls: 2, sessionId: '00000000-0000-4000-8000-000000000002' }])
    expect(runs[0]?.transcripts).toHaveLength(2)
  })

  it('is dead where the last of its transcripts ends in the middle', async () => {
    expect(await verdict(clearing((agent) => void agent.bash('cat x')))).toBe('exit_killed low')
  })

  it('is done where one of two copies at once finished', async () => {
    const copies = (end: 'first' | 'second' | 'none') => (tree: Tree, main: Script) => {
      const run = main.workflow('wf_00000001-001', 'lanes')
      const call = run.agent(1, 'one').bash('npm test')
      const copy = main.launch(1, { unborn: true, meta: null })
      tree.scripts.push(copy.at(call.clock - 1_500).prompt('Take version 2.'))
      copy.bash('npm test', 'ok', 'Again.').at(call.clock + 5_000)
      if (end === 'second') copy.says('Version 2 is done.')
      else copy.call('Bash', { command: 'npm run build' })
      if (end === 'first') {
        call.says('The lane is done.')
        run.journal('result', 1, 'x')
      }
      run.end('completed')
    }
    expect(await verdict(copies('first'))).toBe('completed high')
    expect(await verdict(copies('second'))).toBe('completed high')
    expect(await verdict(copies('none'))).toMatch(/^exit_killed low/)
  })
})

describe('own records', () => {
  const finished = (main: Script): Script => {
    const agent = working(main).says('All is done.')
    main.notice([agent], 'completed', 'Agent "part 1" completed').says('Good.')
    return agent
  }

  it.each([
    ['doubled', (text: string) => text + text],
    ['joined to another agent’s', (text: string) => text + text.replaceAll(ONE, 'a0000000000000009').replaceAll('00000002-', '00000009-')],
    [
      'mixed with another agent’s',
      (text: string) =>
        text
          .split('\n')
          .flatMap((line) => [line.replaceAll(ONE, 'a0000000000000009').replaceAll('00000002-', '00000009-'), line])
          .join('\n'),
    ],
    ['of another agent altogether', (text: string) => text.replaceAll(ONE, 'a0000000000000009')],
    ['without the record before its last', (text: string) => text.split('\n').toSpliced(-3, 1).join('\n')],
  ])('a file %s shows no end', async (_, spoil) => {
    const told = await verdict((__, main) => {
      const agent = finished(main)
      agent.text = spoil(agent.text)
    })
    expect(told).toBe('unknown low')
  })

  it('lines out of order say the same', async () => {
    const told = await verdict((_, main) => {
      const agent = finished(main)
      const [last = '', before = '', ...rest] = agent.text.trimEnd().split('\n').toReversed()
      agent.text = `${[...rest.toReversed(), last, before].join('\n')}\n`
    })
    expect(told).toBe('completed high')
  })

  it('a prompt that is given again is no fault', async () => {
    const told = await verdict((_, main) => {
      const agent = main.launch(1, { background: true })
      agent.line(agent.text.trimEnd()).says('All is done.')
      main.notice([agent], 'completed', 'Agent "part 1" completed')
    })
    expect(told).toBe('completed high')
  })

  it('damage to any line makes no verdict better', async () => {
    const announced = (main: Script): Script => main.launch(1, { background: true }).bash('ls').says('Let me look at the rest:')
    const went = (spoil: (text: string) => string) =>
      verdict((_, main) => {
        const agent = announced(main)
        agent.text = spoil(agent.text)
        main.notice([agent], 'completed', 'Agent "part 1" completed').says('Good.')
      })
    expect(await went((text) => text)).toBe('truncated low')
    expect(await went((text) => text.replace('"tool_use","id"', '"tool_use""id"'))).toMatch(/^(?:truncated|unknown) low$/)
  })
})

describe('calls in order', () => {
  it('whoever says something more has its answers, though not every one was written', async () => {
    const told = await verdict(
      (_, main) => {
        const agent = main.launch(1)
        agent.call('Bash', { command: 'mkdir x' })
        agent.bash('ls').says('All is done.')
        main.says('Fine.').at('12:30:00').prompt('And now?').says('Nothing.')
      },
      { version: '2.1.49' },
    )
    expect(told).toBe('completed high')
  })

  it('what a gateway answers within the message is answered', async () => {
    const told = await verdict((_, main) => {
      const agent = main.launch(1, { background: true })
      agent.assistant([{ type: 'server_tool_use', id: 'srv', name: 'webReader', input: {} }], null)
      agent.assistant([{ type: 'tool_result', tool_use_id: 'srv', content: 'a page' }], null).says('All is done.')
      main.says('It runs.')
    })
    expect(told).toBe('completed high')
  })

  it('a text without a stop reason may be followed by its call', async () => {
    const story = (_: Tree, main: Script): void => {
      main.launch(1).bash('ls').says('Six values are missing.', null)
    }
    expect(await verdict(story, { now: '10:00:30' })).toBe('running low')
    expect(await verdict(story)).toBe('exit_killed low')
    expect(await verdict(story, { version: '2.1.49' })).toBe('completed medium')
    const told = await verdict((_, main) => {
      const agent = main.launch(1).bash('ls').says('Six values are missing.', null)
      main.returns(agent, 'Six values are missing.').says('Fine.')
    })
    expect(told).toBe('completed medium')
  })

  it('a message that Escape cut off is no end', async () => {
    const told = await verdict((_, main) => {
      const agent = main.launch(1).bash('ls')
      agent.assistant([{ type: 'text', text: 'Six values are' }], null, 'm', { isAbortedMidStream: true })
      main.says('Hm.')
    })
    expect(told).toBe('interrupted medium')
  })
})

describe('a session as a whole', () => {
  const sibling = (minutes: number, pending: 'call' | 'result') => (_: Tree, main: Script) => {
    const agent = main.launch(1, { background: true }).bash('ls')
    if (pending === 'call') agent.call('Bash', { command: 'npm test' })
    const other = main.launch(2, { background: true })
    for (let second = 0; second < minutes * 60; second += 20) other.wait(20).bash('sweep')
    main.notice([other.says('Swept.')], 'completed', 'Agent "part 2" completed').says('One came back.')
  }

  it('that went on for long says that the agent stopped, and not that its client exited', async () => {
    expect(await verdict(sibling(11, 'result'))).toBe('truncated low')
    expect(await verdict(sibling(11, 'result'), { owners: { ...NOBODY, registryRead: true } })).toBe('truncated low')
    // A tool may run for hours, and the model may be asked for minutes.
    expect(await verdict(sibling(11, 'call'))).toBe('exit_killed low')
    expect(await verdict(sibling(3, 'result'))).toBe('exit_killed low')
  })

  it('gives the silence of the session, and not that of the agent', async () => {
    const tree = new Tree(NEWEST)
    sibling(3, 'result')(tree, tree.session())
    const { run, context } = await findRun(tree, ONE, NOBODY, instant(LATER))
    const { silence, summary } = diagnose(run, context)
    expect([silence?.from, summary]).toEqual([
      '2026-05-31T10:03:25.000Z',
      expect.stringContaining('its whole session has been silent since'),
    ])
  })

  it('of which nothing follows an announcement lived on for nobody', async () => {
    const announced = (follows: boolean) => (_: Tree, main: Script) => {
      const agent = main.launch(1).bash('ls').says('Let me look at the rest:')
      if (follows)
        main
          .at(agent.clock + 60_000)
          .prompt('Well?')
          .says('I do not know.')
    }
    expect(await verdict(announced(false))).toBe('exit_killed low')
    expect(await verdict(announced(true))).toBe('truncated low')
  })
})

describe('an interrupt marker', () => {
  const escaped =
    (more: (main: Script) => void = () => undefined) =>
    (_: Tree, main: Script) => {
      const agent = main.launch(1).bash('ls').wait(20).marker()
      main.after(agent)
      main.result(agent.launchId, "The user doesn't want to proceed with this tool use.", { error: true }).marker(true)
      more(main)
    }

  it('is the person’s, however long they are away', async () => {
    expect(await verdict(escaped())).toBe('interrupted medium')
    expect(await verdict(escaped((main) => main.wait(165).prompt('Use the board.').says('Yes.')))).toBe('interrupted medium')
    expect(await verdict((_, main) => void main.launch(1).bash('ls').marker())).toBe('interrupted medium')
  })

  it('says nothing of a process that began later', async () => {
    const later = createOwners({ state: 'gone', startedAt: instant('14:00:00') })
    expect(await verdict(escaped(), { owners: later })).toBe('interrupted medium')
    expect(await verdict((_, main) => void working(main).marker(), { owners: later })).toBe('interrupted medium')
  })

  it('is the exit’s where the process of that moment is gone, or its notice was never delivered', async () => {
    const story = (_: Tree, main: Script): void => {
      const agent = working(main)
      main.says('It runs.').at('10:05:20')
      agent.at('10:05:20').marker()
      main.after(agent)
    }
    expect(await verdict(story)).toBe('interrupted medium')
    expect(await verdict(story, { owners: createOwners({ state: 'gone' }) })).toBe('exit_killed medium')
    const undelivered = (_: Tree, main: Script): void => {
      story(_, main)
      const [, agent] = _.scripts
      if (agent !== undefined) main.at('10:05:20').notice([agent], 'killed', 'Agent "part 1" was stopped by user', { via: 'queue' })
      main.at('10:11:20').prompt('Continue.').says('I look.')
    }
    expect(await verdict(undelivered)).toBe('exit_killed low')
  })

  it('beside a notice that was delivered is a stop', async () => {
    const told = await verdict((_, main) => {
      const agent = working(main)
      main.says('It runs.').at('10:00:30')
      agent.at('10:00:30').marker()
      main.notice([agent], 'killed', 'Agent "part 1" was stopped').wait(1).marker()
    })
    expect(told).toBe('stopped medium')
  })

  it('of all agents at once is nobody’s stop by name', async () => {
    const host = (together: boolean) => (_: Tree, main: Script) => {
      const agents = [1, 2].map((number) => main.launch(number, { background: true, meta: { stoppedByUser: true } }).bash('ls'))
      for (const [index, agent] of agents.entries()) agent.at(`10:01:${together ? '40' : String(40 + index * 10)}`).marker()
      main.at('10:02:30').prompt('And?').says('They have not reported.')
    }
    expect(await verdict(host(true))).toBe('interrupted medium')
    expect(await verdict(host(false))).toBe('stopped high')
  })

  it('in a workflow whose task was stopped is a stop', async () => {
    const told = await verdict((_, main) => {
      const run = main.workflow('wf_00000001-001', 'lanes')
      const call = run.agent(1, 'one').bash('npm test')
      main
        .at(call.clock)
        .result(main.call('TaskStop', { task_id: 'w00000001' }), 'Successfully stopped task', { data: {} })
        .says('Paused.')
      call.marker()
      run.end(null)
    })
    expect(told).toBe('stopped high')
  })

  it('under a budget that is spent is a cap', async () => {
    const told = await verdict((_, main) => {
      const agent = main.launch(1, { background: true, meta: { stoppedByUser: true } }).bash('ls')
      main.after(agent)
      main.put('attachment', { attachment: { type: 'budget_usd', used: 0.8, total: 0.3, remaining: -0.5 } })
      agent.at(main.clock).marker()
    })
    expect(told).toBe('max_turns medium')
  })
})

describe('owners', () => {
  it('a second client on a session that is alive is wrong about its agents', async () => {
    const told = await verdict(
      (_, main) => {
        const agent = working(main)
        main.says('It runs.').wait(5)
        main.notice([agent], 'stopped', "2 background agents didn't finish before the previous session ended")
        agent.at(main.clock).bash('ls')
      },
      { owners: createOwners({ state: 'alive' }, { state: 'alive', pid: 78, startedAt: instant('10:00:08') }), now: '10:03:00' },
    )
    expect(told).toBe('running high')
  })

  it('a record of the last two minutes is of somebody at work, unless its process is known to be gone', async () => {
    const story = (_: Tree, main: Script): void => void working(main)
    expect(await verdict(story, { now: '10:01:30' })).toBe('running low')
    expect(await verdict(story, { now: '10:01:30', owners: { ...NOBODY, registryRead: true } })).toBe('running low')
    expect(await verdict(story, { now: '10:01:30', owners: createOwners({ state: 'gone' }) })).toBe('exit_killed high')
    expect(await verdict(story, { now: '10:30:00', owners: createOwners({ state: 'unknown' }) })).toBe('exit_killed low')
  })

  it.each([
    ['its pid is taken here, its start not told', { state: 'unknown', mayLive: 'here' }, '10:30:00', 'unknown low'],
    ['the same, for days', { state: 'unknown', mayLive: 'here' }, '06-03T10:30:00', 'unknown low'],
    ['another system shares the folder', { state: 'elsewhere', mayLive: 'elsewhere' }, '10:30:00', 'unknown low'],
    ['the same, silent for days', { state: 'elsewhere', mayLive: 'elsewhere' }, '06-03T10:30:00', 'exit_killed low'],
    ['its process is gone', { state: 'gone' }, '10:30:00', 'exit_killed high'],
    ['it started later', { state: 'unknown', mayLive: 'here', startedAt: instant('10:20:00') }, '10:30:00', 'exit_killed high'],
  ] as const)('silence calls nobody dead who may live: %s', async (_, owner, now, expected) => {
    expect(await verdict((_tree, main) => void working(main), { now, owners: createOwners(owner) })).toBe(expected)
  })
})

describe('launches', () => {
  it('that were acknowledged, and of which no transcript is here, are told', async () => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    const child = main.launch(1, { background: true, unborn: true })
    main.result(child.launchId, 'Async agent launched successfully.', { data: { isAsync: true, status: 'async_launched', agentId: ONE } })
    main.says('It runs.')
    const { run, context } = await findRun(tree, ONE)
    expect(diagnose(run, context)).toMatchObject({ reason: 'unknown', summary: 'its transcript is missing' })
    const { issues } = await linkStory(filesOf(tree))
    expect(issues).toMatchObject([{ reason: 'missing_transcript', line: 2 }])
  })

  it('that their client’s end cut off were refused by nobody', async () => {
    const told = await verdict(
      (_, main) => {
        const child = main.launch(1, { unborn: true })
        main
          .at('11:00:00')
          .result(child.launchId, '[Tool call interrupted: the session ended before this call’s result was recorded]', { error: true })
        main.prompt('Go on.').says('Yes.')
      },
      { of: 'toolu_00000001' },
    )
    expect(told).toMatch(/^exit_killed/)
  })

  it('are found by a prompt that ends in a line break', async () => {
    const tree = new Tree('2.1.138')
    const main = tree.session()
    main.launch(1, { prompt: 'Check the rules.\n', meta: { toolUseId: undefined } }).says('Checked.')
    const agents = [...(await linkStory(filesOf(tree))).contexts.keys()].filter(({ role }) => role === 'agent')
    expect(agents).toMatchObject([{ agentId: ONE, toolUseId: 'toolu_00000001', spawnDepth: 1 }])
  })
})

describe('its own work', () => {
  const building = (text: string, ended: boolean) => (_: Tree, main: Script) => {
    const agent = main.launch(1)
    const call = agent.call('Bash', { command: 'make release', run_in_background: true })
    agent.result(call, 'Command running in background with ID: b4d1z94ax. Output is being written to: /tmp/x')
    if (ended) {
      agent.prompt(
        `<task-notification>\n<task-id>b4d1z94ax</task-id>\n<tool-use-id>${call}</tool-use-id>\n<status>completed</status>\n<summary>done</summary>\n</task-notification>`,
        { origin: { kind: 'task-notification' } },
      )
    }
    agent.says(text)
    main.returns(agent, text).says('Fine.')
  }

  it('that is still open makes an end of few words none', async () => {
    expect(await verdict(building('Der Bau läuft.', false))).toBe('truncated low')
    expect(await verdict(building('Der Bau ist fertig.', true))).toBe('completed high')
    expect(await verdict(building(`The report. ${'It says much. '.repeat(40)}`, false))).toBe('completed medium')
  })

  it('that was denied to the end is not done', async () => {
    const denied = (after: (agent: Script) => unknown) => (_: Tree, main: Script) => {
      const agent = main.launch(1)
      const call = agent.call('Write', { file_path: '/home/dev/app/x', content: 'x' })
      agent.result(call, 'Claude requested permissions to write to /home/dev/app/x, but you haven’t granted it yet.', { error: true })
      after(agent)
      agent.says('That is all.')
      main.returns(agent, 'That is all.').says('Fine.')
    }
    expect(await verdict(denied(() => undefined))).toBe('completed medium')
    expect(await verdict(denied((agent) => agent.bash('touch x')))).toBe('completed high')
  })

  it('of a teammate ends with its consent to shut down', async () => {
    const team = (approve: boolean) => (_: Tree, main: Script) => {
      const agent = main.launch(1, { background: true }).says('Twelve coins.')
      agent.wait(100).prompt('<teammate-message teammate_id="lead">{"type":"shutdown_request"}</teammate-message>')
      const call = agent.call('SendMessage', { to: 'lead', message: { type: 'shutdown_response', approve } })
      agent.result(call, '{"success":true}')
      main.at(agent.clock).says('The team is gone.')
    }
    expect(await verdict(team(true))).toBe('completed high')
    expect(await verdict(team(false))).toBe('exit_killed low')
  })
})

it('the task of a workflow’s call is its own, and not the frame of its run', async () => {
  const tree = new Tree(NEWEST)
  const main = tree.session()
  const run = main.workflow('wf_00000001-001', 'lanes')
  const call = run.agent(1, 'one')
  call.text = ''
  call.prompt(
    '[Workflow harness — computed task] It was not typed by a person. The computed task text follows:\n  Find the callers.\n    Twice.',
  )
  run.end('completed')
  expect((await findRun(tree)).run.firstPrompt).toBe('Find the callers.\n  Twice.')
})

describe('a main thread', () => {
  const of = ''

  it('of which nothing was asked had nothing to lose', async () => {
    const told = async (lines: readonly object[]) => {
      const tree = new Tree(NEWEST)
      const main = tree.session(1, { prompt: '' })
      for (const line of lines) main.json({ ...line, sessionId: SESSION })
      const { run, context } = await findRun(tree, of)
      return diagnose(run, context).summary
    }
    expect(await told([{ type: 'permission-mode', permissionMode: 'default' }])).toBe('nothing was asked in it')
    expect(await told([{ type: 'user', message: { role: 'user', content: '<command-name>/exit</command-name>' } }])).toBe(
      'nothing was asked in it',
    )
    expect(await told([{ type: 'user', message: { role: 'user', content: 'Go.' } }])).not.toBe('nothing was asked in it')
  })

  it('whose call the person refused was cut off by that', async () => {
    const refused = (_: Tree, main: Script): void => {
      main.result(main.call('ExitPlanMode', { plan: '# Plan' }), "The user doesn't want to proceed with this tool use.", { error: true })
    }
    expect(await verdict(refused, { of })).toBe('interrupted medium')
  })

  it('that a notice woke up to a limit had worked before: it is no storm', async () => {
    const told = await verdict(
      (_, main) => {
        const agent = main.launch(1, { background: true }).bash('ls').fiveHours('14:00:00', '2pm (UTC)')
        main.says('It runs.')
        main.notice([agent], 'failed', 'Agent "part 1" failed').fiveHours('14:00:00', '2pm (UTC)')
      },
      { of },
    )
    expect(told).toBe('rate_limited high')
  })
})

describe('waiting for the reset', () => {
  const of = ''
  const RESET = '10:30:00'
  /** The limit refuses a main thread that a notice woke up, and its client announces what it does then. */
  const waits =
    (then: (main: Script, agent: Script) => void = () => {}, words = 'at 12:30pm') =>
    (_: Tree, main: Script): void => {
      const agent = main.launch(1, { background: true }).bash('ls').fiveHours(RESET, '12:30pm (Europe/Kyiv)')
      main.says('It runs.')
      main.notice([agent], 'failed', 'Agent "part 1" failed').fiveHours(RESET, '12:30pm (Europe/Kyiv)')
      inform(main, `Usage limit reached · set to continue automatically ${words}`)
      then(main, agent)
    }
  const inform = (main: Script, content: string): Script =>
    main.put('system', { subtype: 'informational', content, isMeta: false, level: 'notice' })
  const alive = createOwners({ state: 'alive' })
  const now = '10:20:00'

  it('a main thread that its client goes on with is alive, and says what it waits on', async () => {
    const tree = new Tree(NEWEST)
    waits()(tree, tree.session())
    const { run, context } = await findRun(tree, of, alive, instant(now))
    expect(diagnose(run, context)).toMatchObject({
      reason: 'running',
      basis: 'reported',
      summary: 'a limit refused it, and its client announced that it continues by itself at 2026-05-31T10:30:00.000Z',
      waitingOn: { on: 'limit', name: null, repeated: 1 },
    })
    expect(await verdict(waits(), { of, now, owners: alive })).toBe('running high')
    expect(await verdict(waits(), { of, now })).toBe('running medium')
    expect(await verdict(waits(), { of, now, owners: createOwners({ state: 'elsewhere' }) })).toBe('running medium')
  })

  it('its agents are not revived by that', async () => {
    expect(await verdict(waits(), { now, owners: alive })).toBe('rate_limited high')
  })

  it('a notice, bookkeeping and another refusal change nothing', async () => {
    const told = waits((main, agent) => {
      main.put('system', { subtype: 'turn_duration', durationMs: 217 })
      main.notice([agent], 'failed', 'Agent "part 1" failed')
    })
    const asked = waits((main) => {
      main.prompt('Any news?')
      inform(main, 'Usage limit reached again · set to continue automatically at 12:30pm').fiveHours(RESET, '12:30pm (Europe/Kyiv)')
    })
    expect(await verdict(told, { of, now })).toBe('running medium')
    expect(await verdict(asked, { of, now })).toBe('running medium')
    expect(await verdict(told, { of, now: '10:40:00' })).toMatch(/^exit_killed/)
  })

  it('it ends some minutes after the time that was announced', async () => {
    expect(await verdict(waits(), { of, now: '10:33:00', owners: alive })).toBe('running high')
    expect(await verdict(waits(), { of, now: '10:36:00', owners: alive })).toBe('rate_limited high')
    // The words count where no refusal names the reset; without a zone they are in the reader's.
    const inWords = (_: Tree, main: Script): void => {
      main.error("You've hit your 5-hour limit", { code: 'rate_limit', status: 429 })
      inform(main, 'Usage limit reached · set to continue automatically at 10:30am')
    }
    expect(await verdict(inWords, { of, now: '10:33:00' })).toBe('running medium')
    expect(await verdict(inWords, { of, now: '10:36:00' })).toBe('rate_limited high')
    expect(await verdict(waits(undefined, 'shortly'), { of, now })).toBe('running medium')
    expect(await verdict(waits(undefined, 'shortly'), { of, now: '10:36:00' })).toBe('rate_limited high')
  })

  it.each([
    ['ended', { owners: createOwners({ state: 'gone' }) }],
    ['started later', { owners: createOwners({ state: 'elsewhere', startedAt: instant('10:15:00') }) }],
    ['is in no registry, where its version has one', { owners: { ...NOBODY, registryRead: true } }],
  ])('nobody waits whose process %s', async (_, world) => {
    expect(await verdict(waits(), { of, now, ...world })).toBe('rate_limited high')
  })

  it.each([
    ['cancelled by a person', 'Automatic continue cancelled · /rate-limit-options to wait again'],
    ['cancelled by the end of the client', 'Automatic continue cancelled · Claude Code exited during the wait'],
    ['stopped', 'Automatic continue stopped · your login changed or ended · send a prompt to continue'],
  ])('a wait that was %s is none', async (_, words) => {
    expect(
      await verdict(
        waits((main) => void inform(main, words)),
        { of, now, owners: alive },
      ),
    ).toBe('rate_limited high')
  })

  it('whoever went on, or was asked something else, does not wait', async () => {
    const story = (then: (main: Script) => void): Promise<string> => verdict(waits(then), { of, now })
    expect(await story((main) => void main.prompt('Go on.').says('Done.'))).toBe('completed high')
    expect(await story((main) => void main.prompt('Go on.').fiveHours(RESET, '12:30pm (Europe/Kyiv)'))).toBe('rate_limited high')
    expect(await story((main) => void main.error('Credit balance is too low', { code: 'billing_error', status: 400 }))).toMatch(/^billing/)
  })

  it('a refusal alone, a quotation and the record of an agent announce nothing', async () => {
    const refused = (then: (main: Script) => void) => (_: Tree, main: Script) => {
      main.fiveHours(RESET, '12:30pm (Europe/Kyiv)')
      then(main)
    }
    expect(
      await verdict(
        refused(() => {}),
        { of, now, owners: alive },
      ),
    ).toBe('rate_limited high')
    expect(
      await verdict(
        refused((main) => void inform(main, 'Conversation saved')),
        { of, now, owners: alive },
      ),
    ).toBe('rate_limited high')
    const agents = (_: Tree, main: Script): void => {
      inform(
        main.launch(1, { background: true }).fiveHours(RESET, '12:30pm'),
        'Usage limit reached · set to continue automatically at 12:30pm',
      )
    }
    expect(await verdict(agents, { now, owners: alive })).toBe('rate_limited high')
  })
})

it('no alternative ranks above the verdict', async () => {
  const tree = new Tree(NEWEST)
  const main = tree.session()
  const agent = main.launch(1).bash('ls').says('Let me look at the rest:')
  main.returns(agent, 'x').says('Fine.')
  const { run, context } = await findRun(tree)
  expect(diagnose(run, context)).toMatchObject({
    reason: 'truncated',
    confidence: 'low',
    alternatives: [{ reason: 'completed', confidence: 'low' }],
  })
})
