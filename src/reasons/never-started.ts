import { findAbsence, PAUSE_MS, listPendingEvidence, describePending } from './absence.ts'
import { absenceOf, recordOf } from './proof.ts'
import { defineReason } from './reason.ts'

/** The launch was refused, or nothing but the prompt exists though the session lived on. */
export const neverStarted = defineReason({
  name: 'never_started',
  place: 200,
  outcome: 'died',
  severity: 34,
  look: { mark: 'NS', group: 'wanted', pattern: 'hollow' },
  texts: {
    meaning: 'the launch was refused, or it never got further than its prompt',
    detection:
      'The launching call was answered with an error and no transcript exists, or the transcript holds nothing but the prompt while the session lived on.',
    lookalikes: 'An agent whose first answer was an error (that error is the reason).',
    action: 'Nothing is lost: dispatch it again.',
  },
  checkpoint: 'failed',
  incident: null,
  plan: { needs: 'nothing', contextFault: null },
  nearMisses: ['first-answer-is-an-error', 'killed-before-the-first-answer'],
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
    const facts = findAbsence(run, context)
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
      const evidence = listPendingEvidence(run, [
        recordOf(facts.word, 'the client reported an end though it never answered', facts.word.text),
      ])
      return { basis: 'inferred', confidence: 'medium', summary: 'it never gave a first answer', evidence }
    }
    if (facts.livedOnMs < PAUSE_MS || facts.ownerEndedForSure) return undefined
    return {
      basis: 'inferred',
      confidence: 'low',
      summary: 'it never gave a first answer though its session lived on',
      evidence: [describePending(run)],
    }
  },
})
