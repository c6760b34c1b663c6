import { type Detector, finalTurn, recordOf, reportedBy } from './detector.ts'

/** A safety refusal or a content filter. */
export const refused: Detector = {
  id: 'refused',
  concludes: 'refused',
  lookalikes: ['fallback-model-went-on', 'declined-in-words'],
  detect(run) {
    const turn = finalTurn(run)
    if (turn?.stopReason === 'refusal') {
      const evidence = [recordOf(turn, 'its last message carries the stop reason refusal')] as const
      return { basis: 'reported', confidence: 'high', summary: 'a safety refusal ended it', evidence }
    }
    return reportedBy(
      run,
      'its last record is a refusal or a content filter’s block',
      'a safety refusal or a content filter ended it',
      'refusal',
    )
  },
}
