import { isOneMoment } from '../reasons/reason.ts'
import { TERMINAL_REASONS } from '../reasons/terminal-reason.ts'
import type { Incident } from './incident.ts'
import { plural } from '../text/plural.ts'

/** What happened, in one sentence that names no clock: the reader's zone is not known here. */
export function summaryOf(incident: Omit<Incident, 'builtOn' | 'summary'>): string {
  const { agents, startedAfterKnown, countedAgents, tokens, limit, cause } = incident
  const known = limit === null ? 'the first of them' : 'the limit was known'
  const parts = [
    isOneMoment(TERMINAL_REASONS[cause].incident) ? plural(agents.length, 'agent') : describeRhythm(incident),
    startedAfterKnown > 0 && agents.length === 1 && `it was started after ${known}`,
    startedAfterKnown > 0 &&
      agents.length > 1 &&
      `${startedAfterKnown} of ${agents.length === startedAfterKnown ? 'them' : `the ${agents.length} agents`} ${startedAfterKnown === 1 ? 'was' : 'were'} started after ${known}`,
    countedAgents > 0 &&
      `${amount(tokens.input + tokens.output + tokens.cacheRead + tokens.cacheWrite)} tokens in ${plural(countedAgents, 'agent')}`,
  ]
  return parts.filter((part) => part !== false).join('; ')
}

/** How many refusals or deaths in what time, and whether the pauses grew. */
export function describeRefusals(incident: Omit<Incident, 'builtOn' | 'summary'>): string {
  const { limit, attempts, spanMs, cause, agents } = incident
  if (isOneMoment(TERMINAL_REASONS[cause].incident)) return plural(agents.length, 'agent')
  return [describeAttempts(limit === null ? 'death' : 'refusal', attempts, spanMs), ...(isStorm(incident) ? ['no back-off'] : [])].join(
    ', ',
  )
}

function describeRhythm(incident: Omit<Incident, 'builtOn' | 'summary'>): string {
  const { attempts, spanMs, meanIntervalMs, texts, limit } = incident
  const said = [describeAttempts(limit === null ? 'death' : 'refusal', attempts, spanMs)]
  if (attempts > 2 && spanMs >= 10 && meanIntervalMs !== null) said.push(`one every ${seconds(meanIntervalMs)}`)
  if (isStorm(incident)) said.push('no back-off')
  if (attempts > 1 && texts.length > 0) said.push(texts.length === 1 ? 'all with the same text' : `in ${texts.length} texts`)
  return said.join(', ')
}

function describeAttempts(what: string, attempts: number, spanMs: number): string {
  return attempts === 1 ? plural(attempts, what) : `${plural(attempts, what)} ${spanMs < 10 ? 'at once' : `in ${seconds(spanMs)}`}`
}

/** Agents that ran side by side and met a limit together tried nothing again. */
function isStorm({ backoff, startedAfterKnown, attempts, agents, sessionIds }: Omit<Incident, 'builtOn' | 'summary'>): boolean {
  return backoff === false && (startedAfterKnown > 0 || attempts > agents.length + sessionIds.length)
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
