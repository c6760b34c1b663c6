import { type Detector, finalError, recordOf } from './detector.ts'

/** An error of the client's that no wording is known for: it ended badly, but not how. */
export const otherError: Detector = {
  id: 'other-error',
  concludes: 'unknown',
  lookalikes: [],
  detect(run) {
    const error = finalError(run, 'other')
    if (error === undefined) return undefined
    return {
      basis: 'reported',
      confidence: 'low',
      summary: 'an error ended it that is not known here',
      evidence: [recordOf(error, 'its last record is an error of the client that is not known here', error.text)],
    }
  },
}
