import { type Client, clientOf } from '../clients/client.ts'
import type { Run } from '../facts/run.ts'
import type { Host } from '../ports/host.ts'
import type { ExternalResource } from '../resources/external-resource.ts'
import type { OwnersByClient } from './judge-tree.ts'

/** What is known of the runs that resources are looked for in. */
export interface Renters {
  readonly runs: readonly Run[]
  readonly isReported: (run: unknown) => boolean
  readonly owners: OwnersByClient
  readonly clients: readonly Client[]
  /** The transcripts lie where the clients of this machine write them. */
  readonly isUsual: boolean
}

/** What runs still rent. The tables of services are not loaded where no command may have rented anything. */
export async function findResources(
  { runs, isReported, owners, clients, isUsual }: Renters,
  { processes }: Pick<Host, 'processes'>,
): Promise<readonly ExternalResource[]> {
  if (runs.every(({ shellCommands }) => shellCommands.length === 0)) return []
  const { findOpenResources } = await import('../resources/find-open-resources.ts')
  const { lookUpProcesses } = await import('./look-up-processes.ts')
  const ended = new Set<unknown>(
    runs.filter((run) => run.agentId !== null && hasFinalAnswer(run) && clientOf(clients, run.format).endsCommandsOfAgents),
  )
  const open = findOpenResources(runs, { isReported, endsTasks: (run) => ended.has(run) })
  const registries = [...owners.values()]
  const isHere = isUsual || registries.some(({ isThisMachine }) => isThisMachine)
  return await lookUpProcesses(open, processes, ({ sessionId }) => {
    if (registries.some(({ bySession }) => bySession.get(sessionId ?? '')?.some(({ state }) => state === 'elsewhere') === true))
      return 'other'
    return isHere ? 'this' : 'unknown'
  })
}

/** Whether the last thing that it said asks for nothing more. */
function hasFinalAnswer({ latest: { lastWord } }: Run): boolean {
  return lastWord.kind === 'turn' && lastWord.hasContent && lastWord.calls.length === 0
}
