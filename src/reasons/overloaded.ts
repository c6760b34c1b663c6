import { type Detector, reportedBy } from './detector.ts'

/** HTTP 529. */
export const overloaded: Detector = {
  id: 'overloaded',
  concludes: 'overloaded',
  lookalikes: ['retry-ladder-survived', 'server-error-500'],
  detect: (run) => reportedBy(run, 'its last record is the API’s word that it is overloaded', 'the API was overloaded (529)', 'overloaded'),
}
