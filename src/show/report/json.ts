import { jsonText } from '../../report/json-text.ts'
import type { AutopsyReporter } from './reporter.ts'

/** The autopsy itself, for other programs: the whole timeline, the whole receipt. */
export const json: AutopsyReporter = {
  name: 'json',
  mediaType: 'application/json',
  *render(autopsy) {
    yield `${jsonText(autopsy, 2)}\n`
  },
}
