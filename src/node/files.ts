import {
  type BigIntStats,
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import type glob from 'fast-glob'
import { FileUnavailable, type FileFacts, type Files, type Listing, type OpenFile } from '../ports/host.ts'
import type { ReadIssue, ReadIssueReason } from '../facts/source.ts'
import { compare } from '../text/order.ts'
import { codeOf } from '../ports/system-error.ts'

/**
 * The calls of node:fs behind `createFiles`: a test that needs an EIO hands in one that fails. They do not go through Node's
 * threads, which take thirty times as long for a small file as the call itself does.
 */
export interface FileSystem {
  lstat(path: string): BigIntStats
  stat(path: string): BigIntStats
  realpath(path: string): string
  readdir(path: string): Dirent[]
  /** The same with names as bytes, which need not be UTF-8. */
  readdirBytes(path: string): Dirent<Buffer>[]
  open(path: string, flags: number): number
  fstat(file: number): BigIntStats
  read(file: number, buffer: Buffer, offset: number, length: number, position: number): number
  close(file: number): void
}

export const nodeFileSystem: FileSystem = {
  lstat: (path) => lstatSync(path, { bigint: true }),
  stat: (path) => statSync(path, { bigint: true }),
  realpath: (path) => realpathSync.native(path),
  readdir: (path) => readdirSync(path, { withFileTypes: true }),
  readdirBytes: (path) => readdirSync(path, { withFileTypes: true, encoding: 'buffer' }),
  open: (path, flags) => openSync(path, flags),
  fstat: (file) => fstatSync(file, { bigint: true }),
  read: (file, buffer, offset, length, position) => readSync(file, buffer, offset, length, position),
  close: (file) => closeSync(file),
}

/** What stands between the names of a path, for a class of an expression. */
const SEPARATORS = sep === '/' ? '/' : '\\\\/'

/** Folders that fast-glob has in flight. */
const CONCURRENCY = 64
/** Work goes on at most this long before timers, signals and output get their turn. Seconds. */
const BREATHE_AFTER_S = 0.02
/** Listed files from one look at the clock to the next. */
const CLOCK_EVERY = 64
const CHUNK_BYTES = 2 ** 20
/** Some readers look at the beginning only: what comes first is small, and what follows larger each time. Bytes. */
const FIRST_CHUNK_BYTES = 2 ** 16
const GROWTH = 16

// Opening a FIFO without O_NONBLOCK waits for a writer, for ever. Windows has neither.
const READ_ONLY = constants.O_RDONLY | (process.platform === 'win32' ? 0 : constants.O_NONBLOCK)

/** The real file system, read only. */
export function createFiles(system: FileSystem = nodeFileSystem): Files {
  const open: Files['open'] = (path, expected) => openRegularFile(system, path, expected?.kind === 'file')
  return {
    async facts(path) {
      await breath()
      return factsOf(attempt(path, () => system.stat(path)))
    },
    async realPath(path) {
      await breath()
      return attempt(path, () => system.realpath(path))
    },
    list: (root, patterns, mattersFrom = () => Number.NEGATIVE_INFINITY) =>
      new TreeListing(system, resolve(root), mattersFrom).list(patterns),
    open,
    async beginning(path) {
      await breath()
      const file = attempt(path, () => system.open(path, READ_ONLY))
      try {
        const length = attempt(path, () => system.read(file, beginning, 0, beginning.length, 0))
        return beginning.toString('latin1', 0, length)
      } finally {
        closeQuietly(system, file)
      }
    },
    async readText(path, maxBytes, expected) {
      const file = await open(path, expected)
      try {
        const { bytes } = file.facts
        if (bytes > maxBytes) throw new FileUnavailable(path, 'EFBIG')
        let decoder: InstanceType<typeof TextDecoder> | undefined
        let text = ''
        for await (const chunk of file.chunks()) {
          if (chunk.length === bytes) return wholeText.decode(chunk)
          decoder ??= new TextDecoder()
          text += decoder.decode(chunk, { stream: true })
        }
        return text + (decoder?.decode() ?? '')
      } finally {
        await file.close()
      }
    },
  }
}

const beginning = Buffer.allocUnsafeSlow(1_024)

/** For texts that come in one piece: making a decoder takes longer than reading one. */
const wholeText = new TextDecoder()

/** Buffers of closed files: fresh memory costs more than the reading, since the system hands it out page by page. */
const spare: Buffer[] = []
const MAX_SPARE = 32

/** Since when there was no turn of the event loop, in seconds: `performance` is loaded where it is asked for first, which takes milliseconds. */
let breathedAt = process.uptime()

/** Waits for a turn of the event loop when there was none for a while: calls that do not wait would keep Ctrl-C from working. */
function breath(): Promise<void> | undefined {
  if (process.uptime() - breathedAt < BREATHE_AFTER_S) return undefined
  return new Promise((done) => {
    setImmediate(() => {
      breathedAt = process.uptime()
      done()
    })
  })
}

function attempt<T>(path: string, call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw new FileUnavailable(path, codeOf(error) ?? 'UNKNOWN')
  }
}

function factsOf(stats: BigIntStats): FileFacts {
  return {
    kind: stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other',
    bytes: Number(stats.size),
    modifiedAt: Number(stats.mtimeMs),
    // As bigints: inode numbers of some file systems are beyond 2^53, and two of them must not become one. Some shares number none.
    identity: stats.ino === 0n ? null : `${stats.dev}:${stats.ino}`,
    // The time of a change cannot be set back, as that of the last writing can.
    stamp: `${stats.mtimeNs}:${stats.ctimeNs}`,
    names: Number(stats.nlink),
  }
}

async function openRegularFile(system: FileSystem, path: string, isExpected: boolean): Promise<OpenFile> {
  await breath()
  // Looked at before it is opened: opening a FIFO releases its writer, and opening a device may start what it drives.
  if (!isExpected)
    refuseIrregular(
      path,
      attempt(path, () => system.stat(path)),
    )
  const file = attempt(path, () => system.open(path, READ_ONLY))
  let stats: BigIntStats
  try {
    stats = refuseIrregular(path, system.fstat(file))
  } catch (error) {
    closeQuietly(system, file)
    throw error instanceof FileUnavailable ? error : new FileUnavailable(path, codeOf(error) ?? 'UNKNOWN')
  }
  const facts = factsOf(stats)
  let buffer: Buffer | undefined
  let isOpen = true
  // The number of a closed file may by now be another file's.
  const attemptOpen = <T>(call: () => T): T => {
    if (!isOpen) throw new FileUnavailable(path, 'EBADF')
    return attempt(path, call)
  }
  return {
    facts,
    async *chunks(start = 0) {
      if (!isOpen) throw new FileUnavailable(path, 'EBADF')
      buffer ??= spare.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES)
      const into = buffer
      let most = FIRST_CHUNK_BYTES
      for (let position = start; position < facts.bytes;) {
        await breath()
        const at = position
        const length = Math.min(most, into.length, facts.bytes - at)
        const bytesRead = attemptOpen(() => system.read(file, into, 0, length, at))
        most *= GROWTH
        // The file has shrunk: fewer bytes arrive than `facts` announced, and the caller can count.
        if (bytesRead === 0) return
        position += bytesRead
        yield into.subarray(0, bytesRead)
      }
    },
    async bytesNow() {
      const now = attemptOpen(() => system.fstat(file))
      // Asked of the open file, not of its name, which may be another file's by now. No link left: it was deleted or replaced.
      return now.nlink === 0n && stats.nlink > 0n ? null : Number(now.size)
    },
    async close() {
      if (!isOpen) return
      isOpen = false
      if (buffer !== undefined && spare.length < MAX_SPARE) spare.push(buffer)
      buffer = undefined
      attempt(path, () => system.close(file))
    },
  }
}

function closeQuietly(system: FileSystem, file: number): void {
  try {
    system.close(file)
  } catch {
    // Why it is closed is what is told.
  }
}

function refuseIrregular(path: string, stats: BigIntStats): BigIntStats {
  if (!stats.isFile()) throw new FileUnavailable(path, 'not_a_regular_file')
  return stats
}

/** One listing of what lies below a root, and what became known of its folders and names. */
class TreeListing {
  readonly #system: FileSystem
  readonly #root: string
  readonly #issues = new Map<string, ReadIssue>()
  /** Names that are not UTF-8, by the path that they decode to. */
  readonly #undecodable = new Map<string, Set<string>>()
  /** Folders that are reached without a link. fast-glob enters none, but goes through those that a pattern spells out. */
  readonly #reached: Map<string, boolean>
  readonly #paths: string[] = []
  readonly #facts: (FileFacts | null | undefined)[] = []
  readonly #mattersFrom: (path: string) => number

  constructor(system: FileSystem, root: string, mattersFrom: (path: string) => number) {
    this.#system = system
    this.#root = root
    this.#reached = new Map([[root, true]])
    this.#mattersFrom = mattersFrom
  }

  async list(patterns: readonly string[]): Promise<Listing> {
    const names = namesOf(patterns)
    if (names === null) {
      const found = await match(this.#root, patterns, (folder) => this.#readFolder(folder))
      for (const { path, folder, dirent } of found.toSorted((a, b) => compare(a.path, b.path))) await this.#meet(path, folder, dirent)
    } else await this.#walk(this.#root, names)
    return {
      paths: this.#paths,
      issues: [...this.#issues.values()].toSorted((a, b) => compare(a.path, b.path) || compare(a.reason, b.reason)),
      facts: this.#facts,
    }
  }

  /** Meets the files of a folder, and of all below it, in the order of their paths. */
  async #walk(folder: string, names: Names): Promise<void> {
    await breath()
    for (const dirent of this.#readFolder(folder).toSorted(byPath)) {
      const path = below(folder, dirent.name)
      if (dirent.isDirectory()) {
        if (names.isDeep) await this.#walk(path, names)
        continue
      }
      names.expression.lastIndex = this.#root.length + (this.#root.endsWith(sep) ? 0 : 1)
      if (!names.expression.test(path)) continue
      const pause = this.#meet(path, folder, dirent)
      if (pause !== undefined) await pause
    }
  }

  #meet(path: string, folder: string, dirent: Kind): Promise<void> | undefined {
    if (this.#isFile(path, folder, dirent)) this.#add(path, dirent)
    // Looking at the clock takes as long as looking at a file.
    return this.#paths.length % CLOCK_EVERY === 0 ? breath() : undefined
  }

  #report(path: string, reason: ReadIssueReason, detail: string): void {
    // Patterns with different beginnings make fast-glob read a folder twice.
    this.#issues.set(`${reason} ${path}`, { path, line: null, byteOffset: null, reason, bytes: null, detail })
  }

  /** Whether names that are not UTF-8 decode to this path. */
  #reportUndecodable(path: string): boolean {
    if (this.#undecodable.size === 0) return false
    const shown = this.#undecodable.get(path)
    for (const name of shown ?? []) this.#report(name, 'name_not_utf8', 'the name is not UTF-8 and cannot be opened')
    return shown !== undefined
  }

  #isReached(folder: string): boolean {
    const known = this.#reached.get(folder)
    if (known !== undefined) return known
    let answer = false
    if (folder.startsWith(this.#root) && this.#isReached(dirname(folder))) {
      const kind = kindOf(() => this.#system.lstat(folder))
      answer = kind === 'directory'
      // A link is `other`; whatever is no kind is the code of an error.
      if (!['directory', 'file', 'other', 'ENOENT', 'ENOTDIR'].includes(kind))
        this.#report(folder, 'unreadable', `the folder could not be read: ${kind}`)
    }
    this.#reached.set(folder, answer)
    return answer
  }

  /** The readdir of fast-glob: its own way with errors is all or nothing (`suppressErrors`), and names arrive decoded. */
  #readFolder(folder: string): Dirent[] {
    if (!this.#isReached(folder)) {
      this.#reportUndecodable(folder)
      return []
    }
    try {
      let entries = this.#system.readdir(folder)
      // Only here bytes may have been lost, and only then are they asked for: decoding each name by itself takes longer.
      if (entries.some(({ name }) => name.includes('\uFFFD')))
        entries = this.#system.readdirBytes(folder).map((entry) => decodeName(entry, folder, this.#undecodable))
      for (const entry of entries) {
        if (!entry.isDirectory()) continue
        const path = below(folder, entry.name)
        this.#reached.set(path, !this.#undecodable.has(path))
      }
      return entries
    } catch (error) {
      const code = codeOf(error) ?? 'UNKNOWN'
      if (code === 'ENOENT') {
        // A missing root is the caller's to notice.
        if (folder !== this.#root) this.#report(folder, 'vanished', 'the folder vanished while it was listed')
      } else this.#report(folder, 'unreadable', `the folder could not be read: ${code}`)
      return []
    }
  }

  /** Whether it is there, and no folder. */
  #isFile(path: string, folder: string, dirent: Kind): boolean {
    const isUndecodable = this.#reportUndecodable(path)
    if (dirent.isDirectory() || !this.#isReached(folder)) return false
    // A file whose real name holds U+FFFD may lie beside some whose names only decode to it.
    if (isUndecodable && (this.#paths.includes(path) || !exists(this.#system, path))) return false
    if (!dirent.isSymbolicLink()) return true
    const kind = kindOf(() => this.#system.stat(path))
    if (kind === 'file' || kind === 'other') return true
    if (kind === 'ENOENT' || kind === 'ELOOP' || kind === 'ENOTDIR') this.#report(path, 'dangling_link', `the link leads nowhere: ${kind}`)
    else if (kind !== 'directory') this.#report(path, 'unreadable', `the link could not be followed: ${kind}`)
    return false
  }

  #add(path: string, dirent: Kind): void {
    this.#paths.push(path)
    const from = this.#mattersFrom(path)
    // A file that is no link is asked about here and now: a list of facts is cheaper than a promise for each.
    this.#facts.push(dirent.isFile() ? this.#factsOf(path, from) : undefined)
  }

  /** null: it does not matter; undefined: it is no file, or cannot be looked at. Whoever asks for it by its name is told why. */
  #factsOf(path: string, from: number): FileFacts | null | undefined {
    if (from === Number.POSITIVE_INFINITY) return null
    try {
      const stats = this.#system.stat(path)
      if (!stats.isFile()) return undefined
      return stats.nlink <= 1n && Number(stats.mtimeMs) < from ? null : factsOf(stats)
    } catch {
      return undefined
    }
  }
}

/** A name in a folder, as `join` would put them together: both are known to be plain. */
function below(folder: string, name: string): string {
  return folder.endsWith(sep) ? folder + name : folder + sep + name
}

type Kind = Pick<Dirent, 'isDirectory' | 'isFile' | 'isSymbolicLink'>

/** Something below a root that matches. */
interface Found {
  readonly path: string
  readonly folder: string
  readonly dirent: Kind
}

/** What comes first in the order of the paths: behind the name of a folder stands a separator. */
function byPath(a: Dirent, b: Dirent): number {
  return compare(a.isDirectory() ? a.name + sep : a.name, b.isDirectory() ? b.name + sep : b.name)
}

/** What patterns say of the paths below a root: to be matched from there on. */
interface Names {
  readonly expression: RegExp
  /** Whether folders below the root matter, too: all of them, or none. */
  readonly isDeep: boolean
}

/** The patterns as one expression; null: some lead through folders that they name, or say more than `*` can. */
function namesOf(patterns: readonly string[]): Names | null {
  if (!patterns.every((pattern) => /^(?:\*\*\/[\w.*/-]+|[\w.*-]+)$/.test(pattern) && !pattern.includes('**', 1))) return null
  const words: Record<string, string> = { '**/': `(?:.*[${SEPARATORS}])?`, '*': `[^${SEPARATORS}]*`, '/': `[${SEPARATORS}]`, '.': '\\.' }
  const expressions = patterns.map((pattern) => pattern.replaceAll(/\*\*\/|[*/.]/g, (part) => words[part] ?? part))
  return { expression: new RegExp(`(?:${expressions.join('|')})$`, 'sy'), isDeep: patterns.some((pattern) => pattern.startsWith('**/')) }
}

/** Everything below a root that matches. Links are found, and never entered. fast-glob is imported late: it takes long to load. */
async function match(root: string, patterns: readonly string[], readFolder: (folder: string) => Dirent[]): Promise<Found[]> {
  const { default: fastGlob } = await import('fast-glob')
  let entries: glob.Entry[]
  try {
    entries = await fastGlob([...patterns], {
      cwd: root,
      dot: true,
      followSymbolicLinks: false,
      onlyFiles: false,
      unique: true,
      suppressErrors: false,
      objectMode: true,
      // `absolute` would turn the backslashes of a name into slashes.
      absolute: false,
      concurrency: CONCURRENCY,
      fs: {
        readdir: ((folder: string, _options: unknown, done: (error: null, found: Dirent[]) => void) => {
          // Later: fast-glob expects no answer before its call has returned.
          const found = readFolder(resolve(folder))
          setImmediate(done, null, found)
        }) as never,
      },
    })
  } catch (error) {
    throw new FileUnavailable(root, codeOf(error) ?? 'UNKNOWN')
  }
  return entries.map(({ path, dirent }) => {
    const at = path.lastIndexOf('/')
    const folder = at < 0 ? root : below(root, sep === '/' ? path.slice(0, at) : join(path.slice(0, at)))
    return { path: below(folder, path.slice(at + 1)), folder, dirent }
  })
}

/** The entry with its name decoded; a name that does not survive decoding is kept in `undecodable`, as it can be shown. */
function decodeName(entry: Dirent<Buffer>, folder: string, undecodable: Map<string, Set<string>>): Dirent {
  const name = entry.name.toString('utf8')
  if (name.includes('\uFFFD') && !Buffer.from(name).equals(entry.name)) {
    const path = join(folder, name)
    const shown = undecodable.get(path) ?? new Set()
    undecodable.set(path, shown.add(join(folder, escapeBytes(entry.name))))
  }
  return Object.assign(entry as unknown as Dirent, { name })
}

/** A name that is not UTF-8, with every byte beyond ASCII as `\xNN`. */
function escapeBytes(name: Buffer): string {
  return name.toString('latin1').replace(/[\u0080-\u00ff]/g, (char) => `\\x${char.charCodeAt(0).toString(16)}`)
}

function exists(system: FileSystem, path: string): boolean {
  try {
    system.lstat(path)
    return true
  } catch {
    return false
  }
}

/** The kind of what was asked for, or the code of the error. */
function kindOf(look: () => BigIntStats): string {
  try {
    return factsOf(look()).kind
  } catch (error) {
    return codeOf(error) ?? 'UNKNOWN'
  }
}
