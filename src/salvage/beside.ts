import { type Files, FileUnavailable } from '../ports/host.ts'
import type { Sidecar } from '../facts/run.ts'
import { isPlainId } from '../text/plain.ts'
import type { Source } from '../clients/client.ts'
import { plainPath } from './place.ts'
import type { History } from './read-history.ts'
import { textOf } from './text.ts'
import { keyOfPath } from '../text/path.ts'

const MAX_COPY_BYTES = 16 * 2 ** 20
const MAX_SIDECAR_BYTES = 2 ** 20

/** What the sidecar of a transcript says. */
export async function readSidecarOf(source: Source, sources: readonly Source[], files: Files): Promise<Sidecar | null> {
  const beside = sources.find(({ client, of, path }) => of.role === 'sidecar' && client.transcriptBeside(path) === source.path)
  if (beside === undefined) return null
  try {
    return beside.client.readSidecar(JSON.parse(await files.readText(beside.path, MAX_SIDECAR_BYTES)), beside.path) ?? null
  } catch (error) {
    if (error instanceof FileUnavailable || error instanceof SyntaxError) return null
    throw error
  }
}

/** Names of outputs that were moved out of the transcript. */
export function listMovedOutputs({ actions }: History): readonly string[] {
  return actions.flatMap((action) => (action.kind === 'result' ? (action.spilledTo ?? []) : []))
}

/** Texts that the client put beside the transcripts; only plain names below a folder of ours, whatever the transcript says of paths. */
export async function readMovedOutputs(
  source: Source,
  sessionId: string | null,
  kind: 'outputs' | 'copies',
  names: readonly string[],
  files: Files,
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>()
  if (!isPlainId(sessionId)) return texts
  const folders = source.client.foldersBeside(source, sessionId, kind)
  for (const name of new Set(names)) {
    if (!/^[\w@-][\w.@-]{0,200}$/.test(name)) continue
    for (const folder of folders) {
      const bytes = await readBytes(`${folder}/${name}`, MAX_COPY_BYTES, files)
      const text = bytes === null ? null : textOf(bytes)
      if (text !== null) texts.set(name, text)
      if (bytes !== null) break
    }
  }
  return texts
}

/** All bytes of a file; null: it cannot be had, or is larger. */
export async function readBytes(path: string, maxBytes: number, files: Files): Promise<Uint8Array | null> {
  try {
    const file = await files.open(path)
    try {
      if (file.facts.bytes > maxBytes) return null
      const whole = new Uint8Array(file.facts.bytes)
      let at = 0
      for await (const chunk of file.chunks()) {
        whole.set(chunk, at)
        at += chunk.length
      }
      return at === whole.length ? whole : null
    } finally {
      await file.close()
    }
  } catch (error) {
    if (error instanceof FileUnavailable) return null
    throw error
  }
}

/** Copies that the main thread's client kept of files, by file. */
export function copiesByPath(history: History | null, copies: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const action of history?.actions ?? []) {
    const text = action.kind === 'backup' && action.name !== null ? copies.get(action.name) : undefined
    if (action.kind !== 'backup' || text === undefined) continue
    const key = keyOfPath(plainPath(action.path, action.cwd ?? history?.cwd ?? null))
    const known = found.get(key) ?? []
    if (!known.includes(text)) found.set(key, [...known, text])
  }
  return found
}
