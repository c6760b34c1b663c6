import { dirname } from 'node:path'
import type { Client, DocumentPart, SourcePlace, SplitDocument } from '../clients/client.ts'
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
    const part = (await readDocument(source, files)).parts[source.part]
    const records = part === undefined ? [] : await recordsOf(part, source.path, files)
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

interface ReadDocument {
  readonly state: string
  readonly document: SplitDocument
}

const NO_DOCUMENT: SplitDocument = { parts: [], problems: ['the file is JSON, but none of its product’s documents'] }

/** The document that was taken apart last: its agents are read one after the other, and each would take all of it apart again. */
const latest = new WeakMap<Files, ReadDocument>()

/** The transcripts of a document, and what of it could not be read. Throws `FileUnavailable`. */
export async function readDocument(
  { client, path }: { readonly client: Client; readonly path: string },
  files: Files,
): Promise<SplitDocument> {
  const { bytes, modifiedAt, identity, stamp } = await files.facts(path)
  const state = JSON.stringify([client.id, path, bytes, modifiedAt, identity, stamp])
  const known = latest.get(files)
  if (known?.state === state) return known.document
  const document = client.splitDocument(parseDocument(path, await files.readText(path, MAX_DOCUMENT_BYTES, REGULAR))) ?? NO_DOCUMENT
  latest.set(files, { state, document })
  return document
}

/** The records of one transcript of a document, with all that the file beside it holds of it. */
async function recordsOf({ records, beside }: DocumentPart, path: string, files: Files): Promise<readonly unknown[]> {
  if (beside === undefined) return records
  let text: string
  try {
    text = await files.readText(`${dirname(path)}/${beside.path}`, MAX_DOCUMENT_BYTES)
  } catch (error) {
    if (!(error instanceof FileUnavailable)) throw error
    // Most have none, and the document has the end of it.
    return records
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return beside.join(lines.map(parseLine)) ?? records
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
