/** A program to start, by its name on the PATH or its absolute path. No shell is involved. */
export interface ProgramCall {
  /** An absolute path. */
  readonly cwd: string
  readonly argv: readonly string[]
  /** `terminal`: it talks with the person; else the file that its output is appended to, made for its owner only. It reads nothing then. */
  readonly output: 'terminal' | { readonly file: string }
  /** Variables that it does not inherit. */
  readonly without?: readonly string[]
  /** Milliseconds until it is killed; absent: it may take as long as it likes. */
  readonly timeoutMs?: number
}

/** How a program ended. `error`: why it could not be started, in words (`claude was not found on the PATH`). */
export type ProgramEnd = { readonly code: number | null; readonly signal: string | null } | { readonly error: string }

/** A program that was started. */
export interface StartedProgram {
  /** null: it could not be started. */
  readonly pid: number | null
  readonly ended: Promise<ProgramEnd>
}

/** Starts programs with lists of words. */
export interface Programs {
  start(call: ProgramCall): StartedProgram
}
