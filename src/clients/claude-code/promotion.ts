import { isObject, type JsonObject } from '../../text/json.ts'
import { RecentIds } from '../../text/recent-ids.ts'
import type { Promotion, PromotionSurvey, RawRecord } from '../recovery.ts'

/** Records that make up a session; everything else in a transcript keeps the client's books. */
const KEPT: ReadonlySet<string> = new Set(['user', 'assistant', 'attachment', 'system'])
/** How far apart a record and its parent may stand, how many records that were left out may still be named, and how long one list is. */
const REMEMBERED = 50_000
const MAX_DEPTH = 200

interface Survey extends PromotionSurvey {
  /** The lines of the records to leave out. */
  readonly leaveOut: ReadonlySet<number>
  /** Parents that stand nowhere in the transcript: on a line that cannot be read, or in another file (2.0.76). */
  readonly lostParents: ReadonlySet<string>
}

/** An agent's transcript as a session of its own: the agent's records as a main thread's, with uuids kept. */
export function createPromotion(): Promotion {
  const findings = new Findings()
  let writer: SessionWriter | undefined
  return {
    idOf: (raw) => textOf(raw['uuid']),
    survey: (record) => findings.add(record),
    finish() {
      const survey = findings.finish()
      writer = new SessionWriter(survey)
      return survey
    },
    rewrite: (record, sessionId) => writer?.rewrite(record, sessionId) ?? null,
  }
}

/** Whether a record belongs to the conversation. */
function isKept(raw: RawRecord['raw']): boolean {
  return typeof raw['type'] === 'string' && KEPT.has(raw['type']) && depthIsSane(raw)
}

interface Message {
  readonly id: string
  readonly thoughtLines: number[]
  readonly callIds: string[]
  says: boolean
}

class Findings {
  readonly #leaveOut = new Set<number>()
  readonly #open = new Map<string, { readonly name: string; readonly message: Message }>()
  readonly #answered = new RecentIds(REMEMBERED)
  readonly #answeredEarly = new Set<string>()
  readonly #seen = new RecentIds(REMEMBERED)
  readonly #lostParents = new Set<string>()
  #errors = 0
  #isFork = false
  #markers: number[] = []
  #message: Message | null = null

  add({ line, raw }: RawRecord): void {
    if (raw['type'] === 'fork-context-ref') this.#isFork = true
    this.#seeParent(raw)
    if (!isKept(raw)) return
    if (raw['isApiErrorMessage'] === true) {
      this.#leaveOut.add(line)
      this.#errors += 1
    } else if (raw['type'] === 'assistant') this.#addTurn(line, raw)
    else if (raw['type'] === 'user') this.#addAnswer(line, raw)
  }

  #seeParent(raw: RawRecord['raw']): void {
    const uuid = textOf(raw['uuid'])
    const parent = textOf(raw['parentUuid'])
    if (parent !== null && !this.#seen.has(parent) && this.#lostParents.size < REMEMBERED) this.#lostParents.add(parent)
    if (uuid === null) return
    this.#seen.add(uuid)
    this.#lostParents.delete(uuid)
  }

  #addTurn(line: number, raw: RawRecord['raw']): void {
    this.#markers = []
    const id = textOf(messageOf(raw)['id']) ?? `line ${line}`
    if (this.#message?.id !== id) this.#message = { id, thoughtLines: [], callIds: [], says: false }
    const message = this.#message
    const blocks = blocksOf(raw)
    for (const block of blocks) {
      if (block['type'] === 'tool_use' && typeof block['id'] === 'string') this.#addCall(block['id'], textOf(block['name']) ?? '', message)
      else if (!isThought(block)) message.says = true
    }
    if (blocks.length > 0 && blocks.every(isThought)) message.thoughtLines.push(line)
  }

  #addCall(id: string, name: string, message: Message): void {
    if (this.#answeredEarly.delete(id)) {
      this.#answered.add(id)
      message.says = true
      return
    }
    message.callIds.push(id)
    this.#open.set(id, { name, message })
  }

  #addAnswer(line: number, raw: RawRecord['raw']): void {
    const results = blocksOf(raw).filter((block) => block['type'] === 'tool_result')
    for (const { tool_use_id: id } of results) {
      if (typeof id === 'string') this.#addResult(id)
    }
    if (results.length === 0 && isMarker(raw)) this.#markers.push(line)
    else this.#markers = []
    // A thought with nothing behind it is only looked for where the transcript ends.
    if (results.length > 0) this.#message = null
  }

  #addResult(id: string): void {
    const call = this.#open.get(id)
    if (call !== undefined) {
      call.message.says = true
      this.#open.delete(id)
      this.#answered.add(id)
    } else if (!this.#answered.has(id) && this.#answeredEarly.size < REMEMBERED) this.#answeredEarly.add(id)
  }

  finish(): Survey {
    for (const line of this.#markers) this.#leaveOut.add(line)
    const unfinished = new Set([...this.#open.values()].map((call) => call.message))
    if (this.#message !== null && this.#message.callIds.length === 0) unfinished.add(this.#message)
    let thoughts = 0
    for (const { says, thoughtLines } of unfinished) {
      if (says) continue
      for (const line of thoughtLines) this.#leaveOut.add(line)
      thoughts += thoughtLines.length
    }
    return {
      leaveOut: this.#leaveOut,
      openCalls: new Map([...this.#open].map(([id, { name }]) => [id, name])),
      lostCalls: this.#answeredEarly,
      lostParents: this.#lostParents,
      isFork: this.#isFork,
      errors: this.#errors,
      markers: this.#markers.length,
      thoughts,
    }
  }
}

function isThought(block: JsonObject): boolean {
  return block['type'] === 'thinking' || block['type'] === 'redacted_thinking'
}

/** The blocks of a message; a text alone has none. */
function blocksOf(raw: RawRecord['raw']): readonly JsonObject[] {
  const content = messageOf(raw)['content']
  return Array.isArray(content) ? content.filter(isObject) : []
}

function messageOf(raw: RawRecord['raw']): JsonObject {
  return isObject(raw['message']) ? raw['message'] : {}
}

/** What the client writes where a person, a stop or its own exit interrupted (2.0.60 to 2.1.329). */
function isMarker(raw: RawRecord['raw']): boolean {
  const { content } = messageOf(raw)
  const blocks = blocksOf(raw)
  const text = typeof content === 'string' ? content : blocks.length === 1 ? blocks[0]?.['text'] : undefined
  return typeof text === 'string' && /^\[Request interrupted by user(?: for tool use)?\]$/.test(text)
}

/** The text of a field that should hold one. */
function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** JSON.stringify recurses: what nests deeper than any client writes is left out. */
function depthIsSane(value: unknown, depth = 0): boolean {
  if (depth > MAX_DEPTH) return false
  if (Array.isArray(value)) return value.every((item) => depthIsSane(item, depth + 1))
  return !isObject(value) || Object.values(value).every((item) => depthIsSane(item, depth + 1))
}

/** Writes what a survey leaves. Where a record is left out, its children hang on its parent. */
class SessionWriter {
  readonly #survey: Survey
  /** By uuid: the parent of a record that was left out. */
  readonly #heirs = new Map<string, string | null>()
  #last: string | null = null

  constructor(survey: Survey) {
    this.#survey = survey
  }

  rewrite({ line, raw }: RawRecord, sessionId: string): string | null {
    const uuid = textOf(raw['uuid'])
    const parent = this.#parentOf(textOf(raw['parentUuid']))
    const record = isKept(raw) && !this.#survey.leaveOut.has(line) ? dropHalves(raw, this.#survey) : null
    if (record === null) {
      if (uuid !== null) this.#remember(uuid, parent)
      return null
    }
    const { agentId: _agent, ...rest } = record
    this.#last = uuid ?? this.#last
    return JSON.stringify({ ...rest, parentUuid: parent, isSidechain: false, sessionId })
  }

  #parentOf(uuid: string | null): string | null {
    if (uuid === null) return null
    if (this.#survey.lostParents.has(uuid)) return this.#last
    let parent: string | null = uuid
    for (let step = 0; parent !== null && step < REMEMBERED; step += 1) {
      const next: string | null | undefined = this.#heirs.get(parent)
      if (next === undefined) return parent
      parent = next
    }
    return parent
  }

  #remember(uuid: string, parent: string | null): void {
    this.#heirs.set(uuid, parent)
    const [oldest] = this.#heirs.keys()
    if (this.#heirs.size > REMEMBERED && oldest !== undefined) this.#heirs.delete(oldest)
  }
}

/** The record without calls that nothing answered, and without answers whose call is lost; null: nothing is left of it. */
function dropHalves(raw: RawRecord['raw'], { openCalls, lostCalls }: Survey): RawRecord['raw'] | null {
  if (openCalls.size === 0 && lostCalls.size === 0) return raw
  const blocks = blocksOf(raw)
  const left = blocks.filter(
    (block) =>
      !(block['type'] === 'tool_use' && openCalls.has(textOf(block['id']) ?? '')) &&
      !(block['type'] === 'tool_result' && lostCalls.has(textOf(block['tool_use_id']) ?? '')),
  )
  if (left.length === blocks.length) return raw
  if (left.length === 0) return null
  return { ...raw, message: { ...(raw['message'] as Record<string, unknown>), content: left } }
}
