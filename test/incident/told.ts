import { diagnose } from '../../src/reasons/diagnose.ts'
import { type Story, joinStory } from '../../src/incident/story.ts'
import type { Processes } from '../../src/ports/host.ts'
import type { Judged } from '../../src/reasons/judged.ts'
import type { Report } from '../../src/report/report.ts'
import type { WorktreeReport } from '../../src/worktree/worktree-report.ts'
import type { Run } from '../../src/facts/run.ts'
import { linkStory } from '../reasons/linked.ts'
import type { Script, Tree } from '../records/tree.ts'
import { filesOf, HOME, memoryFiles, noProcesses, type optionsFor, scan } from '../hostile/world.ts'

type Options = NonNullable<Parameters<typeof optionsFor>[1]>

/** The report of a story, through the whole program. */
export function reportStory(tree: Tree, options: Options = {}, processes: Processes = noProcesses): Promise<Report> {
  return scan(HOME, { files: memoryFiles(filesOf(tree)), options, processes })
}

/** The joining alone, with what git would say of worktrees. */
export async function joinTree(tree: Tree, worktrees: readonly WorktreeReport[]): Promise<Story> {
  const { sessions, contexts, workflows } = await linkStory(filesOf(tree))
  const judge = (run: Run | null): Judged | null => {
    const context = run === null ? undefined : contexts.get(run)
    return run === null || context === undefined ? null : { run, context, diagnosis: diagnose(run, context) }
  }
  return joinStory({
    sessions: sessions.map((session) => ({
      session,
      main: judge(session.main),
      agents: session.agents.flatMap((run) => judge(run) ?? []),
    })),
    workflows,
    worktrees,
    roots: [],
    excerpts: true,
  })
}

/** The work item that an agent is an attempt at. */
export function itemOf(report: Report, child: Script): Report['workItems'][number] {
  const id = child.who.agentId ?? child.who.sessionId
  const found = report.workItems.filter(({ attempts }) => attempts.includes(id))
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${id} is an attempt at ${found.length} items`)
  return found[0]
}

export function supersededBy(report: Report, child: Script): string | null | undefined {
  return report.agents.find(({ agentId }) => agentId === child.who.agentId)?.supersededBy
}

/** An agent of a foreground launch that met the 5-hour limit after one turn; its parent was told `completed`. */
export function diesOfLimit(session: Script, number: number, options: Parameters<Script['launch']>[1] = {}): Script {
  const child = session.launch(number, options)
  child.bash('ls', 'a b')
  child.fiveHours('15:00:00', '3pm (UTC)')
  session.returns(child, "You've hit your session limit · resets 3pm (UTC)")
  return child
}

export function finishes(session: Script, number: number, options: Parameters<Script['launch']>[1] = {}): Script {
  const child = session.launch(number, options)
  child.bash('ls', 'a b')
  child.says('All of it is ported and tested.')
  session.returns(child, 'All of it is ported and tested.')
  return child
}
