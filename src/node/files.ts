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
import { dirname, join, resolve } from 'node:path'
import type glob from 'fast-glob'
import { FileUnavailable, type FileFacts, type Files, type Listing, type OpenFile } from '../host.ts'
import type { ReadIssue, ReadIssueReason } from '../model/source.ts'
import { compare } from '../text/order.ts'

/**
 * The calls of node:fs behind `createFiles`: a test that needs an EIO hands in one that fails. They do not go through Node's
 * threads, which take thirty times as long for a small file as the call itself does.
 */
export interface FileSystem {
  lstat(path: string): BigIntStats
  stat(path: string): BigIntStats
  realpath(path: string): string
  readdir(path: string): Dirent<Buffer>[]
  open(path: string, flags: number): number
  fstat(file: number): BigIntStats
  read(file: number, buffer: Buffer, offset: number, length: number, position: number): number
  close(file: number): void
}

export const nodeFileSystem: FileSystem = {
  lstat: (path) => lstatSync(path, { bigint: true }),
  stat: (path) => statSync(path, { bigint: true }),
  realpath: (path) => realpathSync.native(path),
  readdir: (path) => readdirSync(path, { withFileTypes: true, encoding: 'buffer' }),
  open: (path, flags) => openSync(path, flags),
  fstat: (file) => fstatSync(file, { bigint: true }),
  read: (file, buffer, offset, length, position) => readSync(file, buffer, offset, length, position),
  close: (file) => closeSync(file),
}

/** Folders that fast-glob has in flight. */
const CONCURRENCY = 64
/** Work goes on at most this long before timers, signals and output get their turn. Milliseconds. */
const BREATHE_AFTER_MS = 20
const CHUNK_BYTES = 2 ** 20
/** Some readers look at the beginning only. Bytes. */
const FIRST_CHUNK_BYTES = 2 ** 16

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
    list: (root, patterns) => listBelow(system, resolve(root), patterns),
    open,
    async readText(path, maxBytes) {
      const file = await open(path)
      try {
        if (file.facts.bytes > maxBytes) throw new FileUnavailable(path, 'EFBIG')
        const decoder = new TextDecoder()
        let text = ''
        for await (const chunk of file.chunks()) text += decoder.decode(chunk, { stream: true })
        return text + decoder.decode()
      } finally {
        await file.close()
      }
    },
  }
}

/** Buffers of closed files: fresh memory costs more than the reading, since the system hands it out page by page. */
const spare: Buffer[] = []
const MAX_SPARE = 32

let breathedAt = performance.now()

/** Waits for a turn of the event loop when there was none for a while: calls that do not wait would keep Ctrl-C from working. */
function breath(): Promise<void> | undefined {
  if (performance.now() - breathedAt < BREATHE_AFTER_MS) return undefined
  return new Promise((done) => {
    setImmediate(() => {
      breathedAt = performance.now()
      done()
    })
  })
}

function attempt<T>(path: string, call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw new FileUnavailable(path, codeOf(error))
  }
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'UNKNOWN'
}

function factsOf(stats: BigIntStats): FileFacts {
  return {
    kind: stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other',
    bytes: Number(stats.size),
    modifiedAt: Number(stats.mtimeMs),
    // As bigints: inode numbers of some file systems are beyond 2^53, and two of them must not become one.
    identity: `${stats.dev}:${stats.ino}`,
    // The time of a change cannot be set back, as that of the last writing can.
    stamp: `${stats.mtimeNs}:${stats.ctimeNs}`,
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
    throw error instanceof FileUnavailable ? error : new FileUnavailable(path, codeOf(error))
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
      for (let position = start; position < facts.bytes;) {
        await breath()
        const at = position
        const most = Math.min(at === start ? FIRST_CHUNK_BYTES : into.length, facts.bytes - at)
        const bytesRead = attemptOpen(() => system.read(file, into, 0, most, at))
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

async function listBelow(system: FileSystem, root: string, patterns: readonly string[]): Promise<Listing> {
  const issues = new Map<string, ReadIssue>()
  const report = (path: string, reason: ReadIssueReason, detail: string): void => {
    // Patterns with different beginnings make fast-glob read a folder twice.
    issues.set(`${reason} ${path}`, { path, line: null, byteOffset: null, reason, bytes: null, detail })
  }
  /** Names that are not UTF-8, by the path that they decode to. */
  const undecodable = new Map<string, Set<string>>()
  const reportUndecodable = (path: string): boolean => {
    const shown = undecodable.get(path)
    for (const name of shown ?? []) report(name, 'name_not_utf8', 'the name is not UTF-8 and cannot be opened')
    return shown !== undefined
  }

  /** Folders that are reached without a link. fast-glob enters none, but goes through those that a pattern spells out. */
  const reached = new Map<string, boolean>([[root, true]])
  const isReached = (folder: string): boolean => {
    const known = reached.get(folder)
    if (known !== undefined) return known
    let answer = false
    if (folder.startsWith(root) && isReached(dirname(folder))) {
      const kind = kindOf(() => system.lstat(folder))
      answer = kind === 'directory'
      // A link is `other`; whatever is no kind is the code of an error.
      if (!['directory', 'file', 'other', 'ENOENT', 'ENOTDIR'].includes(kind))
        report(folder, 'unreadable', `the folder could not be read: ${kind}`)
    }
    reached.set(folder, answer)
    return answer
  }

  // Given to fast-glob as its readdir: its own way with errors is all or nothing (`suppressErrors`), and names arrive decoded.
  const readFolder = (folder: string): Dirent[] => {
    if (!isReached(folder)) {
      reportUndecodable(folder)
      return []
    }
    try {
      return system.readdir(folder).map((entry) => {
        const decoded = decodeName(entry, folder, undecodable)
        if (decoded.isDirectory()) reached.set(join(folder, decoded.name), !undecodable.has(join(folder, decoded.name)))
        return decoded
      })
    } catch (error) {
      const code = codeOf(error)
      if (code === 'ENOENT') {
        // A missing root is the caller's to notice.
        if (folder !== root) report(folder, 'vanished', 'the folder vanished while it was listed')
      } else report(folder, 'unreadable', `the folder could not be read: ${code}`)
      return []
    }
  }

  const wanted = patterns.map(plainPattern)
  const found = wanted.every((pattern) => pattern !== undefined)
    ? await walk(root, wanted, readFolder)
    : await globbed(root, patterns, readFolder)

  const paths = new Set<string>()
  const examine = (path: string, dirent: Pick<Dirent, 'isDirectory' | 'isSymbolicLink'>): void => {
    const isUndecodable = reportUndecodable(path)
    if (dirent.isDirectory() || !isReached(dirname(path))) return
    // A file whose real name holds U+FFFD may lie beside one whose name only decodes to it.
    if (isUndecodable && !exists(system, path)) return
    if (dirent.isSymbolicLink()) {
      const kind = kindOf(() => system.stat(path))
      if (kind === 'directory') return
      if (kind === 'ENOENT' || kind === 'ELOOP' || kind === 'ENOTDIR')
        return report(path, 'dangling_link', `the link leads nowhere: ${kind}`)
      if (kind !== 'file' && kind !== 'other') return report(path, 'unreadable', `the link could not be followed: ${kind}`)
    }
    paths.add(path)
  }
  const facts = new Map<string, FileFacts>()
  for (const [path, dirent] of found) {
    await breath()
    examine(path, dirent)
    // A file that is no link is asked about here and now: a map of facts is cheaper than a promise for each.
    if (!dirent.isFile() || !paths.has(path)) continue
    const known = factsOrNone(system, path)
    if (known?.kind === 'file') facts.set(path, known)
  }
  return {
    paths: [...paths].toSorted(compare),
    issues: [...issues.values()].toSorted((a, b) => compare(a.path, b.path) || compare(a.reason, b.reason)),
    facts,
  }
}

/** A pattern that a walk can match by itself: at most one `**`, at its beginning, then names in which only `*` is special. */
interface PlainPattern {
  readonly isDeep: boolean
  readonly names: readonly RegExp[]
}

function plainPattern(pattern: string): PlainPattern | undefined {
  const isDeep = pattern.startsWith('**/')
  const rest = isDeep ? pattern.slice(3) : pattern
  if (rest.includes('**') || /[?[\]{}()!+@|\\]/.test(rest)) return undefined
  const names = rest.split('/')
  if (names.some((name) => name === '' || name === '.' || name === '..')) return undefined
  return { isDeep, names: names.map((name) => new RegExp(`^${name.replace(/[.^$]/g, '\\$&').replaceAll('*', '[^]*')}$`)) }
}

type Found = ReadonlyMap<string, Dirent>

/** Everything below a root that matches, by one reading of each folder. Links are found, and never entered. */
async function walk(
  root: string,
  patterns: readonly (PlainPattern | undefined)[],
  readFolder: (folder: string) => Dirent[],
): Promise<Found> {
  const wanted = patterns.filter((pattern) => pattern !== undefined)
  const found = new Map<string, Dirent>()
  const deepest = wanted.some(({ isDeep }) => isDeep) ? Number.POSITIVE_INFINITY : Math.max(...wanted.map(({ names }) => names.length))
  // A list and no recursion: folders may nest as deep as a path can be long.
  const open: (readonly string[])[] = [[]]
  for (let parts = open.pop(); parts !== undefined; parts = open.pop()) {
    await breath()
    const folder = parts.length === 0 ? root : join(root, ...parts)
    for (const entry of readFolder(folder)) {
      const isFolder = entry.isDirectory()
      if (!isFolder && wanted.some((pattern) => isMatch(pattern, parts, entry.name))) found.set(join(folder, entry.name), entry)
      if (isFolder && parts.length + 1 < deepest) open.push([...parts, entry.name])
    }
  }
  return found
}

function isMatch({ isDeep, names }: PlainPattern, folders: readonly string[], name: string): boolean {
  const from = folders.length + 1 - names.length
  if (isDeep ? from < 0 : from !== 0) return false
  return (
    names.at(-1)?.test(name) === true && names.every((each, index) => index === names.length - 1 || each.test(folders[from + index] ?? ''))
  )
}

/** The same by fast-glob, for every other pattern. Imported late: it takes half as long to load as Node takes to start. */
async function globbed(root: string, patterns: readonly string[], readFolder: (folder: string) => Dirent[]): Promise<Found> {
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
    throw new FileUnavailable(root, codeOf(error))
  }
  return new Map(entries.map(({ path, dirent }) => [join(root, path), dirent as Dirent]))
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

function factsOrNone(system: FileSystem, path: string): FileFacts | undefined {
  try {
    return factsOf(system.stat(path))
  } catch {
    // Whoever asks for it by its name is told why.
    return undefined
  }
}

/** The kind of what was asked for, or the code of the error. */
function kindOf(look: () => BigIntStats): string {
  try {
    return factsOf(look()).kind
  } catch (error) {
    return codeOf(error)
  }
}
