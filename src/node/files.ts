import { constants, type BigIntStats, type Dirent } from 'node:fs'
import * as nodeFileSystem from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import glob from 'fast-glob'
import { FileUnavailable, type FileFacts, type Files, type Listing, type OpenFile } from '../host.ts'
import type { ReadIssue, ReadIssueReason } from '../model/source.ts'

/** The calls of node:fs/promises behind `createFiles`: a test that needs an EIO hands in one that fails. */
export type FileSystem = Pick<typeof nodeFileSystem, 'lstat' | 'open' | 'readdir' | 'realpath' | 'stat'>

// 64 calls in flight keep a disk busy; an unbounded number ends in EMFILE.
const CONCURRENCY = 64
const CHUNK_BYTES = 2 ** 20

// Opening a FIFO without O_NONBLOCK waits for a writer, for ever. Windows has neither.
const READ_ONLY = constants.O_RDONLY | (process.platform === 'win32' ? 0 : constants.O_NONBLOCK)

/** The real file system, read only. */
export function createFiles(system: FileSystem = nodeFileSystem): Files {
  const open = (path: string): Promise<OpenFile> => openRegularFile(system, path)
  return {
    facts: async (path) => factsOf(await attempt(path, system.stat(path, { bigint: true }))),
    realPath: (path) => attempt(path, system.realpath(path)),
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

async function attempt<T>(path: string, call: Promise<T>): Promise<T> {
  try {
    return await call
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
  }
}

async function openRegularFile(system: FileSystem, path: string): Promise<OpenFile> {
  // Looked at before it is opened: opening a FIFO releases its writer, and opening a device may start what it drives.
  refuseIrregular(path, await attempt(path, system.stat(path, { bigint: true })))
  const handle = await attempt(path, system.open(path, READ_ONLY))
  const stats = await attempt(
    path,
    handle.stat({ bigint: true }).then((found) => refuseIrregular(path, found)),
  ).catch(async (error: unknown) => {
    await handle.close().catch(() => undefined)
    throw error instanceof FileUnavailable ? error : new FileUnavailable(path, codeOf(error))
  })
  const facts = factsOf(stats)
  let buffer: Buffer | undefined
  return {
    facts,
    async *chunks(start = 0) {
      buffer ??= Buffer.allocUnsafeSlow(Math.max(1, Math.min(CHUNK_BYTES, facts.bytes)))
      for (let position = start; position < facts.bytes;) {
        const wanted = Math.min(buffer.length, facts.bytes - position)
        const { bytesRead } = await attempt(path, handle.read(buffer, 0, wanted, position))
        // The file has shrunk: fewer bytes arrive than `facts` announced, and the caller can count.
        if (bytesRead === 0) return
        position += bytesRead
        yield buffer.subarray(0, bytesRead)
      }
    },
    async bytesNow() {
      const now = await attempt(path, handle.stat({ bigint: true }))
      // Asked of the open file, not of its name, which may be another file's by now. No link left: it was deleted or replaced.
      return now.nlink === 0n && stats.nlink > 0n ? null : Number(now.size)
    },
    close: () => attempt(path, handle.close()),
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
  const isReached = async (folder: string): Promise<boolean> => {
    const known = reached.get(folder)
    if (known !== undefined) return known
    let answer = false
    if (folder.startsWith(root) && (await isReached(dirname(folder)))) {
      const kind = await kindOf(system.lstat(folder, { bigint: true }))
      answer = kind === 'directory'
      // A link is `other`; whatever is no kind is the code of an error.
      if (!['directory', 'file', 'other', 'ENOENT', 'ENOTDIR'].includes(kind))
        report(folder, 'unreadable', `the folder could not be read: ${kind}`)
    }
    reached.set(folder, answer)
    return answer
  }

  // Given to fast-glob as its readdir: its own way with errors is all or nothing (`suppressErrors`), and names arrive decoded.
  const readFolder = async (folder: string): Promise<Dirent[]> => {
    if (!(await isReached(folder))) {
      reportUndecodable(folder)
      return []
    }
    try {
      const entries = await system.readdir(folder, { withFileTypes: true, encoding: 'buffer' })
      return entries.map((entry) => {
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

  const entries = await attempt(
    root,
    glob([...patterns], {
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
          // Out of the promise: what fast-glob throws in its callback is not this folder's error.
          void readFolder(resolve(folder)).then((found) => setImmediate(done, null, found))
        }) as never,
      },
    }),
  )

  const paths = new Set<string>()
  const examine = async (path: string, dirent: Pick<Dirent, 'isDirectory' | 'isSymbolicLink'>): Promise<void> => {
    const isUndecodable = reportUndecodable(path)
    if (dirent.isDirectory() || !(await isReached(dirname(path)))) return
    // A file whose real name holds U+FFFD may lie beside one whose name only decodes to it.
    if (isUndecodable && !(await exists(system, path))) return
    if (dirent.isSymbolicLink()) {
      const kind = await kindOf(system.stat(path, { bigint: true }))
      if (kind === 'directory') return
      if (kind === 'ENOENT' || kind === 'ELOOP' || kind === 'ENOTDIR')
        return report(path, 'dangling_link', `the link leads nowhere: ${kind}`)
      if (kind !== 'file' && kind !== 'other') return report(path, 'unreadable', `the link could not be followed: ${kind}`)
    }
    paths.add(path)
  }
  for (let at = 0; at < entries.length; at += CONCURRENCY) {
    await Promise.all(entries.slice(at, at + CONCURRENCY).map(({ path, dirent }) => examine(join(root, path), dirent)))
  }
  return {
    paths: [...paths].toSorted(byCodeUnits),
    issues: [...issues.values()].toSorted((a, b) => byCodeUnits(a.path, b.path) || byCodeUnits(a.reason, b.reason)),
  }
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

async function exists(system: FileSystem, path: string): Promise<boolean> {
  return system.lstat(path).then(
    () => true,
    () => false,
  )
}

/** The kind of what was asked for, or the code of the error. */
async function kindOf(stats: Promise<BigIntStats>): Promise<string> {
  return stats.then((found) => factsOf(found).kind, codeOf)
}

// Not by locale: the order is part of the output.
function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
