import { lastName } from '../../text/last-name.ts'
import { isPlainId } from '../../text/plain.ts'
import { MOVED_HERE } from '../../worktree/notes.ts'
import type { Candidate, PlanSettings } from '../candidate.ts'
import type { ClientRecovery, StartCommand } from '../../clients/recovery.ts'
import { explainFreshIsCheaper, parentCost, resumeCost } from './cost.ts'
import { findWorkFolder } from './places.ts'
import {
  isCalledStopped,
  findOneShotReason,
  continueSession,
  listHostNotes,
  listStopNotes,
  type Parent,
  parentOf,
  findContextFault,
} from './preflight.ts'
import type { ChosenStrategy, ResumeStrategy } from './strategy.ts'

/** A message through the parent session: the agent goes on with all it knows, and its parent hears of the end. */
export const sendMessage: ResumeStrategy = {
  kind: 'resume',
  consider(candidate, settings) {
    const { run } = candidate.judged
    const { recovery, name } = candidate.client
    if (run.workflowRunId !== null) return 'a call of a workflow is continued with its whole run'
    if (run.path === null || run.agentId === null) return 'it has no transcript to continue'
    if (!isPlainId(run.agentId)) return 'unsafe id: kept out of prompts'
    if (recovery === null) return `how sessions of ${name} are resumed is unknown`
    const refusal = recovery.refuseMessages(run, settings.client)
    if (refusal !== null) return refusal
    const no = findOneShotReason(candidate) ?? findContextFault(candidate)
    if (no !== null) return no
    const ownRefusal = recovery.refuseMessageTo(run, isCalledStopped(candidate), settings.client)
    if (ownRefusal !== null) return ownRefusal
    if (findWorkFolder(candidate)?.isOwn === false) return 'its worktree is gone: it would continue in the main checkout'
    const { worktree } = candidate
    if (isElsewhere(candidate)) return 'its worktree was moved: the client looks for it where it was'
    if (run.worktreePath !== null && worktree !== null && worktree.path === worktree.repo && worktree.path !== run.worktreePath)
      return 'it worked in the main checkout, and not in the worktree that its session has for it: it would continue elsewhere'
    const parent = parentOf(candidate)
    if (typeof parent === 'string') return parent
    const dear = explainFreshIsCheaper(candidate)
    if (dear !== null) return dear
    return resumeOf([candidate, []], parent, recovery, settings)
  },
}

/** Whether its work lies in another worktree than that which the client has noted for it; a link in between changes no last name. */
function isElsewhere({ judged: { run }, worktree }: Candidate): boolean {
  if (run.worktreePath === null || worktree === null || worktree.path === run.worktreePath || worktree.path === worktree.repo) return false
  return worktree.notes.some((note) => note.startsWith(MOVED_HERE)) || lastName(worktree.path) !== lastName(run.worktreePath)
}

/** One start of the parent session continues all of them. */
export function resumeOf(
  [first, others]: readonly [Candidate, readonly Candidate[]],
  parent: Parent,
  recovery: ClientRecovery,
  settings: PlanSettings,
): ChosenStrategy {
  const candidates = [first, ...others]
  const ids = candidates.flatMap(({ judged }) => judged.run.agentId ?? [])
  const start = { cwd: parent.folder, session: parent.sessionId, prompt: recovery.messagePrompt(ids), agents: ids.length, waits: true }
  const restores = listRestores(parent, candidates)
  const { commands, preconditions, session } = continueSession(first, start, recovery, recovery.buildStart(start, settings), restores)
  const doubt = recovery.explainDoubt(settings.client)
  return {
    kind: 'resume',
    title:
      ids.length === 1
        ? `Continue agent ${ids[0]} through its parent session`
        : `Continue ${ids.length} agents through their parent session`,
    session,
    why: `${recovery.describeVersion(settings.client)} continues dead agents by ${recovery.messageTool}: with their context, in their own worktrees, and the parent hears how they end.`,
    commands,
    preconditions: [
      ...preconditions,
      ...candidates.flatMap(placeStands),
      ...candidates.flatMap(listStopNotes),
      ...listHostNotes(
        first,
        candidates.map(({ judged }) => judged.run),
        recovery,
      ),
      ...recovery.listNotes(parent.run.permissionMode, settings),
      ...(doubt === null ? [] : [doubt]),
    ],
    risk: 'The parent’s model may not comply: scan again afterwards. In-flight calls may already have taken effect.',
    cost: [
      ...(others.length === 0 ? [resumeCost(first)] : candidates.map((each) => `${each.judged.run.agentId}: ${resumeCost(each)}`)),
      parentCost(parent.run),
    ].join('. '),
  }
}

/** What adds their missing worktrees again, each once. */
function listRestores(parent: Parent, candidates: readonly Candidate[]): readonly StartCommand[] {
  const restores = [
    ...(parent.restore === null ? [] : [parent.restore]),
    ...candidates.flatMap((candidate) => findWorkFolder(candidate)?.restore ?? []),
  ]
  return [...new Map(restores.map((restore) => [restore.argv.join('\0'), restore])).values()]
}

function placeStands(candidate: Candidate): readonly string[] {
  const { worktreePath, agentId } = candidate.judged.run
  if (worktreePath === null || findWorkFolder(candidate)?.restore != null) return []
  return [`The worktree of agent ${agentId} is there: without it, the agent would continue in the main checkout.`]
}
