import type { Run } from '../../src/facts/run.ts'
import type { Owner, Owners, RunContext } from '../../src/facts/session.ts'
import { discoverSources } from '../../src/transcript/discover-sources.ts'
import { claudeCode } from '../../src/clients/claude-code/index.ts'
import { type Linked, link } from '../../src/transcript/link.ts'
import { readTree } from '../../src/transcript/read-tree.ts'
import { type Content, filesOf, HOME, memoryFiles, NOW, SESSION } from '../hostile/world.ts'
import { instant } from '../records/transcript.ts'
import { type Tree } from '../records/tree.ts'

export interface RunInContext {
  readonly run: Run
  readonly context: RunContext
}

export const NOBODY: Owners = {
  bySession: new Map(),
  byAgent: new Map(),
  byWorktree: new Map(),
  jobs: new Map(),
  registryRead: false,
  isThisMachine: false,
}

/** A story, read and joined, without anybody’s judgement. */
export async function linkStory(contents: ReadonlyMap<string, Content>, owners: Owners = NOBODY, now: number = NOW): Promise<Linked> {
  const files = memoryFiles(contents)
  const { sources } = await discoverSources([HOME], [claudeCode], files)
  return link(await readTree(sources, files, 'UTC'), new Map([[claudeCode.id, owners]]), now)
}

/** One run of a story by its agent’s id; '' is the main thread. */
export async function findRun(tree: Tree, id = 'a0000000000000001', owners: Owners = NOBODY, now: number = NOW): Promise<RunInContext> {
  const { contexts } = await linkStory(filesOf(tree), owners, now)
  for (const [run, context] of contexts) if ((run.agentId ?? '') === id) return { run, context }
  throw new Error(`no run ${id}`)
}

export function createOwners(...owners: readonly Partial<Owner>[]): Owners {
  const whole = owners.map((owner): Owner => ({
    source: 'registry',
    path: `${HOME}/sessions/77.json`,
    pid: 77,
    state: 'alive',
    startedAt: instant('09:59:58'),
    jobId: null,
    status: null,
    statusSince: null,
    ...owner,
  }))
  return {
    bySession: new Map([[SESSION, whole]]),
    byAgent: new Map(),
    byWorktree: new Map(),
    jobs: new Map(),
    registryRead: true,
    isThisMachine: true,
  }
}
