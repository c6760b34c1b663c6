import type { Evidence } from '../facts/evidence.ts'
import type { Run } from '../facts/run.ts'
import type { RunContext } from '../facts/session.ts'
import { findAbsence, listPendingEvidence } from './absence.ts'
import type { Alternative, Diagnosis } from './finding.ts'
import { absenceOf } from './proof.ts'

const UNKNOWN = { reason: 'unknown', basis: 'inferred', confidence: 'low' } as const

/** A main thread without a transcript. */
export const MISSING_MAIN: Diagnosis = {
  ...UNKNOWN,
  summary: 'its main transcript is missing',
  evidence: [{ kind: 'absence', shows: 'no main transcript of this session was found', path: null, line: null, byteOffset: null }],
  alternatives: [],
}

/** The end of the transcript is damaged, and nothing beside it says how the agent ended. */
export function judgeDamaged(damage: Evidence, alternatives: readonly Alternative[]): Diagnosis {
  const summary = 'the end of its transcript is damaged, so that its last word is not known'
  return { ...UNKNOWN, summary, evidence: [damage], alternatives }
}

/** No detector found anything: what was looked for is listed. */
export function judgeUndecided(run: Run, context: RunContext): Diagnosis {
  const noEnd = absenceOf(run, 'no error, interrupt or end of its own stands last')
  const rest = [
    absenceOf(run, 'no process that owns it is known to live or to have ended'),
    absenceOf(run, 'its session shows no pause of ten minutes or more behind its last record'),
  ]
  if (run.path !== null && run.lines === 0) {
    const file: Evidence = { kind: 'file', shows: 'its transcript is empty', path: run.path, bytes: run.bytes, modifiedAt: null }
    return { ...UNKNOWN, summary: 'its transcript is empty', evidence: [file, noEnd, ...rest], alternatives: [] }
  }
  if (findAbsence(run, context) === undefined)
    return { ...UNKNOWN, summary: 'how it ended cannot be told', evidence: [noEnd, ...rest], alternatives: [] }
  return {
    ...UNKNOWN,
    summary: 'it has no recorded end, and whether it still runs cannot be known',
    evidence: listPendingEvidence(run, [noEnd, ...rest]),
    alternatives: [
      { reason: 'running', basis: 'inferred', confidence: 'low', summary: 'it may still be at work' },
      { reason: 'exit_killed', basis: 'inferred', confidence: 'low', summary: 'its client may have ended' },
    ],
  }
}
