import type { Judged, JudgedSession } from '../reasons/judged.ts'
import type { IncidentKind } from '../reasons/reason.ts'
import { type TerminalReason, TERMINAL_REASON_NAMES, TERMINAL_REASONS } from '../reasons/terminal-reason.ts'
import { parseInstant } from '../time/instant.ts'
import { byTime, type Cluster, type Hit } from './refusals.ts'

/** Deaths of one cause that are no further apart belong together. Milliseconds. */
const SAME_OUTAGE_MS = 5 * 60_000
/** A session that goes on is seen by its agents' transcripts within this time. Milliseconds. */
const SAME_RETURN_MS = 60_000
/** Whatever one act ends, ends within this time (0.2 s in 2.1.220 and 2.1.332). Milliseconds. */
const SAME_MOMENT_MS = 2_000
/** One death of such a cause is a death, two are an incident. */
const FEWEST = 2

/** Deaths without a limit that one cause explains: two agents or more, of the same reason and at the same time. */
export function deathClusters(sessions: readonly JudgedSession[]): readonly Cluster[] {
  const bySession = sessions.map(deathsOf)
  const deaths = bySession.flat().toSorted(byTime)
  const outages = causesOf('outage').flatMap((cause) =>
    splitAt(
      deaths.filter((death) => death.cause === cause),
      (before, after) => after.at - before.at > SAME_OUTAGE_MS,
    ),
  )
  const ends = bySession.flatMap((own) =>
    causesOf('process_end').flatMap((cause) =>
      splitAt(
        own.filter((death) => death.cause === cause).toSorted((a, b) => returnOf(a) - returnOf(b) || byTime(a, b)),
        (before, after) => returnOf(after) - returnOf(before) > SAME_RETURN_MS,
      ),
    ),
  )
  const moments = bySession.flatMap((own) =>
    causesOf('moment').flatMap((cause) =>
      splitAt(own.filter((death) => death.cause === cause).toSorted(byTime), (before, after) => after.at - before.at > SAME_MOMENT_MS),
    ),
  )
  return [...outages, ...ends, ...moments].flatMap((hits): readonly Cluster[] => {
    const agents = hits.filter(({ judged }) => judged?.run.role === 'agent')
    const [first] = hits
    if (first === undefined || agents.length < FEWEST) return []
    return [{ cause: first.cause, limit: null, hits: hits.toSorted(byTime), others: [] }]
  })
}

function causesOf(kind: IncidentKind['kind']): readonly TerminalReason[] {
  return TERMINAL_REASON_NAMES.filter((name) => TERMINAL_REASONS[name].incident?.kind === kind)
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
  const { incident } = TERMINAL_REASONS[reason]
  if (incident === null || incident.kind === 'limit') return undefined
  const at = run.latest.lastAt ?? run.lastRecordAt
  // Of what is only guessed no incident is made.
  if (run.kind === 'internal' || at === null || diagnosis.confidence === 'low') return undefined
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
