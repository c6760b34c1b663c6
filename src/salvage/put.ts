import type { Host } from '../ports/host.ts'
import type { Handle, Refusal, SalvagedAgent, SalvagedFile } from './manifest.ts'
import { compare } from '../text/order.ts'
import { excerptOf, redactSecrets } from '../text/redact.ts'
import { comparisonOf, inGitOf, onDisk, secretsOf } from './compare.ts'
import { formatFilePatch, type PatchedFile } from './patch.ts'
import { partsDocument } from './parts-document.ts'
import { placeOf, type Rebuilt } from './rebuild.ts'
import type { Replayed } from './replay.ts'
import { refusalOf, TreeNames } from './safe-path.ts'
import type { Store, Stored } from './store.ts'
import type { PlacedCall } from './timeline.ts'

/** Writes what was rebuilt of one agent, and tells what became of it. */
export async function put(
  rebuilt: Rebuilt,
  own: readonly string[],
  store: Store,
  tree: boolean,
  { files }: Pick<Host, 'files'>,
): Promise<SalvagedAgent> {
  const { target, history, sidecar, root, folder, places } = rebuilt
  const names = new TreeNames()
  const patched: PatchedFile[] = []
  const told: SalvagedFile[] = []
  const failed: SalvagedAgent['failedCalls'] = []
  const width = Math.max(4, String(rebuilt.files.length).length)
  for (const file of rebuilt.files) {
    const { timeline, replayed, relative, before } = file
    const calls = timeline.calls.map((call) => handleOf(call, replayed))
    const path = redactSecrets(timeline.path)
    if (calls.every(({ outcome }) => outcome === 'failed')) {
      failed.push(...calls.map((call) => ({ ...call, file: path })))
      continue
    }
    const done = timeline.calls.filter(({ call }) => replayed.outcomes.get(call.id) !== 'failed')
    const seq = told.length + 1
    const name =
      (place: string, ending = '') =>
      (sha256: string) => [...own, place, `${String(seq).padStart(width, '0')}-${sha256.slice(0, 12)}${ending}`]
    const refused: Refusal | null = !tree || replayed.text === null ? null : relative === null ? 'outside' : refusalOf(relative)
    const inTree = tree && refused === null && replayed.text !== null && relative !== null
    const stored = await storeFile(
      timeline.path,
      replayed,
      store,
      inTree ? () => [...own, 'tree', ...names.place(relative)] : name('files'),
      name('parts', '.parts.txt'),
    )
    const disk = await onDisk(timeline.path, folder, files)
    const alternatives: SalvagedFile['alternatives'] = []
    for (const { why, text, doubts } of replayed.alternatives) {
      const copy = await store.put(text, name('alternatives', `-${alternatives.length + 1}`))
      alternatives.push({ why, doubts: [...doubts], ...copy, onDisk: typeof disk === 'object' && disk.sha256 === copy.sha256 })
    }
    // What stands in the patch has to lie where git would put it.
    const inPatch =
      replayed.text !== null && relative !== null && refusalOf(relative) === null && before !== undefined && before !== replayed.text
    if (inPatch) patched.push({ path: relative, before, after: replayed.text })
    const text = replayed.text
    told.push({
      seq,
      path,
      relative: relative === null ? null : redactSecrets(relative),
      certainty: replayed.certainty,
      sure: text !== null && (replayed.certainty === 'whole' || replayed.certainty === 'replayed') && replayed.doubts.length === 0,
      doubts: [...replayed.doubts],
      base: {
        kind: replayed.base.kind,
        commit: replayed.base.kind === 'git' ? places.base : null,
        where: replayed.base.where === null ? null : placeOf(replayed.base.where),
      },
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
      inGit: inGitOf(text, file.tip),
      secrets: secretsOf(timeline.path, text),
      notDone: [...replayed.notDone],
    })
  }
  const patch = await putPatch(patched, own, store)
  if (patch === null || patch.stored === null) for (const file of told) file.inPatch = false
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
    files: told,
    failedCalls: failed,
    unreadCalls: rebuilt.unread,
    commands: [...rebuilt.commands],
    readIssues: [...rebuilt.issues],
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
