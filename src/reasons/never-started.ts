import type { RunContext } from '../facts/session.ts'
import { absence, PAUSE_MS, pendingAnd, pendingEvidence } from './absence.ts'
import { absenceOf, type Detector, lastSign, recordOf } from './detector.ts'

/** The launch was refused, or nothing but the prompt exists though the session lived on. */
export const neverStarted: Detector = {
  id: 'never-started',
  concludes: 'never_started',
  lookalikes: ['first-answer-is-an-error', 'killed-before-the-first-answer'],
  detect(run, context) {
    const { refusedLaunch } = context
    if (refusedLaunch !== null && run.path === null) {
      return {
        basis: 'inferred',
        confidence: 'high',
        summary: 'its launch was refused',
        evidence: [
          recordOf(refusedLaunch, 'the call that was to launch it was answered with an error', refusedLaunch.text),
          absenceOf(run, 'no transcript of it exists'),
        ],
      }
    }
    if (run.role !== 'agent' || run.turns > 0) return undefined
    const facts = absence(run, context)
    if (facts === undefined) return undefined
    if (run.path === null) {
      // Cut off by the end of its client, it was killed like those that had a transcript already.
      if (facts.ownerEnded.length > 0 || facts.unregistered || facts.silence?.to === null) return undefined
      return {
        basis: 'inferred',
        confidence: 'medium',
        summary: 'its launch was cut off: the call has no answer, and no transcript exists',
        evidence: [absenceOf(run, 'no transcript of it exists, and the call that was to launch it has no answer')],
      }
    }
    if (facts.word !== undefined) {
      const evidence = pendingAnd(run, [recordOf(facts.word, 'the client reported an end though it never answered', facts.word.text)])
      return { basis: 'inferred', confidence: 'medium', summary: 'it never gave a first answer', evidence }
    }
    const lastAt = lastSign(run)
    const livedOn = lastAt !== null && livedOnUntil(lastAt, context) - lastAt >= PAUSE_MS
    if (!livedOn || facts.ownerEndedForSure) return undefined
    return {
      basis: 'inferred',
      confidence: 'low',
      summary: 'it never gave a first answer though its session lived on',
      evidence: [pendingEvidence(run)],
    }
  },
}

/** How long the session went on behind a moment without a pause; what came after a pause proves nothing. */
function livedOnUntil(at: number, { session }: RunContext): number {
  let until = at
  for (const { from, to } of session.activity) {
    if (to > until && from < until + PAUSE_MS) until = to
  }
  return until
}
