import { type AnsweredAfter, loginOf, modelOfLimit, proofFrom } from './answers.ts'
import type { JudgedSession } from '../reasons/judged.ts'
import type { Incident } from './incident.ts'
import type { Tokens } from '../facts/agent.ts'
import { addCounts, addTokens } from '../facts/tokens.ts'
import type { Run } from '../facts/run.ts'
import type { WorkflowRun } from '../facts/session.ts'
import { isOneMoment } from '../reasons/reason.ts'
import { needsPerson, TERMINAL_REASONS } from '../reasons/terminal-reason.ts'
import { excerptOf } from '../text/redact.ts'
import { compare } from '../text/order.ts'
import { formatInstant, parseInstant } from '../time/instant.ts'
import { reportedWord } from './client-word.ts'
import { deathClusters } from './deaths.ts'
import { type Cluster, type Hit, limitClusters } from './refusals.ts'
import { summaryOf } from './summary.ts'
import type { Thread } from './thread.ts'

/** An incident, and the runs that it hit. */
export interface Event {
  readonly incident: Omit<Incident, 'builtOn'>
  readonly runs: ReadonlySet<Run>
}

const LONGEST_TEXT = 300
/** Different texts that are told one by one; the client words one limit in few ways. */
const MOST_TEXTS = 20
/** Fewer refusals have no rhythm. */
const FEWEST_FOR_RHYTHM = 4
/** Who waits longer and longer waits at least so many times as long in the end. */
const GROWTH = 2

/** The causes that hit many, and every limit that refused anybody, earliest first. */
export function incidentsOf(
  sessions: readonly JudgedSession[],
  threads: readonly Thread[],
  workflows: readonly WorkflowRun[],
  roots: readonly string[],
  answeredAfter: AnsweredAfter,
): readonly Event[] {
  const runsById = new Map(workflows.map((workflow) => [`${workflow.sessionId}\n${workflow.runId}`, workflow]))
  const clusters = [...limitClusters(sessions), ...deathClusters(sessions)].toSorted(byBeginning)
  const ids = new Set<string>()
  const byRun = new Map(threads.map((thread) => [thread.run, thread]))
  const ofRun = new Map<string, Thread[]>()
  for (const thread of threads) {
    const { workflowRunId } = thread.run
    if (workflowRunId === null) continue
    const key = keyOf(thread.session, workflowRunId)
    const known = ofRun.get(key)
    if (known === undefined) ofRun.set(key, [thread])
    else known.push(thread)
  }
  return clusters.map((cluster): Event => {
    const { hits, others, cause, limit } = cluster
    const first = hits[0]?.at ?? 0
    const last = hits.at(-1)?.at ?? first
    const hitThreads = unique([...hits, ...others].flatMap(({ judged }) => (judged === null ? [] : (byRun.get(judged.run) ?? []))))
    const runIds = unique(hitThreads.flatMap(({ run, session }) => (run.workflowRunId === null ? [] : [keyOf(session, run.workflowRunId)])))
    const affected = runIds.flatMap((key) => runsById.get(key) ?? [])
    // A run that was resumed after the incident has agents that were never near it.
    const beside = runIds.flatMap((key) => (ofRun.get(key) ?? []).filter((thread) => (beginningOf(thread) ?? last) <= last))
    const counted = unique([...hitThreads, ...beside])
    const overAt = limit === null ? null : (parseInstant(limit.resetsAt) ?? null)
    const refused = hits[0]?.judged?.run ?? hits[0]?.session.session.main ?? null
    const isCuredByPerson = needsPerson(cause) || (limit?.kind === 'extra_usage' && overAt === null)
    const workedPast =
      limit === null
        ? null
        : answeredAfter(
            proofFrom(last, isCuredByPerson),
            loginOf(refused?.path ?? null, roots),
            modelOfLimit(limit.kind, refused?.model ?? null),
          )
    // What ends everything at one moment leaves last records, which are no refusals and have no rhythm.
    const isProcessEnd = isOneMoment(TERMINAL_REASONS[cause].incident)
    const rhythm = isProcessEnd ? NO_RHYTHM : rhythmOf(hits.map(({ at }) => at))
    const texts = textsOf(hits)
    const lastHits = new Map(hits.map(({ judged, at }) => [judged?.run, at]))
    const started = counted.length === 0 ? null : startOf(counted, affected, first)
    const untitled: Omit<Incident, 'builtOn' | 'summary'> = {
      id: fresh(`${cause}-${formatInstant(first).replace(/[-:.]/g, '')}`, ids),
      cause,
      limit: limit === null ? null : { ...limit, text: texts[0]?.text ?? excerptOf(limit.text, LONGEST_TEXT) },
      firstAt: formatInstant(first),
      lastAt: formatInstant(last),
      spanMs: last - first,
      attempts: hits.length,
      ...rhythm,
      texts,
      agents: unique(hitThreads.map(({ id }) => id)),
      sessionIds: unique([...hits, ...others].flatMap(({ session }) => session.session.sessionId ?? [])).toSorted(compare),
      workflowRunIds: unique(hitThreads.flatMap(({ run }) => run.workflowRunId ?? [])).toSorted(compare),
      startedAfterKnown: isProcessEnd ? 0 : hitThreads.filter((thread) => wasKnown(thread, lastHits, first, overAt)).length,
      countedAgents: counted.length,
      tokens: counted.map(({ run }) => run.tokens).reduce(addTokens, NO_TOKENS),
      toolUses: counted.reduce((sum, { run }) => sum + run.toolCalls, 0),
      wallClockMs: started === null ? null : Math.max(0, last - started),
      reportedAs: reportedAs(hitThreads, affected),
      clientFigures: figuresOf(affected, first),
      overAt: overAt === null ? null : formatInstant(overAt),
      workedPastAt: workedPast === null ? null : formatInstant(workedPast),
    }
    const runs = new Set([...hits, ...others].flatMap(({ judged }) => (judged === null ? [] : [judged.run])))
    const [advice, ...differing] = unique(hits.map(({ judged }) => judged?.diagnosis.advice))
    const summary = [summaryOf(untitled), ...(advice !== undefined && differing.length === 0 ? [advice] : [])].join('. ')
    return { incident: { ...untitled, summary }, runs }
  })
}

function byBeginning(a: Cluster, b: Cluster): number {
  return (a.hits[0]?.at ?? 0) - (b.hits[0]?.at ?? 0) || compare(a.cause, b.cause) || compare(a.limit?.kind ?? '', b.limit?.kind ?? '')
}

function keyOf({ session }: JudgedSession, runId: string): string {
  return `${session.sessionId}\n${runId}`
}

const NO_RHYTHM = { meanIntervalMs: null, minIntervalMs: null, backoff: null }

function rhythmOf(times: readonly number[]): Pick<Incident, 'meanIntervalMs' | 'minIntervalMs' | 'backoff'> {
  if (times.length < 2) return NO_RHYTHM
  const pauses = times.slice(1).map((at, index) => at - (times[index] ?? at))
  const half = Math.floor(pauses.length / 2)
  const [early, late] = [mean(pauses.slice(0, half)), mean(pauses.slice(pauses.length - half))]
  return {
    meanIntervalMs: mean(pauses),
    minIntervalMs: pauses.reduce((least, pause) => Math.min(least, pause), Number.MAX_SAFE_INTEGER),
    backoff: times.length < FEWEST_FOR_RHYTHM ? null : late >= GROWTH * early && late > 0,
  }
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

function textsOf(hits: readonly Hit[]): Incident['texts'] {
  const said = new Map<string, number>()
  for (const { text } of hits) if (text !== null) said.set(text, (said.get(text) ?? 0) + 1)
  // Many are hit, and few texts are said: each is made fit to be quoted once.
  const counts = new Map<string, number>()
  for (const [text, count] of said) {
    const told = excerptOf(text, LONGEST_TEXT)
    counts.set(told, (counts.get(told) ?? 0) + count)
  }
  return [...counts]
    .map(([text, count]) => ({ text, count }))
    .toSorted((a, b) => b.count - a.count || compare(a.text, b.text))
    .slice(0, MOST_TEXTS)
}

/** Whether its attempt began when the cause had been met already, and had not passed. */
function wasKnown(thread: Thread, lastHits: ReadonlyMap<Run | undefined, number>, first: number, overAt: number | null): boolean {
  const { run } = thread
  const again = run.latest.startedAt
  const isAgain = run.attempts > 1 && again !== null && (lastHits.get(run) ?? 0) >= again
  const began = isAgain ? again : beginningOf(thread)
  return began !== null && began > first && (overAt === null || began < overAt)
}

/** When it began: a call of a workflow run may have been asked for long before. */
function beginningOf({ run, start }: Thread): number | null {
  return run.startedAt ?? start
}

const NO_TOKENS: Tokens = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }

/** The beginning of what was lost: a workflow run begins with its script, before its first agent. */
function startOf(counted: readonly Thread[], affected: readonly WorkflowRun[], first: number): number | null {
  const agents = counted.flatMap(({ run }) => run.startedAt ?? [])
  // The summary of a run that was resumed since tells of that start only.
  const runs = affected.flatMap(({ startedAt }) => (startedAt !== null && startedAt <= first ? [startedAt] : []))
  const all = [...agents, ...runs]
  return all.length === 0 ? null : all.reduce((least, at) => Math.min(least, at))
}

/** The client's words for it: of a workflow run those of its failed calls, else its word for each agent; the most frequent. */
function reportedAs(hit: readonly Thread[], affected: readonly WorkflowRun[]): string | null {
  const labels = new Set(hit.flatMap(({ run }) => run.label ?? []))
  const failures = affected.flatMap(({ failures: all }) => all.filter(({ label }) => label === null || labels.has(label)))
  const said =
    failures.length > 0
      ? failures.map(({ text }) => text)
      : hit.flatMap(({ run, judged }) => reportedWord(run, judged.context)?.status ?? [])
  const counts = new Map<string, number>()
  for (const text of said) counts.set(text, (counts.get(text) ?? 0) + 1)
  const [most] = [...counts].toSorted(([a, many], [b, more]) => more - many || compare(a, b))
  return most === undefined ? null : excerptOf(most[0], LONGEST_TEXT)
}

function figuresOf(affected: readonly WorkflowRun[], first: number): Incident['clientFigures'] {
  const told = affected.flatMap(({ figures, startedAt }) => (figures !== null && startedAt !== null && startedAt <= first ? [figures] : []))
  if (told.length === 0) return null
  const totalOf = (of: (figures: (typeof told)[number]) => number): number => told.map(of).reduce(addCounts, 0)
  return {
    agents: totalOf(({ agents }) => agents),
    tokens: totalOf(({ tokens }) => tokens),
    toolUses: totalOf(({ toolUses }) => toolUses),
    durationMs: totalOf(({ durationMs }) => durationMs),
  }
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Set(items)]
}

function fresh(id: string, taken: Set<string>): string {
  let free = id
  for (let number = 2; taken.has(free); number += 1) free = `${id}-${number}`
  taken.add(free)
  return free
}
