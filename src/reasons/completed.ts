import type { Confidence } from './claim.ts'
import type { Run } from '../facts/run.ts'
import type { RunContext } from '../facts/session.ts'
import { findAnnouncement } from './announcement.ts'
import { findGatewayFailure } from './gateway-failure.ts'
import { type EndingPurpose, findAcceptedOutput, findCleanEnd } from './last-word.ts'
import { findMissingDelivery } from './missing-delivery.ts'
import { absenceOf, atMost, recordOf, withMore } from './proof.ts'
import { defineReason } from './reason.ts'

/** It finished its own turn. Only its own records count. */
export const completed = defineReason({
  name: 'completed',
  place: 10,
  outcome: 'finished',
  severity: 10,
  look: { mark: 'OK', group: 'fine', pattern: 'pale' },
  texts: {
    meaning: 'it finished its own turn and said so',
    detection:
      'Its last turn carries a normal stop reason (end_turn, stop_sequence) and no open tool call. The word of the parent or of meta.json is never enough.',
    lookalikes:
      'A cut stream on clients up to 2.0.x leaves a normal-looking last turn; a final message may only announce the next step; clients call dead agents completed.',
    action: 'Nothing. Check that its work was committed and pushed.',
  },
  checkpoint: 'complete',
  incident: null,
  plan: { needs: 'nothing', contextFault: null },
  nearMisses: [
    'announces-the-next-step',
    'parent-says-completed',
    'torn-behind-a-clean-end',
    'meta-says-finished',
    'remark-then-killed',
    'cancelled-after-it-was-done',
  ],
  detect(run, context) {
    const output = findAcceptedOutput(run)
    if (output !== undefined) {
      const summary = HANDED_OVER[output.purpose]
      return { basis: 'reported', confidence: 'high', summary, evidence: [recordOf(output, summary)] }
    }
    const turn = findCleanEnd(run, context)
    if (turn === undefined) return undefined
    const missing = findMissingDelivery(run)
    const announces = findAnnouncement(run, context) !== undefined
    const denied = run.role === 'agent' && run.latest.needsPermission
    const waits = context.openChildren.length > 0 || context.openTasks.length > 0
    const { mark } = run.latest
    const stop =
      mark === 'marked'
        ? 'its turn, as its client marks'
        : turn.stopReason === null
          ? 'without a stop reason, as its client leaves it'
          : `with the stop reason ${turn.stopReason}`
    return {
      basis: 'reported',
      confidence: announces
        ? 'low'
        : atMost(
            confidenceOf(run, context, turn.stopReason !== null || mark === 'marked'),
            waits || denied || missing !== undefined ? 'medium' : 'high',
          ),
      summary: denied
        ? 'it ended its turn after its calls were denied: it needs permission'
        : !waits
          ? 'it finished its turn'
          : `it finished its turn, though ${context.openChildren.length > 0 ? 'an agent that it launched' : 'a command of its own'} has no end`,
      evidence: withMore(recordOf(turn, `its last message ends ${stop}, and no call is open`, turn.text.slice(-300)), [
        missing === undefined ? undefined : absenceOf(run, `its prompt asks for ${missing}, and its transcript holds none`),
      ]),
    }
  },
})

const HANDED_OVER: Readonly<Record<EndingPurpose, string>> = {
  structured_output: 'its structured output was accepted',
  report: 'its report was handed back',
  farewell: 'it agreed to shut down',
}

/** Clients of 2.0 write a stream that broke as if it had ended (seen in 2.0.76), so that a normal end proves less there. */
function confidenceOf(run: Run, context: RunContext, isTold: boolean): Confidence {
  if (findGatewayFailure(run, context) !== undefined) return 'low'
  // A line that could not be read may have told of something that it left open.
  if (!isTold || run.damagedLines > 0) return 'medium'
  return run.clientVersion?.startsWith('2.0.') === true || run.clientVersion?.startsWith('1.') === true ? 'medium' : 'high'
}
