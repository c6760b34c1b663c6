import type { SourcePlace } from '../clients/client.ts'
import { type Files, FileUnavailable, type OpenFile } from '../ports/host.ts'

/** What a listing said of every source: it need not be looked at again before it is opened. */
export const REGULAR = { kind: 'file' } as const

/** A document is held in memory whole; whatever is larger is none. Bytes. */
export const MAX_DOCUMENT_BYTES = 64 * 1024 * 1024

/**
 * Opens a transcript. Of a document that holds many (`client.splitDocument`), it gives the lines of this one, each record as JSON: places
 * in it are numbered from its first record. Throws `FileUnavailable`.
 */
export async function openTranscript(source: SourcePlace, files: Files): Promise<OpenFile> {
  const file = await files.open(source.path, REGULAR)
  if (source.part === undefined) return file
  const { part, client } = source
  return {
    facts: file.facts,
    bytesNow: () => file.bytesNow(),
    close: () => file.close(),
    async *chunks() {
      const parts = client.splitDocument(parseDocument(source.path, await files.readText(source.path, MAX_DOCUMENT_BYTES, REGULAR)))
      for (const record of parts?.[part]?.records ?? []) yield Buffer.from(`${JSON.stringify(record)}\n`)
    },
  }
}

/** The text of a document as JSON. Throws `FileUnavailable` where it is none. */
export function parseDocument(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new FileUnavailable(path, 'not_json')
  }
}
