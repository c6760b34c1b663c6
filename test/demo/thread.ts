import { createHash } from 'node:crypto'
import { type Fields, notificationText, Transcript } from '../records/transcript.ts'

export interface Call {
  readonly id: string
  readonly name: string
  readonly input: Fields
}

/** A notification about a task, as the client words it. */
export interface Notice {
  readonly taskId: string
  readonly toolUseId: string
  readonly status: string
  readonly summary: string
  readonly result: string
  /** Whole elements to put behind the result. */
  readonly more?: string
}

/** The fields of an error record that differ from error to error. */
export interface ErrorRecord {
  readonly text: string
  readonly error: string
  readonly status?: number
}

/** A transcript of the story, with all that client 2.1.220 writes. */
export class DemoTranscript extends Transcript {
  protected override readonly model = 'claude-sonnet-5'
  readonly #agentType: string
  #turns = 0
  #usage: Fields = {}
  /** Where each call was made: its result names that record. */
  readonly #callers = new Map<string, string>()

  /** `id`: null for the session's main thread. */
  constructor(sessionId: string, cwd: string, gitBranch: string, id: string | null, agentType = 'general-purpose') {
    super({ sessionId, agentId: id, cwd, entrypoint: 'cli', version: '2.1.220', gitBranch })
    this.#agentType = agentType
  }

  /** A prompt that a person typed. */
  typePrompt(text: string): this {
    return this.put('user', {
      message: { role: 'user', content: text },
      permissionMode: 'acceptEdits',
      origin: { kind: 'human' },
      promptSource: 'typed',
    })
  }

  /** A message of the model that ends its turn. */
  say(text: string): this {
    return this.#turn([{ type: 'text', text }], 'end_turn')
  }

  /** A message of the model with calls; each block is a record of its own, `betweenMs` apart. */
  calls(text: string, calls: readonly Call[], betweenMs = 40): this {
    return this.#turn([{ type: 'text', text }, ...calls.map((call) => ({ type: 'tool_use', ...call }))], 'tool_use', betweenMs)
  }

  /** What a tool gave back. `data` is the client's own note beside it (`toolUseResult`). */
  answer(callId: string, content: unknown, data?: unknown, error = false): this {
    const caller = this.#callers.get(callId)
    return this.result(callId, content, { error, data, ...(caller !== undefined && { more: { sourceToolAssistantUUID: caller } }) })
  }

  /** A retry of the client's own after a lost connection; it ends nothing. */
  reconnect(attempt: number, of: number): this {
    const message = 'Connection error.'
    return this.put('system', {
      subtype: 'api_error',
      level: 'error',
      error: { message, formatted: message, connection: null, isNetworkDown: false, rateLimits: null },
      retryInMs: 500 * 2 ** attempt,
      retryAttempt: attempt,
      maxRetries: of,
      source: 'request_retry',
    })
  }

  /** The client's word in the place of the model's: the request failed for good. */
  fail({ text, error, status }: ErrorRecord): this {
    const usage = { input_tokens: 0, output_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, service_tier: null }
    return this.error(text, {
      code: error,
      ...(status !== undefined && { status, more: { requestId: `req_${this.#id('request').replaceAll('-', '').slice(0, 20)}` } }),
      message: { container: null, stop_details: null, usage, context_management: null },
    })
  }

  /** A notice that finds the thread idle: it starts a turn. */
  notify(notice: Notice): this {
    const { clock } = this
    this.queue(notice)
    this.at(clock + 8).queueOperation('dequeue')
    return this.at(clock + 14).put('user', {
      message: { role: 'user', content: textOf(notice) },
      origin: { kind: 'task-notification' },
      promptSource: 'system',
    })
  }

  /** A notice that waits until the thread can take it. */
  queue(notice: Notice): this {
    return this.queueOperation('enqueue', { content: textOf(notice) })
  }

  /** A waiting notice goes with the next request of a turn that is under way. */
  absorb(queuedAt: number, notice: Notice): this {
    this.queueOperation('remove', { content: textOf(notice) })
    const timestamp = new Date(queuedAt).toISOString()
    return this.at(queuedAt).put('attachment', {
      attachment: { type: 'queued_command', prompt: textOf(notice), commandMode: 'task-notification', timestamp },
    })
  }

  #turn(blocks: readonly Fields[], stop: string, betweenMs = 0): this {
    const began = this.clock
    this.#turns += 1
    const id = `msg_${this.#id('message').replaceAll('-', '').slice(0, 22)}`
    this.#usage = {
      input_tokens: 4,
      cache_creation_input_tokens: 1_450,
      cache_read_input_tokens: 13_800 + 1_450 * (this.#turns - 1),
      output_tokens: 180 + Math.round(blocks.reduce((sum, block) => sum + JSON.stringify(block).length, 0) / 4),
      service_tier: 'standard',
    }
    const by = this.who.agentId === null ? {} : { attributionAgent: this.#agentType }
    for (const [index, block] of blocks.entries()) {
      this.at(began + index * betweenMs).assistant([block], stop, id, by)
      if (typeof block['id'] === 'string' && this.last !== null) this.#callers.set(block['id'], this.last)
    }
    return this
  }

  protected override message(content: readonly Fields[], stop: string | null, id: string): Fields {
    return { ...super.message(content, stop, id), usage: this.#usage, stop_details: null }
  }

  protected override newUuid(): string {
    return this.#id('record')
  }

  protected override newErrorId(): string {
    return this.#id('message')
  }

  /** A UUID (version 4 by its looks) that follows from the place of the next record. */
  #id(what: string): string {
    const lines = this.text.split('\n').length - 1
    const hex = createHash('sha256')
      .update(`${this.who.sessionId}/${this.who.agentId ?? ''}/${what}/${lines}`)
      .digest('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
  }
}

function textOf({ taskId, toolUseId, status, summary, result, more = '' }: Notice): string {
  return notificationText({ taskIds: [taskId], toolUseId, status, summary: escapeXml(summary), result: escapeXml(result), rest: more })
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
