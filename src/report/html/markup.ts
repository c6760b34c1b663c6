import { html, line } from './safe-text.ts'

/** Foreign text on one line, made safe for HTML. */
export function text(foreign: string): string {
  return html(line(foreign))
}

/** A command, and the button that copies it; what hides something, or is cut, may be looked at and not copied. */
export function command(whole: string, isPlain = true): string {
  const copy = isPlain && line(whole) === whole ? '<button type="button" class="copy" hidden>Copy</button>' : ''
  return `<div class="command"><code>${text(whole)}</code>${copy}</div>`
}

/** A part of the page below a heading; nothing where there is nothing to say. */
export function section(id: string, head: string, content: string): string {
  return content === '' ? '' : `<section aria-labelledby="${id}">\n<h2 id="${id}">${head}</h2>\n${content}</section>\n`
}

/** A table of rows that are drawn already. */
export function table(heads: readonly string[], rows: string): string {
  return `<table><thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead><tbody>\n${rows}</tbody></table>\n`
}

/** A row of a table; `anchor` is where links lead to. */
export function row(cells: readonly string[], anchor = ''): string {
  return `<tr${anchor === '' ? '' : ` id="${anchor}"`}>${cells.join('')}</tr>`
}

/** A cell; `head` is said before the content where the page is too narrow for columns. */
export function cell(head: string, content: string): string {
  return `<td${head === '' ? '' : ` data-head="${head}"`}>${content}</td>`
}

/** A smaller line below another one. */
export function second(foreign: string, name = ''): string {
  return foreign === '' ? '' : `<div class="second${name === '' ? '' : ` ${name}`}">${text(foreign)}</div>`
}

/** Most rows of a list that stands in the page as it is. */
export const MOST_ROWS = 200

/** The first rows, and how many more there are. */
export function firstRows<Row>(
  rows: readonly Row[],
  draw: (row: Row) => string,
  more: (words: string) => string = (words) => `<tr><td class="second">${words}</td></tr>`,
  most = MOST_ROWS,
): string {
  const rest = rows.length - most
  const drawn = rows.slice(0, most).map((one) => `${draw(one)}\n`)
  return `${drawn.join('')}${rest > 0 ? `${more(`and ${rest} more (--json has them)`)}\n` : ''}`
}
