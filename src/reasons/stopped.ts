import type { Run } from '../facts/run.ts'
import { acceptedOutput, cleanEnd, type Detector, finalError, recordOf } from './detector.ts'
import { wasSaidAtExit } from './exit.ts'

/** `agents_killed` and the markers that it leaves are this close. Milliseconds. */
const SAME_MOMENT_MS = 3_000

/** Stopped by name: by its parent, by a person, by the client on request. */
export const stopped: Detector = {
  id: 'stopped',
  concludes: 'stopped',
  lookalikes: ['stop-of-a-finished-agent', 'killed-word-at-exit', 'no-completion-record', 'stop-that-was-refused'],
  detect(run, context) {
    if (cleanEnd(run) !== undefined || acceptedOutput(run) !== undefined || run.latest.lastWord.kind === 'error') return undefined
    if (finalError(run, 'turn_cap') !== undefined) return undefined
    const since = run.latest.startedAt ?? 0
    const stop = context.stops.findLast((each) => each.at === null || each.at >= since)
    if (stop !== undefined) {
      const evidence = [recordOf(stop, 'its parent stopped it by its id, and the client confirmed it')] as const
      return { basis: 'inferred', confidence: 'high', summary: 'its parent stopped it by name', evidence }
    }
    if (run.sidecar?.stoppedByUser === true) {
      return {
        basis: 'reported',
        confidence: 'high',
        summary: 'the person stopped it',
        evidence: [{ kind: 'file', shows: 'its meta.json says stoppedByUser', path: run.sidecar.path, bytes: null, modifiedAt: null }],
      }
    }
    const word = context.words.findLast(
      (each) =>
        (each.tells === 'stopped_by_person' || each.tells === 'stopped_by_parent' || (each.outcome === 'killed' && each.tells === null)) &&
        (each.at === null || each.at >= since),
    )
    if (word !== undefined && !wasSaidAtExit(word.at, context)) {
      return {
        basis: 'inferred',
        confidence: 'medium',
        summary: word.tells === 'stopped_by_person' ? 'the client says that the person stopped it' : 'the client says that it was stopped',
        evidence: [recordOf(word, 'the client says that it was stopped', word.text)],
      }
    }
    const killed = context.session.agentsKilled.find((each) => isSameMoment(each.at, run))
    if (killed === undefined) return undefined
    return {
      basis: 'inferred',
      confidence: 'medium',
      summary: 'all agents of its session were killed at once',
      evidence: [recordOf(killed, 'the client killed all agents of the session at that moment')],
    }
  },
}

function isSameMoment(at: number | null, run: Run): boolean {
  const last = run.lastRecordAt
  return at !== null && last !== null && Math.abs(at - last) <= SAME_MOMENT_MS
}
