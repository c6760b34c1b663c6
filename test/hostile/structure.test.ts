import { describe, expect, it } from 'vitest'
import type { Json } from '../lacking.ts'
import { IS_LONG } from '../long.ts'
import { expectStated } from '../stated.ts'
import { BESIDE } from './beside.ts'
import { changesOf } from './changes.ts'
import { NAMES, type StoryName, subjectOf } from './stories.ts'
import { HOME, memoryFiles, scan } from './world.ts'

// Records and documents whose structure is not what a client writes. What they still say may be another end, and is never `completed` where
// the agent did not complete, whether the change shows or not.

interface Change {
  readonly done: string
  readonly path: string
  readonly content: string
}

/** Of all changes a usual run tries every so many. */
const EVERY = 18
const sampleOf = (changes: readonly Change[], isLong: boolean): readonly Change[] => changes.filter((_, at) => isLong || at % EVERY === 0)

/** Each record of a story’s agent, with each of its fields left out or of another type. */
function recordChanges(name: StoryName): readonly Change[] {
  const { bytes, path } = subjectOf(name)
  const lines = bytes.toString().trimEnd().split('\n')
  return lines.flatMap((line, at) =>
    [...changesOf(JSON.parse(line) as Json)].map(([done, record]) => ({
      done: `line ${at + 1}: ${done}`,
      path,
      content: `${lines.with(at, JSON.stringify(record)).join('\n')}\n`,
    })),
  )
}

const DOCUMENTS = [...BESIDE.keys()].filter((path) => /\.json$|journal\.jsonl$/.test(path))

/** Each of these cut at each byte, and with each field left out or of another type. */
function documentChanges(): readonly Change[] {
  return DOCUMENTS.flatMap((path) => {
    const text = BESIDE.get(path) ?? ''
    const cuts = Array.from({ length: text.length }, (_, cut) => ({ done: `cut at ${cut}`, path, content: text.slice(0, cut) }))
    const lines = text.trimEnd().split('\n')
    const changed = lines.flatMap((line, at) =>
      [...changesOf(JSON.parse(line) as Json)].map(([done, value]) => ({
        done: `line ${at + 1}: ${done}`,
        path,
        content: lines.with(at, JSON.stringify(value)).join('\n'),
      })),
    )
    return [...cuts, ...changed]
  })
}

it('is as many changes as docs/internals/reliability.md says', () => {
  const records = (isLong: boolean): number => NAMES.reduce((sum, name) => sum + sampleOf(recordChanges(name), isLong).length, 0)
  const documents = (isLong: boolean): number => sampleOf(documentChanges(), isLong).length
  expectStated('structure of records', records(false), records(true))
  expectStated('files beside transcripts', documents(false), documents(true))
})

it.each(NAMES)('no change to a record makes a finished agent of: %s', async (name) => {
  const { bytes, verdict } = subjectOf(name)
  const whole = (await verdict(bytes)).agent
  for (const { done, content } of sampleOf(recordChanges(name), IS_LONG)) {
    const { agent } = await verdict(Buffer.from(content))
    expect(agent.evidence.length, done).toBeGreaterThan(0)
    if (whole.reason !== 'completed') expect(agent.reason, done).not.toBe('completed')
  }
})

describe('files beside transcripts', () => {
  it('are all kinds', () => {
    expect(DOCUMENTS.map((path) => path.replace(/.*\/(?=[^/]+\/[^/]+$)/, '')).toSorted()).toMatchInlineSnapshot(`
      [
        "3c44f43e/state.json",
        "sessions/77.json",
        "subagents/agent-a0000000000000009.meta.json",
        "wf_00000001/agent-a0000000000000001.meta.json",
        "wf_00000001/agent-a0000000000000002.meta.json",
        "wf_00000001/agent-a0000000000000003.meta.json",
        "wf_00000001/journal.jsonl",
        "workflows/wf_00000001.json",
      ]
    `)
  })

  it('finish no agent, however they are changed', async () => {
    const finished = async (files: ReadonlyMap<string, string>): Promise<readonly (string | null)[]> => {
      const report = await scan(HOME, { files: memoryFiles(files) })
      return report.agents.filter(({ reason }) => reason === 'completed').map(({ agentId }) => agentId)
    }
    const whole = new Set(await finished(BESIDE))
    expect(whole).toEqual(new Set(['a0000000000000001']))
    for (const { done, path, content } of sampleOf(documentChanges(), IS_LONG)) {
      const more = (await finished(new Map(BESIDE).set(path, content))).filter((id) => !whole.has(id))
      expect(more, `${path}: ${done}`).toEqual([])
    }
  })
})
