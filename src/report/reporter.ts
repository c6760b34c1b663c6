import type { Report } from './report.ts'

/** How much colour the reader's terminal shows: none, 16, 256 or all colours. */
export type ColorLevel = 0 | 1 | 2 | 3

/** Everything that a reporter may know besides the report: it reads no clock and no environment. */
export interface View {
  readonly columns: number
  readonly colorLevel: ColorLevel
  /** Show the agents that finished too, and every row. */
  readonly all: boolean
  /** List everything that could not be read, not only the first few. */
  readonly verbose: boolean
  /** The id of the one action of a plan that is shown, in full. */
  readonly action?: string
  /** IANA zone of the times that a person reads. */
  readonly timeZone: string
  /** Milliseconds since the epoch: what "in 2 h" is counted from. */
  readonly now: number
  /** The words that start this program where the reader is; absent: its name. */
  readonly tool?: readonly string[]
  /** Where the transcripts of the sample incident are; absent: nothing is taken for it. */
  readonly demoRoot?: string | null
  /** Where transcripts are looked for without `--root`; absent: it is not known. */
  readonly usualRoots?: readonly string[]
  /** Options that the commands on the screen repeat, because the report does not hold them: `--offline`, `--ref refs/x`. */
  readonly repeated?: readonly string[]
}

/** Turns a report, or what `show` prints, into text; pure, so that the same data and view give the same bytes. */
export interface Reporter<Data = Report> {
  readonly name: string
  readonly mediaType: string
  render(data: Data, view: View): Iterable<string>
}
