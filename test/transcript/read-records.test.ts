import { describe, expect, it } from 'vitest'
import { claudeCode } from '../../src/clients/claude-code/index.ts'
import { type LineReading, MAX_DEPTH, readRecords } from '../../src/transcript/read-records.ts'
import { collectAgents, HOME, memoryFiles } from '../hostile/world.ts'

async function read(content: string | Uint8Array): Promise<LineReading[]> {
  const file = await memoryFiles(new Map([['x.jsonl', content]])).open(`${HOME}/x.jsonl`)
  return collectAgents(readRecords(file, '/x.jsonl', claudeCode, 'UTC'))
}
const reasons = (readings: readonly LineReading[]): unknown => readings.map(({ issues }) => issues.map((issue) => issue.reason).join())

describe('readRecords', () => {
  it('gives every line its place, and what it holds', async () => {
    const readings = await read('{"type":"mode"}\n\n{"type":"user","message":{"content":"Hi"}}')
    expect(
      readings.map(({ line, byteOffset, length, terminated, record }) => [
        line,
        byteOffset,
        length,
        terminated,
        record?.bodies.map(({ kind }) => kind) ?? [],
      ]),
    ).toEqual([
      [1, 0, 15, true, ['other']],
      [2, 16, 0, true, []],
      [3, 17, 42, false, ['prompt']],
    ])
    expect(readings[2]?.record?.where).toEqual({ path: '/x.jsonl', line: 3, byteOffset: 17 })
  })

  it.each([
    ['a blank line', ' \t\r\n', ''],
    ['a long blank line', `${' '.repeat(65)}\n`, 'malformed_json'],
    ['no JSON', 'hello\n', 'malformed_json'],
    ['a torn last line', '{"type":"us', 'torn_line'],
    ['a last line torn behind a brace', '{"message":{"a":1}', 'torn_line'],
    ['a whole last line without its end', '{"type":"mode"}', ''],
    ['a copy of a request', '{"type":"api-request-blob","x":1}\n', ''],
    ['a copy of a request that is not parsed', '{"type":"api-request-blob","x":}\n', ''],
    ['a copy of a request that stops', '{"type":"api-request-blob","x\n', 'malformed_json'],
    ['a torn copy of a request', '{"type":"api-request-blob","x', 'torn_line'],
    ['NUL', '{"type":"mo\0de"}\n', 'encoding'],
    ['an array', '[1]\n', 'not_an_object'],
    ['a number', '1\n', 'not_an_object'],
    ['no type', '{"a":1}\n', 'invalid_field'],
    ['a bad time', '{"type":"mode","timestamp":"2026-13-01T00:00:00Z"}\n', 'timestamp_invalid'],
  ])('%s', async (_, content, reason) => {
    const [reading] = await read(content)
    expect(reasons([reading as LineReading])).toEqual([reason])
    expect(reading?.damaged).toBe(reason !== '' && reason !== 'timestamp_invalid')
  })

  it('bytes that are not UTF-8', async () => {
    expect(reasons(await read(Buffer.from('{"type":"m\xffde"}\n', 'latin1')))).toEqual(['encoding'])
  })

  it('depth, where a line is long enough to hurt', async () => {
    const nested = (depth: number, padding: number): string =>
      `{"type":"mode","x":"${'y'.repeat(padding)}","d":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}\n`
    expect(reasons(await read(nested(MAX_DEPTH, 70_000)))).toEqual([''])
    expect(reasons(await read(nested(MAX_DEPTH + 1, 70_000)))).toEqual(['too_deep'])
    expect(reasons(await read(nested(MAX_DEPTH + 1, 0)))).toEqual([''])
  })

  it('says how a damaged line begins, unless conversation stands behind that', async () => {
    const [alone, joined] = await read('{"type":"mode","mo\n{"type":"mode","mo{"parentUuid":null,"type":"user"}\n')
    expect([alone?.opening, joined?.opening]).toEqual(['{"type":"mode","mo', ''])
  })
})
