import type { SourceLocation } from './source.ts'

/** A replacement of one text by another in a file. `all`: wherever it stands; else it must stand there once. */
export interface TextEdit {
  readonly oldText: string
  readonly newText: string
  readonly all: boolean
}

/**
 * Lines that stand together, and what replaces them: nothing stands for an insertion at the end. `behind`: a line that stands
 * somewhere before it. `from`: the number of the first, counted from 1; null: wherever they come next.
 */
export interface LineHunk {
  readonly behind: string | null
  readonly oldLines: readonly string[]
  readonly newLines: readonly string[]
  readonly atEnd: boolean
  readonly from: number | null
}

/** What a call of a file tool asks for. */
export type FileChange =
  | { readonly kind: 'write'; readonly content: string }
  | { readonly kind: 'edit'; readonly edits: readonly TextEdit[] }
  | { readonly kind: 'patch'; readonly hunks: readonly LineHunk[] }
  | { readonly kind: 'delete' }
  | {
      readonly kind: 'notebook'
      readonly mode: 'replace' | 'insert' | 'delete'
      readonly cellId: string | null
      readonly cellType: string | null
      readonly source: string
    }
  /** `offset` counts lines from 1; null: from the first, to the last. */
  | { readonly kind: 'read'; readonly offset: number | null; readonly limit: number | null }

/** A call of a file tool, as the model made it: one may be about several files, and each of them is told. */
export interface FileCall {
  readonly kind: 'call'
  readonly id: string
  readonly tool: string
  /** As the call gives it: absolute or not, of any system. */
  readonly path: string
  readonly change: FileChange
}

/** A stretch of lines as a patch shows them: ` ` both sides, `-` before, `+` after, `\` a note. */
export interface PatchHunk {
  readonly newStart: number
  readonly lines: readonly string[]
}

/** The structured half of a file tool's answer, where the client records it. Line ends are LF, whatever the file has. */
export interface FileAnswer {
  readonly created: boolean
  /** The file before the change; null: it did not exist, or is not recorded. */
  readonly before: string | null
  /** The file after the change. */
  readonly after: string | null
  readonly hunks: readonly PatchHunk[]
  /** Lines that a reading showed, without line numbers. */
  readonly lines: { readonly from: number; readonly text: string; readonly total: number | null } | null
  /** A person changed what was proposed before it was written. */
  readonly userModified: boolean
}

/** The answer to a call. `text` is whole. */
export interface ActionResult {
  readonly kind: 'result'
  readonly callId: string
  readonly isError: boolean
  readonly text: string
  readonly answer: FileAnswer | null
  /** The file beside the session that the output was moved to, by its name. */
  readonly spilledTo: string | null
}

/** What a record says of files, with its place. A line gives any number of them, in the order in which they stand. */
export type FileAction = {
  readonly where: SourceLocation
  readonly at: number | null
  readonly cwd: string | null
  readonly clientVersion: string | null
} & (
  | FileCall
  | ActionResult
  | { readonly kind: 'command'; readonly id: string; readonly command: string }
  /** A call of a file tool whose input is not what the tool takes. */
  | { readonly kind: 'unread'; readonly id: string; readonly tool: string }
  /** The client kept a copy of a file as it was then; no name: the file did not exist. */
  | { readonly kind: 'backup'; readonly path: string; readonly name: string | null }
  /** The client noticed that a file changed without the agent's tools. */
  | { readonly kind: 'changed'; readonly path: string }
)
