import type { Thread } from '../src/report/html/page-data.ts'

/** From so many threads on, like agents are one line, and sessions in which nothing was lost are folded at first. */
const MANY = 40
/** So many agents alike are one line. */
const ALIKE = 5

/** A line of the timeline. */
export interface Line {
  /** What folds it: the place of its thread; of like agents the complement of the first one's place. */
  readonly id: number
  readonly place: number
  /** The like agents that are this one line; null: it is a thread's own. */
  readonly members: readonly number[] | null
  /** What is folded into it. */
  readonly within: readonly number[]
  readonly depth: number
  /** It does not match, and is there only to say where one below it belongs. */
  readonly faint: boolean
  readonly open: boolean | null
}

/** The first of the like agents for each of them, where there are many threads: those of one parent and one reason, with none of their own. */
export function likeAgents(threads: readonly Thread[]): ReadonlyMap<number, number> {
  const heads = new Map<number, number>()
  if (threads.length < MANY) return heads
  const parents = new Set(threads.map(({ parent }) => parent))
  const groups = new Map<string, number[]>()
  threads.forEach(({ kind, parent, reason, localOnly }, place) => {
    if (kind !== 'agent' || localOnly || parents.has(place)) return
    const key = `${parent} ${reason}`
    groups.set(key, [...(groups.get(key) ?? []), place])
  })
  for (const members of groups.values()) {
    if (members.length >= ALIKE) for (const place of members) heads.set(place, members[0] as number)
  }
  return heads
}

/** What is folded until somebody unfolds it. */
export function foldAtFirst(threads: readonly Thread[], heads: ReadonlyMap<number, number>): ReadonlySet<number> {
  const folded = new Set([...heads.values()].map((head) => ~head))
  if (threads.length < MANY) return folded
  const eventful = new Set<number>()
  threads.forEach(({ lost, alive, localOnly }, place) => {
    if (!lost && !alive && !localOnly) return
    for (let at: number | null = place; at !== null && !eventful.has(at); at = threads[at]?.parent ?? null) eventful.add(at)
  })
  threads.forEach(({ kind }, place) => kind !== 'agent' && !eventful.has(place) && folded.add(place))
  return folded
}

/** What has to be unfolded for a thread to be seen. */
export function wayTo(place: number, threads: readonly Thread[], heads: ReadonlyMap<number, number>): readonly number[] {
  const way = heads.has(place) ? [~(heads.get(place) as number)] : []
  for (let at = threads[place]?.parent ?? null; at !== null; at = threads[at]?.parent ?? null) way.push(at)
  return way
}

/** The lines of the timeline: what matches, what that belongs to, and nothing below what is folded. */
export function outline(
  threads: readonly Thread[],
  matches: readonly number[],
  folded: ReadonlySet<number>,
  heads: ReadonlyMap<number, number> = new Map(),
): readonly Line[] {
  const matched = new Set(matches)
  const shown = new Set(matches)
  for (const place of matches) {
    for (let at = threads[place]?.parent ?? null; at !== null && !shown.has(at); at = threads[at]?.parent ?? null) shown.add(at)
  }
  const parents = new Set<number | null>()
  for (const place of shown) parents.add(threads[place]?.parent ?? null)
  const groups = new Map<number, number[]>()
  for (const place of matches) {
    const head = heads.get(place)
    if (head !== undefined) groups.set(head, [...(groups.get(head) ?? []), place])
  }
  const hiddenIn = new Map<number, number[]>()
  const lines: (Line & { readonly within: number[] })[] = []
  const add = (place: number, more: Partial<Omit<Line, 'within'>> = {}) => {
    const { depth } = threads[place] as Thread
    lines.push({ id: place, place, members: null, within: [], depth, faint: !matched.has(place), open: null, ...more })
  }
  threads.forEach(({ parent, depth }, place) => {
    if (!shown.has(place)) return
    const hidden = parent === null ? undefined : (hiddenIn.get(parent) ?? (folded.has(parent) ? lines.at(-1)?.within : undefined))
    if (hidden !== undefined) {
      hidden.push(place)
      hiddenIn.set(place, hidden)
      return
    }
    const group = groups.get(heads.get(place) ?? -1)
    if (group === undefined || group.length < ALIKE) {
      add(place, parents.has(place) ? { open: !folded.has(place) } : {})
      return
    }
    if (group[0] !== place) return
    const id = ~(heads.get(place) as number)
    add(place, { id, members: group, open: !folded.has(id) })
    if (!folded.has(id)) for (const member of group) add(member, { depth: depth + 1 })
  })
  return lines
}
