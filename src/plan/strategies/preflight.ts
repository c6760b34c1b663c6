import type { Run } from '../../facts/run.ts'
import { TERMINAL_REASONS } from '../../reasons/terminal-reason.ts'
import { isSessionId } from '../../text/plain.ts'
import type { Candidate } from '../candidate.ts'

/** Why an agent's old context is of no use; null: it is. */
export function findContextFault({ judged }: Candidate): string | null {
  return TERMINAL_REASONS[judged.diagnosis.reason].plan.contextFault
}

/** Why an agent of its type cannot be continued; null: it can. */
export function findOneShotReason({ judged: { run }, client: { recovery } }: Candidate): string | null {
  return run.agentType !== null && recovery?.isOneShot(run.agentType) === true
    ? `${run.agentType} agents are one-shot: the client continues none`
    : null
}

/** Whether the client has it as stopped by a person: then it lets no parent continue it, whatever is true. */
export function isCalledStopped({ judged: { run, context } }: Candidate): boolean {
  return run.sidecar?.stoppedByUser === true || context.words.some((word) => word.tells === 'stopped_by_person')
}

/** What the client says of who stopped it, as its word: one that a person did stop is asked about, and never comes here. */
export function listStopNotes(candidate: Candidate): readonly string[] {
  const { agentId } = candidate.judged.run
  return isCalledStopped(candidate)
    ? [`The client says that agent ${agentId} was stopped by the user: continue it only if its work is wanted.`]
    : []
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
  const { contextFault } = TERMINAL_REASONS[main.diagnosis.reason].plan
  if (contextFault !== null) return `its parent session cannot go on either: ${contextFault}`
  if (run.transcripts.length > 1)
    return 'its session was forked or moved: transcripts of it lie in several sessions, and only one is continued'
  const folder = recovery?.folderOfSession(main.run) ?? null
  if (folder === null) return 'its parent session was moved: its transcript does not lie where the client looks for it'
  return { run: main.run, sessionId: session.sessionId ?? run.sessionId, folder }
}

/** What must be true before a session is resumed: one transcript, one process. */
export function listSessionPreconditions({ session: { session } }: Candidate, sessionId: string): readonly string[] {
  const alive = session.owners.filter((owner) => owner.source === 'registry' && owner.state === 'alive').map((owner) => owner.pid)
  const free = `No other process has session ${sessionId} open`
  return alive.length === 0
    ? [`${free}.`]
    : [`${free}: process ${alive.join(' and ')} has it now. Leave it first, or paste the prompt there instead.`]
}
