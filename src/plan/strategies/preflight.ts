import type { ClientRecovery, Start, StartCommand } from '../../clients/recovery.ts'
import type { Run } from '../../facts/run.ts'
import { TERMINAL_REASONS } from '../../reasons/terminal-reason.ts'
import { isSessionId } from '../../text/plain.ts'
import type { Candidate } from '../candidate.ts'
import type { ChosenStrategy } from './strategy.ts'

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

/** How a session is gone on with, and what must be true before. `open`: the start of one that nobody has open. */
export function continueSession(
  { session: { session, main } }: Pick<Candidate, 'session'>,
  start: Start & { readonly session: string },
  recovery: ClientRecovery,
  open: StartCommand,
): Pick<ChosenStrategy, 'commands' | 'preconditions'> {
  const { session: id, cwd, prompt } = start
  const owners = session.owners.filter(({ source }) => source === 'registry')
  const owner = owners.find(({ state }) => state === 'alive')
  const hasEnded = owner === undefined && owners.some(({ state }) => state === 'gone')
  const job = owner?.jobId ?? (hasEnded ? null : session.job)
  if (job !== null)
    return {
      commands: [{ cwd, argv: recovery.attachTo(job) }],
      preconditions: [
        `Session ${id} is open in the background: attach to it and paste the prompt there. The client refuses to resume it meanwhile.`,
        `The prompt to paste: ${prompt}`,
        `Or stop it first, which keeps its conversation, and plan again: ${recovery.stopJob(job).join(' ')}`,
      ],
    }
  const isWaiting = main?.diagnosis.waitingOn?.on === 'limit'
  if (owner === undefined && !isWaiting) return { commands: [open], preconditions: [`No other process has session ${id} open.`] }
  return {
    // Two processes on one transcript would spoil it.
    commands: [],
    preconditions: [
      `${owner === undefined ? 'A client that goes on after the reset may have' : `Process ${owner.pid} has`} session ${id} open: paste the prompt there, or leave that process first and plan again.`,
      `The prompt to paste: ${prompt}`,
    ],
  }
}
