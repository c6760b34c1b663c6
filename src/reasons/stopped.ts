import type { Run } from '../facts/run.ts'
import { findAcceptedOutput, findCleanEnd, findFinalError } from './last-word.ts'
import { recordOf } from './proof.ts'
import { defineReason } from './reason.ts'
import { findBudgetCut, findExit, wasCutOffWithMain, wasCutOffWithOthers } from './exit.ts'

/** `agents_killed` and the markers that it leaves are this close. Milliseconds. */
const SAME_MOMENT_MS = 3_000

/** Stopped by name: by its parent, by a person, by the client on request. */
export const stopped = defineReason({
  name: 'stopped',
  place: 170,
  outcome: 'died',
  severity: 44,
  look: { mark: 'SP', group: 'wanted', pattern: 'stripes' },
  texts: {
    meaning: 'the parent, a person or the client stopped it by name',
    detection:
      'A TaskStop (or older: KillShell) call that names it, a notification that it was killed, or stoppedByUser in its meta.json, while it had not finished.',
    lookalikes: 'Clients also say "stopped" of agents that finished, or that died with the process.',
    action: 'Nothing, unless it was a mistake. Agents stopped by the person refuse a resume through SendMessage since 2.1.191.',
  },
  checkpoint: 'needs_continuation',
  incident: null,
  plan: { needs: 'consent', contextFault: null },
  nearMisses: ['stop-of-a-finished-agent', 'killed-word-at-exit', 'no-completion-record', 'stop-that-was-refused'],
  detect(run, context) {
    if (findCleanEnd(run, context) !== undefined || findAcceptedOutput(run) !== undefined || run.latest.lastWord.kind === 'error')
      return undefined
    if (findFinalError(run, 'turn_cap') !== undefined) return undefined
    const since = run.latest.startedAt ?? 0
    const stop = context.stops.findLast((each) => each.at === null || each.at >= since)
    if (stop !== undefined) {
      const evidence = [recordOf(stop, 'its parent stopped it by its id, and the client confirmed it')] as const
      return { basis: 'inferred', confidence: 'high', summary: 'its parent stopped it by name', evidence }
    }
    const isWithMain = wasCutOffWithMain(run, context)
    const killed = context.session.agentsKilled.find((each) => isSameMoment(each.at, run))
    if (killed !== undefined && !isWithMain) {
      return {
        basis: 'inferred',
        confidence: 'medium',
        summary: 'all agents of its session were killed at once',
        evidence: [recordOf(killed, 'the client killed all agents of the session at that moment')],
      }
    }
    if (isWithMain || findBudgetCut(run, context) !== undefined) return undefined
    if (run.sidecar?.stoppedByUser === true && !wasCutOffWithOthers(run, context)) {
      return {
        basis: 'reported',
        confidence: 'high',
        summary: 'its client noted that the person stopped it',
        evidence: [{ kind: 'file', shows: 'its meta.json says stoppedByUser', path: run.sidecar.path, bytes: null, modifiedAt: null }],
      }
    }
    const word = context.words.findLast(
      (each) =>
        (each.tells === 'stopped_by_person' || each.tells === 'stopped_by_parent' || (each.outcome === 'killed' && each.tells === null)) &&
        (each.at === null || each.at >= since),
    )
    if (word === undefined || findExit(word.at, run, context) !== undefined) return undefined
    return {
      basis: 'inferred',
      confidence: 'medium',
      summary: word.tells === 'stopped_by_person' ? 'the client says that the person stopped it' : 'the client says that it was stopped',
      evidence: [recordOf(word, 'the client says that it was stopped', word.text)],
    }
  },
})

function isSameMoment(at: number | null, run: Run): boolean {
  const last = run.lastRecordAt
  return at !== null && last !== null && Math.abs(at - last) <= SAME_MOMENT_MS
}
