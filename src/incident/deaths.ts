import type { Judged, JudgedSession } from '../reasons/judged.ts'
import type { TerminalReason } from '../reasons/terminal-reason.ts'
import { parseInstant } from '../time/instant.ts'
import { byTime, type Cluster, type Hit } from './refusals.ts'

/** Causes that come from outside and pass: whoever meets one within minutes of another met the same. */
const WALLS: ReadonlySet<TerminalReason> = new Set(['overloaded', 'server_error', 'connection_lost', 'stalled', 'auth_failed'])
/** Causes that end all agents of one process at once. */
const ENDS: ReadonlySet<TerminalReason> = new Set(['exit_killed', 'pause_killed'])
/** Deaths of one cause that are no further apart belong together. Milliseconds. */
const SAME_WALL_MS = 5 * 60_000
/** A session that goes on is seen by its agents' transcripts within this time. Milliseconds. */
const SAME_RETURN_MS = 60_000
/** One death of such a cause is a death, two are an incident. */
const FEWEST = 2

/** Deaths without a limit that one cause explains: two agents or more, of the same reason and at the same time. */
export function deathClusters(sessions: readonly JudgedSession[]): readonly Cluster[] {
  const bySession = sessions.map(deathsOf)
  const deaths = bySession.flat().toSorted(byTime)
  const walls = [...WALLS].flatMap((cause) =>
    splitAt(
      deaths.filter((death) => death.cause === cause),
      (before, after) => after.at - before.at > SAME_WALL_MS,
    ),
  )
  const ends = bySession.flatMap((own) =>
    [...ENDS].flatMap((cause) =>
      splitAt(
        own.filter((death) => death.cause === cause).toSorted((a, b) => returnOf(a) - returnOf(b) || byTime(a, b)),
        (before, after) => returnOf(after) - returnOf(before) > SAME_RETURN_MS,
      ),
    ),
  )
  return [...walls, ...ends].flatMap((hits): readonly Cluster[] => {
    const agents = hits.filter(({ judged }) => judged?.run.role === 'agent')
    const [first] = hits
    if (first === undefined || agents.length < FEWEST) return []
    return [{ cause: first.cause, limit: null, hits: hits.toSorted(byTime), others: [] }]
  })
}

function deathsOf(session: JudgedSession): readonly Hit[] {
  const { main, agents } = session
  const deaths: Hit[] = []
  for (const judged of main === null ? agents : [...agents, main]) {
    const death = deathOf(judged, session)
    if (death !== undefined) deaths.push(death)
  }
  return deaths
}

function deathOf(judged: Judged, session: JudgedSession): Hit | undefined {
  const { run, diagnosis } = judged
  const { reason } = diagnosis
  if (!(WALLS.has(reason) || ENDS.has(reason))) return undefined
  const at = run.latest.lastAt ?? run.lastRecordAt
  if (run.kind === 'internal' || at === null) return undefined
  const { lastWord } = run.latest
  return { at, text: lastWord.kind === 'error' && lastWord.text !== '' ? lastWord.text : null, limit: null, cause: reason, judged, session }
}

/** When its session went on without it; endless when it never did. */
function returnOf({ judged }: Hit): number {
  return parseInstant(judged?.diagnosis.silence?.to) ?? Number.MAX_SAFE_INTEGER
}

function splitAt<T>(items: readonly T[], isApart: (before: T, after: T) => boolean): readonly (readonly T[])[] {
  const parts: T[][] = []
  let before: T | undefined
  for (const item of items) {
    const part = parts.at(-1)
    if (part === undefined || before === undefined || isApart(before, item)) parts.push([item])
    else part.push(item)
    before = item
  }
  return parts
}
