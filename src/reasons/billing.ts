import { type Detector, finalError, recordOf } from './detector.ts'

/** Only a person cures it: credits, a spend limit, an entitlement. */
export const billing: Detector = {
  id: 'billing',
  concludes: 'billing',
  lookalikes: ['session-limit-429', 'throttle-not-usage-limit'],
  detect(run) {
    const error = finalError(run, 'billing')
    if (error === undefined) return undefined
    return {
      basis: 'reported',
      confidence: 'high',
      summary: 'credits, a spend limit or a missing entitlement stopped it; waiting does not cure that',
      evidence: [recordOf(error, 'its last record names credits, a spend limit or an entitlement', error.text)],
      limit: error.limit ?? { kind: 'spend', resetsAt: null, resetSource: null, text: error.text.slice(0, 300) },
    }
  },
}
