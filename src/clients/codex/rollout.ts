import type { JsonObject } from '../../text/json.ts'
import { isObject } from '../../text/json.ts'
import type { PathRole, SourceRole } from '../client.ts'
import { numberIn, objectIn, textIn } from '../fields.ts'

/** One file for each thread, those of agents among them, by the day on which it began. */
export const PATTERNS = ['**/rollout-*.jsonl'] as const

const NAME = /(?:^|\/)rollout-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-[0-9a-f-]{36}\.jsonl$/
const SAFE_ID = /^[A-Za-z0-9_-]{1,128}$/

/** What the client starts for itself: nobody asked for it, and nobody would go on with it. */
const HELPERS: ReadonlySet<string> = new Set(['compact', 'memory_consolidation', 'guardian'])

/** A rollout says in its first line what it holds. */
export function roleOf(path: string): PathRole | undefined {
  return NAME.test(path) ? { role: 'by_first_line' } : undefined
}

/** The facts of a thread that stand in the first line of its rollout: in a record of its own, or bare (before 0.32). */
export function threadOf(raw: unknown): JsonObject | null {
  if (!isObject(raw)) return null
  if (raw['type'] === 'session_meta') return objectIn(raw, 'payload')
  return raw['type'] === undefined && typeof raw['id'] === 'string' && typeof raw['timestamp'] === 'string' ? raw : null
}

/** A thread that another one spawned is an agent of the session that the first of them is. */
export function roleOfFirstLine(raw: unknown): SourceRole | undefined {
  const thread = threadOf(raw)
  const id = thread === null ? null : idIn(thread, 'id')
  if (thread === null || id === null) return undefined
  const source = objectIn(thread, 'source')
  const subagent = source === null ? undefined : source['subagent']
  const isInternal = isHelper(thread, source)
  const isAgent = subagent !== undefined || textIn(thread, 'thread_source') === 'subagent' || isInternal
  if (!isAgent) return { role: 'main', sessionId: id }
  const spawn = isObject(subagent) ? objectIn(subagent, 'thread_spawn') : null
  const parent = idIn(thread, 'parent_thread_id') ?? (spawn === null ? null : idIn(spawn, 'parent_thread_id'))
  const depth = spawn === null ? null : numberIn(spawn, 'depth')
  // Threads before 0.1xx name their parent alone, which is the session's main thread where nobody stands in between.
  const sessionId = idIn(thread, 'session_id') ?? (depth === null || depth === 1 ? parent : null)
  const role = spawn === null ? null : textIn(spawn, 'agent_role', 200)
  return {
    role: 'agent',
    sessionId: sessionId === id ? parent : sessionId,
    agentId: id,
    workflowRunId: null,
    launch: {
      // One that reviews has no role, and no other name.
      agentType: role ?? (typeof subagent === 'string' ? subagent.slice(0, 200) : null),
      parentAgentId: parent === sessionId ? null : parent,
      spawnDepth: depth,
      background: spawn === null ? null : true,
      ...(isInternal && { isInternal }),
    },
  }
}

/** `source.internal`, or by name below `source.subagent`: bare, or as one of those that have no name of their own. */
function isHelper(thread: JsonObject, source: JsonObject | null): boolean {
  if (source !== null && source['internal'] !== undefined) return true
  const subagent = source === null ? undefined : source['subagent']
  const name = isObject(subagent) ? textIn(subagent, 'other') : typeof subagent === 'string' ? subagent : textIn(thread, 'thread_source')
  return name !== null && HELPERS.has(name)
}

function idIn(raw: JsonObject, key: string): string | null {
  const id = textIn(raw, key)
  return id !== null && SAFE_ID.test(id) ? id : null
}
