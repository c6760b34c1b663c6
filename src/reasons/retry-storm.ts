import { type Detector, finalError, recordOf } from './detector.ts'

/** Refused by a limit that was known before it began. */
export const retryStorm: Detector = {
  id: 'retry-storm',
  concludes: 'retry_storm',
  lookalikes: ['first-to-meet-the-limit', 'limit-after-the-reset', 'retry-ladder-survived'],
  detect(run, context) {
    const error = finalError(run, 'usage_limit', 'throttle')
    const { startedAt, turns } = run.latest
    // A damaged line may have been the turn that it made.
    if (error?.limit == null || turns > 0 || startedAt === null || run.damagedLines > 0) return undefined
    const { kind } = error.limit
    const known = context.session.refusals.find(
      (refusal) =>
        refusal.at !== null &&
        refusal.at < startedAt &&
        refusal.limit.kind === kind &&
        refusal.limit.resetsAt !== null &&
        Date.parse(refusal.limit.resetsAt) > startedAt,
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
}
