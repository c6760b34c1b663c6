import type { Evidence } from '../facts/evidence.ts'
import { type Run, wasNothingAsked } from '../facts/run.ts'
import type { RunContext } from '../facts/session.ts'
import type { Alternative, Diagnosis, Finding } from './finding.ts'
import { REASONS } from './index.ts'
import { isPending } from './last-word.ts'
import { atMost } from './proof.ts'
import type { Reason } from './reason.ts'
import type { TerminalReason } from './terminal-reason.ts'
import { isMisdated, judgeDamaged, judgeMisdated, judgeMissing, judgeUnasked, judgeUndecided } from './undecided.ts'

/** What judging takes of a reason. */
export type Detector = Pick<Reason<TerminalReason>, 'name' | 'detect' | 'survivesDamage'>

/** How one run ended: all detectors look, the first in their order that found something is right, the others become alternatives. */
export function diagnose(run: Run, context: RunContext, all: readonly Detector[] = REASONS): Diagnosis {
  if (run.isMissing) return judgeMissing(run)
  if (run.role === 'main' && wasNothingAsked(run)) return judgeUnasked(run)
  if (isMisdated(run)) return judgeMisdated(run)
  const findings: Finding[] = []
  for (const detector of all) {
    const claim = detector.detect(run, context)
    if (claim !== undefined) findings.push({ reason: detector.name, ...claim })
  }
  if (run.damagedTail !== null) return diagnoseDamaged(run, context, findings, all)
  const [first, ...others] = findings
  return first === undefined ? judgeUndecided(run, context) : chooseFinding(first, others)
}

/**
 * Behind the last word stands something that could not be read, so nobody knows that it was the last: only what rests on
 * other proof still holds. Damage never makes a verdict better.
 */
function diagnoseDamaged(run: Run, context: RunContext, findings: readonly Finding[], all: readonly Detector[]): Diagnosis {
  const sturdy = new Set(all.filter((detector) => detector.survivesDamage === true).map((detector) => detector.name))
  const standing = findings.find((finding) => sturdy.has(finding.reason) && isProven(finding) && isPending(run, context))
  const others = findings.filter((finding) => finding !== standing)
  const damage = run.damagedTail
  const evidence: Evidence = {
    kind: 'absence',
    shows: 'what stands behind its last readable record could not be read',
    path: damage?.path ?? run.path,
    line: damage?.line ?? null,
    byteOffset: damage?.byteOffset ?? null,
  }
  if (standing === undefined) return judgeDamaged(evidence, alternativesTo('unknown', others))
  const confidence = atMost(standing.confidence, 'medium')
  return chooseFinding({ ...standing, confidence, evidence: [...standing.evidence, evidence] }, others)
}

/** No alternative ranks above the verdict: it stands before it for a reason. */
function chooseFinding(finding: Finding, others: readonly Finding[]): Diagnosis {
  const alternatives = alternativesTo(finding.reason, others)
  return { alternatives: alternatives.map((each) => ({ ...each, confidence: atMost(each.confidence, finding.confidence) })), ...finding }
}

/** What a running process or a proof that it ended shows, whatever the transcript says. */
function isProven({ reason, confidence }: Finding): boolean {
  return confidence === 'high' || (reason === 'running' && confidence === 'medium')
}

function alternativesTo(chosen: TerminalReason, others: readonly Finding[]): readonly Alternative[] {
  return others
    .filter(({ reason }) => reason !== chosen)
    .map(({ reason, basis, confidence, summary }) => ({ reason, basis, confidence, summary }))
}
