import { isAbsolute } from 'node:path'
import { claudeCode } from './claude-code/index.ts'
import type { Client, Surroundings } from './client.ts'
import { codewhale } from './codewhale/index.ts'
import { codex } from './codex/index.ts'
import type { ClientRecovery } from './recovery.ts'

/** The clients that are known. A file is offered to the last of them first: behind a client stand those whose patterns are narrower. */
export const clients: readonly Client[] = [claudeCode, codex, codewhale]

/** How the client is taken up again that a command starts; undefined: it starts none. */
export function recoveryStartedBy(argv: readonly string[]): ClientRecovery | undefined {
  return clients.flatMap(({ recovery }) => recovery ?? []).find((recovery) => recovery.isStart(argv))
}

/** Whether files that agents of a product wrote can be rebuilt; of one that is not known, none can. */
export function rebuildsFiles(format: string): boolean {
  return clients.some(({ id, fileActions }) => id === format && fileActions !== null)
}

/**
 * Where the clients keep their transcripts, as far as that can be told: no answer is a relative path. `cwd` null: it has been deleted. `only`:
 * the id of the one that is asked about.
 */
export function defaultRoots(
  { env, home, cwd }: Omit<Surroundings, 'cwd'> & { readonly cwd: string | null },
  only?: string,
): readonly string[] {
  const asked = clients.filter(({ id }) => only === undefined || id === only)
  // What a client keeps where somebody worked is found by the transcripts of all.
  return (asked.some(({ places }) => places.length > 0) ? clients : asked)
    .map((client) => client.defaultRoot({ env, home, cwd: cwd ?? '/' }))
    .filter((root) => isAbsolute(root))
}
