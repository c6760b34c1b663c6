import { type Client, clientOf } from '../clients/client.ts'
import { loginOf } from '../incident/answers.ts'
import type { JudgedSession } from '../reasons/judged.ts'
import type { Run } from '../facts/run.ts'
import { sessionToName } from '../text/plain.ts'

/** Where transcripts were looked for, and where that is done without a word. */
export interface Roots {
  readonly roots: readonly string[]
  /** null: by the usual look of such a path. */
  readonly usualRoots: readonly string[] | null
  readonly clients: readonly Client[]
}

/** The words that tell an agent from one of another session with the same id; none where ids do not meet. */
export function listSessionWords(id: string | null, sessionId: string | null): readonly string[] {
  const named = sessionToName(id, sessionId)
  return named === null ? [] : [`--session=${named}`]
}

/** The words that a command of this program needs to find the same transcripts; none where it looks there by itself. */
export function listRootWords(run: Run, { main }: Pick<JudgedSession, 'main'>, { roots, usualRoots, clients }: Roots): readonly string[] {
  const path = run.path ?? main?.run.path ?? null
  const client = clientOf(clients, run.format)
  const found = loginOf(path, roots)
  const root = found === '' ? (path === null ? null : (client.recovery?.rootOf(path) ?? null)) : found
  if (root === null || (usualRoots?.includes(root) ?? client.isUsualRoot(root))) return []
  return [`--root=${root}`]
}
