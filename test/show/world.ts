import { noGit } from '../no-git.ts'
import { type ShowDocument, ShowDocumentSchema } from '../../src/show/document.ts'
import { json } from '../../src/report/json.ts'
import { markdown } from '../../src/show/output/markdown.ts'
import { table } from '../../src/show/output/table.ts'
import type { View } from '../../src/report/reporter.ts'
import { show, type ShowOptions } from '../../src/show/show.ts'
import type { Tree } from '../records/tree.ts'
import { type Content, filesOf, HOME, memoryFiles, noProcesses, NOW, optionsFor } from '../hostile/world.ts'

export const VIEW: View = { columns: 80, colorLevel: 0, all: false, verbose: false, timeZone: 'UTC', now: NOW }
export const AGENT = 'a0000000000000001'

/** What `show` says of an id in a story; it must be what its schema accepts, also after a trip through JSON. */
export async function shown(
  tree: Tree | ReadonlyMap<string, Content>,
  id: string,
  change: Partial<ShowOptions> = {},
): Promise<ShowDocument> {
  const files = memoryFiles('files' in tree ? filesOf(tree) : tree)
  const document = await show({ ...optionsFor(HOME, { timeZone: 'UTC' }), id, ...change }, { files, processes: noProcesses, git: noGit })
  return ShowDocumentSchema.parse(JSON.parse(JSON.stringify(document)))
}

export function screenOf(document: ShowDocument, change: Partial<View> = {}): string {
  return [...table.render(document, { ...VIEW, ...change })].join('')
}

export function pageOf(document: ShowDocument): string {
  return [...markdown.render(document, VIEW)].join('')
}

export function jsonOf(document: ShowDocument): string {
  return [...json.render(document, VIEW)].join('')
}
