import type { Judged } from '../../reasons/judged.ts'
import { outcomeOf } from '../../reasons/terminal-reason.ts'
import { isPlainId } from '../../text/plain.ts'
import type { Candidate, PlanSettings } from '../candidate.ts'
import { parentOf } from './preflight.ts'
import { promote } from './promote.ts'
import { redispatch } from './redispatch.ts'
import { resumeOf, sendMessage } from './send-message.ts'
import type { RejectedStrategy, ChosenStrategy, ResumeStrategy, ResumeChoice } from './strategy.ts'
import { workflow } from './workflow.ts'

export type { ChosenStrategy as Taken, ResumeChoice } from './strategy.ts'

/** Best first: what keeps the whole and tells the parent, then what needs no parent, then what begins anew. */
const STRATEGIES: readonly ResumeStrategy[] = [workflow, sendMessage, promote, redispatch]

/** The first way that can be gone, and why those before it cannot. */
export function chooseResumeStrategy(candidate: Candidate, settings: PlanSettings): ResumeChoice {
  const none = nothingToDo(candidate, settings)
  if (none !== null) return { taken: null, notTaken: STRATEGIES.map(({ kind }) => ({ way: kind, why: none })) }
  const notTaken: RejectedStrategy[] = []
  for (const way of STRATEGIES) {
    const answer = way.consider(candidate, settings)
    if (typeof answer !== 'string') return { taken: addMaybeDoneNote(answer, candidate), notTaken }
    notTaken.push({ way: way.kind, why: answer })
  }
  return { taken: null, notTaken }
}

/** Where another agent may have done the work, a person has to look before it is done again. */
function addMaybeDoneNote(taken: ChosenStrategy, { workItem }: Candidate): ChosenStrategy {
  const other = workItem?.maybeDoneBy ?? null
  if (other === null || !isPlainId(other)) return taken
  return { ...taken, preconditions: [`Agent ${other} may have done this work already: look first.`, ...taken.preconditions] }
}

/** Why nothing is to be got back; null: something is. */
function nothingToDo({ judged, workItem }: Candidate, { maxAttempts }: PlanSettings): string | null {
  const { run, diagnosis } = judged
  if (run.role === 'main') return 'it is a main thread, which its person resumes'
  if (run.kind === 'internal') return 'it is a helper of the client’s own'
  const outcome = outcomeOf(diagnosis.reason)
  if (outcome === 'running') return 'it is still running'
  if (outcome === 'finished' && !run.latest.needsPermission) return 'it finished'
  if (workItem?.state === 'done') return `its work was done by ${workItem.doneBy ?? 'another agent'}`
  if (workItem !== null && workItem.doingBy !== null) return `its work is being done by ${workItem.doingBy}`
  const latest = workItem?.attempts.at(-1)
  if (latest !== undefined && latest !== (run.agentId ?? run.toolUseId))
    return `a later attempt at its work is the one to continue: ${latest}`
  // Prompts begin attempts, too, so that those of one transcript do not count as tries; refusals by a limit do.
  const tried = Math.max(run.refusals.length, workItem?.attempts.length ?? 1)
  if (tried >= maxAttempts) return `it was tried ${tried} times, and --max-attempts is ${maxAttempts}`
  return null
}

/** Candidates with the way that was found for each. */
export interface CandidateStrategy {
  readonly candidate: Candidate
  readonly taken: ChosenStrategy
}

/** One action: everything that one start of the client does at once. */
export interface JoinedStart {
  readonly taken: ChosenStrategy
  readonly candidates: readonly Candidate[]
}

/** So many agents are continued at once that a throttle or an overload ended: more would meet it again. */
const THROTTLED_BATCH = 2

/** Whether the API itself had too much to do, whatever the person's own limits are. */
export function isThrottled({ diagnosis: { reason, limit } }: Judged): boolean {
  return reason === 'overloaded' || limit?.kind === 'throttle' || limit?.kind === 'api_key'
}

/**
 * Joins what one process can do: agents of one parent session are continued by one start of it (two processes on one
 * transcript would spoil it), at most `batch` at once and fewer of those that were throttled, and a workflow run is resumed once for all of its calls. The order is
 * that of the first of each group.
 */
export function joinBySession(chosen: readonly CandidateStrategy[], settings: PlanSettings, batch: number): readonly JoinedStart[] {
  const groups = new Map<string, CandidateStrategy[]>()
  const size = Math.max(1, Math.floor(batch))
  for (const each of chosen) {
    const { run } = each.candidate.judged
    const of = `${each.taken.kind} ${run.sessionId ?? ''}`
    const key =
      each.taken.kind === 'resume'
        ? `${of} ${isThrottled(each.candidate.judged)}`
        : each.taken.kind === 'resume_workflow'
          ? `${of} ${run.workflowRunId ?? each.candidate.workflow?.runId}`
          : null
    const group = key === null ? undefined : groups.get(key)
    if (group === undefined) groups.set(key ?? `${groups.size} ${run.agentId ?? run.toolUseId}`, [each])
    else group.push(each)
  }
  return [...groups.values()].flatMap((group) => joinGroup(group, settings, size))
}

function joinGroup(group: readonly CandidateStrategy[], settings: PlanSettings, size: number): readonly JoinedStart[] {
  const [first] = group
  if (first === undefined) return []
  const candidates = group.map(({ candidate }) => candidate)
  if (first.taken.kind !== 'resume') return [{ taken: first.taken, candidates }]
  const few = isThrottled(first.candidate.judged)
  const most = few ? Math.min(size, THROTTLED_BATCH) : size
  const parts = Array.from({ length: Math.ceil(candidates.length / most) }, (_, index) =>
    candidates.slice(index * most, (index + 1) * most),
  )
  const parent = parentOf(first.candidate)
  const { recovery } = first.candidate.client
  return parts.flatMap(([lead, ...others]) => {
    if (lead === undefined) return []
    const taken = typeof parent === 'string' || recovery === null ? first.taken : resumeOf([lead, others], parent, recovery, settings)
    const why = few && parts.length > 1 ? `${taken.why} The API had too much to do, so at most ${most} are continued at once.` : taken.why
    return [{ taken: { ...taken, why }, candidates: [lead, ...others] }]
  })
}
