import type { Client, Machine } from '../clients/client.ts'
import type { Owners } from '../facts/session.ts'
import { worktreeOf } from './make-run.ts'
import type { Tree } from './read-tree.ts'
import { isSamePath } from '../text/path.ts'

/** Who runs the sessions and agents of a tree, by client: each knows where its own are registered and locked. */
export async function readOwners(
  tree: Tree,
  roots: readonly string[],
  { files, processes }: Machine,
): Promise<ReadonlyMap<string, Owners>> {
  const owners = new Map<string, Owners>()
  for (const client of new Set(tree.runs.map(({ source }) => source.client)))
    owners.set(client.id, ownSessions(await client.readOwners(roots, worktreesOf(tree, client), { files, processes }), tree, client))
  return owners
}

/** What locked the worktree of a session owns the session that was at work there last. */
function ownSessions(owners: Owners, tree: Tree, client: Client): Owners {
  if (owners.byWorktree.size === 0) return owners
  const bySession = new Map(owners.bySession)
  for (const [path, owner] of owners.byWorktree) {
    const mains = tree.runs.filter(
      ({ source, facts }) =>
        source.client === client && source.of.role === 'main' && isSamePath(worktreeOf(facts.lastCwd, client.worktrees) ?? '', path),
    )
    const [last] = mains.toSorted((a, b) => (b.facts.lastRecordAt ?? 0) - (a.facts.lastRecordAt ?? 0))
    const id = last?.facts.sessionId ?? null
    if (id !== null) bySession.set(id, [...(bySession.get(id) ?? []), owner])
  }
  return { ...owners, bySession }
}

/** Where the agents of a client worked, as far as anything names it. */
function worktreesOf(tree: Tree, client: Client): readonly string[] {
  const own = tree.runs.filter(({ source }) => source.client === client)
  const paths = own.map(
    (read) => tree.sidecars.get(read.source.path)?.worktreePath ?? worktreeOf(read.facts.lastCwd, client.worktrees) ?? read.facts.lastCwd,
  )
  return [...new Set(paths.filter((path) => path !== null))]
}
