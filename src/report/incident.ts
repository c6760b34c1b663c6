import { clients } from '../clients/index.ts'
import type { BuiltOn } from '../incident/work-item.ts'
import type { Incident } from '../incident/incident.ts'
import type { Report } from './report.ts'
import { needsReset, TERMINAL_REASONS } from '../reasons/terminal-reason.ts'
import { refusesAfterReset } from '../reasons/limit-reset.ts'
import { parseInstant } from '../time/instant.ts'
import type { View } from './reporter.ts'
import { type Shorten, shortener } from './rows.ts'
import type { Say } from './statement.ts'
import { count, firstOf, LIMIT_WORDS, local, localSecond, span } from './words.ts'

/** The latest incident whole, older ones as a count. */
export const latestIncident: Say = ({ incidents }, view) => {
  const latest = latestOf(incidents)
  if (latest === undefined) return null
  const older = incidents.filter((incident) => incident !== latest).toReversed()
  const listed = view.all || view.verbose
  const items = listed ? older.map((incident) => describeIncident(incident, view)) : []
  const counted = older.length === 0 || listed ? [] : [`${count(older.length, 'older incident')} (--all lists them)`]
  const after = [resetOf(latest, view), reportedWordOf(latest)].filter((part) => part !== null).join('; ')
  return {
    topic: 'Incident',
    tone: 'bad',
    text: `${describeIncident(latest, view)}${after === '' ? '' : ` ${after.slice(0, 1).toUpperCase()}${after.slice(1)}.`}`,
    items: [...items, ...counted],
  }
}

/** Whether the latest incident says already when this limit resets. */
export function incidentStatesReset({ incidents }: Report, resetsAt: string | null): boolean {
  const latest = latestOf(incidents)
  return latest !== undefined && needsReset(latest.cause) && latest.overAt === resetsAt
}

/** The incident that ended last. */
export function latestOf(incidents: readonly Incident[]): Incident | undefined {
  return incidents.reduce<Incident | undefined>((last, one) => (last !== undefined && last.lastAt >= one.lastAt ? last : one), undefined)
}

/** What happened, when, to how many: `5-hour limit hit at 2026-05-31 20:31:25. 37 refusals in 34.5 s, …` */
export function describeIncident({ cause, limit, firstAt, lastAt, summary }: Incident, { timeZone }: View): string {
  const { incident } = TERMINAL_REASONS[cause]
  const ownBeginning = incident === null || incident.kind === 'limit' ? cause : incident.beginning
  const beginning = limit === null ? ownBeginning : `${capital(LIMIT_WORDS[limit.kind])} hit`
  const when = incident?.kind === 'process_end' ? `after ${localSecond(lastAt, timeZone)}` : `at ${localSecond(firstAt, timeZone)}`
  return `${beginning} ${when}. ${capital(summary)}.`
}

function resetOf({ cause, overAt, lastAt, workedPastAt, limit }: Incident, { timeZone, now }: View): string | null {
  if (limit === null || !needsReset(cause)) return null
  const isAhead = overAt === null || (parseInstant(overAt) ?? now) > now
  if (workedPastAt !== null && isAhead)
    return `it no longer holds: what began at ${local(workedPastAt, timeZone)} (${timeZone}) got answers`
  if (overAt === null) return 'no record says when it resets'
  const when = `${local(overAt, timeZone)} (${timeZone})`
  const ahead = (parseInstant(overAt) ?? now) - now
  if (refusesAfterReset(limit, parseInstant(lastAt) ?? null))
    return `it was to reset at ${when}, and still refused at ${local(lastAt, timeZone)}: try again soon`
  return ahead > 0 ? `it resets at ${when}, in ${span(ahead)}` : `it was reset at ${when}, ${span(ahead)} ago: ready now`
}

/** Whether a client's word says as much as is true: an end, and no success. */
function saysEnd(word: string): boolean {
  return clients.some((client) => ['failed', 'killed', 'stopped'].includes(client.outcomeOf(word) ?? ''))
}

function reportedWordOf({ reportedAs, texts }: Incident): string | null {
  if (reportedAs === null || saysEnd(reportedAs) || texts.some(({ text }) => text === reportedAs)) return null
  return `the client reported: ${reportedAs}`
}

/** How many of the dead need nothing, because a later attempt did their work, and by whom. */
export const doneSince: Say = (report, view) => {
  const { counts, workItems } = report
  const short = shortenerOf(report)
  const dead = new Map(
    report.agents.flatMap(({ agentId, supersededBy }) => (supersededBy === null ? [] : [[agentId, supersededBy] as const])),
  )
  const joined = workItems.filter(({ attempts }) => attempts.some((id) => dead.has(id)))
  const maybe = workItems.filter(({ maybeDoneBy }) => maybeDoneBy !== null)
  const unsure = `${count(maybe.length, 'other')} may have been done under the same description: look before doing ${maybe.length === 1 ? 'it' : 'them'} again`
  if (counts.superseded === 0 && maybe.length === 0) return null
  const text =
    counts.superseded === 0
      ? `${capital(unsure.replace(' other', ' of the dead').replace('others', 'of the dead'))}.`
      : `${counts.superseded} of the ${counts.died} dead need${counts.superseded === 1 ? 's' : ''} nothing: another attempt did the work, or is at it${maybe.length === 0 ? '' : `; ${unsure}`}.`
  const items = [
    ...joined.map(({ title, doneBy, doingBy, certainty }) => {
      const by = doneBy === null ? `${short(doingBy ?? '')} is at it` : `done by ${short(doneBy)}`
      return `${title}: ${by}${certainty === 'high' ? '' : ' (told by its prompt)'}`
    }),
    ...maybe.map(({ title, maybeDoneBy }) => `${title}: perhaps done by ${short(maybeDoneBy ?? '')}`),
  ]
  const tone = counts.superseded === 0 ? 'warning' : 'good'
  return { topic: 'Done since', tone, text, items: view.all || view.verbose ? items : firstOf(items, 3, '--all lists them') }
}

/** What came after a death that was taken for success, and names what the dead agent left. */
export const builtOnLost: Say = (report, view) => {
  const hints = report.workItems.flatMap(({ builtOn, title }) => builtOn.map((hint) => ({ ...hint, title })))
  if (hints.length === 0) return null
  const agents = new Set(hints.filter(({ kind }) => kind === 'agent').map(({ by }) => by)).size
  const commits = new Set(hints.filter(({ kind }) => kind === 'commit').map(({ id, by, at }) => id ?? `${by} ${at}`)).size
  const who = [agents > 0 && count(agents, 'agent'), commits > 0 && count(commits, 'commit')].filter((part) => part !== false)
  const short = shortenerOf(report)
  const titles = new Map(report.agents.map((agent) => [agent.agentId, agent.description ?? agent.label ?? agent.agentType]))
  const items = hints.map(
    (hint) => `${nameOf(hint, titles, short)} names ${NAMED[hint.names]}${whatOf(hint)} of ${hint.title} (${short(hint.on)})`,
  )
  return {
    topic: 'Built on',
    tone: 'warning',
    text: `${who.join(' and ')} came after a death that was taken for success, and name${agents + commits === 1 ? 's' : ''} what the dead agent left. A hint: check what rests on it.`,
    items: view.all || view.verbose ? items : firstOf(items, 3, '--all lists them'),
  }
}

const NAMED: Readonly<Record<BuiltOn['names'], string>> = {
  branch: 'the branch',
  worktree: 'the worktree',
  file: 'the file',
  id: 'the id',
  result: 'the words',
}

/** Words are quoted, names are not. */
function whatOf({ names, what }: BuiltOn): string {
  return what === null ? '' : names === 'result' ? ` "${what}"` : ` ${what}`
}

function nameOf({ kind, id, by }: BuiltOn, titles: ReadonlyMap<string, string | null>, short: Shorten): string {
  if (kind === 'commit') return id === null ? `a commit by ${short(by ?? '')}` : `commit ${id}`
  return `${titles.get(id ?? '') ?? 'agent'} (${short(id ?? '')})`
}

function shortenerOf(report: Report): Shorten {
  return shortener([...report.agents.map(({ agentId }) => agentId), ...report.sessions.map(({ sessionId }) => sessionId)])
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}
