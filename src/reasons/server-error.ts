import { type Detector, reportedBy } from './detector.ts'

/** Any 5xx but 529. */
export const serverError: Detector = {
  id: 'server-error',
  concludes: 'server_error',
  lookalikes: ['retry-ladder-survived', 'server-error-without-status'],
  detect: (run) => reportedBy(run, 'its last record is a server error of the API', 'the API failed with a server error', 'server_error'),
}
