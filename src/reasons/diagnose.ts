import type { Diagnosis, Finding } from './finding.ts'
import type { Evidence } from '../facts/evidence.ts'
import type { Run } from '../facts/run.ts'
import type { RunContext } from '../facts/session.ts'
import { absence, pendingAnd } from './absence.ts'
import { absenceOf, atMost, type Detector, isPending } from './detector.ts'
import { detectors } from './index.ts'

/** How one run ended: all detectors look, the first in their order that found something is right, the others are told. */
export function diagnose(run: Run, context: RunContext, all: readonly Detector[] = detectors): Diagnosis {
  const findings: Finding[] = []
  for (const detector of all) {
    const claim = detector.detect(run, context)
    if (claim !== undefined) findings.push({ detector: detector.id, reason: detector.concludes, ...claim })
  }
  if (run.damagedTail !== null) return diagnoseDamaged(run, findings, all)
  const [first, ...others] = findings
  return first === undefined ? undecided(run, context) : diagnosis(first, others)
}

/**
 * Behind the last word stands something that could not be read, so nobody knows that it was the last: only what rests on
 * other proof still holds. Damage never makes a verdict better.
 */
function diagnoseDamaged(run: Run, findings: readonly Finding[], all: readonly Detector[]): Diagnosis {
  const sturdy = new Set(all.filter((detector) => detector.survivesDamage === true).map((detector) => detector.id))
  const standing = findings.find((finding) => sturdy.has(finding.detector) && finding.confidence !== 'low' && isPending(run))
  const others = findings.filter((finding) => finding !== standing)
  const damage = run.damagedTail
  const evidence: Evidence = {
    kind: 'absence',
    shows: 'what stands behind its last readable record could not be read',
    path: damage?.path ?? run.path,
    line: damage?.line ?? null,
    byteOffset: damage?.byteOffset ?? null,
  }
  if (standing !== undefined) {
    return diagnosis({ ...standing, confidence: atMost(standing.confidence, 'medium'), evidence: [...standing.evidence, evidence] }, others)
  }
  return {
    reason: 'unknown',
    basis: 'inferred',
    confidence: 'low',
    summary: 'the end of its transcript is damaged, so that its last word is not known',
    evidence: [evidence],
    alternatives: others.filter((other) => other.reason !== 'unknown').map(alternative),
  }
}

function diagnosis(finding: Finding, others: readonly Finding[]): Diagnosis {
  const { detector: _detector, ...rest } = finding
  return { alternatives: others.filter((other) => other.reason !== finding.reason).map(alternative), ...rest }
}

function alternative({ reason, basis, confidence, summary }: Finding): Diagnosis['alternatives'][number] {
  return { reason, basis, confidence, summary }
}

/** No detector found anything: what was looked for is listed. */
function undecided(run: Run, context: RunContext): Diagnosis {
  const facts = absence(run, context)
  const looked: readonly Evidence[] = [
    absenceOf(run, 'no error, interrupt or end of its own stands last'),
    absenceOf(run, 'no process that owns it is known to live or to have ended'),
    absenceOf(run, 'its session shows no pause of ten minutes or more behind its last record'),
  ]
  const base = { reason: 'unknown', basis: 'inferred', confidence: 'low' } as const
  if (run.path !== null && run.lines === 0) {
    const file: Evidence = { kind: 'file', shows: 'its transcript is empty', path: run.path, bytes: run.bytes, modifiedAt: null }
    return { ...base, summary: 'its transcript is empty', evidence: [file, ...looked], alternatives: [] }
  }
  if (facts === undefined)
    return {
      ...base,
      summary: 'how it ended cannot be told',
      evidence: [looked[0] ?? absenceOf(run, 'no end'), ...looked.slice(1)],
      alternatives: [],
    }
  return {
    ...base,
    summary: 'it has no recorded end, and whether it still runs cannot be known',
    evidence: pendingAnd(run, looked),
    alternatives: [
      { reason: 'running', basis: 'inferred', confidence: 'low', summary: 'it may still be at work' },
      { reason: 'exit_killed', basis: 'inferred', confidence: 'low', summary: 'its client may have ended' },
    ],
  }
}
