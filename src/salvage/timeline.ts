import type { ActionResult, FileAction, FileCall } from '../facts/file-action.ts'
import type { SourceLocation } from '../facts/source.ts'
import { changedByWordsOf, type CommandEffect, effectOf, MAX_LOOKED_AT, printedBy } from './commands.ts'
import { nameOf, plainPath } from './place.ts'
import type { FileEvent } from './replay.ts'
import { keyOfPath } from '../text/path.ts'

/** A call of a file tool that may change a file, and its answer. */
export interface PlacedCall {
  readonly call: FileCall
  readonly where: SourceLocation
  readonly result: (ActionResult & { readonly where: SourceLocation }) | null
}

/** All that happened to one file. `path` is absolute and plain where that could be told. */
export interface FileTimeline {
  readonly path: string
  readonly events: readonly FileEvent[]
  readonly calls: readonly PlacedCall[]
}

/** A command that may have changed files. */
interface PlacedCommand extends CommandEffect {
  readonly where: SourceLocation
  readonly command: string
}

/** What an agent's history says, file by file. */
export interface Timelines {
  /** Files that a call was to change, in the order of their first one. */
  readonly files: readonly FileTimeline[]
  readonly commands: readonly PlacedCommand[]
  readonly unread: readonly { readonly where: SourceLocation; readonly id: string; readonly tool: string }[]
}

/** What was moved out of the transcript, by name. */
export type Spills = ReadonlyMap<string, string>
/** Exact copies that the client kept, by name. */
export type Copies = ReadonlyMap<string, string>

/** Answers that a client gives in the place of one that never came (an interrupt; a session that ended, 2.1.329). */
const NO_ANSWER = /^\[(?:Tool call interrupted|Request interrupted)/

/** Effects follow in the order of the answers: what ran side by side is answered when it is done. */
interface Item {
  readonly order: number
  readonly event: FileEvent
}

/** Sorts a history by file. `home`: where records ran that do not say it. */
export function timelinesOf(actions: readonly FileAction[], home: string | null, spills: Spills, copies: Copies): Timelines {
  const sorting = new Sorting(home, spills, copies)
  for (const [order, action] of actions.entries()) sorting.hear(action, order)
  for (const [order, action] of actions.entries()) sorting.add(action, order)
  return sorting.finish()
}

type Placed<Kind extends FileAction['kind']> = Extract<FileAction, { readonly kind: Kind }>
type OrderedResult = ActionResult & { readonly where: SourceLocation; readonly order: number }

class Sorting {
  readonly #home: string | null
  readonly #spills: Spills
  readonly #copies: Copies
  readonly #results = new Map<string, OrderedResult>()
  readonly #paths = new Map<string, string>()
  readonly #calls = new Map<string, PlacedCall[]>()
  readonly #commands: PlacedCommand[] = []
  readonly #unread: { where: SourceLocation; id: string; tool: string }[] = []
  readonly #items = new Map<string, Item[]>()
  /** What may have changed any file. */
  readonly #sweeps: Item[] = []
  /** What may have changed files that it names, once all of them are known. */
  readonly #named: (Item & { readonly text: string; readonly names: readonly string[] | null })[] = []
  readonly #seen = new Set<string>()
  #latest = 0

  constructor(home: string | null, spills: Spills, copies: Copies) {
    this.#home = home
    this.#spills = spills
    this.#copies = copies
  }

  /** Answers are heard before anything is sorted: they may stand before their call. */
  hear(action: FileAction, order: number): void {
    if (action.kind !== 'result' || NO_ANSWER.test(action.text) || this.#results.has(action.callId)) return
    const spilled = action.spilledTo === null ? undefined : this.#spills.get(action.spilledTo)
    this.#results.set(action.callId, { ...action, ...(spilled !== undefined && { text: spilled }), order })
  }

  add(action: FileAction, order: number): void {
    switch (action.kind) {
      case 'call':
        // A call of several files is one of each; what its client reports of it later is the same.
        if (this.#isNew(`${action.id} ${this.#keyOf(action.path, action.cwd)}`)) this.#addCall(action, order)
        return
      case 'command':
        if (this.#isNew(action.id)) this.#addCommand(action, order)
        return
      case 'backup': {
        const text = action.name === null ? null : this.#copies.get(action.name)
        // A snapshot repeats the copies of those before it.
        if (text === undefined || !this.#isNew(`${action.path} ${action.name ?? ''}`)) return
        this.#put(this.#keyOf(action.path, action.cwd), order, { kind: 'copy', text, where: action.where })
        return
      }
      case 'changed':
        this.#put(this.#keyOf(action.path, action.cwd), order, { kind: 'changed', where: action.where })
        return
      case 'unread':
        if (this.#isNew(action.id)) this.#unread.push({ where: action.where, id: action.id, tool: action.tool })
        return
      case 'result':
    }
  }

  finish(): Timelines {
    this.#putNamed()
    const sweeps = inOrder(this.#sweeps)
    const files = [...this.#calls].map(([key, calls]) => ({
      path: this.#paths.get(key) ?? key,
      events: withSweeps(inOrder(this.#items.get(key) ?? []), sweeps),
      calls,
    }))
    return { files, commands: this.#commands, unread: this.#unread }
  }

  #isNew(id: string): boolean {
    if (this.#seen.has(id)) return false
    this.#seen.add(id)
    return true
  }

  #keyOf(given: string, cwd: string | null): string {
    const plain = plainPath(given, cwd ?? this.#home)
    const key = keyOfPath(plain)
    if (!this.#paths.has(key)) this.#paths.set(key, plain)
    return key
  }

  #put(key: string, order: number, event: FileEvent): void {
    const known = this.#items.get(key)
    if (known === undefined) this.#items.set(key, [{ order, event }])
    else known.push({ order, event })
  }

  /** Calls of one turn run one after the other: what got no answer ran, if at all, when those before it were done. */
  #orderOf(order: number, result: OrderedResult | null): number {
    const own = result?.order ?? Math.max(order, this.#latest)
    this.#latest = Math.max(this.#latest, own)
    return own
  }

  #addCall(call: Placed<'call'>, order: number): void {
    const { where } = call
    const result = this.#results.get(call.id) ?? null
    const key = this.#keyOf(call.path, call.cwd)
    if (call.change.kind !== 'read') {
      const known = this.#calls.get(key)
      if (known === undefined) this.#calls.set(key, [{ call, where, result }])
      else known.push({ call, where, result })
    }
    this.#put(key, this.#orderOf(order, result), { kind: 'call', call, where, version: call.clientVersion, result })
  }

  #addCommand({ id, command, cwd, where }: Placed<'command'>, order: number): void {
    const result = this.#results.get(id) ?? null
    const at = this.#orderOf(order, result)
    const effect = effectOf(command)
    if (effect !== null) {
      this.#commands.push({ ...effect, where, command })
      const item: Item = { order: at, event: { kind: 'command', where } }
      if (effect.touches === 'any') this.#sweeps.push(item)
      else this.#named.push({ ...item, text: command, names: null })
    }
    const changed = changedByWordsOf(result?.text ?? '')
    if (changed.length > 0) this.#named.push({ order: at, event: { kind: 'changed', where }, text: '', names: changed })
    if (effect !== null || result === null || !this.#isWhole(result)) return
    const printed = printedBy(command)
    if (printed !== null) this.#put(this.#keyOf(printed, cwd), at, { kind: 'printed', text: result.text, where })
  }

  /** Whether an answer is all that a command printed: whatever the client did not move to a file it may have cut. */
  #isWhole({ isError, text, spilledTo }: OrderedResult): boolean {
    const isThere = spilledTo === null || this.#spills.has(spilledTo)
    return !isError && isThere && text !== '' && !/^\(Bash completed|\[\d+ lines truncated\]/m.test(text)
  }

  #putNamed(): void {
    const byName = new Map<string, string[]>()
    for (const key of this.#calls.keys()) {
      const name = nameOf(this.#paths.get(key) ?? key)
      const known = byName.get(name)
      if (known === undefined) byName.set(name, [key])
      else known.push(key)
    }
    for (const { order, event, text, names } of this.#named) {
      for (const name of names ?? wordsOf(text)) {
        for (const key of byName.get(nameOf(name)) ?? []) {
          const path = this.#paths.get(key) ?? key
          if (names === null || path.endsWith(`/${name.replaceAll('\\', '/')}`)) this.#put(key, order, event)
        }
      }
    }
  }
}

function inOrder(list: readonly Item[]): readonly Item[] {
  return list
    .map((item, at) => ({ item, at }))
    .toSorted((a, b) => a.item.order - b.item.order || a.at - b.at)
    .map(({ item }) => item)
}

/** Names of files may hold blanks, but hardly one of a source does: words are enough for a hint. */
function wordsOf(command: string): ReadonlySet<string> {
  const words = command.slice(0, MAX_LOOKED_AT).split(/[\s;&|()<>"'`$=,[\]{}]+/)
  const quoted = [...command.slice(0, MAX_LOOKED_AT).matchAll(/"([^"]{1,300})"|'([^']{1,300})'/g)].map(
    ([, double, single]) => double ?? single ?? '',
  )
  return new Set([...words, ...quoted].map(nameOf))
}

/** Between two events of a file, only the last command that may have changed it: there may be a hundred thousand of either. */
function withSweeps(events: readonly Item[], sweeps: readonly Item[]): readonly FileEvent[] {
  const out: FileEvent[] = []
  let next = 0
  const sweepUntil = (order: number): void => {
    let last: Item | undefined
    for (; next < sweeps.length && (sweeps[next]?.order ?? 0) < order; next += 1) last = sweeps[next]
    if (last !== undefined) out.push(last.event)
  }
  if (sweeps.length === 0) return events.map(({ event }) => event)
  for (const { order, event } of events) {
    sweepUntil(order)
    out.push(event)
  }
  sweepUntil(Number.POSITIVE_INFINITY)
  return out
}
