import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { TranscriptRecord } from '../../src/model/record.ts'
import { claudeCode } from '../../src/transcript/formats/claude-code/index.ts'
import { clientLine } from './client-lines.ts'

fc.configureGlobal({ seed: 20_260_531 })

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
      const skim = claudeCode.skimmer('UTC')
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
    { numRuns: 3_000 },
  )
  // A skimmer that reads nothing would pass everything above.
  expect(skimmed / all).toBeGreaterThan(0.2)
})

it('the text of a result is gone with its line', () => {
  const skim = claudeCode.skimmer('UTC')
  const line = Buffer.from('{"type":"user","message":{"content":[{"tool_use_id":"t","type":"tool_result","content":"out"}]},"uuid":"u"}')
  const [record] = skim(line, WHERE) ?? []
  const [kept] = skim(line, WHERE) ?? []
  const textOf = (each: typeof record) => (each?.kind === 'tool_results' ? each.results[0]?.text : undefined)
  expect(textOf(kept)).toBe('out')
  expect(() => textOf(record)).toThrow('after its line was gone')
})
