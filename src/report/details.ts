import { clients, rebuildsFiles } from '../clients/index.ts'
import type { Incident } from '../incident/incident.ts'
import type { BuiltOn } from '../incident/work-item.ts'
import { outcomeOf } from '../reasons/terminal-reason.ts'
import { describeIncident } from './headline.ts'
import type { Report } from './report.ts'
import type { View } from './reporter.ts'
import { listShownAgents, mayBeCutOff, type Shorten, shortener } from './rows.ts'
import type { Item, Say } from './statement.ts'
import { clock, count, firstOf, GLUE, markReason, tallyWords } from './words.ts'
import {
  countPlaces,
  describeLocalWork,
  isAtRisk,
  isRescued,
  isSafe,
  isUnsaved,
  requestWord,
  rescuesOf,
  sessionsOf,
  titleOf,
  titleOfAgent,
  unverifiedReason,
} from './work.ts'

// What a scan says with --verbose alone, and the screen of worktrees at once.

const MOST = 5

/** What the dead died of. */
export const reasons: Say = ({ agents, sessions, options }) => {
  const dead = listShownAgents({ agents, options }).filter(({ reason }) => outcomeOf(reason) === 'died')
  const unsure = sessions.filter(mayBeCutOff)
  if (dead.length + unsure.length === 0) return null
  return {
    topic: 'Reasons',
    tone: 'plain',
    text: dead.length === 0 ? 'No agent died.' : `${tallyWords(dead.map(markReason))}.`,
    items: unsure.length === 0 ? [] : [`main threads that may have been cut off: ${unsure.map(({ sessionId }) => sessionId).join(', ')}`],
  }
}

/** All incidents in full, the latest first. */
export const incidents: Say = ({ incidents: all }, view) => {
  const [latest, ...earlier] = all
    .toSorted((a, b) => (a.lastAt < b.lastAt ? 1 : -1))
    .map((incident) => `${describeIncident(incident, view)}${reportedWord(incident)}`)
  return latest === undefined ? null : { topic: 'Incidents', tone: 'plain', text: latest, items: earlier }
}

/** What the client said of an incident, where that is neither its own text nor says as much as is true: an end, and no success. */
function reportedWord({ reportedAs, texts }: Incident): string {
  if (reportedAs === null || texts.some(({ text }) => text === reportedAs)) return ''
  const isEnd = clients.some((client) => ['failed', 'killed', 'stopped'].includes(client.outcomeOf(reportedAs) ?? ''))
  return isEnd ? '' : ` The client reported: ${reportedAs}.`
}

/** Who did the work of a dead agent since. */
export const doneSinceBy: Say = (report) => {
  const short = shortenerOf(report)
  const superseded = new Set(report.agents.flatMap(({ agentId, supersededBy }) => (supersededBy === null ? [] : [agentId])))
  const items = report.workItems.flatMap(({ title, attempts, doneBy, doingBy, maybeDoneBy, certainty }) => {
    if (maybeDoneBy !== null) return [`${title}: perhaps done by ${short(maybeDoneBy)}`]
    if (!attempts.some((id) => superseded.has(id))) return []
    const by = doneBy === null ? `${short(doingBy ?? '')} is doing it` : `done by ${short(doneBy)}`
    return [`${title}: ${by}${certainty === 'high' ? '' : ' (same prompt or branch)'}`]
  })
  const [text, ...others] = items
  return text === undefined ? null : { topic: 'Done by', tone: 'plain', text, items: others }
}

/** Everything that is on no remote and in no rescue reference. */
export const localOnly: Say = (report, view) => {
  const rows = report.worktrees.filter(isUnsaved)
  if (rows.length === 0) return null
  const running = new Set(report.agents.filter(({ reason }) => outcomeOf(reason) === 'running').map(({ agentId }) => agentId))
  const items = rows.map((row): Item => {
    const still = row.agents.some((id) => running.has(id)) ? ', still running' : ''
    const [session] = row.agents.length > 0 ? [] : sessionsOf(row, report)
    const by = session === undefined ? '' : ` of session ${session.sessionId.slice(0, 8)}`
    return { text: `${titleOf(row, report)}${by}: ${describeLocalWork(row)}${still}`, path: row.path }
  })
  const text = `${describeLocalWork(...rows)}, in ${countPlaces(rows)}.`
  return { topic: 'Local only', tone: 'bad', text, items: view.verbose ? items : [] }
}

/** What rescue references hold on this machine. */
export const saved: Say = (report, view) => {
  const rows = report.worktrees.filter((row) => isAtRisk(row) && !isUnsaved(row))
  if (rows.length === 0) return null
  const items = rows.map((row) => `${titleOf(row, report)}: ${describeLocalWork(row)}, in ${rescuesOf(row).join(', ')}`)
  const text = `On this machine, not on a remote: ${describeLocalWork(...rows)}, in ${countPlaces(rows)}.`
  return { topic: 'Saved', tone: 'good', text, items: view.verbose ? items : [] }
}

/** What is on a remote. */
export const safe: Say = (report, view) => {
  const rows = report.worktrees.filter(isSafe)
  if (rows.length === 0) return null
  const stages = rows.map((row) => {
    const stage = isRescued(row) ? 'on a rescue branch of the remote' : row.delivery === 'pull_request' ? 'in a pull request' : row.delivery
    return `${stage}${unverifiedReason(row) === null ? '' : ' (unverified)'}`.replaceAll(' ', GLUE)
  })
  const items = rows.flatMap((row) => {
    const { pullRequest, newPullRequestUrl } = row
    if (row.delivery === 'pull_request' && pullRequest !== null) {
      return [`${requestWord(pullRequest)}: ${titleOf(row, report)}${pullRequest.url === null ? '' : ` ${pullRequest.url}`}`]
    }
    return newPullRequestUrl === null ? [] : [`no PR yet: ${titleOf(row, report)} ${newPullRequestUrl}`]
  })
  return { topic: 'Safe', tone: 'good', text: `All work of ${countPlaces(rows)}: ${tallyWords(stages)}.`, items: view.verbose ? items : [] }
}

/** Files that were written and are not on the disk any more; the plan has the command that rebuilds them. */
export const goneFiles: Say = ({ agents, sessions, options }, { verbose }) => {
  const owners = [
    ...listShownAgents({ agents, options }).map((agent) => ({ name: titleOfAgent(agent), amount: agent.goneFiles.count })),
    ...sessions.map((session) => ({ name: `main thread ${session.sessionId.slice(0, 8)}`, amount: session.goneFiles.count })),
  ].filter(({ amount }) => amount > 0)
  if (owners.length === 0) return null
  const all = owners.reduce((sum, { amount }) => sum + amount, 0)
  const items = owners.toSorted((a, b) => b.amount - a.amount).map(({ name, amount }) => `${name}: ${count(amount, 'file')}`)
  const canRebuild = [...agents, ...sessions].some(({ format, goneFiles: { count: gone } }) => gone > 0 && rebuildsFiles(format))
  const rebuilt = canRebuild ? `; the plan has the command that rebuilds ${all === 1 ? 'it' : 'them'}` : ''
  const text = `${count(all, 'written file')} ${all === 1 ? 'is' : 'are'} gone from disk${rebuilt}.`
  return { topic: 'Gone', tone: 'warning', text, items: firstOf(items, verbose ? items.length : MOST, '-v lists them') }
}

/** What came after a death that was reported as success, and names what the dead agent left. */
export const builtOnLost: Say = (report) => {
  const hints = report.workItems.flatMap(({ builtOn, title }) => builtOn.map((hint) => ({ ...hint, title })))
  if (hints.length === 0) return null
  const agents = new Set(hints.filter(({ kind }) => kind === 'agent').map(({ by }) => by)).size
  const commits = new Set(hints.filter(({ kind }) => kind === 'commit').map(({ id, by, at }) => id ?? `${by} ${at}`)).size
  const who = [agents > 0 && count(agents, 'agent'), commits > 0 && count(commits, 'commit')].filter((part) => part !== false)
  const short = shortenerOf(report)
  const titles = new Map(report.agents.map((agent) => [agent.agentId, titleOfAgent(agent)]))
  const items = hints.map(
    (hint) => `${nameOf(hint, titles, short)} names ${NAMED[hint.names]}${whatOf(hint)} of ${hint.title} (${short(hint.on)})`,
  )
  const text = `${who.join(' and ')} may use lost work (unconfirmed): ${agents + commits === 1 ? 'it names' : 'they name'} what a dead agent left.`
  return { topic: 'Built on', tone: 'warning', text, items }
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

function nameOf({ kind, id, by }: BuiltOn, titles: ReadonlyMap<string, string>, short: Shorten): string {
  if (kind === 'commit') return id === null ? `a commit by ${short(by ?? '')}` : `commit ${id}`
  return `${titles.get(id ?? '') ?? 'agent'} (${short(id ?? '')})`
}

function shortenerOf(report: Report): Shorten {
  return shortener([...report.agents.map(({ agentId }) => agentId), ...report.sessions.map(({ sessionId }) => sessionId)])
}

/** In which zone all times are told. */
export const times: Say = (_report, { timeZone }) => ({ topic: 'Times', tone: 'plain', text: `${timeZone}.` })

/** Transcripts that --since and --until leave out. */
export const leftOut: Say = ({ counts, options }, view: View) => {
  if (counts.filesOlder === 0) return null
  const bounds = [
    options.since !== null && `before ${clock(options.since, view)}`,
    options.until !== null && `after ${clock(options.until, view)}`,
  ].filter((bound) => bound !== false)
  const which = bounds.length === 0 ? '' : ` last written ${bounds.join(' or ')}`
  return { topic: 'Left out', tone: 'plain', text: `${count(counts.filesOlder, 'transcript')}${which} (--since all reads every one).` }
}
