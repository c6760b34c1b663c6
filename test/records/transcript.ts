/** Fields of a record. */
export type Fields = Readonly<Record<string, unknown>>

/** Day of every story that names no other. */
const DAY = '2026-05-31'
const USAGE = { input_tokens: 1200, cache_creation_input_tokens: 300, cache_read_input_tokens: 4000, output_tokens: 57 }

/** Milliseconds of `10:00:05`, `06-01T10:00:05` or a whole ISO instant. */
export function instant(text: string): number {
  if (/^\d\d:/.test(text)) return Date.parse(`${DAY}T${text}Z`)
  return Date.parse(/^\d\d-/.test(text) ? `2026-${text}Z` : text)
}

export function atLeast(version: string, least: string): boolean {
  const [a, b] = [version, least].map((text) => text.split('.').map(Number))
  for (const index of [0, 1, 2]) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return true
}

/** Whose transcript it is: what every record of it repeats. */
export interface Who {
  readonly sessionId: string
  /** null: the session's main thread. */
  readonly agentId: string | null
  readonly cwd: string
  readonly entrypoint: string
  readonly version: string
  readonly gitBranch?: string
}

export interface ErrorFields {
  readonly code?: string
  readonly status?: number
  readonly type?: string
  readonly detail?: string
  readonly quota?: Fields
  readonly more?: Fields
  /** Of the message within the record. */
  readonly message?: Fields
}

export interface ResultOptions {
  readonly error?: boolean
  readonly data?: unknown
  readonly more?: Fields
}

export interface NotificationFields {
  readonly taskIds: readonly string[]
  readonly toolUseId?: string
  readonly status: string
  readonly summary: string
  readonly note?: string | undefined
  readonly result?: string | undefined
  /** Whole elements behind the result. */
  readonly rest?: string
}

/**
 * Writes one transcript record by record, in the shapes of a version of the client. Every record is chained to the one before, and a
 * second later unless `at` says otherwise. Equal calls give equal bytes; who needs other ids overrides the methods that make them.
 */
export class Transcript {
  readonly who: Who
  clock = instant('10:00:00')
  text = ''
  protected records = 0
  /** The id of the last record of the chain. */
  protected last: string | null = null
  protected readonly model: string = 'claude-sonnet-5-5'
  #tools = 0
  #messages = 0

  constructor(who: Who) {
    this.who = who
  }

  protected newUuid(): string {
    return `00000001-0000-4000-8000-${padded(this.records, 12)}`
  }

  protected newToolId(): string {
    this.#tools += 1
    return `toolu_${padded(this.#tools, 8)}`
  }

  protected newMessageId(): string {
    this.#messages += 1
    return `msg_${padded(this.#messages, 8)}`
  }

  protected newErrorId(): string {
    return `00000000-0000-4000-9000-${padded(1000 + this.records, 12)}`
  }

  /** The time of the next record: milliseconds, or what `instant` reads. */
  at(time: string | number): this {
    this.clock = typeof time === 'number' ? time : instant(time)
    return this
  }

  wait(seconds: number): this {
    this.clock += seconds * 1000
    return this
  }

  /** A line as it stands, without its end. */
  line(text: string): this {
    this.text += `${text}\n`
    return this
  }

  /** The beginning of a line that was never finished. */
  torn(text: string): this {
    this.text += text
    return this
  }

  json(record: Fields): this {
    return this.line(JSON.stringify(record))
  }

  stamp(): string {
    const text = new Date(this.clock).toISOString()
    this.clock += 1000
    return text
  }

  /** A record in the envelope of its version. */
  put(type: string, body: Fields, after: Fields = {}): this {
    this.records += 1
    const uuid = this.newUuid()
    const { who } = this
    const own = who.agentId === null ? {} : { agentId: who.agentId }
    const head = { parentUuid: this.last, isSidechain: who.agentId !== null }
    const place = { cwd: who.cwd, sessionId: who.sessionId, version: who.version, gitBranch: who.gitBranch ?? 'main' }
    const tail = { uuid, timestamp: this.stamp() }
    this.last = uuid
    return atLeast(who.version, '2.1.0')
      ? this.json({ ...head, ...own, type, ...body, ...tail, ...after, userType: 'external', entrypoint: who.entrypoint, ...place })
      : this.json({ ...head, userType: 'external', ...place, ...own, type, ...body, ...tail, ...after })
  }

  prompt(text: string, more: Fields = {}): this {
    return this.put('user', { message: { role: 'user', content: text } }, more)
  }

  assistant(content: readonly Fields[], stop: string | null, id: string = this.newMessageId(), more: Fields = {}): this {
    return this.put('assistant', { message: this.message(content, stop, id) }, more)
  }

  protected message(content: readonly Fields[], stop: string | null, id: string): Fields {
    return { id, type: 'message', role: 'assistant', model: this.model, content, stop_reason: stop, stop_sequence: null, usage: USAGE }
  }

  says(text: string, stop: string | null = 'end_turn'): this {
    return this.assistant([{ type: 'text', text }], stop)
  }

  thinks(stop: string | null, id?: string): this {
    return this.assistant([{ type: 'thinking', thinking: 'Let me see.', signature: 'c2ln' }], stop, id)
  }

  /** A call, with the text before it as a record of its own, as clients stream it. Gives the call's id. */
  call(name: string, input: Fields, text = '', messageId: string = this.newMessageId()): string {
    const id = this.newToolId()
    const streamed = atLeast(this.who.version, '2.1.150') ? 'tool_use' : null
    if (text !== '') this.assistant([{ type: 'text', text }], streamed, messageId)
    this.assistant([{ type: 'tool_use', id, name, input }], 'tool_use', messageId)
    return id
  }

  result(toolUseId: string, content: unknown, options: ResultOptions = {}): this {
    const block = {
      tool_use_id: toolUseId,
      type: 'tool_result',
      content,
      ...(options.error === undefined ? {} : { is_error: options.error }),
    }
    return this.put(
      'user',
      { message: { role: 'user', content: [block] } },
      { ...(options.data === undefined ? {} : { toolUseResult: options.data }), ...options.more },
    )
  }

  bash(command: string, output = 'ok', text = ''): this {
    const id = this.call('Bash', { command, description: 'Run it' }, text)
    return this.result(id, output, { error: false })
  }

  /** The client's own error in the model's place, with the fields that the version writes. */
  error(text: string, fields: ErrorFields = {}): this {
    const { version } = this.who
    const message = {
      id: this.newErrorId(),
      model: '<synthetic>',
      role: 'assistant',
      stop_reason: 'stop_sequence',
      stop_sequence: '',
      type: 'message',
      usage: { input_tokens: 0, output_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 },
      content: [{ type: 'text', text }],
      ...fields.message,
    }
    const newest = atLeast(version, '2.1.329')
    return this.put(
      'assistant',
      { message },
      {
        ...(newest && fields.status !== undefined ? { requestId: 'req_00000001' } : {}),
        ...(fields.detail === undefined ? {} : { apiError: fields.detail }),
        ...(newest && fields.quota !== undefined ? { apiErrorParams: { rate_limit_info: fields.quota } } : {}),
        ...(atLeast(version, '2.1.261') && fields.quota !== undefined
          ? { quotaLimits: { ...fields.quota, unifiedRateLimitFallbackAvailable: false } }
          : {}),
        ...(fields.code === undefined ? {} : { error: fields.code }),
        isApiErrorMessage: true,
        ...(atLeast(version, '2.1.156') && fields.status !== undefined ? { apiErrorStatus: fields.status } : {}),
        ...(newest && fields.type !== undefined ? { apiErrorType: fields.type, madeBy: 'model' } : {}),
        ...fields.more,
      },
    )
  }

  /** A usage limit's refusal; `resetsAt` stands in the structured fields, where the version has them. */
  limit(text: string, type: string, resetsAt: string): this {
    const quota = { status: 'rejected', resetsAt: instant(resetsAt) / 1000, rateLimitType: type, isUsingOverage: false }
    const detail = atLeast(this.who.version, '2.1.329') ? { detail: 'usage_limit_reached' } : {}
    return this.error(text, { code: 'rate_limit', status: 429, type: 'rate_limit_error', quota, ...detail })
  }

  /** The 5-hour limit in the words of the version. */
  fiveHours(resetsAt: string, words: string): this {
    const named = atLeast(this.who.version, '2.1.329') ? '5-hour' : 'session'
    return this.limit(`You've hit your ${named} limit · resets ${words}`, 'five_hour', resetsAt)
  }

  marker(duringTool = false): this {
    const text = duringTool ? '[Request interrupted by user for tool use]' : '[Request interrupted by user]'
    return this.put('user', { message: { role: 'user', content: [{ type: 'text', text }] } })
  }

  retry(attempt: number, of: number, status: number): this {
    const error = { status, message: String(status), formatted: String(status) }
    return this.put('system', { subtype: 'api_error', level: 'error', error, retryInMs: 500, retryAttempt: attempt, maxRetries: of })
  }

  compaction(): this {
    this.put('system', {
      subtype: 'compact_boundary',
      content: 'Conversation compacted',
      isMeta: false,
      level: 'info',
      compactMetadata: { trigger: 'auto', preTokens: 5501 },
    })
    return this.prompt('This session is being continued from a previous conversation that ran out of context.', {
      isVisibleInTranscriptOnly: true,
      isCompactSummary: true,
    })
  }

  nudge(): this {
    const text = atLeast(this.who.version, '2.1.329')
      ? '[structured-output-enforce] Call StructuredOutput now.'
      : 'Stop hook feedback:\nYou did not call StructuredOutput.'
    return this.prompt(text, { isMeta: true })
  }

  /** A record about the queue of what waits for the thread: outside of the chain. */
  queueOperation(operation: string, more: Fields = {}): this {
    return this.json({ type: 'queue-operation', operation, timestamp: this.stamp(), sessionId: this.who.sessionId, ...more })
  }
}

/** A notification about tasks as it stands in transcripts; an empty field is left out. */
export function notificationText({ taskIds, toolUseId = '', status, summary, ...more }: NotificationFields): string {
  const element = (name: string, text = '') => (text === '' ? [] : [`<${name}>${text}</${name}>`])
  const { note, result, rest = '' } = more
  return [
    '<task-notification>',
    ...taskIds.map((id) => `<task-id>${id}</task-id>`),
    ...element('tool-use-id', toolUseId),
    ...element('status', status),
    ...element('summary', summary),
    ...element('note', note),
    ...element('result', result),
    ...(rest === '' ? [] : [rest]),
    '</task-notification>',
  ].join('\n')
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, '0')
}
