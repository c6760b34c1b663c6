import type { WorktreeConventions } from '../clients/worktree-conventions.ts'
import type { Host } from '../ports/host.ts'
import type { Inspection } from '../worktree/inspect.ts'
import type { Place } from '../worktree/places.ts'

/** How far git may go. Milliseconds. */
export interface GitBounds {
  readonly now: number
  /** True: no remote is contacted. */
  readonly offline: boolean
  /** For all of git, remotes and forges. Absent: each question has its own time. */
  readonly gitTimeoutMs?: number
}

/** What git knows of the places. A quarter of our code is about that, and is not loaded where nobody asks. */
export async function inspectPlaces(
  places: readonly Place[],
  conventions: WorktreeConventions,
  { offline, now, gitTimeoutMs }: GitBounds,
  host: Pick<Host, 'files' | 'processes' | 'forge' | 'git'>,
): Promise<Inspection> {
  if (places.length === 0) return { worktrees: [], goneFiles: new Map(), issues: [] }
  const { files, processes, forge } = host
  const until = performance.now() + (gitTimeoutMs ?? Infinity)
  const git = gitTimeoutMs === undefined ? host.git : await host.git.within(gitTimeoutMs)
  const { inspectWorktrees } = await import('../worktree/inspect.ts')
  return await inspectWorktrees(places, {
    git,
    files,
    offline,
    now,
    ...(forge !== undefined &&
      !offline && { forge: { requests: async (project) => (performance.now() < until ? forge.requests(project) : null) } }),
    conventions,
    ownerOf: (reason) => conventions.ownerOf(reason, processes),
  })
}
