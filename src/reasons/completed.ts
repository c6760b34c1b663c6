import type { Confidence } from './finding.ts'
import type { Run } from '../facts/run.ts'
import { acceptedOutput, cleanEnd, type Detector, recordOf } from './detector.ts'

/** It finished its own turn. Only its own records count. */
export const completed: Detector = {
  id: 'completed',
  concludes: 'completed',
  lookalikes: ['announces-the-next-step', 'parent-says-completed', 'torn-behind-a-clean-end', 'meta-says-finished'],
  detect(run, context) {
    const output = acceptedOutput(run)
    if (output !== undefined) {
      const summary = output.purpose === 'structured_output' ? 'its structured output was accepted' : 'its report was handed back'
      return { basis: 'reported', confidence: 'high', summary, evidence: [recordOf(output, summary)] }
    }
    const turn = cleanEnd(run)
    if (turn === undefined) return undefined
    const waits = context.openChildren.length > 0
    const stop = turn.stopReason === null ? 'without a stop reason, as its client leaves it' : `with the stop reason ${turn.stopReason}`
    return {
      basis: 'reported',
      confidence: waits ? 'medium' : confidenceOf(run, turn.stopReason),
      summary: waits ? 'it finished its turn, though an agent that it launched has no end' : 'it finished its turn',
      evidence: [recordOf(turn, `its last message ends ${stop}, and no call is open`, turn.text.slice(-300))],
    }
  },
}

/** Clients of 2.0 write a stream that broke as if it had ended (seen in 2.0.76), so that a normal end proves less there. */
function confidenceOf(run: Run, stopReason: string | null): Confidence {
  if (stopReason === null) return 'medium'
  return run.clientVersion?.startsWith('2.0.') === true || run.clientVersion?.startsWith('1.') === true ? 'medium' : 'high'
}
