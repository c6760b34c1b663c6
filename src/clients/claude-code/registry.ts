import { type Files, FileUnavailable, type Listing, type Processes } from '../../ports/host.ts'
import type { Owner } from '../../facts/session.ts'
import { isObject } from '../../text/json.ts'
import { isPlainId } from '../../text/plain.ts'
import { latestInstant } from '../../time/instant.ts'
import { judgeClaim, namesMachine } from './process-claim.ts'

const MAX_ENTRY_BYTES = 64 * 1024

/** `~/.claude/sessions/<pid>.json` (2.1.156 on): one file for each live client; left behind by a kill, gone after a clean end. */
interface Entry {
  readonly pid: number
  readonly sessionId: string
  readonly startedAt: number | undefined
  readonly procStart: string | number | undefined
  /** What stands in its place on Windows: a FILETIME. */
  readonly procStartFt: string | number | undefined
  readonly pidDomain: string | undefined
  /** The background job that it is (`kind: bg`, 2.1.275). */
  readonly jobId: string | undefined
  readonly status: string | undefined
  readonly statusUpdatedAt: number | undefined
  readonly updatedAt: number | undefined
}

/** Undefined for whatever names no process and session. A field of another type than it should have is absent. */
function readFields(raw: unknown): Entry | undefined {
  if (!isObject(raw)) return undefined
  const { pid, sessionId } = raw
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0 || typeof sessionId !== 'string') return undefined
  const text = (name: string): string | undefined => (typeof raw[name] === 'string' ? raw[name] : undefined)
  const number = (name: string): number | undefined => (Number.isFinite(raw[name]) ? Number(raw[name]) : undefined)
  return {
    pid,
    sessionId,
    startedAt: number('startedAt'),
    procStart: text('procStart') ?? number('procStart'),
    procStartFt: text('procStartFt') ?? number('procStartFt'),
    pidDomain: text('pidDomain'),
    jobId: text('jobId'),
    status: text('status'),
    statusUpdatedAt: number('statusUpdatedAt'),
    updatedAt: number('updatedAt'),
  }
}

export interface Registry {
  readonly bySession: ReadonlyMap<string, readonly Owner[]>
  /** Folders of which every entry could be read: only there does it mean something that a session has none. */
  readonly foldersRead: readonly string[]
  /** An entry is of this machine and pid namespace, or names a process that lives here. */
  readonly isThisMachine: boolean
}

/**
 * Who owns which session, from the registries beside the roots (`<root>/../sessions`). Only `<pid>.json` is opened: the
 * `.key` files beside it are secrets.
 */
export async function readRegistry(roots: readonly string[], files: Files, processes: Processes): Promise<Registry> {
  const bySession = new Map<string, Owner[]>()
  const foldersRead: string[] = []
  let isThisMachine = false
  // Asked once there is a process to ask for: most folders have no registry beside them.
  let asked: Promise<string | null> | undefined
  const domainOf = (): Promise<string | null> => (asked ??= processes.domain())
  for (const folder of await findSiblings(roots, 'sessions', files)) {
    const listing = await listed(folder, ['*.json'], files)
    let isWhole = listing.issues.length === 0
    for (const path of listing.paths) {
      if (!/[\\/]\d{1,10}\.json$/.test(path)) continue
      const owner = await readEntry(path, files, processes, domainOf)
      if (owner === 'vanished') continue
      if (owner === undefined) {
        isWhole = false
        continue
      }
      const owners = bySession.get(owner.sessionId) ?? []
      owners.push(owner.owner)
      isThisMachine ||= owner.isThisMachine
      bySession.set(owner.sessionId, owners)
    }
    if (isWhole) foldersRead.push(folder)
  }
  return { bySession, foldersRead, isThisMachine }
}

/** What lies in the folders of a name beside the roots. */
export async function listSiblings(
  roots: readonly string[],
  name: string,
  patterns: readonly string[],
  files: Files,
): Promise<Pick<Listing, 'paths'>> {
  const folders = await findSiblings(roots, name, files)
  const listings = await Promise.all(folders.map((folder) => listed(folder, patterns, files)))
  return { paths: listings.flatMap(({ paths }) => paths) }
}

async function listed(folder: string, patterns: readonly string[], files: Files): Promise<Listing> {
  try {
    return await files.list(folder, patterns)
  } catch (error) {
    if (!(error instanceof FileUnavailable)) throw error
    return { paths: [], issues: [{ path: folder, line: null, byteOffset: null, reason: 'unreadable', bytes: null, detail: error.code }] }
  }
}

/** The folders of this name that are there: beside the root, and beside the `projects` folder that a root lies in. */
async function findSiblings(roots: readonly string[], name: string, files: Files): Promise<readonly string[]> {
  const found: string[] = []
  for (const folder of new Set(roots.flatMap((root) => siblingFolders(root, name)))) {
    try {
      if ((await files.facts(folder)).kind === 'directory') found.push(folder)
    } catch (error) {
      if (!(error instanceof FileUnavailable)) throw error
    }
  }
  return found
}

function siblingFolders(root: string, name: string): readonly string[] {
  const parent = root.replace(/[\\/][^\\/]+[\\/]?$/, '')
  const home = /^(.*)[\\/]projects(?:[\\/].*)?$/.exec(root)?.[1]
  return [`${parent}/${name}`, ...(home === undefined ? [] : [`${home}/${name}`])]
}

async function readEntry(
  path: string,
  files: Files,
  processes: Processes,
  domainOf: () => Promise<string | null>,
): Promise<{ readonly sessionId: string; readonly owner: Owner; readonly isThisMachine: boolean } | 'vanished' | undefined> {
  let raw: unknown
  try {
    raw = JSON.parse(await files.readText(path, MAX_ENTRY_BYTES))
  } catch (error) {
    // A live client rewrites its entry: one that is half written proves nothing either way. One that vanishes ended well.
    if (error instanceof FileUnavailable && error.code === 'ENOENT') return 'vanished'
    if (error instanceof FileUnavailable || error instanceof SyntaxError) return undefined
    throw error
  }
  const entry = readFields(raw)
  if (entry === undefined) return undefined
  const startedAt = instant(entry.startedAt)
  const domain = await domainOf()
  const { pid, procStart, procStartFt } = entry
  const start = procStart === undefined ? null : String(procStart)
  const filetime = procStartFt === undefined ? null : String(procStartFt)
  // Without a domain and a start, whose pid this was is not known (to 2.1.114): that it is gone here proves nothing.
  const isAnywhere = start === null && filetime === null && entry.pidDomain === undefined
  const judged = await judgeClaim({ pid, start, filetime, startedAt, domain: entry.pidDomain ?? null }, processes, domain)
  const owner: Owner = {
    source: 'registry',
    path,
    pid: entry.pid,
    ...(isAnywhere && judged.state === 'gone' ? { state: 'unknown' as const } : judged),
    startedAt,
    jobId: isPlainId(entry.jobId ?? null) ? (entry.jobId ?? null) : null,
    status: entry.status ?? null,
    statusSince: instant(entry.statusUpdatedAt ?? entry.updatedAt),
    updatedAt: latestInstant([entry.startedAt, entry.statusUpdatedAt, entry.updatedAt].map(instant)),
  }
  const isThisMachine = owner.state === 'alive' || (domain !== null && entry.pidDomain === domain && namesMachine(domain))
  return { sessionId: entry.sessionId, owner, isThisMachine }
}

function instant(ms: number | undefined): number | null {
  return ms !== undefined && Number.isFinite(ms) && ms > 1_577_836_800_000 && ms < 4_102_444_800_000 ? Math.trunc(ms) : null
}
