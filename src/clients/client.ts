import type { WholeRecord } from '../facts/tool-use.ts'
import type { FileAction } from '../facts/file-action.ts'
import type { TranscriptRecord } from '../facts/record.ts'
import type { Sidecar } from '../facts/run.ts'
import type { WorkflowRun } from '../facts/session.ts'
import type { ReadIssueReason, SourceLocation } from '../facts/source.ts'

/** What a file of a format holds, told from its path alone. */
export type SourceRole =
  | { readonly role: 'main'; readonly sessionId: string | null }
  | { readonly role: 'agent'; readonly sessionId: string | null; readonly agentId: string; readonly workflowRunId: string | null }
  | { readonly role: 'sidecar'; readonly transcript: string }
  | { readonly role: 'workflow_journal'; readonly sessionId: string | null; readonly runId: string }
  | { readonly role: 'workflow_summary'; readonly sessionId: string | null; readonly runId: string }
  | { readonly role: 'workflow_script'; readonly sessionId: string | null; readonly runId: string }

/** One file below a root, of which nothing but its path is known. */
export interface Place {
  readonly path: string
  readonly root: string
  readonly of: SourceRole
}

/** One file below a root, before anything of it is read. `identity`: device and inode; `modifiedAt` in milliseconds. */
export interface Source extends Place {
  readonly bytes: number
  readonly modifiedAt: number
  readonly identity: string
  /** Changes whenever the file's content or owner does, where the file system tells; see `FileFacts`. */
  readonly stamp?: string | undefined
}

/** What a parsed line becomes, or why it cannot become anything. */
export type Normalized = {
  readonly records: readonly TranscriptRecord[]
  readonly problems: readonly { readonly reason: ReadIssueReason; readonly detail: string }[]
}

export interface JournalLine {
  readonly type: 'started' | 'result' | 'failed'
  readonly agentId: string
  readonly label: string | null
  readonly key: string | null
}

export interface WorkflowSummary extends Pick<WorkflowRun, 'name' | 'scriptPath' | 'status' | 'startedAt' | 'figures' | 'failures'> {
  readonly agents: readonly {
    readonly agentId: string | null
    readonly label: string | null
    readonly queuedAt: number | null
    readonly state: string | null
    readonly error: string | null
    /** Which try of the call it is, counted from 1; null: the client does not say. */
    readonly attempt: number | null
  }[]
}

/**
 * The records of a line that ends in `}`, taken from its bytes without parsing it. For JSON they are those of `normalize`, or
 * undefined: such a line has to be parsed. The text of a result may only be asked for until the next line is skimmed.
 */
export type Skim = (line: Uint8Array, where: SourceLocation) => readonly TranscriptRecord[] | undefined

/** One product's transcripts: a folder of its own below `formats/`, one line in `formats/index.ts`. */
export interface TranscriptFormat {
  readonly id: string
  /** Which files below a root belong to it (glob patterns). */
  readonly patterns: readonly string[]
  /** What a file holds; undefined when it is none of this format's. `path` is relative to its root, with `/`. */
  roleOf(path: string): SourceRole | undefined
  /** The line, parsed as JSON, as records of ours. Text without a zone is read in `timeZone`. */
  normalize(raw: unknown, where: SourceLocation, bytes: number, timeZone: string): Normalized
  /** The same line with whole inputs and results, for a second reading of one transcript; null when it is no record. */
  readWhole(raw: unknown): WholeRecord | null
  /** What the line, parsed as JSON, says of files: calls of file tools, their answers, commands. Whole texts, for one transcript at a time. */
  fileActions(raw: unknown, where: SourceLocation): readonly FileAction[]
  /** Whether an agent is a helper of the client's own, which no person launched. */
  isInternal(agentId: string, firstPrompt: string | null): boolean
  readSidecar(raw: unknown, path: string): Sidecar | undefined
  /** One line of a workflow run's journal. */
  readJournalLine(raw: unknown): JournalLine | undefined
  readWorkflowSummary(raw: unknown): WorkflowSummary | undefined
  /** A reader of lines that need not be parsed. It keeps what lines repeat, so one is made for a whole tree. */
  skimmer(): Skim
  /** True when damage inside of a line is nothing to tell: it begins with bytes that only records without any fact begin with. */
  isSkippable(line: Uint8Array): boolean
  /** Whether a record of the conversation stands anywhere in a line that could not be parsed: a lost line end joins two. */
  holdsConversation(line: Uint8Array): boolean
}
