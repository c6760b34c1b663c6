import type { ApiFault } from '../facts/record.ts'

/** What the status of a server's answer says went wrong; null: nothing. */
export function faultOfStatus(status: number | null): ApiFault | null {
  if (status === null) return null
  if (status === 401 || status === 403) return 'auth'
  if (status === 402) return 'billing'
  if (status === 429) return 'throttle'
  if (status === 529) return 'overloaded'
  if (status >= 500 && status <= 599) return 'server_error'
  return status >= 400 && status <= 499 ? 'request' : null
}
