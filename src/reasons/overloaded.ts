import { claimReportedError } from './last-word.ts'
import { defineReason } from './reason.ts'

/** HTTP 529. */
export const overloaded = defineReason({
  name: 'overloaded',
  place: 40,
  outcome: 'died',
  severity: 66,
  look: { mark: 'OV', group: 'service', pattern: 'solid' },
  texts: {
    meaning: 'the API was overloaded (HTTP 529)',
    detection: 'Its last word is an API error with status 529 or type overloaded_error.',
    lookalikes: 'Rows of system/api_error are retries, not an end; other 5xx are server_error.',
    action: 'Resume it in a few minutes, one agent at a time.',
  },
  checkpoint: 'needs_continuation',
  incident: { kind: 'outage', beginning: 'The API was overloaded' },
  plan: { needs: 'nothing', contextFault: null },
  nearMisses: ['retry-ladder-survived', 'server-error-500'],
  detect: (run) =>
    claimReportedError(run, 'its last record is the API’s word that it is overloaded', 'the API was overloaded (529)', 'overloaded'),
})
