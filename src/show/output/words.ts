import type { Budget, CallOutcome } from '../document.ts'
import type { Evidence } from '../../facts/evidence.ts'
import type { Checkpoint } from '../../report/report.ts'
import { lastName } from '../../text/last-name.ts'
import { count, roughly, span } from '../../report/words.ts'

/** How a call went, in a word. */
export const OUTCOME_WORDS = {
  ok: 'ok',
  error: 'failed',
  denied: 'denied',
  interrupted: 'cut off',
  unanswered: 'no answer',
} as const satisfies Record<CallOutcome, string>

/** What a terminal status means for whoever goes on. */
export const CHECKPOINT_WORDS = {
  needs_continuation: 'it did not finish; what it did stands, and can be gone on with',
  timed_out_with_checkpoint: 'it was cut off by a timeout or a lost connection; what it did stands, and can be gone on with',
  complete: 'it finished: nothing is to be gone on with',
  failed: 'nothing of its own can be gone on with: the task needs a new start',
} as const satisfies Record<Checkpoint, string>

/** A span as exact as one reads it on a timeline: `7s`, `1min 20s`, `3h 40min`. */
export function duration(ms: number): string {
  if (ms < 60_000) return `${Math.max(0, Math.round(ms / 1000))}s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 600 && seconds % 60 !== 0) return `${Math.floor(seconds / 60)}min ${seconds % 60}s`
  return ms < 48 * 3_600_000 ? span(ms).replace('\u00a0', ' ') : roughly(ms)
}

/** What it used: `4 turns, 7 tool calls (5 Bash, 2 Read)`, and the tokens. */
export function budgetWords({ turns, toolCalls, tools, tokens, wallClockMs, silentMs, costUsd }: Budget): readonly string[] {
  const most = Object.entries(tools).toSorted(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
  const others = most.slice(5).reduce((sum, [, calls]) => sum + calls, 0)
  const list = [...most.slice(0, 5).map(([tool, calls]) => `${calls} ${tool}`), ...(others > 0 ? [count(others, 'other')] : [])]
  const silent = silentMs > 0 ? ` (silent for ${duration(silentMs)} of it)` : ''
  return [
    `${count(turns, 'turn')}, ${count(toolCalls, 'tool call')}${list.length === 0 ? '' : ` (${list.join(', ')})`}`,
    `tokens: ${amount(tokens.output)} out, ${amount(tokens.input)} in, ${amount(tokens.cacheRead)} read from cache, ${amount(tokens.cacheWrite)} written to it`,
    ...(wallClockMs === null ? [] : [`${duration(wallClockMs)} from first to last record${silent}`]),
    ...(costUsd === null ? [] : [`$${costUsd.toFixed(2)}, by the client’s count`]),
  ]
}

/** `812`, `14 k`, `2.08 M`. */
export function amount(tokens: number): string {
  if (tokens < 10_000) return String(tokens)
  return tokens < 1_000_000 ? `${Math.round(tokens / 1000)} k` : `${(tokens / 1_000_000).toFixed(2)} M`
}

/** Where evidence stands, as short as it can be looked up: `agent-a1b2.jsonl:12`. */
export function evidencePlace(evidence: Evidence): string {
  const { path } = evidence
  if (path === null) return ''
  const line = 'line' in evidence && evidence.line !== null ? `:${evidence.line}` : ''
  return `${lastName(path)}${line}`
}
