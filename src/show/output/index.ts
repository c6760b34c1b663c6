import { REPORTERS } from '../../report/index.ts'
import type { Reporter } from '../../report/reporter.ts'
import type { ShowDocument } from '../document.ts'

/** The formats of `show`, each loaded only when it is asked for. */
export const SHOW_REPORTERS = {
  table: async () => (await import('./table.ts')).table,
  json: REPORTERS.json,
  markdown: async () => (await import('./markdown.ts')).markdown,
} as const satisfies Record<string, () => Promise<Reporter<ShowDocument>>>

/** The name of a format that `show` has. */
export type ShowFormat = keyof typeof SHOW_REPORTERS

/** The names of the formats, in the order in which `--help` lists them. */
export const SHOW_FORMATS = Object.keys(SHOW_REPORTERS) as readonly ShowFormat[]
