import { createHash } from 'node:crypto'

/** The status of an agent as CodeWhale writes it: a bare word, or one with a text below it. */
export type WrittenStatus = string | Readonly<Record<string, string>>

const START = Date.parse('2026-05-31T10:00:00.000Z')
const MINUTE = 60_000

/** An agent's entry in the document of a workspace, in the shapes of CodeWhale 0.9.11 unless it is told otherwise. */
export class AgentState {
  readonly id: string
  readonly #messages: object[] = []
  readonly #fields: Record<string, unknown>
  #checkpoint: Record<string, unknown> | null = null
  #worker: Record<string, unknown> | null = null
  #calls = 0

  constructor(
    id: string,
    prompt: string,
    { minute = 0, workspace = '/home/dev/app' }: { minute?: number; workspace?: string | null } = {},
  ) {
    this.id = id
    this.#fields = {
      id,
      session_name: id,
      fork_context: false,
      ...(workspace !== null && { workspace }),
      agent_type: 'builder',
      prompt,
      assignment: { objective: prompt, role: 'builder' },
      model: 'deepseek-v4-flash',
      status: 'Running',
      result: null,
      steps_taken: 0,
      duration_ms: 5 * MINUTE,
      allowed_tools: [],
      updated_at_ms: START + (minute + 5) * MINUTE,
      session_boot_id: 'boot_1',
      owner_session_id: '5b0c6f6e-1111-4222-8333-000000000001',
    }
    this.#messages.push({
      role: 'user',
      content: [{ type: 'text', text: `Assignment metadata:\n- objective: ${prompt}\n\nTask:\n${prompt}` }],
    })
  }

  says(text: string): this {
    this.#messages.push({ role: 'assistant', content: [{ type: 'text', text }] })
    return this
  }

  calls(name: string, input: object): string {
    this.#calls += 1
    const id = `toolu_${this.id}_${this.#calls}`
    this.#messages.push({ role: 'assistant', content: [{ type: 'tool_use', id, name, input }] })
    return id
  }

  answers(id: string, content: string): this {
    this.#messages.push({ role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content }] })
    return this
  }

  does(name: string, input: object, answer = 'ok'): this {
    return this.answers(this.calls(name, input), answer)
  }

  /** What the client keeps of it after a step, which is before its end. */
  keeps(reason: string, { continuable = true, minute = 4, ...more }: Readonly<Record<string, unknown>> = {}): this {
    const steps = Math.max(1, this.#calls)
    const at = START + Number(minute) * MINUTE
    const checkpoint = `${this.id}:step:${steps}:ts:${at}`
    this.#checkpoint = {
      checkpoint_id: checkpoint,
      agent_id: this.id,
      continuation_handle: `agent:${this.id}:checkpoint:${checkpoint}`,
      reason,
      continuable,
      steps_taken: steps,
      message_count: this.#messages.length,
      created_at_ms: at,
      messages: [...this.#messages],
      ...more,
    }
    return this
  }

  is(status: WrittenStatus, more: Readonly<Record<string, unknown>> = {}): this {
    Object.assign(this.#fields, { status, ...more })
    return this
  }

  /** Leaves out what a version did not write. */
  without(...names: readonly string[]): this {
    for (const name of names) delete this.#fields[name]
    return this
  }

  worker(more: Readonly<Record<string, unknown>> = {}, spec: Readonly<Record<string, unknown>> = {}): this {
    this.#worker = {
      spec: { worker_id: this.id, run_id: this.id, spawn_depth: 1, workspace: this.#fields['workspace'], ...spec },
      status: 'running',
      created_at_ms: START,
      started_at_ms: START,
      updated_at_ms: START + 4 * MINUTE,
      events: [{ seq: 1, status: 'running', timestamp_ms: START + MINUTE }],
      ...more,
    }
    return this
  }

  get entry(): object {
    return { ...this.#fields, ...(this.#checkpoint !== null && { checkpoint: this.#checkpoint }) }
  }

  get workers(): readonly object[] {
    return this.#worker === null ? [] : [this.#worker]
  }

  /** The file that holds its whole conversation, by its path below the folder of the document. */
  get conversation(): { readonly path: string; readonly text: string } {
    const lines = [
      { kind: 'subagent_transcript_header', schema_version: 1, agent_id: this.id },
      ...this.#messages.map((message, index) => ({ kind: 'message', index, message })),
    ]
    const path = `subagent-transcripts/${createHash('sha256').update(this.id).digest('hex')}.jsonl`
    return { path, text: lines.map((line) => `${JSON.stringify(line)}\n`).join('') }
  }
}

/** The document of a workspace. */
export function stateDocument(agents: readonly AgentState[], more: object = { snapshot_sequence: 12 }): string {
  const workers = agents.flatMap((agent) => agent.workers)
  return `${JSON.stringify({ schema_version: 1, ...more, agents: agents.map(({ entry }) => entry), ...(workers.length > 0 && { workers }) }, null, 2)}\n`
}

/** Where it lies in a workspace, and where the product wrote it under its first name. */
export const STATE = '.codewhale/state'
export const OLD_STATE = '.deepseek/state'
