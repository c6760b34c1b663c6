/** What the program's exit says; the numbers are a contract with scripts. */
export const EXIT = {
  /** The job is done. */
  done: 0,
  /** `--fail-on` was given and matched. */
  failOn: 1,
  /** Wrong usage. */
  usage: 2,
  /** The job could not be done; with `--strict` also: the scan is incomplete. */
  failed: 3,
  /** A bug of this program. */
  bug: 70,
  /** Ctrl-C. */
  interrupted: 130,
} as const

/** One of the exit codes of the contract. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
