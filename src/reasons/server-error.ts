import { findGatewayFailure } from './gateway-failure.ts'
import { claimReportedError } from './last-word.ts'
import { recordOf } from './proof.ts'
import { defineReason } from './reason.ts'

/** Any 5xx but 529. */
export const serverError = defineReason({
  name: 'server_error',
  place: 50,
  outcome: 'died',
  severity: 64,
  look: { mark: 'SE', group: 'service', pattern: 'stripes' },
  texts: {
    meaning: 'the API failed with another 5xx',
    detection:
      'Its last word is an API error with status 500 to 599 other than 529, or the server’s error in the middle of a response; or its only answer is the failure of a gateway, as ordinary text.',
    lookalikes: '529 (overloaded); a dropped connection also carries error server_error, but no status.',
    action: 'Resume it; if it fails again at once, look at the service’s status page.',
  },
  checkpoint: 'needs_continuation',
  incident: { kind: 'outage', beginning: 'The API failed' },
  plan: { needs: 'nothing', contextFault: null },
  nearMisses: ['retry-ladder-survived', 'server-error-without-status', 'answers-about-a-failed-request'],
  detect(run, context) {
    const gateway = findGatewayFailure(run, context)
    if (gateway !== undefined) {
      const evidence = [recordOf(gateway, 'its only answer names a failed request, and it never called a tool', gateway.text)] as const
      return { basis: 'inferred', confidence: 'medium', summary: 'its only answer is the failure of a gateway', evidence }
    }
    return claimReportedError(run, 'its last record is a server error of the API', 'the API failed with a server error', 'server_error')
  },
})
