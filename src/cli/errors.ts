import type { View } from '../report/reporter.ts'

/** The command line is wrong; the message says what is allowed instead. */
export class UsageError extends Error {
  /** What stands below the message. */
  readonly details: ((view: View) => Promise<Iterable<string>>) | null
  constructor(message: string, details: UsageError['details'] = null) {
    super(message)
    this.details = details
  }
}

/** The command line is right, but the world around the program does not let it do the job. */
export class EnvironmentError extends Error {}
