import { expect, it } from 'vitest'
import type { Files, Progress } from '../../src/ports/host.ts'
import { discoverSources } from '../../src/transcript/discover-sources.ts'
import { claudeCode } from '../../src/clients/claude-code/index.ts'
import { readTranscripts } from '../../src/transcript/read-transcripts.ts'
import { Tree } from '../records/tree.ts'
import { filesOf, HOME, memoryFiles, NEWEST } from '../hostile/world.ts'

/** Two sessions with twenty agents each: 42 transcripts. */
function files(): Files {
  const tree = new Tree(NEWEST)
  for (const id of [1, 2]) {
    const session = tree.session(id)
    for (let agent = 0; agent < 20; agent += 1) session.launch(id * 100 + agent).says(`Part ${agent}. ${'x'.repeat(agent * 50)}`)
  }
  return memoryFiles(filesOf(tree))
}

it('counts what it reads', async () => {
  const world = files()
  const { sources } = await discoverSources([HOME], [claudeCode], world)
  const transcripts = sources.filter(({ of }) => of.role === 'main' || of.role === 'agent')
  const told: Progress[] = []
  await readTranscripts(transcripts, world, 'UTC', { progress: (progress) => told.push(progress) })
  const bytesAll = transcripts.reduce((sum, source) => sum + source.bytes, 0)
  expect(told.at(-1)).toEqual({ filesDone: 42, filesAll: 42, bytesDone: bytesAll, bytesAll, agentsDone: 40 })
  const bytes = told.map(({ bytesDone }) => bytesDone)
  expect(bytes).toEqual(bytes.toSorted((a, b) => a - b))
})
