import { absence, lastActivity, pendingAnd, silenceOf } from '../absence.ts'
import { absenceOf, type Detector, recordOf } from '../detector.ts'
import type { Evidence } from '../../model/finding.ts'
import { wasSaidAtExit } from '../exit.ts'

/** Its owner process ended while it was at work. */
export const exitKilled: Detector = {
  id: 'exit-killed',
  concludes: 'exit_killed',
  lookalikes: ['reused-pid', 'paused-session', 'stop-of-a-finished-agent', 'no-completion-record'],
  survivesDamage: true,
  detect(run, context) {
    const { lastWord } = run.latest
    if (lastWord.kind === 'interrupt') {
      const owner = context.session.owners.find((each) => each.state === 'gone')
      if (run.role !== 'agent' || !wasSaidAtExit(lastWord.at, context) || lastActivity(context) === null) return undefined
      return {
        basis: 'inferred',
        confidence: owner === undefined ? 'low' : 'medium',
        summary: 'it was interrupted in the moment in which its client exited',
        evidence: [recordOf(lastWord, 'its interrupt marker is among the last records of its session')],
      }
    }
    const facts = absence(run, context)
    if (facts === undefined) return undefined
    const silence = facts.silence === undefined ? {} : { silence: silenceOf(facts.silence) }
    // A word that was said while the client exited is no end of the agent's own.
    if (facts.word !== undefined && !(facts.word.status === 'killed' && wasSaidAtExit(facts.word.at, context)) && !facts.ownerEndedForSure) return undefined
    if (facts.word !== undefined && facts.word.status !== 'killed' && facts.word.tells === null) return undefined
    if (facts.ownerEnded.length > 0 && facts.alive === undefined) {
      return {
        basis: 'inferred',
        confidence: facts.ownerEndedForSure ? 'high' : 'medium',
        summary: 'its owner process ended while it was at work',
        evidence: pendingAnd(run, facts.ownerEnded),
        ...silence,
      }
    }
    if (facts.alive !== undefined) return undefined
    if (facts.word !== undefined) {
      const evidence = pendingAnd(run, [recordOf(facts.word, 'the client reported it as killed while it exited', facts.word.text)])
      return { basis: 'inferred', confidence: 'medium', summary: 'its client exited while it was at work', evidence, ...silence }
    }
    // Went on later: whether its process had ended by then is what nothing shows.
    if (facts.silence?.to != null) return undefined
    const never: Evidence = absenceOf(run, 'its session never went on')
    if (facts.unregistered) {
      const evidence = pendingAnd(run, [absenceOf(run, 'no live client registers its session, as this version does while it runs'), never])
      return { basis: 'inferred', confidence: 'medium', summary: 'no process owns its session any more', evidence, ...silence }
    }
    if (facts.silence === undefined) return undefined
    return { basis: 'inferred', confidence: 'low', summary: 'it stopped without an end, and its session never went on', evidence: pendingAnd(run, [never]), ...silence }
  },
}
