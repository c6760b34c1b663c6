import { findBudgetCut } from './exit.ts'
import { findAcceptedOutput, findCleanEnd, findFinalError } from './last-word.ts'
import { recordOf } from './proof.ts'
import { defineReason } from './reason.ts'

/** A cap on turns or on the budget. */
export const maxTurns = defineReason({
  name: 'max_turns',
  place: 140,
  outcome: 'died',
  severity: 70,
  look: { mark: 'MT', group: 'brief', pattern: 'rows' },
  texts: {
    meaning: 'a cap on turns or on the budget ended it',
    detection:
      'The client’s record of the cap, the parent’s notice that it stopped at its turn limit, or a budget that was spent at that moment.',
    lookalikes: 'Clients report it as completed, and in workflows as a missing StructuredOutput; models also invent step limits.',
    action: 'Resume it with a higher cap or a smaller rest.',
  },
  checkpoint: 'needs_continuation',
  incident: null,
  plan: { needs: 'nothing', contextFault: null },
  nearMisses: ['model-invents-a-step-limit', 'capped-then-continued', 'writes-the-words-of-the-cap'],
  detect(run, context) {
    const own = findFinalError(run, 'turn_cap')
    if (own !== undefined) {
      const evidence = [recordOf(own, 'the client records that the turn cap was reached', own.text)] as const
      return { basis: 'reported', confidence: 'high', summary: 'a cap on its turns ended it', evidence }
    }
    // A capped agent's transcript ends in the middle of its work (2.0.76 to 2.1.329); an agent may also write such words itself.
    if (run.latest.lastWord.kind === 'error' || findAcceptedOutput(run) !== undefined || findCleanEnd(run, context) !== undefined)
      return undefined
    const cut = findBudgetCut(run, context)
    if (cut !== undefined) {
      const evidence = [recordOf(cut, 'the client had spent the budget of its session at that moment')] as const
      return { basis: 'inferred', confidence: 'medium', summary: 'a cap on the budget of its session ended it', evidence }
    }
    const since = run.latest.startedAt ?? 0
    const word = context.words.findLast((each) => each.tells === 'turn_cap' && (each.at === null || each.at >= since))
    if (word === undefined) return undefined
    const evidence = [recordOf(word, 'the client tells the parent that it stopped at its turn limit', word.text)] as const
    return { basis: 'inferred', confidence: 'high', summary: 'a cap on its turns ended it', evidence }
  },
})
