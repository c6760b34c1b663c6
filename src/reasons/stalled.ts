import { findFinalError } from './last-word.ts'
import { recordOf } from './proof.ts'
import { defineReason } from './reason.ts'

/** The watchdog fires after 600 s without progress (CLAUDE_ASYNC_AGENT_STALL_TIMEOUT_MS; 2.1.113 on). Milliseconds. */
const WATCHDOG_MS = { least: 590_000, most: 620_000 } as const

/** Killed by the client's own watchdog. */
export const stalled = defineReason({
  name: 'stalled',
  place: 70,
  outcome: 'died',
  severity: 61,
  look: { mark: 'ST', group: 'service', pattern: 'columns' },
  texts: {
    meaning: 'the client’s own watchdog killed it for lack of progress',
    detection: 'The watchdog’s words in its record or in the notification, or an interrupt marker after 590 to 620 seconds of silence.',
    lookalikes: 'A person’s interrupt leaves the same marker without that silence.',
    action: 'Resume it; if it stalls again, look at the tool that it was waiting for.',
  },
  checkpoint: 'timed_out_with_checkpoint',
  incident: { kind: 'outage', beginning: 'The API sent nothing more: agents stalled' },
  plan: { needs: 'nothing', contextFault: null },
  nearMisses: ['interrupted-by-person', 'connection-lost-then-continued', 'stalled-then-interrupted'],
  detect(run, context) {
    const error = findFinalError(run, 'watchdog')
    if (error !== undefined) {
      const evidence = [recordOf(error, 'its last record is the watchdog’s word', error.text)] as const
      return { basis: 'reported', confidence: 'high', summary: 'the client’s watchdog killed it for lack of progress', evidence }
    }
    const { lastWord } = run.latest
    const since = run.latest.startedAt ?? 0
    const word = context.words.findLast((each) => each.tells === 'watchdog' && (each.at === null || each.at >= since))
    const silence = lastWord.kind === 'interrupt' ? lastWord.silenceMs : null
    const fits = silence !== null && silence >= WATCHDOG_MS.least && silence <= WATCHDOG_MS.most
    // The words count whatever the silence: a machine that slept, or another timeout, makes it longer or shorter (2.1.220, 2.1.329).
    if (lastWord.kind === 'interrupt' && (fits || word !== undefined)) {
      const after = silence === null ? '' : ` after ${Math.round(silence / 1000)} s of silence`
      return {
        basis: 'inferred',
        confidence: word === undefined ? 'medium' : 'high',
        summary: `the client’s watchdog ended it${after}`,
        evidence: [
          recordOf(lastWord, `an interrupt marker stands last${after}${fits ? ', the watchdog’s time' : ''}`),
          ...(word === undefined ? [] : [recordOf(word, 'the client says that it stalled', word.text)]),
        ],
      }
    }
    if (word === undefined || lastWord.kind === 'error' || (lastWord.kind === 'turn' && run.latest.openCalls.length === 0)) return undefined
    return {
      basis: 'inferred',
      confidence: 'medium',
      summary: 'the client says that its watchdog killed it',
      evidence: [recordOf(word, 'the client says that it stalled', word.text)],
    }
  },
})
