import type { Autopsy } from '../autopsy.ts'
import type { View } from '../../report/reporter.ts'

/** Turns an autopsy into text; pure, as a reporter of reports is. */
export interface AutopsyReporter {
  readonly name: string
  readonly mediaType: string
  render(autopsy: Autopsy, view: View): Iterable<string>
}
