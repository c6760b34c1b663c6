import { expect, it } from 'vitest'
import { salvage } from '../../src/salvage/salvage.ts'
import { HOME, memoryFiles } from '../hostile/world.ts'
import { noGit } from '../no-git.ts'
import { AgentState, STATE, stateDocument } from '../records/agent-states.ts'

it('of a product whose files are not read does not say that nothing was written, and makes no folder', async () => {
  const agent = new AgentState('agent_0a1b2c3d', 'Go').does('write_file', { path: 'a.ts', content: 'x' }).keeps('step')
  const contents = new Map([[`${STATE}/subagents.v1.json`, stateDocument([agent])]])
  const options = { roots: [HOME], target: 'agent_0a1b2c3d', session: null, tree: false, git: false, toolVersion: '0', timeZone: 'UTC' }
  const open = () => Promise.reject(new Error('nothing is written'))
  await expect(salvage(options, { files: memoryFiles(contents), git: noGit }, open)).rejects.toThrow(
    'files that agents of CodeWhale wrote cannot be rebuilt',
  )
})
