import type { Incident } from '../incident/incident.ts'
import { describeRefusals } from '../incident/summary.ts'
import { needsReset, outcomeOf, TERMINAL_REASONS } from '../reasons/terminal-reason.ts'
import { refusesAfterReset } from '../reasons/limit-reset.ts'
import { parseInstant } from '../time/instant.ts'
import type { Report } from './report.ts'
import type { View } from './reporter.ts'
import { mayBeCutOff, listShownAgents, wasCutOff } from './rows.ts'
import type { Statement } from './statement.ts'
import { capital, clock, count, distance, LIMIT_WORDS, markReason, resetWords, tallyWords } from './words.ts'
import { isAtRisk } from './work.ts'

/** The first sentence: how many died of how many, of what, when, and what resets when. */
export function headline(report: Report, view: View): Statement {
  const { counts, sessions, options } = report
  const cut = sessions.filter(wasCutOff).length
  if (options.reasons.length > 0) return { topic: 'Agents', tone: 'plain', text: countChosen(report) }
  if (counts.died + counts.unknown + cut === 0)
    return { topic: 'Agents', tone: report.complete ? 'good' : 'plain', text: goodNews(report, view) }
  const unsure = listShownAgents(report).filter(({ reason, confidence }) => outcomeOf(reason) === 'died' && confidence === 'low').length
  const died = counts.died - unsure
  const agents = [
    died > 0
      ? `${died} of ${count(counts.agents, 'agent')} died`
      : counts.agents === 0
        ? 'No agent was found'
        : unsure === 0 && 'No agent died',
    // Silence, time or wording alone proves no death.
    unsure > 0 && (died > 0 ? `${unsure} more may have died` : `${unsure} of ${count(counts.agents, 'agent')} may have died`),
    counts.unknown > 0 && `${counts.unknown} ended in an unknown way`,
    counts.running > 0 && `${counts.running} still ${counts.running === 1 ? 'runs' : 'run'}`,
  ].filter((part) => part !== false)
  const threads = cut > 0 && `${count(cut, 'main thread')} ${cut === 1 ? 'was' : 'were'} cut off`
  const parts = [...agents, ...(threads === false ? [] : [threads])]
  const last = parts.length > 1 ? parts.pop() : undefined
  const joined =
    last === undefined ? parts.join('') : `${parts.join(', ')}${counts.died === 0 && parts.length === 1 ? ', but' : ' and'} ${last}`
  const nothing = hasNothingToDo(report) ? ' Nothing to do.' : ''
  return {
    topic: 'Agents',
    tone: 'bad',
    text: `${joined}, in ${count(counts.sessions, 'session')}.${nothing}`,
    items: latestIncident(report, view),
  }
}

/** The latest incident in a sentence, and how many there were before; without any, what the dead died of. */
function latestIncident(report: Report, view: View): readonly string[] {
  const latest = latestOf(report.incidents)
  const unsure = report.sessions.filter(mayBeCutOff).length
  const earlier = report.incidents.length - 1
  const more = [
    earlier > 0 && count(earlier, 'earlier incident'),
    unsure > 0 && `${count(unsure, 'more main thread')} may have been cut off`,
  ].filter((part) => part !== false)
  const dead = listShownAgents(report).filter(({ reason }) => outcomeOf(reason) === 'died')
  const first = latest !== undefined ? describeLatest(latest, view) : dead.length > 0 ? `Reasons: ${tallyWords(dead.map(markReason))}.` : ''
  const rest = more.length === 0 ? '' : `${capital(more.join('; '))} (-v lists ${more.length + earlier + unsure > 2 ? 'them' : 'it'}).`
  return [first, rest].filter((text) => text !== '')
}

/** `5-hour limit at 05:11, resets 09:03 (in 2 h): 6 refusals in 13 s, no back-off.` */
function describeLatest(incident: Incident, view: View): string {
  const reset = describeReset(incident, view)
  return `${nameIncident(incident)} ${whenOf(incident, view)}${reset === null ? '' : `, ${reset}`}: ${describeRefusals(incident)}.`
}

/** What happened, when, to how many, in full. */
export function describeIncident(incident: Incident, view: View): string {
  return `${nameIncident(incident)} ${whenOf(incident, view)}. ${capital(incident.summary)}.`
}

function nameIncident({ cause, limit }: Incident): string {
  const { incident } = TERMINAL_REASONS[cause]
  if (limit !== null) return capital(LIMIT_WORDS[limit.kind])
  return incident === null || incident.kind === 'limit' ? cause : incident.beginning
}

function whenOf({ cause, firstAt, lastAt }: Incident, view: View): string {
  return TERMINAL_REASONS[cause].incident?.kind === 'process_end' ? `after ${clock(lastAt, view)}` : `at ${clock(firstAt, view)}`
}

function describeReset({ cause, overAt, lastAt, workedPastAt, limit }: Incident, view: View): string | null {
  if (limit === null || !needsReset(cause)) return null
  const isAhead = overAt === null || (parseInstant(overAt) ?? view.now) > view.now
  if (workedPastAt !== null && isAhead) return `lifted by ${clock(workedPastAt, view)}`
  const named = { ...limit, resetsAt: overAt }
  const late = refusesAfterReset(limit, parseInstant(lastAt) ?? null)
  return late && overAt !== null
    ? `still refused ${distance(parseInstant(lastAt) ?? view.now, view.now)}, after its reset at ${clock(overAt, view)}`
    : resetWords(named, null, view)
}

/** The incident that ended last. */
export function latestOf(incidents: readonly Incident[]): Incident | undefined {
  return incidents.reduce<Incident | undefined>((last, one) => (last !== undefined && last.lastAt >= one.lastAt ? last : one), undefined)
}

/** Whether the first sentence says already when this limit resets. */
export function headlineStatesReset({ incidents, options }: Report, resetsAt: string | null): boolean {
  const latest = latestOf(incidents)
  return options.reasons.length === 0 && latest !== undefined && needsReset(latest.cause) && latest.overAt === resetsAt
}

function countChosen({ agents, counts, options }: Report): string {
  const chosen = listShownAgents({ agents, options }).length
  return `${chosen} of ${count(counts.agents, 'agent')} ${chosen === 1 ? 'is' : 'are'} ${options.reasons.join(' or ')}, in ${count(counts.sessions, 'session')}.`
}

function goodNews(report: Report, view: View): string {
  const { counts, options, complete } = report
  const since = options.since === null ? '' : ` since ${clock(options.since, view)}`
  const ended = [
    counts.running > 0 && `${count(counts.running, 'agent')} still ${counts.running === 1 ? 'runs' : 'run'}`,
    counts.finished > 0 && `${counts.running > 0 ? counts.finished : count(counts.finished, 'agent')} finished${since}`,
  ].filter((part) => part !== false)
  const who = counts.agents === 0 ? `No agent was found in ${count(counts.sessions, 'session')}${since}` : ended.join(', ')
  const older =
    counts.agents === 0 && counts.filesOlder > 0 ? ` ${count(counts.filesOlder, 'older transcript')} not read (--since all).` : ''
  const isClean = complete && options.git && !report.worktrees.some(isAtRisk)
  return `${who}${complete ? '' : ', as far as could be read'}.${older}${isClean ? ' Nothing is local only.' : ''}${hasNothingToDo(report) ? ' Nothing to do.' : ''}`
}

/** Whether nobody has to do anything; to clean up is nobody's duty. */
export function hasNothingToDo({ plan, complete, worktrees, options, counts, sessions }: Report): boolean {
  const isOpen = counts.died > counts.superseded || counts.unknown > 0 || sessions.some(wasCutOff) || worktrees.some(isAtRisk)
  return complete && options.git && !isOpen && plan.actions.every(({ kind }) => kind === 'clean_up')
}
