import { isPlainId } from '../../text/plain.ts'
import { resumePrompt } from '../../text/prompts.ts'
import type { Candidate, PlanSettings } from '../candidate.ts'
import { can, clientInWords, doubtOf, MAX_MESSAGED_BYTES } from '../../clients/claude-code/abilities.ts'
import { budgetNote, claudeCommand, permissionNote } from '../../clients/claude-code/command.ts'
import { dearerThanFresh, resumeCost } from './cost.ts'
import { placeOf } from './places.ts'
import { isStoppedByPerson, oneShot, parentIsFree, type Parent, parentOf, poisoned } from './preflight.ts'
import type { PlanCommand, Taken, Way } from './strategy.ts'

/** SendMessage through the parent session: the agent goes on with all it knows, and its parent hears of the end. */
export const sendMessage: Way = {
  kind: 'resume',
  consider(candidate, settings) {
    const { run } = candidate.judged
    const { client } = settings
    if (run.workflowRunId !== null) return 'a call of a workflow is continued with its whole run'
    if (run.path === null || run.agentId === null) return 'it has no transcript to continue'
    if (!isPlainId(run.agentId)) return 'its id is not plain, and goes into no prompt'
    if (!can(client, 'sendMessage'))
      return `${clientInWords(client)} does not let a parent send messages to its agents (2.1.187 and later do)`
    if (!/[\\/]subagents[\\/]/.test(run.path)) return 'its transcript has the layout of 2.0.x, in which later clients find no agent'
    const no = oneShot(candidate) ?? poisoned(candidate)
    if (no !== null) return no
    if (run.bytes > MAX_MESSAGED_BYTES && !can(client, 'sendMessageToLarge')) {
      return `its transcript has ${Math.round(run.bytes / 1024 / 1024)} MiB, and ${clientInWords(client)} continues none beyond 5 MiB`
    }
    if (isStoppedByPerson(candidate) && !can(client, 'sendMessageToStopped')) {
      return 'you stopped it: the client lets no parent continue it, until you type to it yourself'
    }
    if (placeOf(candidate)?.isOwn === false) return 'its worktree is gone: it would go on in the main checkout'
    const parent = parentOf(candidate)
    if (typeof parent === 'string') return parent
    const dear = dearerThanFresh(candidate)
    if (dear !== null) return dear
    return resumeOf([candidate], parent, settings)
  },
}

/** One start of the parent session continues all of them. */
export function resumeOf(candidates: readonly Candidate[], parent: Parent, settings: PlanSettings): Taken {
  const ids = candidates.flatMap(({ judged }) => judged.run.agentId ?? [])
  const [first] = candidates
  const doubt = doubtOf(settings.client)
  return {
    kind: 'resume',
    title:
      ids.length === 1
        ? `Continue agent ${ids[0]} through its parent session`
        : `Continue ${ids.length} agents through their parent session`,
    why: `${clientInWords(settings.client)} continues dead agents by SendMessage: with all they know, in their own worktrees, and the parent hears how they end.`,
    commands: [commandOf(ids, parent, settings)],
    preconditions: [
      ...(first === undefined ? [] : parentIsFree(first, parent.sessionId)),
      ...candidates.flatMap(placeStands),
      ...candidates.flatMap(stoppedNote),
      ...permissionNote(parent.run.permissionMode, settings),
      ...budgetNote(settings),
      ...(doubt === null ? [] : [doubt]),
    ],
    risk: 'The parent’s model does what it is told or not: scan again afterwards. What an agent had in flight may have taken effect already.',
    cost:
      candidates.length === 1 && first !== undefined
        ? resumeCost(first)
        : candidates.map((each) => `${each.judged.run.agentId}: ${resumeCost(each)}`).join('. '),
  }
}

function commandOf(ids: readonly string[], parent: Parent, settings: PlanSettings): PlanCommand {
  return claudeCommand(
    { cwd: parent.folder, session: parent.sessionId, prompt: resumePrompt(ids), agents: ids.length, waits: true },
    settings,
  )
}

function placeStands(candidate: Candidate): readonly string[] {
  const { worktreePath, agentId } = candidate.judged.run
  if (worktreePath === null) return []
  return [`The worktree of agent ${agentId} is there: without it, the agent would go on in the main checkout.`]
}

function stoppedNote(candidate: Candidate): readonly string[] {
  return isStoppedByPerson(candidate)
    ? [`You stopped agent ${candidate.judged.run.agentId} yourself: continue it only if its work is wanted after all.`]
    : []
}
