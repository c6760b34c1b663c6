import { type Files, FileUnavailable } from '../../ports/host.ts'
import { isObject } from '../../text/json.ts'
import { isPlainId } from '../../text/plain.ts'
import { listSiblings } from './registry.ts'

const MAX_STATE_BYTES = 256 * 1024
/** States in which no process has the session any more; the others are `working`, `blocked`, `idle`, … (2.1.275, 2.1.332). */
const ENDED: ReadonlySet<string> = new Set(['done', 'stopped', 'failed', 'crashed'])

/**
 * The background jobs that have a session open, by session: `jobs/<id>/state.json` beside the roots (2.1.200 to 2.1.332). The client
 * refuses to resume such a session: it is attached to, or stopped first.
 */
export async function readJobs(roots: readonly string[], files: Files): Promise<ReadonlyMap<string, string>> {
  const jobs = new Map<string, string>()
  const { paths } = await listSiblings(roots, 'jobs', ['*/state.json'], files)
  for (const path of paths) {
    const id = /[\\/]jobs[\\/]([^\\/]+)[\\/]state\.json$/.exec(path)?.[1] ?? null
    if (!isPlainId(id)) continue
    const state = await readState(path, files)
    if (state !== undefined && !ENDED.has(state.word)) jobs.set(state.sessionId, id)
  }
  return jobs
}

async function readState(path: string, files: Files): Promise<{ readonly sessionId: string; readonly word: string } | undefined> {
  let raw: unknown
  try {
    raw = JSON.parse(await files.readText(path, MAX_STATE_BYTES))
  } catch (error) {
    if (error instanceof FileUnavailable || error instanceof SyntaxError) return undefined
    throw error
  }
  if (!isObject(raw)) return undefined
  const { sessionId, state } = raw
  return typeof sessionId === 'string' && typeof state === 'string' ? { sessionId, word: state } : undefined
}
