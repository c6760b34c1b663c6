import type { Evidence } from '../facts/evidence.ts'
import type { Placed, Run } from '../facts/run.ts'
import type { RunContext } from '../facts/session.ts'
import { mayHaveRun, ownersOf } from './absence.ts'
import { lastSign } from './last-word.ts'
import { absenceOf, processOf, recordOf } from './proof.ts'
import { isVersionAtLeast } from '../text/version.ts'

/** Everything that a client writes while it exits stands within this time (2.1.97 to 2.1.332). Milliseconds. */
const EXIT_MS = 2_000
/** What follows sooner than this was written by the same process: nobody starts the next one so fast. Milliseconds. */
const SAME_PROCESS_MS = 60_000
/** Escape cuts off the main thread and its agents within this time (0.2 s in 2.1.220 and 2.1.332). Milliseconds. */
const SAME_MOMENT_MS = 1_000

/** A client that ends tells so within this time of what it writes; a machine that is busy takes that long to hear it. Milliseconds. */
const HEARD_MS = 10_000

/** A client that spent its budget ends itself and its agents within this time (2.1.275, 2.1.332). Milliseconds. */
const CUT_MS = 10_000

/**
 * What proves that a client exited at the moment of an interrupt marker or of its own word; undefined: nothing does. Clients that exit write
 * what they also write when a person stops something, so that silence alone proves nothing: people leave their desks.
 */
export function findExit(
  at: number | null,
  run: Run,
  context: RunContext,
): { readonly evidence: Evidence; readonly sure: boolean } | undefined {
  const { session } = context
  if (at === null) return undefined
  const owners = ownersOf(context).filter((owner) => mayHaveRun(owner, at))
  // The process that ran at that moment lives: it did not exit.
  if (owners.some((owner) => owner.state === 'alive')) return undefined
  if (session.endHeardAt !== undefined && isNear(session.endHeardAt, at, HEARD_MS))
    return { evidence: absenceOf(run, 'its client said at that moment that it ends'), sure: true }
  const index = session.activity.findIndex((stretch) => stretch.to >= at)
  const stretch = session.activity[index]
  if (stretch === undefined || stretch.to > at + EXIT_MS) return undefined
  const next = session.activity[index + 1]
  if (next !== undefined && next.from - at < SAME_PROCESS_MS) return undefined
  const gone = owners.find((owner) => owner.state === 'gone')
  const isPersons = session.interrupts.some((each) => isNear(each.at, at, EXIT_MS))
  if (gone !== undefined && !isPersons && (gone.source === 'lock' || next === undefined))
    return { evidence: processOf(gone, `process ${gone.pid}, which ran it, has ended`), sure: true }
  const end = endOfMain(run, context)
  if (end?.at != null && next === undefined && end.at <= at && isNear(end.at, at, EXIT_MS))
    return { evidence: recordOf(end, 'its main thread had ended its work in that moment'), sure: false }
  if (next === undefined && context.now - at >= SAME_PROCESS_MS && wasBackgroundCutOff(at, context)) {
    const shows = 'background agents were cut off in the same second, and nothing of the session follows'
    return { evidence: absenceOf(run, shows), sure: false }
  }
  const notices = session.killNotices.filter((each) => isNear(each.at, at, EXIT_MS))
  const [notice] = notices
  if (notice === undefined || notices.some(({ delivered }) => delivered)) return undefined
  return {
    evidence: recordOf(notice, 'the client wrote notices of stopped agents at that moment, and delivered none', notice.text),
    sure: false,
  }
}

/** Where its main thread came to an end that its client marks: one that runs without a person exits with it. */
function endOfMain({ role }: Run, { session: { main } }: RunContext): Placed | undefined {
  if (role === 'main' || main === null || main.latest.mark !== 'marked') return undefined
  const { lastWord, lastAt } = main.latest
  return lastWord.kind === 'turn' || lastWord.kind === 'error' ? { at: lastAt, where: lastWord.where } : undefined
}

/** The first client that leaves the files of its agents alone when it exits. */
const FIRST_WITHOUT_MARKERS = [2, 1, 261] as const

/** Whether several agents were cut off in one moment, one of them in the background: Escape reaches none there, and an old client's exit all. */
function wasBackgroundCutOff(at: number, { session }: RunContext): boolean {
  const cut = session.agents.filter(({ latest: { lastWord } }) => lastWord.kind === 'interrupt' && isNear(lastWord.at, at, SAME_MOMENT_MS))
  return cut.length > 1 && cut.some((run) => isInBackground(run) && !isVersionAtLeast(run.clientVersion, FIRST_WITHOUT_MARKERS))
}

function isInBackground({ background, workflowRunId }: Run): boolean {
  return background === true || workflowRunId !== null
}

/** Whether one interrupt cut off an agent and its main thread in the same moment. */
export function wasCutOffWithMain({ role, latest: { lastWord } }: Run, { session }: RunContext): boolean {
  return lastWord.kind === 'interrupt' && role === 'agent' && session.interrupts.some(({ at }) => isNear(at, lastWord.at, SAME_MOMENT_MS))
}

/** Whether one interrupt cut off an agent's main thread or other agents in the same moment: then nobody meant this one by name. */
export function wasCutOffWithOthers(run: Run, context: RunContext): boolean {
  const { lastWord } = run.latest
  if (lastWord.kind !== 'interrupt' || run.role === 'main') return false
  const isSame = ({ agentId, latest: { lastWord: other } }: Run): boolean =>
    agentId !== run.agentId && other.kind === 'interrupt' && isNear(other.at, lastWord.at, SAME_MOMENT_MS)
  return wasCutOffWithMain(run, context) || context.session.agents.some(isSame)
}

/**
 * The record that tells that the budget of its session was spent when the run ended; undefined: it was not cut by that. An agent that the
 * client ends with it has the marker; earlier clients wait for their agents (2.1.170).
 */
export function findBudgetCut(run: Run, { session: { overBudget } }: RunContext): Placed | undefined {
  const at = lastSign(run)
  if (run.role === 'agent' && run.latest.lastWord.kind !== 'interrupt') return undefined
  if (overBudget?.at == null || at === null || at < overBudget.at - CUT_MS) return undefined
  return at <= overBudget.at + CUT_MS ? overBudget : undefined
}

function isNear(at: number | null, moment: number | null, within: number): boolean {
  return at !== null && moment !== null && Math.abs(at - moment) <= within
}
