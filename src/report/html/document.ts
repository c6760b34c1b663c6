import { SCRIPT, SCRIPT_HASH, STYLE, STYLE_HASH } from '#generated/page'
import type { Report } from '../report.ts'
import type { View } from '../reporter.ts'
import type { Item, Statement } from '../statement.ts'
import { statementsAbove, statementsBelow } from '../statements.ts'
import { count, local } from '../words.ts'
import type { ComposedPage } from './compose-page.ts'
import { command, section, text } from './markup.ts'
import type { PackedData, PageData } from './page-data.ts'
import { plan } from './plan-section.ts'
import { clockOf } from './ranges.ts'
import { html, scriptJson } from './safe-text.ts'
import { incidents, notRead, workflows, workItems, worktrees } from './sections.ts'
import { staticTable, staticTimeline } from './static-rows.ts'

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

/** The page from its first byte to its last. All of it can be read without its script, which zooms, filters and shows evidence. */
export function* pageParts(report: Report, view: View, { data, agentsLeftOut, detailLines }: ComposedPage): Iterable<string> {
  const statements = [...statementsAbove(report, view), ...statementsBelow(report, view)]
  const first = statements.find(({ topic }) => topic === 'Agents') ?? statements[0]
  const title = first?.text ?? 'Report'
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
<p class="made"><b>agent-forensics</b> as of ${text(local(report.generatedAt, view.timeZone))}, all times in ${text(view.timeZone)}</p>
<h1>${text(title)}</h1>
${items(first?.items ?? [], 'under')}${essentials(statements.filter((statement) => statement !== first))}</header>
<main>
`
  yield explorer(report, data, agentsLeftOut)
  yield section('plan', 'Plan', plan(report, view))
  yield section('incidents', 'Incidents', incidents(report, view))
  yield section('worktrees', 'Worktrees and branches', worktrees(report))
  yield section('workflows', 'Workflow runs', workflows(report))
  yield section('work-items', 'Work items', workItems(report))
  yield section('not-read', 'Not read', notRead(report))
  yield `</main>
<footer><p>Made by agent-forensics ${text(report.tool.version)} from ${count(report.counts.filesRead, 'transcript')} in ${report.options.roots.map((root) => `<code>${text(root)}</code>`).join(', ')}.${report.options.excerpts ? '' : ' Without quotes from the transcripts (--no-excerpts).'} This page loads nothing and sends nothing.</p></footer>
</div>
<aside id="details" aria-labelledby="details-head" hidden></aside>
<script type="application/json" id="data">`
  yield* packData(data)
  yield `</script>
<script>${SCRIPT}</script>
<script type="text/plain" id="details-data">
`
  yield* detailLines()
  yield `</script>
</body>
</html>
`
}

/** The data as JSON, piece by piece: as one text it would be held several times over. */
function* packData({ threads, ...rest }: PageData): Iterable<string> {
  const packed = { ...rest, threads: { fields: Object.keys(threads[0] ?? {}), rows: [] } } satisfies PackedData
  yield scriptJson(packed).slice(0, -END_OF_ROWS.length)
  for (const [index, thread] of threads.entries()) yield `${index === 0 ? '' : ','}${scriptJson(Object.values(thread))}`
  yield END_OF_ROWS
}
const END_OF_ROWS = ']}}'

function essentials(statements: readonly Statement[]): string {
  const labelled: Statement[][] = []
  for (const statement of statements) {
    const last = labelled.at(-1)
    // Without a topic of its own it goes on with the one before.
    if (statement.topic === '' && last !== undefined) last.push(statement)
    else labelled.push([statement])
  }
  return labelled.length === 0 ? '' : `<dl class="essentials">\n${labelled.map(essential).join('')}</dl>\n`
}

function essential(some: readonly Statement[]): string {
  const { topic = '', tone = 'plain' } = some[0] ?? {}
  return `<div class="tone-${tone}"><dt>${text(topic)}</dt><dd>${some.map(drawStatement).join('')}</dd></div>\n`
}

function drawStatement({ tone, text: said, command: own, items: below = [] }: Statement): string {
  const typed = own ?? (tone === 'command' ? said : null)
  const before = own === undefined && tone === 'command' ? '' : said
  const folds = before !== '' && below.length > 0
  const words = folds
    ? `<details><summary>${text(before)}</summary>${items(below)}</details>`
    : before === ''
      ? ''
      : `<p>${text(before)}</p>`
  return `${words}${typed === null ? '' : command(typed)}${folds ? '' : items(below)}`
}

function items(all: readonly Item[], name?: string): string {
  if (all.length === 0) return ''
  const entries = all.map((item) => {
    if (typeof item === 'string') return `<li>${text(item)}</li>`
    return `<li>${text(item.text)} ${'command' in item ? command(item.command) : `<code>${text(item.path)}</code>`}</li>`
  })
  return `<ul${name === undefined ? '' : ` class="${name}"`}>${entries.join('')}</ul>\n`
}

const TIMELINE_KEYS =
  'Arrow keys move and fold, Enter opens, plus and minus zoom, Shift with arrows moves through time, 0 shows everything, F fits the bar, T goes to the table'
const TABLE_KEYS = 'Arrow keys move, Enter opens, T goes to the timeline'

function explorer(report: Report, data: ComposedPage['data'], agentsLeftOut: number): string {
  const note =
    agentsLeftOut === 0
      ? ''
      : `<p class="hint">Left out to keep this page small: ${count(agentsLeftOut, 'agent')} that ended least badly (--json has everything).</p>\n`
  return `<div id="explorer">
<div id="filters" role="search" aria-label="Agents" hidden></div>
${note}<section aria-labelledby="timeline-head">
<div class="head"><h2 id="timeline-head">Timeline</h2><a href="#table-head">Table ↓</a><div id="ranges" hidden></div></div>
<div id="overview" aria-hidden="true" hidden></div>
<div id="timeline" class="scroller" role="treegrid" aria-labelledby="timeline-head" aria-describedby="timeline-keys" tabindex="0" hidden></div>
<p class="hint" id="timeline-keys" hidden>${TIMELINE_KEYS}.</p>
<noscript>${staticTimeline(data)}</noscript>
</section>
<section aria-labelledby="table-head">
<div class="head"><h2 id="table-head">Agents and main threads</h2><a href="#timeline-head">Timeline ↑</a>${report.plan.actions.length === 0 ? '' : '<a href="#plan">Plan ↓</a>'}</div>
<div id="table" class="scroller" role="grid" aria-labelledby="table-head" aria-describedby="table-keys" tabindex="0" hidden></div>
<p class="hint" id="table-keys" hidden>${TABLE_KEYS}.</p>
<noscript>${staticTable(data, clockOf(data.offsets))}</noscript>
</section>
</div>
`
}
