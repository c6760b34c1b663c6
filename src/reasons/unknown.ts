import { findFinalError } from './last-word.ts'
import { recordOf } from './proof.ts'
import { defineReason } from './reason.ts'

/** None of the others. Its detector finds what the client says of an end, and no wording is known for: it ended badly, but not how. */
export const unknown = defineReason({
  name: 'unknown',
  place: 220,
  outcome: 'unknown',
  severity: 50,
  look: { mark: '??', group: 'unknown', pattern: 'hollow' },
  texts: {
    meaning: 'none of the other reasons can be shown',
    detection: 'What was looked for is listed in the evidence.',
    lookalikes: 'Damage at the end of a transcript hides its real end.',
    action: 'Look at the evidence; treat its work as unfinished.',
  },
  checkpoint: null,
  incident: null,
  plan: { needs: 'nothing', contextFault: null },
  nearMisses: [],
  detect(run) {
    const error = findFinalError(run, 'other')
    if (error === undefined) return undefined
    return {
      basis: 'reported',
      confidence: 'low',
      summary: 'it ended in a way that is not known here',
      evidence: [recordOf(error, 'its last record says how it ended, in words that are not known here', error.text)],
    }
  },
})
