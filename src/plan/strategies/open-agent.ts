import type { ClientRecovery } from '../../clients/recovery.ts'
import { isSessionId } from '../../text/plain.ts'
import { CONTINUE_WORDS } from '../../text/prompts.ts'
import type { Candidate, PlanSettings } from '../candidate.ts'
import { resumeCost } from './cost.ts'
import { describeOwnFolder, type WorkFolder } from './places.ts'
import { listStopNotes } from './preflight.ts'
import type { ChosenStrategy } from './strategy.ts'

/** An agent that is a session already, as its client sees it: it is opened by its own id, and nothing has to be written for that. */
export function openAgent(
  candidate: Candidate,
  place: WorkFolder,
  recovery: ClientRecovery,
  settings: PlanSettings,
): ChosenStrategy | string {
  const { agentId } = candidate.judged.run
  if (agentId === null || !isSessionId(agentId)) return 'unsafe id: kept out of commands'
  const doubt = recovery.explainDoubt(settings.client)
  return {
    kind: 'promote',
    session: agentId,
    title: `Continue agent ${agentId} by its own id`,
    why: `${recovery.describeVersion(settings.client)} opens an agent like any other session: it keeps its context, but its parent does not hear of it.`,
    commands: [
      ...(place.restore === null ? [] : [place.restore]),
      recovery.buildStart({ cwd: place.folder, session: agentId, prompt: CONTINUE_WORDS, agents: 1 }, settings),
    ],
    preconditions: [
      describeOwnFolder(place),
      `No other process has agent ${agentId} open.`,
      ...listStopNotes(candidate),
      ...recovery.listNotes(candidate.session.main?.run.permissionMode ?? null, settings),
      ...(doubt === null ? [] : [doubt]),
    ],
    risk: 'The parent session does not learn of its result. In-flight calls may already have taken effect.',
    cost: resumeCost(candidate),
  }
}
