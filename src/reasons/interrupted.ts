import { wasCutOffWithOthers } from './exit.ts'
import { findFinalError } from './last-word.ts'
import { recordOf } from './proof.ts'
import { defineReason } from './reason.ts'

/** Interrupted by the person: the marker, and nothing beside it that explains it better. */
export const interrupted = defineReason({
  name: 'interrupted',
  place: 160,
  outcome: 'died',
  severity: 46,
  look: { mark: 'IN', group: 'wanted', pattern: 'solid' },
  texts: {
    meaning: 'the person interrupted it',
    detection:
      'Its last word is the client’s interrupt marker, or its record of an aborted request, with no named stop, watchdog or process end beside it; or the person refused its last call.',
    lookalikes: 'The watchdog (after 590 to 620 s of silence), TaskStop and a client that exits leave the same marker.',
    action: 'Resume it if it was meant to continue.',
  },
  checkpoint: 'needs_continuation',
  incident: { kind: 'moment', beginning: 'One interrupt ended several agents at once' },
  plan: { needs: 'consent', contextFault: null },
  nearMisses: ['watchdog-after-ten-minutes', 'interrupt-then-continued', 'marker-at-exit'],
  detect(run, context) {
    const confidence = run.role === 'main' ? 'high' : 'medium'
    const aborted = findFinalError(run, 'aborted')
    if (aborted !== undefined) {
      const evidence = [recordOf(aborted, 'its last record says that its request was aborted', aborted.text)] as const
      return { basis: 'reported', confidence, summary: 'its request was aborted', evidence }
    }
    const { lastWord } = run.latest
    if (lastWord.kind === 'tool_result' && lastWord.isRejected) {
      const evidence = [recordOf(lastWord, `its last record is the person’s refusal of a call of ${lastWord.name ?? 'a tool'}`)] as const
      return { basis: 'reported', confidence: 'medium', summary: 'the person refused its last call, which ended its turn', evidence }
    }
    if (lastWord.kind !== 'interrupt') return undefined
    if (wasCutOffWithOthers(run, context)) {
      const evidence = [
        recordOf(lastWord, 'its interrupt marker was written in the same second as those of others in its session'),
      ] as const
      return { basis: 'reported', confidence: 'medium', summary: 'it was interrupted together with others of its session', evidence }
    }
    const doing = lastWord.duringTool ? 'a tool call' : 'an answer'
    const evidence = [recordOf(lastWord, `its last record is the client’s interrupt marker, during ${doing}`)] as const
    return { basis: 'reported', confidence, summary: 'it was interrupted', evidence }
  },
})
