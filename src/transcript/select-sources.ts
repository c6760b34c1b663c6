import { type Files, FileUnavailable } from '../ports/host.ts'
import type { Source, SourcePlace, SourceRole } from '../clients/client.ts'
import { openTranscript } from './open-transcript.ts'
import { LineSplitter } from './read-lines.ts'
import type { RecordReader } from './read-records.ts'
import { TranscriptReader } from './read-run.ts'

export interface Selection {
  /** Transcripts among them are sources. */
  readonly sources: readonly (Source | SourcePlace)[]
  /** Transcripts among them. */
  readonly transcripts: number
  /** Transcripts that the time bounds left out. */
  readonly older: number
  /** The paths of those within the bounds: the others are read only because they explain them. */
  readonly within: ReadonlySet<string>
}

const LF = 0x0a

/** Bounds on what is read. Instants in milliseconds since the epoch. */
export interface Bounds {
  readonly since: number | null
  readonly until: number | null
  /** The beginning of a session's id. */
  readonly session: string | null
  /** Of all agents only these; absent: every one. */
  readonly onlyAgents?: ReadonlySet<string>
}

/**
 * Since when a file must have been written for more to matter than that it is there; Infinity: it need not even be looked at. A sidecar goes
 * with its transcript, files of another session than that which is asked for are known by their paths, and only old main threads explain others.
 */
export function mattersFrom(of: SourceRole, { since, session, onlyAgents }: Omit<Bounds, 'until'>): number {
  if (of.role === 'sidecar' || isLeftOut(of, onlyAgents)) return Number.POSITIVE_INFINITY
  if (session !== null)
    return of.sessionId === null || of.sessionId.startsWith(session) ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  return of.role === 'agent' && since !== null ? since : Number.NEGATIVE_INFINITY
}

/** Whether it is an agent whose path does not tell whether it is of the session that is asked for: its beginning may. */
export function tellsAtStart(of: SourceRole, { session, onlyAgents }: Omit<Bounds, 'until'>): boolean {
  return session !== null && of.role === 'agent' && of.sessionId === null && !isLeftOut(of, onlyAgents)
}

/**
 * What has to be read: the transcripts within the time bounds (by file time), and beside them the main transcript of every
 * session that has one, however old, since only a parent explains its children. `others`: what is only known to be there.
 */
export function selectSources(sources: readonly Source[], bounds: Bounds, others: readonly SourcePlace[] = []): Selection {
  const concerns = (source: SourcePlace): boolean => {
    const sessionId = sessionOf(source)
    return bounds.session === null || sessionId === null || sessionId.startsWith(bounds.session)
  }
  const isAsked = (source: SourcePlace): boolean => isTranscript(source) && concerns(source) && !isLeftOut(source.of, bounds.onlyAgents)
  const transcripts = sources.filter(isAsked)
  const within = new Set(transcripts.filter((source) => isWithin(source, bounds)))
  const sessions = new Set([...within].map(sessionOf))
  const hasLegacy = [...within].some((source) => source.of.role === 'agent' && source.of.sessionId === null)
  // Where an agent does not tell its session, any main thread may explain it.
  const isParent = (source: Source): boolean => source.of.role === 'main' && (sessions.has(sessionOf(source)) || hasLegacy)
  const read = transcripts.filter((source) => within.has(source) || isParent(source))
  const paths = new Set(read.map((source) => source.path))
  const isBeside = (source: SourcePlace): boolean =>
    source.of.role === 'sidecar'
      ? paths.has(source.client.transcriptBeside(source.path))
      : !isTranscript(source) && concerns(source) && sessions.has(sessionOf(source))
  return {
    sources: [...read, ...sources.filter(isBeside), ...others.filter(isBeside)],
    transcripts: read.length,
    older: transcripts.length + others.filter(isAsked).length - within.size,
    within: new Set([...within].map((source) => source.path)),
  }
}

/**
 * The sources, with the sessions of agents whose paths do not name one (Claude Code 2.0.x) as their first records name them. Only those
 * are opened that the bounds do not leave out anyway; one that names none stays as it is.
 */
export async function resolveLegacySessions(
  sources: readonly Source[],
  bounds: Bounds,
  files: Files,
  timeZone: string,
  others: readonly SourcePlace[] = [],
): Promise<readonly Source[]> {
  if (bounds.session === null && bounds.since === null && bounds.until === null) return sources
  const mains = new Set<string | null>()
  for (const places of [sources, others]) for (const { of } of places) if (of.role === 'main') mains.add(of.sessionId)
  // A main thread without an id in its name may be the parent of any of them.
  if (mains.has(null)) return sources
  const resolved: Source[] = []
  const reader = new TranscriptReader(files, timeZone)
  for (const source of sources) {
    const { of } = source
    if (of.role !== 'agent' || of.sessionId !== null || (bounds.session === null && !isWithin(source, bounds))) {
      resolved.push(source)
      continue
    }
    const sessionId = await firstSession(source, () => reader.openLines(source), files)
    // Whose main thread is lost may have been launched by any, unless one session is asked for: it names another.
    const isTold = sessionId !== null && (mains.has(sessionId) || bounds.session !== null)
    resolved.push(isTold ? { ...source, of: { ...of, sessionId } } : source)
  }
  return resolved
}

/** The session that a transcript names in its first bytes; null: it names none there, or they cannot be had. */
export async function sessionAtStart({ client, path }: SourcePlace, files: Files): Promise<string | null> {
  try {
    return client.sessionAtStart(await files.beginning(path))
  } catch (error) {
    if (!(error instanceof FileUnavailable)) throw error
    return null
  }
}

/** The session that the first line of a transcript names. */
async function firstSession(source: Source, openLines: () => RecordReader, files: Files): Promise<string | null> {
  const told = source.part === undefined ? await sessionAtStart(source, files) : null
  if (told !== null) return told
  try {
    const file = await openTranscript(source, files)
    try {
      let first: string | null = null
      const reader = openLines()
      const splitter = new LineSplitter((line) => {
        const { record } = reader.read(line)
        if (record !== null && record.bodies[0]?.kind !== 'fork_origin') first = record.sessionId
      })
      for await (const chunk of file.chunks()) {
        // Whatever does not say it in its beginning is read whole.
        splitter.push(chunk.subarray(0, chunk.indexOf(LF) + 1))
        break
      }
      return first
    } finally {
      await file.close()
    }
  } catch (error) {
    if (!(error instanceof FileUnavailable)) throw error
    return null
  }
}

function isWithin({ modifiedAt }: Source, { since, until }: Bounds): boolean {
  return (since === null || modifiedAt >= since) && (until === null || modifiedAt <= until)
}

function isLeftOut(of: SourceRole, onlyAgents: Bounds['onlyAgents']): boolean {
  return onlyAgents !== undefined && of.role === 'agent' && !onlyAgents.has(of.agentId)
}

function sessionOf(source: SourcePlace): string | null {
  return 'sessionId' in source.of ? source.of.sessionId : null
}

export function isTranscript({ of }: SourcePlace): boolean {
  return of.role === 'main' || of.role === 'agent'
}
