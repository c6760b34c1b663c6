import { type Detector, reportedBy } from './detector.ts'

/** 401, 403, or a login that expired. */
export const authFailed: Detector = {
  id: 'auth-failed',
  concludes: 'auth_failed',
  lookalikes: ['entitlement-429', 'quoted-login-text'],
  detect: (run) => reportedBy(run, 'its last record is a failed login', 'its login failed', 'auth'),
}
