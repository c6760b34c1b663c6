import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Line, readLines } from '../../src/transcript/read-lines.ts'
import { depthOf } from '../../src/transcript/read-records.ts'
import { collectAgents } from '../hostile/world.ts'

const SEED = 20_260_531
const bytes = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(0x0a, 0x0d, 0xef, 0xbb, 0xbf, 0x78) }, fc.nat(255)), { maxLength: 120 })
  .map((each) => Uint8Array.from(each))
const cuts = fc.array(fc.nat(120), { maxLength: 20 })
const limit = fc.constantFrom(4, 10, 1_000)

/** As a reader of files gives them: every chunk in the same memory. */
async function* chunked(whole: Uint8Array, at: readonly number[]): AsyncGenerator<Uint8Array> {
  const memory = new Uint8Array(whole.length)
  const ends = [...at.filter((cut) => cut < whole.length), whole.length].toSorted((a, b) => a - b)
  let from = 0
  for (const end of ends) {
    memory.fill(0xff)
    memory.set(whole.subarray(from, end))
    yield memory.subarray(0, end - from)
    from = end
  }
}

async function linesOf(whole: Uint8Array, at: readonly number[], max: number): Promise<unknown[]> {
  const lines: unknown[] = []
  // A line is only valid until the next one.
  for await (const line of readLines(chunked(whole, at), max)) lines.push(line.kind === 'line' ? { ...line, bytes: [...line.bytes] } : line)
  return lines
}

it('any chunks of the same bytes give the same lines at the same offsets', async () => {
  await fc.assert(
    fc.asyncProperty(bytes, cuts, limit, async (whole, at, max) => {
      expect(await linesOf(whole, at, max)).toEqual(await linesOf(whole, [], max))
    }),
    { seed: SEED, numRuns: 400 },
  )
})

it('every byte belongs to one line, its end, or the mark before the first', async () => {
  await fc.assert(
    fc.asyncProperty(bytes, cuts, async (whole, at) => {
      const lines = await collectAgents<Line>(readLines(chunked(whole, at)))
      const starts = lines.map((line) => line.byteOffset)
      const newlines = [...whole.entries()].filter(([, byte]) => byte === 0x0a).map(([index]) => index + 1)
      expect(starts).toEqual(whole.length === 0 ? [] : [0, ...newlines].filter((start) => start < whole.length))
      expect(lines.map((line) => line.line)).toEqual(lines.map((_, index) => index + 1))
      expect(lines.map((line) => line.terminated)).toEqual(lines.map((_, index) => index < newlines.length))
    }),
    { seed: SEED, numRuns: 400 },
  )
})

it('the depth of a line is that of its brackets outside of strings', () => {
  const plainly = (line: Uint8Array): number => {
    let [depth, deepest, inString] = [0, 0, false]
    for (let index = 0; index < line.length; index += 1) {
      const byte = line[index]
      if (inString) {
        if (byte === 0x5c) index += 1
        else if (byte === 0x22) inString = false
      } else if (byte === 0x22) inString = true
      else if (byte === 0x7b || byte === 0x5b) deepest = Math.max(deepest, (depth += 1))
      else if (byte === 0x7d || byte === 0x5d) depth -= 1
    }
    return deepest
  }
  const piece = fc.oneof(
    fc.constantFrom('"', '"', '\\', '\\\\', '\\"', '{', '[', '[[', ']', '}', 'x'),
    fc.tuple(fc.constantFrom('x', '\\', '"', '['), fc.nat(80)).map(([unit, count]) => unit.repeat(count)),
  )
  const line = fc.array(piece, { maxLength: 30 }).map((parts) => new TextEncoder().encode(parts.join('')))
  fc.assert(
    fc.property(line, (each) => {
      expect(depthOf(each)).toBe(plainly(each))
    }),
    { seed: SEED, numRuns: 5_000 },
  )
})
