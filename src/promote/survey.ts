import type { OpenFile } from '../ports/host.ts'
import type { TranscriptFormat } from '../clients/client.ts'
import { readLines } from '../transcript/read-lines.ts'

/** Records that make up a session; everything else in a transcript keeps the client's books. */
const KEPT: ReadonlySet<string> = new Set(['user', 'assistant', 'attachment', 'system'])
/** How far apart a record and its parent may stand, and how many lines one list of the survey holds. */
const REMEMBERED = 50_000
const MAX_DEPTH = 200

/** A line of a transcript, parsed, that a session would hold. */
export interface RawRecord {
  readonly line: number
  readonly raw: Readonly<Record<string, unknown>>
}

/** What keeps the client or the API from going on with a transcript, by lines; found in a first pass. */
export interface Survey {
  /** Records to leave out whole: errors, trailing interrupt markers, thoughts that led to nothing. */
  readonly leaveOut: ReadonlySet<number>
  /** Calls that nothing answered, by id. */
  readonly openCalls: ReadonlyMap<string, string>
  /** Calls that were answered and stand nowhere, by id: on a line that cannot be read. */
  readonly lostCalls: ReadonlySet<string>
  /** Parents that stand nowhere in the transcript: on a line that cannot be read, or in another file (2.0.76). */
  readonly lostParents: ReadonlySet<string>
  /** A fork's history stands elsewhere. */
  readonly isFork: boolean
  readonly errors: number
  readonly markers: number
  readonly thoughts: number
  readonly damagedLines: number
}

interface Message {
  readonly id: string
  readonly thoughtLines: number[]
  readonly callIds: string[]
  says: boolean
}

/**
 * Every record of a transcript that a session would hold, each once: the client knows them by their uuids. Damaged lines are
 * told through `onDamage`.
 */
export async function* rawRecords(
  file: OpenFile,
  format: TranscriptFormat,
  onDamage: (line: number) => void = () => {},
): AsyncGenerator<RawRecord> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const seen = new Recent()
  for await (const line of readLines(file.chunks())) {
    if (line.kind === 'oversized') {
      onDamage(line.line)
      continue
    }
    if (line.bytes.length === 0 || format.isSkippable(line.bytes)) continue
    let raw: unknown
    try {
      raw = JSON.parse(decoder.decode(line.bytes))
    } catch {
      onDamage(line.line)
      continue
    }
    if (!isObject(raw)) continue
    const uuid = textOf(raw['uuid'])
    if (uuid !== null && seen.has(uuid)) continue
    if (uuid !== null) seen.add(uuid)
    yield { line: line.line, raw }
  }
}

/** Whether a record belongs to the conversation. */
export function isKept(raw: RawRecord['raw']): boolean {
  return typeof raw['type'] === 'string' && KEPT.has(raw['type']) && depthIsSane(raw)
}

/** Reads a transcript once and says what has to be mended. Memory does not grow with the file. */
export async function survey(file: OpenFile, format: TranscriptFormat): Promise<Survey> {
  const found = new Findings()
  let damagedLines = 0
  for await (const record of rawRecords(file, format, () => (damagedLines += 1))) found.add(record)
  return { ...found.finish(), damagedLines }
}

class Findings {
  readonly #leaveOut = new Set<number>()
  readonly #open = new Map<string, { readonly name: string; readonly message: Message }>()
  readonly #answered = new Recent()
  readonly #answeredEarly = new Set<string>()
  readonly #seen = new Recent()
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

  finish(): Omit<Survey, 'damagedLines'> {
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

function isThought(block: Readonly<Record<string, unknown>>): boolean {
  return block['type'] === 'thinking' || block['type'] === 'redacted_thinking'
}

/** The latest of many texts. */
class Recent {
  #older = new Set<string>()
  #newer = new Set<string>()

  add(text: string): void {
    this.#newer.add(text)
    if (this.#newer.size < REMEMBERED) return
    this.#older = this.#newer
    this.#newer = new Set()
  }

  has(text: string): boolean {
    return this.#newer.has(text) || this.#older.has(text)
  }
}

/** The blocks of a message; a text alone has none. */
export function blocksOf(raw: RawRecord['raw']): readonly Readonly<Record<string, unknown>>[] {
  const content = messageOf(raw)['content']
  return Array.isArray(content) ? content.filter(isObject) : []
}

function messageOf(raw: RawRecord['raw']): Readonly<Record<string, unknown>> {
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
export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** JSON.stringify recurses: what nests deeper than any client writes is left out. */
function depthIsSane(value: unknown, depth = 0): boolean {
  if (depth > MAX_DEPTH) return false
  if (Array.isArray(value)) return value.every((item) => depthIsSane(item, depth + 1))
  return !isObject(value) || Object.values(value).every((item) => depthIsSane(item, depth + 1))
}
