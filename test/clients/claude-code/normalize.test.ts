import { describe, expect, it } from 'vitest'
import { partsOf, type RecordPart } from '../../../src/facts/record.ts'
import { normalize } from '../../../src/clients/claude-code/normalize.ts'

const WHERE = { path: '/x.jsonl', line: 1, byteOffset: 0 }
const read = (raw: unknown): readonly RecordPart[] => partsOf(normalize(raw, WHERE, 10, 'UTC').record)
const kinds = (raw: unknown): readonly string[] =>
  read(raw).map((record) => (record.kind === 'other' ? `other ${record.type}` : record.kind))
const user = (content: unknown, more: object = {}): object => ({ type: 'user', message: { role: 'user', content }, ...more })
const text = (words: string): object[] => [{ type: 'text', text: words }]
const NOTICE = '<task-notification><task-id>a1</task-id><status>killed</status></task-notification>'

describe('records that are none', () => {
  it.each([
    [null, 'not_an_object'],
    [[], 'not_an_object'],
    ['x', 'not_an_object'],
    [{}, 'invalid_field'],
    [{ type: null }, 'invalid_field'],
  ])('%j', (raw, reason) => {
    expect(normalize(raw, WHERE, 10, 'UTC')).toMatchObject({ record: null, problems: [{ reason }] })
  })
})

it('takes the envelope over, and leaves out what has the wrong type', () => {
  const envelope = {
    uuid: 'u',
    timestamp: '2026-05-31T10:00:00.000Z',
    sessionId: 's',
    agentId: 'a',
    isSidechain: true,
    cwd: '/w',
    gitBranch: 'b',
    version: '2.1.329',
  }
  expect(read({ type: 'mode', ...envelope })).toMatchObject([
    {
      where: WHERE,
      bytes: 10,
      at: Date.parse(envelope.timestamp),
      uuid: 'u',
      sessionId: 's',
      agentId: 'a',
      isSidechain: true,
      cwd: '/w',
      gitBranch: 'b',
      clientVersion: '2.1.329',
      kind: 'other',
      type: 'mode',
    },
  ])
  const wrong = normalize(
    { type: 'mode', uuid: 1, timestamp: 1, sessionId: [], agentId: {}, isSidechain: 'true', cwd: null, gitBranch: 0, version: 2 },
    WHERE,
    10,
    'UTC',
  )
  expect(wrong.problems).toEqual([{ reason: 'timestamp_invalid', detail: expect.any(String) }])
  expect(partsOf(wrong.record)).toMatchObject([
    { at: null, uuid: null, sessionId: null, agentId: null, isSidechain: null, cwd: null, gitBranch: null, clientVersion: null },
  ])
})

describe('user records', () => {
  it.each([
    ['a prompt', user('Hi'), ['prompt']],
    ['a prompt in blocks', user(text('Hi')), ['prompt']],
    ['a prompt to a headless client', user('Hi', { entrypoint: 'sdk-cli' }), ['process_start', 'prompt']],
    ['a prompt of a parent', user('Hi', { isSidechain: true }), ['prompt']],
    ['nothing', user(''), ['other user']],
    ['no message', { type: 'user' }, ['other user']],
    ['a message that is none', { type: 'user', message: 'x' }, ['other user']],
    ['blocks that are none', user([null, 1, 'x', { type: 'text' }, { type: 'tool_result' }]), ['other user']],
    ['an interrupt', user(text('[Request interrupted by user]')), ['interrupt']],
    ['an interrupt in other words', user(text('[Request interrupted by user] again')), ['prompt']],
    ['a result', user([{ type: 'tool_result', tool_use_id: 't', content: 'ok' }]), ['tool_results']],
    [
      'a result of a session that ended',
      user([{ type: 'tool_result', tool_use_id: 't', content: '[Tool call interrupted: the session ended before it returned]' }]),
      ['tool_results', 'process_start'],
    ],
    ['a summary', user('x', { isCompactSummary: true }), ['prompt']],
    ['a nudge', user('Stop hook feedback:\nYou did not call StructuredOutput.', { isMeta: true }), ['schema_nudge']],
    ['a hook', user('Stop hook feedback:\nTests fail.', { isMeta: true }), ['prompt']],
    ['a message of the parent', user('x', { isMeta: true, origin: { kind: 'coordinator' } }), ['prompt']],
    ['other words of the client', user('x', { isMeta: true }), ['other meta']],
    ['a command', user('<command-name>/clear</command-name>'), ['other command']],
    ['a notice', user(NOTICE, { origin: { kind: 'task-notification' }, version: '2.1.329' }), ['words', 'prompt']],
    ['an old notice, which has no origin', user(NOTICE, { version: '2.1.97' }), ['words', 'prompt']],
    ['a notice of a client that is not known', user(NOTICE), ['words', 'prompt']],
    ['a typed notice', user(NOTICE, { version: '2.1.156' }), ['prompt']],
    ['a typed notice, later', user(NOTICE, { version: '2.2.0' }), ['prompt']],
    ['a notice typed by somebody', user(NOTICE, { origin: { kind: 'human' }, version: '2.1.97' }), ['prompt']],
    ['a notice for a prompt', user(NOTICE, { isSidechain: true, version: '2.1.97' }), ['prompt']],
  ])('%s', (_, raw, expected) => expect(kinds(raw)).toEqual(expected))

  it('clips a prompt and a result, and reads the first text of blocks', () => {
    expect(read(user('x'.repeat(9_000)))).toMatchObject([{ kind: 'prompt', text: 'x'.repeat(2_000), origin: 'person' }])
    const result = (content: unknown): unknown => read(user([{ type: 'tool_result', tool_use_id: 't', content }]))[0]
    expect(result('x'.repeat(9_000))).toMatchObject({ results: [{ toolUseId: 't', isError: false, text: 'x'.repeat(4_000) }] })
    expect(result([{ type: 'image' }, { type: 'text', text: 'one' }, { type: 'text', text: 'two' }])).toMatchObject({
      results: [{ text: 'one' }],
    })
    expect(result(7)).toMatchObject({ results: [{ text: '' }] })
    expect(result([{ type: 'image' }])).toMatchObject({ results: [{ text: '' }] })
  })
})

describe('what a result says of an agent', () => {
  const words = (toolUseResult: unknown, content: unknown = 'ok', isError = false): unknown => {
    const [record] = read(user([{ type: 'tool_result', tool_use_id: 't', content, is_error: isError }], { toolUseResult }))
    return record?.kind === 'tool_results' ? record.words : []
  }

  it.each([
    ['completed', { status: 'completed', agentId: 'a1' }, 'completed', null],
    ['launched', { status: 'async_launched', agentId: 'a1' }, 'async_launched', 'launched'],
    ['launched, and refused', { status: 'async_launched', error: 'no' }, 'async_launched', 'launch_refused'],
    [
      'stopped at its cap',
      { status: 'completed', harnessNoteCount: 1, content: [{ type: 'text', text: 'stopped at its 5-turn limit' }] },
      'completed',
      'turn_cap',
    ],
    [
      'speaking of a cap itself',
      { status: 'completed', harnessNoteCount: 0, content: [{ type: 'text', text: 'stopped at its 5-turn limit' }] },
      'completed',
      null,
    ],
    ['odd', { status: 'completed', harnessNoteCount: 'x', content: [7, null] }, 'completed', null],
  ])('%s', (_, data, status, tells) => {
    expect(words(data)).toMatchObject([{ via: 'tool_result', toolUseId: 't', status, tells }])
  })

  it('of an older client stands where the agent’s text begins', () => {
    expect(words({ status: 'completed' }, 'NOTE: this agent stopped at its 5-turn limit\nrest')).toMatchObject([
      { tells: 'turn_cap', text: 'NOTE: this agent stopped at its 5-turn limit' },
    ])
    expect(words({ status: 'completed' }, 'It said: NOTE: this agent stopped at its 5-turn limit')).toMatchObject([{ tells: null }])
  })

  it('nothing, where it is no agent’s', () => {
    expect([words(undefined), words({}), words('x'), words([])]).toEqual([[], [], [], []])
    expect(words('Error: x', 'no', true)).toMatchObject([{ status: 'error', tells: null }])
    expect(
      read(
        user(
          [
            { type: 'tool_result', tool_use_id: 't' },
            { type: 'tool_result', tool_use_id: 'u' },
          ],
          { toolUseResult: { status: 'completed' } },
        ),
      ),
    ).toMatchObject([{ words: [] }])
  })
})

describe('assistant records', () => {
  const assistant = (content: unknown, message: object = {}, more: object = {}): object => ({
    type: 'assistant',
    message: { role: 'assistant', id: 'm', model: 'claude-x', content, ...message },
    ...more,
  })

  it('a turn, its calls and its tokens', () => {
    const raw = assistant([...text('Let me see.'), { type: 'tool_use', id: 't', name: 'Bash', input: { command: 'ls' } }], {
      stop_reason: 'tool_use',
      usage: { input_tokens: 3, output_tokens: -1, cache_read_input_tokens: 1.5 },
    })
    expect(read(raw)).toMatchObject([
      {
        kind: 'turn',
        messageId: 'm',
        stopReason: 'tool_use',
        text: 'Let me see.',
        hasContent: true,
        tokens: { input: 3, output: 0, cacheRead: 0, cacheWrite: 0 },
        calls: [{ id: 't', name: 'Bash', key: 'Bash command=ls', launch: null, target: null }],
      },
    ])
  })

  it.each([
    ['thinking alone', assistant([{ type: 'thinking', thinking: 'x' }]), false],
    ['blank text', assistant(text(' \n')), false],
    ['no content', assistant(undefined), false],
    ['text as it is', assistant('Done.'), true],
    ['a call of the server’s', assistant([{ type: 'server_tool_use', id: 't', name: 'web_search', input: {} }]), true],
    ['a call without an id', assistant([{ type: 'tool_use', name: 'Bash', input: {} }]), false],
  ])('%s', (_, raw, hasContent) => expect(read(raw)).toMatchObject([{ kind: 'turn', hasContent }]))

  it('launches, stops and continuations', () => {
    const call = (name: string, input: unknown): unknown => {
      const [record] = read(assistant([{ type: 'tool_use', id: 't', name, input }]))
      return record?.kind === 'turn' ? record.calls[0] : undefined
    }
    expect(call('Agent', { description: 'd', prompt: 'p', subagent_type: 'x', run_in_background: true })).toMatchObject({
      launch: { kind: 'agent', description: 'd', prompt: 'p', agentType: 'x', background: true },
    })
    expect(call('Task', { resume: 'a1', prompt: 'p' })).toMatchObject({ launch: null, target: { verb: 'continue', id: 'a1' } })
    expect(call('Workflow', { name: 'w' })).toMatchObject({ launch: { kind: 'workflow', description: 'w' } })
    expect(call('TaskStop', { task_id: 'a1' })).toMatchObject({ target: { verb: 'stop', id: 'a1' } })
    expect(call('KillShell', { shell_id: 'b1' })).toMatchObject({ target: { verb: 'stop', id: 'b1' } })
    expect(call('SendMessage', { to: 'a1' })).toMatchObject({ target: { verb: 'continue', id: 'a1' } })
    expect(call('Agent', { prompt: 7, run_in_background: 'yes' })).toMatchObject({ launch: { prompt: null, background: null } })
    for (const input of [null, 'x', [], 7, undefined]) expect(call('TaskStop', input)).toMatchObject({ key: 'TaskStop ', target: null })
    expect(call('x'.repeat(500), {})).toMatchObject({ name: 'x'.repeat(200) })
  })

  it('two calls are alike by name and top-level input', () => {
    const key = (input: object): unknown => {
      const [record] = read(assistant([{ type: 'tool_use', id: 't', name: 'Bash', input }]))
      return record?.kind === 'turn' ? record.calls[0]?.key : undefined
    }
    expect(key({ command: 'a' })).not.toBe(key({ command: 'b' }))
    expect(key({ command: 'a' })).toBe(key({ command: 'a' }))
  })

  it('errors of the client are its own, and only those', () => {
    const words = text('API Error: 500 x')
    expect(kinds(assistant(words, {}, { isApiErrorMessage: true }))).toEqual(['error'])
    expect(kinds(assistant(words, { model: '<synthetic>' }, { error: 'unknown' }))).toEqual(['error'])
    expect(kinds(assistant(words, { model: '<synthetic>' }))).toEqual(['error'])
    expect(kinds(assistant(text('No response requested.'), { model: '<synthetic>' }))).toEqual(['other synthetic'])
    expect(kinds(assistant(words))).toEqual(['turn'])
    expect(kinds(assistant(words, {}, { isApiErrorMessage: 'true', error: 'rate_limit' }))).toEqual(['turn'])
  })
})

describe('other records', () => {
  it.each([
    [
      { type: 'system', subtype: 'api_error', retryAttempt: 2, maxRetries: 10, error: { status: 529 } },
      { kind: 'retry', attempt: 2, of: 10, status: 529 },
    ],
    [
      { type: 'system', subtype: 'api_error', error: 'x' },
      { kind: 'retry', attempt: null, of: null, status: null },
    ],
    [{ type: 'system', subtype: 'compact_boundary' }, { kind: 'compaction' }],
    [{ type: 'system', subtype: 'agents_killed' }, { kind: 'agents_killed' }],
    [{ type: 'system' }, { kind: 'other', type: 'system/' }],
    [{ type: 'fork-context-ref' }, { kind: 'fork_origin' }],
    [
      { type: 'attachment', attachment: { type: 'max_turns_reached' } },
      { kind: 'error', fault: 'turn_cap' },
    ],
    [
      { type: 'attachment', attachment: { type: 'queued_command', prompt: NOTICE } },
      { kind: 'words', delivered: true, words: [{ agentId: 'a1', status: 'killed' }] },
    ],
    [
      { type: 'attachment', attachment: { type: 'queued_command', prompt: `Look: ${NOTICE}` } },
      { kind: 'other', type: 'attachment/queued_command' },
    ],
    [{ type: 'attachment', attachment: { type: 'queued_command', prompt: 7 } }, { kind: 'other' }],
    [{ type: 'attachment' }, { kind: 'other', type: 'attachment/' }],
    [
      { type: 'queue-operation', operation: 'enqueue', content: NOTICE },
      { kind: 'words', delivered: false },
    ],
    [
      { type: 'queue-operation', operation: 'remove', reason: 'absorbed_mid_turn', content: NOTICE },
      { kind: 'words', delivered: true },
    ],
    [
      { type: 'queue-operation', operation: 'enqueue', content: `Look: ${NOTICE}` },
      { kind: 'other', type: 'queue-operation/enqueue' },
    ],
    [{ type: 'queue-operation' }, { kind: 'other', type: 'queue-operation/' }],
    [{ type: 'x'.repeat(500) }, { kind: 'other', type: 'x'.repeat(100) }],
  ])('%j', (raw, expected) => expect(read(raw)).toMatchObject([expected]))
})
