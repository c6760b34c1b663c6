import type { ToolPurpose, WordOutcome } from '../../facts/record.ts'

/** What the client's status words mean, in results, notifications and workflow files (2.0.76 to 2.1.329). */
const OUTCOMES: ReadonlyMap<string, WordOutcome> = new Map([
  ['async_launched', 'launched'],
  ['remote_launched', 'launched'],
  ['queued_to_running', 'launched'],
  ['completed', 'finished'],
  ['done', 'finished'],
  ['finished', 'finished'],
  ['success', 'finished'],
  ['failed', 'failed'],
  ['error', 'failed'],
  ['killed', 'killed'],
  ['stopped', 'stopped'],
])

/** What a status word means; null: nothing that is known, or there is no word. */
export function outcomeOf(status: string | null): WordOutcome | null {
  return status === null ? null : (OUTCOMES.get(status) ?? null)
}

const PURPOSES: ReadonlyMap<string, ToolPurpose> = new Map([
  ['StructuredOutput', 'structured_output'],
  // The report that 2.1.290 wants handed back by a tool.
  ['SubagentHandback', 'report'],
  ['Monitor', 'wait'],
  ['BashOutput', 'wait'],
  ['TaskOutput', 'wait'],
  ['AgentOutputTool', 'wait'],
  ['Sleep', 'wait'],
])

/** What a tool is for, where that decides how a run ended. */
export function purposeOf(tool: string): ToolPurpose | null {
  return PURPOSES.get(tool) ?? null
}
