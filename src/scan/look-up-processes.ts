import type { Processes } from '../ports/host.ts'
import type { ExternalResource } from '../resources/external-resource.ts'

/** Clocks of a record and of the system may differ by so much. Milliseconds. */
const TOLERANCE_MS = 120_000
/** A process that a command started began while the command ran, which is ten minutes at most. Milliseconds. */
const LONGEST_COMMAND_MS = 600_000

/** What runs on the machine of the session and ends with it. */
const LOCAL: ReadonlySet<string> = new Set(['shell', 'tmux', 'screen'])

/**
 * Looks up the processes that have a pid, and leaves out those that have ended, also by a restart of the machine. A pid means something
 * only on the machine that gave it: `machineOf` says where the session ran, as far as is known.
 */
export async function lookUpProcesses(
  resources: readonly ExternalResource[],
  processes: Processes,
  machineOf: (resource: ExternalResource) => 'this' | 'other' | 'unknown',
): Promise<readonly ExternalResource[]> {
  const bootedAt = processes.bootedAt?.() ?? 0
  const found: ExternalResource[] = []
  for (const resource of resources) {
    const { pid, startedAt, provider, host } = resource
    const machine = machineOf(resource)
    const isLocal = host === null && LOCAL.has(provider)
    if (machine !== 'other' && isLocal && startedAt !== null && startedAt < bootedAt - TOLERANCE_MS) continue
    if (pid === null || machine !== 'this') {
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
