import { jsonText } from '../../report/json-text.ts'
import type { ShowReporter } from './reporter.ts'

/** The document itself, for other programs: the whole timeline, the whole receipt. */
export const json: ShowReporter = {
  name: 'json',
  mediaType: 'application/json',
  *render(document) {
    yield `${jsonText(document, 2)}\n`
  },
}
