import type { AutopsyReporter } from './reporter.ts'

/** The formats of `show`, each loaded only when it is asked for. */
export const AUTOPSY_REPORTERS = {
  table: async () => (await import('./table.ts')).table,
  json: async () => (await import('./json.ts')).json,
  markdown: async () => (await import('./markdown.ts')).markdown,
} as const satisfies Record<string, () => Promise<AutopsyReporter>>

/** The name of a format that `show` has. */
export type AutopsyFormat = keyof typeof AUTOPSY_REPORTERS

/** The names of the formats, in the order in which `--help` lists them. */
export const AUTOPSY_FORMATS = Object.keys(AUTOPSY_REPORTERS) as readonly AutopsyFormat[]
