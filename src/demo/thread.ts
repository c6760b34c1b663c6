import { createHash } from 'node:crypto'
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** A record of a transcript, or a part of one. */
export type Fields = Readonly<Record<string, unknown>>

/** What every record of a transcript repeats. */
const REPEATED = ['isSidechain', 'agentId', 'userType', 'entrypoint', 'cwd', 'sessionId', 'version', 'gitBranch'] as const
/** Between one record and the next. Milliseconds. */
const STEP_MS = 700

/** Goes on with a transcript as the client does, record by record; nothing is on the disk before it is saved. */
export class DemoThread {
  readonly #path: string
  readonly #repeated: Fields
  #parent: string | null
  #at: number
  #added = ''

  /** `at`: of the next record. Milliseconds since the epoch. */
  private constructor(path: string, repeated: Fields, parent: string | null, at: number) {
    this.#path = path
    this.#repeated = repeated
    this.#parent = parent
    this.#at = at
  }

  /** Goes on with one that is there. */
  static resume(path: string, at: number): DemoThread {
    const records = readRecords(path)
    const last = records.findLast(({ uuid }) => typeof uuid === 'string')
    return new DemoThread(path, pick(last ?? {}), typeof last?.['uuid'] === 'string' ? last['uuid'] : null, at)
  }

  /** Begins one beside another, as somebody else's: `own` is what differs. */
  static begin(path: string, like: string, own: Fields, at: number): DemoThread {
    const { agentId: _, ...shared } = pick(readRecords(like).find(({ cwd }) => typeof cwd === 'string') ?? {})
    return new DemoThread(path, { ...shared, ...own }, null, at)
  }

  prompt(content: string, more: Fields = {}): this {
    return this.#put('user', { message: { role: 'user', content } }, more)
  }

  /** A message of the model that ends its turn. */
  say(text: string): this {
    return this.#answer([{ type: 'text', text }], 'end_turn')
  }

  /** A message of the model with calls, each a record of its own, and what came back. */
  call(name: string, calls: readonly { readonly input: Fields; readonly result: string; readonly data?: Fields }[]): readonly string[] {
    const ids = calls.map((_, index) => `toolu_${this.#id(`call ${index}`).slice(0, 20)}`)
    for (const [index, { input }] of calls.entries()) this.#answer([{ type: 'tool_use', id: ids[index], name, input }], 'tool_use')
    for (const [index, { result, data }] of calls.entries()) {
      const block = { tool_use_id: ids[index], type: 'tool_result', content: [{ type: 'text', text: result }], is_error: false }
      this.#put('user', { message: { role: 'user', content: [block] } }, data === undefined ? {} : { toolUseResult: data })
    }
    return ids
  }

  /** The client tells that a task is over; that starts a turn. */
  notify(taskId: string, toolUseId: string, summary: string, result: string): this {
    const tags = { 'task-id': taskId, 'tool-use-id': toolUseId, status: 'completed', summary, result }
    const lines = Object.entries(tags).map(([tag, text]) => `<${tag}>${text}</${tag}>`)
    const content = `<task-notification>\n${lines.join('\n')}\n</task-notification>`
    for (const rest of [{ operation: 'enqueue', content }, { operation: 'dequeue' }])
      this.#line({ type: 'queue-operation', ...rest, timestamp: this.#stamp(), sessionId: this.#repeated['sessionId'] })
    return this.prompt(content, { origin: { kind: 'task-notification' }, promptSource: 'system' })
  }

  /** Puts all of it on the disk at once. */
  save(): void {
    mkdirSync(dirname(this.#path), { recursive: true })
    appendFileSync(this.#path, this.#added)
    this.#added = ''
  }

  #answer(content: readonly Fields[], stop: string): this {
    const usage = { input_tokens: 4, cache_creation_input_tokens: 900, cache_read_input_tokens: 15_000, output_tokens: 120 }
    const id = `msg_${this.#id('message').slice(0, 22)}`
    const message = { id, type: 'message', role: 'assistant', model: MODEL, content, stop_reason: stop, stop_sequence: null, usage }
    return this.#put('assistant', { message }, {})
  }

  #put(type: string, body: Fields, more: Fields): this {
    const hex = this.#id(type)
    const uuid = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(12, 15)}`, `a${hex.slice(15, 18)}`, hex.slice(18, 30)].join('-')
    this.#line({ parentUuid: this.#parent, type, ...body, uuid, timestamp: this.#stamp(), ...more, ...this.#repeated })
    this.#parent = uuid
    return this
  }

  #line(record: Fields): void {
    this.#added += `${JSON.stringify(record)}\n`
  }

  #stamp(): string {
    const at = this.#at
    this.#at += STEP_MS
    return new Date(at).toISOString()
  }

  /** Another one for each record, whoever runs this. */
  #id(what: string): string {
    return createHash('sha256')
      .update(`${this.#path}\n${this.#parent ?? ''}\n${this.#at}\n${what}`)
      .digest('hex')
  }
}

const MODEL = 'claude-sonnet-5'

function pick(record: Fields): Fields {
  return Object.fromEntries(REPEATED.flatMap((key) => (key in record ? [[key, record[key]] as const] : [])))
}

function readRecords(path: string): readonly Fields[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Fields)
}
