import { NothingToScan, type TreeOptions } from './analyze-options.ts'
import type { Client } from '../clients/client.ts'
import { clients as KNOWN_CLIENTS } from '../clients/index.ts'
import type { Run } from '../facts/run.ts'
import type { Heard, Owners } from '../facts/session.ts'
import type { ReadIssue } from '../facts/source.ts'
import { type Files, FileUnavailable, type Host } from '../ports/host.ts'
import { diagnose } from '../reasons/diagnose.ts'
import { REASONS } from '../reasons/index.ts'
import type { Judged, JudgedSession } from '../reasons/judged.ts'
import { type Discovery, discoverSources } from '../transcript/discover-sources.ts'
import { type Linked, link } from '../transcript/link.ts'
import { readOwners } from '../transcript/read-owners.ts'
import { readTree, type Tree } from '../transcript/read-tree.ts'
import type { TreeReading } from '../transcript/read-transcripts.ts'
import { RunCache } from '../transcript/run-cache.ts'
import { joinDiscoveries, joinSelections, joinTrees, meetFolders } from '../transcript/met-folders.ts'
import { isTranscript, resolveLegacySessions, type Selection, selectSources } from '../transcript/select-sources.ts'

/** What else a scan may be given: tests read every line, or bring clients of their own; a client may say what it has not written yet. */
export type ScanMeans = Pick<TreeReading, 'plain'> & { readonly clients?: readonly Client[]; readonly heard?: Heard }

export type OwnersByClient = ReadonlyMap<string, Owners>

/** Everything that was read, and how each run ended. */
export interface JudgedTree {
  /** What was listed, read or not. */
  readonly found: Discovery
  readonly agentIds: () => ReadonlySet<string>
  readonly selection: Selection
  readonly linked: Linked
  readonly sessions: readonly JudgedSession[]
  readonly owners: OwnersByClient
  /** What could not be read of the transcripts. */
  readonly issues: readonly ReadIssue[]
  readonly bytesRead: number
}

/** The clients whose transcripts are read. */
export function selectClients({ client }: Pick<TreeOptions, 'client'>, { clients = KNOWN_CLIENTS }: ScanMeans): readonly Client[] {
  return client === undefined ? clients : clients.filter(({ id }) => id === client)
}

/** The places to look at: of those that nobody named, the ones that are there. Few have every product. */
async function dropAbsent({ roots, usualRoots = [] }: TreeOptions, files: Files): Promise<readonly string[]> {
  if (roots.length < 2 || !roots.every((root) => usualRoots.includes(root))) return roots
  const present = await Promise.all(roots.map(async (root) => await isThere(root, files)))
  const kept = roots.filter((_, index) => present[index])
  return kept.length === 0 ? roots : kept
}

/** Whatever cannot be looked at for another reason is there, and is told of. */
async function isThere(path: string, files: Files): Promise<boolean> {
  try {
    await files.facts(path)
    return true
  } catch (error) {
    if (!(error instanceof FileUnavailable)) throw error
    return error.code !== 'ENOENT'
  }
}

/** What is there, what it says, who owns it, how each run ended. Throws `NothingToScan`. */
export async function judgeTree(
  options: TreeOptions,
  host: Pick<Host, 'files' | 'processes' | 'progress' | 'cache'>,
  how: ScanMeans = {},
): Promise<JudgedTree> {
  const { files } = host
  const clients = selectClients(options, how)
  const roots = await dropAbsent(options, files)
  // A cache forgets what no longer exists, and overlapping roots may tell the session of one file twice, and differently.
  const narrow = host.cache === undefined && roots.length === 1 ? options : { since: null, session: null }
  const found = await discoverSources(roots, clients, files, narrow)
  const cache = await cacheOf(host, options)
  const read = { cache, progress: host.progress, ...(how.plain !== undefined && { plain: how.plain }) }
  const named = await readNamed(found, options, files, read)
  const met = await meetOthers(named.tree, found, clients, options, files, how, read)
  const all = met === null ? found : joinDiscoveries(found, met)
  const isEmpty = !all.sources.some(isTranscript) && !all.others.some(isTranscript)
  // What could not be read is told as such, and not as if nothing were there.
  if (all.roots.length === 0 || (isEmpty && all.issues.length === 0)) throw new NothingToScan(options.roots)
  const beside = met === null ? null : await readNamed(met, options, files, read)
  const change = cache?.changeOf(all.roots, all.sources) ?? null
  if (change !== null) await host.cache?.write(change)
  const selection = beside === null ? named.selection : joinSelections(named.selection, beside.selection)
  const tree = beside === null ? named.tree : joinTrees(named.tree, beside.tree)
  const agentIds = agentIdsOf(all)
  const { linked, owners } = await linkTree(tree, all.roots, agentIds, options, host, how)
  const detectors = new Map(
    clients.map(({ id, unrecordedReasons }) => [id, REASONS.filter(({ name }) => !unrecordedReasons.includes(name))]),
  )
  const judge = (run: Run | null): Judged | null => {
    const context = run === null ? undefined : linked.contexts.get(run)
    return run === null || context === undefined ? null : { run, context, diagnosis: diagnose(run, context, detectors.get(run.format)) }
  }
  const sessions = linked.sessions.map((session) => ({
    session,
    main: judge(session.main),
    agents: session.agents.flatMap((run) => judge(run) ?? []),
  }))
  return {
    found: all,
    agentIds,
    selection,
    linked,
    sessions,
    owners,
    issues: [...tree.issues, ...linked.issues],
    bytesRead: tree.bytesRead,
  }
}

/** The ids of all agents that have a transcript, read or not; listed when they are asked for, since there may be a hundred thousand. */
function agentIdsOf({ sources, others }: Discovery): () => ReadonlySet<string> {
  let ids: Set<string> | undefined
  return () => {
    if (ids !== undefined) return ids
    ids = new Set()
    for (const places of [sources, others]) for (const { of } of places) if (of.role === 'agent') ids.add(of.agentId)
    return ids
  }
}

/**
 * What the clients keep in the folders that transcripts name; null: nothing. Where one client alone is wanted, those of the others still say
 * where to look. A hook answers about one agent or one session within seconds, and looks nowhere else.
 */
async function meetOthers(
  tree: Tree,
  found: Discovery,
  clients: readonly Client[],
  options: TreeOptions,
  files: Files,
  how: ScanMeans,
  read: TreeReading,
): Promise<Discovery | null> {
  if (options.onlyAgents !== undefined || how.heard !== undefined || clients.every(({ places }) => places.length === 0)) return null
  const trees = [tree]
  const guides = selectClients({}, how).filter((client) => !clients.includes(client))
  if (guides.length > 0) {
    const others = await discoverSources(found.roots, guides, files)
    trees.push((await readNamed(others, { ...options, session: null }, files, read)).tree)
  }
  return await meetFolders(trees, found.roots, clients, files)
}

/** What has to be read of what was found, and what it says. */
async function readNamed(
  found: Discovery,
  options: TreeOptions,
  files: Files,
  read: TreeReading,
): Promise<{ readonly selection: Selection; readonly tree: Tree }> {
  const sources = await resolveLegacySessions(found.sources, options, files, options.timeZone, found.others)
  const selection = selectSources(sources, options, found.others)
  return { selection, tree: await readTree(selection.sources, files, options.timeZone, read) }
}

/** What the sources say, joined. The facts of the single transcripts end here: there may be a hundred thousand. */
async function linkTree(
  tree: Tree,
  roots: readonly string[],
  agentIds: () => ReadonlySet<string>,
  options: TreeOptions,
  { files, processes }: Pick<Host, 'files' | 'processes'>,
  { heard }: ScanMeans,
): Promise<{ readonly linked: Linked; readonly owners: OwnersByClient }> {
  const owners = await readOwners(tree, roots, { files, processes })
  return { linked: link(tree, owners, options.now, agentIds, heard), owners }
}

/** Undefined where no cache was asked for. */
async function cacheOf({ cache, files }: Pick<Host, 'cache' | 'files'>, options: TreeOptions): Promise<RunCache | undefined> {
  if (cache === undefined) return undefined
  const { toolVersion, timeZone, now } = options
  return await RunCache.read({ path: cache.path, toolVersion, timeZone, now }, files)
}
