import type { ForgeTools } from './forge.ts'
import type { Git } from './git.ts'
import type { GitWriter } from './git-writer.ts'
import type { HookPorts } from './hook.ts'
import type { Journals } from './journal.ts'
import type { Programs } from './programs.ts'
import type { ReadIssue } from '../facts/source.ts'

/** What a path names, links followed. `modifiedAt` in milliseconds since the epoch; `identity` is device and inode, null where there are none. */
export interface FileFacts {
  readonly kind: 'file' | 'directory' | 'other'
  readonly bytes: number
  readonly modifiedAt: number
  readonly identity: string | null
  /** Changes whenever the content may have, finer than `modifiedAt`; absent where the system does not tell. */
  readonly stamp?: string
  /** How many names it has (hard links); absent where the system does not tell. */
  readonly names?: number
}

/** A regular file, opened for reading. Its size is fixed at opening: later growth is reported, not read. */
export interface OpenFile {
  readonly facts: FileFacts
  /** The bytes from `start` up to the size at opening, in chunks that are only valid until the next one, or until it is closed. */
  chunks(start?: number): AsyncIterable<Uint8Array>
  /** The size now, to tell a file that grows; null when it is gone. */
  bytesNow(): Promise<number | null>
  close(): Promise<void>
}

export interface Listing {
  /** Absolute paths of everything below the root whose name matches, links to files included, folders never. */
  readonly paths: readonly string[]
  readonly issues: readonly ReadIssue[]
  /** Of each path; null where they do not matter; undefined: a link, or something else that has to be asked about. */
  readonly facts?: readonly (FileFacts | null | undefined)[]
}

/** Why a file could not be had. `code` is the operating system's (ENOENT, EACCES, ELOOP, …), or `not_a_regular_file`. */
export class FileUnavailable extends Error {
  readonly code: string
  constructor(path: string, code: string) {
    super(`${path}: ${code}`)
    this.code = code
  }
}

/** The file that was named for a cache is none: it is neither read nor overwritten. */
export class NotACache extends Error {}

/** The file system, read only. Every method throws `FileUnavailable` and nothing else. */
export interface Files {
  facts(path: string): Promise<FileFacts>
  realPath(path: string): Promise<string>
  /**
   * Folders are never entered through a link. `mattersFrom`: since when a file must have been written for its facts to matter; asked of each
   * path in turn. Infinity: it is not even looked at.
   */
  list(root: string, patterns: readonly string[], mattersFrom?: (path: string) => number): Promise<Listing>
  /**
   * Refuses, without waiting, whatever is not a regular file. `expected`: what a listing just said of it, so that it need not be
   * looked at a second time before it is opened.
   */
  open(path: string, expected?: Pick<FileFacts, 'kind'>): Promise<OpenFile>
  /** The first 1,024 bytes of what a listing said is a file, each as a character. */
  beginning(path: string): Promise<string>
  /** A whole small file as UTF-8; refuses (`EFBIG`) beyond `maxBytes`. `expected`: as for `open`. */
  readText(path: string, maxBytes: number, expected?: Pick<FileFacts, 'kind'>): Promise<string>
}

/**
 * Why something could not be written below an output folder. `code` is the operating system's, or `not_empty`,
 * `unfinished` (by a run that was killed), `is_a_link`, `unsafe_name`.
 */
export class OutputRefused extends Error {
  readonly code: string
  constructor(path: string, code: string) {
    super(`${path}: ${code}`)
    this.code = code
  }
}

/** A fresh folder that only its owner may enter, the one place where a job writes what it read. Throws `OutputRefused` and nothing else. */
export interface OutputFolder {
  readonly path: string
  /**
   * Creates a file, which must not be there yet, and the folders above it. No link is followed or made; what could be written only
   * in part is taken away again.
   */
  write(parts: readonly string[], bytes: Uint8Array): Promise<void>
  /** All is written. Where the process ends before, nothing of it stays. */
  finish(): void
}

export type ProcessFacts =
  /**
   * `start`: the system's own start mark, opaque (Linux: field 22 of /proc/<pid>/stat); `startedAt`: milliseconds since the epoch; `lstart`: the
   * start as `ps -o lstart=` says it in this machine's zone, where clients go by that.
   */
  | { readonly state: 'alive'; readonly start: string | null; readonly startedAt: number | null; readonly lstart?: string }
  | { readonly state: 'gone' }
  | { readonly state: 'unknown' }

/** The processes of this machine. */
export interface Processes {
  /** The system of this machine; absent: not known. */
  readonly platform?: string
  /**
   * Where pids mean what they say, in the client's spelling: `linux:<machine-id>:pid:[<namespace>]`, `darwin`, `win32:<hostname>`; null: not
   * known.
   */
  domain(): Promise<string | null>
  inspect(pid: number): Promise<ProcessFacts>
  /** The processes that hold locks on files, by the files' identities (`FileFacts`). Absent: not known; a file that is missing may be locked all the same. */
  lockHolders?(): Promise<ReadonlyMap<string, number>>
  /** When the machine was started, milliseconds since the epoch: no process is older. Absent: not known. */
  bootedAt?(): number
}

export interface Progress {
  readonly filesDone: number
  readonly filesAll: number
  readonly bytesDone: number
  readonly bytesAll: number
  /** Agents among the files that are done. */
  readonly agentsDone: number
}

/** How a client says its version. */
export interface VersionQuery {
  readonly argv: readonly [string, ...string[]]
  /** Beside the person's own: it shall neither update itself nor report home meanwhile. */
  readonly env: Readonly<Record<string, string>>
  /** The version in what it printed; null: there is none. */
  read(text: string): string | null
}

/** The client that a recovery would start. */
export interface ClientProgram {
  /** `2.1.329`; null when there is none, or when it does not say in time. */
  version(query: VersionQuery): Promise<string | null>
}

/** The outside world of an analysis. */
export interface Host {
  readonly files: Files
  readonly processes: Processes
  readonly git: Git
  /** Absent: the forges' tools are not asked for the state of a request. */
  readonly forge?: ForgeTools
  /** Absent: no installed client is asked for its version. */
  readonly client?: ClientProgram
  readonly progress?: (progress: Progress) => void
  /** Where facts of transcripts are kept for the next time; absent: nowhere. */
  readonly cache?: {
    readonly path: string
    /** Writes all of it, or adds to what is there. */
    write(change: { readonly isWhole: boolean; readonly pieces: Iterable<string> }): Promise<void>
  }
}

/** The outside world of the program: what `main` needs beyond an analysis. */
export interface Terminal {
  /** Resolves when the text is accepted; false when the reader is gone (EPIPE). */
  write(text: string): Promise<boolean>
  readonly isTTY: boolean
  readonly columns: number
}

/** Somebody at a terminal. */
export interface Person {
  /** The answer without its line end; null: there is none any more (end of input). */
  ask(question: string): Promise<string | null>
}

export interface ProgramHost extends Host {
  /** What saves work; nothing else writes to a repository. */
  readonly gitWriter: GitWriter
  readonly stdout: Terminal
  readonly stderr: Terminal
  readonly env: Readonly<Record<string, string | undefined>>
  /** The words that start this program again, whatever the current folder is. */
  readonly tool: readonly string[]
  /** Null: it has been deleted. */
  readonly cwd: string | null
  /** Empty: nothing tells. */
  readonly home: string
  readonly timeZone: string
  now(): number
  /**
   * Writes a file that the user named (`--output`, `--cache`), whole or not at all. `isPrivate`: a new one for its owner only; `isAdded`: behind
   * what is there.
   */
  writeFile(
    path: string,
    text: string | Iterable<string>,
    how?: { readonly isPrivate?: boolean; readonly isAdded?: boolean },
  ): Promise<void>
  /** Why what lies there may be somebody else’s doing, in words; null: it is not there, or nobody else can write it. */
  whyUntrusted(path: string): Promise<string | null>
  /** Makes the folder, or takes one that is empty; throws `OutputRefused`. */
  outputFolder(path: string): Promise<OutputFolder>
  /** Writes a file that must not be there yet, readable by its owner alone, whole or not at all; false: it is there, and stays as it is. */
  writeNewFile(path: string, chunks: AsyncIterable<string>): Promise<boolean>
  /** Standard input as text, bounded. `withinMs`: what came by then, if it has no end. */
  readStdin(maxBytes: number, withinMs?: number): Promise<string>
  /** Absent: nothing is started. */
  readonly recovery?: () => Promise<RecoveryPorts>
  /** Absent: hooks have nothing to remember with, and say nothing. */
  readonly hooks?: () => Promise<HookPorts>
  readonly demo: Demos
}

/** What carrying out a plan needs beyond looking. */
export interface RecoveryPorts {
  readonly programs: Programs
  readonly journals: Journals
  /** null: nobody is at a terminal. */
  person(): Person | null
  /** Resolves after so many milliseconds, or as soon as `stop` is aborted. */
  sleep(ms: number, stop?: AbortSignal): Promise<void>
  /** Does what a plan asks a person to fix, by the id of its action; false: it is for the person. Absent: so is all. */
  readonly fix?: (id: string) => Promise<boolean>
}

/** The sample incident, as one command finds it. It has a clock of its own, which stands still but for what a recovery waits for. */
export interface Demo {
  /** Where its transcripts are. */
  readonly root: string
  /** What a person must know of it; null: nothing. */
  readonly note: string | null
  /** Milliseconds since the epoch. */
  now(): number
  /**
   * Carries out plans in it: a stand-in answers for the client and for whatever else would leave the machine, and who waits moves the clock
   * on. `say`: a line for the person.
   */
  recovery(base: RecoveryPorts, say: (line: string) => Promise<void>): RecoveryPorts
  /** Keeps its clock for the next command. */
  close(): Promise<void>
}

/** Keeps the sample incident on disk, until it is removed. Throws `FileUnavailable`. */
export interface Demos {
  /** Where its transcripts are, or would be; null: nothing tells. */
  readonly root: string | null
  /** Sets it up where it is not there yet. `asOf`: as of this instant; null: as of now. */
  open(asOf: number | null): Promise<Demo>
  /** The folder that was removed; null: there is none. */
  remove(): Promise<string | null>
}
