import { jsonText } from './json-text.ts'
import type { Reporter } from './reporter.ts'

/** One JSON object a line, each with its `type`: the header first, then every entity of the report. */
export const ndjson: Reporter = {
  name: 'ndjson',
  mediaType: 'application/x-ndjson',
  *render(report) {
    const { sessions, agents, workflows, workItems, incidents, worktrees, plan, readIssues, ...header } = report
    yield line('report', header)
    for (const session of sessions) yield line('session', session)
    for (const agent of agents) yield line('agent', agent)
    for (const workflow of workflows) yield line('workflow', workflow)
    for (const workItem of workItems) yield line('workItem', workItem)
    for (const incident of incidents) yield line('incident', incident)
    for (const worktree of worktrees) yield line('worktree', worktree)
    for (const action of plan.actions) yield line('action', action)
    for (const issue of readIssues) yield line('readIssue', issue)
  },
}

function line(type: string, entity: object): string {
  return `${jsonText({ type, ...entity })}\n`
}
