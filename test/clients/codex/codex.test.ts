import { describe, expect, it } from 'vitest'
import { type Report, ReportSchema } from '../../../src/report/report.ts'
import type { Processes } from '../../../src/ports/host.ts'
import { jsonText } from '../../../src/report/json-text.ts'
import { show } from '../../../src/show/show.ts'
import { analyze } from '../../../src/scan/scan.ts'
import { analyzeOptions } from '../../analyze-options.ts'
import { filesOf, HOME, memoryFiles, NEWEST, noProcesses, NOW } from '../../hostile/world.ts'
import { noGit } from '../../no-git.ts'
import { LIMIT_WORDS, Rollout, type Thread, threadId } from '../../records/rollouts.ts'
import { Tree } from '../../records/tree.ts'

const MAIN: Thread = { id: threadId(1) }
const CHILD: Thread = { id: threadId(2), parent: MAIN, role: 'explorer' }
const GRANDCHILD: Thread = { id: threadId(3), parent: CHILD }

const contentsOf = (...rollouts: readonly Rollout[]): ReadonlyMap<string, string> => new Map(rollouts.map(({ path, text }) => [path, text]))

function scan(contents: ReadonlyMap<string, string>, options: Partial<Parameters<typeof analyze>[0]> = {}): Promise<Report> {
  const host = { files: memoryFiles(contents), processes: noProcesses, git: noGit }
  return analyze({ ...analyzeOptions({ roots: [HOME], now: NOW }), ...options }, host)
}

/** A thread that something else than a launch began. */
function begunBy(source: object, threadSource: string): Rollout {
  const rollout = new Rollout(CHILD, 5_000)
  const told = `"source":${JSON.stringify(source)},"thread_source":"${threadSource}"`
  rollout.lines[0] = (rollout.lines[0] ?? '').replace(/"source":.*?"thread_source":"subagent"/, () => told)
  return rollout
}

describe('a thread of Codex', () => {
  it('has its parent, its session, its type and its depth from its first line, and its task from the launch', async () => {
    const report = await scan(
      contentsOf(
        new Rollout(MAIN).prompt('Dispatch').spawns(CHILD, 'Write the tests\nAll of them.').ends('Done.'),
        new Rollout(CHILD, 5_000).prompt('Write the tests\nAll of them.').spawns(GRANDCHILD, 'Find the code').ends('Written.'),
        new Rollout(GRANDCHILD, 9_000).prompt('Find the code').ends('Found.'),
      ),
    )
    ReportSchema.parse(report)
    expect(report.sessions.map(({ format, sessionId }) => [format, sessionId])).toEqual([['codex', MAIN.id]])
    expect(report.agents).toMatchObject([
      { agentId: CHILD.id, sessionId: MAIN.id, parentAgentId: null, agentType: 'explorer', spawnDepth: 1, description: 'Write the tests' },
      { agentId: GRANDCHILD.id, sessionId: MAIN.id, parentAgentId: CHILD.id, spawnDepth: 2, description: 'Find the code' },
    ])
    expect(report.agents[0]).toMatchObject({ model: 'gpt-5.1-codex', clientVersion: '0.171.0', cwd: '/home/dev/app', gitBranch: 'main' })
  })

  it('before sessions were named is of the session of whoever spawned it, however deep', async () => {
    const [main, child, grandchild] = [1, 2, 3].map((number) => ({ id: threadId(number), version: '0.107.0', namesSession: false }))
    if (main === undefined || child === undefined || grandchild === undefined) throw new Error('no threads')
    const upper: Thread = { ...child, parent: main }
    const lower: Thread = { ...grandchild, parent: upper }
    const lowest: Thread = { ...grandchild, id: threadId(4), parent: lower }
    const rollouts = [upper, lower, lowest].map((thread) => new Rollout(thread, 5_000).prompt('Go').runs('ls'))
    const { agents } = await scan(contentsOf(new Rollout(main).prompt('Go').ends('Done.'), ...rollouts))
    expect(agents.map(({ agentId, sessionId }) => [agentId, sessionId])).toEqual([upper, lower, lowest].map(({ id }) => [id, main.id]))
  })

  it.each([
    [{ subagent: 'compact' }, 'subagent'],
    [{ subagent: 'memory_consolidation' }, 'subagent'],
    [{ subagent: { other: 'guardian' } }, 'subagent'],
    [{ internal: 'memory_consolidation' }, 'memory_consolidation'],
  ])('that its client began for itself (%j) is no work of anybody’s', async (source, threadSource) => {
    const helper = begunBy(source, threadSource)
    helper.prompt('Go').calls('exec_command', { cmd: 'npm test' })
    const { agents, sessions, plan, workItems } = await scan(contentsOf(new Rollout(MAIN).prompt('Go').ends('Done.'), helper))
    expect(agents).toMatchObject([{ agentId: CHILD.id, kind: 'internal' }])
    expect(sessions.map(({ sessionId }) => sessionId)).toEqual([MAIN.id])
    expect([plan.actions, workItems]).toEqual([[], []])
  })

  it('that reviewed for somebody, or did a part of a job, is an agent like any other', async () => {
    for (const subagent of ['review', { other: 'agent_job:1' }]) {
      const agent = begunBy({ subagent }, 'subagent')
      const { agents } = await scan(contentsOf(new Rollout(MAIN).prompt('Go').ends('Done.'), agent.prompt('Go').ends('Good.')))
      expect(agents).toMatchObject([{ kind: 'subagent', reason: 'completed' }])
    }
  })

  it.each(['usage limit reached', 7, true, {}])('whose turn ended with the error %j did not complete', async (error) => {
    const agent = new Rollout(CHILD, 5_000).prompt('Go').runs('ls').event('task_complete', { last_agent_message: 'Fine.', error })
    const { agents } = await scan(contentsOf(new Rollout(MAIN).prompt('Go').spawns(CHILD, 'Go').ends('Done.'), agent))
    expect(agents.map(({ reason }) => reason)).not.toContain('completed')
  })

  it('is counted as its client counts: the last sum, what was cached apart from the rest of the input', async () => {
    const main = new Rollout(MAIN)
      .prompt('Go')
      .counts({ input: 100, cached: 40, output: 10 })
      .counts({ input: 100, cached: 40, output: 10 })
    const agent = new Rollout(CHILD).prompt('Go').counts({ input: 900, cached: 500, output: 70 })
    agent.says('Done.').event('task_complete', { last_agent_message: 'Done.' })
    const { agents } = await scan(contentsOf(main.spawns(CHILD, 'Go').ends('Done.'), agent))
    expect(agents[0]?.tokens).toEqual({ input: 400, output: 70, cacheRead: 500, cacheWrite: 0 })
  })

  it('that never came to be is missing', async () => {
    const { agents, readIssues } = await scan(contentsOf(new Rollout(MAIN).prompt('Go').spawns(CHILD, 'Go').ends('Done.')))
    expect(agents).toMatchObject([{ agentId: CHILD.id, reason: 'unknown' }])
    expect(readIssues).toMatchObject([{ reason: 'missing_transcript' }])
  })

  it('is not said to have met a watchdog that Codex has not, nor to lack an output that it never demands', async () => {
    const agent = new Rollout(CHILD, 5_000).prompt('Go').runs('sleep 600').waits(600_000).aborted()
    const main = new Rollout(MAIN).prompt('Go').spawns(CHILD, 'Go').waits(900_000).ends('Done.')
    const { agents } = await scan(contentsOf(main, agent))
    expect(agents).toMatchObject([{ reason: 'interrupted' }])
    expect(agents[0]?.alternatives.map(({ reason }) => reason)).not.toContain('stalled')
  })

  it('whose launch was refused never started; one that met a limit which was known before it began was a retry storm', async () => {
    const late: Thread = { id: threadId(4), parent: MAIN }
    const main = new Rollout(MAIN).prompt('Go')
    main.answers(main.calls('spawn_agent', { message: 'Never' }), 'collab spawn failed: agent thread limit reached')
    main.spawns(CHILD, 'One').spawns(late, 'Two').ends('Done.')
    const refused = (thread: Thread, after: number): Rollout =>
      new Rollout(thread, after).prompt('Go').counts({ primary: 100 }).fails('usage_limit_exceeded', LIMIT_WORDS)
    const { agents } = await scan(contentsOf(main, refused(CHILD, 3_000), refused(late, 12_000)))
    expect(agents.map(({ reason }) => reason).toSorted()).toEqual(['never_started', 'rate_limited', 'retry_storm'])
  })

  it('that finished, and died as it was asked once more, has records, but none since', async () => {
    const agent = new Rollout(CHILD, 5_000).prompt('Go').ends('Done.').waits(900_000).begins()
    const { agents } = await scan(contentsOf(new Rollout(MAIN).prompt('Go').spawns(CHILD, 'Go').ends('Done.'), agent))
    expect(agents).toMatchObject([{ reason: 'exit_killed', evidence: [{ shows: 'its latest attempt holds no record of its own' }, {}] }])
  })

  it('ended without a word is no success', async () => {
    const agent = new Rollout(CHILD).prompt('Go').runs('npm test').event('task_complete', { last_agent_message: null })
    const { agents } = await scan(contentsOf(new Rollout(MAIN).prompt('Go').spawns(CHILD, 'Go').ends('Done.'), agent))
    expect(agents).toMatchObject([{ reason: 'truncated' }])
  })

  it.each([
    ['unauthorized', 'auth_failed'],
    ['bad_request', 'request_rejected'],
    ['cyber_policy', 'refused'],
    ['server_overloaded', 'overloaded'],
    ['session_budget_exceeded', 'max_turns'],
    [{ http_connection_failed: { http_status_code: 429 } }, 'rate_limited'],
    [{ response_stream_connection_failed: { http_status_code: null } }, 'connection_lost'],
    ['a_name_of_tomorrow', 'unknown'],
  ])('that fails with %j ended by %s', async (info, reason) => {
    const agent = new Rollout(CHILD).prompt('Go').fails(info, 'It failed.')
    const { agents } = await scan(contentsOf(new Rollout(MAIN).prompt('Go').spawns(CHILD, 'Go').ends('Done.'), agent))
    expect(agents).toMatchObject([{ reason }])
  })

  it('cut in the middle of its last line is judged by nothing that it said before', async () => {
    const agent = new Rollout(CHILD).prompt('Go').ends('Done.')
    const main = new Rollout(MAIN).prompt('Go').spawns(CHILD, 'Go').ends('Done.')
    const cut = agent.text.slice(0, agent.text.lastIndexOf('{"timestamp"') + 60)
    const { agents, readIssues } = await scan(new Map([...contentsOf(main), [agent.path, cut]]))
    expect(agents).toMatchObject([{ reason: 'unknown' }])
    expect(readIssues).toMatchObject([{ reason: 'torn_line', path: `${HOME}/${agent.path}` }])
  })
})

describe('a command of an agent that goes on by itself', () => {
  const RUNNING = 'Chunk ID: 1ba832\nWall time: 10.0012 seconds\nProcess running with session ID 73001\nOriginal token count: 0\nOutput:\n'
  const exited = (code: number): string => `Chunk ID: 1ba833\nWall time: 2.0000 seconds\nProcess exited with code ${code}\nOutput:\n`

  function ended(text: string, ...answers: readonly string[]): Promise<Report> {
    const agent = new Rollout(CHILD, 5_000).prompt('Build it')
    agent.answers(agent.calls('exec_command', { cmd: 'make' }), RUNNING)
    for (const answer of answers) agent.answers(agent.calls('write_stdin', { session_id: 73001, chars: '' }), answer)
    agent.ends(text)
    return scan(contentsOf(new Rollout(MAIN).prompt('Go').spawns(CHILD, 'Build it').ends('Done.'), agent))
  }
  const LONG = `The build is set up. ${'Each part of it is described in docs/build.md. '.repeat(20)}`

  it.each([
    ['is not known to have ended', 'The build runs.', [], 'truncated', 'low'],
    ['was asked about, and still ran', 'The build runs.', [RUNNING], 'truncated', 'low'],
    ['had no end, though its agent reports at length', LONG, [], 'completed', 'medium'],
    ['ended', 'The build passes.', [RUNNING, exited(0)], 'completed', 'high'],
    ['ended badly, which is an end', 'The build fails.', [exited(2)], 'completed', 'high'],
  ] as const)('%s', async (_, text, answers, reason, confidence) => {
    expect((await ended(text, ...answers)).agents).toMatchObject([{ reason, confidence }])
  })
})

describe('show of an agent of Codex', () => {
  it('tells its task, what it ran and how that went, what it wrote, and its plan', async () => {
    const agent = new Rollout(CHILD).prompt('Write the tests').runs('npm test', 1)
    const patch = '*** Begin Patch\n*** Add File: test/a.test.ts\n+it()\n*** End Patch'
    agent.item('custom_tool_call', { call_id: 'call_p', name: 'apply_patch', input: patch })
    agent.item('custom_tool_call_output', { call_id: 'call_p', output: 'Success.' })
    agent.answers(agent.calls('update_plan', { plan: [{ step: 'Write more', status: 'in_progress' }] }), 'Plan updated')
    agent.fails('internal_server_error', 'boom')
    const main = new Rollout(MAIN).prompt('Go').spawns(CHILD, 'Write the tests').ends('Done.')
    const host = { files: memoryFiles(contentsOf(main, agent)), processes: noProcesses, git: noGit }
    const shown = await show({ ...analyzeOptions({ roots: [HOME], now: NOW }), id: CHILD.id }, host)
    expect(shown.agents).toMatchObject([{ agentId: CHILD.id, format: 'codex', reason: 'server_error' }])
    const told = jsonText(shown)
    for (const words of ['Write the tests', 'npm test', 'test/a.test.ts', 'Write more', 'boom']) expect(told).toContain(words)
    expect(shown.receipt?.commands.items).toMatchObject([{ command: 'npm test', exitCode: 1 }])
  })
})

describe('the reset of a usage limit', () => {
  const refused = (words: string, fill: (agent: Rollout) => Rollout = (agent) => agent) =>
    scan(
      contentsOf(
        new Rollout(MAIN).prompt('Go').spawns(CHILD, 'Go').ends('Done.'),
        fill(new Rollout(CHILD).prompt('Go')).fails('usage_limit_exceeded', words),
      ),
    )

  it('is that of the window of which nothing is left, not of the other one', async () => {
    const { agents } = await refused(LIMIT_WORDS, (agent) => agent.counts({ primary: 40, secondary: 100 }))
    expect(agents[0]?.limit).toMatchObject({ kind: 'seven_day', resetsAt: '2026-06-02T12:00:00.000Z', resetSource: 'structured' })
  })

  it('is not that of a window of which something is left', async () => {
    const { agents } = await refused('You’ve hit your usage limit.', (agent) => agent.counts({ primary: 99 }))
    expect(agents[0]?.limit).toMatchObject({ kind: 'unknown', resetsAt: null })
  })

  it.each([
    ['Try again in 3 days 4 hours 5 minutes.', '2026-06-03T14:05:05.000Z'],
    ['try again at 9:00 AM.', '2026-06-01T09:00:00.000Z'],
    ['try again at Jun 3rd, 2026 9:15 PM.', '2026-06-03T21:15:00.000Z'],
    ['try again at 25:00 PM.', null],
  ])('stands in the words else: %s', async (words, resetsAt) => {
    const { agents } = await refused(`You’ve hit your usage limit. ${words}`)
    expect(agents[0]?.limit).toMatchObject({ resetsAt })
  })
})

describe('an agent of Codex that has said nothing for hours', () => {
  const rollouts = contentsOf(new Rollout(MAIN).prompt('Go').spawns(CHILD, 'Go'), new Rollout(CHILD).prompt('Go'))
  const lock = `thread-writer-locks/${CHILD.id}.lock`
  const judge = async (holds: boolean) => {
    const files = memoryFiles(new Map([...rollouts, [lock, '']]))
    const { identity } = await files.facts(`${HOME}/${lock}`)
    const processes: Processes = {
      domain: async () => null,
      inspect: async (pid) => (pid === 4711 ? { state: 'alive', start: '1', startedAt: null } : { state: 'gone' }),
      lockHolders: async () => new Map([[(holds && identity) || '1:1', 4711]]),
    }
    const { agents } = await analyze(analyzeOptions({ roots: [HOME], now: NOW }), { files, processes, git: noGit })
    return agents[0]
  }

  it('is at work while a process holds its lock', async () => {
    expect(await judge(true)).toMatchObject({
      reason: 'running',
      evidence: expect.arrayContaining([expect.objectContaining({ pid: 4711, alive: true })]),
    })
  })

  it('is taken for killed where nobody is seen to hold it', async () => {
    expect(await judge(false)).toMatchObject({ reason: 'exit_killed', confidence: 'low' })
  })
})

describe('two products on one machine', () => {
  const claude = new Tree(NEWEST)
  claude.session().prompt('go').says('done')
  const both = new Map([...filesOf(claude), ...contentsOf(new Rollout(MAIN).prompt('Go').ends('Done.'))])
  const usual = [`${HOME}/sessions`, `${HOME}/projects`]
  const formats = ({ sessions }: Report): readonly string[] => sessions.map(({ format }) => format).toSorted()

  it('are told in one report', async () => {
    const report = await scan(both, { roots: usual, usualRoots: usual })
    expect([formats(report), report.readIssues]).toEqual([['claude-code', 'codex'], []])
  })

  it('are read apart where one is asked for', async () => {
    expect(formats(await scan(both, { roots: usual, usualRoots: usual, client: 'codex' }))).toEqual(['codex'])
    expect(formats(await scan(both, { roots: usual, usualRoots: usual, client: 'claude-code' }))).toEqual(['claude-code'])
  })

  it('of which one is absent: nothing is missed, unless it was named', async () => {
    const alone = filesOf(claude)
    expect((await scan(alone, { roots: usual, usualRoots: usual })).readIssues).toEqual([])
    expect((await scan(alone, { roots: usual })).readIssues).toMatchObject([{ reason: 'no_root', path: `${HOME}/sessions` }])
  })

  it('a home of Claude Code, which has a folder of that name for something else, is still its own', async () => {
    const registry = new Map([...filesOf(claude), ['sessions/4711.json', '{}']])
    expect((await scan(registry)).options.roots).toEqual([`${HOME}/projects`])
  })
})
