import type { ActionResult } from '../facts/file-action.ts'
import { linesOf } from './text.ts'

/** What a reading showed of a file. `lines` end where the file ends if `isEnd`. */
export interface Shown {
  /** Counted from 1. */
  readonly from: number
  readonly lines: readonly string[]
  readonly isEnd: boolean
  /** A byte-order mark would have been seen. */
  readonly showsMark: boolean
}

/** Lines beyond this many are cut off by some versions unless a limit is given. */
const DEFAULT_LIMIT = 2_000
/** Longer lines are cut by some versions. Characters. */
const MAX_LINE = 2_000
const REMINDER = /^\s*<system-reminder>/
const REMINDER_END = /<\/system-reminder>\s*$/
/** An empty file is told in words (2.0.60 to 2.1.329). */
const EMPTY =
  /^<system-reminder>Warning: the file exists but (?:the contents are empty|is shorter than the provided offset \(1\)\. The file has 1 lines)\./
const NUMBERED = /^\s*(\d{1,9})(?:→|\t)([^]*)$/

/** What a `Read` showed; null: nothing (unchanged since the last one, an image, a notebook), or not to be understood. */
export function readingOf(result: ActionResult, offset: number | null, limit: number | null): Shown | null {
  const { answer } = result
  if (answer?.lines != null) {
    const { from, text, total } = answer.lines
    const lines = linesOf(text)
    return { from, lines, isEnd: total !== null && from + lines.length - 1 >= total && !lines.some(isCut), showsMark: true }
  }
  if (EMPTY.test(result.text)) return { from: 1, lines: [''], isEnd: (offset ?? 1) <= 1, showsMark: false }
  const lines: string[] = []
  let from: number | null = null
  const all = linesOf(result.text)
  let hasRest = false
  for (const [at, line] of all.entries()) {
    const [, number, text] = NUMBERED.exec(line) ?? []
    if (number === undefined || text === undefined || (from !== null && Number(number) !== from + lines.length)) {
      hasRest = saysMore(all.slice(at))
      break
    }
    from ??= Number(number)
    lines.push(text)
  }
  if (from === null || lines.some(isCut)) return from === null ? null : { from, lines, isEnd: false, showsMark: false }
  const asked = limit ?? DEFAULT_LIMIT
  // Exactly as many lines as can be shown: there may be more, unless the last one is the empty line behind the last newline.
  const isEnd = !hasRest && (limit === null ? lines.length !== DEFAULT_LIMIT || lines.at(-1) === '' : lines.length < asked)
  return { from, lines, isEnd, showsMark: false }
}

function isCut(line: string): boolean {
  return line.length >= MAX_LINE && /\[truncated\]$|\.\.\.$|…$/.test(line)
}

/** Behind the lines stand reminders of the client's own; anything else may say that lines are missing. */
function saysMore(lines: readonly string[]): boolean {
  let isReminder = false
  for (const line of lines) {
    isReminder ||= REMINDER.test(line)
    if (!isReminder && line.trim() !== '') return true
    if (REMINDER_END.test(line)) isReminder = false
  }
  return false
}
