import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { formatInstant } from '../../src/time/instant.ts'

/** A thread as its first line tells of it. `parent`: the thread that spawned it. */
export interface Thread {
  readonly id: string
  readonly version?: string
  readonly parent?: Thread
  readonly role?: string
  /** Versions before paginated history name no session. */
  readonly namesSession?: boolean
  readonly cwd?: string
}

const START = Date.parse('2026-05-31T10:00:00.000Z')
const STEP_MS = 1_000

/** A made-up id that names a thread; they sort as they are numbered. */
export const threadId = (number: number): string => `019e0000-0000-7000-8000-${String(number).padStart(12, '0')}`

function rootOf(thread: Thread): Thread {
  return thread.parent === undefined ? thread : rootOf(thread.parent)
}

function depthOf(thread: Thread): number {
  return thread.parent === undefined ? 0 : depthOf(thread.parent) + 1
}

/** One rollout, line by line, in the shapes that Codex 0.171.0 writes. Each line comes a second after the one before. */
export class Rollout {
  readonly lines: string[] = []
  readonly thread: Thread
  readonly #startedAt: number
  #at: number
  #calls = 0

  constructor(thread: Thread, startsAfterMs = 0) {
    this.thread = thread
    this.#at = START + startsAfterMs
    this.#startedAt = this.#at
    const { id, parent, role = null, version = '0.171.0', namesSession = true, cwd = '/home/dev/app' } = thread
    const spawn = { parent_thread_id: parent?.id, depth: depthOf(thread), agent_path: null, agent_nickname: 'Ada', agent_role: role }
    this.line('session_meta', {
      ...(namesSession && { session_id: rootOf(thread).id }),
      id,
      ...(parent !== undefined && { parent_thread_id: parent.id }),
      timestamp: formatInstant(this.#at),
      cwd,
      originator: 'codex_exec',
      cli_version: version,
      source: parent === undefined ? 'exec' : { subagent: { thread_spawn: spawn } },
      thread_source: parent === undefined ? 'user' : 'subagent',
      git: { branch: 'main' },
    })
  }

  get path(): string {
    const stamp = formatInstant(this.#startedAt).slice(0, 19).replaceAll(':', '-')
    return `sessions/2026/05/31/rollout-${stamp}-${this.thread.id}.jsonl`
  }

  get text(): string {
    return this.lines.map((line) => `${line}\n`).join('')
  }

  /** The clock stands still until then. */
  waits(ms: number): this {
    this.#at += ms
    return this
  }

  line(type: string, payload: object): this {
    this.lines.push(JSON.stringify({ timestamp: formatInstant(this.#at), ordinal: this.lines.length, type, payload }))
    this.#at += STEP_MS
    return this
  }

  event(type: string, more: object = {}): this {
    return this.line('event_msg', { type, ...more })
  }

  item(type: string, more: object): this {
    return this.line('response_item', { type, ...more })
  }

  begins(): this {
    const { cwd = '/home/dev/app' } = this.thread
    return this.event('task_started', { turn_id: 'turn-1' }).line('turn_context', { cwd, model: 'gpt-5.1-codex', approval_policy: 'never' })
  }

  user(text: string, kind: string): this {
    return this.item('message', {
      role: 'user',
      content: [{ type: 'input_text', text }],
      internal_chat_message_metadata_passthrough: { content_item_kinds: [kind] },
    })
  }

  /** What a turn begins with: the surroundings, which nobody typed, then the words themselves. */
  prompt(text: string): this {
    return this.begins()
      .user('<environment_context>\n  <cwd>/home/dev/app</cwd>\n</environment_context>', 'environments.environment_context')
      .user(text, 'user.text')
  }

  says(text: string): this {
    return this.item('message', { role: 'assistant', content: [{ type: 'output_text', text }] })
  }

  calls(name: string, input: object): string {
    this.#calls += 1
    const id = `call_${this.#calls}`
    this.item('function_call', { name, arguments: JSON.stringify(input), call_id: id })
    return id
  }

  answers(id: string, output: string): this {
    return this.item('function_call_output', { call_id: id, output })
  }

  runs(cmd: string, code = 0): this {
    const id = this.calls('exec_command', { cmd })
    return this.answers(id, `Chunk ID: 1ba832\nWall time: 0.0000 seconds\nProcess exited with code ${code}\nOutput:\n`)
  }

  spawns(child: Thread, message: string): this {
    const id = this.calls('spawn_agent', { message })
    return this.answers(id, JSON.stringify({ agent_id: child.id, nickname: 'Ada' }))
  }

  notice(child: Thread, status: object | string): this {
    const text = JSON.stringify({ agent_path: child.id, status })
    return this.user(`<subagent_notification>\n${text}\n</subagent_notification>`, 'multi_agent.subagent_notification')
  }

  /** `primary`, `secondary`: used per cent. */
  counts({ input = 100, cached = 0, output = 20, primary = 12, secondary = 30, more = {} } = {}): this {
    const usage = { input_tokens: input, cached_input_tokens: cached, output_tokens: output, total_tokens: input + output }
    const epoch = (hours: number): number => Math.floor((START + hours * 3_600_000) / 1_000)
    return this.event('token_count', {
      info: { total_token_usage: usage, last_token_usage: usage, model_context_window: 258_400 },
      rate_limits: {
        primary: { used_percent: primary, window_minutes: 300, resets_at: epoch(2) },
        secondary: { used_percent: secondary, window_minutes: 10_080, resets_at: epoch(50) },
      },
      ...more,
    })
  }

  ends(text: string): this {
    return this.says(text).counts().event('task_complete', { turn_id: 'turn-1', last_agent_message: text })
  }

  fails(info: unknown, message: string): this {
    return this.event('task_complete', { turn_id: 'turn-1', last_agent_message: null, error: { message, codex_error_info: info } })
  }

  aborted(reason = 'interrupted'): this {
    return this.user('<turn_aborted>\nThe user interrupted the previous turn on purpose.\n</turn_aborted>', 'generic.turn_aborted').event(
      'turn_aborted',
      {
        turn_id: 'turn-1',
        reason,
      },
    )
  }
}

/** Writes rollouts below a home. */
export function writeRollouts(home: string, rollouts: readonly Pick<Rollout, 'path' | 'text'>[]): void {
  for (const { path, text } of rollouts) {
    mkdirSync(dirname(join(home, path)), { recursive: true })
    writeFileSync(join(home, path), text)
  }
}

/** What the client says of a usage limit (0.171.0). */
export const LIMIT_WORDS = 'You’ve hit your usage limit. Upgrade to Pro, or try again at 12:00 PM.'
