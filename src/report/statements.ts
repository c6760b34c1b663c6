import type { Limit } from '../facts/limit.ts'
import type { AtRisk, WorktreeReport } from '../worktree/worktree-report.ts'
import type { Report } from './report.ts'
import type { TerminalReason } from '../reasons/terminal-reason.ts'
import { needsReset, outcomeOf, severityRankOf, TERMINAL_REASONS } from '../reasons/terminal-reason.ts'
import { isPlainId } from '../text/plain.ts'
import { refusesAfterReset } from '../reasons/limit-reset.ts'
import { parseInstant } from '../time/instant.ts'
import { builtOnLost, doneSince, latestIncident, latestOf, incidentStatesReset } from './incident.ts'
import { programsOf } from './programs.ts'
import { readReleaseTitle } from './release-title.ts'
import type { View } from './reporter.ts'
import { endedBadly, isLost, rowMaker, listShownAgents, worstReason } from './rows.ts'
import type { Item, Say, Statement } from './statement.ts'
import { toolCommand, typed } from './typed.ts'
import { count, countWords, firstOf, GLUE, LIMIT_WORDS, local, span } from './words.ts'
import {
  countWorkItems,
  isAtRisk,
  isBareBranch,
  isRescued,
  isSafe,
  isUnsaved,
  describeLocalWork as onlyHereOf,
  requestWord,
  rescuesOf,
  sessionsOf,
  titleOf,
  unverifiedReason,
} from './work.ts'

/** What stands above the table of agents, in the order of the contract. */
export function statementsAbove(report: Report, view: View): readonly Statement[] {
  return collectStatements(
    [
      latestIncident,
      outcomes,
      misreported,
      doneSince,
      onlyHere,
      saved,
      safe,
      unverifiedRemotes,
      saveFirst,
      goneFiles,
      billing,
      limitReset,
      builtOnLost,
    ],
    report,
    view,
  )
}

/** What stands below the table of agents: what was not read, and the one command to type next. */
export function statementsBelow(report: Report, view: View): readonly Statement[] {
  return collectStatements([notRead, older, next], report, view)
}

/** What stands above the table of worktrees, which itself says where everything is. */
export function workAbove(report: Report, view: View): readonly Statement[] {
  return collectStatements([places, onlyHere, saved, safe, unverifiedRemotes, saveFirst, goneFiles], report, view).map((statement) =>
    statement.topic === GONE ? statement : { ...statement, items: [] },
  )
}

/** What stands above the list of a plan. */
export function statementsOfPlan(report: Report, view: View): readonly Statement[] {
  const all = collectStatements([unverifiedRemotes, unseenPlaces, notRead, older], report, view)
  return all.map(({ topic, tone, text }) => ({ topic, tone, text }))
}

/** What stands below the table of worktrees. */
export function workBelow(report: Report, view: View): readonly Statement[] {
  return collectStatements([notRead, older, nextForWork], report, view)
}

function collectStatements(all: readonly Say[], report: Report, view: View): readonly Statement[] {
  return all.map((say) => say(report, view)).filter((statement) => statement !== null)
}

const outcomes: Say = (report) => {
  const { counts, sessions, complete } = report
  const threads = sessions.filter(endedBadly)
  const rest = [
    counts.finished > 0 && `${counts.finished} finished`,
    counts.running > 0 && `${counts.running} still running`,
    counts.unknown > 0 && `${counts.unknown} unknown (treat as unfinished)`,
  ].filter((part) => part !== false)
  const items = threads.length > 0 ? [`${count(threads.length, 'main thread')} ended badly too: ${byReason(threads)}`] : []
  const where = `in ${count(counts.sessions, 'session')}`
  if (counts.agents === 0) {
    const tone = threads.length > 0 ? 'bad' : 'plain'
    return { topic: 'Agents', tone, text: `No sub-agents found ${where}${complete ? '' : ', as far as could be read'}.`, items }
  }
  if (counts.died > 0) {
    const dead = listShownAgents(report).filter(({ reason }) => outcomeOf(reason) === 'died')
    const open = dead.filter(({ supersededBy }) => supersededBy === null)
    const left = countWorkItems(
      open.map(({ agentId }) => agentId),
      report,
    )
    const again = left < open.length ? [`${count(left, 'piece')} of work left to do: the others are earlier attempts at the same`] : []
    return {
      topic: 'Agents',
      tone: 'bad',
      text: `${[`${counts.died} died`, ...rest].join(', ')}, ${where}.`,
      items: [`died: ${byReason(dead)}`, ...again, ...items],
    }
  }
  const good = complete && counts.unknown === 0 && threads.length === 0
  const verdict = complete ? 'No agent died' : 'No agent is known to have died, but not everything could be read'
  return { topic: 'Agents', tone: good ? 'good' : 'warning', text: `${verdict}: ${rest.join(', ')}, ${where}.`, items }
}

const misreported: Say = ({ counts, workflows }) => {
  const runs = workflows
    .filter(({ status, calls }) => status === 'completed' && calls.failed + calls.neverStarted > 0)
    .map(
      ({ name, runId, calls }) =>
        `workflow ${name ?? runId} is called completed: ${calls.failed + calls.neverStarted} of its ${calls.started + calls.neverStarted} calls failed`,
    )
  if (counts.diedCalledCompleted === 0 && runs.length === 0) return null
  const text =
    counts.diedCalledCompleted === 0
      ? 'The client calls runs completed that are not.'
      : `The client called ${ofTheDead(counts)} "completed": do not build on its word.`
  return { topic: 'Misreported', tone: 'bad', text, items: firstOf(runs, 3, '--json lists them') }
}

function ofTheDead({ died, diedCalledCompleted }: Report['counts']): string {
  if (diedCalledCompleted < died) return `${diedCalledCompleted} of the ${died} dead`
  return died === 1 ? 'the dead agent' : died === 2 ? 'both dead agents' : `all ${died} dead agents`
}

const places: Say = ({ worktrees, options }) => {
  if (!options.git) return null
  if (worktrees.length === 0) return { topic: 'Worktrees', tone: 'plain', text: 'No worktree and no branch of an agent was found.' }
  const repositories = new Set(worktrees.map(({ repo }) => repo)).size
  const orphans = worktrees.filter(({ orphan }) => orphan).length
  const rest = orphans === 0 ? '' : `; ${orphans} of no agent whose transcript was read`
  return {
    topic: 'Worktrees',
    tone: 'plain',
    text: `${inWords(worktrees)} in ${count(repositories, 'repository', 'repositories')}${rest}.`,
  }
}

const onlyHere: Say = (report) => {
  const rows = report.worktrees.filter(isUnsaved)
  if (rows.length === 0) return null
  const running = new Set(report.agents.filter(({ reason }) => outcomeOf(reason) === 'running').map(({ agentId }) => agentId))
  const items = rows.map((row) => {
    const still = row.agents.some((id) => running.has(id)) ? ', still at work' : ''
    const [session] = row.agents.length > 0 ? [] : sessionsOf(row, report)
    const by = session === undefined ? '' : ` of session ${session.sessionId.slice(0, 8)}`
    return { text: `${titleOf(row, report)}${by}: ${onlyHereOf(row)}${still}`, path: row.path }
  })
  const text = `Work that exists nowhere else, in ${inWords(rows)}: ${onlyHereOf(...rows)}.`
  return { topic: 'Only here', tone: 'bad', text, items: firstOf<Item>(items, 5, 'worktrees lists them') }
}

const saved: Say = (report) => {
  const rows = report.worktrees.filter((row) => isAtRisk(row) && !isUnsaved(row))
  if (rows.length === 0) return null
  const items = rows.map((row) => `${titleOf(row, report)}: ${onlyHereOf(row)}, in ${rescuesOf(row).join(', ')}`)
  const text = `Work of ${inWords(rows)} is in rescue references as it stands now, on this disk only: ${onlyHereOf(...rows)}.`
  return { topic: 'Saved', tone: 'good', text, items: firstOf(items, 5, 'worktrees lists them') }
}

const safe: Say = (report) => {
  const rows = report.worktrees.filter(isSafe)
  if (rows.length === 0) return null
  const tally = tallyWords(
    rows.map((row) =>
      `${isRescued(row) ? 'on a rescue branch of the remote' : deliveryWord(row)}${unverifiedReason(row) === null ? '' : ' (unverified)'}`.replaceAll(
        ' ',
        GLUE,
      ),
    ),
  )
  const items = rows.flatMap((row) => {
    const { pullRequest, newPullRequestUrl } = row
    if (row.delivery === 'pull_request' && pullRequest !== null) {
      return [`${requestWord(pullRequest)}: ${titleOf(row, report)}${pullRequest.url === null ? '' : ` ${pullRequest.url}`}`]
    }
    return newPullRequestUrl === null ? [] : [`no PR yet: ${titleOf(row, report)} ${newPullRequestUrl}`]
  })
  const text = `All work of ${inWords(rows)}: ${tally}.`
  return { topic: 'Safe', tone: 'good', text, items: firstOf(items, 5, 'worktrees lists them') }
}

function deliveryWord({ delivery }: WorktreeReport): string {
  return delivery === 'pull_request' ? 'in a pull request' : delivery
}

const unverifiedRemotes: Say = ({ worktrees, options }) => {
  if (!options.git) return { topic: 'Git', tone: 'warning', text: 'It was not asked (--no-git): what exists only here is not known.' }
  const reasons = worktrees.map(unverifiedReason).filter((reason) => reason !== null)
  if (reasons.length === 0) return null
  const whose = `The remote of ${reasons.length} of ${worktrees.length}`
  const why = options.offline ? 'was not asked (--offline)' : `did not answer (${tallyWords(reasons)})`
  return { topic: 'Unverified', tone: 'warning', text: `${whose} ${why}: what is pushed, merged or only here is as of the last fetch.` }
}

const saveFirst: Say = (report, view) => unseenPlaces(report, view) ?? unsavedWork(report, view)

const unsavedWork: Say = (report, view) =>
  report.worktrees.some(isUnsaved)
    ? {
        topic: 'Careful',
        tone: 'warning',
        text: `${warnOfStarting(report)} Save local-only work first${keeps(report) ? ':' : '.'}`,
        ...(keeps(report) && { command: toolCommand('preserve', report, view) }),
      }
    : null

/** Worktrees of unfinished agents of which git said nothing. */
const unseenPlaces: Say = (report) => {
  const known = new Set(report.worktrees.map(({ path }) => path))
  const paths = listShownAgents(report).flatMap(({ reason, worktreePath }) =>
    isLost(reason) && worktreePath !== null ? [worktreePath] : [],
  )
  const unknown = [...new Set(paths)].filter((path) => !known.has(path)).toSorted()
  if (unknown.length === 0) return null
  const text = `${warnOfStarting(report)} Unfinished agents worked in ${unknown.length === 1 ? 'this one' : `these ${unknown.length}`}, and git did not say what is there: save uncommitted work first.`
  const items = unknown.map((path) => ({ text: '', path }))
  return { topic: 'Careful', tone: 'warning', text, items: firstOf<Item>(items, 3, '--json lists them') }
}

function warnOfStarting(report: Report): string {
  return `Do not start ${programsOf(report)} yet: starting it may sweep worktrees.`
}

const GONE = 'Gone'

const goneFiles: Say = (report, view) => {
  const { agent: rowOf, session: sessionRowOf } = rowMaker(report, view)
  const named = [
    ...listShownAgents(report).map((agent) => ({ id: agent.agentId, gone: agent.goneFiles, row: () => rowOf(agent) })),
    ...report.sessions.map((session) => ({ id: session.sessionId, gone: session.goneFiles, row: () => sessionRowOf(session) })),
  ].filter(({ id, gone }) => gone.count > 0 && isPlainId(id))
  if (named.length === 0) return null
  const items = named
    .toSorted((a, b) => b.gone.count - a.gone.count)
    .map(({ id, gone: { count: amount }, row }): Item => {
      const { name, shortId } = row()
      const [are, them] = amount === 1 ? ['is', 'it'] : ['are', 'them']
      const command = toolCommand('salvage', report, view, id, '--out', `salvaged-${shortId}`)
      return { text: `${name}: ${count(amount, 'file')} that it wrote ${are} gone. To rebuild ${them}:`, command }
    })
  const all = named.reduce((sum, { gone }) => sum + gone.count, 0)
  const text = `${count(all, 'file')} that ${all === 1 ? 'was' : 'were'} written ${all === 1 ? 'is' : 'are'} not on the disk any more.`
  return { topic: GONE, tone: 'warning', text, items: firstOf<Item>(items, 3, 'plan lists them') }
}

const billing: Say = (report, view) => {
  const actions = report.plan.actions.filter(({ kind }) => kind === 'release')
  const recent = actions.filter(({ title }) => isRecent(title, report))
  if (recent.length === 0) return null
  const items = recent.map(({ title, commands: [check] }): Item => {
    const { name, since, isRunning } = readReleaseTitle(title)
    // The plan speaks of instants, the screen of the reader's own time.
    const when = since === null ? '' : `, since ${local(since, view.timeZone)}`
    const what = `${name}${when}${isRunning ? ', running' : ''}`
    return check === undefined ? what : { text: `${what}; to look:`, command: typed(check, report, view) }
  })
  const what = recent.length === 1 ? 'One thing that agents started outside' : `${recent.length} things that agents started outside`
  const older = actions.length - recent.length
  const shown = view.verbose ? items : firstOf<Item>(items, 5, '--verbose lists them')
  return {
    topic: 'Still costs',
    tone: 'warning',
    text: `${what} may still run, and cost: no command that ends ${recent.length === 1 ? 'it' : 'them'} was seen (a hint, no proof).`,
    items: older === 0 ? shown : [...shown, `${older} started longer before the incident (the plan lists ${older === 1 ? 'it' : 'them'})`],
  }
}

/** What began long before the latest incident mostly ended unseen: only what is known to run is worth a line then. */
function isRecent(title: string, { incidents }: Report): boolean {
  const { since, isRunning } = readReleaseTitle(title)
  const from = parseInstant(latestOf(incidents)?.firstAt) ?? null
  const began = parseInstant(since) ?? null
  return isRunning || from === null || began === null || began >= from - DAY_MS
}
const DAY_MS = 24 * 60 * 60_000

function inWords(rows: readonly WorktreeReport[]): string {
  const branches = rows.filter(isBareBranch).length
  const trees = rows.length - branches
  return [trees > 0 && count(trees, 'worktree'), branches > 0 && count(branches, 'branch', 'branches')]
    .filter((part) => part !== false)
    .join(' and ')
}

const limitReset: Say = (report, view) => {
  const refused = [...listShownAgents(report), ...report.sessions].filter(({ reason }) => needsReset(reason))
  const limits = refused.flatMap(({ limit }) => (limit === null ? [] : [limit]))
  if (limits.length === 0) return null
  const last = limits.reduce<Limit | null>(
    (late, limit) => (limit.resetsAt !== null && limit.resetsAt > (late?.resetsAt ?? '') ? limit : late),
    null,
  )
  if (incidentStatesReset(report, last?.resetsAt ?? null)) return null
  if (last?.resetsAt == null) return { topic: 'Reset', tone: 'warning', text: 'No record says when the limit resets.' }
  const ahead = (parseInstant(last.resetsAt) ?? view.now) - view.now
  const when = `${local(last.resetsAt, view.timeZone)} (${view.timeZone})`
  const isLate = refused.some(
    ({ limit, endedAt }) => limit?.resetsAt === last.resetsAt && refusesAfterReset(last, parseInstant(endedAt) ?? null),
  )
  if (isLate)
    return {
      topic: 'Reset',
      tone: 'warning',
      text: `The ${LIMIT_WORDS[last.kind]} was to reset at ${when}, and still refused after it: try again soon.`,
    }
  return ahead > 0
    ? { topic: 'Reset', tone: 'warning', text: `The ${LIMIT_WORDS[last.kind]} resets at ${when}, in ${span(ahead)}.` }
    : { topic: 'Reset', tone: 'good', text: `The ${LIMIT_WORDS[last.kind]} was reset at ${when}, ${span(ahead)} ago: ready now.` }
}

const notRead: Say = ({ readIssues, complete, options }, view) => {
  if (readIssues.length === 0) return complete ? null : { topic: 'Not read', tone: 'warning', text: 'The scan is not complete.' }
  const items = readIssues.map(({ path, line, reason, detail }) => {
    const root = options.roots.find((one) => path.startsWith(`${one}/`))
    const where = `${root === undefined ? path : path.slice(root.length + 1)}${line === null ? '' : `:${line}`}`
    return `${where}: ${reason}${detail === '' ? '' : `, ${detail}`}`
  })
  return {
    topic: 'Not read',
    tone: 'warning',
    text: `${count(readIssues.length, 'thing')} could not be read; what is said above may lack ${readIssues.length === 1 ? 'it' : 'them'}.`,
    items: view.verbose ? items : firstOf(items, 3, '--verbose lists them'),
  }
}

const older: Say = ({ counts, options }, view) => {
  if (counts.filesOlder === 0) return null
  const bounds = [
    options.since !== null && `before ${local(options.since, view.timeZone)}`,
    options.until !== null && `after ${local(options.until, view.timeZone)}`,
  ]
  const which = bounds.filter((bound) => bound !== false).join(' or ')
  return {
    topic: 'Left out',
    tone: 'plain',
    text: `${count(counts.filesOlder, 'transcript')}${which === '' ? '' : ` last written ${which}`} (--since all reads every one).`,
  }
}

function keeps({ plan }: Report): boolean {
  return plan.actions.some(({ kind }) => kind === 'preserve')
}

const next: Say = (report, view) => {
  const { actions } = report.plan
  if (actions.some(({ kind }) => kind !== 'clean_up')) {
    const what = keeps(report) ? 'save the work and recover the agents' : 'go on'
    return {
      topic: 'Next',
      tone: 'command',
      text: '',
      command: toolCommand('plan', report, view),
      items: [`It says how to ${what}, in order and with the commands.`, ...closer(report, view)],
    }
  }
  // What heads the table is what comes first, after what may be lost.
  const reason = worstReason(report)
  if (report.worktrees.some(isUnsaved)) {
    return {
      topic: 'Next',
      tone: 'command',
      text: '',
      command: toolCommand('worktrees', report, view),
      items: [
        `It says where the work is. ${sayWhenToSave(report)}`,
        ...(reason === null ? [] : [{ text: 'Then:', command: toolCommand('explain', report, view, reason) }]),
      ],
    }
  }
  if (reason !== null) {
    return {
      topic: 'Next',
      tone: 'command',
      text: '',
      command: toolCommand('explain', report, view, reason),
      items: [TERMINAL_REASONS[reason].texts.action, ...closer(report, view)],
    }
  }
  if (!report.complete) return { topic: 'Next', tone: 'plain', text: 'Look at what could not be read, then scan again.' }
  const allOlder = report.counts.agents === 0 && report.counts.filesOlder > 0
  if (allOlder) return { topic: 'Next', tone: 'plain', text: 'Try the same command with --since all.' }
  return noMatchStatement(report) ?? { topic: 'Next', tone: 'good', text: 'Nothing to do.' }
}

/** A wrong id or folder must not pass for good news; null: something was found, or nothing was asked for by name. */
export function noMatchStatement({ counts, options, sessions, worktrees }: Report): Statement | null {
  const asked = [
    options.project !== null && '--project',
    options.session !== null && '--session',
    options.agent !== null && '--agent',
  ].filter((flag) => flag !== false)
  if (asked.length === 0 || counts.agents + sessions.length + worktrees.length > 0) return null
  const text = `Nothing that was read matches ${asked.join(' and ')}: is it spelled right? --since all reads every transcript.`
  return { topic: 'Next', tone: 'warning', text }
}

/** How to look closer at the worst of the lost agents. */
function closer(report: Report, view: View): readonly Item[] {
  const { agent: rowOf } = rowMaker(report, view)
  // An id is the name of a file, and goes into a command to type.
  const agents = listShownAgents(report).filter(
    ({ agentId, reason, supersededBy, turns }) => isPlainId(agentId) && isLost(reason) && supersededBy === null && turns > 0,
  )
  const lost = agents.toSorted((a, b) => severityRankOf(a.reason) - severityRankOf(b.reason)).map((agent) => rowOf(agent))
  const [first] = lost
  if (first === undefined) return []
  return [{ text: 'One agent, whole:', command: toolCommand('show', report, view, first.id) }]
}

const sayWhenToSave = (report: Report): string => `Save it before any ${programsOf(report)} command runs.`

/** What no rescue branch holds, so that no push takes it along. */
const STAYS: ReadonlySet<AtRisk['what']> = new Set<AtRisk['what']>(['ignored', 'submodule', 'stash', 'reflog'])

const nextForWork: Say = (report, view) => {
  const { worktrees, complete, options } = report
  if (keeps(report)) {
    return {
      topic: 'Next',
      tone: 'command',
      text: '',
      command: toolCommand('preserve', report, view),
      items: [`Saves local-only work, before any ${programsOf(report)} command runs; touches nothing else.`],
    }
  }
  if (worktrees.some(isUnsaved))
    return {
      topic: 'Next',
      tone: 'warning',
      text: `Save what exists only here before any ${programsOf(report)} command runs, from the top down.`,
    }
  const rows = worktrees.filter(isAtRisk)
  if (rows.length > 0) {
    const isPushable = rows.some(({ remoteUrl, atRisk }) => remoteUrl !== null && atRisk.some(({ what }) => !STAYS.has(what)))
    const where = isPushable ? ['--push'] : ['--bundle', 'rescue-bundles']
    const item = isPushable
      ? 'It sends what is saved on this disk to origin, but for ignored files, stashes and commits that no branch holds.'
      : 'It writes what is saved on this disk to files in the folder that it names, which may be on another one.'
    return { topic: 'Next', tone: 'command', text: '', command: toolCommand('preserve', report, view, ...where), items: [item] }
  }
  if (!options.git) return { topic: 'Next', tone: 'plain', text: 'Try the same command without --no-git.' }
  if (!complete) return { topic: 'Next', tone: 'plain', text: 'Look at what could not be read, then scan again.' }
  const pushed = worktrees.filter(({ delivery }) => delivery === 'pushed').length
  if (pushed > 0) return { topic: 'Next', tone: 'plain', text: `Open the pull requests of the ${pushed} that are only pushed.` }
  return noMatchStatement(report) ?? { topic: 'Next', tone: 'good', text: 'Nothing to do.' }
}

function byReason(threads: readonly { readonly reason: TerminalReason }[]): string {
  return tallyWords(threads.map(({ reason }) => reason))
}

function tallyWords(words: readonly string[]): string {
  return countWords(words)
    .map(([word, amount]) => `${amount}${GLUE}${word}`)
    .join(', ')
}
