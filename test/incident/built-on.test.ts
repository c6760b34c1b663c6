import { describe, expect, it } from 'vitest'
import type { BuiltOn } from '../../src/incident/work-item.ts'
import type { Report } from '../../src/report/report.ts'
import { table } from '../../src/report/table.ts'
import { Tree } from '../records/tree.ts'
import { diesOfLimit, finishes, itemOf, reportStory } from './told.ts'

const VERSION = '2.1.156'
const WORKTREE = '/home/dev/app/.claude/worktrees/agent-a1'
const META = { worktreePath: WORKTREE, worktreeBranch: 'worktree-agent-a1' }

/** A session with an agent that wrote a file, said what it found, and met a limit; what comes next is the test's. */
function begun() {
  const tree = new Tree(VERSION)
  const session = tree.session()
  const dead = session.launch(1, { description: 'Port the parser', prompt: 'Port it.', meta: META, cwd: WORKTREE })
  const write = dead.call(
    'Write',
    { file_path: `${WORKTREE}/src/parse/tokens.ts`, content: 'x' },
    'The grammar has eleven rules and three of them recurse to the left.',
  )
  dead.result(write, 'ok').fiveHours('15:00:00', '3pm (UTC)')
  return { tree, session, dead }
}

function hints(report: Report): readonly BuiltOn[] {
  return report.workItems.flatMap(({ builtOn }) => builtOn)
}

describe('what was built on lost work', () => {
  it.each<[BuiltOn['names'], string]>([
    ['branch', 'Review what is on worktree-agent-a1, please.'],
    ['worktree', `Look into ${WORKTREE}/src and go on there.`],
    ['file', 'Write tests for `src/parse/tokens.ts`.'],
    ['file', 'Write tests for /home/dev/app/src/parse/tokens.ts.'],
    ['id', 'Agent a0000000000000001 is ready: use its output.'],
    ['result', 'We know this. The grammar has eleven rules and three of them recurse to the left. Now write the docs.'],
  ])('is an agent that was told of its %s', async (names, prompt) => {
    const { tree, session, dead } = begun()
    session.returns(dead, 'limit')
    const later = finishes(session, 2, { description: 'Use it', prompt })
    const report = await reportStory(tree)
    const [hint, ...others] = itemOf(report, dead).builtOn
    expect(others).toEqual([])
    expect(hint).toMatchObject({ on: dead.who.agentId, kind: 'agent', id: later.who.agentId, names, evidence: { kind: 'record' } })
    expect(report.incidents[0]?.builtOn).toEqual([hint])
    if (hint?.evidence.kind === 'record') expect(hint.evidence.path).toContain(session.who.sessionId)
  })

  it('is a commit that takes over its branch or its files', async () => {
    const { tree, session, dead } = begun()
    session.returns(dead, 'limit')
    session.bash('git merge --no-edit worktree-agent-a1', 'Updating 0a1b2c3..9f8e7d6\nFast-forward')
    session.bash('git add src/parse/tokens.ts && git commit -m "Port the parser"', '[main 1a2b3c4] Port the parser\n 1 file changed')
    session.bash('git merge --abort worktree-agent-a1', '')
    session.bash('git log worktree-agent-a1', 'x')
    const failed = session.call('Bash', { command: 'git cherry-pick worktree-agent-a1' })
    session.result(failed, 'error: could not apply', { error: true })
    const found = hints(await reportStory(tree)).map(({ kind, id, names, by }) => `${kind} ${id} ${names} ${by}`)
    expect(found).toEqual([`commit 9f8e7d6 branch ${session.who.sessionId}`, `commit 1a2b3c4 file ${session.who.sessionId}`])
  })

  it('is none where the parent was told of the death', async () => {
    const { tree, session, dead } = begun()
    session.notice([dead], 'failed', 'Agent failed')
    finishes(session, 2, { description: 'Use it', prompt: 'Review worktree-agent-a1.' })
    expect(hints(await reportStory(tree))).toEqual([])
  })

  it('is there where the client said nothing and the session went on', async () => {
    const { tree, session } = begun()
    session.at('10:20:00')
    finishes(session, 2, { description: 'Use it', prompt: 'Review worktree-agent-a1.' })
    expect(hints(await reportStory(tree))).toHaveLength(1)
  })

  it('is nothing that came before, nor a bare name of a file, nor the next attempt at it', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session()
    const before = session.launch(1, { background: true, prompt: 'Wait for worktree-agent-a1 and review it.' })
    before.says('Nothing there yet, so nothing was reviewed.')
    const dead = diesOfLimit(session, 2, { description: 'Port', prompt: 'Port the parser in src/parse.', meta: META, cwd: WORKTREE })
    finishes(session, 3, { description: 'Other', prompt: 'Look at tokens.ts and at main.' })
    session.wait(300)
    const again = finishes(session, 4, { description: 'Port', prompt: 'Port the parser in src/parse. See worktree-agent-a1.' })
    const report = await reportStory(tree)
    expect(itemOf(report, dead).doneBy).toBe(again.who.agentId)
    expect(hints(report)).toEqual([])
  })

  it('is nothing in another project', async () => {
    const { tree, session, dead } = begun()
    session.returns(dead, 'limit')
    const other = tree.session(2, { at: '11:00:00', cwd: '/home/dev/other', slug: '-home-dev-other' })
    finishes(other, 2, { description: 'Use it', prompt: 'Write tests for src/parse/tokens.ts.' })
    expect(hints(await reportStory(tree))).toEqual([])
  })

  it('keeps the words of a transcript out where excerpts are not wanted', async () => {
    const { tree, session, dead } = begun()
    session.returns(dead, 'limit')
    finishes(session, 2, { description: 'Use it', prompt: 'The grammar has eleven rules and three of them recurse to the left.' })
    const text = JSON.stringify((await reportStory(tree, { excerpts: false })).workItems)
    expect(text).toContain('"names":"result","what":null')
    expect(text).not.toContain('eleven rules')
  })

  it('is a hint on the screen', async () => {
    const { tree, session, dead } = begun()
    session.returns(dead, 'limit')
    finishes(session, 2, { description: 'Test the tokens', prompt: 'Write tests for src/parse/tokens.ts.' })
    const view = {
      columns: 200,
      colorLevel: 0 as const,
      all: false,
      verbose: true,
      timeZone: 'UTC',
      now: Date.parse('2026-05-31T12:00:00Z'),
    }
    const screen = [...table.render(await reportStory(tree), view)].join('').replaceAll('\u00a0', ' ')
    expect(screen).toContain('Built on     1 agent may use lost work (unconfirmed): it names what a dead agent left.')
    expect(screen).toContain(
      'Test the tokens (a0000000000000002) names the file src/parse/tokens.ts of Port the parser (a0000000000000001)',
    )
  })

  it('reads hostile prompts and commands in no time', async () => {
    const { tree, session, dead } = begun()
    session.returns(dead, 'limit')
    const paths = 'a/'.repeat(900)
    for (let number = 2; number < 60; number += 1) finishes(session, number, { prompt: `${paths}${number}` })
    session.bash(`git ${'-c a=b '.repeat(240)}commit`)
    // Anything much worse than linear would take minutes, and the test would end by its timeout.
    expect((await reportStory(tree)).incidents.flatMap(({ builtOn }) => builtOn)).toEqual([])
  })
})
