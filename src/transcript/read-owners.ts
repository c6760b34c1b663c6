import type { Client, Machine } from '../clients/client.ts'
import type { Owners } from '../facts/session.ts'
import type { Tree } from './read-tree.ts'

/** Who runs the sessions and agents of a tree, by client: each knows where its own are registered and locked. */
export async function readOwners(
  tree: Tree,
  roots: readonly string[],
  { files, processes }: Machine,
): Promise<ReadonlyMap<string, Owners>> {
  const owners = new Map<string, Owners>()
  for (const client of new Set(tree.runs.map(({ source }) => source.client)))
    owners.set(client.id, await client.readOwners(roots, worktreesOf(tree, client), { files, processes }))
  return owners
}

/** Where the agents of a client worked, as far as anything names it. */
function worktreesOf(tree: Tree, client: Client): readonly string[] {
  const own = tree.runs.filter(({ source }) => source.client === client)
  const paths = own.map((read) => tree.sidecars.get(read.source.path)?.worktreePath ?? read.facts.lastCwd)
  return [...new Set(paths.filter((path) => path !== null))]
}
