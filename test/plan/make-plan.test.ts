import fc from 'fast-check'
import { clients } from '../../src/clients/index.ts'
import { describe, expect, it } from 'vitest'
import type { AnalyzeOptions } from '../../src/scan/analyze-options.ts'
import type { Processes } from '../../src/ports/host.ts'
import type { Action } from '../../src/plan/action.ts'
import type { Report } from '../../src/report/report.ts'
import type { WorktreeReport } from '../../src/worktree/worktree-report.ts'
import { FORGOTTEN, FORGOTTEN_SAVED } from '../../src/worktree/notes.ts'
import { emptyRow } from '../../src/worktree/empty-row.ts'
import { leavesWorkOpen } from '../../src/plan/action-kinds.ts'
import { makePlan, type PlanFacts } from '../../src/plan/make-plan.ts'
import { PLAIN_WISHES, type PlanWishes } from '../../src/plan/wishes.ts'
import { RECOVERY_KINDS } from '../../src/plan/action-kinds.ts'
import { DOMAIN, Tree } from '../records/tree.ts'
import { AGENT_FILE, AGENTS, filesOf, HOME, MAIN_FILE, memoryFiles, NEWEST, scan } from '../hostile/world.ts'
import { registryEntry, SEED, sidecar, wireText } from '../properties/wire.ts'
import { judgedSession } from './judged.ts'
import { expectLaws } from './laws.ts'

const ID = (number: number): string => `a${String(number).padStart(16, '0')}`
const at = (clock: string): number => Date.parse(`2026-05-31T${clock}Z`)

async function planOf(
  tree: Tree,
  now: string,
  options: Partial<AnalyzeOptions> = {},
  processes?: Processes,
): Promise<{ readonly report: Report; readonly actions: readonly Action[] }> {
  const report = await scan(HOME, {
    files: memoryFiles(filesOf(tree)),
    options: { now: at(now), ...options },
    ...(processes !== undefined && { processes }),
  })
  const { permissionMode, consent } = options.plan ?? PLAIN_WISHES
  expectLaws(report.plan.actions, report, permissionMode !== null || consent.size > 0)
  return { report, actions: report.plan.actions }
}

/** The actions that bring an agent back. */
const back = (actions: readonly Action[], id?: string): readonly Action[] =>
  actions.filter(({ kind, agents }) => RECOVERY_KINDS.has(kind) && (id === undefined || agents.includes(id)))
const ids = (actions: readonly Action[]): readonly string[] => actions.map(({ id }) => id)

const alive: Processes = { domain: async () => DOMAIN, inspect: async () => ({ state: 'alive', start: '4200', startedAt: null }) }

describe('nothing for agents that need nothing', () => {
  it('completed, running, internal', async () => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    const done = main.launch(1)
    done.says('Done.')
    main.returns(done, 'Done.')
    main.launch(2, { background: true }).call('Bash', { command: 'make' })
    tree.registry(77, main)
    const { actions } = await planOf(tree, '10:01:00', {}, alive)
    expect(back(actions)).toEqual([])
  })

  it('a call of a workflow that a later try finished; the other call once, whatever how often it was tried', async () => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    const run = main.workflow('wf_00000001-001', 'checks')
    run.agent(1, 'one').fiveHours('12:10:00', '12:10pm (UTC)')
    run.agent(2, 'two').fiveHours('12:10:00', '12:10pm (UTC)')
    const again = run.agent(3, 'one', 1)
    again.wait(60).says('Checked.')
    run.agent(4, 'two', 2).wait(70).fiveHours('12:10:00', '12:10pm (UTC)')
    run
      .addToSummary(1, 'one', 'error')
      .addToSummary(2, 'two', 'error')
      .addToSummary(3, 'one', 'done')
      .addToSummary(4, 'two', 'error')
      .end('completed')
    const { actions } = await planOf(tree, '13:00:00')
    expect(back(actions)).toHaveLength(1)
    expect(back(actions)[0]?.agents).toEqual([ID(2), ID(4)])
  })

  it('agents of different sessions that share a short id are not taken for one', async () => {
    const tree = new Tree('2.0.76')
    const one = tree.session(1)
    one.returns(one.launch(1).says('Done.'), 'Done.')
    const two = tree.session(2, { slug: '-home-dev-other', cwd: '/home/dev/other' })
    two.launch(1).error('API Error: Connection error.', { code: 'unknown' })
    const { actions, report } = await planOf(tree, '13:00:00')
    expect(report.agents.filter(({ reason }) => reason === 'completed')).toHaveLength(1)
    expect(back(actions)).toHaveLength(1)
  })
})

describe('nobody is brought back against a person’s word', () => {
  const stopped = (): Tree => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    const one = main.launch(1)
    one.bash('ls').wait(40).marker()
    main.after(one)
    main.result(one.launchId, '[Request interrupted by user for tool use]', { error: true }).marker(true)
    main.wait(30).prompt('Do the printer first.').says('Done.')
    return tree
  }
  it('interrupted: asked, with the command that recovers it', async () => {
    const { actions } = await planOf(stopped(), '13:00:00', { usualRoots: ['/home/dev/.config/claude/projects'] })
    expect(back(actions)).toEqual([])
    expect(actions.map(({ kind, id }) => [kind, id])).toEqual([['inspect', `inspect-stopped-${ID(1)}`]])
    const root = '--root=/home/dev/.claude/projects'
    expect(actions[0]?.why).toMatch(
      new RegExp(` If it is wanted after all: agent-forensics recover --action inspect-stopped-${ID(1)} ${root}$`),
    )
    expect(actions[0]?.commands).toEqual([{ cwd: '/', argv: ['agent-forensics', 'show', ID(1), root] }])
    // Where a transcript is looked for anyway, nobody has to be told.
    const usual = (await planOf(stopped(), '13:00:00', { usualRoots: [`${HOME}/projects`] })).actions[0]
    expect(usual?.commands[0]?.argv).toEqual(['agent-forensics', 'show', ID(1)])
    expect(usual?.why).toMatch(new RegExp(` --action inspect-stopped-${ID(1)}$`))
  })

  it('calls that were denied to the end: what they need is asked for, and the work stays open', async () => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    const one = main.launch(1)
    one.result(one.call('Bash', { command: 'touch x' }), 'Permission to use Bash has been denied.', { error: true }).says('I could not.')
    main.returns(one, 'I could not.').says('Fine.')
    const { actions, report } = await planOf(tree, '13:00:00')
    expect(report.workItems.map(({ state }) => state)).toEqual(['open'])
    expect(actions.map(({ kind, id }) => [kind, id])).toEqual([['inspect', `inspect-permission-${ID(1)}`]])
    expect(actions[0]?.why).toContain('If it is wanted after all: ')
  })

  it('an end that nobody can show: looked at first', async () => {
    const tree = new Tree(NEWEST)
    tree.session().launch(1).torn('{"type":"assistant","message":{"role"')
    const { actions, report } = await planOf(tree, '13:00:00')
    expect(report.agents.map(({ reason }) => reason)).toEqual(['unknown'])
    expect(ids(actions)).toContain(`inspect-unknown-${ID(1)}`)
    expect(back(actions)).toEqual([])
  })

  it('tried as often as is allowed', async () => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    const run = main.workflow('wf_00000001-001', 'checks')
    for (const number of [1, 2, 3]) run.agent(number, 'one', 1).wait(number).fiveHours('12:10:00', '12:10pm (UTC)')
    run.end('completed')
    const plan = (maxAttempts: number) => planOf(tree, '13:00:00', { plan: { ...PLAIN_WISHES, maxAttempts } })
    expect(back((await plan(4)).actions)).toHaveLength(1)
    const { actions } = await plan(3)
    expect(back(actions)).toEqual([])
    expect(actions[0]?.title).toMatch(/was tried 3 times/)
  })
})

describe('limits', () => {
  /** The first two met a limit each, the third was killed with the client; all run on Sonnet. */
  function several(): Tree {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    main.says('I launch three.')
    const [one, two, three] = [1, 2, 3].map((number) => main.launch(number, { background: true }))
    three?.bash('ls').call('Bash', { command: 'make' })
    one?.wait(600).limit("You've hit your Opus limit · resets Jun 3, 9am (UTC)", 'seven_day_opus', '06-03T09:00:00')
    two?.wait(600).fiveHours('15:10:00', '3:10pm (UTC)')
    return tree
  }

  it('one action for each, and each agent waits for the latest that applies to its model', async () => {
    const tree = several()
    const { actions } = await planOf(tree, '13:00:00')
    const waits = actions.filter(({ kind }) => kind === 'wait')
    expect(waits.map(({ id, notBefore }) => [id, notBefore])).toEqual([
      ['wait-five_hour-20260531T151000Z', '2026-05-31T15:10:00.000Z'],
      ['wait-seven_day_opus-20260603T090000Z-opus', '2026-06-03T09:00:00.000Z'],
    ])
    for (const wait of waits) expect(wait.preconditions.join()).toContain('snapshot')
    // The model of the second and the third agent is Sonnet: the Opus limit is not theirs.
    for (const number of [2, 3]) {
      const [action] = back(actions, ID(number))
      expect([number, action?.notBefore]).toEqual([number, '2026-05-31T15:10:00.000Z'])
      expect(action?.dependsOn).toEqual(['wait-five_hour-20260531T151000Z'])
    }
  })

  it('an agent of the model waits for both', async () => {
    const tree = several()
    const main = tree.scripts[0]
    main?.launch(4, { background: true }).bash('ls')
    const files = new Map(filesOf(tree))
    const path = `${AGENTS}/agent-${ID(4)}.jsonl`
    files.set(path, (files.get(path) ?? '').replaceAll(/"model":"claude-[^"]+"/g, '"model":"claude-opus-5"'))
    const report = await scan(HOME, { files: memoryFiles(files), options: { now: at('13:00:00') } })
    const [action] = back(report.plan.actions, ID(4))
    expect(action?.notBefore).toBe('2026-06-03T09:00:00.000Z')
    expect(action?.dependsOn).toHaveLength(2)
    expectLaws(report.plan.actions, report)
  })

  it('a reset in the past is no reason to wait', async () => {
    const { actions } = await planOf(several(), '15:11:00')
    expect(ids(actions).filter((id) => id.startsWith('wait'))).toEqual(['wait-seven_day_opus-20260603T090000Z-opus'])
    expect(back(actions, ID(2))[0]).toMatchObject({ notBefore: null, dependsOn: [] })
  })

  it('nor is a limit that somebody has worked past', async () => {
    const tree = several()
    const main = tree.scripts[0]
    const later = main?.wait(1800).launch(4, { background: true })
    later?.bash('ls').says('It works again.')
    const { actions } = await planOf(tree, '13:00:00')
    expect(ids(actions).filter((id) => id.startsWith('wait-five'))).toEqual([])
  })

  it('a plan for one agent knows the limits of all', async () => {
    const { actions } = await planOf(several(), '13:00:00', { agent: ID(3) })
    expect(ids(actions)).toEqual(['wait-five_hour-20260531T151000Z', expect.stringContaining(ID(3)) as string])
    expect(back(actions)[0]?.preconditions.join()).toMatch(/other worktrees is saved/)
  })

  it('what waiting does not cure is fixed first', async () => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    main.launch(1, { background: true }).error('Credit balance is too low', { code: 'billing_error', status: 400 })
    main.launch(2, { background: true }).error('Please run /login · API Error: 401', { code: 'authentication_failed', status: 401 })
    const { actions } = await planOf(tree, '13:00:00')
    expect(actions.filter(({ kind }) => kind === 'fix').map(({ id }) => id)).toEqual(['fix-login', 'fix-spend'])
    expect(actions.filter(({ kind }) => kind === 'wait')).toEqual([])
    for (const action of back(actions)) expect(action.dependsOn).toEqual(['fix-login', 'fix-spend'])
    expect(actions[0]?.title).toContain('/login')
  })

  it('a login that was mended is mended, however soon somebody began with it', async () => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    main.launch(1, { background: true }).error('Please run /login · API Error: 401', { code: 'authentication_failed', status: 401 })
    const fixes = async (): Promise<readonly string[]> =>
      ids((await planOf(tree, '13:00:00')).actions).filter((id) => id.startsWith('fix-'))
    expect(await fixes()).toEqual(['fix-login'])
    main.wait(60).launch(2, { background: true }).says('It works again.')
    expect(await fixes()).toEqual([])
  })

  it('where no record says when it resets, a person finds out; a throttle is given some minutes', async () => {
    const tree = new Tree(NEWEST)
    tree.session().launch(1, { background: true }).error("You've hit your session limit", { code: 'rate_limit', status: 429 })
    expect(ids((await planOf(tree, '13:00:00')).actions)[0]).toMatch(/^inspect-reset-/)
    const throttled = new Tree(NEWEST)
    const text = 'API Error: Server is temporarily limiting requests (not your usage limit) · Rate limited'
    throttled.session().launch(1, { background: true }).error(text, { code: 'rate_limit', status: 429 })
    const soon = (await planOf(throttled, '10:01:00')).actions
    expect(soon[0]).toMatchObject({ kind: 'wait' })
    expect(soon[0]?.preconditions.join()).toContain('guess')
    expect(ids((await planOf(throttled, '13:00:00')).actions).filter((id) => id.startsWith('wait'))).toEqual([])
  })
})

describe('what the person answered or asked for', () => {
  const denied = (): Tree => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    const one = main.launch(1)
    for (const command of ['npm publish --tag next', 'npm publish'])
      one.result(one.call('Bash', { command }), 'Permission to use Bash has been denied.', { error: true })
    one.result(one.call('Write', { file_path: '/home/dev/app/a.md', content: '' }), 'Claude requested permissions to write to it.', {
      error: true,
    })
    one.says('I could not.')
    main.returns(one, 'I could not.').says('Fine.')
    return tree
  }
  const wish = (wishes: Partial<PlanWishes>): Partial<AnalyzeOptions> => ({ plan: { ...PLAIN_WISHES, ...wishes } })

  it('denied calls are named, with the narrowest rules that allow them', async () => {
    const [question] = (await planOf(denied(), '13:00:00')).actions
    expect(question?.why).toContain('Denied: 2 calls of Bash (npm publish --tag next, npm publish), 1 call of Write.')
    expect(question?.why).toContain('"permissions": { "allow": ["Bash(npm publish:*)", "Edit(//home/dev/app/a.md)"] }')
    expect(question?.why).not.toMatch(/bypass|dangerously/)
  })

  it('whose calls were denied is recovered in a mode that was asked for, with consent, or once settings allow it', async () => {
    const kinds = async (options: Partial<AnalyzeOptions>): Promise<readonly string[]> =>
      (await planOf(denied(), '13:00:00', options)).actions.map(({ kind }) => kind)
    expect(await kinds({})).toEqual(['inspect'])
    expect(await kinds(wish({ permissionMode: 'acceptEdits' }))).toEqual(['resume'])
    expect(await kinds(wish({ consent: new Set([`inspect-permission-${ID(1)}`]) }))).toEqual(['resume'])
    const withSettings = async (path: string, allow: readonly string[]): Promise<readonly string[]> => {
      const files = new Map(filesOf(denied()))
      files.set(path, JSON.stringify({ permissions: { allow } }))
      const report = await scan(HOME, { files: memoryFiles(files), options: { now: at('13:00:00') } })
      return report.plan.actions.map(({ kind }) => kind)
    }
    expect(await withSettings('settings.json', ['Bash(npm publish *)', 'Edit'])).toEqual(['resume'])
    expect(await withSettings('settings.json', ['Bash(npm install:*)', 'Edit'])).toEqual(['inspect'])
    expect(await withSettings('settings.json', ['Bash'])).toEqual(['inspect'])
  })

  it('settings that stood there when calls were denied change nothing', async () => {
    const session = await judgedSession({ a1: 'completed' })
    const call = { name: 'Bash', command: 'npm publish', file: null, at: 1_000 }
    const agents = session.agents.map((each) => ({
      ...each,
      run: { ...each.run, latest: { ...each.run.latest, needsPermission: true, deniedCalls: [call] } },
    }))
    const kinds = (changedAt: number): readonly string[] =>
      makePlan(
        {
          ...FACTS,
          sessions: [{ ...session, agents }],
          chosen: new Set(agents),
          permissions: new Map(agents.map(({ run }) => [run, [{ path: '/s', changedAt, allow: ['Bash'] }]])),
        },
        PLAIN_WISHES,
      ).map(({ kind }) => kind)
    expect(kinds(999)).toEqual(['inspect'])
    expect(kinds(1_001)).toEqual(['resume'])
  })

  it('consent is for the agents of its question alone, and every question can be answered', async () => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    for (const number of [1, 2]) {
      const one = main.launch(number, { background: true })
      one.bash('ls').wait(40 * number)
      main.at(one.clock).result(main.call('TaskStop', { task_id: ID(number) }), 'Stopped.', { data: { task_id: ID(number) } })
      one.marker()
    }
    const { actions } = await planOf(tree, '13:00:00')
    expect(ids(actions).filter((id) => id.startsWith('inspect-stopped-'))).toEqual([`inspect-stopped-${ID(1)}`, `inspect-stopped-${ID(2)}`])
    const after = (await planOf(tree, '13:00:00', wish({ consent: new Set([`inspect-stopped-${ID(2)}`]) }))).actions
    expect(back(after).flatMap(({ agents }) => agents)).toEqual([ID(2)])
    expect(ids(after)).toContain(`inspect-stopped-${ID(1)}`)
    const torn = new Tree(NEWEST)
    torn.session().launch(1).torn('{"type":"assistant","message":{"role"')
    const unknown = (await planOf(torn, '13:00:00', wish({ consent: new Set([`inspect-unknown-${ID(1)}`]) }))).actions
    expect(unknown.flatMap(({ agents, kind }) => (kind === 'inspect' ? [] : agents))).toEqual([ID(1)])
    const often = new Tree(NEWEST)
    const run = often.session().workflow('wf_00000001-001', 'checks')
    for (const number of [1, 2, 3]) run.agent(number, 'one', 1).wait(number).fiveHours('12:10:00', '12:10pm (UTC)')
    run.end('completed')
    const tried = { maxAttempts: 3, consent: new Set([`inspect-tried-${ID(3)}`]) }
    expect(back((await planOf(often, '13:00:00', wish(tried))).actions)).toHaveLength(1)
  })

  it('only the agents that were asked for, and main threads only where they were', async () => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    for (const number of [1, 2]) main.launch(number, { background: true }).bash('ls').call('Bash', { command: 'make' })
    tree.session(2).call('Bash', { command: 'make' })
    for (const [index, each] of [...tree.scripts].filter(({ who }) => who.agentId === null).entries()) tree.registry(77 + index, each)
    const gone: Processes = { domain: async () => DOMAIN, inspect: async () => ({ state: 'gone' }) }
    const whom = async (wishes: Partial<PlanWishes>): Promise<readonly (readonly [string, readonly string[]])[]> =>
      back((await planOf(tree, '13:00:00', wish(wishes), gone)).actions).map(({ kind, agents }) => [kind, agents])
    const second = '00000000-0000-4000-8000-000000000002'
    expect(await whom({})).toEqual([
      ['resume', [ID(1), ID(2)]],
      ['resume_session', []],
    ])
    expect(await whom({ agents: new Set([ID(2)]) })).toEqual([['resume', [ID(2)]]])
    expect(await whom({ agents: new Set(), sessions: new Set([second]) })).toEqual([['resume_session', []]])
    expect(await whom({ sessions: new Set() })).toEqual([['resume', [ID(1), ID(2)]]])
  })

  it('an agent that a spent budget cut off is continued, and nobody is said to have stopped it', async () => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    const agent = main.launch(1, { background: true, meta: { stoppedByUser: true } }).bash('ls')
    main.after(agent)
    main.put('attachment', { attachment: { type: 'budget_usd', used: 0.8, total: 0.3, remaining: -0.5 } })
    agent.at(main.clock).marker()
    const { actions, report } = await planOf(tree, '13:00:00')
    expect(report.agents.map(({ reason }) => reason)).toEqual(['max_turns'])
    expect(report.workItems.map(({ state }) => state)).toEqual(['open'])
    expect(back(actions).map(({ kind, agents }) => [kind, agents])).toEqual([['promote', [ID(1)]]])
    expect(back(actions)[0]?.preconditions.join(' ')).not.toContain('stopped by the user')
  })
})

describe('order and time', () => {
  /** A session of its own for each: one met the 5-hour limit, one the weekly Opus limit, two were killed. */
  const lab = (models: readonly [string, string, string]): ReadonlyMap<string, string> => {
    const tree = new Tree(NEWEST)
    const sessions = [1, 2, 3].map((number) => tree.session(number))
    sessions[0]?.launch(1, { background: true }).fiveHours('14:00:00', '2pm (UTC)')
    sessions[1]
      ?.launch(2, { background: true })
      .limit("You've hit your Opus limit · resets Jun 5, 9am (UTC)", 'seven_day_opus', '06-05T09:00:00')
    for (const number of [3, 4]) sessions[2]?.launch(number, { background: true }).bash('ls').call('Bash', { command: 'make' })
    const files = new Map(filesOf(tree))
    for (const [path, text] of files) {
      const number = /-00000000000(\d)\b/.exec(path)?.[1]
      const model = models[Number(number) - 1] ?? 'claude-sonnet-5-5'
      files.set(path, text.replaceAll(/"model":"claude-[^"]+"/g, `"model":"${model}"`))
    }
    return files
  }
  const order = async (files: ReadonlyMap<string, string>): Promise<readonly (readonly [readonly string[], string | null])[]> => {
    const report = await scan(HOME, { files: memoryFiles(files), options: { now: at('13:00:00') } })
    expectLaws(report.plan.actions, report)
    return back(report.plan.actions).map(({ agents, notBefore }) => [agents, notBefore])
  }

  it('soonest first, each by the reset of its own agents', async () => {
    const sonnet = 'claude-sonnet-5-5'
    const soon = '2026-05-31T14:00:00.000Z'
    const late = '2026-06-05T09:00:00.000Z'
    // The 5-hour limit is everybody's; that of Opus is of those alone that need it.
    expect(await order(lab([sonnet, sonnet, sonnet]))).toEqual([
      [[ID(3), ID(4)], soon],
      [[ID(1)], soon],
      [[ID(2)], late],
    ])
    expect(await order(lab([sonnet, sonnet, 'claude-opus-5']))).toEqual([
      [[ID(1)], soon],
      [[ID(3), ID(4)], late],
      [[ID(2)], late],
    ])
  })

  it('what waits for nothing stands before what waits, whatever it is called', async () => {
    const tree = new Tree(NEWEST)
    tree
      .session(1)
      .launch(1, { background: true })
      .limit("You've hit your Opus limit · resets Jun 5, 9am (UTC)", 'seven_day_opus', '06-05T09:00:00')
    tree.session(2).launch(2, { background: true }).bash('ls').call('Bash', { command: 'make' })
    expect(await order(new Map(filesOf(tree)))).toEqual([
      [[ID(2)], null],
      [[ID(1)], '2026-06-05T09:00:00.000Z'],
    ])
  })
})

describe('what a start is for', () => {
  it('names the latest of several attempts alone, in the action as in its prompt', async () => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    const one = main.launch(1, { background: true, prompt: 'Port the lexer.', description: 'lexer' })
    one.bash('ls').error('API Error: Connection error.', { code: 'unknown' })
    main.at(one.clock).wait(60)
    main
      .launch(2, { background: true, prompt: `Continue the work of agent ${ID(1)}. Port the lexer.`, description: 'lexer' })
      .bash('ls')
      .error('API Error: Connection error.', { code: 'unknown' })
    const { actions, report } = await planOf(tree, '13:00:00')
    expect(report.workItems.map(({ attempts }) => attempts)).toEqual([[ID(1), ID(2)]])
    const [action, ...others] = back(actions)
    expect([others.length, action?.agents]).toEqual([0, [ID(2)]])
    expect(action?.commands[0]?.argv.at(-1)).not.toContain(ID(1))
    expect(action?.session).toBe(main.who.sessionId)
  })

  it('says what a host program had and the command line has not', async () => {
    const tree = new Tree(NEWEST)
    const main = tree.session(1, { entrypoint: 'sdk-py' })
    const backup = { backupFileName: 'd60d26f8b7b0dc76@v1', version: 1, backupTime: main.stamp() }
    main.json({ type: 'file-history-delta', messageId: 'm', snapshotMessageId: 'the-prompt', trackingPath: 'a.txt', backup })
    const one = main.launch(1, { background: true })
    one.result(one.call('mcp__shop__refund', {}), 'ok').call('Bash', { command: 'make' })
    const [action] = back((await planOf(tree, '13:00:00')).actions)
    const said = action?.preconditions.join(' ') ?? ''
    expect(said).toMatch(/through the SDK \(Python\).*seen: mcp__shop__refund/)
    expect(said).toContain(`ClaudeAgentOptions(resume="${main.who.sessionId}", cwd="/home/dev/app", fork_session=False)`)
    expect(said).toContain('client.rewind_files("the-prompt")')
  })
})

describe('agents that launched each other', () => {
  it('the parent goes first; whoever names its own child as its parent waits for nobody for ever', async () => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    const parent = main.launch(1, { background: true })
    parent.launch(2, { background: true }).bash('ls')
    const { actions } = await planOf(tree, '13:00:00')
    const [first, second] = back(actions)
    expect(first?.agents).toEqual([ID(1)])
    expect(second?.dependsOn).toContain(first?.id)
    const files = new Map(filesOf(tree))
    for (const [one, other] of [
      [1, 2],
      [2, 1],
    ] as const) {
      const meta = `${AGENTS}/agent-${ID(one)}.meta.json`
      files.set(meta, JSON.stringify({ ...(JSON.parse(files.get(meta) ?? '{}') as object), parentAgentId: ID(other) }))
    }
    const report = await scan(HOME, { files: memoryFiles(files), options: { now: at('13:00:00') } })
    expect(back(report.plan.actions)).toHaveLength(2)
    expectLaws(report.plan.actions, report)
  })
})

const ROW: WorktreeReport = {
  ...emptyRow('/home/dev/app/.claude/worktrees/agent-a1'),
  repo: '/home/dev/app',
  remoteUrl: 'https://example.invalid/app.git',
  branch: 'worktree-agent-a1',
  head: '1'.repeat(40),
  base: 'origin/main',
  exists: true,
  agents: ['a1'],
  attribution: 'sure',
  ahead: 0,
  behind: 0,
  remote: { checkedAt: '2026-05-31T12:00:00.000Z' },
}
const FACTS: PlanFacts = {
  sessions: [],
  chosen: new Set(),
  workflows: [],
  clients,
  worktrees: [],
  placeOf: new Map(),
  goneFiles: new Map(),
  rentals: [],
  roots: [HOME],
  usualRoots: null,
  unreadable: [],
  permissions: new Map(),
  knowsAllWork: true,
  now: at('13:00:00'),
}
const plan = (worktrees: readonly WorktreeReport[], wishes: Partial<PlanWishes> = {}): readonly Action[] =>
  makePlan({ ...FACTS, worktrees }, { ...PLAIN_WISHES, ...wishes })
const untracked = { what: 'untracked', count: 1, lines: null, bytes: 10, paths: ['x'] } as const
const risky = (more: Partial<WorktreeReport> = {}): WorktreeReport => ({ ...ROW, atRisk: [{ ...untracked, paths: ['x'] }], ...more })

describe('a main thread whose work was cut off', () => {
  const killed: Processes = { domain: async () => DOMAIN, inspect: async () => ({ state: 'gone', start: null, startedAt: null }) }
  const cut = (): { readonly tree: Tree; readonly main: ReturnType<Tree['session']> } => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    return { tree, main }
  }

  it('is resumed by its own start, once', async () => {
    const { tree, main } = cut()
    main.call('Bash', { command: 'make' })
    tree.registry(77, main)
    const { actions } = await planOf(tree, '13:00:00', {}, killed)
    const [action, ...others] = back(actions)
    expect(others).toEqual([])
    expect(action).toMatchObject({ kind: 'resume_session', agents: [] })
    expect(action?.commands).toEqual([{ cwd: main.who.cwd, argv: ['claude', `--resume=${main.who.sessionId}`] }])
  })

  it('is started headless with words, and in the mode that was asked for', async () => {
    const { tree, main } = cut()
    main.call('Bash', { command: 'make' })
    tree.registry(77, main)
    const wishes = { ...PLAIN_WISHES, permissionMode: 'acceptEdits', headless: true }
    const [action] = back((await planOf(tree, '13:00:00', { plan: wishes }, killed)).actions)
    expect(action).toMatchObject({ kind: 'resume_session', session: main.who.sessionId })
    expect(action?.commands[0]?.argv.slice(0, 4)).toEqual([
      'claude',
      '-p',
      `--resume=${main.who.sessionId}`,
      '--permission-mode=acceptEdits',
    ])
    expect(action?.commands[0]?.argv.at(-1)).toMatch(/^Continue your task/)
  })

  it('is started in its own worktree, which is added again first where only that is gone', async () => {
    const cwd = '/home/dev/app/.claude/worktrees/spike'
    const tree = new Tree(NEWEST)
    const main = tree.session(1, { slug: '-home-dev-app--claude-worktrees-spike', cwd })
    main.call('Bash', { command: 'make' })
    const dead = await judgedSession({})
    const row: WorktreeReport = { ...ROW, path: cwd, branch: 'worktree-spike', agents: [], sessions: ['s'] }
    if (dead.main === null) throw new Error('no main thread')
    const path = `${HOME}/projects/-home-dev-app--claude-worktrees-spike/${main.who.sessionId}.jsonl`
    const run = { ...dead.main.run, cwd, folders: [cwd], path, sessionId: main.who.sessionId }
    const diagnosis = { ...dead.main.diagnosis, reason: 'server_error', confidence: 'high' } as const
    const thread = { ...dead.main, run, diagnosis }
    const session = { ...dead, session: { ...dead.session, sessionId: main.who.sessionId }, main: thread }
    const commands = (worktree: WorktreeReport): readonly (readonly string[])[] =>
      back(makePlan({ ...FACTS, sessions: [session], chosen: new Set([thread]), worktrees: [worktree] }, PLAIN_WISHES)).flatMap((each) =>
        each.commands.map(({ cwd: folder, argv }) => [folder, ...argv]),
      )
    const open = [cwd, 'claude', `--resume=${main.who.sessionId}`]
    expect(commands(row)).toEqual([open])
    expect(commands({ ...row, exists: false, forcesToRestore: 1 })).toEqual([
      ['/home/dev/app', 'git', 'worktree', 'add', '-f', '--', cwd, 'worktree-spike'],
      open,
    ])
    expect(commands({ ...row, exists: false })).toEqual([])
    // Its agents' work is saved first, wherever in its project that lies.
    const [action] = back(makePlan({ ...FACTS, sessions: [session], chosen: new Set([thread]), worktrees: [row, risky()] }, PLAIN_WISHES))
    expect(action?.dependsOn).toEqual(['preserve-a1'])
  })

  it('of a background session is attached to', async () => {
    const dead = await judgedSession({})
    if (dead.main === null) throw new Error('no main thread')
    const diagnosis = { ...dead.main.diagnosis, reason: 'server_error', confidence: 'high' } as const
    const thread = { ...dead.main, diagnosis }
    const session = { ...dead, session: { ...dead.session, job: '3c44f43e' }, main: thread }
    const [action] = back(makePlan({ ...FACTS, sessions: [session], chosen: new Set([thread]) }, PLAIN_WISHES))
    expect(action?.commands.map(({ argv }) => argv)).toEqual([['claude', 'attach', '3c44f43e']])
    expect(action?.preconditions.join(' ')).toContain('claude stop 3c44f43e')
    expect(action?.session).toBe(session.session.sessionId)
  })

  it('is left to the start that continues its agents', async () => {
    const { tree, main } = cut()
    main.launch(1, { background: true }).bash('ls').call('Bash', { command: 'make' })
    main.call('Bash', { command: 'make' })
    tree.registry(77, main)
    const { actions } = await planOf(tree, '13:00:00', {}, killed)
    expect(back(actions).map(({ kind }) => kind)).toEqual(['resume'])
  })

  it('is left alone where it ended its turn, lives, was interrupted, or nothing but silence speaks', async () => {
    for (const [end, processes] of [
      [(main: ReturnType<Tree['session']>) => main.says('Done.'), killed],
      [(main: ReturnType<Tree['session']>) => main.call('Bash', { command: 'make' }), alive],
      [(main: ReturnType<Tree['session']>) => main.bash('ls').marker(), killed],
    ] as const) {
      const { tree, main } = cut()
      end(main)
      tree.registry(77, main)
      expect(back((await planOf(tree, '13:00:00', {}, processes)).actions)).toEqual([])
    }
  })

  it('is asked about where nothing but silence speaks, since a scan counts it as cut off; a yes resumes it', async () => {
    const { tree, main } = cut()
    main.call('Bash', { command: 'make' })
    const id = `inspect-unsure-${main.who.sessionId}`
    const { actions, report } = await planOf(tree, '13:00:00')
    expect(report.sessions.map(({ cutOff }) => cutOff)).toEqual([true])
    expect(ids(actions)).toEqual([id])
    expect(actions[0]?.why).toContain(`If it is wanted after all: agent-forensics recover --action ${id}`)
    expect(actions.map(leavesWorkOpen)).toEqual([true])
    const answered = await planOf(tree, '13:00:00', { plan: { ...PLAIN_WISHES, consent: new Set([id]) } })
    expect(ids(answered.actions)).toEqual([`resume_session-${main.who.sessionId}`])
  })
})

describe('what git could not read', () => {
  const facts = async (unreadable: PlanFacts['unreadable'], worktrees: readonly WorktreeReport[] = []): Promise<readonly Action[]> => {
    const dead = await judgedSession({ a1: 'exit_killed' })
    const actions = makePlan({ ...FACTS, sessions: [dead], chosen: new Set(dead.agents), worktrees, unreadable }, PLAIN_WISHES)
    expectLaws(actions)
    return actions
  }

  it('holds up its own project, until a person has dealt with it', async () => {
    const detail = 'dubious_ownership: detected dubious ownership in repository'
    for (const path of ['/home/dev/app', '/home/dev/app/.claude/worktrees/agent-a9', '/home/dev']) {
      const [question, ...others] = await facts([{ path, detail }])
      expect(question).toMatchObject({ kind: 'inspect', title: `Git cannot read ${path}`, commands: [], agents: [] })
      expect(question?.id).toMatch(/^inspect-unreadable-\w+$/)
      expect(question?.why).toMatch(/dubious ownership.*belongs to another user.*safe\.directory/)
      expect(question?.why).not.toContain('git config')
      expect(back(others).map(({ dependsOn }) => dependsOn)).toEqual([[question?.id]])
    }
  })

  it('holds up no other project', async () => {
    const actions = await facts([{ path: '/home/dev/app2', detail: 'failed: fatal: bad object' }])
    expect(actions.map(({ kind }) => kind)).toEqual(['inspect', 'resume'])
    expect(back(actions).map(({ dependsOn }) => dependsOn)).toEqual([[]])
  })

  it('a git that is missing or too old holds up everything', async () => {
    for (const detail of ['no_git: no git on the PATH', 'too_old: git version 2.25.1; 2.36 or newer is needed']) {
      const [question, ...others] = await facts([{ path: 'git', detail }])
      expect(question).toMatchObject({ id: 'inspect-unreadable-git', title: 'Git cannot be used' })
      expect(question?.why).toContain('Install git 2.36 or newer')
      expect(back(others)[0]?.dependsOn).toEqual(['inspect-unreadable-git'])
    }
  })

  it('a folder that git forgot is asked about once, by its row', async () => {
    const path = '/home/dev/app/.claude/worktrees/agent-a1'
    const row: WorktreeReport = { ...ROW, path, branch: null, notes: [FORGOTTEN] }
    const actions = await facts([{ path, detail: 'the repository does not know this worktree any more' }], [row])
    expect(actions.filter(({ id }) => id.startsWith('inspect-unreadable-'))).toEqual([])
    const question = actions.find(({ id }) => id.startsWith('inspect-worktree-a1-'))
    expect(question).toMatchObject({ dependsOn: ['preserve-a1'], title: 'Move agent-a1 away, or try git worktree repair' })
    expect(back(actions)[0]?.dependsOn).toEqual([question?.id, 'preserve-a1'])
    // What is saved is safe, and the folder is no worktree all the same.
    const saved = await facts([], [{ ...row, notes: [FORGOTTEN_SAVED] }])
    expect(saved.filter(({ kind }) => kind === 'preserve')).toEqual([])
    expect(back(saved)[0]?.dependsOn).toEqual([question?.id])
    // Nobody goes on there: its content is saved, and holds nobody else up.
    const others = await facts([], [{ ...row, agents: ['a9'] }])
    expect(others.filter(({ id }) => id.startsWith('inspect-worktree-'))).toEqual([])
  })

  it('dirty work of one project does not hold up the agents of another', async () => {
    const dead = await judgedSession({ a1: 'exit_killed' })
    const rows = ['/home/dev/app/.claude/worktrees/agent-a1', '/srv/other/.claude/worktrees/agent-a2'].map((path, index) =>
      risky({ path, repo: path.replace(/\/\.claude.*/, ''), agents: [`a${index + 1}`] }),
    )
    const actions = makePlan({ ...FACTS, sessions: [dead], chosen: new Set(dead.agents), worktrees: rows }, PLAIN_WISHES)
    expectLaws(actions)
    expect(ids(actions.filter(({ kind }) => kind === 'preserve'))).toEqual(['preserve-a1', 'preserve-a2'])
    expect(back(actions).map(({ dependsOn }) => dependsOn)).toEqual([['preserve-a1']])
  })
})

describe('files that are gone', () => {
  it('are rebuilt by the command of their agent, which holds nothing up', async () => {
    const dead = await judgedSession({ a1: 'exit_killed', a2: 'completed' })
    const goneFiles = new Map([
      ['a1', ['/w/one.ts', '/w/two.ts']],
      ['a2', ['/w/three.ts']],
    ])
    const actions = makePlan({ ...FACTS, sessions: [dead], chosen: new Set(dead.agents), goneFiles }, PLAIN_WISHES)
    expectLaws(actions)
    const salvages = actions.filter(({ id }) => id.startsWith('inspect-gone-'))
    expect(salvages.map(({ title, commands }) => [title.replace(/“.*”/, ''), commands[0]?.argv.slice(0, 3)])).toEqual([
      ['Rebuild 2 files of  that are gone', ['agent-forensics', 'salvage', 'a1']],
      ['Rebuild 1 file of  that is gone', ['agent-forensics', 'salvage', 'a2']],
    ])
    expect(actions.map(({ id }) => id).slice(0, 1)).toEqual(ids(back(actions)))
    for (const { dependsOn } of actions) expect(dependsOn.filter((id) => id.startsWith('inspect-gone-'))).toEqual([])
  })
})

describe('work that exists only here', () => {
  it('has one action each, with the references that were asked for', () => {
    const [action] = plan([risky()], { ref: 'refs/backup/tonight' })
    expect(action?.commands).toEqual([
      {
        cwd: '/',
        argv: ['agent-forensics', 'preserve', `--worktree=${ROW.path}`, '--root=/home/dev/.claude', '--ref=refs/backup/tonight'],
      },
    ])
  })

  it('is pushed only when that is asked for, where there is a remote, by the same command', () => {
    const isPushed = (actions: readonly Action[]): boolean => actions[0]?.commands[0]?.argv.includes('--push') === true
    expect(isPushed(plan([risky()]))).toBe(false)
    expect(isPushed(plan([risky()], { push: true }))).toBe(true)
    expect(isPushed(plan([risky({ remoteUrl: null })], { push: true }))).toBe(false)
    expect(plan([risky()], { push: true }).filter(({ kind }) => kind === 'push')).toEqual([])
  })

  it('is saved whatever its path is: a name that cannot be typed is left out of the command, which saves everything then', () => {
    for (const path of [
      '/tmp/two\nlines',
      '/tmp/\u202egnp',
      '/tmp/\u001b[31m',
      '/tmp/raw\\xff',
      '/tmp/token=ghp_0123456789abcdefghij0123456789abcdef',
    ]) {
      const actions = plan([risky({ path, repo: path })])
      expect(actions.map(({ kind, commands }) => [kind, commands[0]?.argv])).toEqual([
        ['preserve', ['agent-forensics', 'preserve', '--root=/home/dev/.claude']],
      ])
      expectLaws(actions)
    }
  })

  it('is saved by a person before any client starts, where no command can do it', async () => {
    const dead = await judgedSession({ a1: 'exit_killed', a2: 'completed' })
    const path = `${ROW.path}\n`
    const merged: WorktreeReport = { ...ROW, path: ROW.path.replace('a1', 'a2'), agents: ['a2'], delivery: 'merged', mergedBy: 'merge' }
    const pushed: WorktreeReport = { ...ROW, path: '/home/dev/app2', agents: ['a2'], delivery: 'local', ahead: 1, orphan: false }
    const actions = makePlan(
      { ...FACTS, sessions: [dead], chosen: new Set(dead.agents), worktrees: [risky({ path, repo: null }), merged, pushed] },
      PLAIN_WISHES,
    )
    expectLaws(actions)
    const [asked] = actions
    expect(asked?.id).toMatch(/^inspect-worktree-/)
    expect(back(actions).map(({ dependsOn }) => dependsOn)).toEqual([[asked?.id]])
    const push = actions.find(({ kind }) => kind === 'push')
    const removal = actions.find(({ kind }) => kind === 'clean_up')
    expect(new Set(removal?.dependsOn)).toEqual(new Set([asked?.id, push?.id, ...ids(back(actions))]))
  })

  it('never takes the folder of a session from under it, and saves its lost commits', async () => {
    const dead = await judgedSession({ a2: 'completed' })
    const empty: WorktreeReport = { ...ROW, agents: ['a2'] }
    const removed = (row: WorktreeReport, folders: readonly string[]): boolean => {
      const main = dead.main === null ? null : { ...dead.main, run: { ...dead.main.run, folders } }
      return makePlan({ ...FACTS, sessions: [{ ...dead, main }], worktrees: [row] }, PLAIN_WISHES).some(({ kind }) => kind === 'clean_up')
    }
    expect(removed(empty, [])).toBe(true)
    expect(removed(empty, [`${ROW.path}-two`])).toBe(true)
    expect(removed(empty, [`${ROW.path}/src`])).toBe(false)
    expect(removed({ ...empty, sessions: ['s'] }, [])).toBe(false)
    const lost = ['1'.repeat(40), '2'.repeat(40)]
    const [action] = plan([risky({ atRisk: [{ ...untracked, what: 'reflog', count: 2, paths: [] }], lostCommits: lost })])
    expect(action?.why).toMatch(/^Local only: 2 lost commits\./)
  })

  it('a branch without a worktree, a folder that git forgot, and a row with the same agent get names of their own', () => {
    const rows = [
      risky(),
      risky({ exists: false, path: ROW.repo ?? '', branch: 'other' }),
      risky({ exists: false, path: '/home/dev/app/.claude/worktrees/agent-gone', branch: null, head: null, agents: [] }),
    ]
    const actions = plan(rows)
    expectLaws(actions)
    expect(actions).toHaveLength(3)
    const args = actions.map(({ commands }) => commands[0]?.argv[2])
    expect(args).toContainEqual(`--worktree=${ROW.path}`)
    expect(args).toContainEqual('--worktree=/home/dev/app')
    expect(plan(rows.toReversed())).toEqual(actions)
  })
})

describe('whatever the rows hold', () => {
  const text = fc.oneof(
    fc.constantFrom('a1', '/home/dev/app', 'main', '../x', '-rf', "a'b", '$(id)', ''),
    fc.string({ unit: 'binary', maxLength: 12 }),
  )
  const path = fc.oneof(
    fc.constantFrom('/home/dev/app', '/home/dev/app/.claude/worktrees/agent-a1'),
    text.map((name) => `/tmp/${name}`),
    text,
  )
  const row = fc.record({
    path,
    repo: fc.option(path),
    remoteUrl: fc.option(fc.constant('https://example.invalid/app.git')),
    branch: fc.option(text),
    head: fc.option(fc.constant('1'.repeat(40))),
    base: fc.option(fc.constantFrom('origin/main', 'upstream/main', 'main', '-x/main')),
    exists: fc.boolean(),
    agents: fc.array(fc.constantFrom('a1', 'a2', '$(id)', '-x'), { maxLength: 2 }),
    delivery: fc.constantFrom('none', 'local', 'pushed', 'pull_request', 'merged'),
    mergedBy: fc.constantFrom(null, 'merge', 'squash'),
    ahead: fc.option(fc.nat(3)),
    stashes: fc.nat(1),
    orphan: fc.boolean(),
    newPullRequestUrl: fc.option(fc.constant('https://example.invalid/new')),
    remote: fc.constantFrom(null, { checkedAt: '2026-05-31T12:00:00.000Z' }, { unverified: 'timeout' }),
    lock: fc.constantFrom(null, { reason: 'x', pid: 1, alive: false }, { reason: 'x', pid: 1, alive: true }),
    dirty: fc.record({
      staged: fc.nat(1),
      modified: fc.constant(0),
      untracked: fc.constant(0),
      ignored: fc.constant(0),
      conflicted: fc.constant(0),
      operation: fc.constantFrom(null, 'rebase'),
    }),
    atRisk: fc.array(
      fc.record({
        what: fc.constantFrom('commits', 'untracked', 'ignored', 'stash', 'reflog', 'submodule'),
        count: fc.nat(5),
        lines: fc.constant(null),
        bytes: fc.option(fc.nat()),
        paths: fc.array(text, { maxLength: 3 }),
      }),
      { maxLength: 3 },
    ),
  })
  const wishes = fc.record({
    push: fc.boolean(),
    bundle: fc.option(fc.constant('/tmp/bundles')),
    ref: fc.constantFrom('refs/heads/rescue', 'refs/x'),
  })

  it('the plan is in order, starts nothing that cannot be printed, and does not depend on their order', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), wishes, (rows, wished) => {
        const unique = [...new Map(rows.map((each) => [`${each.path}\n${each.branch ?? ''}`, { ...ROW, ...each }])).values()]
        const actions = plan(unique, wished)
        expectLaws(actions)
        expect(plan(unique.toReversed(), wished)).toEqual(actions)
        for (const { kind, commands } of actions.filter((action) => action.kind === 'push')) {
          expect([kind, commands.flatMap(({ argv }) => argv).filter((word) => word.includes('not-pushed'))]).toEqual([kind, []])
        }
      }),
      { seed: SEED, numRuns: 300 },
    )
  })
})

describe('whatever stands in the files', () => {
  it('the plan keeps the laws', async () => {
    const SECOND = `${AGENTS}/agent-${ID(2)}.jsonl`
    const home = fc.record({ main: wireText, one: wireText, two: wireText, meta: sidecar, entry: registryEntry }).map(
      ({ main, one, two, meta, entry }) =>
        new Map([
          [MAIN_FILE, main],
          [AGENT_FILE, one],
          [SECOND, two],
          [AGENT_FILE.replace('.jsonl', '.meta.json'), meta],
          ['sessions/1.json', entry],
        ]),
    )
    await fc.assert(
      fc.asyncProperty(home, fc.constantFrom('10:00:00', '12:00:00', '23:00:00'), async (files, now) => {
        const report = await scan(HOME, { files: memoryFiles(files), options: { now: at(now) }, checked: false })
        expectLaws(report.plan.actions, report)
      }),
      { seed: SEED, numRuns: 150 },
    )
  })
})
