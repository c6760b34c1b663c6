import { type Host, type OutputFolder, OutputRefused } from '../ports/host.ts'
import { SALVAGE_VERSION, type SalvagedAgent, type SalvagedFile, type SalvageManifest } from './manifest.ts'
import { jsonText } from '../report/json-text.ts'
import { writeRebuiltFiles } from './write-rebuilt.ts'
import { type History, readHistory } from './read-history.ts'
import { rebuild } from './rebuild.ts'
import { LIMITS, Store, type StoreLimits } from './store.ts'
import { type Target, targetsOf } from './targets.ts'
import { discoverSources } from '../transcript/discover-sources.ts'
import type { Source } from '../clients/client.ts'
import { clients } from '../clients/index.ts'

export { NoSuchTarget } from './targets.ts'

/** What to rebuild, and how. */
export interface SalvageOptions {
  readonly roots: readonly string[]
  /** The beginning of the id of an agent, a session or a workflow run. */
  readonly target: string
  /** The beginning of a session's id, where an agent's alone is not enough. */
  readonly session: string | null
  readonly tree: boolean
  /** False: git is not asked at all. */
  readonly git: boolean
  /** IANA zone of times that a text gives without one. */
  readonly timeZone: string
  readonly toolVersion: string
  readonly limits?: StoreLimits
}

/** What was rebuilt. `manifestRefused`: the code of the error that kept `manifest.json` from being written. */
export interface Salvage {
  readonly manifest: SalvageManifest
  readonly manifestRefused: string | null
}

/** Nothing of the product's files is read, so that whether an agent wrote any would be a guess. */
export class CannotRebuild extends Error {}

/**
 * Rebuilds what an agent wrote and edited, from its transcript, below a folder that `open` makes once the first of them was read.
 * Nothing else is written anywhere.
 */
export async function salvage(
  options: SalvageOptions,
  host: Pick<Host, 'files' | 'git'>,
  open: () => Promise<OutputFolder>,
): Promise<Salvage> {
  const { files } = host
  const found = await discoverSources(options.roots, clients, files)
  const targets = await targetsOf(options, found, files)
  const [unread] = targets.flatMap(({ sources }) => sources.filter(({ client }) => client.fileActions === null))
  if (unread !== undefined) throw new CannotRebuild(`files that agents of ${unread.client.name} wrote cannot be rebuilt`)
  const mains = new Map<string, Promise<History>>()
  const historyOf = (source: Source): Promise<History> => {
    // A main thread is asked for all of its agents; of an agent's files nothing is kept once they are written.
    const known = mains.get(source.path)
    if (known !== undefined) return known
    const history = readHistory(source, files, options.timeZone)
    if (source.of.role === 'main') mains.set(source.path, history)
    return history
  }
  let folder: OutputFolder | undefined
  let store: Store | undefined
  const agents: SalvagedAgent[] = []
  for (const [at, target] of targets.entries()) {
    const rebuilt = await rebuild(target, found.sources, historyOf, options, host)
    folder ??= await open()
    store ??= new Store(folder, options.limits ?? LIMITS)
    agents.push(await writeRebuiltFiles(rebuilt, targets.length === 1 ? [] : [folderOf(target, at)], store, options.tree, host))
  }
  folder ??= await open()
  const manifest: SalvageManifest = {
    formatVersion: SALVAGE_VERSION,
    tool: { name: 'agent-forensics', version: options.toolVersion },
    complete: agents.every(isComplete),
    out: folder.path,
    layout: options.tree ? 'tree' : 'flat',
    agents,
  }
  const manifestRefused = await writeManifest(manifest, folder)
  folder.finish()
  return { manifest, manifestRefused }
}

/** Last of all, so that it tells what became of the others. */
async function writeManifest(manifest: SalvageManifest, folder: OutputFolder): Promise<string | null> {
  try {
    await folder.write(['manifest.json'], new TextEncoder().encode(`${jsonText(manifest, 2)}\n`))
    return null
  } catch (error) {
    if (error instanceof OutputRefused) return error.code
    throw error
  }
}

function isComplete({ files, unreadCalls, readIssues }: SalvagedAgent): boolean {
  return readIssues.length === 0 && unreadCalls.length === 0 && files.every(isWhole)
}

function isWhole(file: SalvagedFile): boolean {
  return file.storedAs === 'file' && file.stored !== null && file.notDone.length === 0
}

/** Ids come from names of files, and letter case may not tell folders apart. */
function folderOf({ agentId }: Target, at: number): string {
  if (agentId === null) return 'main'
  return /^[a-z0-9_-]{1,128}$/.test(agentId) ? `agent-${agentId}` : `agent~${at}`
}
