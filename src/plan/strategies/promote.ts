import { isPlainId } from '../../text/plain.ts'
import { promotedPrompt } from '../../text/prompts.ts'
import { explainFreshIsCheaper, resumeCost } from './cost.ts'
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
    if (!isPlainId(run.agentId)) return 'its id is not plain, and goes on no command line'
    if (run.workflowRunId !== null) return 'what a call of a workflow answers belongs to its run, which a session of its own cannot reach'
    if (run.kind === 'fork') return 'a fork has its parent’s context, which does not stand in its own transcript'
    if (run.firstPrompt === null) return 'its transcript does not hold the task that it was given (2.0.60 kept none)'
    if (recovery === null) return `nothing is known of how sessions of ${name} are opened`
    const refusal = recovery.refusePromotion(settings.client)
    if (refusal !== null) return refusal
    const no = findOneShotReason(candidate) ?? findContextFault(candidate)
    if (no !== null) return no
    const session = recovery.promotedSessionId(run)
    if (session === null) return 'its records have no uuids, by which the client joins them'
    const place = findWorkFolder(candidate)
    if (place === null) return 'nothing tells where it ran'
    if (!place.isOwn) return 'its worktree is gone: what its context says of files there is no longer true'
    if (recovery.transcriptOf('', place.folder, session) === null)
      return 'the path of its folder is so long that the client’s name for it cannot be told'
    const dear = explainFreshIsCheaper(candidate)
    if (dear !== null) return dear
    const doubt = recovery.explainDoubt(settings.client)
    const agentType = run.agentType !== null && recovery.keepsType(run.agentType, settings.client) ? { agentType: run.agentType } : {}
    return {
      kind: 'promote',
      session,
      title: `Continue agent ${run.agentId} as a session of its own`,
      why: 'Its records become a session that the client opens like any other: the agent goes on with all it knows, but its parent does not hear of it.',
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
      risk: 'The parent session does not learn of its result. What the agent had in flight may have taken effect already.',
      cost: resumeCost(candidate),
    }
  },
}
