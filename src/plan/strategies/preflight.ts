import type { Run } from '../../facts/run.ts'
import type { TerminalReason } from '../../reasons/terminal-reason.ts'
import { isSessionId } from '../../text/plain.ts'
import type { Candidate } from '../candidate.ts'

/** Ends that the context itself brought about: sent again, it is refused again. */
const POISONED: Partial<Record<TerminalReason, string>> = {
  context_exhausted: 'its context is full: sent again, it is refused again',
  request_rejected: 'the API rejects what its context holds (an image, a broken history, its size): sent again, it is rejected again',
  refused: 'its context was refused for what it says: sent again, it is refused again',
}

/** Why an agent's old context is of no use; null: it is. */
export function poisoned({ judged }: Candidate): string | null {
  return POISONED[judged.diagnosis.reason] ?? null
}

/** Why an agent of its type cannot be continued; null: it can. */
export function oneShot({ judged: { run }, client: { recovery } }: Candidate): string | null {
  return run.agentType !== null && recovery?.isOneShot(run.agentType) === true
    ? `${run.agentType} agents are one-shot: the client continues none`
    : null
}

/** Whether a person stopped it by hand. */
export function isStoppedByPerson({ judged: { run, context } }: Candidate): boolean {
  return run.sidecar?.stoppedByUser === true || context.words.some((word) => word.tells === 'stopped_by_person')
}

/** A parent session that can be resumed, and the folder to do it in. */
export interface Parent {
  readonly run: Run
  readonly sessionId: string
  readonly folder: string
}

/** The agent's parent session, or why it cannot be resumed. */
export function parentOf({ session: { session, main }, judged: { run }, client: { recovery } }: Candidate): Parent | string {
  if (run.sessionId === null || !isSessionId(run.sessionId)) return 'nothing tells which session it belongs to'
  if (main === null || main.run.path === null) return 'the transcript of its parent session is missing'
  const bad = POISONED[main.diagnosis.reason]
  if (bad !== undefined) return `its parent session cannot go on either: ${bad}`
  if (run.copies.length > 0) return 'its session was forked or moved: transcripts of it lie in several sessions, and only one is continued'
  const folder = recovery?.folderOfSession(main.run) ?? null
  if (folder === null) return 'its parent session was moved: its transcript does not lie where the client looks for it'
  return { run: main.run, sessionId: session.sessionId ?? run.sessionId, folder }
}

/** What must be true before a session is resumed: one transcript, one process. */
export function parentIsFree({ session: { session } }: Candidate, sessionId: string): readonly string[] {
  const alive = session.owners.filter((owner) => owner.source === 'registry' && owner.state === 'alive').map((owner) => owner.pid)
  const free = `No other process has session ${sessionId} open`
  return alive.length === 0
    ? [`${free}.`]
    : [`${free}: process ${alive.join(' and ')} has it now. Leave it first, or paste the prompt there instead.`]
}
