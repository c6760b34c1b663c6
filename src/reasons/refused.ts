import { findFinalTurn, claimReportedError } from './last-word.ts'
import { recordOf } from './proof.ts'
import { defineReason } from './reason.ts'

/** A safety refusal or a content filter. */
export const refused = defineReason({
  name: 'refused',
  place: 120,
  outcome: 'died',
  severity: 74,
  look: { mark: 'RF', group: 'brief', pattern: 'dots' },
  texts: {
    meaning: 'a safety refusal or a content filter ended it',
    detection: 'Stop reason refusal, or an API error of the usage policy or the content filter.',
    lookalikes: 'A switch to a fallback model (system/model_refusal_fallback) is no end.',
    action: 'Resuming repeats it: dispatch a new agent with another brief.',
  },
  checkpoint: 'failed',
  incident: null,
  plan: { needs: 'nothing', contextFault: 'its context was refused for what it says: sent again, it is refused again' },
  nearMisses: ['fallback-model-went-on', 'declined-in-words'],
  detect(run) {
    const turn = findFinalTurn(run)
    if (turn?.stopReason === 'refusal') {
      const evidence = [recordOf(turn, 'its last message carries the stop reason refusal')] as const
      return { basis: 'reported', confidence: 'high', summary: 'a safety refusal ended it', evidence }
    }
    return claimReportedError(
      run,
      'its last record is a refusal or a content filter’s block',
      'a safety refusal or a content filter ended it',
      'refusal',
    )
  },
})
