import { acceptedOutput, cleanEnd, type Detector, finalError, recordOf } from './detector.ts'

/** A cap on turns or on the budget. */
export const maxTurns: Detector = {
  id: 'max-turns',
  concludes: 'max_turns',
  lookalikes: ['model-invents-a-step-limit', 'capped-then-continued', 'writes-the-words-of-the-cap'],
  detect(run, context) {
    const own = finalError(run, 'turn_cap')
    if (own !== undefined) {
      const evidence = [recordOf(own, 'the client records that the turn cap was reached', own.text)] as const
      return { basis: 'reported', confidence: 'high', summary: 'a cap on its turns ended it', evidence }
    }
    // A capped agent's transcript ends in the middle of its work (2.0.76 to 2.1.329); an agent may also write such words itself.
    if (run.latest.lastWord.kind === 'error' || acceptedOutput(run) !== undefined || cleanEnd(run) !== undefined) return undefined
    const since = run.latest.startedAt ?? 0
    const word = context.words.findLast((each) => each.tells === 'turn_cap' && (each.at === null || each.at >= since))
    if (word === undefined) return undefined
    const evidence = [recordOf(word, 'the client tells the parent that it stopped at its turn limit', word.text)] as const
    return { basis: 'inferred', confidence: 'high', summary: 'a cap on its turns ended it', evidence }
  },
}
