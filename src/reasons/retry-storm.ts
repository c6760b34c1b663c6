import { findFinalError } from './last-word.ts'
import { recordOf } from './proof.ts'
import { findResetEnd, settleReset } from './limit-reset.ts'
import { defineReason } from './reason.ts'

/** Refused by a limit that was known before it began. */
export const retryStorm = defineReason({
  name: 'retry_storm',
  place: 30,
  outcome: 'died',
  severity: 36,
  look: { mark: 'RS', group: 'limit', pattern: 'dots' },
  texts: {
    meaning: 'a limit refused it, and it was doomed from its start: the limit was known before it began',
    detection:
      'It ended as rate_limited without one successful turn of its own, and its attempt began after a recorded refusal of the same limit in its session and before that limit’s reset.',
    lookalikes: 'An agent that met the limit first (rate_limited); a ladder of internal retries of one request.',
    action: 'Nothing of its own is lost: dispatch it again after the reset, and stop dispatching before it.',
  },
  checkpoint: 'needs_continuation',
  specialCaseOf: 'rate_limited',
  incident: null,
  plan: { needs: 'reset', contextFault: null },
  nearMisses: ['first-to-meet-the-limit', 'limit-after-the-reset', 'retry-ladder-survived'],
  detect(run, context) {
    const error = findFinalError(run, 'usage_limit', 'throttle')
    const { startedAt, turns } = run.latest
    // A damaged line may have been the turn that it made.
    // A notice that wakes a main thread is no attempt at anything: the thread had worked before.
    if (run.role === 'main' && run.latest.isWokenByNotice && run.turns > 0) return undefined
    if (error?.limit == null || turns > 0 || startedAt === null || run.damagedLines > 0) return undefined
    // A conversation that has lived is not doomed by the prompt that it could not answer.
    if (run.role === 'main' && run.turns > 0) return undefined
    const { refusals } = context.session
    const { kind } = error.limit
    const known = refusals.find(
      (refusal) =>
        refusal.at !== null &&
        refusal.at < startedAt &&
        refusal.limit.kind === kind &&
        (findResetEnd(settleReset(refusal.limit, refusal.at, refusals)) ?? 0) > startedAt,
    )
    if (known === undefined) return undefined
    return {
      basis: 'reported',
      confidence: 'high',
      summary: 'a limit that was already known when it began refused its first request',
      evidence: [
        recordOf(error, 'its only answer is the refusal', error.text),
        recordOf(known, 'the same limit had refused its session before it began, and had not reset', known.limit.text),
      ],
      limit: error.limit,
    }
  },
})
