import type { ActionResult, FileAction, FileCall } from '../model/file-action.ts'
import type { SourceLocation } from '../model/source.ts'
import { changedByWordsOf, type CommandEffect, effectOf, MAX_LOOKED_AT, printedBy } from './commands.ts'
import { keyOf, nameOf, plainPath } from './place.ts'
import type { FileEvent } from './replay.ts'

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
export interface PlacedCommand extends CommandEffect {
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
  const results = new Map<string, ActionResult & { readonly where: SourceLocation; readonly order: number }>()
  for (const [order, action] of actions.entries()) {
    if (action.kind !== 'result' || NO_ANSWER.test(action.text) || results.has(action.callId)) continue
    const spilled = action.spilledTo === null ? undefined : spills.get(action.spilledTo)
    results.set(action.callId, { ...action, ...(spilled !== undefined && { text: spilled }), order })
  }
  const paths = new Map<string, string>()
  const calls = new Map<string, PlacedCall[]>()
  const commands: PlacedCommand[] = []
  const unread: { where: SourceLocation; id: string; tool: string }[] = []
  const items = new Map<string, Item[]>()
  /** What may have changed any file. */
  const sweeps: Item[] = []
  /** What may have changed files that it names, once all of them are known. */
  const named: (Item & { readonly text: string; readonly names: readonly string[] | null })[] = []
  const seen = new Set<string>()
  const pathOf = (given: string, cwd: string | null): string => {
    const plain = plainPath(given, cwd ?? home)
    const key = keyOf(plain)
    if (!paths.has(key)) paths.set(key, plain)
    return key
  }
  const add = (key: string, order: number, event: FileEvent): void => {
    const known = items.get(key)
    if (known === undefined) items.set(key, [{ order, event }])
    else known.push({ order, event })
  }
  /** Calls of one turn run one after the other: what got no answer ran, if at all, when those before it were done. */
  let latest = 0
  const orderOf = (order: number, result: { readonly order: number } | null): number => {
    const own = result?.order ?? Math.max(order, latest)
    latest = Math.max(latest, own)
    return own
  }
  for (const [order, action] of actions.entries()) {
    const { where } = action
    switch (action.kind) {
      case 'call': {
        if (seen.has(action.id)) break
        seen.add(action.id)
        const result = results.get(action.id) ?? null
        const key = pathOf(action.path, action.cwd)
        if (action.change.kind !== 'read') {
          const known = calls.get(key)
          if (known === undefined) calls.set(key, [{ call: action, where, result }])
          else known.push({ call: action, where, result })
        }
        add(key, orderOf(order, result), { kind: 'call', call: action, where, version: action.clientVersion, result })
        break
      }
      case 'command': {
        if (seen.has(action.id)) break
        seen.add(action.id)
        const result = results.get(action.id) ?? null
        const at = orderOf(order, result)
        const effect = effectOf(action.command)
        if (effect !== null) {
          commands.push({ ...effect, where, command: action.command })
          const item: Item = { order: at, event: { kind: 'command', where } }
          if (effect.touches === 'any') sweeps.push(item)
          else named.push({ ...item, text: action.command, names: null })
        }
        const changed = changedByWordsOf(result?.text ?? '')
        if (changed.length > 0) named.push({ order: at, event: { kind: 'changed', where }, text: '', names: changed })
        const printed = effect === null && result?.isError === false ? printedBy(action.command) : null
        // Whatever the client did not move to a file it may have cut.
        const isWhole = result?.spilledTo == null || spills.has(result.spilledTo)
        if (
          printed !== null &&
          result !== null &&
          isWhole &&
          result.text !== '' &&
          !/^\(Bash completed|\[\d+ lines truncated\]/m.test(result.text)
        ) {
          add(pathOf(printed, action.cwd), at, { kind: 'printed', text: result.text, where })
        }
        break
      }
      case 'backup': {
        const text = action.name === null ? null : copies.get(action.name)
        // A snapshot repeats the copies of those before it.
        const key = `${action.path} ${action.name ?? ''}`
        if (seen.has(key) || text === undefined) break
        seen.add(key)
        add(pathOf(action.path, action.cwd), order, { kind: 'copy', text, where })
        break
      }
      case 'changed':
        add(pathOf(action.path, action.cwd), order, { kind: 'changed', where })
        break
      case 'unread':
        if (!seen.has(action.id)) unread.push({ where, id: action.id, tool: action.tool })
        seen.add(action.id)
        break
      case 'result':
        break
    }
  }
  const byName = new Map<string, string[]>()
  for (const key of calls.keys()) {
    const name = nameOf(paths.get(key) ?? key)
    const known = byName.get(name)
    if (known === undefined) byName.set(name, [key])
    else known.push(key)
  }
  for (const { order, event, text, names } of named) {
    for (const name of names ?? wordsOf(text)) {
      for (const key of byName.get(nameOf(name)) ?? []) {
        const path = paths.get(key) ?? key
        if (names === null || path.endsWith(`/${name.replaceAll('\\', '/')}`)) add(key, order, event)
      }
    }
  }
  const inOrder = (list: readonly Item[]): readonly Item[] =>
    list
      .map((item, at) => ({ item, at }))
      .toSorted((a, b) => a.item.order - b.item.order || a.at - b.at)
      .map(({ item }) => item)
  const sweptInOrder = inOrder(sweeps)
  const files = [...calls].map(([key, own]) => {
    const events = withSweeps(inOrder(items.get(key) ?? []), sweptInOrder)
    return { path: paths.get(key) ?? key, events, calls: own }
  })
  return { files, commands, unread }
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
