import { createHash } from 'node:crypto'
import { lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { getuid } from 'node:process'
import { removeOld, untilFinished } from '../node/leftovers.ts'
import { makeDemo } from './demo.ts'
import { DemoRefused, DemoUnavailable } from './unavailable.ts'
import { codeOf } from '../ports/system-error.ts'

/** Goes up when an older sample cannot be used any more. */
const FORMAT = 1
const DAY_MS = 24 * 60 * 60_000
const NOTE = 'sample.json'
/** Far more than it ever has. Bytes. */
const MOST_BYTES = 4_096
const DRAFT = 'demo-draft-'

/** What is noted of the sample incident beside its files. */
interface Note {
  readonly tool: 'agent-forensics'
  readonly format: number
  /** By the clock of the machine. Milliseconds since the epoch, as all of these. */
  readonly madeAt: number
  /** The instant that it was asked for; null: none. */
  readonly asOf: number | null
  /** By its own clock. */
  readonly now: number
  /** What its files were like when it was made. */
  readonly files: string
}

/** The sample incident on disk. */
export interface Kept {
  readonly folder: string
  readonly note: Note
  /** Something was done with it, and a newer or another one would be taken for granted otherwise. */
  readonly isOutdated: boolean
}

/**
 * Finds the sample incident in the cache folder, or makes it there: whole or not at all, for its owner only. One that nobody has worked on is
 * made anew after a day. What somebody else may have put there is refused.
 */
export async function keepDemo(cache: string, asOf: number | null, now: number): Promise<Kept> {
  const folder = join(cache, 'demo')
  try {
    const note = await readNote(cache)
    if (note !== null) {
      if (!isOld(note, asOf, now)) return { folder, note, isOutdated: false }
      const isWorkedOn = (await digestOf(folder)) !== note.files
      if (isWorkedOn && note.format !== FORMAT) throw new DemoRefused(folder, 'was made by another version of this program')
      if (isWorkedOn) return { folder, note, isOutdated: true }
      await dropDemo(cache)
    }
    return { folder, note: await setUp(cache, asOf, now), isOutdated: false }
  } catch (error) {
    return refuseDemo(error, cache)
  }
}

/** Removes it; the folder, or null where there is none. */
export async function removeDemo(cache: string): Promise<string | null> {
  try {
    if ((await readNote(cache)) === null) return null
    await dropDemo(cache)
    // Nothing else is kept there yet.
    await rmdir(cache).catch(() => {})
    return join(cache, 'demo')
  } catch (error) {
    return refuseDemo(error, cache)
  }
}

/** Notes what time it is there. */
export async function keepTime({ folder, note }: Kept, now: number): Promise<void> {
  if (now !== note.now) await writeNote(folder, { ...note, now }).catch(ifMissing)
}

function isOld({ format, asOf, madeAt }: Note, wanted: number | null, now: number): boolean {
  if (format !== FORMAT || (wanted !== null && asOf !== wanted)) return true
  return wanted === null && Math.abs(now - madeAt) > DAY_MS
}

/** What is noted of it; null: there is none. Whatever else is there is refused. */
async function readNote(cache: string): Promise<Note | null> {
  const above = await lstat(cache).catch(ifMissing)
  if (above === null) return null
  if (above.isSymbolicLink()) throw new DemoRefused(cache, 'is a link')
  if (!above.isDirectory()) throw new DemoRefused(cache, 'is no folder')
  const folder = join(cache, 'demo')
  const stats = await lstat(folder).catch(ifMissing)
  for (const [path, { uid, mode }, others] of [
    [cache, above, 0o022] as const,
    ...(stats === null ? [] : [[folder, stats, 0o077] as const]),
  ]) {
    // Windows has neither owners nor modes of this kind.
    if (getuid === undefined) break
    if (uid !== getuid()) throw new DemoRefused(path, 'belongs to another user')
    if ((mode & others) !== 0) throw new DemoRefused(path, 'is open to other users')
  }
  if (stats === null) return null
  if (stats.isSymbolicLink()) throw new DemoRefused(folder, 'is a link')
  const path = join(folder, NOTE)
  const file = stats.isDirectory() ? await lstat(path).catch(ifMissing) : null
  const note = file !== null && file.isFile() && file.size <= MOST_BYTES ? parseNote(await readFile(path, 'utf8')) : null
  if (note === null) throw new DemoRefused(folder, 'is not the sample of this program')
  return note
}

function parseNote(text: string): Note | null {
  try {
    const { tool, format, madeAt, asOf, now, files } = JSON.parse(text) as Partial<Record<keyof Note, unknown>>
    if (tool !== 'agent-forensics' || !isInstant(format) || !isInstant(madeAt) || !isInstant(now) || typeof files !== 'string') return null
    return asOf === null || isInstant(asOf) ? { tool, format, madeAt, asOf, now, files } : null
  } catch {
    return null
  }
}

function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value)
}

/** Makes it beside its place, and moves it there: a run that was stopped leaves nothing that could be taken for it. */
async function setUp(cache: string, asOf: number | null, madeAt: number): Promise<Note> {
  await mkdir(cache, { recursive: true, mode: 0o700 })
  await removeOld(cache, (name) => name.startsWith(DRAFT), 'folder')
  const draft = await mkdtemp(join(cache, DRAFT))
  const stop = new AbortController()
  const finish = untilFinished(() => {
    stop.abort()
    rmSync(draft, { recursive: true, force: true, maxRetries: 3 })
  })
  try {
    const folder = join(cache, 'demo')
    // Whole minutes are easier to follow.
    const now = asOf ?? Math.floor(madeAt / 60_000) * 60_000
    await makeDemo({ draft, folder, now, signal: stop.signal })
    const note: Note = { tool: 'agent-forensics', format: FORMAT, madeAt, asOf, now, files: await digestOf(draft) }
    await writeNote(draft, note)
    await rename(draft, folder)
    return note
  } catch (error) {
    await rm(draft, { recursive: true, force: true, maxRetries: 3 })
    // Somebody else made it meanwhile.
    const other = isTaken(error) ? await readNote(cache) : null
    if (other === null) throw error
    return other
  } finally {
    finish()
  }
}

/** Out of the way first: one that is half removed must not be taken for it either. */
async function dropDemo(cache: string): Promise<void> {
  const aside = await mkdtemp(join(cache, DRAFT))
  const finish = untilFinished(() => rmSync(aside, { recursive: true, force: true, maxRetries: 3 }))
  await rename(join(cache, 'demo'), join(aside, 'demo'))
  await rm(aside, { recursive: true, force: true, maxRetries: 3 })
  finish()
}

async function writeNote(folder: string, note: Note): Promise<void> {
  const draft = join(folder, `${NOTE}.new`)
  await writeFile(draft, `${JSON.stringify(note)}\n`, { mode: 0o600 })
  await rename(draft, join(folder, NOTE))
}

/** Says whether anything below the folder was added, changed or removed. */
async function digestOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))
  const lines = paths.map(async (path) => {
    const { size, mtimeMs } = await lstat(path)
    return `${relative(folder, path)} ${size} ${Math.round(mtimeMs)}`
  })
  const known = (await Promise.all(lines)).filter((line) => !line.startsWith(NOTE))
  return createHash('sha256').update(known.toSorted().join('\n')).digest('hex')
}

function ifMissing(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null
  throw error
}

function isTaken(error: unknown): boolean {
  return ['EEXIST', 'ENOTEMPTY', 'EPERM'].includes(codeOf(error) ?? '')
}

/** What the system refuses (a full disk, a folder that cannot be written) is no bug of ours. */
function refuseDemo(error: unknown, cache: string): never {
  const code = codeOf(error)
  if (error instanceof Error && 'syscall' in error && code !== null) throw new DemoUnavailable(cache, code, error.message)
  throw error
}
