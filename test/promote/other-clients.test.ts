import { expect, it } from 'vitest'
import { promote } from '../../src/promote/promote.ts'
import { HOME, memoryFiles, noProcesses, NOW } from '../hostile/world.ts'
import { AgentState, STATE, stateDocument } from '../records/agent-states.ts'
import { Rollout, threadId } from '../records/rollouts.ts'

const promoted = (contents: ReadonlyMap<string, string>, agent: string): Promise<unknown> =>
  promote(
    { roots: [HOME], agent, write: false, expect: null, folder: null, now: NOW, timeZone: 'UTC' },
    { files: memoryFiles(contents), processes: noProcesses, writeNewFile: () => Promise.reject(new Error('nothing is written')) },
  )

it('names the command that opens an agent which is a session already', async () => {
  const child = { id: threadId(2), parent: { id: threadId(1) } }
  const rollout = new Rollout(child).prompt('Go').fails('server_overloaded', 'at capacity')
  await expect(promoted(new Map([[rollout.path, rollout.text]]), child.id)).rejects.toThrow(
    `agents of Codex are sessions already: open it with codex resume ${child.id}`,
  )
})

it('names none where nothing opens an agent', async () => {
  const document = stateDocument([new AgentState('agent_0a1b2c3d', 'Go').is({ Failed: 'HTTP 500' })])
  await expect(promoted(new Map([[`${STATE}/subagents.v1.json`, document]]), 'agent_0a1b2c3d')).rejects.toThrow(
    'CodeWhale opens no agent as a session of its own',
  )
})
