import { describe, expect, it } from 'vitest'
import type { Report } from '../../src/report/report.ts'
import { table } from '../../src/report/table.ts'
import { type Script, Tree } from '../records/tree.ts'
import { diesOfLimit, reportStory } from './told.ts'

const VERSION = '2.1.329'

/** An agent that a limit refused at a given second, after one turn. */
function refusedAt(session: Script, number: number, at: string, words = '3pm (UTC)', resetsAt = '15:00:00'): Script {
  const child = session.launch(number, { background: true })
  child.bash('ls')
  child.at(at).fiveHours(resetsAt, words)
  session.notice([child], 'failed', 'Agent failed')
  return child
}

function dies(session: Script, number: number, at: string, text = 'API Error: 529 Overloaded', status = 529): Script {
  const child = session.launch(number, { background: true })
  child.bash('ls')
  child.at(at).error(text, { code: status === 529 ? 'overloaded' : 'server_error', status })
  return child
}

function causes({ incidents }: Report): readonly string[] {
  return incidents.map(({ cause, agents, attempts }) => `${cause} ${agents.length} ${attempts}`)
}

describe('an incident', () => {
  it('is one limit, whatever sessions it hit at once', async () => {
    const tree = new Tree(VERSION)
    const one = tree.session(1)
    const other = tree.session(2, { cwd: '/home/dev/other', slug: '-home-dev-other' })
    refusedAt(one, 1, '10:10:00')
    refusedAt(other, 2, '10:10:05')
    refusedAt(one, 3, '10:10:20')
    other.at('10:10:30').fiveHours('15:00:00', '3pm (UTC)')
    const report = await reportStory(tree)
    expect(causes(report)).toEqual(['rate_limited 3 4'])
    expect(report.incidents[0]).toMatchObject({
      sessionIds: [one.who.sessionId, other.who.sessionId],
      spanMs: 30_000,
      meanIntervalMs: 10_000,
      minIntervalMs: 5_000,
      overAt: '2026-05-31T15:00:00.000Z',
      reportedAs: 'failed',
      clientFigures: null,
    })
  })

  it('has no rhythm where everything ended in the same instant', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session()
    for (const number of [1, 2, 3]) dies(session, number, '10:10:00')
    session.at('10:20:00').says('On.')
    const { incidents } = await reportStory(tree)
    expect(incidents[0]?.summary).toContain('3 deaths at once')
    expect(incidents[0]?.summary).not.toContain('one every')
  })

  it('is another one for another limit, and for the next window of the same', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session()
    refusedAt(session, 1, '10:10:00')
    const weekly = session.launch(2, { background: true })
    weekly.bash('ls').at('10:10:10').limit("You've hit your weekly limit · resets Jun 3, 9am (UTC)", 'seven_day', '06-03T09:00:00')
    refusedAt(session, 3, '16:00:00', '8pm (UTC)', '20:00:00')
    expect(causes(await reportStory(tree))).toEqual(['rate_limited 1 1', 'rate_limited 1 1', 'rate_limited 1 1'])
  })

  it('counts every refusal, also of who went on later, but not those of the client’s helpers', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session()
    const child = refusedAt(session, 1, '10:10:00')
    child
      .at('10:10:30')
      .prompt('Go on.', { isMeta: true, origin: { kind: 'coordinator' } })
      .fiveHours('15:00:00', '3pm (UTC)')
    child
      .at('15:10:00')
      .prompt('Go on.', { isMeta: true, origin: { kind: 'coordinator' } })
      .says('All of it is done now.')
    const helper = session.launch('acompact-0000000000000001', { description: 'x', prompt: 'Summarise.' })
    helper.at('10:10:40').fiveHours('15:00:00', '3pm (UTC)')
    const report = await reportStory(tree)
    expect(causes(report)).toEqual(['rate_limited 1 2'])
    expect(report.counts).toMatchObject({ died: 0, finished: 1 })
    expect(report.incidents[0]?.texts).toEqual([{ text: "You've hit your 5-hour limit · resets 3pm (UTC)", count: 2 }])
  })

  it('counts once what a forked session repeats', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session(1)
    session.fiveHours('15:00:00', '3pm (UTC)')
    const fork = tree.session(2, { prompt: '' })
    fork.text = session.text.replaceAll(session.who.sessionId, fork.who.sessionId)
    fork.at('15:10:00').prompt('Go on.').says('All of it is done.')
    expect(causes(await reportStory(tree))).toEqual(['rate_limited 0 1'])
  })

  it('knows a limit without a kind by its reset', async () => {
    const tree = new Tree('2.1.156')
    const session = tree.session()
    refusedAt(session, 1, '10:10:00')
    const plain = session.launch(2, { background: true })
    plain.bash('ls').at('10:10:20').limit("You've hit your limit · resets 3pm (UTC)", 'five_hour', '15:00:00')
    const report = await reportStory(tree)
    expect(causes(report)).toEqual(['rate_limited 2 2'])
    expect(report.incidents[0]?.limit?.kind).toBe('five_hour')
    expect(report.incidents[0]?.texts).toHaveLength(2)
  })

  it('counts whom it hit though the limit was known, and says whether the pauses grew', async () => {
    const storm = async (times: readonly string[]): Promise<Report> => {
      const tree = new Tree(VERSION)
      const session = tree.session()
      refusedAt(session, 1, '10:10:00')
      times.forEach((at, index) => {
        session.at(at)
        const child = session.launch(index + 2)
        child.fiveHours('15:00:00', '3pm (UTC)')
        session.fails(child, 'Agent terminated early')
      })
      return reportStory(tree)
    }
    const steady = await storm(['10:10:10', '10:10:20', '10:10:30', '10:10:40'])
    expect(steady.incidents[0]).toMatchObject({ startedAfterKnown: 4, backoff: false })
    expect(steady.incidents[0]?.summary).toContain('no back-off')
    expect(steady.incidents[0]?.summary).toContain('4 of the 5 agents were started after the limit was known')
    const growing = await storm(['10:10:10', '10:10:40', '10:13:00', '10:30:00'])
    expect(growing.incidents[0]).toMatchObject({ startedAfterKnown: 4, backoff: true })
    expect(growing.incidents[0]?.summary).not.toContain('back-off')
    const after = await storm(['15:00:10', '15:00:20'])
    expect(after.incidents[0]?.startedAfterKnown).toBe(0)
  })

  it('says nothing of a storm where agents ran side by side', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session()
    const children = [1, 2, 3, 4, 5].map((number) => session.launch(number, { background: true }))
    children.forEach((child, index) => child.bash('ls').at(`10:10:0${index}`).fiveHours('15:00:00', '3pm (UTC)'))
    const [incident] = (await reportStory(tree)).incidents
    expect(incident).toMatchObject({ startedAfterKnown: 0, backoff: false, attempts: 5 })
    expect(incident?.summary).not.toContain('back-off')
  })

  it('is a wall of 529 where two died within minutes, and none where one did', async () => {
    const one = new Tree(VERSION)
    dies(one.session(), 1, '10:10:00')
    expect(causes(await reportStory(one))).toEqual([])

    const tree = new Tree(VERSION)
    const session = tree.session(1)
    dies(session, 1, '10:10:00')
    dies(tree.session(2), 2, '10:13:00')
    dies(session, 3, '10:16:00')
    // Another hour, another wall; and a 500 is another cause.
    dies(session, 4, '12:00:00')
    dies(session, 5, '10:13:00', 'API Error: 500 Internal server error', 500)
    const report = await reportStory(tree)
    expect(causes(report)).toEqual(['overloaded 3 3'])
    expect(report.incidents[0]).toMatchObject({ limit: null, overAt: null, firstAt: '2026-05-31T10:10:00.000Z', spanMs: 360_000 })
    expect(report.incidents[0]?.summary).toContain('3 deaths in 6 min')
  })

  it('is the end of a process, once for each process', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session()
    for (const number of [1, 2]) session.launch(number, { background: true }).bash('ls').call('Bash', { command: 'npm test' })
    session.at('11:00:00').prompt('Go on.', { promptSource: 'typed' })
    session.put('user', {
      message: {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'toolu_none', content: '[Tool call interrupted: the session ended before it' }],
      },
    })
    for (const number of [3, 4, 5]) session.launch(number, { background: true }).bash('ls').call('Bash', { command: 'npm test' })
    // Of the last three only the silence of their session speaks: what is guessed is no incident.
    const report = await reportStory(tree)
    const ends = report.incidents.filter(({ cause }) => cause === 'exit_killed')
    expect(ends.map(({ agents }) => agents.length)).toEqual([2])
    expect(ends[0]).toMatchObject({ meanIntervalMs: null, backoff: null, startedAfterKnown: 0 })
  })

  it('belongs to the person who must pay, where that is the cure', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session()
    for (const number of [1, 2]) {
      const child = session.launch(number, { background: true })
      child.bash('ls').at(`10:10:0${number}`)
      child.error("You've hit your monthly spend limit · raise it at claude.ai/settings/usage", { code: 'rate_limit', status: 429 })
    }
    expect(causes(await reportStory(tree))).toEqual(['billing 2 2'])
  })

  it('no longer holds where somebody began after it and got answers, as the plan has it', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session()
    refusedAt(session, 1, '10:10:00')
    const view = {
      columns: 200,
      colorLevel: 0 as const,
      all: false,
      verbose: false,
      timeZone: 'UTC',
      now: Date.parse('2026-05-31T11:30:00Z'),
    }
    const reset = async (): Promise<readonly [string | null | undefined, boolean, boolean]> => {
      const report = await reportStory(tree, { now: view.now })
      const screen = [...table.render(report, view)].join('').replaceAll('\u00a0', ' ')
      const says = '5-hour limit at 10:10, lifted by 11:00: '
      return [report.incidents[0]?.workedPastAt, screen.includes(says), report.plan.actions.some(({ kind }) => kind === 'wait')]
    }
    expect(await reset()).toEqual([null, false, true])
    session.at('11:00:00').launch(2, { background: true }).says('It works again.')
    expect(await reset()).toEqual([expect.stringMatching(/^2026-05-31T11:00:0/) as string, true, false])
  })

  it('is told in the zone of the person, older ones as one count', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session()
    refusedAt(session, 1, '10:10:00')
    refusedAt(session, 2, '16:00:00', '8pm (UTC)', '20:00:00')
    const report = await reportStory(tree)
    const view = {
      columns: 200,
      colorLevel: 0 as const,
      all: false,
      verbose: false,
      timeZone: 'Asia/Tokyo',
      now: Date.parse('2026-05-31T16:30:00Z'),
    }
    const screen = (verbose: boolean): string => [...table.render(report, { ...view, verbose })].join('').replaceAll('\u00a0', ' ')
    expect(screen(false)).toContain('\n5-hour limit at 01:00, resets 05:00 (in 3 h 30 min): 1 refusal.\n1 earlier incident; ')
    expect(screen(true)).toContain('\n             5-hour limit at 31 May 19:10. 1 refusal; 5.6 k tokens in 1 agent.\n')
    expect(screen(false)).not.toContain('\nReset ')
  })

  it('keeps secrets and control characters of the client’s words to itself', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session()
    const child = session.launch(1, { background: true })
    child.bash('ls').limit(`You've hit your limit · resets 3pm (UTC) \u001b]0;x\u0007 ghp_${'a1B2'.repeat(9)}`, 'five_hour', '15:00:00')
    const text = JSON.stringify((await reportStory(tree)).incidents)
    expect(text).toContain('[redacted:github-token]')
    expect(text).not.toContain('\\u001b')
  })

  it('survives a scan of one agent that it did not hit', async () => {
    const tree = new Tree(VERSION)
    const session = tree.session()
    const dead = diesOfLimit(session, 1)
    const alone = session.launch(2)
    alone.says('All of it is done.')
    session.returns(alone, 'Done.')
    expect((await reportStory(tree, { agent: alone.who.agentId })).incidents).toEqual([])
    const asked = await reportStory(tree, { agent: dead.who.agentId })
    expect(asked.incidents).toEqual((await reportStory(tree)).incidents)
  })
})
