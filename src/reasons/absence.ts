import type { Evidence, EvidenceList } from '../facts/evidence.ts'
import type { Silence } from '../facts/agent.ts'
import type { Placed, PlacedWord, ProcessStart, Run } from '../facts/run.ts'
import type { Owner, RunContext } from '../facts/session.ts'
import { isPending, lastSign, findEndNotice } from './last-word.ts'
import { absenceOf, processOf, recordOf } from './proof.ts'
import { isVersionAtLeast } from '../text/version.ts'
import { formatInstant } from '../time/instant.ts'

/** A session's silence of this length, or longer, counts as a pause. Milliseconds. */
export const PAUSE_MS = 10 * 60_000
/** Within this time of its last record an agent counts as still writing, since a call may run and a message may go on. Milliseconds. */
export const WRITING_MS = 120_000
/** No call and no question keeps a live client silent for longer, as far as anybody has seen. Milliseconds. */
const UNASKED_MS = 24 * 60 * 60_000
/** The first client seen to keep a registry of its live processes; 2.0.76 has none. */
const FIRST_WITH_REGISTRY = [2, 1, 97] as const

/** What is known of an agent that has no recorded end: who owned it, and how its session went on. Instants in milliseconds. */
export interface Absence {
  readonly lastAt: number | null
  /** The very process that ran it, alive. */
  readonly alive: Owner | undefined
  /** A process that may have run it and may live: nobody here can tell. */
  readonly mayLive: Owner | undefined
  /** Proofs that the process that ran it has ended. Empty: nothing proves it. */
  readonly ownerEnded: readonly Evidence[]
  /** The strongest of those proofs is beyond doubt. */
  readonly ownerEndedForSure: boolean
  /** No live client registers this session, though its version does so. */
  readonly unregistered: boolean
  /** The first silence of the whole session behind its last sign, with the record that ended it; null: nothing followed. */
  readonly silence: { readonly from: number; readonly to: number | null; readonly endedBy: Placed | null } | undefined
  /** How long its session went on without a pause behind its last sign. */
  readonly livedOnMs: number
  /** A later process of the client, as far as the main transcript shows it. */
  readonly restart: ProcessStart | undefined
  /** The client's own word that it ended; it contradicts the transcript. */
  readonly word: PlacedWord | undefined
  readonly silentForMs: number | null
}

/** The facts that the judges of absence share; undefined for a run that its own transcript ends. */
export function findAbsence(run: Run, context: RunContext): Absence | undefined {
  if (!isPending(run, context)) return undefined
  const { session, now } = context
  const lastAt = lastSign(run)
  const owners = ownersOf(context)
  const ranIt = (owner: Owner): boolean => mayHaveRun(owner, lastAt)
  const alive = owners.find((owner) => owner.state === 'alive' && ranIt(owner))
  const restart =
    session.processStarts.find((start) => start.sure && isAfter(start.at, lastAt)) ??
    session.processStarts.find((start) => isAfter(start.at, lastAt))
  const proofs = ownerProofs(run, context, owners, ranIt, restart, lastAt)
  const ended = lastActivity(context)
  return {
    lastAt,
    alive,
    mayLive: owners.find((owner) => ranIt(owner) && mayLive(owner, context)),
    ownerEnded: proofs.map((proof) => proof.evidence),
    ownerEndedForSure: proofs.some((proof) => proof.sure),
    unregistered: isUnregistered(run, context),
    silence: untilRestart(silenceBehind(lastAt, context), lastAt, context, restart),
    livedOnMs: lastAt === null ? 0 : livedOnUntil(lastAt, context) - lastAt,
    restart,
    word: findEndNotice(run, context),
    silentForMs: ended === null ? null : now - ended,
  }
}

/** Whether no live client registers the session of a run, though its version does so. */
export function isUnregistered(run: Run, context: RunContext): boolean {
  const { session } = context
  return (
    session.registryRead &&
    ownersOf(context).length === 0 &&
    session.sessionId !== null &&
    isVersionAtLeast(run.clientVersion ?? session.main?.clientVersion ?? null, FIRST_WITH_REGISTRY)
  )
}

/** The processes that may own a run: its own, where its worktree's lock names one, and its session's. */
export function ownersOf({ session, lock }: RunContext): readonly Owner[] {
  return lock === null ? session.owners : [lock, ...session.owners]
}

/** Whether a process may have been there at a moment: one that started later says nothing about it. */
export function mayHaveRun({ startedAt }: Owner, at: number | null): boolean {
  return startedAt === null || at === null || startedAt <= at
}

/** Whether a process may live although nothing proves it. What nobody here can ask is believed for a day of silence. */
function mayLive({ mayLive: where }: Owner, context: RunContext): boolean {
  const last = lastActivity(context)
  return where === 'here' || (where === 'elsewhere' && last !== null && context.now - last < UNASKED_MS)
}

/** Until when the session went on behind a moment without a pause. */
export function livedOnUntil(at: number, { session }: RunContext): number {
  let until = at
  for (const { from, to } of session.activity) {
    if (to > until && from < until + PAUSE_MS) until = to
  }
  return until
}

interface Proof {
  readonly evidence: Evidence
  readonly sure: boolean
}

function ownerProofs(
  run: Run,
  context: RunContext,
  owners: readonly Owner[],
  ranIt: (owner: Owner) => boolean,
  restart: ProcessStart | undefined,
  lastAt: number | null,
): readonly Proof[] {
  const proofs: Proof[] = []
  const gone = owners.find((owner) => owner.state === 'gone' && ranIt(owner))
  if (gone !== undefined) {
    const where = gone.source === 'lock' ? 'the lock of its worktree' : 'the registry of live sessions'
    proofs.push({ evidence: processOf(gone, `${where} names process ${gone.pid}, which has ended`), sure: true })
  }
  const successor = owners.find((owner) => owner.startedAt !== null && lastAt !== null && owner.startedAt > lastAt)
  if (successor !== undefined)
    proofs.push({ evidence: processOf(successor, 'another process of the client took the session over later'), sure: true })
  const since = run.latest.startedAt
  const notice = context.words.findLast(
    (word) =>
      (word.tells === 'previous_session_ended' || word.tells === 'no_completion_record') &&
      (word.at === null || since === null || word.at >= since),
  )
  if (notice !== undefined) {
    const sure = notice.tells === 'previous_session_ended'
    const shows = sure
      ? 'the client says that the previous session ended before the agent did'
      : 'the client found no completion record of it after a restart'
    proofs.push({ evidence: recordOf(notice, shows, notice.text), sure })
  }
  if (restart !== undefined) {
    const shows = restart.sure
      ? 'a new prompt found calls that were left open: the process that made them had ended'
      : 'another process of the client continued the session'
    proofs.push({ evidence: recordOf(restart, shows), sure: restart.sure })
  }
  return proofs
}

function isAfter(at: number | null, before: number | null): boolean {
  return at !== null && before !== null && at > before
}

/** The end of the session's last activity; null when nothing in it carries a time. */
export function lastActivity(context: RunContext): number | null {
  return context.session.activity.at(-1)?.to ?? null
}

function silenceBehind(lastAt: number | null, context: RunContext): Absence['silence'] {
  if (lastAt === null) return undefined
  const { activity } = context.session
  const index = activity.findIndex((stretch) => stretch.to >= lastAt)
  if (index < 0) return undefined
  for (const [offset, stretch] of activity.slice(index).entries()) {
    const next = activity[index + offset + 1]
    if (next === undefined) return context.now - stretch.to >= PAUSE_MS ? { from: stretch.to, to: null, endedBy: null } : undefined
    if (next.from - stretch.to >= PAUSE_MS) return { from: stretch.to, to: next.from, endedBy: { at: next.from, where: next.where } }
  }
  return undefined
}

/** Where a later process or its notice is known, the silence lasted until then, however soon that was. */
function untilRestart(
  silence: Absence['silence'],
  lastAt: number | null,
  { words }: RunContext,
  restart: ProcessStart | undefined,
): Absence['silence'] {
  const notice = words.find(
    (word) => (word.tells === 'previous_session_ended' || word.tells === 'no_completion_record') && isAfter(word.at, lastAt),
  )
  const ends = [restart, notice]
    .flatMap((each): readonly Placed[] => (each?.at == null ? [] : [each]))
    .toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0))
  const [first] = ends
  if (first?.at == null || lastAt === null || (silence?.to != null && silence.to <= first.at)) return silence
  return { from: lastAt, to: first.at, endedBy: first }
}

/** The silence as the report tells it. */
export function silenceOf(silence: NonNullable<Absence['silence']>): Silence {
  return { from: formatInstant(silence.from), to: silence.to === null ? null : formatInstant(silence.to) }
}

/** What stands last in the transcript and waits for something, as evidence. */
export function describePending(run: Run): Evidence {
  const { lastWord, openCalls } = run.latest
  if (lastWord.kind === 'none')
    return absenceOf(run, run.turns === 0 ? 'no transcript holds a record of its own' : 'its latest attempt holds no record of its own')
  if (lastWord.kind === 'prompt')
    return recordOf(
      lastWord,
      run.turns === 0 ? 'its transcript holds its prompt but no answer' : 'its last record is a prompt that nothing answers',
    )
  if (lastWord.kind === 'tool_result')
    return recordOf(lastWord, `its last record is the result of ${lastWord.name ?? 'a tool'}, which nothing answers`)
  if (openCalls.length === 0 && run.latest.mark === 'open') return recordOf(lastWord, 'its client has not marked the end of its turn')
  if (openCalls.length === 0) return recordOf(lastWord, 'its last message has no stop reason, and no word of an end reached its parent')
  const names = [...new Set(openCalls.map((call) => call.name))].join(', ')
  return recordOf(lastWord, `its last message calls ${names === '' ? 'a tool' : names}, and no result follows`)
}

/** The pending record, then whatever explains it. */
export function listPendingEvidence(run: Run, more: readonly Evidence[]): EvidenceList {
  return [describePending(run), ...more]
}
