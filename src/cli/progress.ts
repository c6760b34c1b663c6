import type { Progress, ProgramHost } from '../host.ts'
import { truncate } from '../text/escape.ts'
import { columnsOf } from './view.ts'

const ERASE = '\r\u001b[K'
const BETWEEN_DRAWINGS = 100

/** A line on standard error that says how far the scan is. */
export interface ProgressLine {
  draw(progress: Progress): void
  erase(): Promise<void>
}

/** Draws over itself, at most ten times a second; only for a terminal. */
export function progressLine(host: ProgramHost): ProgressLine {
  let drawnAt: number | null = null
  return {
    draw({ filesDone, filesAll, bytesDone, bytesAll }) {
      const now = host.now()
      if (drawnAt !== null && now - drawnAt < BETWEEN_DRAWINGS) return
      drawnAt = now
      const text = `reading ${filesDone} of ${filesAll} files, ${megabytes(bytesDone)} of ${megabytes(bytesAll)} MB`
      void host.stderr.write(`${ERASE}${truncate(text, columnsOf(host.stderr, host.env) - 1)}`)
    },
    async erase() {
      if (drawnAt !== null) await host.stderr.write(ERASE)
    },
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1)
}
