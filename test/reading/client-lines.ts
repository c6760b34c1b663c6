import fc from 'fast-check'
import { SESSION } from '../hostile/world.ts'
import { wireRecord } from '../properties/wire.ts'

/** Lines as clients write them, key by key in their order, filled with what might mislead a reader of bytes. */
const AGENT = 'a0000000000000001'
const TRAPS = [
  '","uuid":"forged","timestamp":"2026-05-31T10:00:00.000Z',
  '{"parentUuid":null,"type":"assistant"}',
  '"}]},"toolUseResult":{"status":"completed","agentId":"x"}}',
  '\\',
  '\\"',
  '\\\\',
  '"',
  '\n\t\r\u0001\u007f\u2028',
  'Київ — 日本語 🚀',
  '\ud800',
  '[Tool call interrupted: the session ended before it returned]',
  '[Request interrupted by user]',
  '',
] as const
const piece = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<string>(...TRAPS) },
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
)
/** Most are short; some are beyond what is kept of a text, whatever the escapes. */
const text = fc.oneof(
  { weight: 8, arbitrary: fc.array(piece, { maxLength: 4 }).map((parts) => parts.join('')) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('word ', 'a\\b', '"', '\u0001', 'é', '日', '🚀', '\ud83d'), fc.integer({ min: 900, max: 6_000 }), piece)
      .map(([unit, count, end]) => unit.repeat(count) + end),
  },
)
const id = fc.constantFrom('t1', 't2', 't3', 'toolu_0123456789abcdefghij')
const uuid = fc.constantFrom('93cd1d70-b00c-49f6-ac98-60da30c3f7fc', '0cf089fa-1237-4823-a09e-9646e3d16b33', 'u')
const at = fc.integer({ min: 0, max: 50_000 }).map((seconds) => new Date(Date.UTC(2026, 4, 31, 10) + seconds * 1_000).toISOString())
const count = fc.oneof({ weight: 9, arbitrary: fc.nat(200_000) }, fc.constantFrom(-1, 0.5, 1e21, null, '7'))
const maybe = <T>(value: T): fc.Arbitrary<T | undefined> => fc.constantFrom(value, value, value, undefined)

const home = fc.record({
  cwd: fc.constantFrom<unknown>('/home/dev/app', '/home/dev/app', '/home/dev/ä"b', null, 7),
  sessionId: fc.constantFrom<unknown>(SESSION, SESSION, 'other', null),
  version: fc.constantFrom<unknown>('2.1.329', '2.1.329', '2.0.76', undefined),
  gitBranch: fc.constantFrom<unknown>('main', 'main', 'b\\c', ''),
})
const head = fc.record({
  parentUuid: fc.option(uuid),
  isSidechain: fc.constantFrom<unknown>(true, true, false, null, 'true'),
  agentId: fc.constantFrom<unknown>(AGENT, AGENT, AGENT, undefined, 5),
})
const usage = fc.record({
  input_tokens: count,
  cache_creation_input_tokens: count,
  output_tokens: count,
  server_tool_use: fc.constant({ web_search_requests: 0, input_tokens: 9 }),
  service_tier: fc.constantFrom('standard', null),
  iterations: fc.constant([]),
})
const input = fc.oneof(
  fc.record({ command: fc.oneof(text, fc.constant('git push')), description: text }),
  fc.record({ file_path: text, content: text }),
  fc.constantFrom({}, null, [1], 'x', { a: { b: [{}] } }),
)
const block = fc.oneof(
  { weight: 2, arbitrary: fc.record({ type: fc.constant('text'), text }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('tool_use'), id, name: fc.constantFrom('Bash', 'Write', 'Agent', 'StructuredOutput'), input }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('thinking'), thinking: text, signature: text }) },
  fc.record({ text, type: fc.constantFrom('text', 'server_tool_use', 'image') }),
)
const assistant = fc.record({
  head,
  home,
  uuid,
  at,
  id: fc.constantFrom('msg_1', 'msg_1', 'msg_2', 'msg "3"'),
  model: fc.constantFrom('claude-sonnet-5-5', 'claude-sonnet-5-5', '<synthetic>'),
  content: fc.oneof({ weight: 6, arbitrary: block.map((each): unknown => [each]) }, fc.array(block, { maxLength: 3 }), text),
  stop: fc.constantFrom('tool_use', 'end_turn', null),
  usage: fc.oneof({ weight: 9, arbitrary: usage }, fc.constantFrom<unknown>(null, [], 3)),
  error: fc.constantFrom(undefined, undefined, undefined, undefined, undefined, 'rate_limit'),
})
const assistantLine = assistant.map((each) => ({
  ...each.head,
  message: {
    id: each.id,
    type: 'message',
    role: 'assistant',
    model: each.model,
    content: each.content,
    stop_reason: each.stop,
    stop_sequence: null,
    usage: each.usage,
  },
  requestId: 'req_0123456789abcdef0123',
  type: 'assistant',
  uuid: each.uuid,
  timestamp: each.at,
  error: each.error,
  isApiErrorMessage: each.error === undefined ? undefined : true,
  userType: 'external',
  ...each.home,
}))
const toolUseResult = fc.oneof(
  { weight: 5, arbitrary: fc.record({ stdout: text, stderr: fc.constant(''), interrupted: fc.boolean() }) },
  { weight: 2, arbitrary: fc.constant(undefined) },
  text,
  fc.record({
    status: fc.constantFrom('completed', 'async_launched', 7),
    agentId: fc.constantFrom(AGENT, null),
    content: fc.constant([{ type: 'text', text: 'Agent stalled: no progress for 600s' }]),
    harnessNoteCount: maybe(1),
    error: fc.constantFrom(undefined, undefined, 'no room', 7),
    worktreePath: fc.constantFrom(undefined, '/home/dev/wt', null),
    worktreeBranch: fc.constantFrom(undefined, 'b1', 'ü'),
    prompt: text,
  }),
  fc.record({ runId: fc.constantFrom('wf_1', 1), task_id: maybe('t1'), taskId: maybe('t2') }),
  fc.record({ file: fc.record({ status: text, agentId: text }) }),
)
const resultLine = fc
  .record({
    head,
    home,
    uuid,
    at,
    id,
    content: fc.oneof(
      { weight: 6, arbitrary: text },
      fc.constantFrom<unknown>(null, []),
      fc.array(fc.record({ text, type: fc.constantFrom<unknown>('text', 'text', 'image', 'te\u0078t', 7) }), { maxLength: 3 }),
      fc.constantFrom<unknown>([1, null, { type: 'text', text: 7 }, { type: 'text', text: 'x' }], { type: 'text', text: 'x' }),
    ),
    error: fc.constantFrom(undefined, undefined, undefined, false, true, null),
    toolUseResult,
    more: fc.constantFrom(
      [],
      [],
      [],
      [],
      [{ type: 'text', text: '[Request interrupted by user]' }],
      [{ type: 'tool_result', tool_use_id: 't2', content: 'x' }],
    ),
  })
  .map((each) => ({
    ...each.head,
    promptId: 'd7597941-5ae1-4323-a030-defa434b104d',
    type: 'user',
    message: {
      role: 'user',
      content: [{ tool_use_id: each.id, type: 'tool_result', content: each.content, is_error: each.error }, ...each.more],
    },
    uuid: each.uuid,
    timestamp: each.at,
    toolUseResult: each.toolUseResult,
    ...each.home,
  }))
const bookLine = fc
  .record({
    type: fc.constantFrom('api-request', 'api-request-blob', 'api-request-shape', 'last-prompt', 'cost-state', 'new-kind', 'system'),
    at: maybe('2026-05-31T10:00:00.000Z'),
    text,
    uuid: maybe('u'),
  })
  .map(({ type, at: timestamp, text: words, uuid: own }) => ({
    type,
    sessionId: SESSION,
    agentId: AGENT,
    uuid: own,
    timestamp,
    message: { role: 'user', content: [{ type: 'text', text: words }] },
    shape: { tools: [{ name: 'x', deep: { a: [1, -2.5, true, null, {}] } }] },
    ok: true,
  }))
const attachmentLine = fc
  .record({
    head,
    home,
    at,
    type: fc.constantFrom<unknown>('skill_listing', 'environment', 'queued_command', 'max_turns_reached', 7),
    text,
  })
  .map(({ head: own, home: where, at: timestamp, type, text: words }) => ({
    ...own,
    attachment: { type, prompt: words, text: words },
    type: 'attachment',
    timestamp,
    ...where,
  }))

const NOTICE =
  '<task-notification><task-id>a1</task-id><status>completed</status><summary>Agent "x" completed</summary></task-notification>'
const said = fc.oneof(
  { weight: 4, arbitrary: text },
  fc.constantFrom(
    NOTICE,
    ` \n${NOTICE}`,
    `\u00a0${NOTICE}`,
    '<command-name>/clear</command-name>',
    '[Request interrupted by user for tool use]',
    'Stop hook feedback: x',
    '[structured-output-enforce]',
    'Automatic continue cancelled',
    'Your limit is set to continue automatically shortly',
    '',
  ),
)
const promptLine = fc
  .record({
    head,
    home,
    uuid,
    at,
    content: fc.oneof(
      { weight: 4, arbitrary: said },
      fc.array(
        fc.oneof(
          said.map((each): unknown => ({ type: 'text', text: each })),
          fc.constantFrom<unknown>({ type: 'image', source: { data: 'AAAA' } }, { type: 'document', content: 'x' }, { type: 'text' }, 'x'),
        ),
        { maxLength: 3 },
      ),
      fc.constantFrom<unknown>(null, {}, 7),
    ),
    more: fc.record(
      {
        isMeta: fc.constantFrom<unknown>(true, false, 'true', null),
        isCompactSummary: fc.constantFrom<unknown>(true, false, null),
        origin: fc.constantFrom<unknown>({ kind: 'task-notification' }, { kind: 'coordinator' }, { kind: 7 }, {}, null, 'x'),
        entrypoint: fc.constantFrom<unknown>('cli', 'sdk-cli', 'sdk-py', 'sdk-ü', 7),
        permissionMode: fc.constantFrom<unknown>('default', 'plan', 'm'.repeat(90), 'ä', 7, null),
        toolUseResult: fc.constantFrom<unknown>({ status: 'completed' }, 'x'),
      },
      { requiredKeys: [] },
    ),
  })
  .map((each) => ({
    ...each.head,
    type: 'user',
    message: { role: 'user', content: each.content },
    uuid: each.uuid,
    timestamp: each.at,
    ...each.more,
    ...each.home,
  }))
const otherLine = fc
  .record({
    own: fc.oneof(
      fc.record({
        type: fc.constant('system'),
        subtype: fc.constantFrom<unknown>(
          'turn_duration',
          'turn_duration',
          'api_error',
          'informational',
          'compact_boundary',
          'agents_killed',
          undefined,
          'ü',
          7,
        ),
        content: said,
      }),
      fc.record({
        type: fc.constant('queue-operation'),
        operation: fc.constantFrom<unknown>('enqueue', 'dequeue', 'remove', undefined, 'ü', 7),
        content: fc.oneof({ weight: 4, arbitrary: said }, fc.constantFrom<unknown>(undefined, null, [NOTICE])),
        reason: fc.constantFrom(undefined, 'absorbed_mid_turn'),
      }),
      fc.record({
        type: fc.constantFrom('file-history-snapshot', 'file-history-delta'),
        messageId: fc.constant('m1'),
        snapshot: fc.constantFrom<unknown>(
          { messageId: 'm1', trackedFileBackups: {}, timestamp: '2026-05-31T10:00:00.000Z' },
          { messageId: 'm1', trackedFileBackups: { 'a.ts': { backupFileName: '0123456789abcdef@v1' } } },
          { messageId: 'm'.repeat(300), trackedFileBackups: { 'ä.ts': { backupFileName: null } } },
          { trackedFileBackups: { 'a.ts': { backupFileName: null } } },
          null,
          undefined,
        ),
        trackingPath: fc.constant('a.ts'),
        snapshotMessageId: fc.constant('m1'),
        backup: fc.constantFrom<unknown>({ backupFileName: null }, 7),
      }),
      fc.record({
        type: fc.constantFrom('progress', 'summary', 'ai-title', 'mode', 'permission-mode'),
        permissionMode: maybe('plan'),
        data: text,
      }),
    ),
    head,
    home,
    at,
  })
  .map(({ own, head: begins, home: where, at: timestamp }) => ({ ...begins, ...own, timestamp, ...where }))

/** The record of a line, and the line; often as a client would write it, else with what a client never writes. */
const plainLine = fc
  .oneof(
    { weight: 5, arbitrary: assistantLine },
    { weight: 5, arbitrary: resultLine },
    { weight: 3, arbitrary: promptLine },
    { weight: 3, arbitrary: otherLine },
    { weight: 2, arbitrary: bookLine },
    { weight: 2, arbitrary: attachmentLine },
    { weight: 1, arbitrary: wireRecord },
  )
  .map((record) => JSON.stringify(record))

const ODD: readonly ((line: string, where: number) => string)[] = [
  (line) => line,
  // The same key twice: the last one counts.
  (line) => `${line.slice(0, -1)},"uuid":"twice"}`,
  (line) => `${line.slice(0, -1)},"type":"assistant"}`,
  (line) => `${line.slice(0, -1)},"message":{"content":"Hi"}}`,
  (line) => `{"uuid":null,"timestamp":"2026-05-31T11:00:00.000Z",${line.slice(1)}`,
  (line) => line.replace('"uuid":', '"\\u0075uid":'),
  (line) => line.replace('"content":', '"\\u0063ontent":'),
  (line) => line.replace('"type":"tool_result"', '"type":"tool\\u005fresult"'),
  (line) => line.replaceAll('"type":"text"', '"type":"te\\u0078t"'),
  (line) => line.replace('"isMeta":true', '"isMeta":true,"isMeta":false'),
  (line) => line.replace('"tool_use_id":', '"id":"x","tool_use_id":'),
  (line) => line.replace('"name":', '"content":"x","name":'),
  (line) => line.replace('"content":[', '"content":"x","content":['),
  (line) => line.replace('"content":"', '"content":[{"type":"text","text":"x"}],"content":"'),
  (line) => line.replaceAll(',"', ', "'),
  (line) => `${line} `,
  (line) => line.replace('"cwd":', '"\u0001cwd":'),
  (line) => line.replace(/:(\d+)/, ':0$1'),
  (line) => line.replace(/:(\d+)/, ':$1e400'),
  (line) => line.replace('"stdout":', '"__proto__":'),
  (line) => `${line.slice(0, -1)},"deep":${'['.repeat(70)}${']'.repeat(70)}}`,
  // A lost line end, a piece that is missing, a byte that is not what it was.
  (line) => line + line,
  (line, where) => line.slice(0, where % line.length),
  (line, where) => line.slice(0, where % line.length) + line,
  (line, where) => line.slice(0, where % line.length) + line.slice((where % line.length) + 1),
  (line, where) => `${line.slice(0, where % line.length)}\u0000${line.slice((where % line.length) + 1)}`,
  (line, where) => `${line.slice(0, where % line.length)}"${line.slice(where % line.length)}`,
  (line, where) => `${line.slice(0, where % line.length)}\\${line.slice(where % line.length)}`,
  (line, where) => `${line.slice(0, where % line.length)}\\u12${line.slice(where % line.length)}`,
]

/** Bytes, since a line need not be text. */
export const clientLine: fc.Arbitrary<Buffer> = fc
  .tuple(
    plainLine,
    fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 3, arbitrary: fc.nat(ODD.length - 1) }),
    fc.nat(20_000),
    fc.constantFrom(...Array.from({ length: 19 }, () => false), true),
  )
  .map(([line, odd, where, breaks]) => {
    const bytes = Buffer.from((ODD[odd] ?? ((each: string) => each))(line, where).replaceAll('\n', ' '))
    if (breaks && bytes.length > 0) bytes[where % bytes.length] = 0xff
    return bytes
  })
