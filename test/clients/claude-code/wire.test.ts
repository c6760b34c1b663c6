import fc from 'fast-check'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { readWireAgentResult, readWireRecord, readWireSidecar } from '../../../src/clients/claude-code/wire.ts'
import { SEED, sidecar, wireRecord } from '../../properties/wire.ts'

// The reader is written by hand for speed; a schema says what it has to read.
const lenient = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined)
const text = lenient(z.string())
const flag = lenient(z.boolean())
const number = lenient(z.number())
const anything = lenient(z.unknown())
const Usage = z.object({
  input_tokens: number,
  output_tokens: number,
  cache_read_input_tokens: number,
  cache_creation_input_tokens: number,
})
const RecordSchema = z.object({
  type: z.string(),
  subtype: text,
  uuid: text,
  parentUuid: text,
  timestamp: anything,
  sessionId: text,
  agentId: text,
  isSidechain: flag,
  cwd: text,
  gitBranch: text,
  version: text,
  entrypoint: text,
  isMeta: flag,
  isCompactSummary: flag,
  isApiErrorMessage: flag,
  isAbortedMidStream: flag,
  error: anything,
  apiErrorStatus: number,
  apiErrorType: text,
  apiError: text,
  quotaLimits: anything,
  apiErrorParams: lenient(z.object({ rate_limit_info: anything })),
  origin: lenient(z.object({ kind: text })),
  message: lenient(z.object({ id: text, model: text, content: anything, stop_reason: text, usage: lenient(Usage) })),
  toolUseResult: anything,
  attachment: lenient(z.object({ type: text, prompt: anything, remaining: number })),
  operation: text,
  content: anything,
  reason: text,
  retryAttempt: number,
  maxRetries: number,
})
const AgentResult = z.object({
  status: text,
  agentId: text,
  runId: text,
  taskId: text,
  error: text,
  harnessNoteCount: number,
  worktreePath: text,
  worktreeBranch: text,
  content: lenient(z.array(z.unknown())),
})
const Sidecar = z.object({
  agentType: text,
  description: text,
  toolUseId: text,
  parentAgentId: text,
  spawnDepth: number,
  requestShape: text,
  model: text,
  isFork: flag,
  stoppedByUser: flag,
  finished: flag,
  worktreePath: text,
  worktreeBranch: text,
})

const raw = fc.oneof({ weight: 9, arbitrary: wireRecord }, fc.jsonValue())

it('a record, a launch’s result and a sidecar are read as their schemas read them', () => {
  fc.assert(
    fc.property(raw, sidecar, (record, beside) => {
      const read = JSON.parse(JSON.stringify(record)) as unknown
      expect(readWireRecord(read)).toEqual(RecordSchema.safeParse(read).data)
      const result = readWireRecord(read)?.toolUseResult
      expect(readWireAgentResult(result)).toEqual(AgentResult.safeParse(result).data)
      const meta = JSON.parse(beside) as unknown
      expect(readWireSidecar(meta)).toEqual(Sidecar.safeParse(meta).data)
    }),
    { seed: SEED, numRuns: 1_000 },
  )
})

it('a number beyond all counting is none', () => {
  expect(readWireRecord(JSON.parse('{"type":"system","retryAttempt":1e999}'))?.retryAttempt).toBeUndefined()
})
