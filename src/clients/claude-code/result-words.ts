import type { ToolResult, Word } from '../../facts/record.ts'
import { isObject } from '../../text/json.ts'
import { meaningOf } from './notification.ts'
import { readWireAgentResult } from './wire.ts'
import { outcomeOf } from './words.ts'

/** What a resumed client (2.1.329) answers in the place of calls that its predecessor left open. */
const SESSION_ENDED = /^\[Tool call interrupted: the session ended before/

/** What the result of a launching call says of the agent. Notes of the harness stand before the agent's own text. */
export function resultWords(raw: unknown, results: readonly ToolResult[]): readonly Word[] {
  const [result] = results
  if (results.length !== 1 || result === undefined) return []
  const data = readWireAgentResult(raw)
  if (data?.status === undefined && data?.agentId === undefined && data?.runId === undefined && !result.isError) return []
  const notes = (data?.content ?? [])
    .slice(0, data?.harnessNoteCount ?? 0)
    .map((item) => (isObject(item) && typeof item['text'] === 'string' ? item['text'] : ''))
    .join('\n')
  // Older clients put the note where the agent's text begins; only the client's own opening words are taken there.
  const opening = /^(?:NOTE: this agent stopped|Agent (?:terminated|stalled|was stopped))[^\n]*/.exec(result.text.trimStart())?.[0] ?? ''
  const isLaunched = data?.status === 'async_launched' || data?.status === 'remote_launched'
  const tells = isLaunched ? (data?.error === undefined ? 'launched' : 'launch_refused') : meaningOf(`${notes}\n${opening}`)
  const status = data?.status ?? (result.isError ? 'error' : null)
  return [
    {
      via: 'tool_result',
      // A remote agent leaves no transcript here.
      agentId: data?.status === 'remote_launched' ? null : (data?.agentId ?? null),
      toolUseId: result.toolUseId,
      workflowRunId: data?.runId ?? null,
      taskId: data?.taskId ?? null,
      status,
      outcome: outcomeOf(status),
      tells: tells ?? (isAfterSessionEnd(result.text) ? 'previous_session_ended' : null),
      text: (opening === '' ? result.text : opening).slice(0, 500),
      worktree: data?.worktreePath === undefined ? null : { path: data.worktreePath, branch: data.worktreeBranch ?? null },
    },
  ]
}

/** Whether a result is the client's own answer in the place of a call that its predecessor left open. */
export function isAfterSessionEnd(result: string): boolean {
  return SESSION_ENDED.test(result)
}
