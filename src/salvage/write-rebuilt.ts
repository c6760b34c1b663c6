import type { Host } from '../ports/host.ts'
import type { Handle, Refusal, SalvagedAgent, SalvagedFile } from './manifest.ts'
import { compare } from '../text/order.ts'
import { excerptOf, redactSecrets } from '../text/redact.ts'
import { comparisonOf, inGitOf, onDisk, secretsOf } from './compare.ts'
import { formatFilePatch, type PatchedFile } from './patch.ts'
import { partsDocument } from './parts-document.ts'
import { placeOf, type Rebuilt, type RebuiltFile } from './rebuild.ts'
import type { Replayed } from './replay.ts'
import { refusalOf, TreeNames } from './safe-path.ts'
import type { Store, Stored } from './store.ts'
import type { PlacedCall } from './timeline.ts'

/** Where the files of one agent go. */
interface Destination {
  readonly own: readonly string[]
  readonly store: Store
  /** Whether files get their own paths below `tree`, and which of those are taken; null: they do not. */
  readonly tree: TreeNames | null
  /** Of the numbers that names begin with. */
  readonly width: number
}

/** Writes what was rebuilt of one agent, and tells what became of it. */
export async function writeRebuiltFiles(
  rebuilt: Rebuilt,
  own: readonly string[],
  store: Store,
  tree: boolean,
  { files }: Pick<Host, 'files'>,
): Promise<SalvagedAgent> {
  const { target, history, sidecar, root, folder, places } = rebuilt
  const width = Math.max(4, String(rebuilt.files.length).length)
  const destination: Destination = { own, store, tree: tree ? new TreeNames() : null, width }
  const patched: PatchedFile[] = []
  const written: SalvagedFile[] = []
  const failed: SalvagedAgent['failedCalls'] = []
  for (const file of rebuilt.files) {
    const calls = file.timeline.calls.map((call) => handleOf(call, file.replayed))
    if (calls.every(({ outcome }) => outcome === 'failed')) {
      failed.push(...calls.map((call) => ({ ...call, file: redactSecrets(file.timeline.path) })))
      continue
    }
    const disk = await onDisk(file.timeline.path, folder, files)
    const change = changeOf(file)
    if (change !== null) patched.push(change)
    const seq = written.length + 1
    const copies = await writeCopies(file, seq, disk, destination)
    written.push(describeFile(file, { ...copies, seq, calls, disk, commit: places.base, inPatch: change !== null }))
  }
  const patch = await putPatch(patched, own, store)
  if (patch === null || patch.stored === null) for (const file of written) file.inPatch = false
  return {
    agentId: target.agentId,
    sessionId: history.sessionId,
    description: sidecar?.description == null ? null : excerptOf(sidecar.description),
    clientVersion: history.clientVersion === null ? null : excerptOf(history.clientVersion, 40),
    transcripts: target.sources.map(({ path }) => path),
    folder: own.join('/'),
    root: root === null ? null : redactSecrets(root),
    rootExists: folder !== null && folder.real !== null,
    git: { repository: places.repository?.commonDir ?? null, base: places.base, tip: places.tip, unavailable: places.unavailable },
    patch: patch?.stored ?? null,
    files: written,
    failedCalls: failed,
    unreadCalls: rebuilt.unread,
    commands: [...rebuilt.commands],
    readIssues: [...rebuilt.issues],
  }
}

/** What stands in the patch: it has to lie where git would put it. */
function changeOf({ relative, before, replayed: { text } }: RebuiltFile): PatchedFile | null {
  if (text === null || relative === null || before === undefined || before === text || refusalOf(relative) !== null) return null
  return { path: relative, before, after: text }
}

type OnDisk = Awaited<ReturnType<typeof onDisk>>

/** What was written of one file, and where. */
interface Copies {
  readonly stored: Stored | null
  readonly refused: Refusal | null
  readonly alternatives: SalvagedFile['alternatives']
}

async function writeCopies(file: RebuiltFile, seq: number, disk: OnDisk, { own, store, tree, width }: Destination): Promise<Copies> {
  const { timeline, replayed, relative } = file
  const name =
    (place: string, ending = '') =>
    (sha256: string) => [...own, place, `${String(seq).padStart(width, '0')}-${sha256.slice(0, 12)}${ending}`]
  const refused = tree === null || replayed.text === null ? null : relative === null ? 'outside' : refusalOf(relative)
  const isInTree = tree !== null && refused === null && replayed.text !== null && relative !== null
  const asFile = isInTree ? () => [...own, 'tree', ...tree.place(relative)] : name('files')
  const stored = await storeFile(timeline.path, replayed, store, asFile, name('parts', '.parts.txt'))
  const alternatives: SalvagedFile['alternatives'] = []
  for (const { why, text, doubts } of replayed.alternatives) {
    const copy = await store.put(text, name('alternatives', `-${alternatives.length + 1}`))
    alternatives.push({ why, doubts: [...doubts], ...copy, onDisk: typeof disk === 'object' && disk.sha256 === copy.sha256 })
  }
  return { stored, refused, alternatives }
}

/** What became of one file besides. */
interface Written extends Copies {
  readonly seq: number
  readonly calls: Handle[]
  readonly disk: OnDisk
  /** The commit that it was rebuilt on. */
  readonly commit: string | null
  readonly inPatch: boolean
}

function describeFile({ timeline, replayed, relative, tip }: RebuiltFile, written: Written): SalvagedFile {
  const { seq, calls, disk, commit, inPatch, stored, refused, alternatives } = written
  const { text, certainty, doubts, base } = replayed
  const done = timeline.calls.filter(({ call }) => replayed.outcomes.get(call.id) !== 'failed')
  return {
    seq,
    path: redactSecrets(timeline.path),
    relative: relative === null ? null : redactSecrets(relative),
    certainty,
    sure: text !== null && (certainty === 'whole' || certainty === 'replayed') && doubts.length === 0,
    doubts: [...doubts],
    base: { kind: base.kind, commit: base.kind === 'git' ? commit : null, where: base.where === null ? null : placeOf(base.where) },
    storedAs: text !== null ? 'file' : stored === null ? 'nothing' : 'parts',
    ...(stored ?? { stored: null, notStored: null, bytes: 0, sha256: '' }),
    refused,
    mode: 'unknown',
    inPatch,
    writes: done.filter(({ call }) => call.change.kind === 'write').length,
    edits: done.filter(({ call }) => call.change.kind !== 'write').length,
    calls,
    alternatives,
    mayHaveChangedBy: replayed.commands.map(placeOf),
    onDisk: comparisonOf(text === null ? null : (stored?.sha256 ?? null), disk),
    inGit: inGitOf(text, tip),
    secrets: secretsOf(timeline.path, text),
    notDone: [...replayed.notDone],
  }
}

async function storeFile(
  path: string,
  replayed: Replayed,
  store: Store,
  asFile: (sha256: string) => readonly string[],
  asParts: (sha256: string) => readonly string[],
): Promise<Stored | null> {
  if (replayed.text !== null) return await store.put(replayed.text, asFile)
  if (replayed.pieces.known.length === 0 && replayed.loose.every(({ edits }) => edits.length === 0) && replayed.notDone.length === 0)
    return null
  return await store.put(partsDocument(path, replayed), asParts)
}

/** One patch of all files that can be in one; null: there is none. */
async function putPatch(patched: readonly PatchedFile[], own: readonly string[], store: Store): Promise<Stored | null> {
  const byPath = new Map(patched.map((file) => [file.path, file]))
  const text = [...byPath.values()]
    .toSorted((a, b) => compare(a.path, b.path))
    .map(formatFilePatch)
    .join('')
  return text === '' ? null : await store.put(text, () => [...own, 'salvage.patch'])
}

function handleOf({ call, where, result }: PlacedCall, { outcomes }: Replayed): Handle {
  return {
    ...placeOf(where),
    tool: call.tool,
    callId: call.id.slice(0, 200),
    outcome: outcomes.get(call.id) ?? 'not_replayed',
    answeredAt: result === null ? null : { line: result.where.line, byteOffset: result.where.byteOffset },
  }
}
