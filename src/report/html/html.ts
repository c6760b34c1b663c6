import type { Reporter } from '../reporter.ts'
import { composePage } from './compose-page.ts'
import { pageParts } from './document.ts'

/** One page with everything in it, to look at in a browser: it asks no network for anything. */
export const htmlPage: Reporter = {
  name: 'html',
  mediaType: 'text/html',
  *render(report, view) {
    yield* pageParts(report, view, composePage(report, view))
  },
}
