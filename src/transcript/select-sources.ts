import type { Source } from './format.ts'

export interface Selection {
  readonly sources: readonly Source[]
  /** Transcripts among them. */
  readonly transcripts: number
  /** Transcripts that the time bounds left out. */
  readonly older: number
  /** The paths of those within the bounds: the others are read only because they explain them. */
  readonly within: ReadonlySet<string>
}

/** Bounds on what is read. Instants in milliseconds since the epoch. */
export interface Bounds {
  readonly since: number | null
  readonly until: number | null
  /** The beginning of a session's id. */
  readonly session: string | null
}

/**
 * What has to be read: the transcripts within the time bounds (by file time), and beside them the main transcript of every
 * session that has one, however old, since only a parent explains its children.
 */
export function selectSources(sources: readonly Source[], bounds: Bounds): Selection {
  const isWithin = (source: Source): boolean =>
    (bounds.since === null || source.modifiedAt >= bounds.since) && (bounds.until === null || source.modifiedAt <= bounds.until)
  // A legacy agent's file (2.0.x) does not tell its session before it is read.
  const concerns = (source: Source): boolean => {
    const sessionId = sessionOf(source)
    return bounds.session === null || sessionId === null || sessionId.startsWith(bounds.session)
  }
  const transcripts = sources.filter((source) => isTranscript(source) && concerns(source))
  const within = new Set(transcripts.filter(isWithin))
  const sessions = new Set([...within].map(sessionOf))
  const hasLegacy = [...within].some((source) => source.of.role === 'agent' && source.of.sessionId === null)
  const isParent = (source: Source): boolean => source.of.role === 'main' && (sessions.has(sessionOf(source)) || hasLegacy)
  const read = transcripts.filter((source) => within.has(source) || isParent(source))
  const paths = new Set(read.map((source) => source.path))
  const beside = sources.filter((source) =>
    source.of.role === 'sidecar'
      ? paths.has(source.path.replace(/\.meta\.json$/, '.jsonl'))
      : !isTranscript(source) && concerns(source) && sessions.has(sessionOf(source)),
  )
  return {
    sources: [...read, ...beside],
    transcripts: read.length,
    older: transcripts.length - within.size,
    within: new Set([...within].map((source) => source.path)),
  }
}

function sessionOf(source: Source): string | null {
  return 'sessionId' in source.of ? source.of.sessionId : null
}

function isTranscript(source: Source): boolean {
  return source.of.role === 'main' || source.of.role === 'agent'
}
