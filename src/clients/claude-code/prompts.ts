import { pathInPrompt } from '../../text/plain.ts'
import { CONTINUE_WORDS } from '../../text/prompts.ts'

/** The prompt of a resumed parent session that shall continue its agents. */
export function messagePrompt(agentIds: readonly string[]): string {
  return (
    `Continue ${agentIds.length === 1 ? 'a sub-agent' : 'sub-agents'} of this session that died before the work was done. ` +
    'Call the tool SendMessage exactly once for each of these agent ids, with the id as to: ' +
    `${agentIds.join(', ')}. (Where SendMessage is not loaded yet, load it first: ToolSearch, query select:SendMessage.) ` +
    `Send each of them this message, word for word: ${CONTINUE_WORDS} ` +
    'Start no new agents, do none of their work yourself, and message no other agent. If a message is refused, quote the refusal ' +
    'and leave it at that. Then wait until all of them have reported, and say of each in one line how it ended.'
  )
}

/** The prompt of a resumed session that shall continue one of its workflow runs. */
export function workflowPrompt(runId: string, scriptPath: string): string {
  return (
    `Continue the workflow run ${runId} of this session as a whole: call the tool Workflow exactly once, with scriptPath ` +
    `${pathInPrompt(scriptPath)} and resumeFromRunId ${runId}. Calls that have finished are taken from its journal. Change nothing in the script, ` +
    'start no other agents, and do none of the work yourself. If the tool refuses, quote the refusal and leave it at that. ' +
    'Then wait until the run is over, and say in one line how it ended.'
  )
}

/** Calls to make, for a person to paste: each agent is sent the same words. */
export function messageRequest(agentIds: readonly string[], words: string): string {
  return `Call the tool SendMessage exactly once for each of these agent ids, with the id as to: ${agentIds.join(', ')}. (Where SendMessage is not loaded yet: ToolSearch, query select:SendMessage.) Send each of them this message, word for word: ${words}`
}

/** The call that resumes a run, for a person to paste. */
export function workflowRequest(runId: string, scriptPath: string): string {
  return `Call the tool Workflow exactly once, with scriptPath ${pathInPrompt(scriptPath)} and resumeFromRunId ${runId}. Change nothing in the script: calls that have finished are taken from its journal.`
}
