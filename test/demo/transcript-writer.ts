import { createHash } from 'node:crypto'

/** Whose transcript it is, and what every record of it repeats. */
export interface ThreadHeader {
  readonly sessionId: string
  readonly cwd: string
  readonly gitBranch: string
  /** The client's version. The shapes are those of 2.1.220. */
  readonly version: string
  readonly model: string
  /** null: the session's main thread. */
  readonly agent: { readonly id: string; readonly type: string } | null
}

export interface Call {
  readonly id: string
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
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

type Json = Readonly<Record<string, unknown>>

/**
 * Writes one transcript as the client does: a line for each record, every record chained to the one before. Instants are
 * milliseconds since the epoch. Equal calls give equal bytes.
 */
export class TranscriptWriter {
  readonly #header: ThreadHeader
  readonly #lines: string[] = []
  #parent: string | null = null
  #turns = 0
  #lastAt = 0
  /** Where each call was made: its result names that record. */
  readonly #callers = new Map<string, string>()

  constructor(header: ThreadHeader) {
    this.#header = header
  }

  /** The transcript so far. */
  get text(): string {
    return this.#lines.map((line) => `${line}\n`).join('')
  }

  /** The time of the last record. */
  get lastAt(): number {
    return this.#lastAt
  }

  /** What the thread is to do: typed by a person, or given by the parent. */
  prompt(at: number, text: string): this {
    const typed = { permissionMode: 'acceptEdits', origin: { kind: 'human' }, promptSource: 'typed' }
    return this.#chained(at, { type: 'user', message: { role: 'user', content: text }, ...(this.#header.agent === null && typed) })
  }

  /** A message of the model that ends its turn. */
  say(at: number, text: string, stopReason = 'end_turn'): this {
    return this.#message(at, [{ type: 'text', text }], stopReason)
  }

  /** A message of the model with calls; each block is a record of its own, `betweenMs` apart. */
  call(at: number, text: string, calls: readonly Call[], betweenMs = 40): this {
    const blocks = calls.map(({ id, name, input }) => ({ type: 'tool_use', id, name, input }))
    return this.#message(at, [{ type: 'text', text }, ...blocks], 'tool_use', betweenMs)
  }

  /** What a tool gave back. `data` is the client's own note beside it (`toolUseResult`). */
  result(at: number, callId: string, content: unknown, data?: unknown, isError = false): this {
    return this.#chained(at, {
      type: 'user',
      message: { role: 'user', content: [{ tool_use_id: callId, type: 'tool_result', content, is_error: isError }] },
      ...(data !== undefined && { toolUseResult: data }),
      ...(this.#callers.has(callId) && { sourceToolAssistantUUID: this.#callers.get(callId) }),
    })
  }

  /** A retry of the client's own; it ends nothing. */
  retry(at: number, attempt: number, of: number, message: string): this {
    return this.#chained(at, {
      type: 'system',
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
  fail(at: number, { text, error, status }: ErrorRecord): this {
    return this.#chained(at, {
      type: 'assistant',
      message: {
        id: this.#id('message', this.#lines.length),
        container: null,
        model: '<synthetic>',
        role: 'assistant',
        stop_details: null,
        stop_reason: 'stop_sequence',
        stop_sequence: '',
        type: 'message',
        usage: { input_tokens: 0, output_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, service_tier: null },
        content: [{ type: 'text', text }],
        context_management: null,
      },
      ...(status !== undefined && { requestId: `req_${this.#id('request', this.#lines.length).replaceAll('-', '').slice(0, 20)}` }),
      error,
      isApiErrorMessage: true,
      ...(status !== undefined && { apiErrorStatus: status }),
    })
  }

  /** A notice that finds the thread idle: it starts a turn. */
  notify(at: number, notice: Notice): this {
    this.queue(at, notice)
    this.#loose({ type: 'queue-operation', operation: 'dequeue', timestamp: iso(at + 8), sessionId: this.#header.sessionId })
    return this.#chained(at + 14, {
      type: 'user',
      message: { role: 'user', content: noticeText(notice) },
      origin: { kind: 'task-notification' },
      promptSource: 'system',
    })
  }

  /** A notice that waits until the thread can take it. */
  queue(at: number, notice: Notice): this {
    return this.#operate('enqueue', at, notice)
  }

  /** A waiting notice goes with the next request of a turn that is under way. */
  absorb(at: number, queuedAt: number, notice: Notice): this {
    this.#operate('remove', at, notice)
    const attachment = { type: 'queued_command', prompt: noticeText(notice), commandMode: 'task-notification', timestamp: iso(queuedAt) }
    return this.#chained(queuedAt, { attachment, type: 'attachment' })
  }

  /** A record that only keeps the books: outside of the chain, without a time. */
  bookkeeping(record: Json): this {
    return this.#loose({ ...record, sessionId: this.#header.sessionId })
  }

  #operate(operation: string, at: number, notice: Notice): this {
    return this.#loose({
      type: 'queue-operation',
      operation,
      timestamp: iso(at),
      sessionId: this.#header.sessionId,
      content: noticeText(notice),
    })
  }

  #message(at: number, blocks: readonly Json[], stopReason: string, betweenMs = 0): this {
    this.#turns += 1
    const id = `msg_${this.#id('message', this.#lines.length).replaceAll('-', '').slice(0, 22)}`
    const usage = {
      input_tokens: 4,
      cache_creation_input_tokens: 1_450,
      cache_read_input_tokens: 13_800 + 1_450 * (this.#turns - 1),
      output_tokens: 180 + Math.round(blocks.reduce((sum, block) => sum + JSON.stringify(block).length, 0) / 4),
      service_tier: 'standard',
    }
    for (const [index, block] of blocks.entries()) {
      this.#chained(at + index * betweenMs, {
        message: {
          id,
          type: 'message',
          role: 'assistant',
          model: this.#header.model,
          content: [block],
          stop_reason: stopReason,
          stop_sequence: null,
          usage,
          stop_details: null,
        },
        ...(this.#header.agent !== null && { attributionAgent: this.#header.agent.type }),
        type: 'assistant',
      })
      if (typeof block['id'] === 'string' && this.#parent !== null) this.#callers.set(block['id'], this.#parent)
    }
    return this
  }

  #chained(at: number, record: Json): this {
    const { sessionId, cwd, gitBranch, version, agent } = this.#header
    const uuid = this.#id('record', this.#lines.length)
    this.#lastAt = Math.max(this.#lastAt, at)
    this.#loose({
      parentUuid: this.#parent,
      isSidechain: agent !== null,
      ...(agent !== null && { agentId: agent.id }),
      ...record,
      uuid,
      timestamp: iso(at),
      userType: 'external',
      entrypoint: 'cli',
      cwd,
      sessionId,
      version,
      gitBranch,
    })
    this.#parent = uuid
    return this
  }

  #loose(record: Json): this {
    this.#lines.push(JSON.stringify(record))
    return this
  }

  #id(what: string, index: number): string {
    return uuidOf(`${this.#header.sessionId}/${this.#header.agent?.id ?? ''}/${what}/${index}`)
  }
}

/** A notification's text as it stands in transcripts. */
function noticeText({ taskId, toolUseId, status, summary, result, more = '' }: Notice): string {
  return [
    '<task-notification>',
    `<task-id>${taskId}</task-id>`,
    `<tool-use-id>${toolUseId}</tool-use-id>`,
    `<status>${status}</status>`,
    `<summary>${escapeXml(summary)}</summary>`,
    `<result>${escapeXml(result)}</result>`,
    ...(more === '' ? [] : [more]),
    '</task-notification>',
  ].join('\n')
}

/** A UUID (version 4 by its looks) that follows from a seed. */
function uuidOf(seed: string): string {
  const hex = createHash('sha256').update(seed).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
