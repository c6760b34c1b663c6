import type { Judged, JudgedSession } from '../reasons/judged.ts'
import type { Limit } from '../facts/limit.ts'
import type { Refusal } from '../facts/run.ts'
import { needsPerson, type TerminalReason, TERMINAL_REASONS } from '../reasons/terminal-reason.ts'
import { settleReset } from '../reasons/limit-reset.ts'
import { compare } from '../text/order.ts'
import { parseInstant } from '../time/instant.ts'

/** Something that went wrong at one moment: a refusal by a limit, or a death by another cause. */
export interface Hit {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** The client's words; null: it wrote none. */
  readonly text: string | null
  readonly limit: Limit | null
  readonly cause: TerminalReason
  /** Whom it hit; null: a main thread whose transcript is not judged. */
  readonly judged: Judged | null
  readonly session: JudgedSession
}

/** Hits of one cause. */
export interface Cluster {
  readonly cause: TerminalReason
  readonly limit: Limit | null
  readonly hits: readonly Hit[]
  /** Agents that died of it though no refusal of their own was recorded. */
  readonly others: readonly Hit[]
}

/** Clients round the reset that they tell, up or down; windows of one limit are hours apart. Milliseconds. */
const SAME_RESET_MS = 5 * 60_000
/** Refusals that name no reset belong together as long as they follow each other within this time. Milliseconds. */
const SAME_WAVE_MS = 15 * 60_000

interface OpenCluster {
  limit: Limit
  resetsAt: number | null
  lastAt: number
  readonly hits: Hit[]
  readonly others: Hit[]
}

/** Every refusal by a limit, of agents and main threads, put together by the limit that refused: a limit is the account's. */
export function limitClusters(sessions: readonly JudgedSession[]): readonly Cluster[] {
  const died = sessions.flatMap(diedUnderLimit)
  const hits = [...sessions.flatMap(refusalsOf), ...died.filter(({ text }) => text !== null)].toSorted(byTime)
  const open: OpenCluster[] = []
  /** The first refusal that named a reset in its words: hundreds may repeat it. */
  const named: { readonly at: number; readonly limit: Limit }[] = []
  const words = new Set<string>()
  for (const hit of unrepeated(hits)) {
    if (hit.limit === null) continue
    const limit = settleReset(hit.limit, hit.at, named)
    const said = JSON.stringify([limit.kind, limit.text, limit.resetsAt])
    if (!words.has(said)) named.push({ at: hit.at, limit })
    words.add(said)
    const resetsAt = resetOf(limit)
    const known = open.find((cluster) => isSameLimit(cluster, limit, resetsAt, hit.at))
    if (known === undefined) {
      open.push({ limit, resetsAt, lastAt: hit.at, hits: [hit], others: [] })
      continue
    }
    known.hits.push(hit)
    known.lastAt = hit.at
    if (known.limit.kind === 'unknown') known.limit = limit
    if (resetsAt !== null && resetsAt > (known.resetsAt ?? 0)) {
      known.resetsAt = resetsAt
      known.limit = { ...limit, kind: known.limit.kind }
    }
  }
  for (const other of died) {
    const { limit, text } = other
    if (limit === null || text !== null) continue
    open.find((cluster) => isSameLimit(cluster, limit, resetOf(limit), cluster.lastAt))?.others.push(other)
  }
  return open.map(({ limit, hits: own, others }) => ({ cause: causeOf([...own, ...others]), limit, hits: own, others }))
}

function isSameLimit({ limit, resetsAt, lastAt }: OpenCluster, other: Limit, otherReset: number | null, at: number): boolean {
  if (limit.kind !== other.kind) {
    // Older clients name no kind: the reset then says which limit it is.
    if (limit.kind !== 'unknown' && other.kind !== 'unknown') return false
    return resetsAt !== null && otherReset !== null && Math.abs(resetsAt - otherReset) <= SAME_RESET_MS
  }
  if (resetsAt !== null && otherReset !== null) return Math.abs(resetsAt - otherReset) <= SAME_RESET_MS
  return at - lastAt <= SAME_WAVE_MS
}

function resetOf({ resetsAt }: Limit): number | null {
  return parseInstant(resetsAt) ?? null
}

function refusalsOf(session: JudgedSession): readonly Hit[] {
  const { main, agents } = session
  // Nobody but its helpers refuses what its session does not know of.
  if (session.session.refusals.length === 0) return []
  const hits: Hit[] = []
  const paths = new Set<string | null>()
  for (const judged of main === null ? agents : [main, ...agents]) {
    const { kind, path, refusals } = judged.run
    if (kind === 'internal') continue
    paths.add(path)
    for (const refusal of refusals) hits.push(hitOf(refusal, judged, session))
  }
  // A session may have a second main transcript, under another slug.
  for (const refusal of session.session.refusals) if (!paths.has(refusal.where.path)) hits.push(hitOf(refusal, main, session))
  return hits.filter(({ at }) => at >= 0)
}

function hitOf({ at, limit }: Refusal, judged: Judged | null, session: JudgedSession): Hit {
  // Waiting cures no spend limit, and extra usage without a reset has run out for good.
  const isBilling = limit.kind === 'spend' || (limit.kind === 'extra_usage' && limit.resetsAt === null)
  return { at: at ?? -1, text: limit.text, limit, cause: isBilling ? 'billing' : 'rate_limited', judged, session }
}

/**
 * Who died of a limit without a recorded refusal: an agent that only announced its next step while its session was refused (it
 * has no text), or one whose error names no limit, but money.
 */
function diedUnderLimit(session: JudgedSession): readonly Hit[] {
  const { main, agents } = session
  const hits: Hit[] = []
  for (const judged of main === null ? agents : [...agents, main]) {
    const { run, diagnosis } = judged
    const { limit, reason } = diagnosis
    if (TERMINAL_REASONS[reason].incident?.kind !== 'limit' || limit === undefined) continue
    const { lastWord, lastAt } = run.latest
    if (run.kind === 'internal' || lastAt === null || run.refusals.length > 0) continue
    hits.push({ at: lastAt, text: lastWord.kind === 'error' ? lastWord.text : null, limit, cause: reason, judged, session })
  }
  return hits
}

/** A conversation that was copied into a second main transcript was refused once. */
function unrepeated(hits: readonly Hit[]): readonly Hit[] {
  const seen = new Set<string>()
  return hits.filter(({ at, text, judged }) => {
    if (judged?.run.role === 'agent') return true
    const key = `${at}\n${text}`
    const isNew = !seen.has(key)
    seen.add(key)
    return isNew
  })
}

/** A limit that only a person lifts, when those whom it ended say so. */
function causeOf(hits: readonly Hit[]): TerminalReason {
  const unpaid = hits.filter(({ cause }) => needsPerson(cause)).length
  return unpaid * 2 > hits.length ? 'billing' : 'rate_limited'
}

/** Orders by time, then by whom it hit. */
export function byTime(a: Hit, b: Hit): number {
  return a.at - b.at || compare(whomOf(a), whomOf(b))
}

function whomOf({ judged, session }: Hit): string {
  return judged?.run.agentId ?? session.session.sessionId ?? ''
}
