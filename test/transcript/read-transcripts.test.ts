import { describe, expect, it } from 'vitest'
import type { Files, Progress, Threads } from '../../src/ports/host.ts'
import { discoverSources } from '../../src/transcript/discover-sources.ts'
import { claudeCode } from '../../src/clients/claude-code/index.ts'
import { readTranscripts } from '../../src/transcript/read-transcripts.ts'
import { Tree } from '../fixtures/tree.ts'
import { filesOf, HOME, memoryFiles, NEWEST, spied } from '../hostile/world.ts'
import { threadsHere } from '../threads.ts'

/** Two sessions with twenty agents each: 42 transcripts. */
function files(): Files {
  const tree = new Tree(NEWEST)
  for (const id of [1, 2]) {
    const session = tree.session(id)
    for (let agent = 0; agent < 20; agent += 1) session.launch(id * 100 + agent).says(`Part ${agent}. ${'x'.repeat(agent * 50)}`)
  }
  return memoryFiles(filesOf(tree))
}

async function read(world: Files, how: { readonly threads?: Threads; readonly progress?: (progress: Progress) => void } = {}) {
  const { sources } = await discoverSources([HOME], claudeCode, world)
  const transcripts = sources.filter(({ of }) => of.role === 'main' || of.role === 'agent')
  return readTranscripts(transcripts, claudeCode, world, 'UTC', how)
}

/** Starts threads and counts them. */
function counted(threads: Threads): { readonly threads: Threads; readonly started: () => number } {
  let started = 0
  return {
    threads: {
      ...threads,
      start: () => {
        started += 1
        return threads.start()
      },
    },
    started: () => started,
  }
}

describe('reading with other threads', () => {
  it('gives the same in the same order, and every transcript is read once', async () => {
    const world = files()
    const alone = await read(world)
    expect(alone).toHaveLength(42)
    const here = spied(world)
    const there = spied(world)
    const together = await read(here.files, { threads: threadsHere(there.files) })
    expect(together).toEqual(alone)
    expect(there.opened.length).toBeGreaterThan(0)
    expect([...here.opened, ...there.opened].toSorted()).toEqual(alone.map((run) => ('source' in run ? run.source.path : '')).toSorted())
  })

  it('reads by itself what a thread took and never answered for', async () => {
    const world = files()
    const alone = await read(world)
    const threads = threadsHere(world)
    let answers = 0
    const dying: Threads = {
      ...threads,
      async start() {
        const thread = await threads.start()
        // It is heard once, and then no more.
        return { ...thread, listen: (heard, over) => thread.listen((message) => (answers++ === 0 ? heard(message) : undefined), over) }
      },
    }
    expect(await read(world, { threads: dying })).toEqual(alone)
    const broken: Threads = { ...threads, start: async () => ({ post: () => {}, listen: (_, over) => over() }) }
    expect(await read(world, { threads: broken })).toEqual(alone)
    const unstartable: Threads = { ...threads, start: () => Promise.reject(new Error('no more threads')) }
    expect(await read(world, { threads: unstartable })).toEqual(alone)
  })

  it('starts none for a little, one for each half a gigabyte, and as many as were asked for', async () => {
    const world = files()
    const large: Files = {
      ...world,
      facts: async (path) => ({ ...(await world.facts(path)), bytes: 60 * 2 ** 20 }),
      list: async (...args) => ({ paths: (await world.list(...args)).paths, issues: [] }),
    }
    const started = async (from: Files, how: Partial<Threads>): Promise<number> => {
      const threads = counted(threadsHere(world, how))
      await read(from, { threads: threads.threads })
      return threads.started()
    }
    expect(await started(world, { spare: 3 })).toBe(0)
    expect(await started(large, { spare: 9 })).toBe(4)
    expect(await started(large, { spare: 2 })).toBe(2)
    expect(await started(large, { spare: 2, asked: 1 })).toBe(0)
    expect(await started(world, { spare: 0, asked: 4 })).toBe(3)
    expect(await started(world, { asked: 64 })).toBe(41)
  })

  it('counts what all of them read', async () => {
    const world = files()
    const told: Progress[] = []
    const runs = await read(world, { threads: threadsHere(world), progress: (progress) => told.push(progress) })
    const bytesAll = runs.reduce((sum, run) => sum + ('source' in run ? run.source.bytes : 0), 0)
    expect(told.at(-1)).toEqual({ filesDone: 42, filesAll: 42, bytesDone: bytesAll, bytesAll, agentsDone: 40 })
    const bytes = told.map(({ bytesDone }) => bytesDone)
    expect(bytes).toEqual(bytes.toSorted((a, b) => a - b))
  })
})
