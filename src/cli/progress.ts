import type { Progress, ProgramHost } from '../ports/host.ts'
import { count } from '../report/words.ts'
import { truncate } from '../text/escape.ts'
import { columnsOf } from './view.ts'

const ERASE = '\r\u001b[K'
const BETWEEN_DRAWINGS = 100
/** Before that nobody can say how long the rest takes. Milliseconds. */
const GUESS_AFTER = 1_000

/** A line on standard error that says how far the scan is. */
export interface ProgressLine {
  draw(progress: Progress): void
  erase(): Promise<void>
}

/** Draws over itself, at most ten times a second; only for a terminal. */
export function progressLine(host: ProgramHost): ProgressLine {
  let drawnAt: number | null = null
  let beganAt: number | null = null
  return {
    draw({ filesDone, filesAll, bytesDone, bytesAll, agentsDone }) {
      const now = host.now()
      beganAt ??= now
      if (drawnAt !== null && now - drawnAt < BETWEEN_DRAWINGS) return
      drawnAt = now
      const done = `${filesDone} of ${filesAll} files, ${megabytes(bytesDone)} of ${megabytes(bytesAll)} MB, ${count(agentsDone, 'agent')}`
      const text = `reading ${done}${timeLeft(now - beganAt, bytesDone, bytesAll)}`
      void host.stderr.write(`${ERASE}${truncate(text, columnsOf(host.stderr, host.env) - 1)}`)
    },
    async erase() {
      if (drawnAt !== null) await host.stderr.write(ERASE)
    },
  }
}

/** By the bytes that are left; '' while that would be a guess. */
function timeLeft(passed: number, bytesDone: number, bytesAll: number): string {
  if (passed < GUESS_AFTER || bytesDone === 0) return ''
  const seconds = Math.ceil((passed * (bytesAll - bytesDone)) / bytesDone / 1_000)
  return `, ${seconds < 100 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`} left`
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1)
}
