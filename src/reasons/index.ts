import { authFailed } from './auth-failed.ts'
import { billing } from './billing.ts'
import { completed } from './completed.ts'
import { connectionLost } from './connection-lost.ts'
import { contextExhausted } from './context-exhausted.ts'
import { exitKilled } from './exit-killed.ts'
import { interrupted } from './interrupted.ts'
import { maxTurns } from './max-turns.ts'
import { neverStarted } from './never-started.ts'
import { overloaded } from './overloaded.ts'
import { pauseKilled } from './pause-killed.ts'
import { rateLimited } from './rate-limited.ts'
import type { Reason } from './reason.ts'
import { refused } from './refused.ts'
import { requestRejected } from './request-rejected.ts'
import { retryStorm } from './retry-storm.ts'
import { running } from './running.ts'
import { schemaUnmet } from './schema-unmet.ts'
import { serverError } from './server-error.ts'
import { stalled } from './stalled.ts'
import { stopped } from './stopped.ts'
import { truncated } from './truncated.ts'
import { unknown } from './unknown.ts'

/** Every reason, in the order of judging: the first that finds something is the verdict, the others stay as alternatives. */
export const REASONS = [
  // Proven alive.
  running,
  // Its own final error. A doomed attempt before the limit that doomed it.
  retryStorm,
  rateLimited,
  billing,
  overloaded,
  serverError,
  connectionLost,
  contextExhausted,
  requestRejected,
  authFailed,
  refused,
  // A named stop, then the other ways to read an interrupt marker: watchdog, exit, and only then the person.
  stopped,
  stalled,
  // A cap, and what a cap or a limit would otherwise be taken for.
  maxTurns,
  schemaUnmet,
  // Unfinished, before a clean end is believed; a call that was never answered comes before mere absence.
  truncated,
  // A main thread may have ended its turn only to wait: a kill then comes before the clean end. Refused launches come before any exit.
  neverStarted,
  exitKilled,
  completed,
  // Absence: silence, and the interrupt marker that nothing else explains.
  pauseKilled,
  interrupted,
  unknown,
] as const satisfies readonly Reason[]
