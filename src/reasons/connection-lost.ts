import { claimReportedError, findFinalError } from './last-word.ts'
import { recordOf } from './proof.ts'
import { defineReason } from './reason.ts'

/** The connection dropped, stalled or could not be made. */
export const connectionLost = defineReason({
  name: 'connection_lost',
  place: 60,
  outcome: 'died',
  severity: 62,
  look: { mark: 'CL', group: 'service', pattern: 'dots' },
  texts: {
    meaning: 'the connection dropped, stalled in the middle of a response or could not be made',
    detection:
      'Its last word is the client’s record of a lost, refused or timed-out connection, without an HTTP status; or a refusal such as 403 whose body is a web page and not the API’s answer: a proxy or a firewall in between wrote it.',
    lookalikes: 'The client’s own watchdog (stalled); a laptop that slept kills a whole session (pause_killed).',
    action: 'Check the network and any proxy in between, then resume it; after a web page in the API’s place, fewer at once.',
  },
  checkpoint: 'timed_out_with_checkpoint',
  incident: { kind: 'outage', beginning: 'The API could not be reached' },
  plan: { needs: 'nothing', contextFault: null },
  nearMisses: ['connection-lost-then-continued', 'watchdog-after-ten-minutes', 'forbidden-by-the-api', 'words-of-a-timeout-in-its-result'],
  detect(run) {
    const page = findFinalError(run, 'intercepted')
    if (page !== undefined) {
      return {
        basis: 'reported',
        confidence: 'medium',
        summary: 'a proxy or a firewall answered in the API’s place',
        evidence: [recordOf(page, 'its last record is a refusal that the API did not write', page.text)],
        advice: 'Check the network or the proxy in between, then try again, fewer at once.',
      }
    }
    return claimReportedError(
      run,
      'its last record is the client’s record of a lost connection',
      'the connection to the API was lost',
      'connection',
    )
  },
})
