import { absence, pendingAnd, silenceOf } from './absence.ts'
import { type Detector, recordOf } from './detector.ts'

/** Its whole session fell silent and went on later without it; nothing proves that its process had ended. */
export const pauseKilled: Detector = {
  id: 'pause-killed',
  concludes: 'pause_killed',
  lookalikes: ['long-tool-call-in-live-session', 'killed-and-resumed'],
  detect(run, context) {
    const facts = absence(run, context)
    if (facts?.silence?.to == null || facts.alive !== undefined || facts.word !== undefined || facts.ownerEnded.length > 0) return undefined
    const minutes = Math.round((facts.silence.to - facts.silence.from) / 60_000)
    const wentOn = facts.silence.endedBy === null ? [] : [recordOf(facts.silence.endedBy, 'with this record its session went on')]
    return {
      basis: 'inferred',
      confidence: 'medium',
      summary: `its session was silent for ${minutes} minutes and went on without it`,
      evidence: pendingAnd(run, wentOn),
      silence: silenceOf(facts.silence),
    }
  },
}
