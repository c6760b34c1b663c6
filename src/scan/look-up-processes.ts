import type { Processes } from '../ports/host.ts'
import type { ExternalResource } from '../resources/external-resource.ts'

/** Clocks of a record and of the system may differ by so much. Milliseconds. */
const TOLERANCE_MS = 120_000
/** A process that a command started began while the command ran, which is ten minutes at most. Milliseconds. */
const LONGEST_COMMAND_MS = 600_000

/**
 * Looks up the processes that have a pid, and leaves out those that have ended. A pid means something only on the machine that gave it:
 * `isOfThisMachine` says whether the session ran here.
 */
export async function lookUpProcesses(
  resources: readonly ExternalResource[],
  processes: Processes,
  isOfThisMachine: (resource: ExternalResource) => boolean,
): Promise<readonly ExternalResource[]> {
  const found: ExternalResource[] = []
  for (const resource of resources) {
    const { pid, startedAt } = resource
    if (pid === null || !isOfThisMachine(resource)) {
      found.push(resource)
      continue
    }
    const facts = await processes.inspect(pid)
    const lateMs = facts.state === 'alive' && facts.startedAt !== null && startedAt !== null ? facts.startedAt - startedAt : null
    // The pid was given to another process since.
    if (facts.state === 'gone' || (lateMs !== null && lateMs > LONGEST_COMMAND_MS + TOLERANCE_MS)) continue
    found.push({ ...resource, isRunning: lateMs !== null && lateMs >= -TOLERANCE_MS })
  }
  return found
}
