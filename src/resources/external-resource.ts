import type { SourceLocation } from '../facts/source.ts'

/** Something outside that a transcript's commands rented or started, and that none of them is seen to end: a hint, never proof. */
export interface ExternalResource {
  /** Who bills for it, or keeps it running (`vast.ai`, `aws`, `docker`, `shell`, …). */
  readonly provider: string
  /** What it is, in one noun phrase (`GPU instance`, `EC2 instance`, `background process`). */
  readonly what: string
  /** The identifier found in the command or in its result; null: none was found. */
  readonly identifier: string | null
  /** Where no identifier says it: the beginning of the command. The transcript's own words, redacted. */
  readonly excerpt: string | null
  /** What it costs in US dollars an hour, where the transcript says it. */
  readonly ratePerHour: number | null
  /** False: nothing answered the command that started it, so that nobody knows whether it did. */
  readonly answered: boolean
  /** Milliseconds since the epoch; null: the record carries no time. */
  readonly startedAt: number | null
  readonly where: SourceLocation
  readonly sessionId: string | null
  /** null: the main thread started it. */
  readonly agentId: string | null
  readonly cwd: string | null
  /** The machine that it runs on, where that is another one and no provider's. */
  readonly host: string | null
  /** The folder that its check and its end need; null: they run anywhere. */
  readonly folder: string | null
  /** Its pid, where it is a process of the session's own machine. */
  readonly pid: number | null
  /** True: a process of this machine that was looked up and runs. False: nothing tells. */
  readonly isRunning: boolean
  /** The command that tells whether it still runs; it changes nothing. */
  readonly check: readonly string[] | null
  /** The command that ends it: shown, never run. null: without an identifier there is none that is safe. */
  readonly end: readonly string[] | null
}
