import { isAbsolute } from 'node:path'
import { claudeCode } from './claude-code/index.ts'
import type { Client } from './client.ts'
import type { ClientRecovery } from './recovery.ts'

/** The clients that are known, in the order in which a file is offered to them. */
export const clients: readonly Client[] = [claudeCode]

/** How the client is taken up again that a command starts; undefined: it starts none. */
export function recoveryStartedBy(argv: readonly string[]): ClientRecovery | undefined {
  return clients.flatMap(({ recovery }) => recovery ?? []).find((recovery) => recovery.isStart(argv))
}

/** Where the clients keep their transcripts, as far as that can be told: no answer is a relative path. `cwd` null: it has been deleted. */
export function defaultRoots({
  env,
  home,
  cwd,
}: {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  readonly cwd: string | null
}): readonly string[] {
  return clients.map((client) => client.defaultRoot({ env, home, cwd: cwd ?? '/' })).filter((root) => isAbsolute(root))
}
