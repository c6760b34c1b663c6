import { type Detector, reportedBy } from './detector.ts'

/** The API rejected what was sent. */
export const requestRejected: Detector = {
  id: 'request-rejected',
  concludes: 'request_rejected',
  lookalikes: ['prompt-too-long-400', 'credit-balance-400'],
  detect: (run) => reportedBy(run, 'its last record is the API’s rejection of the request', 'the API rejected what was sent', 'request'),
}
