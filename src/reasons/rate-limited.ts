import { announcement } from './announcement.ts'
import { type Detector, finalError, recordOf, wordOfEnd } from './detector.ts'

/** Refused by a usage limit or a throttle that passes by itself. */
export const rateLimited: Detector = {
  id: 'rate-limited',
  concludes: 'rate_limited',
  lookalikes: [
    'quoted-limit-in-tool-result',
    'quoted-limit-in-answer',
    'limit-then-continued',
    'spend-limit-with-session-reset',
    'entitlement-429',
  ],
  detect(run, context) {
    const error = finalError(run, 'usage_limit', 'throttle')
    if (error !== undefined) {
      const isThrottle = error.fault === 'throttle'
      return {
        basis: 'reported',
        confidence: 'high',
        summary: isThrottle ? 'the API throttled it; no usage limit of its own was reached' : 'a usage limit refused its request',
        evidence: [
          recordOf(
            error,
            isThrottle ? 'its last record is a throttle’s refusal' : 'its last record is a usage limit’s refusal',
            error.text,
          ),
        ],
        ...(error.limit === null ? {} : { limit: error.limit }),
      }
    }
    const announced = announcement(run, context)
    const end = wordOfEnd(run, context)?.at ?? run.latest.lastAt
    if (announced === undefined || end === null) return undefined
    const refusal = context.session.refusals.findLast(
      (each) =>
        each.at !== null &&
        each.at <= end &&
        each.at >= (run.startedAt ?? 0) &&
        each.limit.kind !== 'throttle' &&
        each.limit.kind !== 'spend',
    )
    if (refusal === undefined) return undefined
    return {
      basis: 'inferred',
      confidence: 'medium',
      summary: 'it announced its next step and stopped while a usage limit refused its session',
      evidence: [
        recordOf(announced, 'its last message only announces the next step', announced.text.slice(-300)),
        recordOf(refusal, 'a usage limit had refused its session by then', refusal.limit.text),
      ],
      limit: refusal.limit,
    }
  },
}
