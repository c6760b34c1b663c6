import { describe, expect, it } from 'vitest'
import { FileUnavailable } from '../../src/ports/host.ts'
import { discoverSources } from '../../src/transcript/discover-sources.ts'
import { unavailable } from '../../src/transcript/read-issues.ts'
import { claudeCode } from '../../src/clients/claude-code/index.ts'
import { HOME, memoryFiles, SESSION, SLUG } from '../hostile/world.ts'

const MAIN = `projects/${SLUG}/${SESSION}.jsonl`
const FILES = new Map([
  [MAIN, '{}'],
  [`projects/${SLUG}/${SESSION}/subagents/agent-a1.jsonl`, '{}'],
  [`projects/${SLUG}/${SESSION}/tool-results/x.jsonl`, '{}'],
  ['history.jsonl', '{}'],
])

describe('discoverSources', () => {
  it.each([[HOME], [`${HOME}/`], [`${HOME}/projects`], [`${HOME}/projects//`]])('finds the transcripts of %s', async (root) => {
    const { sources, issues, roots } = await discoverSources([root], [claudeCode], memoryFiles(FILES))
    expect(sources.map(({ path, of }) => [path, of.role])).toEqual([
      [`${HOME}/${MAIN}`, 'main'],
      [`${HOME}/projects/${SLUG}/${SESSION}/subagents/agent-a1.jsonl`, 'agent'],
    ])
    expect([issues, roots]).toEqual([[], [`${HOME}/projects`]])
  })

  it('a folder of one project is a root, too', async () => {
    const { sources } = await discoverSources([`${HOME}/projects/${SLUG}`], [claudeCode], memoryFiles(FILES))
    expect(sources.map(({ of }) => of)).toMatchObject([
      { role: 'main', sessionId: SESSION },
      { role: 'agent', sessionId: SESSION, agentId: 'a1' },
    ])
  })

  it('a root that is none is an issue; two that overlap give each file once', async () => {
    const { sources, issues, roots } = await discoverSources(
      ['/nowhere', HOME, `${HOME}/projects/${SLUG}`],
      [claudeCode],
      memoryFiles(FILES),
    )
    expect([sources.length, roots.length]).toEqual([2, 2])
    expect(issues).toMatchObject([{ path: '/nowhere', reason: 'no_root' }])
  })

  it('an error that is no file’s comes through', async () => {
    const files = memoryFiles(FILES)
    const broken = { ...files, facts: () => Promise.reject(new TypeError('a bug')) }
    await expect(discoverSources([HOME], [claudeCode], broken)).rejects.toThrow('a bug')
    await expect(discoverSources([HOME], [claudeCode], { ...files, list: broken.facts })).rejects.toThrow('a bug')
  })
})

it.each([
  ['ENOENT', 'vanished'],
  ['EFBIG', 'oversized_file'],
  ['not_a_regular_file', 'not_a_regular_file'],
  ['EACCES', 'unreadable'],
])('%s is told as %s', (code, reason) => {
  expect(unavailable('/x', new FileUnavailable('/x', code))).toMatchObject({ path: '/x', reason, line: null })
})
