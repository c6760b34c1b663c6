import { describe, expect, it } from 'vitest'
import { claudeCode } from '../../src/clients/claude-code/index.ts'
import type { Source, SourceRole } from '../../src/clients/client.ts'
import { selectSources } from '../../src/transcript/select-sources.ts'

const source = (path: string, modifiedAt: number, of: SourceRole): Source => ({
  client: claudeCode,
  path,
  root: '/r',
  of,
  bytes: 1,
  modifiedAt,
  identity: path,
})
const main = (id: string, at: number): Source => source(`/r/${id}.jsonl`, at, { role: 'main', sessionId: id })
const agent = (id: string, session: string | null, at: number): Source =>
  source(`/r/agent-${id}.jsonl`, at, { role: 'agent', sessionId: session, agentId: id, workflowRunId: null })
const sidecar = (id: string): Source => source(`/r/agent-${id}.meta.json`, 0, { role: 'sidecar' })
const journal = (session: string): Source =>
  source(`/r/${session}/journal.jsonl`, 0, { role: 'workflow_journal', sessionId: session, runId: 'wf_1' })

const ALL = [main('s1', 10), agent('a1', 's1', 20), sidecar('a1'), main('s2', 10), agent('a2', 's2', 10), journal('s1'), journal('s2')]
const NONE = { since: null, until: null, session: null }
const paths = (sources: readonly Pick<Source, 'path'>[]): readonly string[] => sources.map(({ path }) => path.slice(3))

describe('selectSources', () => {
  it('without bounds takes everything', () => {
    const { sources, transcripts, older, within } = selectSources(ALL, NONE)
    expect([sources.length, transcripts, older, within.size]).toEqual([7, 4, 0, 4])
  })

  it('reads the old parent of a young agent, but does not report on it', () => {
    const { sources, transcripts, older, within } = selectSources(ALL, { ...NONE, since: 15 })
    expect(paths(sources)).toEqual(['s1.jsonl', 'agent-a1.jsonl', 'agent-a1.meta.json', 's1/journal.jsonl'])
    expect([transcripts, older, [...within]]).toEqual([2, 3, ['/r/agent-a1.jsonl']])
  })

  it('bounds are inclusive', () => {
    expect(selectSources(ALL, { ...NONE, since: 20 }).within.size).toBe(1)
    expect(selectSources(ALL, { ...NONE, until: 10 }).within.size).toBe(3)
    expect(selectSources(ALL, { ...NONE, since: 21 }).sources.filter(({ of }) => of.role !== 'sidecar')).toEqual([])
  })

  it('takes a session by the beginning of its id', () => {
    expect(paths(selectSources(ALL, { ...NONE, session: 's2' }).sources)).toEqual(['s2.jsonl', 'agent-a2.jsonl', 's2/journal.jsonl'])
    expect(selectSources(ALL, { ...NONE, session: 's' }).transcripts).toBe(4)
    expect(selectSources(ALL, { ...NONE, session: 'x' }).transcripts).toBe(0)
  })

  it('an agent that does not tell its session (2.0.x) needs every main transcript', () => {
    const { sources, within } = selectSources([...ALL, agent('a3', null, 30)], { ...NONE, since: 25 })
    expect(paths(sources).filter((path) => !path.includes('agent'))).toEqual(['s1.jsonl', 's2.jsonl'])
    expect([...within]).toEqual(['/r/agent-a3.jsonl'])
    expect(paths(selectSources([...ALL, agent('a3', null, 30)], { ...NONE, session: 's2' }).sources)).toContain('agent-a3.jsonl')
  })
})
