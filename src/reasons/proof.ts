import type { Evidence, EvidenceList } from '../facts/evidence.ts'
import type { Placed, Run } from '../facts/run.ts'
import type { Owner } from '../facts/session.ts'
import type { Confidence } from './claim.ts'

export function recordOf(placed: Placed, shows: string, excerpt: string | null = null): Evidence {
  const { path, line, byteOffset } = placed.where
  return { kind: 'record', shows, path, line, byteOffset, excerpt: excerpt === null || excerpt === '' ? null : excerpt }
}

/** Something that was expected behind the run's last word and is not there. */
export function absenceOf(run: Run, shows: string): Evidence {
  const { lastWord } = run.latest
  const where = lastWord.kind === 'none' ? null : lastWord.where
  return { kind: 'absence', shows, path: where?.path ?? run.path, line: where?.line ?? null, byteOffset: where?.byteOffset ?? null }
}

export function processOf(owner: Owner, shows: string): Evidence {
  const alive = owner.state === 'alive' ? true : owner.state === 'gone' ? false : null
  return { kind: 'process', shows, pid: owner.pid, path: owner.path, alive }
}

/** The lesser of two confidences. */
export function atMost(confidence: Confidence, bound: Confidence): Confidence {
  const order: readonly Confidence[] = ['low', 'medium', 'high']
  return order[Math.min(order.indexOf(confidence), order.indexOf(bound))] ?? 'low'
}

/** Evidence from a list that may be empty, behind one that is not. */
export function withMore(first: Evidence, more: readonly (Evidence | undefined)[]): EvidenceList {
  return [first, ...more.filter((each) => each !== undefined)]
}
