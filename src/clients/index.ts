import { claudeCode } from './claude-code/index.ts'
import type { Client } from './client.ts'
import type { ClientRecovery } from './recovery.ts'

/** The clients that are known, in the order in which a file is offered to them. */
export const clients: readonly Client[] = [claudeCode]

/** How the client is taken up again that a command starts; undefined: it starts none. */
export function recoveryStartedBy(argv: readonly string[]): ClientRecovery | undefined {
  return clients.flatMap(({ recovery }) => recovery ?? []).find((recovery) => recovery.isStart(argv))
}
