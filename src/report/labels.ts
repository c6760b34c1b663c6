import { clients } from '../clients/index.ts'
import type { Limit } from '../facts/limit.ts'
import type { ReadIssue } from '../facts/source.ts'
import { needsReset, outcomeOf } from '../reasons/terminal-reason.ts'
import { parseInstant } from '../time/instant.ts'
import { headlineStatesReset, latestOf } from './headline.ts'
import { programsOf } from './programs.ts'
import { readReleaseTitle } from './release-title.ts'
import type { Report } from './report.ts'
import type { View } from './reporter.ts'
import { isLost, listShownAgents } from './rows.ts'
import type { Item, Say, Statement } from './statement.ts'
import { toolCommand, typed } from './typed.ts'
import { clock, count, countWords, firstOf, LIMIT_WORDS, plainList, quoteSome, resetWords, tallyWords } from './words.ts'
import { isUnsaved, localParts, titleOfAgent, unverifiedReason } from './work.ts'

const DAY_MS = 24 * 60 * 60_000
/** Names of agents that fit into a line beside each other. */
const NAME = 24

/** What exists only on this machine, or may, and the command that saves it. */
export function saveFirst(report: Report, view: View): readonly Statement[] {
  const rows = report.worktrees.filter(isUnsaved)
  const unseen = unseenPlaces(report, view)
  const said: Statement[] = []
  if (rows.length > 0) {
    const parts = localParts(...rows)
    const keeps = report.plan.actions.some(({ kind }) => kind === 'preserve')
    const exist = parts.length === 1 && parts[0]?.startsWith('1\u00a0') === true ? 'exists' : 'exist'
    said.push({ topic: SAVE_FIRST, tone: 'bad', text: `${parts.join(', ')} ${exist} only on this machine${keeps ? ':' : '.'}` })
    if (keeps) said.push({ topic: '', tone: 'command', text: toolCommand('preserve', report, view) })
  }
  return unseen === null ? said : [...said, { ...unseen, topic: rows.length > 0 ? '' : SAVE_FIRST }]
}

const SAVE_FIRST = 'Save first'

/** Worktrees of unfinished agents of which git said nothing. */
export const unseenPlaces: Say = ({ worktrees, agents, sessions, options }, view) => {
  const known = new Set(worktrees.map(({ path }) => path))
  const paths = listShownAgents({ agents, options }).flatMap(({ reason, worktreePath }) =>
    isLost(reason) && worktreePath !== null && !known.has(worktreePath) ? [worktreePath] : [],
  )
  const unseen = [...new Set(paths)].toSorted()
  if (unseen.length === 0) return null
  const [trees, hold] = unseen.length === 1 ? ['worktree', 'holds'] : ['worktrees', 'hold']
  const text = `${options.git ? 'Git cannot tell' : 'Git was not asked'} what ${unseen.length} ${trees} of unfinished agents ${hold}: look before you start ${programsOf({ agents, sessions })}.`
  const items = unseen.map((path): Item => ({ text: '', path }))
  return { topic: SAVE_FIRST, tone: 'bad', text, items: firstOf<Item>(items, view.verbose ? items.length : 1, '-v lists them') }
}

/** Whom the client reported as completed, though they died. */
export const misreported: Say = ({ agents, workflows, options }, view) => {
  const called = listShownAgents({ agents, options }).filter(
    ({ reason, reportedAs }) => outcomeOf(reason) === 'died' && reportedAs !== null && saysFinished(reportedAs),
  )
  const names = called.filter(({ confidence }) => confidence !== 'low').map(titleOfAgent)
  const unsure = called.filter(({ confidence }) => confidence === 'low').map(titleOfAgent)
  const runs = workflows.filter(({ status, calls }) => status !== null && saysFinished(status) && calls.failed + calls.neverStarted > 0)
  const [run] = runs
  if (called.length + runs.length === 0) return null
  const most = view.verbose ? called.length : 3
  const longest = Number.isFinite(view.columns) ? (called.length > 1 ? NAME : 2 * NAME) : 8 * NAME
  const dead = names.length === 0 ? '' : `${quoteSome(names, most, longest)} ${names.length === 1 ? 'was' : 'were'} reported as completed.`
  // What rests on wording alone may have finished all the same.
  const open = unsure.length === 0 ? '' : `${quoteSome(unsure, most, longest)} may not have finished, though reported as completed.`
  const one = run === undefined ? '' : `"${run.name ?? run.runId}"`
  const failed = run === undefined ? 0 : run.calls.failed + run.calls.neverStarted
  const flows =
    run === undefined
      ? ''
      : runs.length === 1
        ? `${names.length === 0 ? `Workflow ${one} was reported as completed` : `So was workflow ${one}`}, but ${failed < run.calls.started + run.calls.neverStarted ? `${failed} of its` : 'all'} ${run.calls.started + run.calls.neverStarted} calls failed.`
        : `${names.length === 0 ? `${runs.length} workflows were reported as completed` : `So were ${runs.length} workflows`}, but calls of them failed.`
  return { topic: 'Misreported', tone: 'bad', text: [dead, flows, open].filter((text) => text !== '').join(' ') }
}

function saysFinished(word: string): boolean {
  return clients.some((client) => client.outcomeOf(word) === 'finished')
}

/** What agents started outside that may cost money now; `-v` has the commands that check. */
export function billing(report: Report, view: View): readonly Statement[] {
  const things = report.plan.actions.flatMap(({ kind, title, commands: [check] }) =>
    kind === 'release' ? [{ ...readReleaseTitle(title), check }] : [],
  )
  const recent = things.filter((thing) => thing.isRunning || isRecent(thing.since, report, view))
  const [first, ...others] = recent.toSorted((a, b) => Number(b.isRunning) - Number(a.isRunning))
  if (first === undefined) return []
  const since = first.since === null ? '' : `since ${clock(first.since, view)}`
  const beginning = first.isRunning
    ? `${first.name} is running${since === '' ? '' : ` (${since})`}`
    : `${first.name} may be running (${since === '' ? '' : `${since}, `}unconfirmed)`
  const rest = others.length === 0 ? '' : `; ${count(others.length, 'more thing')} may be`
  const said: Statement = {
    topic: 'Billing',
    tone: 'warning',
    text: `${beginning}${rest}${rest === '' || view.verbose ? '' : ' (-v lists them)'}.`,
  }
  const checks = recent.flatMap(({ name, check }): readonly Statement[] =>
    check === undefined
      ? []
      : [
          { topic: '', tone: 'plain', text: `To check ${name}:` },
          { topic: '', tone: 'command', text: typed(check, report, view) },
        ],
  )
  return view.verbose ? [said, ...checks] : [said]
}

/** What began long before the latest incident mostly ended unseen. */
function isRecent(since: string | null, { incidents }: Report, { now }: View): boolean {
  const began = parseInstant(since)
  return began !== undefined && began >= (parseInstant(latestOf(incidents)?.firstAt) ?? now) - DAY_MS
}

/** Each limit that the first sentence does not tell of, soonest first; of past ones only the last, where no other is ahead. */
export const limitResets: Say = (report, view) => {
  const refused = [...listShownAgents(report), ...report.sessions].filter(({ reason }) => needsReset(reason))
  const limits = new Map<string, { readonly limit: Limit; readonly endedAt: string | null }>()
  for (const { limit, endedAt } of refused) {
    if (limit === null || headlineStatesReset(report, limit.resetsAt)) continue
    limits.set(`${limit.kind} ${limit.resetsAt}`, { limit, endedAt })
  }
  const sorted = [...limits.values()].toSorted((a, b) => ((a.limit.resetsAt ?? '~') < (b.limit.resetsAt ?? '~') ? -1 : 1))
  const ahead = sorted.filter(({ limit }) => limit.resetsAt === null || (parseInstant(limit.resetsAt) ?? 0) > view.now)
  const isTold = latestOf(report.incidents) !== undefined && ahead.length === 0
  const shown = ahead.length > 0 ? ahead : isTold ? [] : sorted.slice(-1)
  if (shown.length === 0) return null
  const words = shown.map(({ limit, endedAt }) => `${LIMIT_WORDS[limit.kind]} ${resetWords(limit, endedAt, view)}`)
  return { topic: 'Reset', tone: 'warning', text: `${words.join('; ')}.` }
}

/** How many of the dead need nothing, because another attempt did their work. */
export const doneSince: Say = ({ counts, workItems }) => {
  const maybe = workItems.filter(({ maybeDoneBy }) => maybeDoneBy !== null).length
  if (counts.superseded + maybe === 0) return null
  const dead = `of the ${counts.died} dead`
  const text =
    maybe === 0
      ? `${counts.superseded} ${dead}: a later attempt did the work, or is doing it.`
      : counts.superseded === 0
        ? `maybe ${maybe} ${dead}: a later agent had the same task.`
        : `${counts.superseded} ${dead}, maybe ${maybe} more: a later agent had the same task.`
  return { topic: 'Done since', tone: counts.superseded === 0 ? 'warning' : 'good', text }
}

/** What could not be read, or was not asked, by its kind. */
export const notRead: Say = ({ readIssues, complete, options, worktrees }, view) => {
  const unverified = worktrees.map(unverifiedReason).filter((reason) => reason !== null)
  const parts = [
    ...(options.git ? [] : ['git (--no-git), so local-only work is unknown']),
    ...countIssues(readIssues.filter(({ reason }) => reason !== 'remote_unverified')),
    ...(unverified.length === 0
      ? []
      : [`${count(unverified.length, 'worktree')} against the remote (${options.offline ? '--offline' : tallyWords(unverified)})`]),
  ]
  if (parts.length === 0 && complete) return null
  const hides = readIssues.length > 0 && !view.verbose
  const text = parts.length === 0 ? 'the scan is incomplete' : plainList(parts)
  return {
    topic: 'Not read',
    tone: 'warning',
    text: `${text}${hides ? ` (-v lists ${readIssues.length === 1 ? 'it' : 'them'})` : ''}.`,
    items: view.verbose ? readIssues.map(describeIssue) : [],
  }
}

function describeIssue({ path, line, reason, detail }: ReadIssue): Item {
  return { text: `${reason}${line === null ? '' : `, line ${line}`}${detail === '' ? '' : `: ${detail}`}`, path }
}

/** What is counted of each reason; all others are files. */
const COUNTED: Readonly<Partial<Record<ReadIssue['reason'], readonly [string, string?]>>> = {
  malformed_json: ['damaged line'],
  not_an_object: ['damaged line'],
  torn_line: ['damaged line'],
  oversized_line: ['damaged line'],
  too_deep: ['damaged line'],
  encoding: ['damaged line'],
  invalid_field: ['damaged line'],
  timestamp_invalid: ['damaged line'],
  foreign_record: ['line of another agent', 'lines of other agents'],
  repeated_record: ['repeated line'],
  missing_transcript: ['missing transcript'],
  no_root: ['folder'],
  git: ['place that git cannot read', 'places that git cannot read'],
  remote_unverified: ['remote'],
}

function countIssues(issues: readonly ReadIssue[]): readonly string[] {
  const words = issues.map(({ reason }) => COUNTED[reason] ?? (['file'] as const))
  return countWords(words.map(([one, many = `${one}s`]) => `${one}\n${many}`)).map(([both, amount]) => {
    const [one = '', many] = both.split('\n')
    const files = new Set(issues.filter(({ reason }) => COUNTED[reason]?.[0] === one).map(({ path }) => path)).size
    return `${count(amount, one, many)}${one === 'damaged line' && amount > 1 ? ` in ${count(files, 'file')}` : ''}`
  })
}
