import fc from 'fast-check'
import { expect, it } from 'vitest'
import { claudeCode } from '../../src/clients/claude-code/index.ts'
import type { ReadRun, Unread } from '../../src/transcript/read-run.ts'
import { TranscriptReader } from '../../src/transcript/read-run.ts'
import type { Files } from '../../src/ports/host.ts'
import { HOME, memoryFiles, SESSION } from '../hostile/world.ts'
import { IS_LONG } from '../long.ts'
import { clientLine } from './client-lines.ts'

const AGENT = 'a0000000000000001'
const PATH = `.claude/projects/-home-dev-app/${SESSION}/subagents/agent-${AGENT}.jsonl`

/** What one transcript says, read in chunks that end at these places. */
async function factsOf(bytes: Buffer, ends: readonly number[], plain = false): Promise<ReadRun | Unread> {
  const inner = memoryFiles(new Map([[PATH, bytes]]))
  const files: Files = {
    ...inner,
    open: async (path) => ({
      ...(await inner.open(path)),
      async *chunks() {
        let from = 0
        for (const to of [...ends, bytes.length]) {
          // As a disk gives them: in memory that is used again.
          const chunk = Buffer.from(bytes.subarray(from, to))
          yield chunk
          chunk.fill(0x22)
          from = to
        }
      },
    }),
  }
  const of = { role: 'agent', sessionId: SESSION, agentId: AGENT, workflowRunId: null } as const
  const source = { path: `${HOME}/${PATH}`, client: claudeCode, of, root: HOME, identity: null, bytes: bytes.length, modifiedAt: 0 }
  return new TranscriptReader(files, 'UTC', { plain }).read(source)
}

const lineOf = (fields: object): string => JSON.stringify({ agentId: AGENT, sessionId: SESSION, isSidechain: true, ...fields })
const at = (second: number): string => new Date(Date.UTC(2026, 4, 31, 10, 0, second)).toISOString()
const bad = Buffer.from(lineOf({ type: 'assistant', uuid: 'u5', message: { id: 'm3', content: [{ type: 'text', text: 'X' }] } }))
bad[bad.lastIndexOf('X')] = 0xff
/** Lines with every kind of end, one that is not UTF-8, a torn one before others, and a last one without an end. */
const STORY = Buffer.concat(
  [
    '\ufeff',
    lineOf({ type: 'user', uuid: 'u1', timestamp: at(0), message: { content: 'Grüße' } }),
    '\n',
    lineOf({
      type: 'assistant',
      uuid: 'u2',
      parentUuid: 'u1',
      timestamp: at(1),
      message: {
        id: 'm1',
        content: [{ type: 'tool_use', id: 't1', name: 'Bash', input: { command: 'git push' } }],
        usage: { input_tokens: 7 },
      },
    }),
    '\r\n\n',
    lineOf({
      type: 'user',
      uuid: 'u3',
      parentUuid: 'u2',
      timestamp: at(2),
      message: { content: [{ tool_use_id: 't1', type: 'tool_result', content: 'done' }] },
    }),
    '\n{"type":"assistant","uuid":"torn","message":{"id":"m2","content":[{"type":"te\n',
    lineOf({ type: 'progress', uuid: 'u4', parentUuid: 'u3', timestamp: at(3) }),
    '\n',
    bad,
    '\n  \n',
    lineOf({
      type: 'assistant',
      uuid: 'u6',
      parentUuid: 'u4',
      timestamp: at(4),
      message: { id: 'm4', content: [{ type: 'text', text: 'All done.' }], stop_reason: 'end_turn' },
    }),
  ].map((each) => Buffer.from(each)),
)

it('a transcript says the same wherever a chunk of it ends', async () => {
  const plain = await factsOf(STORY, [], true)
  expect(plain).toMatchObject({ facts: { lines: 9, turns: 2, damagedLines: 2, lastText: 'All done.' } })
  for (let end = 0; end <= STORY.length; end += IS_LONG ? 1 : 7) expect(await factsOf(STORY, [end]), `at byte ${end}`).toEqual(plain)
})

it('nor does a line lose more than one CR', async () => {
  const line = lineOf({ type: 'user', uuid: 'u1', timestamp: at(0), message: { content: [{ type: 'tool_result', tool_use_id: 't1' }] } })
  const bytes = Buffer.from(`${line}\r\r\n`.repeat(2))
  const plain = await factsOf(bytes, [], true)
  expect(plain.issues).toMatchObject([{ reason: 'repeated_record', bytes: line.length + 1 }])
  expect(await factsOf(bytes, [])).toEqual(plain)
  expect(await factsOf(bytes, [bytes.length - 9])).toEqual(plain)
})

it('and in three chunks, whatever its lines are', async () => {
  const transcript = fc
    .array(fc.tuple(clientLine, fc.constantFrom('\n', '\n', '\r\n', '\n\n', '\r\r\n')), { minLength: 1, maxLength: 8 })
    .map((lines) => Buffer.concat(lines.flatMap(([line, end]) => [line, Buffer.from(end)])))
  await fc.assert(
    fc.asyncProperty(transcript, fc.nat(10_000), fc.nat(10_000), async (bytes, one, two) => {
      const ends = [one % (bytes.length + 1), two % (bytes.length + 1)].toSorted((a, b) => a - b)
      expect(await factsOf(bytes, ends)).toEqual(await factsOf(bytes, [], true))
    }),
    { seed: 20_260_531, numRuns: IS_LONG ? 1_000 : 150 },
  )
})
