import { sample } from '../../long.ts'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { claudeCode } from '../../../src/clients/claude-code/index.ts'
import { RECORD_TYPES } from '../../../src/clients/claude-code/record-types.ts'
import { partsOf, type RecordPart } from '../../../src/facts/record.ts'
import { bundles } from '../../lab/bundle.ts'

const HEAD = { uuid: 'u1', sessionId: 's1', cwd: '/home/dev/app', version: '2.1.329', timestamp: '2026-05-31T10:00:00.000Z' }
const CONTENT: Readonly<Record<string, object>> = {
  assistant: { message: { id: 'm1', model: 'm', content: [{ type: 'text', text: 'done' }], stop_reason: 'end_turn' } },
  user: { message: { content: [{ tool_use_id: 't1', type: 'tool_result', content: 'out' }] } },
  attachment: { attachment: { type: 'skill_listing' } },
}

/** What both readers make of a line: the one that parses, and the one that need not (undefined: it leaves the line to the other). */
function readBoth(text: string): {
  readonly parsed: readonly RecordPart[]
  readonly skimmed: readonly RecordPart[] | undefined
} {
  const where = { path: '/t.jsonl', line: 1, byteOffset: 0 }
  const bytes = Buffer.from(text)
  const skimmer = claudeCode.skimmer()
  skimmer?.load(bytes)
  const record = skimmer?.next() === true ? skimmer.read(where) : undefined
  const skimmed = record === undefined ? undefined : partsOf(record).map(withText)
  return { parsed: partsOf(claudeCode.normalize(JSON.parse(text), where, bytes.length, 'UTC').record), skimmed }
}

/** A skimmed result gives its text when it is asked for. */
function withText(record: RecordPart): RecordPart {
  if (record.kind !== 'tool_results') return record
  return { ...record, results: record.results.map(({ toolUseId, isError, text }) => ({ toolUseId, isError, text })) }
}

describe('the table of record types', () => {
  it.each(Object.entries(RECORD_TYPES))('%s is read as %s by both readers', (type, reading) => {
    const { parsed, skimmed } = readBoth(JSON.stringify({ type, ...CONTENT[type], ...HEAD }))
    if (reading === 'copy') expect([parsed, skimmed]).toEqual([[], []])
    else if (reading === 'skimmed' || reading === 'books') expect(skimmed).toEqual(parsed)
    else expect(skimmed).toBeUndefined()
    if (reading !== 'copy') expect(parsed.length).toBeGreaterThan(0)
    const keepsBooks = reading === 'books' || reading === 'parsed_books' || reading === 'copy'
    expect(claudeCode.isBookkeeping(`{"type":"${type}","x`)).toBe(keepsBooks)
  })

  it('a type that is not in it is counted, and swallowed by nobody', () => {
    const { parsed, skimmed } = readBoth(JSON.stringify({ type: 'something-new', ...HEAD }))
    expect(parsed).toMatchObject([{ kind: 'other', type: 'something-new' }])
    expect(skimmed).toBeUndefined()
  })

  it('both readers agree on every line that real clients wrote; where they do not, line and type are named', () => {
    const disagreements: string[] = []
    const seen = new Set<string>()
    for (const { version, scenario, files } of sample(bundles, 60)) {
      for (const [path, lines] of Object.entries(files)) {
        if (typeof lines === 'string' || !path.startsWith('projects/') || path.includes('/workflows/')) continue
        for (const [index, line] of lines.entries()) {
          const { type } = JSON.parse(line) as { readonly type: string }
          seen.add(type)
          const { parsed, skimmed } = readBoth(line)
          if (skimmed !== undefined && !isDeepStrictEqual(skimmed, parsed.map(withText)))
            disagreements.push(`${version} ${scenario} ${path}:${index + 1} ${type}`)
        }
      }
    }
    expect(disagreements).toEqual([])
    expect([...seen].toSorted()).toEqual(expect.arrayContaining(['assistant', 'attachment', 'user']))
  })
})
