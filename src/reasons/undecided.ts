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
  const summary = 'the end of its transcript is damaged, so its last word is unknown'
  return { ...UNKNOWN, summary, evidence: [damage], alternatives }
}

/** Its launch was acknowledged, and its transcript is not here: removed, on a full disk, or never copied. */
export function judgeMissing(run: Run): Diagnosis {
  const where = run.launchedAt?.where
  const evidence: Evidence = {
    kind: 'absence',
    shows: 'its launch was acknowledged, but its transcript is missing',
    path: where?.path ?? null,
    line: where?.line ?? null,
    byteOffset: where?.byteOffset ?? null,
  }
  return { ...UNKNOWN, summary: 'its transcript is missing', evidence: [evidence], alternatives: [] }
}

/** No clock is off by more. Milliseconds. */
const CLOCK_SKEW_MS = 24 * 60 * 60_000

/** Whether its last word is dated long before what it follows. A date to come only tells of a machine whose clock is wrong. */
export function isMisdated({ latest: { lastWord, startedAt } }: Run): boolean {
  return lastWord.kind !== 'none' && lastWord.at !== null && startedAt !== null && lastWord.at < startedAt - CLOCK_SKEW_MS
}

/** What its last word says was moved in time, by a copy or by a clock: it proves nothing of this session. */
export function judgeMisdated(run: Run): Diagnosis {
  const evidence = absenceOf(run, 'its last record is dated long before what it follows')
  return { ...UNKNOWN, summary: 'its last record has a date that cannot be', evidence: [evidence], alternatives: [] }
}

/** A main thread of which nothing was ever asked: there was nothing to cut off. */
export function judgeUnasked(run: Run): Diagnosis {
  return { ...UNKNOWN, summary: 'nothing was asked in it', evidence: [absenceOf(run, 'no prompt was sent in it')], alternatives: [] }
}

/** No detector found anything: what was looked for is listed. */
export function judgeUndecided(run: Run, context: RunContext): Diagnosis {
  const noEnd = absenceOf(run, 'its last record is no error, interrupt or end')
  if (run.path !== null && run.lines === 0) {
    const file: Evidence = { kind: 'file', shows: 'its transcript is empty', path: run.path, bytes: run.bytes, modifiedAt: null }
    return { ...UNKNOWN, summary: 'its transcript is empty', evidence: [file, noEnd], alternatives: [] }
  }
  const facts = findAbsence(run, context)
  if (facts === undefined) return { ...UNKNOWN, summary: 'how it ended is unknown', evidence: [noEnd], alternatives: [] }
  const isKnown = facts.alive !== undefined || facts.ownerEnded.length > 0
  const rest = [
    ...(isKnown ? [] : [absenceOf(run, 'nothing shows that a process that may own it lives or has ended')]),
    ...(facts.silence === undefined ? [absenceOf(run, 'its session shows no pause of ten minutes or more behind its last record')] : []),
  ]
  return {
    ...UNKNOWN,
    summary: 'no end is recorded, and whether it still runs is unknown',
    evidence: listPendingEvidence(run, [noEnd, ...rest]),
    alternatives: [
      { reason: 'running', basis: 'inferred', confidence: 'low', summary: 'it may still be running' },
      { reason: 'exit_killed', basis: 'inferred', confidence: 'low', summary: 'its client may have ended' },
    ],
  }
}
