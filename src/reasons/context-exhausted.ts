import { findFinalTurn, claimReportedError } from './last-word.ts'
import { recordOf } from './proof.ts'
import { defineReason } from './reason.ts'

/** Its context was full. */
export const contextExhausted = defineReason({
  name: 'context_exhausted',
  place: 80,
  outcome: 'died',
  severity: 78,
  look: { mark: 'CX', group: 'brief', pattern: 'solid' },
  texts: {
    meaning: 'its context was full: prompt too long, context window reached, or compaction failed',
    detection: 'Its last word is an API error that says so, or the stop reason model_context_window_exceeded.',
    lookalikes: 'A compaction boundary in the middle of a run is normal; a request over the size limit is request_rejected.',
    action: 'Do not resume: dispatch a new agent with a brief of what is done and what remains.',
  },
  checkpoint: 'failed',
  incident: null,
  plan: { needs: 'nothing', contextFault: 'its context is full: sent again, it is refused again' },
  nearMisses: ['compacted-and-went-on', 'request-too-large'],
  detect(run) {
    const turn = findFinalTurn(run)
    if (turn?.stopReason === 'model_context_window_exceeded') {
      const evidence = [recordOf(turn, 'its last message carries the stop reason model_context_window_exceeded')] as const
      return { basis: 'reported', confidence: 'high', summary: 'its context window was full', evidence }
    }
    return claimReportedError(run, 'its last record says that its context is full', 'its context window was full', 'context')
  },
})
