import { isEnd } from '../facts/record.ts'
import type { Run } from '../facts/run.ts'
import type { RunContext } from '../facts/session.ts'
import { type Absence, describePending, findAbsence, listPendingEvidence, PAUSE_MS } from './absence.ts'
import { describeAnnouncement, findAnnouncement } from './announcement.ts'
import { findCleanEnd, findFinalError, findFinalTurn } from './last-word.ts'
import { recordOf } from './proof.ts'
import { defineReason } from './reason.ts'

const CUT_STOPS: ReadonlyMap<string, string> = new Map([
  ['max_tokens', 'its last message reached the output token limit'],
  ['pause_turn', 'its last message was paused by the API and never continued'],
  ['tool_use', 'its last message was to call a tool, and holds no call'],
])

/** Whoever says no more than this, and leaves a command at work, waits for it: the client ends the command with the turn. Characters. */
const LONGEST_WAITING_TEXT = 400

/** Nothing answers its last word although its session went on for long: the model is asked again within minutes, while a tool may run for hours. */
function stoppedInSilence({ latest: { lastWord, openCalls } }: Run, { livedOnMs, ownerEnded, alive }: Absence): boolean {
  const awaitsModel =
    lastWord.kind === 'prompt' ||
    (lastWord.kind === 'tool_result' && !lastWord.isRejected) ||
    (lastWord.kind === 'turn' && openCalls.length === 0)
  return awaitsModel && livedOnMs >= PAUSE_MS && ownerEnded.length === 0 && alive === undefined
}

/** Whether its session, or a word of its end, shows that its client was there later than its last message. */
function wentOnWithout(at: number | null, { session, words }: RunContext): boolean {
  return at === null || words.some((word) => isEnd(word)) || session.activity.some(({ to }) => to > at)
}

/** Its output stops unfinished though its session lived on. */
export const truncated = defineReason({
  name: 'truncated',
  place: 130,
  outcome: 'died',
  severity: 60,
  look: { mark: 'TR', group: 'service', pattern: 'rows' },
  texts: {
    meaning: 'its output stops unfinished though nothing reports an error and its session lived on',
    detection:
      'Stop reason max_tokens or pause_turn, an empty answer, a call or a result that nothing answered while the session continued, a final message that only announces the next step, or one of few words while a command of its own was still at work.',
    lookalikes: 'An agent still at work (running); a killed session (pause_killed, exit_killed); streamed records without a stop reason.',
    action: 'Read its last turn, then resume it with what remains.',
  },
  checkpoint: 'needs_continuation',
  incident: null,
  plan: { needs: 'nothing', contextFault: null },
  nearMisses: ['streamed-without-stop-reason', 'long-tool-call-in-live-session', 'lets-you-know', 'waits-for-its-own-child'],
  detect(run, context) {
    const error = findFinalError(run, 'output_limit')
    if (error !== undefined) {
      const evidence = [recordOf(error, 'its last record says that its output was cut off', error.text)] as const
      return { basis: 'reported', confidence: 'high', summary: 'its output was cut off', evidence }
    }
    const unanswered = findFinalError(run, 'no_answer')
    if (unanswered !== undefined) {
      const evidence = [recordOf(unanswered, 'its last record says that the model’s answer was of no use', unanswered.text)] as const
      return { basis: 'reported', confidence: 'high', summary: 'its last answer was empty, or could not be read', evidence }
    }
    const turn = findFinalTurn(run)
    const cut = CUT_STOPS.get(turn?.stopReason ?? '')
    if (turn !== undefined && cut !== undefined) {
      const evidence = [recordOf(turn, `its last message carries the stop reason ${turn.stopReason}`, turn.text.slice(-300))] as const
      return { basis: 'reported', confidence: 'high', summary: cut, evidence }
    }
    if (turn !== undefined && !turn.hasContent && run.latest.mark !== 'open') {
      const evidence = [recordOf(turn, 'its last message is empty')] as const
      return { basis: 'reported', confidence: 'medium', summary: 'its last answer is empty', evidence }
    }
    const announced = findAnnouncement(run, context)
    const last = findCleanEnd(run, context)
    const [task] = context.openTasks
    if (last !== undefined && task !== undefined && run.role === 'agent' && last.text.length <= LONGEST_WAITING_TEXT) {
      return {
        basis: 'inferred',
        confidence: 'low',
        summary: 'it ended its turn while a command of its own was not known to have ended',
        evidence: [
          recordOf(task, `its command ${task.id} ran in the background, and nothing had said by then that it ended`),
          recordOf(last, 'with this message it ended its turn', last.text.slice(-300)),
        ],
      }
    }
    if (announced !== undefined && wentOnWithout(announced.at, context)) {
      const evidence = [describeAnnouncement(announced)] as const
      return { basis: 'inferred', confidence: 'low', summary: 'its last message only announces the next step', evidence }
    }
    const facts = findAbsence(run, context)
    if (facts !== undefined && facts.word === undefined && run.turns > 0 && stoppedInSilence(run, facts)) {
      const minutes = Math.round(facts.livedOnMs / 60_000)
      return {
        basis: 'inferred',
        confidence: 'low',
        summary: `it stopped in the middle of its work, and its session continued for ${minutes} minutes without it`,
        evidence: [describePending(run)],
      }
    }
    // A killed agent is stopped, or died with its client.
    if (facts?.word === undefined || facts.word.outcome === 'killed' || facts.ownerEndedForSure || run.turns === 0) return undefined
    return {
      basis: 'inferred',
      confidence: 'medium',
      summary: 'it stopped in the middle of its work, and the client counted that as an end',
      evidence: listPendingEvidence(run, [
        recordOf(facts.word, `the client reported an end (${facts.word.status ?? 'no status'}) though none is recorded`, facts.word.text),
      ]),
    }
  },
})
