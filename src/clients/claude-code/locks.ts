import { type Files, FileUnavailable, type Processes } from '../../ports/host.ts'
import type { Owner, Owners } from '../../facts/session.ts'
import { type Claim, judgeClaim, stateOf } from './process-claim.ts'

const MAX_LOCK_BYTES = 4 * 1024
/**
 * `claude agent agent-<id> (pid 4664 start 87494)` (2.1.220, 2.1.329); without `start` before, and on Windows. On macOS the start is what `ps` says:
 * `Sun Nov 29 02:45:25 2026`. Of `claude --worktree`: `claude session <name> (pid 4664 start 87494)` (2.1.332).
 */
const LOCK_REASON =
  /^claude (?:agent agent-([A-Za-z0-9_-]{1,128})|session [^\n(]{1,200}) \(pid (\d{1,10})(?: start ([\p{L}\p{N}][\p{L}\p{N} :.,/]{0,79}))?\)/u

/**
 * The owners that worktree locks name: by agent id, and of a session's worktree by its path. The client locks an agent's worktree while it runs (2.1.157 on) and
 * leaves the lock behind when it is killed. Git is not run: the lock is one small file in the repository's metadata.
 */
export async function readLocks(
  worktreePaths: readonly string[],
  files: Files,
  processes: Processes,
): Promise<Pick<Owners, 'byAgent' | 'byWorktree'>> {
  const byAgent = new Map<string, Owner>()
  const byWorktree = new Map<string, Owner>()
  const domain = await processes.domain()
  for (const worktree of worktreePaths) {
    for (const path of lockPaths(worktree)) {
      const reason = await readSmall(path, files)
      const match = reason === undefined ? null : LOCK_REASON.exec(reason)
      if (match === null) continue
      const [, agentId] = match
      const claim = claimOf(match)
      if (claim.pid < 1) continue
      const judged = await judgeClaim(claim, processes, domain)
      const owner: Owner = {
        source: 'lock',
        path,
        pid: claim.pid,
        ...judged,
        startedAt: null,
        jobId: null,
        status: null,
        statusSince: null,
      }
      if (agentId === undefined) byWorktree.set(worktree, owner)
      else byAgent.set(agentId, owner)
      break
    }
  }
  return { byAgent, byWorktree }
}

/** Whether the process that a lock's reason names lives; null when it names none, as a person's lock does. */
export async function ownerOfLock(
  reason: string,
  processes: Processes,
): Promise<{ readonly pid: number; readonly alive: boolean | null } | null> {
  const match = LOCK_REASON.exec(reason)
  if (match === null) return null
  const claim = claimOf(match)
  if (claim.pid < 1) return null
  const state = await stateOf(claim, processes, await processes.domain())
  return { pid: claim.pid, alive: state === 'alive' ? true : state === 'gone' ? false : null }
}

function claimOf([, , pid = '', start = '']: RegExpExecArray): Claim {
  return { pid: Number(pid), start: start === '' ? null : start.trim(), filetime: null, startedAt: null, domain: null }
}

/** Where git keeps the lock of `<repo>/.claude/worktrees/<name>`: beside the repository's other metadata of that worktree. */
function lockPaths(worktree: string): readonly string[] {
  const match = /^(\/.+|[A-Za-z]:[\\/].+)[\\/]\.claude[\\/]worktrees[\\/]([A-Za-z0-9._-]{1,200})$/.exec(worktree)
  if (match === null) return []
  const [, repo = '', name = ''] = match
  // The path comes from a transcript: no detour through `..`, and no host of the network (`//server/share`) is asked.
  if (repo.startsWith('//') || repo.split(/[\\/]/).some((part) => part === '..' || part === '.')) return []
  return name === '.' || name === '..' ? [] : [`${repo}/.git/worktrees/${name}/locked`]
}

async function readSmall(path: string, files: Files): Promise<string | undefined> {
  try {
    return await files.readText(path, MAX_LOCK_BYTES)
  } catch (error) {
    if (error instanceof FileUnavailable) return undefined
    throw error
  }
}
