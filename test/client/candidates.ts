import { diagnose } from '../../src/reasons/diagnose.ts'
import type { Judged } from '../../src/reasons/judged.ts'
import type { WorktreeReport } from '../../src/worktree/worktree-report.ts'
import type { Run } from '../../src/facts/run.ts'
import { createFiles } from '../../src/node/files.ts'
import { createProcesses } from '../../src/node/processes.ts'
import { claudeCode } from '../../src/clients/claude-code/index.ts'
import type { Candidate } from '../../src/plan/candidate.ts'
import { discoverSources } from '../../src/transcript/discover-sources.ts'
import { clients } from '../../src/clients/index.ts'
import { link } from '../../src/transcript/link.ts'
import { readTree } from '../../src/transcript/read-tree.ts'

/** Everything below a root, judged: what the plan is made of. */
export async function judgedBelow(
  root: string,
): Promise<{ readonly agents: readonly Judged[]; readonly candidates: readonly Candidate[] }> {
  const files = createFiles()
  const found = await discoverSources([root], clients, files)
  const tree = await readTree(found.sources, files, 'Etc/UTC')
  const owners = await claudeCode.readOwners(found.roots, [], { files, processes: createProcesses() })
  const { sessions, contexts, workflows } = link(tree, new Map([[claudeCode.id, owners]]), Date.now())
  const judge = (run: Run): Judged => {
    const context = contexts.get(run)
    if (context === undefined) throw new Error('a run without its context')
    return { run, context, diagnosis: diagnose(run, context) }
  }
  const agents: Judged[] = []
  const candidates: Candidate[] = []
  for (const session of sessions) {
    const own = session.agents.filter((run) => run.kind !== 'internal').map(judge)
    agents.push(...own)
    const of = { session, main: session.main === null ? null : judge(session.main), agents: own }
    for (const judged of own) {
      if (['completed', 'running', 'unknown'].includes(judged.diagnosis.reason)) continue
      const workflow = workflows.find(({ runId }) => runId === judged.run.workflowRunId) ?? null
      candidates.push({
        judged,
        session: of,
        client: claudeCode,
        workflow,
        worktree: null as WorktreeReport | null,
        sessionWorktree: null,
        workItem: null,
      })
    }
  }
  return { agents, candidates }
}
