import { type Detector, finalError, recordOf } from '../detector.ts'

/** The watchdog fires after 600 s without progress (CLAUDE_ASYNC_AGENT_STALL_TIMEOUT_MS; 2.1.113 on). Milliseconds. */
const WATCHDOG_MS = { least: 590_000, most: 620_000 } as const

/** Killed by the client's own watchdog. */
export const stalled: Detector = {
  id: 'stalled',
  concludes: 'stalled',
  lookalikes: ['interrupted-by-person', 'connection-lost-then-continued'],
  detect(run, context) {
    const error = finalError(run, 'watchdog')
    if (error !== undefined) {
      const evidence = [recordOf(error, 'its last record is the watchdog’s word', error.text)] as const
      return { basis: 'reported', confidence: 'high', summary: 'the client’s watchdog killed it for lack of progress', evidence }
    }
    const { lastWord } = run.latest
    const word = context.words.findLast((each) => each.tells === 'watchdog')
    const isOver = lastWord.kind === 'interrupt'
    const silence = isOver ? lastWord.silenceMs : null
    const fits = silence !== null && silence >= WATCHDOG_MS.least && silence <= WATCHDOG_MS.most
    if (isOver && fits) {
      return {
        basis: 'inferred',
        confidence: word === undefined ? 'medium' : 'high',
        summary: `it was silent for ${Math.round(silence / 1000)} s, then the client’s watchdog ended it`,
        evidence: [
          recordOf(lastWord, `an interrupt marker follows ${Math.round(silence / 1000)} s of silence, the watchdog’s time`),
          ...(word === undefined ? [] : [recordOf(word, 'the client says that it stalled', word.text)]),
        ],
      }
    }
    if (word === undefined || lastWord.kind === 'error' || (lastWord.kind === 'turn' && run.latest.openCalls.length === 0)) return undefined
    return {
      basis: 'inferred',
      confidence: 'medium',
      summary: 'the client says that its watchdog killed it',
      evidence: [recordOf(word, 'the client says that it stalled', word.text)],
    }
  },
}
