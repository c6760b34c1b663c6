import { type Detector, finalTurn, recordOf, reportedBy } from './detector.ts'

/** Its context was full. */
export const contextExhausted: Detector = {
  id: 'context-exhausted',
  concludes: 'context_exhausted',
  lookalikes: ['compacted-and-went-on', 'request-too-large'],
  detect(run) {
    const turn = finalTurn(run)
    if (turn?.stopReason === 'model_context_window_exceeded') {
      const evidence = [recordOf(turn, 'its last message carries the stop reason model_context_window_exceeded')] as const
      return { basis: 'reported', confidence: 'high', summary: 'its context window was full', evidence }
    }
    return reportedBy(run, 'its last record says that its context is full', 'its context window was full', 'context')
  },
}
