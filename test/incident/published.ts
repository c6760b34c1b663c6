import { notificationText, Transcript } from '../records/transcript.ts'

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

/** A transcript of the run, with ids that look like chance. */
class Thread extends Transcript {
  protected override readonly model = 'claude-sonnet-4-6'
  readonly #draw: Draw

  constructor(version: string, agentId: string | null, draw: Draw) {
    super({ sessionId: SESSION, agentId, cwd: '/home/dev/app', entrypoint: 'sdk-cli', version })
    this.#draw = draw
  }

  protected override newUuid(): string {
    return uuid(this.#draw)
  }

  protected override newErrorId(): string {
    return uuid(this.#draw)
  }

  protected override newMessageId(): string {
    return `msg_${hex(this.#draw, 20)}`
  }

  /** One message with these tokens; every block is a record of its own, with the usage of the whole message. */
  say(at: readonly number[], blocks: readonly Json[], tokens: number, more: Json = {}): this {
    const stop = blocks.some((block) => block['type'] === 'tool_use') ? 'tool_use' : 'end_turn'
    const message = { ...this.message([], stop, this.newMessageId()), usage: usageOf(tokens) }
    for (const [index, block] of blocks.entries()) {
      this.at(at[index] ?? this.clock).put('assistant', { message: { ...message, content: [block] } }, more)
    }
    return this
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
    const thread = new Thread(version, id, draw)
    const amount = index < working ? (calls[index] ?? 0) : 0
    const turns = index < working ? (turnsOf[index] ?? 0) : 0
    const step = Math.max(1, Math.floor((ended - began) / (turns * 4 + 2)))
    let at = began
    thread.at(at).prompt(`${isVerify ? 'Verify' : 'Search'} claim ${index} of the report.`, { promptId })
    thread.at(at).put('attachment', { attachment: { type: 'skill_listing', content: '- deep-research: …' } })
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
      const uses = made.calls.map(({ name, input }) => {
        tool += 1
        return { type: 'tool_use', id: `toolu_${String(tool).padStart(8, '0')}`, name, input }
      })
      const blocks = [{ type: 'text', text: made.text }, ...uses]
      const times = blocks.map((_, block) => Math.min(at + (block + 1) * step, ended - 1))
      at = times.at(-1) ?? at
      thread.say(times, blocks, made.tokens, { requestId: `req_${message}` })
      for (const [call, use] of uses.entries()) {
        thread.at(Math.min(at + 1, ended - 1)).result(use.id, made.calls[call]?.output ?? '', { error: false, more: { promptId } })
      }
    }
    const key = `v2:${hex(draw, 64)}`
    journal.push(JSON.stringify({ type: 'started', key, agentId: id }))
    if (isRefused) {
      thread.at(refusedAt).error(text, { code: 'rate_limit', status: 429, more: { requestId: `req_E${index}` } })
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
  files.set(`${HOME}/${SESSION}.jsonl`, mainOf(wishes, failures, start, last, draw))
  files.set(
    `${HOME}/${SESSION}/workflows/${RUN}.json`,
    JSON.stringify({
      runId: RUN,
      timestamp: new Date(last).toISOString(),
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

function mainOf(wishes: Wishes, failures: readonly string[], start: number, last: number, draw: Draw): string {
  const thread = new Thread(wishes.version, null, draw)
  thread.at(start - 4_000).prompt('Check every claim of the report. ultracode')
  const input = { script: "export const meta = { name: 'research' }" }
  thread.say([start - 300], [{ type: 'tool_use', id: 'toolu_launch', name: 'Workflow', input }], 5_000)
  thread.at(start).result('toolu_launch', `Workflow launched in background. Run ID: ${RUN}`, {
    error: false,
    data: { status: 'async_launched', taskId: 'wpublished', runId: RUN },
  })
  thread.say([start + 40], [{ type: 'text', text: 'Waiting for the workflow.' }], 5_000)
  const { agents, tokens, toolUses, durationMs } = wishes
  const notice = notificationText({
    taskIds: ['wpublished'],
    toolUseId: 'toolu_launch',
    status: 'completed',
    summary: 'Dynamic workflow "research" completed',
    rest: `<failures>${failures.join('\n')}</failures>\n<usage><agent_count>${agents}</agent_count><subagent_tokens>${tokens}</subagent_tokens><tool_uses>${toolUses}</tool_uses><duration_ms>${durationMs}</duration_ms></usage>`,
  })
  thread.at(last + 1).queueOperation('enqueue', { content: notice })
  thread.at(last + 50).queueOperation('dequeue')
  thread.at(last + 60).prompt(notice, { origin: { kind: 'task-notification' } })
  thread.say([last + 4_000], [{ type: 'text', text: 'The workflow is completed.' }], 5_000)
  return thread.text
}
