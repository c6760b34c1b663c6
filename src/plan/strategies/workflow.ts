import { hasResult, splitForResume } from '../../incident/run-again.ts'
import { isWorkflowRunId } from '../../text/plain.ts'
import { plural } from '../../text/plural.ts'
import { continueSession, listHostNotes, parentOf } from './preflight.ts'
import { costOf, parentCost, tokens } from './cost.ts'
import type { ResumeStrategy } from './strategy.ts'

/** A workflow run as a whole: the journal says what is done, and only the rest runs. */
export const workflow: ResumeStrategy = {
  kind: 'resume_workflow',
  consider(candidate, settings) {
    const { run } = candidate.judged
    const { recovery, name } = candidate.client
    const whole = candidate.workflow
    if (run.workflowRunId === null && whole === null) return 'it is no call of a workflow'
    if (whole === null) return 'the journal of its workflow run is missing'
    if (!isWorkflowRunId(whole.runId)) return 'unsafe id of its workflow run: kept out of prompts'
    if (recovery === null) return `how workflow runs of ${name} are resumed is unknown`
    const refusal = recovery.refuseWorkflows(settings.client)
    if (refusal !== null) return refusal
    const resumed = splitForResume(whole)
    const again = resumed.again.length
    const finished = resumed.again.filter(hasResult).length
    const all = resumed.taken.length + again
    const least = whole.reachedEnd ? '' : 'at least '
    // Where no schema is asked for, 2.1.156 takes the text of the error for the answer; 2.1.220 and 2.1.329 do not.
    if (resumed.taken.flat().some((call) => call.agentId === run.agentId && call.journal === 'result')) {
      return 'the journal of its run holds the text of its error as its result: a resume would take that for its answer'
    }
    const parent = parentOf(candidate)
    if (typeof parent === 'string') return parent
    const scriptPath = whole.scriptPath
    if (scriptPath === null) return 'the script of its workflow run is missing'
    // A summary is somebody else's text: only the script that the client keeps beside the session's transcript is run.
    if (parent.run.path === null || !recovery.isOwnScript(scriptPath, whole.runId, parent.run.path)) {
      return 'the script of its workflow run does not lie in its session, or has an unsafe path, kept out of prompts'
    }
    const doubt = recovery.explainDoubt(settings.client)
    const each = costOf(candidate).resume
    const start = {
      cwd: parent.folder,
      session: parent.sessionId,
      prompt: recovery.workflowPrompt(whole.runId, scriptPath),
      agents: Math.max(1, again),
      waits: true,
      // Headless, a workflow is refused (“Review dynamic workflow before running”) unless a rule allows it (2.1.156 to 2.1.329).
      allow: [recovery.workflowTool],
    }
    const { commands, preconditions, session } = continueSession(
      candidate,
      start,
      recovery,
      recovery.buildStart(start, settings),
      parent.restore === null ? [] : [parent.restore],
    )
    return {
      kind: 'resume_workflow',
      title: `Resume the workflow run ${whole.runId}`,
      why:
        `Of its ${plural(all, 'call')}, ${taken(all - again)}, and ${least}${again} ${again === 1 ? 'runs' : 'run'} again` +
        `${finished === 0 ? '' : `, ${finished} of which had finished: the client runs again whatever stands behind the first call without a result`}.`,
      commands,
      session,
      preconditions: [
        ...preconditions,
        'The script of the run was not changed: calls are known by their prompt and options.',
        ...(settings.headless
          ? [`The command allows the tool ${recovery.workflowTool} for this one start, since nobody is there to be asked.`]
          : []),
        ...listHostNotes(candidate, [run], recovery),
        ...recovery.listNotes(parent.run.permissionMode, settings),
        ...(doubt === null ? [] : [doubt]),
      ],
      risk: 'Rerun calls start over: what they did outside of their own worktree is done twice.',
      cost: [
        `${least}${plural(again, 'call')} from ${again === 1 ? 'its' : 'their'} beginning`,
        ...(each === null ? [] : [`; this one was at about ${tokens(each)} tokens of context when it died`]),
        `. ${parentCost(parent.run)}`,
      ].join(''),
    }
  },
}

function taken(results: number): string {
  if (results === 0) return 'none has a result in the journal that is taken'
  return results === 1 ? 'the journal’s result of the first is taken' : `the journal’s results of the first ${results} are taken`
}
