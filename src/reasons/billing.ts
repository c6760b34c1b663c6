import { findFinalError } from './last-word.ts'
import { recordOf } from './proof.ts'
import { defineReason } from './reason.ts'

/** Only a person cures it: credits, a spend limit, an entitlement. */
export const billing = defineReason({
  name: 'billing',
  place: 110,
  outcome: 'died',
  severity: 88,
  look: { mark: 'BI', group: 'person', pattern: 'solid' },
  texts: {
    meaning: 'only a person can fix it: credit balance, spend limit or no entitlement',
    detection: 'Its last word is an API error whose text or fields name credits, a spend limit, a seat or an allocation.',
    lookalikes: 'The same 429 and rate_limit code as a usage limit; a reset time in the text may belong to the session’s limit.',
    action: 'Raise the limit or add credits; waiting does not help. Then resume.',
  },
  checkpoint: 'needs_continuation',
  incident: { kind: 'limit' },
  plan: { needs: 'money', contextFault: null },
  nearMisses: ['session-limit-429', 'throttle-not-usage-limit'],
  detect(run) {
    const error = findFinalError(run, 'billing')
    if (error === undefined) return undefined
    return {
      basis: 'reported',
      confidence: 'high',
      summary: 'credits, a spend limit or a missing entitlement stopped it; waiting does not help',
      evidence: [recordOf(error, 'its last record names credits, a spend limit or an entitlement', error.text)],
      limit: error.limit ?? { kind: 'spend', resetsAt: null, resetSource: null, text: error.text.slice(0, 300) },
    }
  },
})
