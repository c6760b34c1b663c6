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
  try {
    const document = parseDocument(source.path, await files.readText(source.path, MAX_DOCUMENT_BYTES, REGULAR))
    const records = source.client.splitDocument(document)?.[source.part]?.records ?? []
    const lines = Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(''))
    return {
      facts: { ...file.facts, bytes: lines.length },
      // What came to the document after it was opened may be anybody's.
      async bytesNow() {
        const now = await file.bytesNow()
        return now === null ? null : lines.length + now - file.facts.bytes
      },
      close: () => file.close(),
      async *chunks() {
        yield lines
      },
    }
  } catch (error) {
    await file.close()
    throw error
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
