import { SCRIPT, SCRIPT_HASH, STYLE, STYLE_HASH } from '#generated/page'
import type { Action } from '../../plan/action.ts'
import type { Report, WorkflowReport } from '../report.ts'
import type { WorkItem } from '../../incident/work-item.ts'
import type { WorktreeReport } from '../../worktree/worktree-report.ts'
import { escapeControl } from '../../text/escape.ts'
import { parseInstant } from '../../time/instant.ts'
import type { View } from '../reporter.ts'
import { listShownAgents } from '../rows.ts'
import type { Item, Statement } from '../statement.ts'
import { statementsAbove, statementsBelow } from '../statements.ts'
import {
  baseParts,
  detailsOf,
  dirtyParts,
  isAtRisk,
  describeLocalWork,
  originOf,
  stageOf,
  titleOf,
  titleOfAgent,
  worstFirst,
} from '../work.ts'
import { callsAgain, count, local } from '../words.ts'
import { type Point, splitRisk, splitWhy } from '../plan-words.ts'
import { typed } from '../typed.ts'
import type { ComposedPage } from './compose-page.ts'
import { followable, html, line, scriptJson } from './safe-text.ts'
import { groupDigits } from './thread-details.ts'

/** Most rows of the lists that stand in the page as they are. */
const MOST_ROWS = 200
const MOST_COMMANDS = 20

// Nothing may be loaded, sent or framed, only these two texts may run and style, and no text may become HTML.
const POLICY = [
  "default-src 'none'",
  `script-src '${SCRIPT_HASH}'`,
  `style-src '${STYLE_HASH}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

/** The page from its first byte to its last. What stands in it is readable without its script; the timeline and table are not. */
export function* pageParts(report: Report, view: View, { data, agentsLeftOut, detailsLeftOut }: ComposedPage): Iterable<string> {
  const agents = statementsAbove(report, view).find(({ topic }) => topic === 'Agents')
  const title = agents?.text ?? 'Report'
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${html(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<meta name="generator" content="agent-forensics ${text(report.tool.version)}">
<title>${text(title)} agent-forensics</title>
<style>${STYLE}</style>
</head>
<body>
<div id="page">
<header>
<p class="made"><b>agent-forensics</b> · as of ${text(local(report.generatedAt, view.timeZone))}, all times in ${text(view.timeZone)}</p>
<h1>${text(title)}</h1>
${items(agents?.items ?? [], 'under')}</header>
<main>
`
  yield summary(report, view)
  yield section('What to do, in this order', plan(report, view))
  yield explorer(agentsLeftOut, detailsLeftOut)
  yield section('Incidents', incidents(report, view))
  yield section('Where the work is', worktrees(report))
  yield section('Workflow runs', workflows(report))
  yield section('Pieces of work', workItems(report))
  yield section('Not read', notRead(report))
  yield `</main>
<footer><p>Made by agent-forensics ${text(report.tool.version)} from ${count(report.counts.filesRead, 'transcript')} in ${report.options.roots.map((root) => `<code>${text(root)}</code>`).join(', ')}.${report.options.excerpts ? '' : ' Without quotes from the transcripts (--no-excerpts).'} This page asks no network for anything.</p></footer>
</div>
<aside id="details" aria-labelledby="details-head" hidden></aside>
`
  yield `<script type="application/json" id="data">`
  const { details, ...rest } = data
  yield `${scriptJson(rest).slice(0, -1)},"details":[`
  for (const [index, blocks] of details.entries()) yield `${index === 0 ? '' : ','}${scriptJson(blocks)}`
  yield `]}</script>
<script>${SCRIPT}</script>
</body>
</html>
`
}

/** Foreign text, made safe for HTML. */
function text(foreign: string): string {
  return html(line(foreign))
}

function section(head: string, content: string): string {
  return content === '' ? '' : `<section>\n<h2>${head}</h2>\n${content}</section>\n`
}

function summary(report: Report, view: View): string {
  const all = [...statementsAbove(report, view), ...statementsBelow(report, view)].filter(({ topic }) => topic !== 'Agents')
  return all.length === 0 ? '' : `<dl class="summary">\n${all.map(statement).join('')}</dl>\n`
}

function statement({ topic, tone, text: said, command: ownCommand, items: below = [] }: Statement): string {
  const words = `${said === '' ? '' : `<p>${text(said)}</p>`}${ownCommand === undefined ? '' : copied(ownCommand)}`
  return `<div class="${tone}"><dt>${text(topic)}</dt><dd>${words}${items(below)}</dd></div>\n`
}

function copied(whole: string): string {
  return `<span class="command"><code>${html(whole)}</code> ${COPY}</span>`
}

const COPY = '<button type="button" class="copy" hidden>Copy</button>'

function items(all: readonly Item[], name?: string): string {
  if (all.length === 0) return ''
  const entries = all.map((item) => {
    if (typeof item === 'string') return `<li>${text(item)}</li>`
    return `<li>${text(item.text)} ${'command' in item ? copied(item.command) : `<code>${text(item.path)}</code>`}</li>`
  })
  return `<ul${name === undefined ? '' : ` class="${name}"`}>${entries.join('')}</ul>\n`
}

function explorer(agentsLeftOut: number, detailsLeftOut: number): string {
  const left = [
    agentsLeftOut > 0 && `${count(agentsLeftOut, 'agent')} that ended least badly`,
    detailsLeftOut > 0 && `the details of ${count(detailsLeftOut, 'entry', 'entries')} that ended least badly`,
  ].filter((part) => part !== false)
  const note =
    left.length === 0 ? '' : `<p class="hint">Left out to keep this page small: ${left.join(', and ')} (--json has everything).</p>\n`
  return `<noscript><p>The timeline and the table of agents need the script of this page.</p></noscript>
<div id="explorer" hidden>
<h2>Who was at work when</h2>
${note}<div id="filters" role="search"></div>
<div id="reasons"></div>
<section aria-label="Timeline">
<div id="ranges"></div>
<div id="overview" aria-hidden="true"></div>
<div id="timeline" class="scroller" role="treegrid" aria-label="Timeline: arrow keys move and fold, Enter opens, plus and minus zoom, Shift with arrows goes through time, 0 shows everything, F fits the current bar" tabindex="0"></div>
<p class="hint">Drag to move through time, Ctrl and wheel to zoom, click for evidence. Keys: arrows, Enter, + and −, Shift and arrows, 0 for everything, F to fit.</p>
</section>
<section aria-label="Table">
<h2>Agents and main threads</h2>
<div id="table" class="scroller" role="grid" aria-label="Agents and main threads: arrow keys move, Enter opens" tabindex="0"></div>
</section>
</div>
`
}

function plan(report: Report, view: View): string {
  const { actions } = report.plan
  if (actions.length === 0) return ''
  const numbers = new Map(actions.map(({ id }, index) => [id, index + 1]))
  return `<ol class="plan">\n${firstRows(
    actions,
    (action) => `<li>${step(action, numbers, report, view)}</li>`,
    (rest) => `<li><div>${rest}</div></li>`,
  )}</ol>\n`
}

function step(action: Action, numbers: ReadonlyMap<string, number>, report: Report, view: View): string {
  const { kind, title, commands, preconditions, notBefore, dependsOn, cost } = action
  const after = dependsOn.map((id) => numbers.get(id)).filter((number) => number !== undefined)
  const at = notBefore === null ? undefined : parseInstant(notBefore)
  const notes = [
    notBefore !== null && `Not before ${local(notBefore, view.timeZone)}${at !== undefined && at <= view.now ? ', which has passed' : ''}.`,
    after.length > 0 && `After ${after.join(', ')}.`,
    ...preconditions.map((condition) => `Only if: ${condition}`),
    cost !== '' && `Cost: ${cost}`,
  ].filter((note) => note !== false)
  return `<div><h3>${text(title)} <span class="kind">${text(kind.replaceAll('_', ' '))}</span></h3>${splitWhy(action, report, view).map(point).join('')}${
    notes.length === 0 ? '' : `<ul class="notes">${notes.map((note) => `<li>${text(note)}</li>`).join('')}</ul>`
  }${splitRisk(action).map(point).join('')}${commands
    .slice(0, MOST_COMMANDS)
    .map((each) => command(each, report, view))
    .join('')}${
    commands.length > MOST_COMMANDS ? `<p class="notes">and ${commands.length - MOST_COMMANDS} more commands (--json has them)</p>` : ''
  }</div>`
}

/** What is to be known of a step: a sentence, or a command to type. */
function point({ topic, text: said, isCommand }: Point): string {
  if (isCommand === true) return `<div class="commandline"><code>${text(said)}</code>${COPY}</div>`
  return `<p>${topic === 'risk' ? 'Risk: ' : ''}${text(said)}</p>`
}

function command(given: Action['commands'][number], report: Report, view: View): string {
  const whole = html(typed(given, report, view))
  // What hides something may be looked at and not copied.
  const isCopied = [given.cwd, ...given.argv].every((word) => escapeControl(word, { logCommands: 'keep' }) === word)
  return `<div class="commandline"><code>${whole}</code>${isCopied ? COPY : ''}</div>`
}

function incidents({ incidents: all, ...report }: Report, view: View): string {
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
              : `Built on lost work, perhaps: ${builtOn
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

function worktrees(report: Report): string {
  if (report.worktrees.length === 0) return ''
  return table(
    ['work of', 'stage', 'against its base', 'uncommitted', 'only here', 'origin', 'to know'],
    firstRows(worstFirst(report.worktrees), (tree) =>
      row([
        cell(
          '',
          `<strong>${text(tree.orphan ? `${titleOf(tree, report)} (orphan)` : titleOf(tree, report))}</strong>${second(tree.path, 'mono')}${second(tree.branch ?? '', 'mono')}`,
        ),
        cell('stage', text(stageOf(tree))),
        cell('against its base', text(baseParts(tree).join(', '))),
        cell('uncommitted', text(dirtyParts(tree).join(', '))),
        cell('only here', isAtRisk(tree) ? `<span class="risk">${text(describeLocalWork(tree))}</span>` : ''),
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

function workflows({ workflows: all }: Report): string {
  if (all.length === 0) return ''
  return table(['workflow', 'client said', 'calls', 'resumable'], firstRows(all, workflow))
}

function workflow(run: WorkflowReport): string {
  const { name, runId, status, calls, resumable } = run
  const lost = calls.failed + calls.neverStarted
  return row([
    cell('', `<strong>${text(name ?? runId)}</strong>${name === null ? '' : second(runId, 'mono')}`),
    cell('client said', text(status ?? 'nothing')),
    cell(
      'calls',
      `${calls.done} done, ${lost === 0 ? '0 failed' : `<span class="risk">${[calls.failed > 0 && `${calls.failed} failed`, calls.neverStarted > 0 && `${calls.neverStarted} never started`].filter((part) => part !== false).join(', ')}</span>`}`,
    ),
    cell('resumable', resumable ? `yes${second(`${callsAgain(run)} would run again`)}` : 'no'),
  ])
}

const STATES: Readonly<Record<WorkItem['state'], number>> = { lost: 0, open: 1, done: 2 }

function workItems(report: Report): string {
  // An agent that was tried once and is not done again is told by its own row.
  const several = report.workItems.filter(({ attempts }) => attempts.length > 1).toSorted((a, b) => STATES[a.state] - STATES[b.state])
  if (several.length === 0) return ''
  const agents = new Map(listShownAgents(report).map((agent) => [agent.agentId, agent]))
  return table(
    ['piece of work', 'state', 'attempts', 'done by'],
    firstRows(several, ({ title, state, certainty, attempts, doneBy }) => {
      const reasons = attempts.slice(0, 20).map((id) => agents.get(id)?.reason ?? id)
      const by = doneBy === null ? undefined : agents.get(doneBy)
      return row([
        cell(
          '',
          `<strong>${text(title)}</strong>${second(certainty === 'high' ? '' : certainty === 'medium' ? 'likely the same piece' : 'perhaps the same piece')}`,
        ),
        cell('state', state === 'lost' ? `<span class="risk">${state}</span>` : state),
        cell('attempts', `${attempts.length}${second(reasons.join(', then '))}`),
        cell('done by', doneBy === null ? '' : text(by === undefined ? doneBy : titleOfAgent(by))),
      ])
    }),
  )
}

function notRead({ readIssues }: Report): string {
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

function table(heads: readonly string[], rows: string): string {
  return `<div class="wide"><table><thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead><tbody>\n${rows}</tbody></table></div>\n`
}

function row(cells: readonly string[]): string {
  return `<tr>${cells.join('')}</tr>`
}

/** `head` is said before the content where the page is too narrow for columns. */
function cell(head: string, content: string): string {
  return `<td${head === '' ? '' : ` data-head="${head}"`}>${content}</td>`
}

function second(foreign: string, name = ''): string {
  return foreign === '' ? '' : `<div class="second${name === '' ? '' : ` ${name}`}">${text(foreign)}</div>`
}

function firstRows<Row>(
  rows: readonly Row[],
  draw: (row: Row) => string,
  more: (words: string) => string = (words) => `<tr><td class="second">${words}</td></tr>`,
): string {
  const rest = rows.length - MOST_ROWS
  const drawn = rows.slice(0, MOST_ROWS).map((one) => `${draw(one)}\n`)
  return `${drawn.join('')}${rest > 0 ? `${more(`and ${rest} more (--json has them)`)}\n` : ''}`
}
