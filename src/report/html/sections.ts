import type { WorkItem } from '../../incident/work-item.ts'
import type { WorktreeReport } from '../../worktree/worktree-report.ts'
import type { Report, WorkflowReport } from '../report.ts'
import type { View } from '../reporter.ts'
import { listShownAgents } from '../rows.ts'
import {
  baseParts,
  describeLocalWork,
  detailsOf,
  dirtyParts,
  isAtRisk,
  originOf,
  stageOf,
  titleOf,
  titleOfAgent,
  worstFirst,
} from '../work.ts'
import { callsAgain, local } from '../words.ts'
import { cell, firstRows, row, second, table, text } from './markup.ts'
import { followable, html } from './safe-text.ts'
import { groupDigits } from './thread-details.ts'

/** What hit many agents, the latest first. */
export function incidents({ incidents: all, ...report }: Report, view: View): string {
  if (all.length === 0) return ''
  const rows = all.toSorted((a, b) => (a.lastAt < b.lastAt ? 1 : a.lastAt > b.lastAt ? -1 : 0))
  const agents = new Map(report.agents.map((agent) => [agent.agentId, titleOfAgent(agent)]))
  return table(
    ['cause', 'from', 'until', 'refusals', 'agents', 'tokens', 'over at', 'what happened'],
    firstRows(rows, (incident) => {
      const {
        cause,
        firstAt,
        lastAt,
        attempts,
        meanIntervalMs,
        minIntervalMs,
        startedAfterKnown,
        tokens,
        overAt,
        builtOn,
        summary: said,
      } = incident
      const pace =
        meanIntervalMs === null
          ? ''
          : `one every ${seconds(meanIntervalMs)}${minIntervalMs === null ? '' : `, at least ${seconds(minIntervalMs)} apart`}`
      const late = startedAfterKnown === 0 ? '' : `${startedAfterKnown} started after it was known`
      const { input, output, cacheRead, cacheWrite } = tokens
      return row([
        cell('cause', `<strong>${text(cause)}</strong>`),
        cell('from', text(local(firstAt, view.timeZone))),
        cell('until', `${text(local(lastAt, view.timeZone))}${second(`${seconds(incident.spanMs)} long`)}`),
        cell('refusals', `${attempts}${second(pace)}`),
        cell('agents', `${incident.agents.length}${second(late)}`),
        cell('tokens', `${groupDigits(input + output + cacheRead + cacheWrite)}${second(`${groupDigits(output)} out`)}`),
        cell('over at', overAt === null ? 'not known' : text(local(overAt, view.timeZone))),
        cell(
          '',
          `${text(said)}${second(
            builtOn.length === 0
              ? ''
              : `May rely on lost work: ${builtOn
                  .slice(0, 20)
                  .map(({ kind, id, by, names }) => {
                    const who = kind === 'agent' ? (agents.get(id ?? '') ?? id) : `commit ${id ?? ''} by ${agents.get(by ?? '') ?? by}`
                    return `${who} (names the ${names})`
                  })
                  .join(', ')}`,
          )}`,
        ),
      ])
    }),
  )
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`
}

/** Every worktree and branch, local-only work first. */
export function worktrees(report: Report): string {
  if (report.worktrees.length === 0) return ''
  return table(
    ['work of', 'stage', 'compared with its base', 'uncommitted', 'local only', 'origin', 'notes'],
    firstRows(worstFirst(report.worktrees), (tree) =>
      row([
        cell(
          '',
          `<strong>${text(tree.orphan ? `${titleOf(tree, report)} (orphan)` : titleOf(tree, report))}</strong>${second(tree.path, 'mono')}${second(tree.branch ?? '', 'mono')}`,
        ),
        cell('stage', text(stageOf(tree))),
        cell('compared with its base', text(baseParts(tree).join(', '))),
        cell('uncommitted', text(dirtyParts(tree).join(', '))),
        cell('local only', isAtRisk(tree) ? `<span class="risk">${text(describeLocalWork(tree))}</span>` : ''),
        cell('origin', text(originOf(tree))),
        cell(
          '',
          `${request(tree)}${detailsOf(tree)
            .slice(0, 20)
            .map((note) => second(note))
            .join('')}`,
        ),
      ]),
    ),
  )
}

function request({ pullRequest, newPullRequestUrl }: WorktreeReport): string {
  const link = followable(pullRequest?.url ?? newPullRequestUrl)
  if (link === null) return ''
  return `<a href="${html(link)}" rel="noopener noreferrer">${pullRequest === null ? 'Open a pull request' : `Pull request ${pullRequest.number}`}</a>`
}

/** Every workflow run. */
export function workflows({ workflows: all }: Report): string {
  if (all.length === 0) return ''
  return table(['workflow', 'reported as', 'calls', 'resumable'], firstRows(all, workflow))
}

function workflow(run: WorkflowReport): string {
  const { name, runId, status, calls, resumable } = run
  const lost = calls.failed + calls.neverStarted
  return row([
    cell('', `<strong>${text(name ?? runId)}</strong>${name === null ? '' : second(runId, 'mono')}`),
    cell('reported as', text(status ?? 'nothing')),
    cell(
      'calls',
      `${calls.done} done, ${lost === 0 ? '0 failed' : `<span class="risk">${[calls.failed > 0 && `${calls.failed} failed`, calls.neverStarted > 0 && `${calls.neverStarted} never started`].filter((part) => part !== false).join(', ')}</span>`}`,
    ),
    cell('resumable', resumable ? `yes${second(`${callsAgain(run)} would run again`)}` : 'no'),
  ])
}

const STATES: Readonly<Record<WorkItem['state'], number>> = { lost: 0, open: 1, done: 2 }

/** The work items that took several attempts. */
export function workItems(report: Report): string {
  // An agent that was tried once and is not done again is told by its own row.
  const several = report.workItems.filter(({ attempts }) => attempts.length > 1).toSorted((a, b) => STATES[a.state] - STATES[b.state])
  if (several.length === 0) return ''
  const agents = new Map(listShownAgents(report).map((agent) => [agent.agentId, agent]))
  return table(
    ['work item', 'state', 'attempts', 'done by'],
    firstRows(several, ({ title, state, certainty, attempts, doneBy }) => {
      const reasons = attempts.slice(0, 20).map((id) => agents.get(id)?.reason ?? id)
      const by = doneBy === null ? undefined : agents.get(doneBy)
      return row([
        cell(
          '',
          `<strong>${text(title)}</strong>${second(certainty === 'high' ? '' : certainty === 'medium' ? 'likely the same work' : 'maybe the same work')}`,
        ),
        cell('state', state === 'lost' ? `<span class="risk">${state}</span>` : state),
        cell('attempts', `${attempts.length}${second(reasons.join(', then '))}`),
        cell('done by', doneBy === null ? '' : text(by === undefined ? doneBy : titleOfAgent(by))),
      ])
    }),
  )
}

/** What could not be read. */
export function notRead({ readIssues }: Report): string {
  if (readIssues.length === 0) return ''
  return table(
    ['what', 'where', 'why'],
    firstRows(readIssues, ({ reason, path, line: at, detail }) =>
      row([
        cell('', `<strong>${text(reason)}</strong>`),
        cell('', `<span class="mono">${text(path)}${at === null ? '' : `:${at}`}</span>`),
        cell('', text(detail)),
      ]),
    ),
  )
}
