import type { JournalFile } from '../ports/journal.ts'
import { formatInstant, parseInstant } from '../time/instant.ts'

/** What a recovery does, as its journal tells it: one entry a line, in JSON. A client's start is told before it happens. */
export type JournalEvent =
  | { readonly event: 'begin'; readonly tool: string; readonly actions: readonly string[] }
  | { readonly event: 'save'; readonly saved: readonly string[]; readonly failed: readonly string[] }
  | { readonly event: 'wait'; readonly until: string; readonly actions: readonly string[] }
  | {
      readonly event: 'starting'
      readonly start: string
      readonly action: string
      readonly subjects: readonly string[]
      readonly log: string
    }
  | {
      readonly event: 'started'
      readonly start: string
      readonly pid: number
      readonly mark: string | null
      readonly domain: string | null
    }
  | { readonly event: 'ended'; readonly start: string; readonly how: string }
  | {
      readonly event: 'outcome'
      readonly start: string
      readonly done: readonly string[]
      readonly open: readonly string[]
      readonly refused: readonly string[]
    }
  | { readonly event: 'end'; readonly open: readonly string[] }

/** A start of which no end was told: its client may be at work still. */
export interface UnfinishedStart {
  readonly start: string
  readonly action: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** null: whoever wrote it ended before it could tell. */
  readonly process: { readonly pid: number; readonly mark: string | null; readonly domain: string | null } | null
}

/** Writes the events of one run. */
export class Journal {
  readonly #file: JournalFile
  readonly #now: () => number

  constructor(file: JournalFile, now: () => number) {
    this.#file = file
    this.#now = now
  }

  /** Where the output of a start goes. */
  logOf(start: string): string {
    return `${this.#file.folder}/${start}.log`
  }

  write(event: JournalEvent): void {
    this.#file.append(JSON.stringify({ at: formatInstant(this.#now()), ...event }))
  }

  /** How often earlier starts did nothing for somebody, since one last did. Limits that refused it do not count. */
  countFailures(id: string): number {
    let count = 0
    for (const line of this.#file.lines) {
      if (!line.includes('"outcome"') || !line.includes(id)) continue
      const { done, open } = parseObject(line)
      if (Array.isArray(done) && done.includes(id)) count = 0
      else if (Array.isArray(open) && open.includes(id)) count += 1
    }
    return count
  }

  /** What earlier runs began and did not see the end of. */
  findUnfinished(): readonly UnfinishedStart[] {
    const open = new Map<string, UnfinishedStart>()
    for (const line of this.#file.lines) {
      const entry = parseEntry(line)
      if (entry === null) continue
      const { start, at } = entry
      const known = open.get(start)
      if (entry.event === 'starting') open.set(start, { start, action: entry.action, at, process: null })
      else if (entry.event === 'ended') open.delete(start)
      else if (known !== undefined && entry.process !== null) open.set(start, { ...known, process: entry.process })
    }
    return [...open.values()]
  }
}

type Entry = { readonly event: string; readonly start: string; readonly action: string } & Pick<UnfinishedStart, 'at' | 'process'>

/** A line as an entry about a start; null: it is about something else, or damaged. */
function parseEntry(line: string): Entry | null {
  const { event, start, action, at, pid, mark, domain } = parseObject(line)
  const when = typeof at === 'string' ? parseInstant(at) : undefined
  if (typeof event !== 'string' || typeof start !== 'string' || when === undefined) return null
  const isPid = typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 0
  return {
    event,
    start,
    action: typeof action === 'string' ? action : '',
    at: when,
    process: isPid ? { pid, mark: typeof mark === 'string' ? mark : null, domain: typeof domain === 'string' ? domain : null } : null,
  }
}

/** Damage is an object without fields: nothing follows from it. */
function parseObject(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
