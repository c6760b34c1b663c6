/** Another process of this program has the journal. */
export class JournalBusy extends Error {
  readonly pid: number
  constructor(pid: number) {
    super(`another recovery is at work (process ${pid})`)
    this.pid = pid
  }
}

/** A file that only grows, of which this process is the only writer until it closes it or ends. */
export interface JournalFile {
  readonly path: string
  /** Where output of programs is kept, beside it. */
  readonly folder: string
  /** What was written before; a torn last line is left out. */
  readonly lines: readonly string[]
  /** Is on the disk when it returns, so that it must be called before what it tells of is done. */
  append(line: string): void
  close(): void
}

/** Keeps journals. */
export interface Journals {
  /**
   * Opens the journal of `subjects` (the folders of transcripts): at `path`, else in the person's state folder. Throws `JournalBusy` while
   * another live process has it, and the system's error where it cannot be written.
   */
  open(subjects: readonly string[], path: string | null): Promise<JournalFile>
}
