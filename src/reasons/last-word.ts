import { type ApiFault, isEnd, type ToolPurpose } from '../facts/record.ts'
import { handsOver, type LastWord, type Placed, type PlacedWord, type Run } from '../facts/run.ts'
import type { RunContext } from '../facts/session.ts'
import type { Claim } from './claim.ts'
import { recordOf } from './proof.ts'
import { isVersionAtLeast } from '../text/version.ts'

/** What an error record of the client says, where it is the last word. */
export type FinalError = LastWord & { readonly kind: 'error' }

/** The client's error record that ends the latest attempt; undefined when something else was said last. */
export function findFinalError(run: Run, ...faults: readonly ApiFault[]): FinalError | undefined {
  const { lastWord } = run.latest
  return lastWord.kind === 'error' && faults.includes(lastWord.fault) ? lastWord : undefined
}

/** A detector whose reason the client's own error record states. */
export function claimReportedError(run: Run, shows: string, summary: string, ...faults: readonly ApiFault[]): Claim | undefined {
  const error = findFinalError(run, ...faults)
  return error === undefined
    ? undefined
    : { basis: 'reported', confidence: 'high', summary, evidence: [recordOf(error, shows, error.text)] }
}

/** What a call is for that ends a run. */
export type EndingPurpose = Exclude<ToolPurpose, 'wait'>

/** Stop reasons of a message that came to its own end (Messages API). */
const NORMAL_STOPS: ReadonlySet<string> = new Set(['end_turn', 'stop_sequence'])

/** The model's last message, where it is the last word and awaits no result. */
export function findFinalTurn(run: Run): (LastWord & { readonly kind: 'turn' }) | undefined {
  const { lastWord, openCalls } = run.latest
  return lastWord.kind === 'turn' && openCalls.length === 0 ? lastWord : undefined
}

/** The first client that writes the stop reason with the last part of a message; it is still missing from one clean end in eleven. */
const FIRST_WITH_STOP_REASONS = [2, 1, 63] as const

/**
 * Whether the last message may go on: a text and the call behind it are records of their own, up to minutes apart. An end without a stop
 * reason was told to the parent every time that a parent was there to be told (2.1.63 to 2.1.220).
 */
function mayGoOn(run: Run, turn: LastWord & { readonly kind: 'turn' }, context: RunContext): boolean {
  if (turn.stopReason !== null || run.role === 'main' || run.kind === 'internal') return false
  if (!isVersionAtLeast(run.clientVersion, FIRST_WITH_STOP_REASONS)) return false
  const { session, workflowCall } = context
  if (run.workflowRunId !== null) return workflowCall?.journal === 'started' && workflowCall.outcome !== 'finished'
  return session.main !== null && findEndNotice(run, context) === undefined
}

/** The final message, where it ended normally and says something. */
export function findCleanEnd(run: Run, context: RunContext): (LastWord & { readonly kind: 'turn' }) | undefined {
  const turn = findFinalTurn(run)
  if (turn?.hasContent !== true || run.latest.mark === 'open' || mayGoOn(run, turn, context)) return undefined
  return turn.stopReason === null || NORMAL_STOPS.has(turn.stopReason) ? turn : undefined
}

/**
 * The accepted result of a call that ends a run, where that was the last word: structured output (2.1.329 lets no further message
 * follow it), the report that 2.1.290 wants handed back by a tool, or a teammate's word that it shuts down.
 */
export function findAcceptedOutput(run: Run): (Placed & { readonly purpose: EndingPurpose }) | undefined {
  const { lastWord } = run.latest
  if (lastWord.kind !== 'tool_result' || !handsOver(run.latest)) return undefined
  const { at, where, purpose } = lastWord
  return purpose === null || purpose === 'wait' ? undefined : { at, where, purpose }
}

/** Nothing in its own transcript ends it: a prompt, a call or a result that nothing answered, or a message that may go on. */
export function isPending(run: Run, context: RunContext): boolean {
  const { lastWord, openCalls, mark } = run.latest
  if (findAcceptedOutput(run) !== undefined) return false
  return (
    (mark === 'open' && lastWord.kind === 'turn') ||
    lastWord.kind === 'none' ||
    lastWord.kind === 'prompt' ||
    (lastWord.kind === 'tool_result' && !lastWord.isRejected) ||
    (lastWord.kind === 'turn' && (openCalls.length > 0 || (lastWord.hasContent && mayGoOn(run, lastWord, context))))
  )
}

/** What the client said about the end of the latest attempt; the last such word. */
export function findEndNotice(run: Run, context: RunContext): PlacedWord | undefined {
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
