import type { AnalyzeOptions } from '../src/scan/analyze-options.ts'

/** Everything below the roots, unbounded and without git, but for what a test says. */
export function analyzeOptions(said: Pick<AnalyzeOptions, 'roots' | 'now'> & Partial<AnalyzeOptions>): AnalyzeOptions {
  return {
    timeZone: 'UTC',
    since: null,
    until: null,
    project: null,
    session: null,
    agent: null,
    reasons: [],
    excerpts: true,
    git: false,
    offline: true,
    toolVersion: '0.0.0',
    ...said,
  }
}
