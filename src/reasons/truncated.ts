import { absence, pendingAnd } from './absence.ts'
import { announcement } from './announcement.ts'
import { type Detector, finalError, finalTurn, recordOf } from './detector.ts'

const CUT_STOPS: ReadonlyMap<string, string> = new Map([
  ['max_tokens', 'its last message reached the output token limit'],
  ['pause_turn', 'its last message was paused by the API and never continued'],
  ['tool_use', 'its last message was to call a tool, and holds no call'],
])

/** Its output stops unfinished though its session lived on. */
export const truncated: Detector = {
  id: 'truncated',
  concludes: 'truncated',
  lookalikes: ['streamed-without-stop-reason', 'long-tool-call-in-live-session', 'lets-you-know', 'waits-for-its-own-child'],
  detect(run, context) {
    const error = finalError(run, 'output_limit')
    if (error !== undefined) {
      const evidence = [recordOf(error, 'its last record says that its output was cut off', error.text)] as const
      return { basis: 'reported', confidence: 'high', summary: 'its output was cut off', evidence }
    }
    const turn = finalTurn(run)
    const cut = CUT_STOPS.get(turn?.stopReason ?? '')
    if (turn !== undefined && cut !== undefined) {
      const evidence = [recordOf(turn, `its last message carries the stop reason ${turn.stopReason}`, turn.text.slice(-300))] as const
      return { basis: 'reported', confidence: 'high', summary: cut, evidence }
    }
    if (turn !== undefined && !turn.hasContent) {
      const evidence = [recordOf(turn, 'its last message is empty')] as const
      return { basis: 'reported', confidence: 'medium', summary: 'its last answer is empty', evidence }
    }
    const announced = announcement(run, context)
    if (announced !== undefined) {
      const evidence = [recordOf(announced, 'its last message only announces the next step', announced.text.slice(-300))] as const
      return { basis: 'inferred', confidence: 'low', summary: 'its last message only announces the next step', evidence }
    }
    const facts = absence(run, context)
    // A killed agent is stopped, or died with its client.
    if (facts?.word === undefined || facts.word.outcome === 'killed' || facts.ownerEndedForSure || run.turns === 0) return undefined
    return {
      basis: 'inferred',
      confidence: 'medium',
      summary: 'it stopped in the middle of its work, and the client counted that as an end',
      evidence: pendingAnd(run, [
        recordOf(facts.word, `the client reported an end (${facts.word.status ?? 'no status'}) though none is recorded`, facts.word.text),
      ]),
    }
  },
}
