import { IS_LONG, variant } from '../long.ts'
import fc from 'fast-check'
import { afterEach, expect, it, vi } from 'vitest'
import { SKIM_CODE } from '#generated/skim'
import { skimTexts } from '../../scripts/build/skim.mjs'
import { partsOf, type RecordPart } from '../../src/facts/record.ts'
import { claudeCode } from '../../src/clients/claude-code/index.ts'
import { parseInstant } from '../../src/time/instant.ts'
import { clientLine } from './client-lines.ts'

const SEED = 20_260_531

afterEach(() => {
  vi.unstubAllGlobals()
})

const WHERE = { path: '/x.jsonl', line: 1, byteOffset: 0 }

/** Skims lines one by one, with what was kept from the ones before. */
function skimmer(): (line: Uint8Array) => readonly RecordPart[] | undefined {
  const skimming = claudeCode.skimmer()
  return (line) => {
    skimming?.load(line)
    const record = skimming?.next() === true ? skimming.read(WHERE) : undefined
    return record === undefined ? undefined : partsOf(record)
  }
}

/** Results with their texts as plain data; what they begin with is the beginning of that. */
function withTexts(parts: readonly RecordPart[]): readonly unknown[] {
  return parts.map((part) => {
    if (part.kind !== 'tool_results') return part
    const results = part.results.map((result) => {
      const beginnings = [1, 7, 300].map((length) => result.beginning?.(length))
      const { toolUseId, isError, text } = result
      if (result.beginning !== undefined) expect(beginnings).toEqual([1, 7, 300].map((length) => text.slice(0, length)))
      return { toolUseId, isError, text }
    })
    return { ...part, results }
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
      const skim = skimmer()
      for (const line of [...lines, ...lines.toReversed()]) {
        all += 1
        if (line.at(-1) !== 0x7d) continue
        // In memory that belongs to more than this line.
        const memory = Buffer.concat([Buffer.from('"}\\'), line, Buffer.from('"}')])
        const parts = skim(memory.subarray(3, 3 + line.length))
        if (parts === undefined) continue
        skimmed += 1
        const raw = parsed(line)
        if (raw === undefined) continue
        const plain = claudeCode.normalize(raw, WHERE, line.length, 'UTC')
        expect(withTexts(parts), line.toString()).toEqual(partsOf(plain.record))
        expect(plain.problems, line.toString()).toEqual([])
      }
    }),
    { seed: SEED, numRuns: IS_LONG ? 3_000 : 1_000 },
  )
  // A skimmer that reads nothing would pass everything above.
  expect(skimmed / all).toBeGreaterThan(0.2)
})

it('lines that are given together are read as each by itself, and all of them are there', () => {
  const two = fc.tuple(fc.array(clientLine, { maxLength: 12 }), fc.constantFrom('\n', '\r\n', '\n\n'))
  fc.assert(
    fc.property(fc.array(two, { minLength: 1, maxLength: 3 }), (groups) => {
      const together = claudeCode.skimmer()
      const alone = skimmer()
      for (const [each, end] of groups) {
        const lines = each.flatMap((line) => [...splitAt(line, 0x0a), Buffer.alloc(0)])
        together?.load(Buffer.concat(lines.flatMap((line) => [line, Buffer.from(end)])))
        for (const line of end === '\n\n' ? lines.flatMap((whole) => [whole, Buffer.alloc(0)]) : lines) {
          expect(together?.next()).toBe(true)
          expect(Buffer.from(together?.line ?? []).equals(line.at(-1) === 0x0d ? line.subarray(0, -1) : line)).toBe(true)
          const record = together?.read(WHERE)
          // A text that is no JSON is none, whoever reads it.
          if (parsed(line) === undefined) continue
          const texts = record === undefined ? undefined : withTexts(partsOf(record))
          const parts = alone(line)
          expect(texts, line.toString()).toEqual(parts === undefined ? undefined : withTexts(parts))
        }
        expect(together?.next()).toBe(false)
      }
    }),
    { seed: SEED, numRuns: IS_LONG ? 2_000 : 300 },
  )
})

function splitAt(bytes: Buffer, byte: number): readonly Buffer[] {
  const at = bytes.indexOf(byte)
  return at < 0 ? [bytes] : [bytes.subarray(0, at), ...splitAt(bytes.subarray(at + 1), byte)]
}

it('keeps apart what lines repeat, however many different ones are given together', () => {
  const skimming = claudeCode.skimmer()
  const ids = Array.from({ length: 500 }, (_, index) => `message-${index % 200}`)
  skimming?.load(Buffer.concat(ids.flatMap((id) => [turn({ message: { id, content: [{ type: 'text', text: id }] } }), Buffer.from('\n')])))
  for (const id of ids) {
    expect(skimming?.next()).toBe(true)
    expect(partsOf(skimming?.read(WHERE) ?? null)).toMatchObject([{ messageId: id, text: id }])
  }
  expect(skimming?.next()).toBe(false)
})

it('leaves a line to the parser that repeats one key with very many strings', () => {
  const skimming = claudeCode.skimmer()
  const ids = Array.from({ length: 200 }, (_, index) => `"sessionId":"s${index}"`).join(',')
  const line = `{"type":"last-prompt",${ids}}\n`
  skimming?.load(Buffer.from(line + line + '{"type":"last-prompt","sessionId":"s1"}\n'))
  const read = [1, 2, 3].map(() => (skimming?.next() === true ? partsOf(skimming.read(WHERE) ?? null) : null))
  expect(read).toMatchObject([[], [], [{ sessionId: 's1' }]])
})

it('a line that is not UTF-8 spoils none of those that are given with it', () => {
  const skimming = claudeCode.skimmer()
  const bad = turn({}, [{ type: 'text', text: 'X' }])
  bad[bad.indexOf('X')] = 0xff
  const lines = [turn({}, [{ type: 'text', text: 'grün' }]), bad, turn({}, [{ type: 'text', text: 'plain' }])]
  skimming?.load(Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])))
  const read = lines.map(() => (skimming?.next() === true ? skimming.read(WHERE)?.bodies : null))
  expect(read).toMatchObject([[{ text: 'grün' }], undefined, [{ text: 'plain' }]])
})

it.each([
  { type: 'user', message: { content: 'Go' }, origin: { kind: 'X' } },
  { type: 'file-history-snapshot', snapshot: { messageId: 'X' } },
  ...[{ agentId: 'X' }, { status: 'completed', harnessNoteCount: 1, content: [{ type: 'text', text: 'X' }] }].map((toolUseResult) => ({
    type: 'user',
    message: { content: [{ tool_use_id: 't1', type: 'tool_result', content: '' }] },
    toolUseResult,
  })),
  { type: 'user', message: { content: [{ tool_use_id: 't1', type: 'tool_result', content: 'X', is_error: true }] } },
])('is not asked for a record of which it would read damage: %j', (record) => {
  const line = Buffer.from(JSON.stringify(record))
  expect(skimmer()(line)).toHaveLength(1)
  line[line.lastIndexOf('X')] = 0x01
  expect(skimmer()(line)).toBeUndefined()
})

it('is not asked for a record with a damaged key', () => {
  const line = turn({ toolUseResult: { agentId: 'a1' } })
  expect(skimmer()(line)).toHaveLength(1)
  line[line.indexOf('toolUse') + 2] = 0x01
  expect(skimmer()(line)).toBeUndefined()
})

it('the text of a result is gone with its line', () => {
  const skim = skimmer()
  const line = Buffer.from('{"type":"user","message":{"content":[{"tool_use_id":"t","type":"tool_result","content":"out"}]},"uuid":"u"}')
  const [record] = skim(line) ?? []
  const [kept] = skim(line) ?? []
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
  const skim = skimmer()
  const sessions = Array.from({ length: 40 }, (_, index) => `session-${'x'.repeat(index * 9)}`)
  for (const sessionId of [...sessions, ...sessions.toReversed(), ...sessions]) {
    expect(skim(turn({ sessionId }))).toMatchObject([{ kind: 'turn', sessionId }])
  }
})

it('keeps what it knows when a long line needs more memory', () => {
  const skim = skimmer()
  const text = 'long '.repeat(1_000_000)
  const fields = { sessionId: 's1', cwd: '/home/dev/app' }
  for (const each of ['short', text, 'short again']) {
    const [record] = skim(turn(fields, [{ type: 'text', text: each }])) ?? []
    expect(record).toMatchObject({ kind: 'turn', text: each.slice(-4_000), ...fields })
  }
})

it('reads instants as they are read everywhere', () => {
  const skim = skimmer()
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
      const [record] = skim(turn({ timestamp })) ?? []
      expect(record?.at).toBe(parseInstant(timestamp))
    }),
    { seed: SEED, numRuns: 20_000 },
  )
})

it('tells records apart that belong to different places', () => {
  const skim = skimmer()
  const strings = fc.constantFrom<unknown>('a', 'b', 'c'.repeat(300), 'ä', '', null, undefined, 7)
  const home = fc.record({ sessionId: strings, agentId: strings, cwd: strings, gitBranch: strings, version: strings })
  fc.assert(
    fc.property(fc.array(home, { maxLength: 40 }), (homes) => {
      for (const fields of homes) {
        const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
        const { sessionId, agentId, cwd, gitBranch, version } = fields
        const told = { sessionId: text(sessionId), agentId: text(agentId), cwd: text(cwd), gitBranch: text(gitBranch) }
        expect(skim(turn(fields))).toMatchObject([{ ...told, clientVersion: text(version) }])
      }
    }),
    { seed: SEED },
  )
})

it('leaves a message of very many blocks to the parser', () => {
  const skim = skimmer()
  const texts = (count: number): unknown => Array.from({ length: count }, () => ({ type: 'text', text: 'a' }))
  expect(skim(turn({}, texts(64)))).toMatchObject([{ text: 'a'.repeat(64) }])
  expect(skim(turn({}, texts(65)))).toBeUndefined()
})

it('reads nothing behind its line, where the one before stood', () => {
  const skim = skimmer()
  const whole = turn({ sessionId: 's1' })
  expect(skim(whole)).toHaveLength(1)
  for (let length = 0; length < whole.length; length += 1) expect(skim(whole.subarray(0, length))).toBeUndefined()
})

it('finds quotes and backslashes wherever they stand among the bytes that are looked at together', () => {
  const skim = skimmer()
  for (let length = 0; length < 200; length += 1) {
    for (const end of ['', '\\', '"', '\\"', '"\\']) {
      const content = [{ tool_use_id: 't', type: 'tool_result', content: 'x'.repeat(length) + end }]
      const [record] = skim(lineOf({ type: 'user', message: { content }, uuid: 'u' })) ?? []
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
  expect(skimmer()(turn({}))).toBeUndefined()
})
