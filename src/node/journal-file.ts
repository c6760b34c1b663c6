import { randomUUID } from 'node:crypto'
import {
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Processes } from '../ports/host.ts'
import { JournalBusy, type JournalFile, type Journals } from '../ports/journal.ts'
import { markOf } from '../text/word.ts'
import { lacksLinks } from './new-file.ts'
import { stateFolder } from './state-folder.ts'
import { codeOf } from '../ports/system-error.ts'

/** Who holds a lock, as its file says it. */
interface Holder {
  readonly pid: number
  /** The system's mark of the process's start, and where its pid means something; null: not known. */
  readonly start: string | null
  readonly domain: string | null
}

/** A lock is empty no longer than this while it is made. Milliseconds. */
const EMPTY_MS = 2_000

/** Journals below the person's state folder. `env`: XDG_STATE_HOME or, on Windows, LOCALAPPDATA moves it. */
export function createJournals(
  processes: Processes,
  {
    env = process.env,
    home,
    makeLink = linkSync,
  }: { readonly env?: Readonly<Record<string, string | undefined>>; readonly home: string; readonly makeLink?: typeof linkSync },
): Journals {
  return {
    async open(subjects, path) {
      const state = join(stateFolder(env, home), 'agent-forensics')
      const name = `recover-${markOf([...subjects].toSorted().join('\n'))}`
      const folder = join(state, name)
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      // Whoever names a journal of their own recovers the same agents all the same.
      const unlock = await takeLock(join(state, `${name}.lock`), processes, makeLink)
      try {
        return openFile(path === null ? join(state, `${name}.journal`) : resolve(path), folder, unlock)
      } catch (error) {
        unlock()
        throw error
      }
    },
  }
}

function openFile(path: string, folder: string, unlock: () => void): JournalFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  // A device or a pipe has no end, and keeps nothing.
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) throw Object.assign(new Error(path), { code: 'not_a_regular_file' })
  const file = openSync(path, 'a+', 0o600)
  const text = readFileSync(path, 'utf8')
  const lines = text.split('\n')
  // A process that was killed while it wrote leaves a line without its end: the next one must not be joined to it.
  if (lines.pop() !== '') writeSync(file, '\n')
  return {
    path,
    folder,
    lines,
    append(line) {
      writeSync(file, `${line}\n`)
      fsyncSync(file)
    },
    close() {
      closeSync(file)
      unlock()
    },
  }
}

/** Takes a lock that outlives no process: one whose holder has ended is taken over. */
async function takeLock(path: string, processes: Processes, makeLink: typeof linkSync): Promise<() => void> {
  const [facts, domain] = await Promise.all([processes.inspect(process.pid), processes.domain()])
  const own = JSON.stringify({ pid: process.pid, start: facts.state === 'alive' ? facts.start : null, domain } satisfies Holder)
  const draft = `${path}.${randomUUID()}`
  writeFileSync(draft, own, { flag: 'wx', mode: 0o600 })
  try {
    for (;;) {
      try {
        giveName(draft, path, makeLink)
        return () => {
          if (readText(path) === own) rmSync(path, { force: true })
        }
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error
      }
      const held = readText(path)
      if (held === null || isBeingWritten(path, held)) continue
      const holder = parseHolder(held)
      if (holder !== null && (await isHeld(holder, domain, processes))) throw new JournalBusy(holder.pid)
      const aside = `${path}.${randomUUID()}`
      try {
        renameSync(path, aside)
      } catch {
        continue
      }
      // Somebody else took it over a moment earlier: it is theirs.
      if (readText(aside) !== held) giveName(aside, path, makeLink)
      rmSync(aside, { force: true })
    }
  } finally {
    rmSync(draft, { force: true })
  }
}

/** A link appears whole or not at all, and replaces nothing. Where the file system knows none, a copy replaces nothing either. */
function giveName(draft: string, path: string, makeLink: typeof linkSync): void {
  try {
    makeLink(draft, path)
  } catch (error) {
    if (!lacksLinks(error)) throw error
    copyFileSync(draft, path, constants.COPYFILE_EXCL)
  }
}

/** A copy is empty for a moment, and is nobody's lock yet; one that stays so was left by a run that was killed. */
function isBeingWritten(path: string, held: string): boolean {
  const stats = held === '' ? statSync(path, { throwIfNoEntry: false }) : undefined
  return stats !== undefined && Date.now() - stats.mtimeMs < EMPTY_MS
}

async function isHeld({ pid, start, domain }: Holder, here: string | null, processes: Processes): Promise<boolean> {
  // A pid of another machine or container cannot be looked up: somebody may be at work there.
  if (domain !== here) return true
  const facts = await processes.inspect(pid)
  if (facts.state === 'gone') return false
  return facts.state === 'unknown' || start === null || facts.start === null || facts.start === start
}

function parseHolder(text: string): Holder | null {
  try {
    const { pid, start, domain } = JSON.parse(text) as Partial<Holder>
    if (!Number.isSafeInteger(pid) || pid === undefined) return null
    return { pid, start: typeof start === 'string' ? start : null, domain: typeof domain === 'string' ? domain : null }
  } catch {
    return null
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
