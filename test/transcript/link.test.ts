import { describe, expect, it } from 'vitest'
import { linkStory, findRun } from '../reasons/linked.ts'
import { instant } from '../records/transcript.ts'
import { Tree } from '../records/tree.ts'
import { filesOf, MAIN_FILE, NEWEST, SESSION, SLUG } from '../hostile/world.ts'
import { mergeActivity } from '../../src/transcript/activity.ts'

const runsOf = async (tree: Tree) => [...(await linkStory(filesOf(tree))).contexts].map(([run, context]) => ({ run, context }))

describe('link', () => {
  it('finds who launched whom by the call, by the answer, by the words', async () => {
    const byCall = new Tree(NEWEST)
    byCall.session().launch(1).says('Done.')
    expect((await findRun(byCall)).run).toMatchObject({ toolUseId: 'toolu_00000001', description: 'part 1', agentType: 'general-purpose' })
    const byAnswer = new Tree(NEWEST)
    const main = byAnswer.session()
    main.returns(main.launch(1, { meta: null }), 'Done.')
    expect((await findRun(byAnswer)).run).toMatchObject({ toolUseId: 'toolu_00000001', description: 'part 1' })
    const byWords = new Tree('2.0.76')
    byWords.session().launch(1)
    expect((await findRun(byWords, 'a000001')).run).toMatchObject({ toolUseId: 'toolu_00000001', description: 'part 1' })
  })

  it('a notice is about the agent that it names, whose call it gives or not', async () => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    const one = main.launch(1, { background: true })
    const two = main.launch(2, { background: true })
    two.launchId = one.launchId
    main.notice([two], 'completed', 'Agent "part 2" finished')
    const told = async (id: string) => (await findRun(tree, id)).context.words.filter(({ status }) => status === 'completed').length
    expect([await told('a0000000000000001'), await told('a0000000000000002')]).toEqual([0, 1])
  })

  it('two calls of one prompt are two agents’', async () => {
    const tree = new Tree('2.0.76')
    const main = tree.session()
    main.launch(1, { prompt: 'Same.' }).says('One.')
    main.launch(2, { prompt: 'Same.' }).says('Two.')
    expect((await runsOf(tree)).flatMap(({ run }) => run.toolUseId ?? [])).toEqual(['toolu_00000001', 'toolu_00000002'])
  })

  it('nested agents belong to their launcher, and keep it waiting', async () => {
    const tree = new Tree(NEWEST)
    tree.session().launch(1).launch(2)
    expect((await findRun(tree, 'a0000000000000002')).run.parentAgentId).toBe('a0000000000000001')
    expect((await findRun(tree)).context.openChildren).toEqual(['a0000000000000002'])
    expect((await findRun(tree, '')).context.openChildren).toEqual(['a0000000000000001'])
  })

  it('a launch that was refused, or cut off, is an agent without a transcript', async () => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    const refused = main.launch(1, { unborn: true })
    main.at('09:00:00').result(refused.launchId, 'No such agent', { error: true })
    main.launch(2, { unborn: true })
    const unborn = (await runsOf(tree)).filter(({ run }) => run.path === null)
    expect(unborn.map(({ run, context }) => [run.agentId, context.refusedLaunch?.text ?? null])).toEqual([
      ['toolu_00000001', 'No such agent'],
      ['toolu_00000002', null],
    ])
    for (const { run } of unborn) expect((run.lastRecordAt ?? 0) - (run.startedAt ?? 0)).toBeGreaterThanOrEqual(0)
  })

  it('of two transcripts with one beginning the newest is judged', async () => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    const agent = main.launch(1)
    agent.says('Half.')
    const files = filesOf(tree)
    const old = `projects/${SLUG}/00000000-0000-4000-8000-000000000009/subagents/agent-a0000000000000001.jsonl`
    files.set(old, agent.text)
    agent.at('11:00:00').prompt('Go on.').says('Whole.')
    files.set(agent.path, agent.text)
    const runs = [...(await linkStory(files)).contexts.keys()].filter((run) => run.agentId !== null)
    expect(runs).toMatchObject([{ sessionId: SESSION, transcripts: [{ path: expect.stringContaining(old) as string }, {}], attempts: 2 }])
  })

  it('a session under two slugs is one, and the part written last is its main thread', async () => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    main.says('Before.')
    const files = filesOf(tree)
    const later = new Tree(NEWEST)
    later.session(1, { slug: '-home-dev-app--claude-worktrees-x', at: '11:00:00' }).says('Behind.')
    const { sessions } = await linkStory(new Map([...files, ...filesOf(later)]))
    expect(sessions).toHaveLength(1)
    expect(sessions[0]?.main?.path).toContain('worktrees-x')
    expect(sessions[0]?.activity.map(({ from }) => from)).toEqual([instant('10:00:00'), instant('11:00:00')])
  })

  it('the worktree shows in the folder of the records where no sidecar names it', async () => {
    const tree = new Tree(NEWEST)
    tree.session().launch(1, { meta: null, cwd: '/home/dev/app/.claude/worktrees/part-1/src' }).says('Done.')
    expect((await findRun(tree)).run.worktreePath).toBe('/home/dev/app/.claude/worktrees/part-1')
  })

  it('joins the calls of a workflow to its agents', async () => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    const flow = main.workflow('wf_1', 'port')
    flow.agent(1, 'one').says('Done.')
    flow.agent(2, 'two')
    flow.journal('result', 1).addToSummary(1, 'one', 'done').addToSummary(null, 'three', 'error', { error: 'never began' }).end('completed')
    const { workflows } = await linkStory(filesOf(tree))
    expect(workflows).toMatchObject([{ runId: 'wf_1', sessionId: SESSION, name: 'port', status: 'completed' }])
    expect(workflows[0]?.calls.map(({ agentId, label, journal, state }) => [agentId, label, journal, state])).toEqual([
      ['a0000000000000001', 'one', 'result', 'done'],
      ['a0000000000000002', 'two', 'started', null],
      [null, 'three', null, 'error'],
    ])
    expect((await findRun(tree)).run).toMatchObject({ kind: 'workflow', workflowRunId: 'wf_1', label: 'one' })
  })

  it('helpers of the client itself are internal', async () => {
    const tree = new Tree(NEWEST)
    tree.session().launch('acompact-1').says('A summary.')
    expect((await findRun(tree, 'acompact-1')).run.kind).toBe('internal')
  })

  it('agents without a main thread are a session all the same', async () => {
    const tree = new Tree(NEWEST)
    tree.session().launch(1).says('Done.')
    const files = filesOf(tree)
    files.delete(MAIN_FILE)
    expect((await linkStory(files)).sessions).toMatchObject([
      { sessionId: SESSION, main: null, agents: [{ agentId: 'a0000000000000001' }] },
    ])
  })
})

it('mergeActivity joins what is less than half a minute apart', () => {
  const where = { path: '/x', line: 1, byteOffset: 0 }
  const merged = mergeActivity(
    [
      [100_000, 110_000],
      [0, 10_000],
      [40_000, 50_000],
      [5_000, 8_000],
      [80_001, 90_000],
    ].map(([from = 0, to = 0]) => ({ from, to, where })),
  )
  expect(merged.map(({ from, to }) => [from, to])).toEqual([
    [0, 50_000],
    [80_001, 110_000],
  ])
  expect(mergeActivity([])).toEqual([])
})
