import { diagnose } from '../../src/reasons/diagnose.ts'
import type { Judged, JudgedSession } from '../../src/reasons/judged.ts'
import type { Run } from '../../src/facts/run.ts'
import { linkStory } from '../reasons/linked.ts'
import { Tree } from '../records/tree.ts'
import { filesOf, NEWEST } from '../hostile/world.ts'

/** One session whose agents, by their ids, finished or were killed with the client. */
export async function judgedSession(ended: Readonly<Record<string, 'completed' | 'exit_killed'>>): Promise<JudgedSession> {
  const tree = new Tree(NEWEST)
  const main = tree.session()
  for (const [id, reason] of Object.entries(ended)) {
    const agent = main.launch(id, { background: true })
    if (reason === 'completed') agent.says('Done.')
    else agent.bash('ls').call('Bash', { command: 'make' })
  }
  const { sessions, contexts } = await linkStory(filesOf(tree))
  const [session] = sessions
  if (session === undefined) throw new Error('no session')
  const judge = (run: Run): Judged => {
    const context = contexts.get(run)
    if (context === undefined) throw new Error('nobody knows this run')
    return { run, context, diagnosis: diagnose(run, context) }
  }
  const agents = session.agents.map(judge)
  for (const { run, diagnosis } of agents) {
    if (diagnosis.reason !== ended[run.agentId ?? '']) throw new Error(`${run.agentId ?? ''} ended as ${diagnosis.reason}`)
  }
  return { session, main: session.main === null ? null : judge(session.main), agents }
}
