import { join } from 'node:path'

/** When and where the sample incident of fixtures/demo/ takes place. It is moved from there when it is set up. */
export const RECORDED = { now: Date.parse('2026-11-21T07:03:20Z'), folder: '/home/demo' } as const

/** Where a recording is set up. */
export interface Target {
  readonly folder: string
  readonly now: number
  /** The new id of each recorded commit, by its whole id and by the first seven digits. */
  readonly commits: ReadonlyMap<string, string>
}

const MINUTE = 60_000
/** The 5-hour limit of the story resets so long after `now`. */
const RESETS_AFTER = 120 * MINUTE
/** Other numbers as long as an instant are none of the story's. */
const NEAR = 30 * 24 * 60 * MINUTE
const INSTANT = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g

/** A recorded text at another time and place, with other commits. */
export function restoreText(text: string, { folder, now, commits }: Target): string {
  const moved = now - RECORDED.now
  const shop = slugOf(join(folder, 'shop'))
  return (
    text
      .replace(INSTANT, (at) => new Date(Date.parse(at) + moved).toISOString())
      .replace(/\b\d{13}\b/g, (at) => (Math.abs(Number(at) - RECORDED.now) < NEAR ? String(Number(at) + moved) : at))
      // Git's dates have whole seconds.
      .replace(/(?<=> )\d{10}(?= \+0000)/g, (at) => String(Math.floor((Number(at) * 1000 + moved) / 1000)))
      .replace(/(?<=resets )\S+(?= \(UTC\))/g, clockOf(now + RESETS_AFTER))
      .replace(/\b(?:[0-9a-f]{40}|[0-9a-f]{7})\b/g, (id) => commits.get(id) ?? id)
      .replaceAll(slugOf(`${RECORDED.folder}/shop`), () => shop)
      // Paths stand in JSON only.
      .replace(/\/home\/demo\b([\w./-]*)/g, (_, rest: string) => JSON.stringify(join(folder, rest)).slice(1, -1))
  )
}

/** The name of a recorded file or folder where it is set up: `dot-git` could not be committed as `.git`. */
export function restoreName(name: string, { folder }: Target): string {
  return name === slugOf(`${RECORDED.folder}/shop`) ? slugOf(join(folder, 'shop')) : name.replace(/^dot-/, '.')
}

/** The latest instant that a text tells, null for none. */
export function lastInstantOf(text: string): number | null {
  const instants = (text.match(INSTANT) ?? []).map((at) => Date.parse(at))
  return instants.length === 0 ? null : Math.max(...instants)
}

/** The name of the client's folder for a working directory. */
function slugOf(path: string): string {
  return path.replace(/[^A-Za-z0-9]/g, '-')
}

/** As the client says a time: `3am`, `2:37pm`. UTC, so that the story is the same everywhere. */
function clockOf(at: number): string {
  const date = new Date(at)
  const minutes = date.getUTCMinutes()
  const hour = date.getUTCHours()
  return `${hour % 12 === 0 ? 12 : hour % 12}${minutes === 0 ? '' : `:${String(minutes).padStart(2, '0')}`}${hour < 12 ? 'am' : 'pm'}`
}
