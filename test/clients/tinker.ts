import { defineClient } from '../../src/clients/client.ts'
import type { RecordBase, RecordBody } from '../../src/facts/record.ts'
import type { SourceLocation } from '../../src/facts/source.ts'
import { isObject } from '../../src/text/json.ts'
import { parseInstant } from '../../src/time/instant.ts'

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)

function bodyOf(raw: Readonly<Record<string, unknown>>, at: number | null, where: SourceLocation): RecordBody {
  const said = text(raw['text']) ?? ''
  if (raw['by'] === 'user') return { kind: 'prompt', text: said, origin: 'person' }
  if (raw['by'] === 'overload') return { kind: 'error', fault: 'overloaded', code: null, status: 529, text: said, limit: null }
  if (raw['by'] !== 'model') return { kind: 'other', type: text(raw['by']) ?? '' }
  const id = text(raw['starts'])
  const launch = { kind: 'agent', description: said, prompt: said, promptDigest: null, agentType: null, background: true } as const
  const none = { key: said, purpose: null, isServers: false, at, where, gitCommand: null, shell: null, file: null, target: null }
  const calls = id === null ? [] : [{ id, name: 'start', launch, ...none }]
  return { kind: 'turn', messageId: null, model: 'tinker-1', stopReason: 'end_turn', text: said, calls, tokens: null, hasContent: true }
}

/** A made-up product, small enough to see what a client has to say. Its logs say in their first line what they are. */
export const tinker = defineClient({
  id: 'tinker',
  name: 'Tinker',
  folder: 'logs',
  patterns: ['**/*.log', '**/*.box'],
  roleOf: (path) => (path.endsWith('.log') ? { role: 'by_first_line' } : path.endsWith('.box') ? { role: 'document' } : undefined),
  roleOfFirstLine(raw) {
    const [sessionId, agentId] = isObject(raw) ? [text(raw['session']), text(raw['agent'])] : [null, null]
    if (sessionId === null) return undefined
    return agentId === null ? { role: 'main', sessionId } : { role: 'agent', sessionId, agentId, workflowRunId: null }
  },
  splitDocument: (raw) =>
    isObject(raw) && Array.isArray(raw['threads'])
      ? {
          parts: raw['threads'].map((thread: Readonly<Record<string, string>>) => ({
            of: { role: 'agent', sessionId: thread['session'] ?? null, agentId: thread['agent'] ?? '', workflowRunId: null },
            records: thread['lines'] as unknown as readonly unknown[],
          })),
          problems: [],
        }
      : undefined,
  normalize(raw, where, bytes) {
    if (!isObject(raw)) return { record: null, problems: [{ reason: 'not_an_object', detail: 'no record' }] }
    const at = parseInstant(text(raw['at'])) ?? null
    const nothing = { uuid: null, parentUuid: null, isSidechain: null, permissionMode: null, gitBranch: null, clientVersion: null }
    const base: RecordBase = { where, bytes, at, sessionId: null, agentId: text(raw['agent']), cwd: '/home/dev/app', ...nothing }
    return { record: { ...base, bodies: [bodyOf(raw, at, where)] }, problems: [] }
  },
})
