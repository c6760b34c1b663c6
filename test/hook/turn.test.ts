import { describe, expect, it } from 'vitest'
import { agentIdOf, Tree } from '../records/tree.ts'
import { event, HookWorld, noticeOf, resultOf } from './world.ts'

const VERSION = '2.1.332'
const ID = agentIdOf(1, VERSION)

/** A session with one agent, and the story of that. */
function story(tell: (agent: ReturnType<ReturnType<Tree['session']>['launch']>) => void, background = false, version = VERSION) {
  const tree = new Tree(version)
  const session = tree.session(1, { at: '10:00:00' })
  const agent = session.launch(1, { background })
  tell(agent)
  return { world: new HookWorld(tree), tree, session, agent }
}

const limited = (agent: Parameters<Parameters<typeof story>[0]>[0]): void => {
  agent.bash('ls')
  agent.fiveHours('14:30:00', '5:30pm (Europe/Kyiv)')
}

describe('a foreground agent', () => {
  it('that met a limit is told at once, whatever the client calls it', async () => {
    const { world, agent } = story(limited)
    const { code, toModel, toPerson } = await world.ask(['post-tool-use'], resultOf(agent))
    expect(code).toBe(0)
    expect(toModel).toBe(
      `agent-forensics: agent ${ID} did not finish. terminated_by: rate_limited (5-hour limit, resets 2026-05-31T14:30:00Z). Do not build on its result. Do not launch it again before the reset. To continue it after the reset: SendMessage to ${ID}, or once this session has ended: agent-forensics recover --agent ${ID}`,
    )
    expect(toPerson).toBe(`agent-forensics: agent ${ID} did not finish: rate_limited (resets 17:30)`)
  })

  it('that finished is nothing to speak of, and nothing is waited for', async () => {
    const { world, agent } = story((each) => each.bash('ls').says('The parser is ported, and all tests pass.'))
    expect(await world.ask(['post-tool-use'], resultOf(agent))).toMatchObject({ code: 0, stdout: '', age: 0 })
  })

  it('that only announces its next step may not have finished', async () => {
    const { world, agent } = story((each) => each.bash('ls').says('Running the tests now.'))
    const { toModel } = await world.ask(['post-tool-use'], resultOf(agent))
    expect(toModel).toContain(
      `agent ${ID} may not have finished. terminated_by: truncated (unconfirmed: its last message only announces its next step)`,
    )
    expect(toModel).toContain('Check its work before you build on its result.')
  })

  it('that was launched into the background has not ended', async () => {
    const { world, agent } = story(limited, true)
    expect(await world.ask(['post-tool-use'], resultOf(agent, 'async_launched'))).toMatchObject({ stdout: '', age: 0 })
  })

  it('that was stopped on purpose is nothing to speak of', async () => {
    const { world, agent } = story((each) => each.bash('ls').marker())
    expect(await world.ask(['post-tool-use'], resultOf(agent, 'killed'))).toMatchObject({ stdout: '' })
  })

  it('is not resumed by a message where its client cannot do that', async () => {
    const { world, agent } = story(limited, false, '2.1.156')
    const { toModel } = await world.ask(['post-tool-use'], resultOf(agent))
    expect(toModel).not.toContain('SendMessage')
    expect(toModel).toContain('To continue it after the reset, once this session has ended: agent-forensics recover')
  })

  it('needs a person where only a person can help', async () => {
    const { world, agent } = story((each) => each.error('Credit balance is too low', { code: 'billing_error', status: 400 }))
    const { toModel } = await world.ask(['post-tool-use'], resultOf(agent))
    expect(toModel).toContain('terminated_by: billing')
    expect(toModel).toContain('A person has to fix that before any agent can continue.')
    expect(toModel).not.toContain('SendMessage')
  })
})

describe('a background agent', () => {
  it('that met a limit is told with its notice', async () => {
    const { world, agent } = story(limited, true)
    const { toModel } = await world.ask(['user-prompt-submit'], noticeOf(agent, 'failed'))
    expect(toModel).toContain(`agent ${ID} did not finish. terminated_by: rate_limited`)
  })

  it('that left a command of its own at work may not have finished', async () => {
    const { world, agent } = story((each) => {
      const id = each.call('Bash', { command: 'npm run build', run_in_background: true })
      each.result(id, 'Command running in background with ID: b1a2c3d4e. Output is being written to: /tmp/x')
      each.says('The build is running in the background.')
    }, true)
    const { toModel } = await world.ask(['user-prompt-submit'], noticeOf(agent))
    expect(toModel).toContain(
      'may not have finished. terminated_by: truncated (unconfirmed: it ended its turn while a command of its own was still at work)',
    )
  })

  it('is told once, and again only when it died again', async () => {
    const { world, agent } = story(limited, true)
    expect((await world.ask(['user-prompt-submit'], noticeOf(agent))).toModel).not.toBeNull()
    expect((await world.ask(['user-prompt-submit'], noticeOf(agent))).stdout).toBe('')
    agent.at('10:10:00').prompt('Go on.').fiveHours('15:30:00', '6:30pm (Europe/Kyiv)')
    expect((await world.ask(['user-prompt-submit'], noticeOf(agent))).toModel).toContain('resets 2026-05-31T15:30:00Z')
  })

  it('is told every time where nothing can be kept: it has just happened', async () => {
    const { world, agent } = story(limited, true)
    world.isReadOnly = true
    expect((await world.ask(['user-prompt-submit'], noticeOf(agent))).toModel).not.toBeNull()
  })
})

describe('a file that is still being written', () => {
  it('is looked at again: the notice came before the last record', async () => {
    const { world, agent } = story((each) => void each.call('Bash', { command: 'ls' }), true)
    world.onSleep = (age) => {
      if (age >= 600 && !agent.text.includes('isApiErrorMessage')) limited(agent)
    }
    const { toModel, age } = await world.ask(['user-prompt-submit'], noticeOf(agent))
    expect(toModel).toContain('terminated_by: rate_limited')
    expect(age).toBeLessThan(1_000)
  })

  it('says nothing of an agent that turns out to have finished', async () => {
    const { world, agent } = story((each) => each.bash('ls'), true)
    world.onSleep = (age) => {
      if (age >= 600 && !agent.text.includes('end_turn')) agent.says('The parser is ported, and all tests pass.')
    }
    expect(await world.ask(['user-prompt-submit'], noticeOf(agent))).toMatchObject({ stdout: '' })
  })

  it('says nothing where it grows until the time is over', async () => {
    const { world, agent } = story((each) => each.bash('ls'), true)
    world.onSleep = () => void agent.bash('ls')
    const { stdout, age } = await world.ask(['user-prompt-submit'], noticeOf(agent))
    expect(stdout).toBe('')
    expect(age).toBeLessThan(5_000)
  })

  it('is an end once it has been still: the client counted an open call as one', async () => {
    const { world, agent } = story((each) => void each.call('Bash', { command: 'ls' }), true)
    const { toModel, age } = await world.ask(['user-prompt-submit'], noticeOf(agent))
    expect(toModel).toContain('did not finish. terminated_by: truncated')
    expect(age).toBeGreaterThanOrEqual(2_000)
  })

  it('gives up after the time that it was given', async () => {
    const { world, agent } = story((each) => void each.call('Bash', { command: 'ls' }), true)
    const { stdout, age } = await world.ask(['user-prompt-submit', '--timeout', '1s'], noticeOf(agent))
    expect(stdout).toBe('')
    expect(age).toBeLessThanOrEqual(1_000)
  })
})

describe('a workflow run', () => {
  function run(ends: readonly ('done' | 'limit')[]) {
    const tree = new Tree(VERSION)
    const session = tree.session(1, { at: '10:00:00' })
    const workflow = session.workflow('wf_0a1b2c3d-e4f', 'survey')
    for (const [index, end] of ends.entries()) {
      const number = index + 1
      const agent = workflow.agent(number, `part:${number}`)
      if (end === 'limit') limited(agent)
      else agent.says('Read.')
      if (end === 'done') workflow.journal('result', number, 'Read.')
      workflow.addToSummary(number, `part:${number}`, end === 'done' ? 'done' : 'error')
    }
    workflow.end('completed')
    const prompt =
      '<task-notification>\n<task-id>w00000001</task-id>\n<status>completed</status>\n<summary>Dynamic workflow "survey" completed</summary>\n</task-notification>'
    return { world: new HookWorld(tree), notice: event('UserPromptSubmit', { prompt }) }
  }

  it('that is called completed tells how many of its calls failed, once', async () => {
    const { world, notice } = run(['done', 'limit', 'limit'])
    const { toModel, toPerson } = await world.ask(['user-prompt-submit'], notice)
    expect(toModel).toBe(
      'agent-forensics: 2 of 3 calls of workflow wf_0a1b2c3d-e4f did not finish. terminated_by: rate_limited (5-hour limit, resets 2026-05-31T14:30:00Z). Their results are missing. Do not build on them. Do not run it again before the reset. More: agent-forensics show wf_0a1b2c3d-e4f',
    )
    expect(toPerson).toBe('agent-forensics: 2 of 3 calls of workflow wf_0a1b2c3d-e4f did not finish: rate_limited')
    expect((await world.ask(['user-prompt-submit'], notice)).stdout).toBe('')
  })

  it('whose calls all finished is nothing to speak of', async () => {
    const { world, notice } = run(['done', 'done'])
    expect(await world.ask(['user-prompt-submit'], notice)).toMatchObject({ stdout: '', age: 0 })
  })
})

it('an ordinary prompt is nothing to us, and nothing is looked at', async () => {
  const { world, tree } = story(limited)
  tree.files.clear()
  expect(await world.ask(['user-prompt-submit'], event('UserPromptSubmit', { prompt: 'Go on.' }))).toMatchObject({ code: 0, stdout: '' })
})

it('other transcripts than those of the session are not asked for', async () => {
  const { world, agent, tree } = story(limited, true)
  const other = tree.session(2)
  const stranger = other.launch(2)
  limited(stranger)
  expect((await world.ask(['user-prompt-submit'], noticeOf(agent))).toModel).not.toContain(agentIdOf(2, VERSION))
})
