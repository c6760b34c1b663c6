import { claimReportedError } from './last-word.ts'
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
    detection: 'Its last word is the client’s record of a lost, refused or timed-out connection, without an HTTP status.',
    lookalikes: 'The client’s own watchdog (stalled); a laptop that slept kills a whole session (pause_killed).',
    action: 'Check the network, then resume it.',
  },
  checkpoint: 'timed_out_with_checkpoint',
  incident: { kind: 'outage', beginning: 'The connection to the API was lost' },
  plan: { needs: 'nothing', contextFault: null },
  nearMisses: ['connection-lost-then-continued', 'watchdog-after-ten-minutes'],
  detect: (run) =>
    claimReportedError(
      run,
      'its last record is the client’s word about a lost connection',
      'the connection to the API was lost',
      'connection',
    ),
})
