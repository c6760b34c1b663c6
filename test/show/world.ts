import { noGit } from '../no-git.ts'
import { type Autopsy, AutopsySchema } from '../../src/show/autopsy.ts'
import { json } from '../../src/show/report/json.ts'
import { markdown } from '../../src/show/report/markdown.ts'
import { table } from '../../src/show/report/table.ts'
import type { View } from '../../src/report/reporter.ts'
import { show, type ShowOptions } from '../../src/show/show.ts'
import type { Tree } from '../fixtures/tree.ts'
import { type Content, filesOf, HOME, memoryFiles, noProcesses, NOW, optionsFor } from '../hostile/world.ts'

export const VIEW: View = { columns: 80, colorLevel: 0, all: false, verbose: false, timeZone: 'UTC', now: NOW }
export const AGENT = 'a0000000000000001'

/** What `show` says of an id in a story; it must be what its schema accepts, also after a trip through JSON. */
export async function shown(tree: Tree | ReadonlyMap<string, Content>, id: string, change: Partial<ShowOptions> = {}): Promise<Autopsy> {
  const files = memoryFiles('files' in tree ? filesOf(tree) : tree)
  const autopsy = await show({ ...optionsFor(HOME, { timeZone: 'UTC' }), id, ...change }, { files, processes: noProcesses, git: noGit })
  return AutopsySchema.parse(JSON.parse(JSON.stringify(autopsy)))
}

export function screenOf(autopsy: Autopsy, change: Partial<View> = {}): string {
  return [...table.render(autopsy, { ...VIEW, ...change })].join('')
}

export function pageOf(autopsy: Autopsy): string {
  return [...markdown.render(autopsy, VIEW)].join('')
}

export function jsonOf(autopsy: Autopsy): string {
  return [...json.render(autopsy, VIEW)].join('')
}
