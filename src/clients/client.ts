import type { WholeRecord } from '../facts/tool-use.ts'
import type { FileAction } from '../facts/file-action.ts'
import type { ToolResult, TranscriptRecord, WordOutcome } from '../facts/record.ts'
import type { FileRules } from '../facts/file-rules.ts'
import type { Sidecar } from '../facts/run.ts'
import type { Owners, WorkflowRun } from '../facts/session.ts'
import type { Files, Processes } from '../ports/host.ts'
import type { ClientRecovery } from './recovery.ts'
import type { ClientWorktrees } from './worktree-conventions.ts'
import type { TerminalReason } from '../reasons/terminal-reason.ts'
import type { ReadIssueReason, SourceLocation } from '../facts/source.ts'

/** What an agent's own transcript says of how it was launched. */
export type LaunchFacts = Pick<Sidecar, 'agentType' | 'parentAgentId' | 'spawnDepth' | 'background'> &
  Partial<Pick<Sidecar, 'description' | 'worktreePath' | 'worktreeBranch'>> & {
    /** The agent of another id whose work the client gave to it. */
    readonly continuesAgentId?: string | null
    /** It is a helper of the client's own. */
    readonly isInternal?: boolean
  }

/** What a file of a client holds. */
export type SourceRole =
  | { readonly role: 'main'; readonly sessionId: string | null }
  | {
      readonly role: 'agent'
      readonly sessionId: string | null
      readonly agentId: string
      readonly workflowRunId: string | null
      /** What the place itself says of its launch; absent: nothing. */
      readonly launch?: LaunchFacts
    }
  | { readonly role: 'sidecar' }
  | { readonly role: 'workflow_journal'; readonly sessionId: string | null; readonly runId: string }
  | { readonly role: 'workflow_summary'; readonly sessionId: string | null; readonly runId: string }
  | { readonly role: 'workflow_script'; readonly sessionId: string | null; readonly runId: string }

/**
 * What a path says of a file. Most say what it holds; `by_first_line`: its first line does (`roleOfFirstLine`); `document`: it is one JSON
 * document with many transcripts in it (`splitDocument`).
 */
export type PathRole = SourceRole | { readonly role: 'by_first_line' } | { readonly role: 'document' }

/** One file below a root, of which nothing but its path is known, and the client that wrote it. */
export interface SourcePlace {
  readonly client: Client
  readonly path: string
  readonly root: string
  readonly of: SourceRole
  /** Which transcript of a document it is; absent: the file is one transcript. */
  readonly part?: number
}

/** One file below a root, before anything of it is read. `identity`: see `FileFacts`; `modifiedAt` in milliseconds. */
export interface Source extends SourcePlace {
  readonly bytes: number
  readonly modifiedAt: number
  readonly identity: string | null
  /** Changes whenever the file's content or owner does, where the file system tells; see `FileFacts`. */
  readonly stamp?: string | undefined
}

/** What a parsed line becomes, or why it cannot become anything. */
export type Normalized = {
  /** null: nothing is read from it. */
  readonly record: TranscriptRecord | null
  readonly problems: readonly { readonly reason: ReadIssueReason; readonly detail: string }[]
}

export interface JournalLine {
  readonly type: 'started' | 'result' | 'failed'
  readonly agentId: string
  readonly label: string | null
  readonly key: string | null
}

/** One transcript of a document. Its records are read as if each stood on a line of its own. */
export interface DocumentPart {
  readonly of: SourceRole & { readonly role: 'main' | 'agent' }
  readonly records: readonly unknown[]
  /**
   * A file that may hold its whole conversation, by its path from the document's folder. `join`: its records with the lines of that file, parsed
   * (undefined: no JSON); null: the file is not this one's.
   */
  readonly beside?: { readonly path: string; join(lines: readonly unknown[]): readonly unknown[] | null }
}

/** What a document holds. `problems`: what stands in it and could not be read, in words. */
export interface SplitDocument {
  readonly parts: readonly DocumentPart[]
  readonly problems: readonly string[]
}

export interface WorkflowSummary extends Pick<
  WorkflowRun,
  'name' | 'scriptPath' | 'status' | 'reachedEnd' | 'startedAt' | 'figures' | 'failures'
> {
  readonly agents: readonly {
    readonly agentId: string | null
    readonly label: string | null
    readonly queuedAt: number | null
    readonly state: string | null
    readonly outcome: WordOutcome | null
    readonly error: string | null
    /** Which try of the call it is, counted from 1; null: the client does not say. */
    readonly attempt: number | null
  }[]
}

/**
 * Reads lines without parsing them, where it can. `load`: takes lines, each with its line feed but for the last one, and stands before the first;
 * `next`: goes on to the next one, false where there is none. Records may take their texts from the line when they are asked for them: use
 * them before going on.
 */
export interface Skimmer {
  load(lines: Uint8Array): void
  next(): boolean
  /** The line at hand, without its end, valid until the next lines are loaded, and where it stands among them. */
  readonly line: Uint8Array
  readonly from: number
  readonly to: number
  /** What the line at hand says; null: nothing is read from it; undefined: it has to be parsed. */
  read(where: SourceLocation): TranscriptRecord | null | undefined
}

/** What the person and the machine say of where things are. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  readonly cwd: string
}

/** The machine, as far as owners of sessions are looked for on it. */
export interface Machine {
  readonly files: Files
  readonly processes: Processes
}

/** One file of settings in which a person allows tools. */
export interface PermissionSettings {
  readonly path: string
  /** Milliseconds since the epoch. */
  readonly changedAt: number
  /** Its rules, in the client's words. */
  readonly allow: readonly string[]
}

/**
 * One product, whole: where its files are, what they say, who runs its sessions, and how its agents are taken up again. A folder of its
 * own below `clients/`, one line in `clients/index.ts`. It travels with every source from discovery to plan; `defineClient` fills in
 * what a product does not have.
 */
export interface Client {
  /** What reports call it: `format` of agents and sessions. */
  readonly id: string
  /** What people call it. */
  readonly name: string
  /** The folder of its transcripts, below its home. */
  readonly folder: string
  /** Where its transcripts are, as help says it. */
  readonly rootInWords: string
  /** Where its transcripts are, absolute. */
  defaultRoot(surroundings: Surroundings): string
  /** Where its files lie in a folder that somebody worked in, relative to that; empty: it keeps none there. */
  readonly places: readonly string[]
  /** Whether a root is where its transcripts usually are, for whoever looks at a report of another machine. */
  isUsualRoot(root: string): boolean

  /** Which files below a root belong to it (glob patterns). */
  readonly patterns: readonly string[]
  /** What a file holds; undefined when it is none of this client's. `path` is relative to its root, with `/`. */
  roleOf(path: string): PathRole | undefined
  /** What a file with the role `by_first_line` holds. */
  roleOfFirstLine(raw: unknown): SourceRole | undefined
  /** The transcripts of a file with the role `document`; undefined: it is none. */
  splitDocument(raw: unknown): SplitDocument | undefined
  /** The transcript that a sidecar stands beside. */
  transcriptBeside(sidecar: string): string
  /** Where the client keeps texts of a session beside its transcripts: outputs that it moved out, copies of files. */
  foldersBeside(source: SourcePlace, sessionId: string, kind: 'outputs' | 'copies'): readonly string[]

  /** The session that a transcript names in its first bytes, each of which is a character here; null: its first line has to be read. */
  sessionAtStart(beginning: string): string | null
  /** The line, parsed as JSON, as records of ours. Text without a zone is read in `timeZone`. */
  normalize(raw: unknown, where: SourceLocation, bytes: number, timeZone: string): Normalized
  /** The same line with whole inputs and results, for a second reading of one transcript; null when it is no record. */
  readWhole(raw: unknown): WholeRecord | null
  /**
   * What the line, parsed as JSON, says of files: calls of file tools, their answers, commands. Whole texts, for one transcript at a time. null:
   * its files cannot be rebuilt.
   */
  readonly fileActions: ((raw: unknown, where: SourceLocation) => readonly FileAction[]) | null
  /** What a version of it does with a text on its way to the disk. */
  fileRules(version: string | null): FileRules
  /** Whether an agent is a helper of the client's own, which no person launched. */
  isInternal(agentId: string, firstPrompt: string | null): boolean
  readSidecar(raw: unknown, path: string): Sidecar | undefined
  /** One line of a workflow run's journal. */
  readJournalLine(raw: unknown): JournalLine | undefined
  readWorkflowSummary(raw: unknown): WorkflowSummary | undefined
  /** A reader of lines that need not be parsed; null: every line is. It keeps what lines repeat, so one is made for a whole tree. */
  skimmer(): Skimmer | null
  /** True when damage inside of a line is nothing to report: it begins with bytes that only records without any fact begin with. */
  isSkippable(line: Uint8Array): boolean
  /** Whether a record of the conversation stands anywhere in a line that could not be parsed: a lost line end joins two. */
  holdsConversation(line: Uint8Array): boolean
  /** Whether a damaged line, by its beginning, only kept the books: it hides no conversation. */
  isBookkeeping(opening: string): boolean
  /** The background task that a command's result says it became; null: none. Asked of every result of a command. */
  backgroundTaskOf(result: ToolResult): string | null
  /** Whether the result of a call says that the person did not let it happen, or cut it off. Asked of errors. */
  isRejection(text: string): boolean
  /** Whether the result of a call says that a person, a rule or a hook denied it. Asked of errors. */
  isDenial(text: string): boolean
  /** Whether no client of the product brings a tool with it: a server or a host program does. */
  isExtensionTool(name: string): boolean
  /** Whether an answer about a background task says that it is over. */
  isTaskOver(result: ToolResult): boolean
  /** Whether it ends the commands that an agent left in the background when the agent gives its final answer. */
  readonly endsCommandsOfAgents: boolean
  /** The names of the tools that start agents or workflow runs. */
  readonly launchTools: readonly string[]
  /** Reasons of which it records nothing: none of its runs is judged as one of them. */
  readonly unrecordedReasons: readonly TerminalReason[]
  /** What its status word means; null: nothing that is known. */
  outcomeOf(status: string | null): WordOutcome | null

  /** Who runs its sessions and agents. `worktreePaths`: where agents worked, which may be locked. */
  readOwners(roots: readonly string[], worktreePaths: readonly string[], machine: Machine): Promise<Owners>
  /** What settings allow its agents: those of the user whose transcript it is, and those in folders that it ran in. */
  readPermissions(transcript: string, folders: readonly string[], files: Files): Promise<readonly PermissionSettings[]>
  /** null: it makes no worktrees. */
  readonly worktrees: ClientWorktrees | null
  /** null: nothing is known of how its sessions are started again. */
  readonly recovery: ClientRecovery | null
}

/** What every client has to say; the rest is filled in. */
type ClientEssentials = Pick<Client, 'id' | 'name' | 'folder' | 'patterns' | 'roleOf' | 'normalize'>

const NO_OWNERS: Owners = {
  bySession: new Map(),
  byAgent: new Map(),
  byWorktree: new Map(),
  jobs: new Map(),
  registryRead: false,
  isThisMachine: false,
}

/** A client, with what it leaves out as a product that has nothing of the kind. */
export function defineClient(client: ClientEssentials & Partial<Client>): Client {
  return {
    rootInWords: `~/.${client.id}/${client.folder}`,
    defaultRoot: ({ home }) => `${home}/.${client.id}/${client.folder}`,
    places: [],
    isUsualRoot: () => false,
    roleOfFirstLine: () => undefined,
    splitDocument: () => undefined,
    transcriptBeside: (sidecar) => sidecar,
    foldersBeside: () => [],
    sessionAtStart: () => null,
    readWhole: () => null,
    fileActions: null,
    fileRules: () => ({
      writeKeepsLineEnds: 'either',
      writeKeepsMark: 'either',
      editKeepsQuotes: 'either',
      notebookKeepsNewline: 'either',
    }),
    isInternal: () => false,
    readSidecar: () => undefined,
    readJournalLine: () => undefined,
    readWorkflowSummary: () => undefined,
    skimmer: () => null,
    isSkippable: () => false,
    holdsConversation: () => true,
    isBookkeeping: () => false,
    backgroundTaskOf: () => null,
    isRejection: () => false,
    isDenial: () => false,
    isExtensionTool: () => false,
    isTaskOver: () => false,
    endsCommandsOfAgents: false,
    launchTools: [],
    unrecordedReasons: [],
    outcomeOf: () => null,
    readOwners: () => Promise.resolve(NO_OWNERS),
    readPermissions: () => Promise.resolve([]),
    worktrees: null,
    recovery: null,
    ...client,
  }
}

/** The client that a run names as its `format`. */
export function clientOf(clients: readonly Client[], format: string): Client {
  const client = clients.find(({ id }) => id === format)
  if (client === undefined) throw new Error(`no client is called ${format}`)
  return client
}

/** The programs that people start of some clients, as a sentence names them. */
export function namePrograms(clients: readonly Client[]): string {
  const programs = new Set(clients.flatMap(({ recovery }) => recovery?.program ?? []))
  return programs.size === 0 ? 'client' : [...programs].join(' or ')
}
