import { claimReportedError, findFinalError } from './last-word.ts'
import { recordOf } from './proof.ts'
import { defineReason } from './reason.ts'

/** 401, 403, or a login that expired. */
export const authFailed = defineReason({
  name: 'auth_failed',
  place: 100,
  outcome: 'died',
  severity: 84,
  look: { mark: 'AU', group: 'person', pattern: 'stripes' },
  texts: {
    meaning: 'the login failed: 401 or 403, expired or revoked',
    detection: 'Its last word is an API error with status 401 or 403, or the client’s request to log in.',
    lookalikes: 'A seat without entitlement is billing; a 401 or 403 with a web page comes from a proxy or a firewall (connection_lost).',
    action: 'Log in again (/login), then resume every agent of the session.',
  },
  checkpoint: 'needs_continuation',
  incident: { kind: 'outage', beginning: 'The login failed' },
  plan: { needs: 'login', contextFault: null },
  nearMisses: ['entitlement-429', 'quoted-login-text'],
  detect(run) {
    const page = findFinalError(run, 'intercepted')
    if (page !== undefined) {
      const evidence = [recordOf(page, 'its last record is a refusal with the status of a failed login', page.text)] as const
      return page.status === 401 || page.status === 403
        ? { basis: 'inferred', confidence: 'low', summary: 'its login may have failed', evidence }
        : undefined
    }
    return claimReportedError(run, 'its last record is a failed login', 'its login failed', 'auth')
  },
})
