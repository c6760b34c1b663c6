import { IS_LONG, variant } from '../long.ts'
import fc from 'fast-check'
import { afterEach, expect, it, vi } from 'vitest'
import { SKIM_CODE } from '#generated/skim'
import { skimTexts } from '../../scripts/build/skim.mjs'
import type { TranscriptRecord } from '../../src/facts/record.ts'
import { claudeCode } from '../../src/clients/claude-code/index.ts'
import { parseInstant } from '../../src/time/instant.ts'
import { clientLine } from './client-lines.ts'

const SEED = 20_260_531

afterEach(() => {
  vi.unstubAllGlobals()
})

const WHERE = { path: '/x.jsonl', line: 1, byteOffset: 0 }

/** Results with their texts as plain data; what they begin with is the beginning of that. */
function withTexts(records: readonly TranscriptRecord[]): readonly unknown[] {
  return records.map((record) => {
    if (record.kind !== 'tool_results') return record
    const results = record.results.map((result) => {
      const beginnings = [1, 7, 300].map((length) => result.beginning?.(length))
      const { toolUseId, isError, text } = result
      if (result.beginning !== undefined) expect(beginnings).toEqual([1, 7, 300].map((length) => text.slice(0, length)))
      return { toolUseId, isError, text }
    })
    return { ...record, results }
  })
}

function parsed(line: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line))
  } catch {
    return undefined
  }
}

it('what is skimmed is what a parser reads, whatever was skimmed before', () => {
  let skimmed = 0
  let all = 0
  fc.assert(
    // Lines that repeat: it is the second of a shape that is read by its shape.
    fc.property(fc.array(clientLine, { minLength: 1, maxLength: 8 }), (lines) => {
      const skim = claudeCode.skimmer()
      for (const line of [...lines, ...lines.toReversed()]) {
        all += 1
        if (line.at(-1) !== 0x7d) continue
        // In memory that belongs to more than this line.
        const memory = Buffer.concat([Buffer.from('"}\\'), line, Buffer.from('"}')])
        const records = skim(memory.subarray(3, 3 + line.length), WHERE)
        if (records === undefined) continue
        skimmed += 1
        const raw = parsed(line)
        if (raw === undefined) continue
        const plain = claudeCode.normalize(raw, WHERE, line.length, 'UTC')
        expect(withTexts(records), line.toString()).toEqual(plain.records)
        expect(plain.problems, line.toString()).toEqual([])
      }
    }),
    { seed: SEED, numRuns: IS_LONG ? 3_000 : 1_000 },
  )
  // A skimmer that reads nothing would pass everything above.
  expect(skimmed / all).toBeGreaterThan(0.2)
})

it('the text of a result is gone with its line', () => {
  const skim = claudeCode.skimmer()
  const line = Buffer.from('{"type":"user","message":{"content":[{"tool_use_id":"t","type":"tool_result","content":"out"}]},"uuid":"u"}')
  const [record] = skim(line, WHERE) ?? []
  const [kept] = skim(line, WHERE) ?? []
  const textOf = (each: typeof record) => (each?.kind === 'tool_results' ? each.results[0]?.text : undefined)
  expect(textOf(kept)).toBe('out')
  expect(() => textOf(record)).toThrow('after its line was gone')
})

const lineOf = (fields: object): Buffer => Buffer.from(JSON.stringify(fields))
const turn = (fields: object, content: unknown = [{ type: 'text', text: 'Done.' }]): Buffer =>
  lineOf({ type: 'assistant', message: { id: 'm', model: 'claude-sonnet-5-5', content }, uuid: 'u', ...fields })

variant('is not older than its sources: npm run build', async () => {
  expect({ SKIM_CODE }).toEqual(await skimTexts())
})

it('knows more strings than it keeps, and those of any length', () => {
  const skim = claudeCode.skimmer()
  const sessions = Array.from({ length: 40 }, (_, index) => `session-${'x'.repeat(index * 9)}`)
  for (const sessionId of [...sessions, ...sessions.toReversed(), ...sessions]) {
    expect(skim(turn({ sessionId }), WHERE)).toMatchObject([{ kind: 'turn', sessionId }])
  }
})

it('keeps what it knows when a long line needs more memory', () => {
  const skim = claudeCode.skimmer()
  const text = 'long '.repeat(1_000_000)
  const fields = { sessionId: 's1', cwd: '/home/dev/app' }
  for (const each of ['short', text, 'short again']) {
    const [record] = skim(turn(fields, [{ type: 'text', text: each }]), WHERE) ?? []
    expect(record).toMatchObject({ kind: 'turn', text: each.slice(-4_000), ...fields })
  }
})

it('reads instants as they are read everywhere', () => {
  const skim = claudeCode.skimmer()
  const two = (most: number): fc.Arbitrary<string> => fc.nat(most).map((value) => String(value).padStart(2, '0'))
  const whole = fc
    .tuple(fc.integer({ min: 2018, max: 2101 }), two(13), two(32), two(24), two(60), two(60), fc.nat(999))
    .map(([year, month, day, hour, minute, second, rest]) => {
      return `${year}-${month}-${day}T${hour}:${minute}:${second}.${String(rest).padStart(3, '0')}Z`
    })
  const odd = fc
    .tuple(whole, fc.nat(24), fc.constantFrom('', 'x', ' ', '-', '/', ':', '+', 'é', '00'))
    .map(([text, at, piece]) => text.slice(0, at) + piece + text.slice(at + 1))
  fc.assert(
    fc.property(fc.oneof(whole, odd, fc.constantFrom('2024-02-29T00:00:00.000Z', '2100-02-28T00:00:00.000Z', '')), (timestamp) => {
      const [record] = skim(turn({ timestamp }), WHERE) ?? []
      expect(record?.at).toBe(parseInstant(timestamp))
    }),
    { seed: SEED, numRuns: 20_000 },
  )
})

it('tells records apart that belong to different places', () => {
  const skim = claudeCode.skimmer()
  const strings = fc.constantFrom<unknown>('a', 'b', 'c'.repeat(300), 'ä', '', null, undefined, 7)
  const home = fc.record({ sessionId: strings, agentId: strings, cwd: strings, gitBranch: strings, version: strings })
  fc.assert(
    fc.property(fc.array(home, { maxLength: 40 }), (homes) => {
      for (const fields of homes) {
        const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
        const { sessionId, agentId, cwd, gitBranch, version } = fields
        const told = { sessionId: text(sessionId), agentId: text(agentId), cwd: text(cwd), gitBranch: text(gitBranch) }
        expect(skim(turn(fields), WHERE)).toMatchObject([{ ...told, clientVersion: text(version) }])
      }
    }),
    { seed: SEED },
  )
})

it('leaves a message of very many blocks to the parser', () => {
  const skim = claudeCode.skimmer()
  const texts = (count: number): unknown => Array.from({ length: count }, () => ({ type: 'text', text: 'a' }))
  expect(skim(turn({}, texts(64)), WHERE)).toMatchObject([{ text: 'a'.repeat(64) }])
  expect(skim(turn({}, texts(65)), WHERE)).toBeUndefined()
})

it('reads nothing behind its line, where the one before stood', () => {
  const skim = claudeCode.skimmer()
  const whole = turn({ sessionId: 's1' })
  expect(skim(whole, WHERE)).toHaveLength(1)
  for (let length = 0; length < whole.length; length += 1) expect(skim(whole.subarray(0, length), WHERE)).toBeUndefined()
})

it('finds quotes and backslashes wherever they stand among the bytes that are looked at together', () => {
  const skim = claudeCode.skimmer()
  for (let length = 0; length < 200; length += 1) {
    for (const end of ['', '\\', '"', '\\"', '"\\']) {
      const content = [{ tool_use_id: 't', type: 'tool_result', content: 'x'.repeat(length) + end }]
      const [record] = skim(lineOf({ type: 'user', message: { content }, uuid: 'u' }), WHERE) ?? []
      expect(record?.kind === 'tool_results' ? record.results[0]?.text : undefined).toBe('x'.repeat(length) + end)
    }
  }
})

/** What a processor without the vector instructions makes of the code. */
function Refused(): never {
  throw new Error('invalid opcode')
}

it.each([
  ['has no WebAssembly', undefined],
  ['refuses the instructions', { Module: Refused }],
])('leaves every line to the parser where the engine %s', (_, engine) => {
  vi.stubGlobal('WebAssembly', engine)
  expect(claudeCode.skimmer()(turn({}), WHERE)).toBeUndefined()
})
