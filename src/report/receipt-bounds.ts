/** How much a receipt quotes. Characters (UTF-16 units) and entries; what is beyond is counted, not shown. */
interface ReceiptBounds {
  readonly task: number
  /** Later prompts, all together. */
  readonly instructions: number
  /** All texts of the agent together. */
  readonly findings: number
  readonly filesWritten: number
  readonly filesRead: number
  readonly commands: number
  readonly commits: number
  readonly blockers: number
  readonly inFlight: number
  readonly tasks: number
  /** One path, command, error or title. */
  readonly entry: number
}

/** The one place of these numbers. */
export const RECEIPT_BOUNDS = {
  /** In the report: enough for a person to see what was lost. */
  report: {
    task: 600,
    instructions: 0,
    findings: 1_000,
    filesWritten: 20,
    filesRead: 0,
    commands: 10,
    commits: 0,
    blockers: 0,
    inFlight: 256,
    tasks: 0,
    entry: 200,
  },
  /** In the Markdown that the next agent reads: a few thousand words, whatever the transcript holds. */
  markdown: {
    task: 7_000,
    instructions: 2_000,
    findings: 5_000,
    filesWritten: 30,
    filesRead: 20,
    commands: 20,
    commits: 20,
    blockers: 8,
    inFlight: 6,
    tasks: 30,
    entry: 160,
  },
  /** In what `show --json` prints: all that anybody wants of an agent, within what a program can hold. */
  document: {
    task: 60_000,
    instructions: 20_000,
    findings: 40_000,
    filesWritten: 2_000,
    filesRead: 2_000,
    commands: 2_000,
    commits: 1_000,
    blockers: 200,
    inFlight: 256,
    tasks: 500,
    entry: 600,
  },
} as const satisfies Record<string, ReceiptBounds>
