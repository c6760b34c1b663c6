import type { Report } from './report.ts'
import type { View } from './reporter.ts'

/** What a statement means to the reader; a colour may repeat it, the words say it. */
export type Tone = 'bad' | 'warning' | 'good' | 'plain' | 'command'

/** One thing that the screen says, with details below it. Its texts are not escaped yet. */
export interface Statement {
  readonly topic: string
  readonly tone: Tone
  readonly text: string
  /** A command to type, which the text leads to; typed already. */
  readonly command?: string
  readonly items?: readonly Item[]
}

/** A detail of a statement; a path of its own may be shortened where the screen is narrow, a command to type is never broken. */
export type Item = string | { readonly text: string; readonly path: string } | { readonly text: string; readonly command: string }

/** Makes one statement of a report, or none when there is nothing to say. */
export type Say = (report: Report, view: View) => Statement | null
