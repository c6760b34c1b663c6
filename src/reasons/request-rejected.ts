import { claimReportedError } from './last-word.ts'
import { defineReason } from './reason.ts'

/** The API rejected what was sent. */
export const requestRejected = defineReason({
  name: 'request_rejected',
  place: 90,
  outcome: 'died',
  severity: 76,
  look: { mark: 'RR', group: 'brief', pattern: 'stripes' },
  texts: {
    meaning: 'the API rejected what was sent: images, tool history, size or model',
    detection: 'Its last word is an API error with status 400, 404 or 413 that is neither context, billing nor refusal.',
    lookalikes: 'Context overflow and an empty credit balance are 400 too.',
    action: 'A plain resume fails the same way: fix what was sent, or dispatch a new agent.',
  },
  checkpoint: 'failed',
  incident: null,
  plan: {
    needs: 'nothing',
    contextFault: 'the API rejects what its context holds (an image, a broken history, its size): sent again, it is rejected again',
  },
  nearMisses: ['prompt-too-long-400', 'credit-balance-400'],
  detect: (run) =>
    claimReportedError(run, 'its last record is the API’s rejection of the request', 'the API rejected what was sent', 'request'),
})
