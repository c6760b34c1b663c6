import { isOneMoment } from '../reasons/reason.ts'
import { TERMINAL_REASONS } from '../reasons/terminal-reason.ts'
import type { Incident } from './incident.ts'
import { plural } from '../text/plural.ts'

/** What happened, in one sentence that names no clock: the reader's zone is not known here. */
export function summaryOf(incident: Omit<Incident, 'builtOn' | 'summary'>): string {
  const { agents, startedAfterKnown, countedAgents, tokens, limit, cause } = incident
  const known = limit === null ? 'the first of them' : 'the limit was known'
  const parts = [
    isOneMoment(TERMINAL_REASONS[cause].incident) ? plural(agents.length, 'agent') : rhythm(incident),
    startedAfterKnown > 0 && agents.length === 1 && `it was started after ${known}`,
    startedAfterKnown > 0 &&
      agents.length > 1 &&
      `${startedAfterKnown} of ${agents.length === startedAfterKnown ? 'them' : `the ${agents.length} agents`} ${startedAfterKnown === 1 ? 'was' : 'were'} started after ${known}`,
    countedAgents > 0 &&
      `${amount(tokens.input + tokens.output + tokens.cacheRead + tokens.cacheWrite)} tokens in ${plural(countedAgents, 'agent')}`,
  ]
  return parts.filter((part) => part !== false).join('; ')
}

function rhythm({
  attempts,
  spanMs,
  meanIntervalMs,
  backoff,
  startedAfterKnown,
  agents,
  sessionIds,
  texts,
  limit,
}: Parameters<typeof summaryOf>[0]): string {
  const what = limit === null ? plural(attempts, 'death') : plural(attempts, 'refusal')
  const said = [attempts > 1 ? `${what} ${spanMs < 10 ? 'at once' : `in ${seconds(spanMs)}`}` : what]
  if (attempts > 2 && spanMs >= 10 && meanIntervalMs !== null) said.push(`one every ${seconds(meanIntervalMs)}`)
  // Agents that ran side by side and met a limit together tried nothing again.
  const isStorm = startedAfterKnown > 0 || attempts > agents.length + sessionIds.length
  if (backoff === false && isStorm) said.push('no back-off')
  if (attempts > 1 && texts.length > 0) said.push(texts.length === 1 ? 'all with the same text' : `in ${texts.length} texts`)
  return said.join(', ')
}

/** `34.5 s`, `0.96 s`, `21 min`, `3.5 h`. */
function seconds(ms: number): string {
  const value = ms / 1000
  if (value < 10) return `${trimmed(value, 2)} s`
  if (value < 120) return `${trimmed(value, 1)} s`
  return value < 2 * 3600 ? `${Math.round(value / 60)} min` : `${trimmed(value / 3600, 1)} h`
}

/** `912`, `14.2 k`, `2.08 M`. */
function amount(value: number): string {
  if (value < 1_000) return String(value)
  return value < 1_000_000 ? `${trimmed(value / 1_000, 1)} k` : `${trimmed(value / 1_000_000, 2)} M`
}

function trimmed(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)))
}
