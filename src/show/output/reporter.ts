import type { ShowDocument } from '../document.ts'
import type { View } from '../../report/reporter.ts'

/** Turns a document into text; pure, as a reporter of reports is. */
export interface ShowReporter {
  readonly name: string
  readonly mediaType: string
  render(document: ShowDocument, view: View): Iterable<string>
}
