import { describe, expect, it } from 'vitest'
import { diagnose } from '../../src/reasons/diagnose.ts'
import { oneAgent } from '../hostile/world.ts'
import { findRun } from './linked.ts'

// 2.1.290: an agent hands its report back by a tool, and no message follows.
describe('a report that was handed back', () => {
  it('is a clean end', async () => {
    const { run, context } = await findRun(
      oneAgent((agent) => agent.result(agent.call('SubagentHandback', { message: 'Done.' }), 'Delivered.')),
    )
    expect(diagnose(run, context)).toMatchObject({ reason: 'completed', confidence: 'high', summary: 'its report was handed back' })
  })

  it('is none where the call failed, or where the agent went on', async () => {
    const failed = await findRun(
      oneAgent((agent) => agent.result(agent.call('SubagentHandback', { message: '' }), 'It is empty.', { error: true })),
    )
    expect(diagnose(failed.run, failed.context).reason).not.toBe('completed')
    const onward = await findRun(
      oneAgent(
        (agent) => void agent.result(agent.call('SubagentHandback', { message: 'x' }), 'Delivered.').call('Bash', { command: 'ls' }),
      ),
    )
    expect(diagnose(onward.run, onward.context).reason).not.toBe('completed')
  })
})
