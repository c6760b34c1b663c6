import { describe, expect, it } from 'vitest'
import { claudeCode } from '../../src/clients/claude-code/index.ts'
import { type RunFacts, RunFold } from '../../src/transcript/fold-run.ts'
import { readRecords } from '../../src/transcript/read-records.ts'
import { instant } from '../records/transcript.ts'
import { type Script, Tree } from '../records/tree.ts'
import { HOME, memoryFiles, NEWEST } from '../hostile/world.ts'

async function folded(text: string, agentId: string | null = null): Promise<RunFacts> {
  const file = await memoryFiles(new Map([['x.jsonl', text]])).open(`${HOME}/x.jsonl`)
  const fold = new RunFold(claudeCode, agentId)
  for await (const reading of readRecords(file, '/x.jsonl', claudeCode, 'UTC')) fold.add(reading)
  return fold.finish()
}
const story = async (write: (main: Script) => unknown, version: string = NEWEST): Promise<RunFacts> => {
  const main = new Tree(version).session()
  write(main)
  return folded(main.text)
}

describe('turns', () => {
  it('joins the streamed records of one message', async () => {
    const { turns, tokens, latest } = await story((main) =>
      main.assistant([{ type: 'text', text: 'One, ' }], null, 'm').assistant([{ type: 'text', text: 'two.' }], 'end_turn', 'm'),
    )
    expect([turns, tokens.output, latest.lastWord]).toMatchObject([
      1,
      57,
      { kind: 'turn', text: 'One, two.', stopReason: 'end_turn', hasContent: true },
    ])
  })

  it('keeps the stop reason that an earlier record of the message carried', async () => {
    const { latest } = await story((main) => main.assistant([{ type: 'text', text: 'x' }], 'max_tokens', 'm').thinks(null, 'm'))
    expect(latest.lastWord).toMatchObject({ stopReason: 'max_tokens', hasContent: true })
  })

  it('counts the same call in a row', async () => {
    const { latest, toolCalls } = await story((main) => main.bash('a').bash('b').bash('b').bash('b'))
    expect([toolCalls, latest.repeated, latest.openCalls]).toEqual([4, 3, []])
  })

  it('a result before its call answers it all the same', async () => {
    const { latest } = await story((main) => {
      const result = main.tree.session(2, { prompt: '' }).result('toolu_00000001', 'ok')
      main.line(result.text.trimEnd()).call('Bash', {})
    })
    expect(latest.openCalls).toEqual([])
  })
})

describe('attempts', () => {
  it.each([
    ['a clean end', (main: Script): unknown => main.says('Done.'), 2],
    ['an error', (main: Script): unknown => main.error('API Error: 500', { status: 500 }), 2],
    ['an interrupt', (main: Script): unknown => main.bash('ls').marker(), 2],
    ['an open call, at once', (main: Script): unknown => void main.call('Bash', {}), 1],
    ['an open call, a minute later', (main: Script): unknown => void (main.call('Bash', {}), main.wait(60)), 2],
    ['another prompt', (): unknown => undefined, 1],
  ] as const)('a prompt behind %s', async (_, write, attempts) => {
    const facts = await story((main) => {
      write(main)
      main.prompt('Go on.')
    })
    expect([facts.attempts, facts.latest.turns === 0]).toEqual([attempts, attempts === 2 || facts.turns === 0])
  })

  it('a summary of what was compacted begins none', async () => {
    expect((await story((main) => main.says('Done.').compaction())).attempts).toBe(1)
  })

  it('a demand for structured output outlives them', async () => {
    const { latest } = await story((main) => main.nudge().says('No.').prompt('Go on.').says('No.'))
    expect(latest.schema).toMatchObject({ demanded: { where: { line: 2 } }, accepted: false, failedCalls: 0 })
  })

  it('retries count until something is said', async () => {
    expect((await story((main) => main.retry(1, 10, 529))).latest.retries).toMatchObject({ attempt: 1, of: 10, status: 529 })
    expect((await story((main) => main.retry(1, 10, 529).says('Done.'))).latest.retries).toBeNull()
  })
})

describe('processes', () => {
  it('a prompt that finds open calls shows a new one, for sure', async () => {
    expect((await story((main) => (main.call('Bash', {}), main.prompt('Go on.')))).processStarts).toMatchObject([{ sure: true }])
    expect((await story((main) => main.bash('ls').prompt('Go on.'))).processStarts).toEqual([])
  })
})

describe('what a parent says', () => {
  it('a stop counts when the client confirms it', async () => {
    const stop = (error: boolean) => story((main) => main.result(main.call('TaskStop', { task_id: 'a1' }), 'x', { error }))
    expect([(await stop(false)).stopCalls.map(({ id }) => id), (await stop(true)).stopCalls]).toEqual([['a1'], []])
  })

  it('a launch, its answer, its refusal', async () => {
    const { children, words } = await story((main) => {
      const one = main.launch(1)
      main.returns(one, 'Done.')
      main.fails(main.launch(2), 'No such agent type')
      main.launch(3, { unborn: true })
    })
    expect(children.map(({ agentId, refused }) => [agentId, refused?.text ?? null])).toEqual([
      ['a0000000000000001', null],
      [null, 'No such agent type'],
      [null, null],
    ])
    expect(words[0]).toMatchObject({ via: 'tool_result', status: 'completed', agentId: 'a0000000000000001', delivered: true })
  })

  it('results of other tools are no words', async () => {
    expect((await story((main) => main.result(main.call('Bash', {}), 'x', { data: { status: 'completed' } }))).words).toEqual([])
  })
})

describe('whose records they are', () => {
  it('a main thread is not made of its agents’ records (1.x)', async () => {
    const facts = await folded(
      '{"type":"user","isSidechain":true,"message":{"content":"Part 1."}}\n{"type":"user","message":{"content":"Hi."}}\n',
    )
    expect([facts.firstPrompt, facts.lines]).toEqual(['Hi.', 2])
  })

  it('an agent’s transcript may begin with its parent’s history', async () => {
    const record = (agentId: string | null, text: string): string =>
      JSON.stringify({
        type: 'user',
        isSidechain: agentId !== null,
        ...(agentId === null ? {} : { agentId }),
        message: { role: 'user', content: text },
      })
    const facts = await folded(`${record(null, 'The parent’s')}\n${record('a1', 'Its own')}\n`, 'a1')
    expect([facts.firstPrompt, facts.attempts]).toEqual(['Its own', 1])
    const fork = await folded(`${record('a1', 'Before')}\n{"type":"fork-context-ref"}\n${record('a1', 'Behind')}\n`, 'a1')
    expect(fork.firstPrompt).toBe('Behind')
  })
})

describe('times', () => {
  it('stretches of activity are half a minute apart', async () => {
    const { activity, startedAt, lastRecordAt } = await story((main) =>
      main.wait(29).says('One.').wait(31).says('Two.').at('09:00:00').says('Three.'),
    )
    expect(activity.map(({ from, to }) => [from, to])).toEqual([
      [instant('10:00:00'), instant('10:00:30')],
      [instant('10:01:02'), instant('10:01:02')],
    ])
    expect([startedAt, lastRecordAt]).toEqual([instant('09:00:00'), instant('10:01:02')])
  })

  it('an interrupt knows the silence before it', async () => {
    expect((await story((main) => main.bash('ls').wait(600).marker())).latest.lastWord).toMatchObject({
      kind: 'interrupt',
      silenceMs: 601_000,
    })
  })
})

describe('damage', () => {
  const torn = '{"parentUuid":null,"isSide'
  it('hides what came behind the last word, until something is said', async () => {
    expect((await story((main) => main.says('Done.').line(torn))).damagedTail).toMatchObject({ line: 3, reason: 'malformed_json' })
    expect(await story((main) => main.line(torn).says('Done.'))).toMatchObject({ damagedTail: null, damagedLines: 1 })
    expect(await story((main) => main.says('Done.').torn(torn))).toMatchObject({ tailTorn: true, damagedTail: { reason: 'torn_line' } })
  })

  it('to bookkeeping hides nothing', async () => {
    expect(await story((main) => main.says('Done.').line('{"type":"last-prompt","la'))).toMatchObject({
      damagedTail: null,
      damagedLines: 1,
    })
  })

  it('closes the calls that it may have held the results of', async () => {
    expect((await story((main) => (main.call('Bash', {}), main.line(torn).says('Done.')))).latest.openCalls).toEqual([])
    // Parts of one message stand together: nothing was answered between them.
    const { latest } = await story((main) => (main.call('Bash', {}, '', 'm'), main.line(torn).call('Read', {}, '', 'm')))
    expect(latest.openCalls.map(({ name }) => name)).toEqual(['Bash', 'Read'])
    expect((await story((main) => void main.line(torn).call('Bash', {}))).latest.openCalls).toHaveLength(1)
  })

  it('may have held a call: then its result ends nothing', async () => {
    const facts = await story((main) => main.line(torn).result('lost', 'Structured output provided.'))
    expect([facts.damagedTail?.line, facts.turns]).toEqual([2, 1])
    expect((await story((main) => main.line(torn).result('lost', 'x').says('Done.'))).damagedTail).toBeNull()
  })

  it('may have held the answer to structured output: then nobody knows', async () => {
    const asked = (write: (main: Script) => unknown): Promise<RunFacts> =>
      story((main) => (main.call('StructuredOutput', {}), write(main.line(torn))))
    expect((await asked((main) => main.says('Done.'))).damagedTail).toMatchObject({ line: 3 })
    expect(await asked((main) => main.says('Hm.').result(main.call('StructuredOutput', {}), 'ok'))).toMatchObject({
      damagedTail: null,
      latest: { schema: { accepted: true } },
    })
  })

  it('at the place where reading stopped', () => {
    const fold = new RunFold(claudeCode)
    fold.cutOff({ path: '/x', line: null, byteOffset: null, reason: 'unreadable', bytes: null, detail: 'EIO' })
    expect(fold.finish()).toMatchObject({ lines: 0, damagedTail: { detail: 'EIO' }, latest: { lastWord: { kind: 'none' } } })
  })
})

describe('commands that may have rented something', () => {
  it('are kept with the head of their result, and no others', async () => {
    const { shellCommands } = await story((main) => {
      main.bash('npm test').bash('vastai create instance 1', 'x'.repeat(9_000))
      main.result(main.call('Bash', { command: 'docker run -d x' }), 'no', { error: true })
      main.call('Bash', { command: 'npm run dev', run_in_background: true })
    })
    expect(
      shellCommands.map(({ command, background, result, cwd }) => [command, background, result?.text.length ?? null, result?.isError, cwd]),
    ).toEqual([
      ['vastai create instance 1', false, 4_000, false, expect.any(String)],
      ['docker run -d x', false, 2, true, expect.any(String)],
      ['npm run dev', true, null, undefined, expect.any(String)],
    ])
  })

  it('are kept when the client moved them to the background, and clipped', async () => {
    const { shellCommands } = await story((main) =>
      main.bash('npm run dev', 'Command was manually backgrounded by user with ID: b1').bash(`helm ${'x'.repeat(9_000)}`),
    )
    expect(shellCommands.map(({ command, clipped }) => [command.length, clipped])).toEqual([
      [11, false],
      [8_000, true],
    ])
  })

  it('tasks of which the client says that they are over', async () => {
    const { endedTasks } = await story((main) => {
      main.result(main.call('BashOutput', { bash_id: 'b1' }), '<status>running</status>')
      main.result(main.call('BashOutput', { bash_id: 'b2' }), '<status>completed</status>\n<exit_code>0</exit_code>')
      main.result(main.call('TaskOutput', { task_id: 'b3' }), '<status>killed</status>')
      main.result(main.call('TaskOutput', { task_id: 'b4' }), '<status>failed</status>', { error: true })
    })
    expect(endedTasks.map(({ id }) => id)).toEqual(['b2', 'b3'])
  })
})

describe('what a recovery asks', () => {
  const record = (uuid: string, more: object): string =>
    `${JSON.stringify({ uuid, sessionId: 's', timestamp: '2026-05-31T18:00:00.000Z', ...more })}\n`
  const answer = (uuid: string, id: string, usage: object): string =>
    record(uuid, { type: 'assistant', message: { id, role: 'assistant', content: [{ type: 'text', text: 'x' }], usage } })

  it('the tokens that the first and the last answer were asked with; the client’s own words cost nothing', async () => {
    const text = [
      answer('1', 'a', { input_tokens: 10, cache_creation_input_tokens: 200, cache_read_input_tokens: 3000, output_tokens: 9 }),
      answer('2', 'b', { input_tokens: 20, cache_read_input_tokens: 50_000, output_tokens: 9 }),
      answer('3', 'c', { input_tokens: 0, output_tokens: 0 }),
    ].join('')
    expect((await folded(text)).context).toEqual({ first: 3210, last: 50_020 })
    expect((await folded(answer('1', 'a', {}))).context).toBeNull()
  })

  it('the last uuid and the permission mode of the last prompt', async () => {
    const prompt = (uuid: string, permissionMode: unknown): string =>
      record(uuid, { type: 'user', permissionMode, message: { role: 'user', content: 'x' } })
    const facts = await folded(`${prompt('1', 'default')}${prompt('2', 'acceptEdits')}${prompt('3', 7)}{"type":"last-prompt"}\n`)
    expect(facts).toMatchObject({ firstUuid: '1', lastUuid: '3', permissionMode: 'acceptEdits' })
  })
})

describe('what is nobody’s own', () => {
  const agent = 'a0000000000000001'
  const told = (write: (agent: Script) => unknown): Script => {
    const script = new Tree(NEWEST).session().launch(1)
    write(script)
    return script
  }

  it('a last message without its beginning counts as damage, and one with it does not', async () => {
    const { text } = told((script) => script.bash('ls').says('Now let me run the tests.'))
    expect((await folded(text, agent)).damagedLines).toBe(0)
    expect((await folded(text.split('\n').slice(3).join('\n'), agent)).damagedLines).toBe(1)
  })

  it('the records of a main thread are those of no agent', async () => {
    const { text } = new Tree(NEWEST).session().says('Done.')
    expect((await folded(text, agent)).damagedTail).toMatchObject({ reason: 'foreign_record', detail: 'the record is of a main thread' })
    expect((await folded(text)).damagedTail).toBeNull()
  })
})
