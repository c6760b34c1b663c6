import type { PathRole, Source, SourcePlace, SourceRole } from '../clients/client.ts'
import type { ReadIssue } from '../facts/source.ts'
import { type Files, FileUnavailable } from '../ports/host.ts'
import { parseDocument, readDocument, REGULAR } from './open-transcript.ts'
import { LineSplitter } from './read-lines.ts'
import { issueOf, unavailable } from './read-issues.ts'

/** A file as it was listed: what it holds may stand in the file itself. */
export type ListedPlace = Omit<SourcePlace, 'of'> & { readonly of: PathRole }
export type ListedSource = Omit<Source, 'of'> & { readonly of: PathRole }

/** A first line that says what a file holds is shorter than this. Bytes. */
const MAX_FIRST_LINE = 256 * 1024

/** Whether the path of a file alone says what it holds. */
export function isSettled<Place extends ListedPlace>(place: Place): place is Place & SourcePlace {
  return place.of.role !== 'by_first_line' && place.of.role !== 'document'
}

/** The sources, with what is said by a first line or a document taken from there. One that cannot be read becomes a read issue. */
export async function settleRoles(listed: readonly ListedSource[], files: Files, issues: ReadIssue[]): Promise<readonly Source[]> {
  const sources: Source[] = []
  for (const source of listed) {
    if (isSettled(source)) {
      sources.push(source)
      continue
    }
    try {
      sources.push(...(source.of.role === 'document' ? await splitSource(source, files, issues) : await settleByFirstLine(source, files)))
    } catch (error) {
      if (!(error instanceof FileUnavailable)) throw error
      issues.push(
        error.code === 'not_json' ? issueOf(source.path, 'malformed_json', 'the file is not JSON') : unavailable(source.path, error),
      )
    }
  }
  return inheritSessions(sources)
}

/** Whoever names its parent alone is of that one's session, where that one is here. */
function inheritSessions(sources: readonly Source[]): readonly Source[] {
  if (!sources.some(namesParentAlone)) return sources
  const byId = new Map(sources.flatMap(({ client, of }) => (of.role === 'agent' ? [[`${client.id}\n${of.agentId}`, of] as const] : [])))
  return sources.map((source) => {
    if (!namesParentAlone(source)) return source
    const { client, of } = source
    let above: typeof of | undefined = of
    const seen = new Set<typeof of>()
    while (above !== undefined && above.sessionId === null && !seen.has(above)) {
      seen.add(above)
      above = byId.get(`${client.id}\n${above.launch?.parentAgentId}`)
    }
    const sessionId = above?.sessionId ?? null
    return sessionId === null ? source : { ...source, of: { ...of, sessionId } }
  })
}

function namesParentAlone(source: Source): source is Source & { readonly of: Extract<SourceRole, { readonly role: 'agent' }> } {
  const { of } = source
  return of.role === 'agent' && of.sessionId === null && of.launch?.parentAgentId != null
}

async function settleByFirstLine(source: ListedSource, files: Files): Promise<readonly Source[]> {
  const file = await files.open(source.path, REGULAR)
  try {
    let first: string | undefined
    const splitter = new LineSplitter((line) => {
      if (line.kind === 'line') first ??= new TextDecoder().decode(line.bytes)
    })
    let bytes = 0
    for await (const chunk of file.chunks()) {
      splitter.push(chunk)
      bytes += chunk.length
      if (first !== undefined || bytes > MAX_FIRST_LINE) break
    }
    if (first === undefined && bytes <= MAX_FIRST_LINE) splitter.end()
    const of = source.client.roleOfFirstLine(parseDocument(source.path, first ?? ''))
    return of === undefined ? [] : [{ ...source, of }]
  } finally {
    await file.close()
  }
}

async function splitSource(source: ListedSource, files: Files, issues: ReadIssue[]): Promise<readonly Source[]> {
  const { parts, problems } = await readDocument(source, files)
  issues.push(...problems.map((detail) => issueOf(source.path, 'invalid_field', detail)))
  return parts.map(({ of }, part) => ({ ...source, of, part }))
}
