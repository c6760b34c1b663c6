import { jsonText } from './json-text.ts'
import type { Reporter } from './reporter.ts'

/** The report itself: the format that other programs read, and that `render` takes back. */
export const json: Reporter = {
  name: 'json',
  mediaType: 'application/json',
  *render(report) {
    yield `${jsonText(report, 2)}\n`
  },
}
