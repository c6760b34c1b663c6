import { Tree } from '../records/tree.ts'
import { filesOf, NEWEST, SESSION } from './world.ts'

/** One of every file that lies beside transcripts: registry, background job, sidecars, and the journal and summary of a run. */
export const BESIDE = (() => {
  const tree = new Tree(NEWEST)
  const main = tree.session()
  tree.registry(77, main)
  main.launch(9, { background: true }).call('Bash', { command: 'make' })
  const workflow = main.workflow('wf_00000001', 'checks')
  workflow.agent(1, 'the parser').says('Done: all checks hold.')
  workflow.agent(2, 'the printer').fiveHours('15:10:00', '3:10pm (UTC)')
  workflow.agent(3, 'the reader').call('Bash', { command: 'make' })
  workflow.journal('result', 1, { ok: true }).journal('failed', 2)
  workflow.addToSummary(1, 'the parser', 'done').addToSummary(2, 'the printer', 'failed', { error: 'limit' }).log('2 of 3')
  workflow.end('completed')
  tree.files.set('jobs/3c44f43e/state.json', JSON.stringify({ state: 'working', sessionId: SESSION, backend: 'daemon' }))
  return filesOf(tree)
})()
