import type { Activity } from '../facts/run.ts'
import type { SourceLocation } from '../facts/source.ts'
import { SILENCE_MS } from './fold-run.ts'

/** The union of stretches: two that are less than the silence apart are one. */
export function mergeActivity(stretches: readonly Activity[]): readonly Activity[] {
  const merged: { from: number; to: number; where: SourceLocation }[] = []
  let last: (typeof merged)[number] | undefined
  for (const { from, to, where } of stretches.toSorted((a, b) => a.from - b.from)) {
    if (last !== undefined && from <= last.to + SILENCE_MS) last.to = Math.max(last.to, to)
    else merged.push((last = { from, to, where }))
  }
  return merged
}
