import { isPlainId } from '../../text/plain.ts'
import { promotedPrompt } from '../../text/prompts.ts'
import { explainFreshIsCheaper, resumeCost } from './cost.ts'
import { openAgent } from './open-agent.ts'
import { describeOwnFolder, findWorkFolder } from './places.ts'
import { findContextFault, findOneShotReason, listHostNotes, listStopNotes } from './preflight.ts'
import type { ResumeStrategy } from './strategy.ts'

/** The agent's records as a session of its own: nobody but it is needed, and no tool that a client may refuse. */
export const promote: ResumeStrategy = {
  kind: 'promote',
  consider(candidate, settings) {
    const { run } = candidate.judged
    const { recovery, name } = candidate.client
    if (run.path === null || run.agentId === null) return 'it has no transcript to continue'
    if (!isPlainId(run.agentId)) return 'unsafe id: kept out of commands'
    if (run.workflowRunId !== null) return 'the answer of a workflow call belongs to its run, which a session of its own cannot reach'
    if (run.kind === 'fork') return 'a fork has its parent’s context, which is not in its own transcript'
    if (run.firstPrompt === null) return 'its transcript does not hold its task (2.0.60 kept none)'
    if (recovery === null) return `how sessions of ${name} are opened is unknown`
    const refusal = recovery.refusePromotion(settings.client)
    if (refusal !== null) return refusal
    const no = findOneShotReason(candidate) ?? findContextFault(candidate)
    if (no !== null) return no
    const session = recovery.promotedSessionId(run)
    if (session === null) return 'its records have no uuids, by which the client joins them'
    const place = findWorkFolder(candidate)
    if (place === null) return 'its folder is unknown'
    if (!place.isOwn) return 'its worktree is gone: what its context says of files there is no longer true'
    if (recovery.createPromotion === null) return explainFreshIsCheaper(candidate) ?? openAgent(candidate, place, recovery, settings)
    if (recovery.transcriptOf('', place.folder, session) === null)
      return 'the path of its folder is too long: the client’s name for it is unknown'
    const dear = explainFreshIsCheaper(candidate)
    if (dear !== null) return dear
    const doubt = recovery.explainDoubt(settings.client)
    const agentType = run.agentType !== null && recovery.keepsType(run.agentType, settings.client) ? { agentType: run.agentType } : {}
    return {
      kind: 'promote',
      session,
      title: `Continue agent ${run.agentId} as a session of its own`,
      why: 'Its records become a session that the client opens like any other: the agent keeps its context, but its parent does not hear of it.',
      commands: [
        ...(place.restore === null ? [] : [place.restore]),
        {
          cwd: place.folder,
          argv: ['agent-forensics', 'promote', run.agentId, `--root=${recovery.rootOf(run.path)}`, '--write', `--expect=${session}`],
        },
        recovery.buildStart({ cwd: place.folder, session, prompt: promotedPrompt(run.agentId), agents: 1, ...agentType }, settings),
      ],
      preconditions: [
        describeOwnFolder(place),
        `Nothing was added to the transcript of agent ${run.agentId} since: \`promote\` checks it.`,
        ...listStopNotes(candidate),
        ...listHostNotes(candidate, [run], recovery),
        ...recovery.listNotes(candidate.session.main?.run.permissionMode ?? null, settings),
        ...(doubt === null ? [] : [doubt]),
      ],
      risk: 'The parent session does not learn of its result. In-flight calls may already have taken effect.',
      cost: resumeCost(candidate),
    }
  },
}
