import type { Owner, Owners } from '../../facts/session.ts'
import { FileUnavailable } from '../../ports/host.ts'
import type { Machine } from '../client.ts'

/** More threads than anybody has open at once. */
const MOST = 10_000

/**
 * Who writes threads: a process holds the lock of each that it has open (0.171.0). A lock that nobody is seen to hold proves nothing, since
 * processes of other machines and containers are not seen; a process that is killed leaves the file behind.
 */
export async function readWriters(roots: readonly string[], { files, processes }: Machine): Promise<ReadonlyMap<string, readonly Owner[]>> {
  const bySession = new Map<string, readonly Owner[]>()
  const holders = await processes.lockHolders?.()
  if (holders === undefined || holders.size === 0) return bySession
  for (const root of roots) {
    for (const path of await listLocks(root, files)) {
      const id = /([0-9a-f-]{36})\.lock$/.exec(path)?.[1]
      const pid = id === undefined ? undefined : await holderOf(path, holders, files)
      if (id === undefined || pid === undefined || bySession.size >= MOST) continue
      const facts = await processes.inspect(pid)
      if (facts.state !== 'alive') continue
      const none = { jobId: null, status: null, statusSince: null }
      bySession.set(id, [{ source: 'registry', path, pid, state: 'alive', startedAt: facts.startedAt, ...none }])
    }
  }
  return bySession
}

async function listLocks(root: string, files: Machine['files']): Promise<readonly string[]> {
  if (!/[\\/]sessions$/.test(root)) return []
  const folder = root.replace(/sessions$/, 'thread-writer-locks')
  try {
    return (await files.list(folder, ['*.lock'])).paths
  } catch (error) {
    if (!(error instanceof FileUnavailable)) throw error
    return []
  }
}

async function holderOf(path: string, holders: ReadonlyMap<string, number>, files: Machine['files']): Promise<number | undefined> {
  try {
    const { identity } = await files.facts(path)
    return identity === null ? undefined : holders.get(identity)
  } catch (error) {
    if (!(error instanceof FileUnavailable)) throw error
    return undefined
  }
}

/** The owners of sessions and of agents, each thread by its own id. */
export async function readOwners(roots: readonly string[], _worktrees: readonly string[], machine: Machine): Promise<Owners> {
  const bySession = await readWriters(roots, machine)
  const byAgent = new Map([...bySession].flatMap(([id, [owner]]) => (owner === undefined ? [] : [[id, owner] as const])))
  return { bySession, byAgent, byWorktree: new Map(), jobs: new Map(), registryRead: false, isThisMachine: bySession.size > 0 }
}
