import { jsonText } from './json-text.ts'
import type { Reporter } from './reporter.ts'

/** So many entries of a list are written at once. */
const AT_ONCE = 8

/** The data itself: the format that other programs read, and that `render` takes a report back from. */
export const json: Reporter<Readonly<Record<string, unknown>>> = {
  name: 'json',
  mediaType: 'application/json',
  render: parts,
}

/** As `JSON.stringify` writes it with two spaces, but no list as a whole. */
function* parts(data: Readonly<Record<string, unknown>>): Iterable<string> {
  let before = '{\n'
  for (const [key, value] of Object.entries(data)) {
    if (value === undefined) continue
    yield before
    before = ',\n'
    if (!Array.isArray(value) || value.length === 0) {
      yield within(jsonText({ [key]: value }, 2), '{\n', '\n}')
      continue
    }
    const begins = `{\n  ${jsonText(key)}: [\n`
    yield begins.slice(2)
    for (let at = 0; at < value.length; at += AT_ONCE) {
      if (at > 0) yield ',\n'
      yield within(jsonText({ [key]: value.slice(at, at + AT_ONCE) }, 2), begins, '\n  ]\n}')
    }
    yield '\n  ]'
  }
  yield '\n}\n'
}

/** The text between the first and the last characters: it is indented already as it has to be. */
function within(text: string, begins: string, ends: string): string {
  return text.slice(begins.length, text.length - ends.length)
}
