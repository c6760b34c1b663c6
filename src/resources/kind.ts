import type { ShellCommand } from '../facts/shell-command.ts'
import type { SimpleCommand } from './simple-commands.ts'

/** One thing that a command line started. */
export interface Started {
  /** What kind of thing it is: only an end of the same kind ends it. */
  readonly kind: string
  readonly provider: string
  readonly what: string
  readonly identifier: string | null
  /** By what else an end may name it. */
  readonly aliases: readonly string[]
  readonly ratePerHour: number | null
  /** Show the command where there is no identifier. */
  readonly excerpt: string | null
  readonly check: readonly string[] | null
  readonly end: readonly string[] | null
  /** Which command of the line it was. */
  readonly index: number
}

/** What a command line ended. */
export interface Ended {
  readonly kind: string
  /** `all` of the kind, or those named; null: which one, only the machine knew. */
  readonly names: readonly string[] | 'all' | null
  readonly index: number
}

/** A command line with its commands and the head of its result. */
export interface Line {
  readonly shell: ShellCommand
  readonly commands: readonly SimpleCommand[]
}

/** One kind of thing that can be rented or started: how a line shows that it began, and that it ended. */
export interface Kind {
  started(line: Line): readonly Started[]
  ended(line: Line): readonly Ended[]
}

/**
 * Whether a start counts: it ran, and its line did not fail. Where that cannot be told, only an identifier in the result shows that it
 * did (the line of a failed call may have failed behind it).
 */
export function counts(command: SimpleCommand, { shell, commands }: Line, isShown: boolean): boolean {
  if (shell.result?.isError === true) return isShown && commands.length > 1
  return command.certain || isShown
}

/** Whether an end counts: it ran and did not fail. */
export function endCounts(command: SimpleCommand, { shell }: Line): boolean {
  return command.certain && shell.result?.isError === false
}
