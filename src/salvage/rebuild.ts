import type { Host } from '../ports/host.ts'
import type { Sidecar } from '../facts/run.ts'
import type { SalvagedAgent, SalvagedCommand } from './manifest.ts'
import type { ReadIssue, SourceLocation } from '../facts/source.ts'
import { excerptOf, redactSecrets } from '../text/redact.ts'
import type { Source } from '../clients/client.ts'
import { worktreeOf } from '../transcript/make-run.ts'
import { copiesByPath, listMovedOutputs, readMovedOutputs, readSidecarOf } from './beside.ts'
import { type FolderOfAgent, folderOf } from './compare.ts'
import { type Blobs, blobsOf, type GitFile, NO_GIT, type Places, placesIn } from './in-git.ts'
import { plainPath } from './place.ts'
import { type History, joinHistories } from './read-history.ts'
import { type KnownBase, type Replayed, replay } from './replay.ts'
import { NoSuchTarget, type Target } from './targets.ts'
import { type FileTimeline, timelinesOf } from './timeline.ts'
import { keyOfPath, pathBelow } from '../text/path.ts'

/** What is known of one agent's files, before anything is written. */
export interface Rebuilt {
  readonly target: Target
  readonly history: History
  readonly sidecar: Sidecar | null
  readonly root: string | null
  readonly folder: FolderOfAgent
  readonly places: Places
  readonly files: readonly RebuiltFile[]
  readonly commands: readonly SalvagedCommand[]
  readonly unread: SalvagedAgent['unreadCalls']
  readonly issues: readonly ReadIssue[]
}

/** One file of it. */
export interface RebuiltFile {
  readonly timeline: FileTimeline
  readonly replayed: Replayed
  readonly relative: string | null
  readonly before: string | null | undefined
  readonly tip: string | null | undefined
}

/** Rebuilds what one agent did to files. Reads, and changes nothing. */
export async function rebuild(
  target: Target,
  sources: readonly Source[],
  historyOf: (source: Source) => Promise<History>,
  options: { readonly git: boolean },
  { files, git }: Pick<Host, 'files' | 'git'>,
): Promise<Rebuilt> {
  const own: History[] = []
  for (const source of target.sources) own.push(await historyOf(source))
  refuseTwoAgents(target.agentId ?? '', own)
  const history = joinHistories(own)
  const [source] = target.sources.slice(-1)
  if (source === undefined) throw new Error('a target without a transcript')
  const sessionId = ('sessionId' in source.of ? source.of.sessionId : null) ?? history.sessionId
  const main =
    target.agentId === null
      ? undefined
      : sources.find(({ of }) => of.role === 'main' && of.sessionId !== null && of.sessionId === sessionId)
  const mainHistory = main === undefined ? null : await historyOf(main)
  const issues: ReadIssue[] = [...history.issues]
  const sidecar = await readSidecarOf(source, sources, files)
  const cwd = history.cwd ?? mainHistory?.cwd ?? null
  const { client } = source
  const worktreePath = sidecar?.worktreePath ?? worktreeOf(history.lastCwd, client.worktrees) ?? worktreeOf(cwd, client.worktrees)

  const spills = await readMovedOutputs(source, sessionId, 'outputs', listMovedOutputs(history), files)
  const copies = await readMovedOutputs(source, sessionId, 'copies', [...copiesOf(history), ...copiesOf(mainHistory)], files)
  const { files: timelines, commands, unread } = timelinesOf(history.actions, cwd, spills, copies)

  const wanted = worktreePath ?? cwd
  const places =
    options.git && wanted !== null
      ? await placesIn(git, wanted, { client, worktreePath, agentId: target.agentId, sidecar, startedAt: history.startedAt })
      : NO_GIT
  const root = worktreePath ?? places.repository?.worktreePath ?? wanted
  const plainRoot = root === null ? null : plainPath(root, null)
  const relatives = timelines.map(({ path }) => (plainRoot === null ? null : pathBelow(path, plainRoot)))
  const blobs = await blobsOf(
    git,
    places,
    relatives.flatMap((path) => path ?? []),
  )
  const backups = copiesByPath(mainHistory, copies)
  return {
    target,
    history: { ...history, sessionId },
    sidecar,
    root,
    folder: await folderOf(root, files),
    places: { ...places, unavailable: places.unavailable ?? blobs.unavailable },
    files: timelines.map((timeline, at) => {
      const kept = { copies: backups.get(keyOfPath(timeline.path)) ?? [], rulesOf: (version: string | null) => client.fileRules(version) }
      return rebuildFile(timeline, relatives[at] ?? null, places, blobs, kept)
    }),
    commands: commands.map(({ where, command, touches, names }) => ({
      ...placeOf(where),
      command: excerptOf(command, 300),
      touches,
      names: names.map(redactSecrets),
    })),
    unread: unread.map(({ where, id, tool }) => ({ ...placeOf(where), tool: redactSecrets(tool).slice(0, 100), callId: id.slice(0, 200) })),
    issues,
  }
}

/** Ids of 7 digits (2.0.x) meet by chance: only copies of one conversation are one agent. */
function refuseTwoAgents(agentId: string, own: readonly History[]): void {
  const isOne = new Set(own.map(({ firstUuid }) => firstUuid)).size <= 1 || new Set(own.map(({ sessionId }) => sessionId)).size <= 1
  if (isOne || !/^[0-9a-f]{7,8}$/.test(agentId)) return
  throw new NoSuchTarget(
    agentId,
    own.map(({ sessionId }) => `${agentId} in session ${sessionId ?? '?'} (--session)`),
    [],
  )
}

function rebuildFile(
  timeline: FileTimeline,
  relative: string | null,
  { isFresh }: Places,
  blobs: Blobs,
  kept: Pick<KnownBase, 'copies' | 'rulesOf'>,
): RebuiltFile {
  const base = relative === null ? undefined : blobs.base?.get(relative)
  const isInGit = base?.text != null && !base.isLink
  const replayed = replay(timeline.events, {
    git: isInGit ? { text: base.text, isExact: isFresh && !base.lineEnds, isFiltered: base.filtered || base.lineEnds } : null,
    isNew: isFresh && relative !== null && blobs.base !== null && base === undefined,
    isForeign: base !== undefined && base.text === null,
    ...kept,
  })
  return { timeline, replayed, relative, before: beforeOf(relative, blobs, base, replayed), tip: tipOf(relative, blobs) }
}

/** The file of the tip; null: there is none; undefined: it is not compared, being a link or not UTF-8. */
function tipOf(relative: string | null, { tip }: Blobs): string | null | undefined {
  if (relative === null || tip === null) return undefined
  const file = tip.get(relative)
  if (file === undefined) return null
  return file.isLink ? undefined : (file.text ?? undefined)
}

/** What a patch begins with: the file of the base commit, else what the agent found; undefined: that is not known, or is no text. */
function beforeOf(relative: string | null, blobs: Blobs, base: GitFile | undefined, replayed: Replayed): string | null | undefined {
  if (base !== undefined) return base.isLink ? undefined : (base.text ?? undefined)
  if (blobs.base !== null && relative !== null) return null
  return replayed.before === '' ? null : replayed.before
}

/** Names of copies that the client kept. */
function copiesOf(history: History | null): readonly string[] {
  return (history?.actions ?? []).flatMap((action) => (action.kind === 'backup' ? (action.name ?? []) : []))
}

/** A place without its type's other fields. */
export function placeOf({ path, line, byteOffset }: SourceLocation): { path: string; line: number; byteOffset: number } {
  return { path, line, byteOffset }
}
