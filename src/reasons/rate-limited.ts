import { describeAnnouncement, findAnnouncement } from './announcement.ts'
import { findFinalError, findEndNotice } from './last-word.ts'
import { recordOf } from './proof.ts'
import { refusesAfterReset, settleReset } from './limit-reset.ts'
import { defineReason } from './reason.ts'

/** Refused by a usage limit or a throttle that passes by itself. */
export const rateLimited = defineReason({
  name: 'rate_limited',
  place: 20,
  outcome: 'died',
  severity: 68,
  look: { mark: 'RL', group: 'limit', pattern: 'solid' },
  texts: {
    meaning: 'a usage limit or a throttle refused it, and waiting helps',
    detection:
      'Its last word is the client’s own error record for HTTP 429 (error rate_limit), with a limit that resets by itself; the kind and the reset time come from quotaLimits, else from the text.',
    lookalikes:
      'The same text quoted in a tool result or an answer; a refusal followed by real turns; spend limits and missing entitlements, where waiting does not help (billing).',
    action: 'Wait until the reset, then resume the agent through its own session.',
  },
  checkpoint: 'needs_continuation',
  incident: { kind: 'limit' },
  plan: { needs: 'reset', contextFault: null },
  nearMisses: [
    'quoted-limit-in-tool-result',
    'quoted-limit-in-answer',
    'limit-then-continued',
    'spend-limit-with-session-reset',
    'entitlement-429',
    'spent-window-then-done',
  ],
  detect(run, context) {
    const error = findFinalError(run, 'usage_limit', 'throttle')
    if (error !== undefined) {
      const isThrottle = error.fault === 'throttle'
      const limit = error.limit === null ? null : settleReset(error.limit, error.at, context.session.refusals)
      const isLate = limit !== null && refusesAfterReset(limit, error.at)
      return {
        basis: 'reported',
        confidence: 'high',
        summary: isThrottle
          ? 'the API throttled it; no usage limit of its own was reached'
          : isLate
            ? 'a usage limit refused its request after the reset that it had named'
            : 'a usage limit refused its request',
        evidence: [
          recordOf(
            error,
            isThrottle ? 'its last record is a throttle’s refusal' : 'its last record is a usage limit’s refusal',
            error.text,
          ),
        ],
        ...(limit === null ? {} : { limit }),
      }
    }
    const announced = findAnnouncement(run, context)
    const end = findEndNotice(run, context)?.at ?? run.latest.lastAt
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
      evidence: [describeAnnouncement(announced), recordOf(refusal, 'a usage limit had refused its session by then', refusal.limit.text)],
      limit: refusal.limit,
    }
  },
})
