import type { Evidence } from '../../facts/evidence.ts'
import type { Checkpoint } from '../../reasons/reason.ts'
import { count, roughly, sortByAmount, span } from '../../report/words.ts'
import { lastName } from '../../text/last-name.ts'
import type { Budget, CallOutcome, CheckpointReceipt } from '../document.ts'

/** How a call went, in a word. */
export const OUTCOME_WORDS = {
  ok: 'ok',
  error: 'failed',
  denied: 'denied',
  interrupted: 'cut off',
  unanswered: 'no answer',
} as const satisfies Record<CallOutcome, string>

/** What a checkpoint means for whoever continues the work. */
export const CHECKPOINT_WORDS = {
  needs_continuation: 'it did not finish; its work is intact and can be continued',
  timed_out_with_checkpoint: 'a timeout or a lost connection cut it off; its work is intact and can be continued',
  complete: 'it finished: there is nothing to continue',
  failed: 'nothing of it can be continued: the task needs a new start',
} as const satisfies Record<Checkpoint, string>

/** A span as exact as one reads it on a timeline: `7s`, `1min 20s`, `3h 40min`. */
export function formatDuration(ms: number): string {
  if (ms < 60_000) return `${Math.max(0, Math.round(ms / 1000))}s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 600 && seconds % 60 !== 0) return `${Math.floor(seconds / 60)}min ${seconds % 60}s`
  return ms < 48 * 3_600_000 ? span(ms).replace('\u00a0', ' ') : roughly(ms)
}

/** How long a call took, behind its outcome; '' below a second. */
export function tookWords(durationMs: number | null): string {
  return durationMs === null || durationMs < 1000 ? '' : ` ${formatDuration(durationMs)}`
}

/** The most frequent tools, then all others as one: `5 Bash`, `2 Read`, `3 other`. */
export function listTools(calls: readonly (readonly [string, number])[], most: number, other: string): readonly string[] {
  const others = calls.slice(most).reduce((sum, [, times]) => sum + times, 0)
  return [...calls.slice(0, most).map(([tool, times]) => `${times} ${tool}`), ...(others > 0 ? [count(others, other)] : [])]
}

/** What it used: `4 turns, 7 tool calls (5 Bash, 2 Read)`, and the tokens. */
export function budgetWords({ turns, toolCalls, tools, tokens, wallClockMs, silentMs, costUsd }: Budget): readonly string[] {
  const list = listTools(sortByAmount(Object.entries(tools)), 5, 'other')
  const silent = silentMs > 0 ? ` (silent for ${formatDuration(silentMs)} of it)` : ''
  return [
    `${count(turns, 'turn')}, ${count(toolCalls, 'tool call')}${list.length === 0 ? '' : ` (${list.join(', ')})`}`,
    `tokens: ${formatTokens(tokens.output)} out, ${formatTokens(tokens.input)} in, ${formatTokens(tokens.cacheRead)} read from cache, ${formatTokens(tokens.cacheWrite)} written to it`,
    ...(wallClockMs === null ? [] : [`${formatDuration(wallClockMs)} from first to last record${silent}`]),
    ...(costUsd === null ? [] : [`$${costUsd.toFixed(2)}, by the client’s count`]),
  ]
}

/** `812`, `14 k`, `2.08 M`. */
function formatTokens(tokens: number): string {
  if (tokens < 10_000) return String(tokens)
  return tokens < 1_000_000 ? `${Math.round(tokens / 1000)} k` : `${(tokens / 1_000_000).toFixed(2)} M`
}

type Entry<List extends 'commands' | 'filesWritten' | 'blockers' | 'delivered'> = CheckpointReceipt[List]['items'][number]
/** Makes a text as short as the place for it wants. */
type Cut = (text: string) => string

/** A command and what became of it. */
export function commandWords({ command, outcome, background, exitCode, durationMs }: Entry<'commands'>, cut: Cut = keep): string {
  const word = outcome === 'ok' && background ? 'started' : OUTCOME_WORDS[outcome]
  return `${word}${exitCode === null ? '' : ` (exit ${exitCode})`}${tookWords(durationMs)}  ${cut(command)}`
}

/** A file and how often it was read or written. */
export function touchWords({ file, times, uncertain }: Entry<'filesWritten'>, cut: Cut = keep): string {
  return `${cut(file)}${timesWords(times)}${uncertain > 0 ? `, ${count(uncertain, 'call')} without an answer` : ''}`
}

/** What failed, and how. */
export function blockerWords({ tool, about, text, times }: Entry<'blockers'>, cut: Cut = keep): string {
  return `${cut([tool, about].filter((each) => each !== null).join(' '))}${timesWords(times)}: ${cut(text)}`
}

/** What left the machine. */
export function deliveryWords({ kind, what }: Entry<'delivered'>, cut: Cut = keep): string {
  return `${kind === 'push' ? 'pushed' : 'request'} ${cut(what)}`
}

function timesWords(times: number): string {
  return times > 1 ? ` (${times} times)` : ''
}

function keep(text: string): string {
  return text
}

/** Where evidence is, as short as it can be looked up: `agent-a1b2.jsonl:12`. */
export function evidencePlace(evidence: Evidence): string {
  const { path } = evidence
  if (path === null) return ''
  const line = 'line' in evidence && evidence.line !== null ? `:${evidence.line}` : ''
  return `${lastName(path)}${line}`
}
