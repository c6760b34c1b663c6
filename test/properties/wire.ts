import fc from 'fast-check'
import { SESSION } from '../hostile/world.ts'

/** Lines of transcripts as no client writes them: every field right, wrong or absent. */
// The same cases in every run: what fails here must fail for everybody.
export const SEED = 20_260_531

const AGENT = 'a0000000000000001'
const WORDS = [
  "You've hit your 5-hour limit · resets 3:10pm (UTC)",
  'API Error: 529 {"error":{"type":"overloaded_error"}}',
  'Credit balance is too low',
  'prompt is too long: 2 > 1',
  '[Request interrupted by user]',
  '[Request interrupted by user for tool use]',
  '[Tool call interrupted: the session ended before it returned]',
  'Stop hook feedback:\nYou did not call StructuredOutput.',
  '<task-notification><task-id>a0000000000000001</task-id><status>killed</status><summary>Agent "x" was stopped</summary></task-notification>',
  '<command-name>/clear</command-name>',
  'Let me look at the tests.',
  'Done.',
  'Warmup',
  '',
  '__proto__',
] as const

const text = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...WORDS) }, fc.string({ unit: 'binary', maxLength: 20 }))
const id = fc.constantFrom(AGENT, 'a0000000000000002', 't1', 't2', 't3', 'm1', 'm2', 'constructor', '')
const number = fc.oneof(fc.integer(), fc.constantFrom(0, -1, 1e308, 2 ** 60, 0.5))
const odd = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<unknown>(null, true, 7, '', [], {}, [[]], '__proto__') },
  fc.jsonValue({ maxDepth: 2 }),
)
/** Mostly what belongs there. */
const field = (right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 9, arbitrary: right }, { weight: 1, arbitrary: odd })

const input = field(
  fc.record(
    {
      command: field(text),
      description: field(text),
      prompt: field(text),
      subagent_type: field(text),
      run_in_background: field(fc.boolean()),
      task_id: field(id),
      to: field(id),
      resume: field(id),
    },
    { requiredKeys: [] },
  ),
)
const block = fc.oneof(
  fc.record({ type: field(fc.constant('text')), text: field(text) }),
  fc.record({ type: field(fc.constant('thinking')), thinking: field(text) }),
  fc.record({
    type: field(fc.constant('tool_use')),
    id: field(id),
    name: field(fc.constantFrom('Bash', 'Agent', 'Task', 'TaskStop', 'SendMessage', 'StructuredOutput', 'Workflow', 'Monitor')),
    input,
  }),
  fc.record(
    {
      type: field(fc.constant('tool_result')),
      tool_use_id: field(id),
      is_error: field(fc.boolean()),
      content: field(fc.oneof(text, fc.array(fc.record({ type: fc.constant('text'), text }), { maxLength: 2 }))),
    },
    { requiredKeys: ['type', 'tool_use_id'] },
  ),
)
const message = fc.record(
  {
    id: field(id),
    role: field(fc.constantFrom('user', 'assistant')),
    model: field(fc.constantFrom('claude-sonnet-5-5', '<synthetic>')),
    content: field(fc.oneof(text, fc.array(block, { maxLength: 3 }))),
    stop_reason: field(
      fc.constantFrom(
        'end_turn',
        'stop_sequence',
        'tool_use',
        'max_tokens',
        'pause_turn',
        'refusal',
        'model_context_window_exceeded',
        null,
      ),
    ),
    usage: field(
      fc.record(
        {
          input_tokens: field(number),
          output_tokens: field(number),
          cache_read_input_tokens: field(number),
          cache_creation_input_tokens: field(number),
        },
        { requiredKeys: [] },
      ),
    ),
  },
  { requiredKeys: ['content'] },
)
const instant = fc
  .date({ min: new Date('2026-05-31T10:00:00Z'), max: new Date('2026-05-31T14:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString())
const quota = fc.record(
  { status: field(text), resetsAt: field(number), rateLimitType: field(fc.constantFrom('five_hour', 'seven_day', 'overage')) },
  { requiredKeys: [] },
)

export const wireRecord = fc.record(
  {
    type: field(
      fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom('user', 'assistant') },
        fc.constantFrom(
          'system',
          'attachment',
          'queue-operation',
          'fork-context-ref',
          'summary',
          'last-prompt',
          'mode',
          'progress',
          'none-such',
        ),
      ),
    ),
    subtype: field(fc.constantFrom('api_error', 'compact_boundary', 'agents_killed', 'init')),
    uuid: field(id),
    parentUuid: field(id),
    timestamp: field(instant),
    sessionId: field(fc.constantFrom(SESSION, 'other')),
    agentId: field(fc.constantFrom(AGENT, 'a0000000000000002')),
    isSidechain: field(fc.boolean()),
    cwd: field(text),
    gitBranch: field(text),
    version: field(fc.constantFrom('2.0.76', '2.1.97', '2.1.329', 'x')),
    entrypoint: field(fc.constantFrom('cli', 'sdk-cli')),
    isMeta: field(fc.boolean()),
    isCompactSummary: field(fc.boolean()),
    isApiErrorMessage: field(fc.boolean()),
    error: field(fc.constantFrom('rate_limit', 'unknown', 'server_error', 'authentication_failed', 'invalid_request', 'max_output_tokens')),
    apiErrorStatus: field(fc.constantFrom(400, 401, 402, 408, 413, 429, 500, 529)),
    apiError: field(text),
    quotaLimits: field(quota),
    apiErrorParams: field(fc.record({ rate_limit_info: field(quota) })),
    origin: field(fc.record({ kind: field(fc.constantFrom('task-notification', 'human', 'coordinator')) })),
    message: field(message),
    toolUseResult: field(
      fc.record(
        {
          status: field(fc.constantFrom('completed', 'async_launched', 'failed')),
          agentId: field(id),
          runId: field(id),
          error: field(text),
          harnessNoteCount: field(number),
          content: field(fc.array(block, { maxLength: 2 })),
        },
        { requiredKeys: [] },
      ),
    ),
    attachment: field(fc.record({ type: field(fc.constantFrom('queued_command', 'max_turns_reached')), prompt: field(text) })),
    operation: field(fc.constantFrom('enqueue', 'remove')),
    content: field(text),
    reason: field(fc.constantFrom('absorbed_mid_turn', 'other')),
    retryAttempt: field(number),
    maxRetries: field(number),
  },
  { requiredKeys: ['type'] },
)

/** A line, mostly a record; seldom something else that a file may hold. */
const wireLine = fc.oneof(
  { weight: 30, arbitrary: wireRecord.map((record) => JSON.stringify(record)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      ' ',
      '{',
      'null',
      '[]',
      '"x"',
      '\ufeff{}',
      '{"type":"api-request-blob","x":1}',
      '{"type":"api-request-blob"',
    ),
  },
)
export const wireText = fc.array(wireLine, { maxLength: 12 }).map((lines) => `${lines.join('\n')}\n`)

export const sidecar = field(
  fc.record(
    {
      agentType: field(text),
      description: field(text),
      toolUseId: field(id),
      parentAgentId: field(id),
      spawnDepth: field(number),
      worktreePath: field(fc.constantFrom('/home/dev/app/.claude/worktrees/x', '/', '..')),
      isFork: field(fc.boolean()),
      stoppedByUser: field(fc.boolean()),
      finished: field(fc.boolean()),
      requestShape: field(fc.constantFrom('background', 'foreground')),
    },
    { requiredKeys: [] },
  ),
).map((value) => JSON.stringify(value))

export const registryEntry = field(
  fc.record(
    {
      pid: field(fc.constantFrom(1, 2)),
      sessionId: field(fc.constantFrom(SESSION, 'other')),
      startedAt: field(number),
      procStart: field(fc.constantFrom('1', 1)),
      pidDomain: field(text),
      status: field(fc.constantFrom('busy', 'waiting')),
      updatedAt: field(number),
    },
    { requiredKeys: ['pid', 'sessionId'] },
  ),
).map((value) => JSON.stringify(value))
