import { absence, PAUSE_MS, pendingAnd, pendingEvidence } from '../absence.ts'
import { absenceOf, type Detector, lastSign, recordOf } from '../detector.ts'

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
    // The stretch of activity in which it was launched went on long enough for a first answer; what came after a pause proves nothing.
    const stretch = lastAt === null ? undefined : context.session.activity.find((each) => each.to >= lastAt)
    const livedOn = lastAt !== null && stretch !== undefined && stretch.from <= lastAt && stretch.to - lastAt >= PAUSE_MS
    if (!livedOn || facts.ownerEndedForSure) return undefined
    return { basis: 'inferred', confidence: 'low', summary: 'it never gave a first answer though its session lived on', evidence: [pendingEvidence(run)] }
  },
}
