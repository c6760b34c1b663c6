import { type Detector, reportedBy } from './detector.ts'

/** The connection dropped, stalled or could not be made. */
export const connectionLost: Detector = {
  id: 'connection-lost',
  concludes: 'connection_lost',
  lookalikes: ['connection-lost-then-continued', 'watchdog-after-ten-minutes'],
  detect: (run) =>
    reportedBy(run, 'its last record is the client’s word about a lost connection', 'the connection to the API was lost', 'connection'),
}
