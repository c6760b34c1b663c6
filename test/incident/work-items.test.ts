import { describe, expect, it } from 'vitest'
import type { WorktreeReport } from '../../src/worktree/worktree-report.ts'
import { agentIdOf, DOMAIN, sessionId, Tree } from '../records/tree.ts'
import { diesOfLimit, finishes, itemOf, joinTree, supersededBy, reportStory } from './told.ts'

const VERSION = '2.1.156'
const SAME = { description: 'Port the parser', prompt: 'Port the parser of src/parse.ts to the new tree.' }

describe('a work item', () => {
  it('is every agent, finished ones too, but no helper of the client', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session()
    const done = finishes(session, 1)
    const dead = diesOfLimit(session, 2)
    const helper = session.launch('acompact-0000000000000001', { description: 'x', prompt: 'Summarise.' })
    helper.says('Done.')
    const report = await reportStory(tree)
    expect(itemOf(report, done)).toMatchObject({ state: 'done', doneBy: done.who.agentId, certainty: 'high', title: 'part 1' })
    expect(itemOf(report, dead)).toMatchObject({ state: 'open', doneBy: null, attempts: [dead.who.agentId], certainty: 'high' })
    expect(report.workItems).toHaveLength(2)
    for (const agent of report.agents) {
      const item = report.workItems.find(({ id }) => id === agent.workItemId)
      expect(item === undefined).toBe(agent.kind === 'internal')
    }
  })

  it('is done by the agent that the parent sent again with the same words', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session()
    const dead = diesOfLimit(session, 1, SAME)
    session.wait(600)
    const again = finishes(session, 2, SAME)
    const report = await reportStory(tree)
    expect(itemOf(report, dead)).toMatchObject({
      attempts: [dead.who.agentId, again.who.agentId],
      state: 'done',
      doneBy: again.who.agentId,
      certainty: 'medium',
      joins: [{ from: dead.who.agentId, to: again.who.agentId, by: 'prompt', certainty: 'medium' }],
    })
    expect(supersededBy(report, dead)).toBe(again.who.agentId)
    expect(supersededBy(report, again)).toBeNull()
    expect(report.counts.superseded).toBe(1)
  })

  it('is the same when the prompt was sent again with more in it, or by another name', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session()
    const one = diesOfLimit(session, 1, SAME)
    const other = diesOfLimit(session, 2, { description: 'Port the lexer', prompt: 'Port the lexer of src/lex.ts to the new tree.' })
    session.wait(600)
    const more = finishes(session, 3, { ...SAME, prompt: `The last agent died. ${SAME.prompt} Look at what is there first.` })
    const renamed = finishes(session, 4, { description: 'Retry the lexer', prompt: 'Port the lexer of src/lex.ts to the new tree.' })
    const report = await reportStory(tree)
    expect(itemOf(report, one)).toMatchObject({ state: 'done', doneBy: more.who.agentId, certainty: 'medium' })
    expect(itemOf(report, other)).toMatchObject({ state: 'done', doneBy: renamed.who.agentId, certainty: 'medium' })
  })

  it('is not that of an agent which ran beside it with the same words', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session()
    const one = session.launch(1, { ...SAME, background: true })
    const other = session.launch(2, { ...SAME, background: true })
    one.bash('ls').fiveHours('15:00:00', '3pm (UTC)')
    other.wait(60).bash('ls').says('Ported.')
    session.notice([one, other], 'completed', 'Agents finished')
    const report = await reportStory(tree)
    expect(itemOf(report, one)).toMatchObject({ state: 'open', attempts: [one.who.agentId], maybeDoneBy: null })
    expect(supersededBy(report, one)).toBeNull()
  })

  it('is not done by one whose description alone is the same; that is only said', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session()
    const dead = diesOfLimit(session, 1, { description: 'Verify', prompt: 'Verify claim 1 of the report, with its sources.' })
    session.wait(600)
    const other = finishes(session, 2, { description: 'Verify', prompt: 'Verify claim 2 of the report, with its sources.' })
    const report = await reportStory(tree)
    expect(itemOf(report, dead)).toMatchObject({ state: 'open', doneBy: null, maybeDoneBy: other.who.agentId, certainty: 'low', joins: [] })
    expect(itemOf(report, other)).toMatchObject({ state: 'done', attempts: [other.who.agentId] })
    expect(supersededBy(report, dead)).toBeNull()
    expect(report.counts.superseded).toBe(0)
  })

  it('is known by its branch or pull request, where the description is the same', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session()
    const meta = { worktreePath: '/home/dev/app/.claude/worktrees/agent-1', worktreeBranch: 'fix/tokens' }
    const byBranch = diesOfLimit(session, 1, { description: 'Fix tokens', prompt: 'Repair the tokens.', meta })
    const byRequest = diesOfLimit(session, 2, { description: 'Finish it', prompt: 'Finish PR #41 as discussed.' })
    session.wait(600)
    const one = finishes(session, 3, { description: 'Fix tokens', prompt: 'Go on with what is on fix/tokens.' })
    const other = finishes(session, 4, { description: 'Finish it', prompt: 'Look at pull request 41 and complete it.' })
    const report = await reportStory(tree)
    expect(itemOf(report, byBranch)).toMatchObject({ doneBy: one.who.agentId, certainty: 'medium' })
    expect(itemOf(report, byRequest)).toMatchObject({ doneBy: other.who.agentId, certainty: 'medium' })
    expect(itemOf(report, byBranch).joins[0]?.by).toBe('branch')
  })

  it('of three that died and two that were sent again leaves one open', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session()
    const dead = [1, 2, 3].map((number) => session.launch(number, { ...SAME, background: true }))
    for (const child of dead) child.wait(30).bash('ls').fiveHours('15:00:00', '3pm (UTC)')
    session.notice(dead, 'completed', 'Agents finished')
    session.wait(600)
    finishes(session, 4, SAME)
    finishes(session, 5, SAME)
    const report = await reportStory(tree)
    expect(dead.map((child) => itemOf(report, child).state).toSorted()).toEqual(['done', 'done', 'open'])
    expect(report.counts).toMatchObject({ died: 3, superseded: 2 })
  })

  it('is at work again while its successor lives', async () => {
    const tree = new Tree('2.1.329')
    const session = tree.session()
    const dead = diesOfLimit(session, 1, SAME)
    session.wait(600)
    const again = session.launch(2, { ...SAME, background: true })
    again.call('Bash', { command: 'npm test' })
    tree.registry(4242, session)
    const alive = { domain: async () => DOMAIN, inspect: async () => ({ state: 'alive', start: '4200', startedAt: null }) as const }
    const running = await reportStory(tree, {}, alive)
    expect(itemOf(running, dead)).toMatchObject({ state: 'open', doneBy: null, doingBy: again.who.agentId, certainty: 'medium' })
    expect(supersededBy(running, dead)).toBe(again.who.agentId)
    // The same, when nobody lives: the successor died too, and the work is to be done.
    const report = await reportStory(tree)
    expect(itemOf(report, dead)).toMatchObject({ state: 'open', attempts: [dead.who.agentId, again.who.agentId], doingBy: null })
    expect(supersededBy(report, dead)).toBeNull()
  })

  it('counts an agent as often as it was taken up again after a death', async () => {
    const tree = new Tree('2.1.329')
    const session = tree.session()
    const child = session.launch(1, SAME)
    child.bash('ls').fiveHours('15:00:00', '3pm (UTC)')
    session.returns(child, 'limit')
    child.wait(6 * 3600).prompt('Continue from where you left off.', { isMeta: true, origin: { kind: 'coordinator' } })
    child.bash('ls').says('Ported and tested, all of it.')
    const followed = finishes(session, 2)
    followed
      .wait(60)
      .prompt('One more thing.', { isMeta: true, origin: { kind: 'coordinator' } })
      .says('That too.')
    const report = await reportStory(tree)
    const id = child.who.agentId
    expect(itemOf(report, child)).toMatchObject({ attempts: [id, id], state: 'done', doneBy: id, certainty: 'high' })
    expect(supersededBy(report, child)).toBeNull()
    // What was asked of it after it had finished is no second attempt.
    expect(itemOf(report, followed).attempts).toEqual([followed.who.agentId])
  })

  it('goes on in a later session of the same project, and in no other project', async () => {
    const tree = new Tree(VERSION)
    const dead = diesOfLimit(tree.session(1), 1, SAME)
    const elsewhere = tree.session(2, { at: '15:30:00', cwd: '/home/dev/other', slug: '-home-dev-other' })
    finishes(elsewhere, 2, SAME)
    expect(itemOf(await reportStory(tree), dead).state).toBe('open')
    const later = tree.session(3, { at: '16:00:00' })
    const again = finishes(later, 3, SAME)
    expect(itemOf(await reportStory(tree), dead)).toMatchObject({ state: 'done', doneBy: again.who.agentId, certainty: 'medium' })
  })

  it('is not the same when only the first two thousand characters of the prompts are', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session()
    const preamble = 'You are one of many agents. '.repeat(120)
    const dead = diesOfLimit(session, 1, { description: 'Item', prompt: `${preamble}Do the first.` })
    session.wait(600)
    const other = finishes(session, 2, { description: 'Item', prompt: `${preamble}Do the second.` })
    expect(itemOf(await reportStory(tree), dead)).toMatchObject({ state: 'open', maybeDoneBy: other.who.agentId })
    session.wait(600)
    const again = finishes(session, 3, { description: 'Item', prompt: `${preamble}Do the first.` })
    expect(itemOf(await reportStory(tree), dead)).toMatchObject({ state: 'done', doneBy: again.who.agentId })
  })

  it('went on as a session of its own, where that begins with the agent’s first record', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session(1)
    const dead = diesOfLimit(session, 1, SAME)
    const promoted = tree.session(2, { prompt: '' })
    promoted.text = dead.text
      .split('\n')
      .filter((line) => line !== '' && !line.includes('isApiErrorMessage'))
      .map((line) => {
        const { agentId: _agentId, ...record } = JSON.parse(line) as Record<string, unknown>
        return `${JSON.stringify({ ...record, isSidechain: false, sessionId: sessionId(2) })}\n`
      })
      .join('')
    // Written, but not taken up.
    expect(itemOf(await reportStory(tree), dead)).toMatchObject({ state: 'open', attempts: [dead.who.agentId] })
    promoted.at('15:10:00').prompt('Go on.').bash('npm test').says('Ported and tested, all of it.')
    const report = await reportStory(tree)
    expect(itemOf(report, dead)).toMatchObject({
      state: 'done',
      attempts: [dead.who.agentId, sessionId(2)],
      doneBy: sessionId(2),
      certainty: 'high',
      joins: [{ by: 'promoted' }],
    })
    expect(supersededBy(report, dead)).toBe(sessionId(2))
  })

  it('goes on in whoever was sent with our own words, an agent or a session', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session(1)
    const [one, other, third] = [1, 2, 3].map((number) => diesOfLimit(session, number, { prompt: `Part ${number}.` }))
    if (one === undefined || other === undefined || third === undefined) throw new Error('three were launched')
    const words = (child: typeof one): string => `Continue the work of agent ${child.who.agentId}. Its brief is in /tmp/brief.md.`
    const fresh = tree.session(2, { at: '15:10:00', entrypoint: 'sdk-cli', prompt: words(one) })
    fresh.bash('cat /tmp/brief.md').says('Done with it, and tested.')
    session.at('15:20:00')
    const sent = finishes(session, 4, { description: 'Go on', prompt: words(other) })
    // Typed into a session that lived: whether anything came of it, its last words do not say.
    session.prompt(words(third)).says('That agent cannot be resumed.')
    const report = await reportStory(tree)
    expect(itemOf(report, one)).toMatchObject({ state: 'done', doneBy: sessionId(2), certainty: 'high', joins: [{ by: 'brief' }] })
    expect(itemOf(report, other)).toMatchObject({ state: 'done', doneBy: sent.who.agentId, certainty: 'high' })
    expect(itemOf(report, third)).toMatchObject({ state: 'open', attempts: [third.who.agentId] })
  })

  it('is not done by a session that handed the brief on to an agent that died', async () => {
    const tree = new Tree(VERSION)
    const dead = diesOfLimit(tree.session(1), 1, { prompt: 'Part 1.' })
    const words = `Continue the work of agent ${dead.who.agentId}.`
    const fresh = tree.session(2, { at: '15:10:00', prompt: words })
    const again = fresh.launch(2, { description: 'Go on', prompt: words })
    again.bash('ls').error('API Error: 529 Overloaded', { code: 'overloaded', status: 529 })
    fresh.returns(again, 'It failed.')
    fresh.says('The agent failed.')
    const report = await reportStory(tree)
    expect(itemOf(report, dead)).toMatchObject({ state: 'open', attempts: [dead.who.agentId, again.who.agentId] })
    expect(supersededBy(report, dead)).toBeNull()
  })

  it('is one over all attempts at a workflow call, by the key in its journal', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session()
    const run = session.workflow('wf_00000000-001', 'research')
    const first = run.agent(1, 'verify:0')
    first.bash('ls').fiveHours('15:00:00', '3pm (UTC)')
    const other = run.agent(2, 'verify:1')
    other.bash('ls').says('Checked.')
    run.journal('result', 2, 'Checked.')
    const again = run.agent(3, 'verify:0')
    again.at('15:10:00').bash('ls').says('Checked too.')
    run.addToSummary(3, 'verify:0', 'done')
    run.end('completed')
    const path = [...tree.files.keys()].find((name) => name.endsWith('journal.jsonl')) ?? ''
    const key = (number: number): string => `v2:${String(number).padStart(64, '0')}`
    tree.files.set(path, (tree.files.get(path) ?? '').replaceAll(key(3), key(1)))
    const report = await reportStory(tree)
    expect(itemOf(report, first)).toMatchObject({
      attempts: [first.who.agentId, again.who.agentId],
      state: 'done',
      certainty: 'high',
      title: 'verify:0',
      joins: [{ by: 'workflow_key' }],
    })
    expect(itemOf(report, other).attempts).toEqual([other.who.agentId])
  })

  it('is not joined to the next call of one run, unless that was asked for after the death', async () => {
    const asked = async (queuedAt: string): Promise<string> => {
      const tree = new Tree(VERSION)
      const session = tree.session()
      const run = session.workflow('wf_00000000-001', 'votes')
      const first = run.agent(1, 'vote')
      first.bash('ls').fiveHours('15:00:00', '3pm (UTC)')
      session.at('10:05:00')
      const next = run.agent(2, 'vote')
      next.bash('ls').says('Voted.')
      for (const script of [first, next])
        script.text = script.text.replace(/"content":"[^"]*"/, '"content":"Vote on the proposal in docs/vote.md."')
      run.addToSummary(1, 'vote', 'done', { queuedAt: Date.parse('2026-05-31T10:00:03.000Z') })
      run.addToSummary(2, 'vote', 'done', { queuedAt: Date.parse(`2026-05-31T${queuedAt}.000Z`) })
      run.end('completed')
      return itemOf(await reportStory(tree), first).state
    }
    expect(await asked('10:00:03')).toBe('open')
    expect(await asked('10:04:00')).toBe('done')
  })

  it('is lost when it never began and nobody knows what it was to do', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session()
    const unknown = session.launch(1, { unborn: true, prompt: '', description: 'Refused' })
    session.result(unknown.launchId, 'Agent type not found', { error: true, data: 'Error: Agent type not found' })
    const known = session.launch(2, { unborn: true, prompt: 'Port it.', description: 'Refused too' })
    session.result(known.launchId, 'Agent type not found', { error: true, data: 'Error: Agent type not found' })
    const report = await reportStory(tree)
    expect(report.workItems.map(({ title, state }) => `${title}: ${state}`)).toEqual(['Refused: lost', 'Refused too: open'])
  })

  it('is lost when its worktree is gone with what it made there', async () => {
    const tree = new Tree('2.1.329')
    const session = tree.session()
    const worktreePath = '/home/dev/app/.claude/worktrees/agent-1'
    const meta = { worktreePath, worktreeBranch: 'worktree-agent-1' }
    const dead = session.launch(1, { meta, cwd: worktreePath })
    const write = dead.call('Write', { file_path: `${worktreePath}/src/a.ts`, content: 'x' })
    dead.result(write, 'ok').fiveHours('15:00:00', '3pm (UTC)')
    session.returns(dead, 'limit')
    const row = {
      path: worktreePath,
      repo: '/home/dev/app',
      agents: [agentIdOf(1, '2.1.329')],
      branch: null,
      exists: false,
      delivery: 'none',
      atRisk: [],
    }
    const stateWith = async (change: object): Promise<string | undefined> =>
      (await joinTree(tree, [{ ...row, ...change } as unknown as WorktreeReport])).pieces[0]?.item.state
    expect(await stateWith({})).toBe('lost')
    expect(await stateWith({ exists: true })).toBe('open')
    expect(await stateWith({ delivery: 'pushed' })).toBe('open')
    // It may be on another machine.
    expect(await stateWith({ repo: null })).toBe('open')
    expect((await joinTree(tree, [])).pieces[0]?.item.state).toBe('open')
  })

  it('has a title that is bounded and holds no secret', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session()
    const dead = diesOfLimit(session, 1, { description: `Deploy with ghp_${'a1B2'.repeat(9)} ${'on and on '.repeat(50)}` })
    const report = await reportStory(tree)
    const { title } = itemOf(report, dead)
    expect(title).toContain('[redacted:github-token]')
    expect(title.length).toBeLessThanOrEqual(120)
  })

  it('takes no longer for thousands of agents of one description', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session()
    const dead = Array.from({ length: 400 }, (_, index) => session.launch(index + 1, { ...SAME, background: true }))
    for (const child of dead) child.wait(2_000).bash('ls').fiveHours('15:00:00', '3pm (UTC)')
    session.notice(dead, 'completed', 'Agents finished')
    for (let number = 401; number <= 800; number += 1) finishes(session, number, SAME)
    const report = await reportStory(tree)
    expect(report.counts).toMatchObject({ died: 400, superseded: 400 })
  })
})
