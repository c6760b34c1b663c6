import { findAbsence, listPendingEvidence, silenceOf } from './absence.ts'
import { recordOf } from './proof.ts'
import { defineReason } from './reason.ts'

/** Its whole session fell silent and went on later without it; nothing proves that its process had ended. */
export const pauseKilled = defineReason({
  name: 'pause_killed',
  place: 180,
  outcome: 'died',
  severity: 94,
  look: { mark: 'PK', group: 'killed', pattern: 'stripes' },
  texts: {
    meaning: 'its whole session went silent, then continued without it',
    detection:
      'No end is recorded; the session was silent for 10 minutes or more, then continued without this agent, and nothing proves that the owner process had ended.',
    lookalikes: 'A long tool call in a live session (running); a killed process (exit_killed).',
    action: 'Save its worktree first, then resume it.',
  },
  checkpoint: 'needs_continuation',
  incident: { kind: 'process_end', beginning: 'A session went silent, then continued without its agents' },
  plan: { needs: 'nothing', contextFault: null },
  nearMisses: ['long-tool-call-in-live-session', 'killed-and-resumed'],
  detect(run, context) {
    const facts = findAbsence(run, context)
    if (facts?.silence?.to == null || facts.alive !== undefined || facts.word !== undefined || facts.ownerEnded.length > 0) return undefined
    const minutes = Math.round((facts.silence.to - facts.silence.from) / 60_000)
    const wentOn = facts.silence.endedBy === null ? [] : [recordOf(facts.silence.endedBy, 'with this record its session continued')]
    return {
      basis: 'inferred',
      confidence: 'medium',
      summary: `its session was silent for ${minutes} minutes and continued without it`,
      evidence: listPendingEvidence(run, wentOn),
      silence: silenceOf(facts.silence),
    }
  },
})
