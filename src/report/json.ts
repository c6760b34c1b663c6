import type { Report } from '../model/report.ts'
import { jsonText } from './json-text.ts'
import type { Reporter } from './reporter.ts'

/** Text is given away in pieces of about this length: a report may be longer than any string can be. */
const PIECE = 256 * 1024

/** The report itself: the format that other programs read, and that `render` takes back. */
export const json: Reporter = {
  name: 'json',
  mediaType: 'application/json',
  *render(report) {
    let text = ''
    for (const part of parts(report)) {
      text += part
      if (text.length < PIECE) continue
      yield text
      text = ''
    }
    yield text
  },
}

/** As `JSON.stringify` writes it with two spaces, but no list as a whole. */
function* parts(report: Report): Iterable<string> {
  let before = '{\n'
  for (const [key, value] of Object.entries(report)) {
    if (value === undefined) continue
    yield `${before}  ${jsonText(key)}: `
    before = ',\n'
    if (!Array.isArray(value) || value.length === 0) {
      yield indented(value, '  ')
      continue
    }
    yield '['
    for (const [index, item] of value.entries()) yield `${index === 0 ? '' : ','}\n    ${indented(item, '    ')}`
    yield '\n  ]'
  }
  yield '\n}\n'
}

/** Line ends stand between tokens only: inside of strings they are escaped. */
function indented(value: unknown, by: string): string {
  return jsonText(value, 2).replaceAll('\n', `\n${by}`)
}
