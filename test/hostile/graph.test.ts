import { variant } from '../long.ts'
import { describe, expect, it } from 'vitest'
import { Tree } from '../records/tree.ts'
import { AGENT_FILE, AGENTS, agentOf, filesOf, HOME, MAIN_FILE, memoryFiles, NEWEST, oneAgent, scan, SESSION } from './world.ts'

/** T09: a transcript’s references lead where somebody else wanted them to. */
const STORY = oneAgent((agent) => agent.bash('ls src').says('Done: index.ts is ported.'))
const TEXT = filesOf(STORY).get(AGENT_FILE) ?? ''
const record = (fields: object): string =>
  JSON.stringify({ parentUuid: null, isSidechain: true, agentId: 'a0000000000000001', sessionId: SESSION, ...fields })

describe('T09: references between records', () => {
  it.each([
    [
      'one uuid for all',
      { reason: 'unknown', turns: 0 },
      (line: string) => line.replace(/"uuid":"[^"]*"/, '"uuid":"same"').replace(/"parentUuid":[^,]*/, '"parentUuid":"same"'),
    ],
    [
      'every record its own parent',
      { reason: 'completed', turns: 2, toolCalls: 1 },
      (line: string) => line.replace(/"parentUuid":[^,]*/, `"parentUuid":${/"uuid":("[^"]*")/.exec(line)?.[1] ?? 'null'}`),
    ],
    [
      'parents that do not exist',
      { reason: 'unknown', turns: 2, toolCalls: 1 },
      (line: string) => line.replace(/"parentUuid":[^,]*/, '"parentUuid":"nobody"'),
    ],
  ])('%s', async (_, judged, change) => {
    const files = filesOf(STORY).set(AGENT_FILE, TEXT.split('\n').map(change).join('\n'))
    expect(agentOf(await scan(HOME, { files: memoryFiles(files) }))).toMatchObject(judged)
  })

  it('every record twice is counted once, and shows no end', async () => {
    const doubled = TEXT.trimEnd()
      .split('\n')
      .flatMap((line) => [line, line])
    const once = agentOf(await scan(HOME, { files: memoryFiles(filesOf(STORY)) }))
    const twice = agentOf(await scan(HOME, { files: memoryFiles(filesOf(STORY).set(AGENT_FILE, `${doubled.join('\n')}\n`)) }))
    expect([twice.reason, twice.turns, twice.toolCalls, twice.tokens]).toEqual(['unknown', once.turns, once.toolCalls, once.tokens])
  })
})

describe('T09: references between agents', () => {
  it('agents that launched each other, and one that launched itself', async () => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    const one = main.launch(1)
    const two = one.launch(2)
    // The first agent’s id is launched again by the second, and by itself.
    for (const by of [two, one])
      by.result(by.call('Agent', { prompt: 'Again.', description: 'again' }), 'ok', {
        data: { status: 'async_launched', agentId: 'a0000000000000001' },
      })
    two.says('Done: part 2.')
    one.says('Done: part 1.')
    const files = filesOf(tree)
    files.set(
      AGENT_FILE.replace('.jsonl', '.meta.json'),
      JSON.stringify({ toolUseId: one.launchId, parentAgentId: 'a0000000000000001', spawnDepth: -1 }),
    )
    files.set(
      `${AGENTS}/agent-a0000000000000002.meta.json`,
      JSON.stringify({ toolUseId: two.launchId, parentAgentId: 'a0000000000000001' }),
    )
    const report = await scan(HOME, { files: memoryFiles(files) })
    expect(report.agents.map((agent) => agent.agentId)).toEqual(['a0000000000000001', 'a0000000000000002'])
    expect(agentOf(report).parentAgentId).toBe('a0000000000000001')
  })

  it('a session of agents without a main thread', async () => {
    const files = filesOf(STORY)
    files.delete(MAIN_FILE)
    const report = await scan(HOME, { files: memoryFiles(files) })
    expect(report.sessions).toMatchObject([
      { sessionId: SESSION, path: null, reason: 'unknown', summary: 'its main transcript is missing' },
    ])
    expect(agentOf(report).reason).toBe('completed')
  })

  it('one id in two sessions of a project is one agent, however it began', async () => {
    const other = '00000000-0000-4000-8000-000000000002'
    const path = AGENT_FILE.replace(SESSION, other)
    const copied = await scan(HOME, { files: memoryFiles(new Map([...filesOf(STORY), [path, TEXT]])) })
    expect(copied.agents).toHaveLength(1)
    const met = await scan(HOME, {
      files: memoryFiles(new Map([...filesOf(STORY), [path, TEXT.replaceAll('00000002-0000', '00000009-0000')]])),
    })
    expect(met.agents).toHaveLength(1)
  })
})

/** What takes more than linear time does not end within a test’s patience at these sizes. */
describe('T09: very many', () => {
  const COUNT = 20_000
  const lines = (line: (index: number) => string, count = COUNT): string =>
    Array.from({ length: count }, (_, index) => line(index)).join('\n')
  const told = async (text: string): Promise<ReturnType<typeof agentOf>> =>
    agentOf(await scan(HOME, { files: memoryFiles(filesOf(STORY).set(AGENT_FILE, `${text}\n${TEXT}`)) }))

  it('results without a call', async () => {
    const content = (index: number): object => ({
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: `t${index}`, content: 'ok' }],
    })
    expect((await told(lines((index) => record({ type: 'user', message: content(index) }), 100_000))).reason).toBe('completed')
  })

  it('calls without a result', async () => {
    const content = (index: number): object => ({
      id: `m${index}`,
      role: 'assistant',
      content: [{ type: 'tool_use', id: `t${index}`, name: 'Bash', input: {} }],
    })
    expect((await told(lines((index) => record({ type: 'assistant', message: content(index) })))).toolCalls).toBe(COUNT + 1)
  })

  variant('records of one message', async () => {
    const content = (index: number): object => ({
      id: 'm',
      role: 'assistant',
      content: [{ type: 'tool_use', id: `t${index}`, name: 'Bash', input: {} }],
      usage: { output_tokens: index },
    })
    const agent = await told(lines((index) => record({ type: 'assistant', message: content(index) })))
    expect([agent.turns, agent.tokens.output]).toEqual([3, COUNT - 1 + 2 * 57])
  })

  it('damaged lines between open calls', async () => {
    const call = (index: number): string =>
      record({
        type: 'assistant',
        message: { id: `m${index}`, role: 'assistant', content: [{ type: 'tool_use', id: `t${index}`, name: 'Bash', input: {} }] },
      })
    expect((await told(lines((index) => (index % 2 === 0 ? call(index) : '{')))).reason).toBe('completed')
  })

  it('notices about nobody', async () => {
    const notice = (index: number): string =>
      `<task-notification><task-id>x${index}</task-id><status>killed</status><summary>was stopped</summary></task-notification>`
    const text = Array.from({ length: 20_000 }, (_, index) => notice(index)).join('\n')
    expect(
      (await told(record({ type: 'user', origin: { kind: 'task-notification' }, message: { role: 'user', content: text } }))).reason,
    ).toBe('completed')
  })

  variant('agents that were launched by one prompt, without a transcript', async () => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    const launches = Array.from({ length: 4_000 }, (_, index) => ({
      type: 'tool_use',
      id: `t${index}`,
      name: 'Agent',
      input: { prompt: 'same', description: 'same' },
    }))
    main.assistant(launches, 'tool_use')
    for (const { id } of launches) main.result(id, 'refused', { error: true })
    main.says('All were refused.')
    const report = await scan(HOME, { files: memoryFiles(filesOf(tree)) })
    expect(report.counts.byReason).toEqual({ never_started: 4_000 })
  })
})
