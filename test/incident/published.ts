// Writes a workflow run that met the session limit, in the records of client 2.1.156. With PUBLISHED it is the incident that
// was published, with exactly its figures. The tree is never committed: equal wishes give equal bytes.

/** The figures that a run must have. */
export interface Wishes {
  readonly seed: number
  readonly version: string
  readonly agents: number
  readonly refused: number
  readonly firstAt: string
  readonly lastAt: string
  readonly text: string
  readonly tokens: number
  readonly toolUses: number
  readonly durationMs: number
  readonly reportedAs: string
  /** How many agents work side by side: so many began before anybody was refused. */
  readonly atOnce: number
}

export const PUBLISHED: Wishes = {
  seed: 156,
  version: '2.1.156',
  agents: 97,
  refused: 37,
  firstAt: '2026-05-31T17:31:25.988Z',
  lastAt: '2026-05-31T17:32:00.481Z',
  text: "You've hit your session limit · resets 10:10pm (Europe/Kiev)",
  tokens: 2_077_133,
  toolUses: 282,
  durationMs: 628_578,
  reportedAs: 'subagent completed without calling StructuredOutput (after 2 in-conversation nudges)',
  atOnce: 16,
}

export const SESSION = '7c1f6f9e-3d0a-4f43-9a55-1d2b8c4e6f70'
export const RUN = 'wf_5a1d0c3e-b97'
const SLUG = '-home-dev-app'
const HOME = `projects/${SLUG}`

type Json = Record<string, unknown>
type Draw = (below: number) => number

/** Numbers that look like chance and are always the same (mulberry32). */
function drawFrom(seed: number): Draw {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below)
  }
}

function hex(draw: Draw, length: number): string {
  return Array.from({ length }, () => draw(16).toString(16)).join('')
}

function uuid(draw: Draw): string {
  return `${hex(draw, 8)}-${hex(draw, 4)}-4${hex(draw, 3)}-a${hex(draw, 3)}-${hex(draw, 12)}`
}

/** Whole numbers, none below `least`, that make `total` together. */
function shares(total: number, parts: number, least: number, draw: Draw): number[] {
  const weights = Array.from({ length: parts }, () => 1 + draw(1000))
  const all = weights.reduce((sum, weight) => sum + weight, 0)
  const spare = total - least * parts
  const given = weights.map((weight) => least + Math.floor((spare * weight) / all))
  for (let rest = total - given.reduce((sum, share) => sum + share, 0); rest > 0; rest -= 1)
    given[rest % parts] = (given[rest % parts] ?? 0) + 1
  return given
}

const iso = (ms: number): string => new Date(ms).toISOString()

/** One transcript, every record chained to the one before. */
class Thread {
  readonly lines: string[] = []
  readonly #base: Json
  readonly #draw: Draw
  #parent: string | null = null

  constructor(base: Json, draw: Draw) {
    this.#base = base
    this.#draw = draw
  }

  add(at: number, record: Json): void {
    const id = uuid(this.#draw)
    this.lines.push(
      JSON.stringify({ parentUuid: this.#parent, ...record, uuid: id, timestamp: iso(at), userType: 'external', ...this.#base }),
    )
    this.#parent = id
  }

  loose(record: Json): void {
    this.lines.push(JSON.stringify(record))
  }

  get text(): string {
    return this.lines.map((line) => `${line}\n`).join('')
  }
}

interface Turn {
  readonly text: string
  readonly calls: readonly { readonly name: string; readonly input: Json; readonly output: string }[]
  readonly tokens: number
}

function usageOf(tokens: number): Json {
  const output = Math.floor(tokens / 40)
  const fresh = Math.floor(tokens / 9)
  const written = Math.floor(tokens / 5)
  return {
    input_tokens: fresh,
    cache_creation_input_tokens: written,
    cache_read_input_tokens: tokens - output - fresh - written,
    output_tokens: output,
    server_tool_use: { web_search_requests: 0, web_fetch_requests: 0 },
    service_tier: 'standard',
  }
}

/** The files of the run, by path below the client's home. */
export function workflowIncident(wishes: Wishes): ReadonlyMap<string, string> {
  const { agents, refused, text, version, atOnce } = wishes
  const draw = drawFrom(wishes.seed)
  const first = Date.parse(wishes.firstAt)
  const last = Date.parse(wishes.lastAt)
  const start = last - wishes.durationMs
  const inner = Array.from({ length: Math.max(0, refused - 2) }, () => first + 1 + draw(last - first - 1)).toSorted((a, b) => a - b)
  const refusals = refused === 1 ? [first] : [first, ...inner, last]
  const finished = agents - refused
  // Those that were at work when the limit was met had done something; whoever took a free place after that had not.
  const early = Math.min(atOnce, refused)
  const working = finished + early
  const calls = shares(wishes.toolUses, working, 1, draw)
  const turnsOf = calls.map((amount, index) => (index < finished ? Math.ceil(amount / 2) + 1 : Math.ceil(amount / 2)))
  const messages = turnsOf.reduce((sum, turns) => sum + turns, 0)
  const tokens = shares(wishes.tokens, messages, 40, draw)
  const files = new Map<string, string>()
  const journal: string[] = []
  const progress: Json[] = []
  const base = { entrypoint: 'sdk-cli', cwd: '/home/dev/app', sessionId: SESSION, version, gitBranch: 'main' }
  const promptId = uuid(draw)
  let message = 0
  let tool = 0
  for (let index = 0; index < agents; index += 1) {
    const isRefused = index >= finished
    const place = index - finished
    const refusedAt = refusals[place] ?? last
    const id = `a${hex(draw, 16)}`
    const label = isRefused || index % 3 === 0 ? `verify:${index}` : `search:${index}`
    const isVerify = label.startsWith('verify')
    const freed = refusals[place - early]
    const began = !isRefused
      ? start + 50 + draw(Math.max(1, first - start - 30_000))
      : place < early || freed === undefined
        ? Math.max(start + 50, first - 1_000 - draw(20_000))
        : Math.min(freed + 1 + draw(40), refusedAt - 1)
    const ended = isRefused ? refusedAt : Math.min(first - 1, began + 5_000 + draw(25_000))
    const thread = new Thread({ ...base }, draw)
    const own = { isSidechain: true, agentId: id }
    const amount = index < working ? (calls[index] ?? 0) : 0
    const turns = index < working ? (turnsOf[index] ?? 0) : 0
    const step = Math.max(1, Math.floor((ended - began) / (turns * 4 + 2)))
    let at = began
    thread.add(at, {
      ...own,
      promptId,
      type: 'user',
      message: { role: 'user', content: `${isVerify ? 'Verify' : 'Search'} claim ${index} of the report.` },
    })
    thread.add(at, { ...own, attachment: { type: 'skill_listing', content: '- deep-research: …' }, type: 'attachment' })
    let left = amount
    for (let turn = 0; turn < turns; turn += 1) {
      const isFinal = !isRefused && turn === turns - 1
      const some = isFinal ? 0 : Math.min(left, turn === turns - (isRefused ? 1 : 2) ? left : 2)
      left -= some
      const made: Turn = {
        text: isFinal ? 'done' : 'Looking.',
        calls: Array.from({ length: some }, (_, call) =>
          isVerify && !isRefused && turn === turns - 2 && call === some - 1
            ? { name: 'StructuredOutput', input: { ok: true }, output: 'Structured output provided successfully' }
            : { name: 'Read', input: { file_path: `/home/dev/app/docs/claim-${index}.md` }, output: `claim ${index}` },
        ),
        tokens: tokens[message] ?? 0,
      }
      message += 1
      const envelope = {
        id: `msg_${hex(draw, 20)}`,
        type: 'message',
        role: 'assistant',
        model: 'claude-sonnet-4-6',
        stop_reason: made.calls.length > 0 ? 'tool_use' : 'end_turn',
        stop_sequence: null,
        usage: usageOf(made.tokens),
      }
      const uses = made.calls.map(({ name, input }) => {
        tool += 1
        return { type: 'tool_use', id: `toolu_${String(tool).padStart(8, '0')}`, name, input }
      })
      // Every block is a record of its own, with the usage of the whole message.
      for (const block of [{ type: 'text', text: made.text }, ...uses]) {
        at = Math.min(at + step, ended - 1)
        thread.add(at, { ...own, message: { ...envelope, content: [block] }, requestId: `req_${message}`, type: 'assistant' })
      }
      uses.forEach((use, call) => {
        const content = [{ tool_use_id: use.id, type: 'tool_result', content: made.calls[call]?.output ?? '', is_error: false }]
        thread.add(Math.min(at + 1, ended - 1), { ...own, promptId, type: 'user', message: { role: 'user', content } })
      })
    }
    const key = `v2:${hex(draw, 64)}`
    journal.push(JSON.stringify({ type: 'started', key, agentId: id }))
    if (isRefused) {
      const none = { input_tokens: 0, output_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, service_tier: null }
      thread.add(refusedAt, {
        ...own,
        type: 'assistant',
        message: {
          id: uuid(draw),
          container: null,
          model: '<synthetic>',
          role: 'assistant',
          stop_reason: 'stop_sequence',
          stop_sequence: '',
          type: 'message',
          usage: none,
          content: [{ type: 'text', text }],
        },
        requestId: `req_E${index}`,
        error: 'rate_limit',
        isApiErrorMessage: true,
        apiErrorStatus: 429,
      })
    } else journal.push(JSON.stringify({ type: 'result', key, agentId: id, result: isVerify ? { ok: true } : 'done' }))
    progress.push({
      type: 'workflow_agent',
      index: index + 1,
      label,
      agentId: id,
      model: 'claude-sonnet-4-6',
      state: 'done',
      startedAt: began,
      queuedAt: start,
      attempt: 1,
    })
    const path = `${HOME}/${SESSION}/subagents/workflows/${RUN}/agent-${id}`
    files.set(`${path}.jsonl`, thread.text)
    files.set(`${path}.meta.json`, JSON.stringify({ agentType: 'workflow-subagent' }))
  }
  const failures = Array.from({ length: refused }, (_, index) => `parallel[${index}] failed: agent({schema}): ${wishes.reportedAs}`)
  files.set(`${HOME}/${SESSION}/subagents/workflows/${RUN}/journal.jsonl`, journal.map((line) => `${line}\n`).join(''))
  files.set(`${HOME}/${SESSION}.jsonl`, mainOf(wishes, { ...base }, failures, start, last, draw))
  files.set(
    `${HOME}/${SESSION}/workflows/${RUN}.json`,
    JSON.stringify({
      runId: RUN,
      timestamp: iso(last),
      taskId: 'wpublished',
      scriptPath: `/home/dev/.claude/${HOME}/${SESSION}/workflows/scripts/research-${RUN}.js`,
      agentCount: agents,
      logs: failures,
      durationMs: wishes.durationMs,
      workflowName: 'research',
      status: 'completed',
      startTime: start,
      defaultModel: 'claude-sonnet-4-6',
      workflowProgress: progress,
      totalTokens: wishes.tokens,
      totalToolCalls: wishes.toolUses,
    }),
  )
  files.set(`${HOME}/${SESSION}/workflows/scripts/research-${RUN}.js`, "export const meta = { name: 'research', description: 'claims' }\n")
  return files
}

function mainOf(wishes: Wishes, base: Json, failures: readonly string[], start: number, last: number, draw: Draw): string {
  const thread = new Thread(base, draw)
  const own = { isSidechain: false }
  const usage = usageOf(5_000)
  const say = (at: number, content: readonly Json[], stop: string): void =>
    thread.add(at, {
      ...own,
      message: {
        id: `msg_${hex(draw, 20)}`,
        type: 'message',
        role: 'assistant',
        model: 'claude-sonnet-4-6',
        content,
        stop_reason: stop,
        usage,
      },
      type: 'assistant',
    })
  thread.add(start - 4_000, { ...own, type: 'user', message: { role: 'user', content: 'Check every claim of the report. ultracode' } })
  say(
    start - 300,
    [{ type: 'tool_use', id: 'toolu_launch', name: 'Workflow', input: { script: "export const meta = { name: 'research' }" } }],
    'tool_use',
  )
  thread.add(start, {
    ...own,
    type: 'user',
    message: {
      role: 'user',
      content: [
        { tool_use_id: 'toolu_launch', type: 'tool_result', content: `Workflow launched in background. Run ID: ${RUN}`, is_error: false },
      ],
    },
    toolUseResult: { status: 'async_launched', taskId: 'wpublished', runId: RUN },
  })
  say(start + 40, [{ type: 'text', text: 'Waiting for the workflow.' }], 'end_turn')
  const { agents, tokens, toolUses, durationMs } = wishes
  const notice = `<task-notification>\n<task-id>wpublished</task-id>\n<tool-use-id>toolu_launch</tool-use-id>\n<status>completed</status>\n<summary>Dynamic workflow "research" completed</summary>\n<failures>${failures.join('\n')}</failures>\n<usage><agent_count>${agents}</agent_count><subagent_tokens>${tokens}</subagent_tokens><tool_uses>${toolUses}</tool_uses><duration_ms>${durationMs}</duration_ms></usage>\n</task-notification>`
  thread.loose({ type: 'queue-operation', operation: 'enqueue', timestamp: iso(last + 1), sessionId: SESSION, content: notice })
  thread.loose({ type: 'queue-operation', operation: 'dequeue', timestamp: iso(last + 50), sessionId: SESSION })
  thread.add(last + 60, { ...own, type: 'user', message: { role: 'user', content: notice }, origin: { kind: 'task-notification' } })
  say(last + 4_000, [{ type: 'text', text: 'The workflow is completed.' }], 'end_turn')
  return thread.text
}
