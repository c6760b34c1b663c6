import type { PageData, Thread } from './page-data.ts'
import { cell, MOST_ROWS, row, second, table } from './markup.ts'
import { html } from './safe-text.ts'

/** The threads that stand in the page without its script: the first of the screen's order, and what they belong to. */
function choose({ threads }: PageData): readonly number[] {
  const first = [...threads.keys()]
    .filter((place) => isListed(threads[place] as Thread))
    .toSorted((a, b) => (threads[a]?.rank ?? 0) - (threads[b]?.rank ?? 0))
    .slice(0, MOST_ROWS)
  return first
}

function isListed({ kind, lost, alive }: Thread): boolean {
  return kind === 'agent' || (kind === 'session' && (lost || alive))
}

const WIDTH = 1000
const DEEPEST = 8

/** The timeline without its script: a line for each thread, which leads to its row of the table. */
export function staticTimeline(data: PageData): string {
  const { threads, reasons } = data
  const chosen = choose(data)
  if (chosen.length === 0) return '<p>No agents.</p>\n'
  const shown = new Set(chosen)
  for (const place of chosen) {
    for (let at = threads[place]?.parent ?? null; at !== null && !shown.has(at); at = threads[at]?.parent ?? null) shown.add(at)
  }
  const inTable = new Set(chosen)
  const range = data.ranges[data.firstRange] ?? { from: data.madeAt - 1, to: data.madeAt }
  const at = (ms: number) => Math.round(Math.min(Math.max((ms - range.from) / Math.max(range.to - range.from, 1), 0), 1) * (WIDTH - 6))
  const lines = [...shown]
    .toSorted((a, b) => a - b)
    .map((place) => {
      const { name, reason, start, end, depth } = threads[place] as Thread
      const mark = reason === null ? undefined : reasons[reason]
      const [from, to] = [start ?? end, end ?? start]
      const bar =
        from === null || to === null
          ? '<span>no time known</span>'
          : `<svg viewBox="0 0 ${WIDTH} 10" preserveAspectRatio="none" aria-hidden="true"><rect class="${mark?.look ?? ''}" x="${at(from)}" width="${Math.max(at(to) - at(from), 0) + 6}" height="10"/></svg>`
      const title = inTable.has(place) ? `<a href="#r${place}">${html(name)}</a>` : html(name)
      const said = mark === undefined ? '' : ` <small>${mark.name}</small>`
      return `<li id="b${place}"><div>${'\u2003'.repeat(Math.min(depth, DEEPEST))}${title}${said}</div>${bar}</li>\n`
    })
  return `<ol class="static">\n${lines.join('')}</ol>\n`
}

/** The table without its script; each row leads to its line of the timeline. */
export function staticTable(data: PageData, clock: (ms: number) => string): string {
  const chosen = choose(data)
  const rest = data.threads.filter(isListed).length - chosen.length
  const rows = chosen.map((place) => {
    const { name, shortId, reason, end, alive, what, risk } = data.threads[place] as Thread
    const ended = alive ? 'running' : end === null ? 'not known' : clock(end)
    return `${row(
      [
        cell('', `<a href="#b${place}">${html(name)}</a>${second(shortId, 'mono')}`),
        cell('reason', reason === null ? 'not known' : (data.reasons[reason]?.name ?? '')),
        cell('ended', ended),
        cell('', html(what)),
        cell('work', html(risk)),
      ],
      `r${place}`,
    )}\n`
  })
  const more = rest > 0 ? `${row([cell('', `and ${rest} more (the script of this page lists them)`)])}\n` : ''
  return chosen.length === 0 ? '' : table(['agent', 'reason', 'ended', 'what happened', 'work'], `${rows.join('')}${more}`)
}
