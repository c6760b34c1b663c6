import { describe, expect, it } from 'vitest'
import type { Files } from '../../../src/ports/host.ts'
import { jsonText } from '../../../src/report/json-text.ts'
import { type Report, ReportSchema } from '../../../src/report/report.ts'
import { analyze } from '../../../src/scan/scan.ts'
import { show } from '../../../src/show/show.ts'
import { analyzeOptions } from '../../analyze-options.ts'
import { HOME, memoryFiles, noProcesses, NOW } from '../../hostile/world.ts'
import { noGit } from '../../no-git.ts'
import { AgentState, OLD_STATE, STATE, stateDocument } from '../../records/agent-states.ts'

const ID = 'agent_0a1b2c3d'
const DOCUMENT = `${STATE}/subagents.v1.json`
const TIMEOUT = { Interrupted: 'API call timed out after 600000ms on 6 API attempt(s); checkpoint preserved for continuation' }
const SECRET = `ghp_${'a1B2c3D4e5'.repeat(4).slice(0, 36)}`

type Contents = ReadonlyMap<string, string>

function scan(
  contents: Contents,
  options: Partial<Parameters<typeof analyze>[0]> = {},
  files: Files = memoryFiles(contents),
): Promise<Report> {
  return analyze({ ...analyzeOptions({ roots: [HOME], now: NOW }), ...options }, { files, processes: noProcesses, git: noGit })
}

const stateOf = (...agents: readonly AgentState[]): Contents => new Map([[DOCUMENT, stateDocument(agents)]])
const atWork = (id = ID): AgentState =>
  new AgentState(id, 'Write the tests')
    .does('write_file', { path: 'test/a.test.ts', content: 'it()' })
    .does('exec_shell', { command: 'npm test' }, 'Error: exit status 1')
    .says('I fix the failing test next.')

describe('an agent of CodeWhale', () => {
  it('has its parent, session, role, depth, folder, branch and version from its entry and its worker', async () => {
    const workspace = '/home/dev/.codewhale-worktrees/app/codex-agent-tests-0a1b2c3d'
    const agent = new AgentState(ID, 'Write the tests', { workspace })
      .says('Done.')
      .is('Completed', { result: 'Done.', session_name: 'tests' })
    agent.worker(
      { parent_run_id: 'agent_99999999' },
      { spawn_depth: 2, git_branch: 'codex/agent-tests-0a1b2c3d', child_route: { runtime_version: '0.9.11' } },
    )
    const report = await scan(stateOf(agent))
    ReportSchema.parse(report)
    expect(report.agents).toMatchObject([
      {
        format: 'codewhale',
        agentId: ID,
        sessionId: '5b0c6f6e-1111-4222-8333-000000000001',
        parentAgentId: 'agent_99999999',
        agentType: 'builder',
        description: 'tests',
        spawnDepth: 2,
        model: 'deepseek-v4-flash',
        clientVersion: '0.9.11',
        cwd: workspace,
        worktreePath: workspace,
        gitBranch: 'codex/agent-tests-0a1b2c3d',
        startedAt: '2026-05-31T10:00:00.000Z',
        endedAt: '2026-05-31T10:05:00.000Z',
      },
    ])
  })

  it.each([
    ['is continuable', atWork().keeps('api_timeout').is(TIMEOUT), 'timed_out_with_checkpoint'],
    ['is not marked as continuable', atWork().keeps('api_timeout', { continuable: false }).is(TIMEOUT), 'failed'],
    ['has no message', atWork().keeps('api_timeout', { messages: [] }).is(TIMEOUT), 'failed'],
    ['met a restart', atWork().keeps('step').is({ Interrupted: 'Interrupted by process restart' }), 'needs_continuation'],
    ['was left as running', atWork().keeps('step'), 'needs_continuation'],
    ['was cancelled, whatever its checkpoint says', atWork().keeps('step').is('Cancelled'), 'failed'],
    ['failed, whatever its checkpoint says', atWork().keeps('step').is({ Failed: 'HTTP 503' }), 'failed'],
  ])('that %s has the checkpoint %#', async (_what, agent, checkpoint) => {
    expect((await scan(stateOf(agent))).agents.map((each) => each.checkpoint)).toEqual([checkpoint])
  })

  it('in a document under the old name, too, is one agent', async () => {
    const document = stateDocument([atWork().keeps('step')])
    const contents = new Map([
      [`${OLD_STATE}/subagents.v1.json`, document],
      [DOCUMENT, document],
    ])
    const { agents } = await scan(contents)
    expect(agents.map(({ agentId, transcripts }) => [agentId, transcripts.length])).toEqual([[ID, 2]])
  })

  it('that was left as running by an earlier process was heard of when that wrote last', async () => {
    const old = atWork().keeps('step')
    const fresh = new AgentState('agent_11111111', 'Go', { minute: 90 })
      .says('Go on.')
      .is('Completed', { result: 'Go on.', session_boot_id: 'boot_2' })
    const { agents } = await scan(stateOf(old, fresh), { now: Date.parse('2026-05-31T11:36:00.000Z') })
    expect(agents.find(({ agentId }) => agentId === ID)).toMatchObject({ endedAt: '2026-05-31T10:05:00.000Z' })
    expect(agents.map(({ reason }) => reason)).not.toContain('running')
  })

  it('that was left as running minutes ago is neither alive nor dead', async () => {
    const { agents } = await scan(stateOf(atWork().keeps('step')), { now: Date.parse('2026-05-31T10:10:00.000Z') })
    expect(agents.map(({ reason, checkpoint }) => [reason, checkpoint])).toEqual([['unknown', null]])
  })

  it('has its limit’s end from the words of its provider, within bounds', async () => {
    const failed = (id: string, words: string): AgentState => new AgentState(id, words).is({ Failed: words })
    const { agents } = await scan(
      stateOf(failed('agent_00000001', 'HTTP 429: retry after 90s'), failed('agent_00000002', 'HTTP 429: retry after 900000s')),
    )
    expect(agents.map(({ reason, limit }) => [reason, limit?.resetsAt])).toEqual([
      ['rate_limited', '2026-05-31T10:06:30.000Z'],
      ['rate_limited', null],
    ])
  })
})

describe('an agent that CodeWhale began from the checkpoint of another', () => {
  const first = (): AgentState => atWork().is({ Interrupted: 'Interrupted by process restart' }, { session_name: 'tests' }).keeps('step')
  const later = (id: string, prompt: string): AgentState => new AgentState(id, prompt, { minute: 30 }).says('Done.')
  const marked = (id: string): string => `[RESUMED SESSION — checkpoint ${id}:step:2:ts:1780221840000]\nGo on.`
  const PROMPT = `Write the tests\n\n${marked(ID)}`

  it('is an attempt at the same work, by the mark in its prompt', async () => {
    const { workItems, plan } = await scan(stateOf(first(), later('agent_11111111', PROMPT).is('Completed', { result: 'Done.' })))
    expect(workItems).toMatchObject([{ attempts: [ID, 'agent_11111111'], state: 'done', doneBy: 'agent_11111111', certainty: 'high' }])
    expect(plan.actions).toEqual([])
  })

  it('is one by what its worker was launched with', async () => {
    const done = later('agent_11111111', 'Go on').is('Completed', { result: 'Done.' })
    done.worker({ status: 'completed' }, { launch_manifest: { resume_from_agent_id: ID } })
    const { workItems } = await scan(stateOf(first(), done))
    expect(workItems).toMatchObject([{ attempts: [ID, 'agent_11111111'], state: 'done' }])
  })

  it('follows the last of several', async () => {
    const second = later('agent_11111111', PROMPT).is({ Interrupted: 'Interrupted by process restart' }).keeps('step', { minute: 34 })
    const prompt = `${PROMPT}\n\n${marked('agent_11111111')}\n[user]\n${PROMPT}`
    const third = new AgentState('agent_22222222', prompt, { minute: 60 }).says('Done.').is('Completed', { result: 'Done.' })
    const { workItems } = await scan(stateOf(first(), second, third))
    expect(workItems).toMatchObject([{ attempts: [ID, 'agent_11111111', 'agent_22222222'], state: 'done' }])
  })

  it('is one of its own where the mark names nobody, or itself', async () => {
    for (const id of ['agent_ffffffff', 'agent_11111111']) {
      const other = later('agent_11111111', `Write the docs\n\n${marked(id)}`).is('Completed', { result: 'Done.' })
      const { workItems } = await scan(stateOf(first(), other))
      expect(workItems.map(({ state }) => state).toSorted()).toEqual(['done', 'open'])
    }
  })
})

describe('a failure of CodeWhale', () => {
  it.each([
    ['HTTP 500 Internal Server Error', 'server_error'],
    ['DeepSeek API error: status 502', 'server_error'],
    ['error sending request for url (https://api.example.com)', 'connection_lost'],
    ['stream ended before the message was complete', 'connection_lost'],
    ['Connection reset by peer (os error 104)', 'connection_lost'],
    ['status: 429, message: slow down', 'rate_limited'],
    ['You have hit your usage limit', 'rate_limited'],
    ['insufficient_quota: add a card', 'billing'],
    ['402 Payment Required', 'billing'],
    ['HTTP 429: You exceeded your current quota, please check your plan', 'billing'],
    ['invalid x-api-key', 'auth_failed'],
    ['HTTP 403', 'auth_failed'],
    ['prompt is too long: 210000 tokens', 'context_exhausted'],
    ['HTTP 529', 'overloaded'],
    ['blocked by the content filter', 'refused'],
    ['HTTP 400: messages.3 is empty', 'request_rejected'],
    ['Reached the maximum steps (100)', 'max_turns'],
    ['Cancelled by the watchdog: no progress for 300s', 'stalled'],
    ['could not parse line 429 of the tool’s answer', 'unknown'],
    ['the tests failed', 'unknown'],
  ])('%s is %s', async (text, reason) => {
    const { agents } = await scan(stateOf(atWork().keeps('failed', { continuable: false }).is({ Failed: text })))
    expect(agents.map((each) => each.reason)).toEqual([reason])
  })

  it.each([
    ['Interrupted by the user', 'stopped'],
    ['waiting for model response', 'unknown'],
    ['Interrupted: parent session closed', 'exit_killed'],
    ['No live executor; marked terminal locally after heartbeat timeout', 'exit_killed'],
    ['Transient provider failure after 6 API attempt(s): connection closed; checkpoint preserved for continuation', 'connection_lost'],
  ])('an interruption with the words %s is %s', async (text, reason) => {
    const { agents } = await scan(stateOf(atWork().keeps('step').is({ Interrupted: text })))
    expect(agents.map((each) => each.reason)).toEqual([reason])
  })

  // 0.9.10 writes a question and a result of its own with each failed request.
  it.each([
    [TIMEOUT.Interrupted, 'connection_lost', 'timed_out_with_checkpoint'],
    ['Transient provider failure: HTTP 503; checkpoint preserved for continuation', 'server_error', 'needs_continuation'],
    ['Transient provider failure: rate limited; checkpoint preserved for continuation', 'rate_limited', 'needs_continuation'],
  ])('that asks the parent to begin anew is still what %s says', async (text, reason, checkpoint) => {
    const question = `Sub-agent interrupted before completion (${text}). Re-dispatch this worker or provide explicit follow-up.`
    const agent = atWork().keeps('api_timeout').is({ Interrupted: text }, { result: text, needs_input: { question } })
    const { agents } = await scan(stateOf(agent))
    expect(agents).toMatchObject([{ reason, checkpoint }])
  })

  it('is stalled where the client cancelled it for lack of progress, and stopped where its parent did', async () => {
    const stale = atWork().keeps('step').is('Cancelled', { result: 'Auto-cancelled after 300s without sub-agent progress.' })
    const stopped = atWork('agent_11111111').keeps('step').is('Cancelled', { result: 'Cancelled by parent request.' })
    const { agents } = await scan(stateOf(stale, stopped))
    expect(agents.map(({ reason }) => reason).toSorted()).toEqual(['stalled', 'stopped'])
  })

  it.each(['Paused', 'running', null])('with the status %j is no error', async (status) => {
    const { agents } = await scan(
      stateOf(
        atWork()
          .keeps('step')
          .is(status as string),
      ),
    )
    expect(agents).toMatchObject([{ reason: 'unknown', summary: 'it ended in a way that is not known here' }])
  })

  it('has the client’s words as its result, which are none of the agent’s: its last message is what it said itself', async () => {
    const text = 'Interrupted: parent session closed'
    const contents = stateOf(atWork().keeps('step').is({ Interrupted: text }, { result: text }))
    const host = { files: memoryFiles(contents), processes: noProcesses, git: noGit }
    const { receipt } = await show({ ...analyzeOptions({ roots: [HOME], now: NOW }), id: ID }, host)
    expect(receipt?.announced?.text).toBe('I fix the failing test next.')
  })
})

describe('what is kept beside the document', () => {
  const tail = (): AgentState =>
    atWork()
      .keeps('api_timeout', { messages: [{ role: 'assistant', content: 'The tail.' }], omitted_messages: 5 })
      .is(TIMEOUT)
  const shown = async (text: string) => {
    const contents = new Map([...stateOf(tail()), [`${STATE}/${tail().conversation.path}`, text]])
    const host = { files: memoryFiles(contents), processes: noProcesses, git: noGit }
    return await show({ ...analyzeOptions({ roots: [HOME], now: NOW }), id: ID }, host)
  }

  it('is the whole conversation, and makes the receipt', async () => {
    const document = await shown(tail().conversation.text)
    expect(document.agents).toMatchObject([{ checkpoint: 'timed_out_with_checkpoint', toolCalls: 2 }])
    expect(document.receipt).toMatchObject({
      status: 'timed_out_with_checkpoint',
      task: { text: 'Write the tests' },
      filesWritten: { items: [{ file: '/home/dev/app/test/a.test.ts' }] },
      commands: { items: [{ command: 'npm test', outcome: 'error' }] },
      announced: { text: 'I fix the failing test next.' },
    })
    for (const words of ['I fix the failing test next.', 'exit status 1', 'API call timed out']) expect(jsonText(document)).toContain(words)
  })

  it.each([
    ['of another agent', tail().conversation.text.replace(ID, 'agent_ffffffff')],
    ['empty', ''],
    ['no JSON', 'not at all\n'],
  ])('and is %s is not believed', async (_what, text) => {
    const document = await shown(text)
    expect(document.agents).toMatchObject([{ toolCalls: 0 }])
    expect(jsonText(document)).toContain('The tail.')
  })

  it('with a gap or a torn end is told', async () => {
    const { text } = tail().conversation
    const lines = text.split('\n')
    const gap = await shown([...lines.slice(0, 2), ...lines.slice(3)].join('\n'))
    const torn = await shown(text.slice(0, -20))
    for (const document of [gap, torn]) expect(document.readIssues.map(({ reason }) => reason)).toContain('invalid_field')
  })
})

describe('a document that is damaged or hostile', () => {
  it.each([
    ['cut', stateDocument([atWork()]).slice(0, 300), 'malformed_json'],
    ['empty', '', 'malformed_json'],
    ['of another kind', '[]', 'invalid_field'],
    ['without a list of agents', '{"schema_version":1,"agents":{}}', 'invalid_field'],
  ])('%s is told', async (_what, text, reason) => {
    const { agents, readIssues, complete } = await scan(new Map([[DOCUMENT, text]]))
    expect(agents).toEqual([])
    expect(complete).toBe(false)
    expect(readIssues).toMatchObject([{ reason, path: `${HOME}/${DOCUMENT}` }])
  })

  it('tells of entries that name no agent, and reads the others', async () => {
    const agents = [null, 3, { status: 'Completed' }, { ...atWork().entry, id: '../x' }, atWork().entry]
    const report = await scan(new Map([[DOCUMENT, JSON.stringify({ schema_version: 1, agents })]]))
    expect(report.agents.map(({ agentId }) => agentId)).toEqual([ID])
    expect(report.complete).toBe(false)
    expect(report.readIssues).toMatchObject([{ reason: 'invalid_field', detail: '4 entries of agents have no id that can be read' }])
  })

  it('of a schema that is not known is read, and that is told', async () => {
    const report = await scan(new Map([[DOCUMENT, stateDocument([atWork()], { schema_version: 2 })]]))
    expect(report.agents).toHaveLength(1)
    expect(report.readIssues).toMatchObject([{ reason: 'invalid_field', path: `${HOME}/${DOCUMENT}` }])
  })

  const ODD: readonly unknown[] = [
    null,
    0,
    -1,
    1e308,
    '',
    'x',
    [],
    {},
    [null],
    { a: { b: [] } },
    true,
    '\u0000',
    '../../etc',
    { toString: 1 },
  ]
  const FIELDS = [
    'id',
    'session_name',
    'workspace',
    'agent_type',
    'prompt',
    'assignment',
    'model',
    'status',
    'result',
    'checkpoint',
    'needs_input',
    'duration_ms',
    'updated_at_ms',
    'session_boot_id',
    'owner_session_id',
  ]

  it.each(FIELDS)('with any value as %s gives a report, and no success that nobody told', async (field) => {
    for (const value of ODD) {
      const document = { schema_version: 1, agents: [{ ...atWork().keeps('step').is(TIMEOUT).entry, [field]: value }] }
      const report = await scan(
        new Map([
          [DOCUMENT, JSON.stringify(document)],
          [`${STATE}/other/subagents.v1.json`, stateDocument([atWork('agent_11111111')])],
        ]),
      )
      ReportSchema.parse(JSON.parse(JSON.stringify(report)))
      expect(
        report.agents.map(({ reason }) => reason),
        `${field}: ${JSON.stringify(value)}`,
      ).not.toContain('completed')
    }
  })

  it.each(['agents', 'workers', 'coordination', 'schema_version', 'snapshot_sequence'])(
    'with any value as its %s gives a report',
    async (field) => {
      for (const value of ODD) {
        const document = { schema_version: 1, agents: [atWork().entry], [field]: value }
        const report = await scan(
          new Map([
            [DOCUMENT, JSON.stringify(document)],
            [`${OLD_STATE}/subagents.v1.json`, stateDocument([atWork()])],
          ]),
        )
        ReportSchema.parse(JSON.parse(JSON.stringify(report)))
      }
    },
  )

  it('with any value as a message or a block gives a report', async () => {
    for (const value of ODD) {
      const block = { type: 'tool_use', id: value, name: value, input: value }
      const messages = [
        value,
        { role: value, content: value },
        { role: 'assistant', content: [value, block] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: value, content: value }] },
      ]
      const report = await scan(stateOf(atWork().keeps('step', { messages }).is(TIMEOUT)))
      ReportSchema.parse(JSON.parse(JSON.stringify(report)))
      expect(report.agents.map(({ reason }) => reason)).not.toContain('completed')
    }
  })

  it('never shows a secret', async () => {
    const words = `curl -H "Authorization: Bearer ${SECRET}" https://example.com`
    const agent = new AgentState(ID, `Use ${SECRET}`).does('exec_shell', { command: words }, `token ${SECRET}`).says(`It is ${SECRET}`)
    agent.keeps('failed').is({ Failed: `HTTP 503 with ${SECRET}` })
    const contents = stateOf(agent)
    const report = await scan(contents)
    const host = { files: memoryFiles(contents), processes: noProcesses, git: noGit }
    const document = await show({ ...analyzeOptions({ roots: [HOME], now: NOW }), id: ID }, host)
    expect(report.agents).toMatchObject([{ reason: 'server_error' }])
    for (const text of [jsonText(report), jsonText(document)]) expect(text).not.toContain(SECRET)
  })

  it('with many agents is taken apart once for all of them', async () => {
    const contents = stateOf(
      ...Array.from({ length: 200 }, (_, index) => atWork(`agent_${index.toString(16).padStart(8, '0')}`).keeps('step')),
    )
    const files = memoryFiles(contents)
    let reads = 0
    const counting: Files = {
      ...files,
      readText: (path, ...more) => {
        if (path.endsWith('subagents.v1.json')) reads += 1
        return files.readText(path, ...more)
      },
    }
    expect((await scan(contents, {}, counting)).agents).toHaveLength(200)
    expect(reads).toBe(1)
  })
})
