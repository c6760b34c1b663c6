import { describe, expect, it } from 'vitest'
import { FileUnavailable, type Files, type Progress } from '../../src/ports/host.ts'
import { discoverSources } from '../../src/transcript/discover-sources.ts'
import { claudeCode } from '../../src/clients/claude-code/index.ts'
import { readTree } from '../../src/transcript/read-tree.ts'
import { Tree } from '../records/tree.ts'
import { type Content, filesOf, HOME, memoryFiles, NEWEST, SESSION, SLUG } from '../hostile/world.ts'

const FOLDER = `projects/${SLUG}/${SESSION}`
const JOURNAL = `${FOLDER}/subagents/workflows/wf_1/journal.jsonl`
const SUMMARY = `${FOLDER}/workflows/wf_1.json`

function flow(): Map<string, Content> {
  const tree = new Tree(NEWEST)
  const run = tree.session().workflow('wf_1', 'port')
  run.agent(1, 'one').says('Done.')
  run.journal('result', 1).addToSummary(1, 'one', 'done').end('completed')
  return filesOf(tree)
}
async function read(
  contents: Map<string, Content>,
  change: (files: Files) => Partial<Files> = () => ({}),
  progress?: (progress: Progress) => void,
) {
  const files = memoryFiles(contents)
  const { sources } = await discoverSources([HOME], [claudeCode], files)
  return readTree(sources, { ...files, ...change(files) }, 'UTC', { progress })
}
const failing = (path: string): Promise<never> => Promise.reject(new FileUnavailable(path, 'EIO'))

describe('the files of a workflow run', () => {
  it('are one run', async () => {
    const { workflows, issues } = await read(flow())
    expect(workflows).toMatchObject([
      {
        runId: 'wf_1',
        sessionId: SESSION,
        journalPath: `${HOME}/${JOURNAL}`,
        summaryPath: `${HOME}/${SUMMARY}`,
        summary: { name: 'port', status: 'completed' },
      },
    ])
    expect(workflows[0]?.journal.map(({ type }) => type)).toEqual(['started', 'result'])
    expect([issues, workflows[0]?.scriptPath?.endsWith('.js')]).toEqual([[], true])
  })

  it('damage to the journal is told, and the other lines count', async () => {
    const { workflows, issues } = await read(
      flow().set(
        JOURNAL,
        '{"type":"started","agentId":"a1"}\nnope\n\n[]\n{"type":"none","agentId":"a1"}\n{"type":"started"}\n{"type":"resu',
      ),
    )
    expect(issues.map(({ line, reason }) => [line, reason])).toEqual([
      [2, 'malformed_json'],
      [7, 'torn_line'],
    ])
    expect(workflows[0]?.journal).toEqual([{ type: 'started', agentId: 'a1', label: null, key: null }])
  })

  it('many damaged lines are a count, a long one is told by its length', async () => {
    const { issues } = await read(flow().set(JOURNAL, 'x\n'.repeat(1_000)))
    expect([issues.length, issues.at(-1)?.detail]).toEqual([51, '950 more lines of this file could not be read'])
    const long = await read(flow().set(JOURNAL, Buffer.alloc(17 * 2 ** 20, 'x')))
    expect(long.issues).toMatchObject([{ reason: 'oversized_line', bytes: 17 * 2 ** 20 }])
  })

  it('a journal that cannot be had leaves the summary', async () => {
    const { workflows, issues } = await read(flow(), (files) => ({
      open: (path) => (path.endsWith('journal.jsonl') ? failing(path) : files.open(path)),
    }))
    expect([issues.map(({ reason }) => reason), workflows[0]?.journal, workflows[0]?.summary?.status]).toEqual([
      ['unreadable'],
      [],
      'completed',
    ])
  })

  it.each([
    ['no JSON', '{"runId":', 'malformed_json'],
    ['an array', '[]', undefined],
    [
      'of odd types',
      '{"runId":7,"workflowName":[],"status":{},"workflowProgress":[null,{"type":"workflow_agent","agentId":7},{"type":"other"}]}',
      undefined,
    ],
  ])('a summary that is %s', async (_, content, reason) => {
    const { workflows, issues } = await read(flow().set(SUMMARY, content))
    expect(issues.map((issue) => issue.reason)).toEqual(reason === undefined ? [] : [reason])
    expect([workflows[0]?.summary?.name ?? null, workflows[0]?.journal.length]).toEqual([null, 2])
  })

  it('a script without a journal is a run without calls', async () => {
    const { workflows } = await read(new Map([[`${FOLDER}/workflows/scripts/port-wf_2.js`, '']]))
    expect(workflows).toMatchObject([{ runId: 'wf_2', journal: [], summary: null }])
  })
})

it('an error that is no file’s comes through', async () => {
  const bug = (): Promise<never> => Promise.reject(new TypeError('a bug'))
  await expect(read(flow(), () => ({ open: bug }))).rejects.toThrow('a bug')
  await expect(read(flow(), () => ({ readText: bug }))).rejects.toThrow('a bug')
  await expect(read(flow(), (files) => ({ open: (path) => (path.endsWith('journal.jsonl') ? bug() : files.open(path)) }))).rejects.toThrow(
    'a bug',
  )
})

it('tells how far it is', async () => {
  const told: Progress[] = []
  const { bytesRead } = await read(flow(), undefined, (progress) => told.push(progress))
  // At every piece that was read, and at the end of every file.
  expect(told.map(({ filesDone, filesAll, agentsDone }) => [filesDone, filesAll, agentsDone])).toEqual(
    expect.arrayContaining([
      [0, 2, 0],
      [1, 2, expect.any(Number)],
      [2, 2, 1],
    ]),
  )
  expect(told.map(({ bytesDone }) => bytesDone)).toEqual(told.map(({ bytesDone }) => bytesDone).toSorted((a, b) => a - b))
  expect(told.at(-1)).toEqual({ filesDone: 2, filesAll: 2, agentsDone: 1, bytesDone: bytesRead, bytesAll: bytesRead })
})
