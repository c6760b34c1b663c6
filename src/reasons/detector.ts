import { type ApiFault, isEnd, type ToolPurpose } from '../facts/record.ts'
import type { Confidence, Finding } from './finding.ts'
import type { Evidence, EvidenceList } from '../facts/evidence.ts'
import type { LastWord, Placed, PlacedWord, Run } from '../facts/run.ts'
import type { Owner, RunContext } from '../facts/session.ts'
import type { TerminalReason } from './terminal-reason.ts'

/**
 * Judges one run: a pure function of its facts to at most one finding. It reads no files, knows no rank (the order in
 * `detectors/index.ts` is the policy) and never throws for odd data.
 */
export interface Detector {
  /** The name of its file. */
  readonly id: string
  readonly concludes: TerminalReason
  /** What leaves a similar trace and is not it: the names of fixtures below `fixtures/near-misses`. */
  readonly lookalikes: readonly string[]
  /** True: it rests on something beside the transcript's end, so that damage there does not touch it. */
  readonly survivesDamage?: boolean
  detect(run: Run, context: RunContext): Claim | undefined
}

/** A finding before the diagnosis adds which detector made it. */
export type Claim = Omit<Finding, 'detector' | 'reason'>

/** What an error record of the client says, where it is the last word. */
export type FinalError = LastWord & { readonly kind: 'error' }

/** The client's error record that ends the latest attempt; undefined when something else was said last. */
export function finalError(run: Run, ...faults: readonly ApiFault[]): FinalError | undefined {
  const { lastWord } = run.latest
  return lastWord.kind === 'error' && faults.includes(lastWord.fault) ? lastWord : undefined
}

/** A detector whose reason the client's own error record states. */
export function reportedBy(run: Run, shows: string, summary: string, ...faults: readonly ApiFault[]): Claim | undefined {
  const error = finalError(run, ...faults)
  return error === undefined
    ? undefined
    : { basis: 'reported', confidence: 'high', summary, evidence: [recordOf(error, shows, error.text)] }
}

/** Stop reasons of a message that came to its own end (Messages API). */
const NORMAL_STOPS: ReadonlySet<string> = new Set(['end_turn', 'stop_sequence'])

/** The model's last message, where it is the last word and awaits no result. */
export function finalTurn(run: Run): (LastWord & { readonly kind: 'turn' }) | undefined {
  const { lastWord, openCalls } = run.latest
  return lastWord.kind === 'turn' && openCalls.length === 0 ? lastWord : undefined
}

/** The final message, where it ended normally and says something. */
export function cleanEnd(run: Run): (LastWord & { readonly kind: 'turn' }) | undefined {
  const turn = finalTurn(run)
  return turn?.hasContent === true && (turn.stopReason === null || NORMAL_STOPS.has(turn.stopReason)) ? turn : undefined
}

/**
 * The accepted result of a call that ends a run, where that was the last word: structured output (2.1.329 lets no further message
 * follow it), or the report that 2.1.290 wants handed back by a tool.
 */
export function acceptedOutput(run: Run): (Placed & { readonly purpose: ToolPurpose | null }) | undefined {
  const { lastWord, schema } = run.latest
  if (lastWord.kind !== 'tool_result' || lastWord.isError || lastWord.name === null) return undefined
  const { at, where, purpose } = lastWord
  const ends = purpose === 'report' || (purpose === 'structured_output' && schema.accepted)
  return ends ? { at, where, purpose } : undefined
}

/** Nothing in its own transcript ends it: a prompt, a call or a result that nothing answered. */
export function isPending(run: Run): boolean {
  const { lastWord, openCalls } = run.latest
  if (acceptedOutput(run) !== undefined) return false
  return (
    lastWord.kind === 'none' ||
    lastWord.kind === 'prompt' ||
    lastWord.kind === 'tool_result' ||
    (lastWord.kind === 'turn' && openCalls.length > 0)
  )
}

/** What the client said about the end of the latest attempt; the last such word. */
export function wordOfEnd(run: Run, context: RunContext): PlacedWord | undefined {
  const since = run.latest.startedAt
  return context.words.findLast(
    (word) =>
      word.tells !== 'launched' &&
      word.tells !== 'previous_session_ended' &&
      word.tells !== 'no_completion_record' &&
      isEnd(word) &&
      (word.at === null || since === null || word.at >= since),
  )
}

/** The time of the run's last sign of life in conversation, else of its last record. Milliseconds. */
export function lastSign(run: Run): number | null {
  return run.latest.lastAt ?? run.lastRecordAt
}

export function recordOf(placed: Placed, shows: string, excerpt: string | null = null): Evidence {
  return { kind: 'record', shows, ...placed.where, excerpt: excerpt === null || excerpt === '' ? null : excerpt }
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
