import { describe, expect, it } from 'vitest'
import { joinReports } from '../../src/render/join-reports.ts'
import { readReport } from '../../src/report/read-report.ts'
import { type Report, ReportSchema } from '../../src/report/report.ts'
import { incident, run } from '../cli/fake-host.ts'

/** As if it had happened on another machine: other sessions and agents, the same account. */
const elsewhere = (mark: string, change: (report: Report) => void = () => {}): Report => {
  const text = JSON.stringify(incident())
  const ids = new Set([...text.matchAll(/"(?:agentId|sessionId)":"([^"]+)"/g)].map(([, id = '']) => id))
  const report = JSON.parse([...ids].reduce((all, id) => all.replaceAll(id, `${mark}${id.slice(mark.length)}`), text)) as Report
  change(report)
  return report
}
const sum = (...amounts: readonly number[]): number => amounts.reduce((all, one) => all + one, 0)

describe('reports of several machines', () => {
  const [one, two] = [incident(), elsewhere('bbb')]
  const joined = joinReports([
    { host: 'one', report: one },
    { host: 'two', report: two },
  ])

  it('are one report, whose rows name their machines', () => {
    expect(ReportSchema.safeParse(joined).error?.issues ?? []).toEqual([])
    expect(joined.hosts).toEqual(['one', 'two'])
    expect(joined.agents.map(({ host }) => host)).toEqual([...one.agents.map(() => 'one'), ...two.agents.map(() => 'two')])
    for (const rows of [joined.sessions, joined.workflows, joined.worktrees, joined.workItems, joined.plan.actions, joined.readIssues])
      for (const { host } of rows) expect(['one', 'two']).toContain(host)
    expect(joined.counts).toMatchObject({
      agents: sum(one.counts.agents, two.counts.agents),
      died: sum(one.counts.died, two.counts.died),
      bytesRead: sum(one.counts.bytesRead, two.counts.bytesRead),
    })
    const ids = joined.plan.actions.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { dependsOn } of joined.plan.actions) for (const id of dependsOn) expect(ids).toContain(id)
  })

  it('count refusals of one account’s limit as one incident, whichever machine they were on', () => {
    const limits = (report: Report) => report.incidents.filter(({ limit }) => limit !== null)
    expect(limits(one)).not.toEqual([])
    expect(limits(joined)).toHaveLength(limits(one).length)
    const [own, both] = [limits(one)[0], limits(joined)[0]]
    expect(both?.agents).toHaveLength(2 * (own?.agents.length ?? 0))
    expect(both?.attempts).toBe(2 * (own?.attempts ?? 0))
    expect(both?.summary).not.toBe(own?.summary)
    const later = elsewhere('ccc', (report) => {
      for (const each of report.incidents) if (each.overAt !== null) each.overAt = '2026-07-01T00:00:00.000Z'
    })
    const apart = joinReports([
      { host: 'one', report: one },
      { host: 'two', report: later },
    ])
    expect(limits(apart)).toHaveLength(limits(one).length + limits(one).filter(({ overAt }) => overAt !== null).length)
  })

  it('count what was copied from one machine to another once, as the newest has it', () => {
    const newer = incident((report) => {
      report.generatedAt = '2026-06-02T00:00:00.000Z'
      for (const agent of report.agents) agent.summary = 'newer'
    })
    const copied = joinReports([
      { host: 'one', report: one },
      { host: 'two', report: newer },
    ])
    expect(copied.agents).toHaveLength(one.agents.length)
    expect(new Set(copied.agents.flatMap(({ sessionId, summary }) => (sessionId === null ? [] : summary)))).toEqual(new Set(['newer']))
    expect(copied.generatedAt).toBe('2026-06-02T00:00:00.000Z')
    expect(copied.incidents.flatMap(({ agents }) => agents)).toHaveLength(one.incidents.flatMap(({ agents }) => agents).length)
  })

  it('join work on one branch of one remote, or in one pull request', () => {
    const work = (
      mark: string,
      reason: 'rate_limited' | 'completed',
      place: { readonly branch: string; readonly request?: number },
    ): Report => {
      const report = elsewhere(mark)
      const [agent] = report.agents.filter((each) => each.reason === 'rate_limited')
      const [row] = report.worktrees
      const item = report.workItems.find(({ attempts }) => agent !== undefined && attempts.includes(agent.agentId))
      if (agent === undefined || row === undefined || item === undefined) throw new Error('the fixture has changed')
      report.agents = [{ ...agent, reason, supersededBy: null }]
      report.workItems = [
        {
          ...item,
          attempts: [agent.agentId],
          state: reason === 'completed' ? 'done' : 'open',
          doneBy: reason === 'completed' ? agent.agentId : null,
        },
      ]
      const pullRequest =
        place.request === undefined ? null : { number: place.request, state: 'open' as const, url: null, source: 'refs' as const }
      report.worktrees = [
        {
          ...row,
          agents: [agent.agentId],
          remoteUrl: 'https://example.org/app.git',
          branch: place.branch,
          base: 'origin/main',
          pullRequest,
        },
      ]
      return report
    }
    const itemsOf = (first: Report, second: Report) =>
      joinReports([
        { host: 'one', report: first },
        { host: 'two', report: second },
      ])
    const done = itemsOf(work('bbb', 'rate_limited', { branch: 'fix' }), work('ccc', 'completed', { branch: 'fix' }))
    expect(done.workItems).toHaveLength(1)
    const [died, finished] = done.agents
    expect(done.workItems[0]).toMatchObject({
      state: 'done',
      doneBy: finished?.agentId,
      attempts: expect.arrayContaining([died?.agentId, finished?.agentId]) as string[],
    })
    expect(died?.supersededBy).toBe(finished?.agentId)
    const request = itemsOf(
      work('bbb', 'rate_limited', { branch: 'a', request: 7 }),
      work('ccc', 'rate_limited', { branch: 'b', request: 7 }),
    )
    expect(request.workItems).toMatchObject([{ state: 'open' }])
    expect(itemsOf(work('bbb', 'rate_limited', { branch: 'a' }), work('ccc', 'completed', { branch: 'b' })).workItems).toHaveLength(2)
    expect(itemsOf(work('bbb', 'rate_limited', { branch: 'main' }), work('ccc', 'completed', { branch: 'main' })).workItems).toHaveLength(2)
  })
})

describe('render', () => {
  const files = async (): Promise<Record<string, string>> => ({
    '/work/here/one/report.json': (await run(['--json'])).stdout,
    '/work/here/two/report.ndjson': (await run(['--format', 'ndjson'], { report: elsewhere('bbb') })).stdout,
  })

  it('takes back an ndjson stream', async () => {
    const given = await files()
    expect(readReport(given['/work/here/two/report.ndjson'] ?? '')).toEqual(readReport(JSON.stringify(elsewhere('bbb'))))
    for (const text of ['{"type":"agent"}\n{"type":"agent"}', '{"type":"report","formatVersion":"1.1"}\n{"type":', '[]\n[]'])
      expect(() => readReport(text)).toThrow(/report|JSON/)
  })

  it('joins reports by the names of their files', async () => {
    const { code, stdout } = await run(['render', 'one/report.json', 'two/report.ndjson'], { files: await files() })
    expect(code).toBe(0)
    expect(stdout).toContain('one/report: ')
    expect(stdout).toContain('two/report: ')
    const json = await run(['render', 'one/report.json', '-', '--json'], { files: await files(), stdin: JSON.stringify(elsewhere('bbb')) })
    expect(JSON.parse(json.stdout)).toMatchObject({ hosts: ['report', 'stdin'] })
    expect((await run(['render', '-', '-'])).code).toBe(2)
    for (const format of ['markdown', 'html', 'ndjson', 'github', 'junit', 'sarif'])
      expect(
        (await run(['render', 'one/report.json', 'two/report.ndjson', '--format', format], { files: await files() })).code,
        format,
      ).toBe(0)
  })
})
