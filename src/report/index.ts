import type { Reporter } from './reporter.ts'

/** The formats of a report, each loaded only when it is asked for. */
export const REPORTERS = {
  table: async () => (await import('./table.ts')).table,
  json: async () => (await import('./json.ts')).json,
  ndjson: async () => (await import('./ndjson.ts')).ndjson,
  markdown: async () => (await import('./markdown.ts')).markdown,
  html: async () => (await import('./html/html.ts')).htmlPage,
  github: async () => (await import('./ci/github.ts')).github,
  junit: async () => (await import('./ci/junit.ts')).junit,
  sarif: async () => (await import('./ci/sarif.ts')).sarif,
} as const satisfies Record<string, () => Promise<Reporter>>

/** The name of a format that this version has. */
export type Format = keyof typeof REPORTERS

/** The names of the formats, in the order in which `--help` lists them. */
export const FORMATS = Object.keys(REPORTERS) as readonly Format[]

/** What the format `table` is for each command that shows one; every other format has the whole report. */
export const TABLES = {
  scan: REPORTERS.table,
  worktrees: async () => (await import('./worktrees-table.ts')).worktreesTable,
  plan: async () => (await import('./plan-table.ts')).planTable,
} as const satisfies Record<string, () => Promise<Reporter>>

/** What the format `markdown` is for each of them. */
export const DOCUMENTS = {
  scan: REPORTERS.markdown,
  worktrees: REPORTERS.markdown,
  plan: async () => (await import('./plan-markdown.ts')).planMarkdown,
} as const satisfies Record<keyof typeof TABLES, () => Promise<Reporter>>

/** The commands whose table it is. */
export type TableOf = keyof typeof TABLES
