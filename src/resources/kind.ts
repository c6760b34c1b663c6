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
  /** The machine that it runs on, where that is another one and no provider's. */
  readonly host: string | null
  /** The folder that its check and its end need; null: they run anywhere. */
  readonly folder: string | null
  /** Its pid, where it is a process of the session's own machine. */
  readonly pid: number | null
  /** Which command of the line it was. */
  readonly index: number
}

/** Where most things are: with their provider, known by what the provider calls them. */
export const ELSEWHERE = { host: null, folder: null, pid: null } as const

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
  /** True: a command that another kind knows is left to it. */
  readonly givesWay?: boolean
}

/** What a command line started, each thing once. */
export function findStarted(line: Line, kinds: readonly Kind[]): readonly Started[] {
  const known = kinds.filter(({ givesWay }) => givesWay !== true).flatMap((kind) => kind.started(line))
  const taken = new Set(known.map(({ index }) => index))
  const others = kinds.filter(({ givesWay }) => givesWay === true).flatMap((kind) => kind.started(line))
  return [...known, ...others.filter(({ index }) => !taken.has(index))]
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
