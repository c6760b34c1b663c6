/** Colours of a terminal with a dark background, by the number that switches each on (SGR). */
const COLOURS: ReadonlyMap<number, string> = new Map([
  [31, '#ff7b72'],
  [32, '#7ee787'],
  [33, '#e3b341'],
  [34, '#79c0ff'],
  [35, '#d2a8ff'],
  [36, '#76e3ea'],
  [90, '#8b949e'],
])
const [CHARACTER, LINE, EDGE] = [8.4, 20, 16]

interface Style {
  colour: string | null
  bold: boolean
  dim: boolean
  underline: boolean
}

/** What a terminal shows, as an SVG picture. A code that is not known is an error, lest the picture shows less than the screen. */
export function drawScreen(text: string, columns: number): string {
  const style: Style = { colour: null, bold: false, dim: false, underline: false }
  const lines = text.trimEnd().split('\n')
  const drawn = lines.map((line, row) => {
    let column = 0
    const parts = line.split(/(\u001b\[[\d;]*m)/).flatMap((part) => {
      const [, code] = /^\u001b\[([\d;]*)m$/.exec(part) ?? []
      if (code !== undefined) for (const each of code.split(';')) change(style, Number(each))
      if (code !== undefined || part === '') return []
      // A browser may join blanks: each word run has a place of its own.
      return part.split(/( {2,}|^ )/).flatMap((words) => {
        const x = EDGE + column * CHARACTER
        column += words.length
        return words.trim() === '' ? [] : [`<tspan x="${round(x)}"${attributesOf(style)}>${escape(words.trimEnd())}</tspan>`]
      })
    })
    return `<text y="${EDGE + LINE * (row + 0.75)}">${parts.join('')}</text>`
  })
  const [width, height] = [Math.ceil(2 * EDGE + columns * CHARACTER), 2 * EDGE + LINE * lines.length]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g fill="#e6edf3" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">
${drawn.join('\n')}
</g>
</svg>
`
}

function change(style: Style, code: number): void {
  const colour = COLOURS.get(code)
  if (colour !== undefined) style.colour = colour
  else if (code === 39) style.colour = null
  else if (code === 1) style.bold = true
  else if (code === 2) style.dim = true
  else if (code === 22) [style.bold, style.dim] = [false, false]
  else if (code === 4 || code === 24) style.underline = code === 4
  else throw new Error(`no picture of SGR ${code}`)
}

function attributesOf({ colour, bold, dim, underline }: Style): string {
  return `${colour === null ? '' : ` fill="${colour}"`}${bold ? ' font-weight="bold"' : ''}${dim ? ' opacity="0.7"' : ''}${underline ? ' text-decoration="underline"' : ''}`
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
