import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AgentReport, Report } from '../../src/report/report.ts'
import { REASONS } from '../../src/reasons/index.ts'
import { composePage } from '../../src/report/html/compose-page.ts'
import { arrangeByParent } from '../../src/report/html/tree.ts'
import { Clock } from '../../web/clock.ts'
import { DetailsData } from '../../web/details-data.ts'
import { formatLocal } from '../../src/time/zoned-time.ts'
import { incident } from '../cli/fake-host.ts'
import { fullReport, HOSTILE, manyAgents, pageOf, VIEW } from './reports.ts'

const [SAMPLE] = incident().agents as [AgentReport]

function agent(agentId: string, said: Partial<AgentReport> = {}): AgentReport {
  return { ...SAMPLE, agentId, sessionId: 's', parentAgentId: null, workflowRunId: null, ...said }
}

describe('the tree of the timeline', () => {
  const shape = (agents: readonly AgentReport[], report: Pick<Report, 'sessions' | 'workflows'> = { sessions: [], workflows: [] }) =>
    arrangeByParent(report, agents).map(({ of, depth }) => `${' '.repeat(depth)}${of.kind} ${of.id}`)

  it('puts agents below their parent, their run and their session, by their start', () => {
    const agents = [
      agent('late', { startedAt: '2026-05-31T19:00:00.000Z' }),
      agent('child', { parentAgentId: 'early', startedAt: '2026-05-31T18:30:00.000Z' }),
      agent('early', { startedAt: '2026-05-31T18:00:00.000Z' }),
      agent('called', { workflowRunId: 'wf', startedAt: '2026-05-31T18:10:00.000Z' }),
      agent('below', { workflowRunId: 'wf', parentAgentId: 'called' }),
      agent('elsewhere', { sessionId: 't', parentAgentId: 'early', startedAt: '2026-05-31T17:00:00.000Z' }),
    ]
    // A parent of another session is none.
    expect(shape(agents)).toEqual([
      'session s',
      ' agent early',
      '  agent child',
      ' run wf',
      '  agent called',
      '   agent below',
      ' agent late',
      'session t',
      ' agent elsewhere',
    ])
  })

  it('holds every agent once, whoever is said to have launched whom', () => {
    const ids = ['a', 'b', 'c', 'd', 'e']
    const link = fc.record({
      parent: fc.option(fc.constantFrom(...ids, 'gone')),
      run: fc.option(fc.constantFrom('w1', 'w2')),
      session: fc.option(fc.constantFrom('s', 't')),
    })
    fc.assert(
      fc.property(fc.array(link, { minLength: 5, maxLength: 5 }), (links) => {
        const agents = links.map(({ parent, run, session }, index) =>
          agent(ids[index] ?? '', { parentAgentId: parent, workflowRunId: run, sessionId: session }),
        )
        const all = arrangeByParent({ sessions: [], workflows: [] }, agents)
        expect(all.flatMap(({ of }) => (of.kind === 'agent' ? [of.id] : [])).toSorted()).toEqual(ids)
        all.forEach(({ parent, depth, session }, place) => {
          if (parent === null) return expect(depth).toBe(0)
          expect(parent).toBeLessThan(place)
          expect(all[parent]?.depth).toBe(depth - 1)
          return expect(all[session]?.of.kind).toBe('session')
        })
      }),
    )
  })

  it('takes a chain of 20,000 agents', () => {
    const chain = Array.from({ length: 20_000 }, (_, index) => agent(`a${index}`, { parentAgentId: index === 0 ? null : `a${index - 1}` }))
    expect(arrangeByParent({ sessions: [], workflows: [] }, chain).at(-1)?.depth).toBe(20_000)
  })
})

describe('the clock of the page', () => {
  it.each(['Europe/Kyiv', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC', 'Africa/Casablanca'])(
    'shows what the wall shows in %s',
    (timeZone) => {
      const report = manyAgents(2)
      const [first, second] = report.agents as [AgentReport, AgentReport]
      Object.assign(first, { startedAt: '2025-01-01T00:00:00.000Z' })
      Object.assign(second, { endedAt: '2027-01-01T00:00:00.000Z' })
      const { data } = composePage(report, { ...VIEW, timeZone })
      const clock = new Clock(data.offsets)
      fc.assert(
        fc.property(fc.integer({ min: Date.parse('2025-01-01T00:00:00Z'), max: Date.parse('2027-01-01T00:00:00Z') }), (ms) => {
          expect(clock.exact(ms).slice(0, 16)).toBe(formatLocal(ms, timeZone))
        }),
        { numRuns: 300 },
      )
      fc.assert(
        fc.property(
          fc.integer({ min: Date.parse('2025-02-01T00:00:00Z'), max: Date.parse('2026-10-01T00:00:00Z') }),
          fc.integer({ min: 1000, max: 60 * 86_400_000 }),
          (from, length) => {
            const ticks = clock.ticks(from, from + length, 12)
            expect(ticks.length).toBeLessThanOrEqual(14)
            expect(ticks.every(({ at }, index) => at >= from && at <= from + length && at > (ticks[index - 1]?.at ?? 0))).toBe(true)
          },
        ),
        { numRuns: 300 },
      )
    },
  )
})

describe('what the page is given', () => {
  it('has a rule of the style sheet for every colour and pattern', () => {
    const style = readFileSync(new URL('../../web/style.css', import.meta.url), 'utf8')
    const used = REASONS.flatMap(({ look }) => [`.group-${look.group}`, `.pattern-${look.pattern}`])
    // A bar is solid, and grey, unless a rule says more.
    const missing = used.filter((name) => !style.includes(`\n${name} {`))
    expect([...new Set(missing)].toSorted()).toEqual(['.group-unknown', '.pattern-solid'])
  })

  it('shades the time from the first refusal to the reset, once for each limit', () => {
    const { data } = composePage(fullReport(), VIEW)
    expect(data.windows).toEqual([
      {
        from: Date.parse('2026-05-31T19:22:30.000Z'),
        to: Date.parse('2026-06-01T00:50:00.000Z'),
        limit: '5-hour limit',
        resets: '2026-06-01 03:50',
      },
    ])
  })

  it('shows the latest incident first, else the session of the latest death, else what there is', () => {
    const full = composePage(fullReport(), VIEW).data
    expect(full.ranges[full.firstRange]?.label).toBe('Incident: rate_limited, 2026-05-31 22:22')
    const none = composePage(
      incident((report) => (report.incidents = [])),
      VIEW,
    ).data
    expect(none.ranges[none.firstRange]?.label).toBe('Session 7f3a12c4, 2026-05-31 17:00')
    // An incident of agents that are not on the page would show nothing.
    const elsewhere = composePage(
      fullReport(({ incidents }) => {
        for (const one of incidents)
          Object.assign(one, { agents: [], firstAt: '2026-06-20T00:00:00.000Z', lastAt: '2026-06-20T00:01:00.000Z' })
      }),
      VIEW,
    ).data
    expect(elsewhere.ranges[elsewhere.firstRange]?.label).toBe('Session 7f3a12c4, 2026-05-31 17:00')
  })

  it('counts one as one', () => {
    const report = fullReport(({ agents, workflows }) => {
      for (const each of agents) Object.assign(each, { turns: 1, toolCalls: 1, transcript: { ...each.transcript, lines: 1 } })
      for (const run of workflows) Object.assign(run, { resumable: true, wouldRunAgain: 1 })
    })
    const details = [...composePage(report, VIEW).detailLines()].join('')
    expect(details).toContain('1, with 1 tool call"')
    expect(details).toMatch(/, 1 line[",]/)
    expect(details).toContain('yes; 1 call would run again')
  })

  it('keeps the worst when there is too much, and says what it left out', () => {
    const report = manyAgents(200)
    const { data, agentsLeftOut, detailLines } = composePage(report, VIEW, { agents: 50, details: 20_000 })
    expect(agentsLeftOut).toBe(150)
    const kept = data.threads.filter(({ kind }) => kind === 'agent').map(({ reason }) => data.reasons[reason ?? -1]?.name)
    expect(kept).toHaveLength(50)
    expect(kept).not.toContain('completed')
    expect(kept.filter((name) => name === 'exit_killed')).toHaveLength(
      report.agents.filter(({ reason }) => reason === 'exit_killed').length,
    )
    const details = [...detailLines()].join('')
    expect(details.length).toBeLessThan(22_000)
    const known = new DetailsData(() => details)
    const withDetails = data.threads.flatMap(({ rank }, place) => (known.of(place) === null ? [] : [rank]))
    const without = data.threads.flatMap(({ rank }, place) => (known.of(place) === null ? [rank] : []))
    expect(withDetails.length).toBeGreaterThan(5)
    expect(without.length).toBeGreaterThan(5)
    expect(Math.max(...withDetails)).toBeLessThanOrEqual(Math.min(...without) + 1)
    expect(pageOf(report)).not.toContain('Left out to keep')
  })

  it('takes few bytes for 10,000 agents, and what the timeline needs comes before the details', () => {
    const page = pageOf(manyAgents(10_001))
    expect(page).toContain('1 agent that ended least badly')
    const [before = '', details = ''] = page.split('<script type="text/plain" id="details-data">')
    expect(before).toContain('</script>\n<script>')
    expect(before.length).toBeLessThan(4_000_000)
    expect(details.length).toBeLessThan(6_200_000)
  })

  it('is bounded whatever stands in the report', () => {
    const huge = HOSTILE.find((text) => text.length === 100_000) ?? ''
    const page = pageOf(
      fullReport((report) => {
        for (const one of report.agents) {
          Object.assign(one, { description: huge, summary: huge, cwd: huge, label: huge, agentType: huge })
          one.evidence = Array.from({ length: 500 }, () => ({
            kind: 'record',
            shows: huge,
            path: huge,
            line: 1,
            byteOffset: 0,
            excerpt: huge,
          }))
        }
        report.readIssues = Array.from({ length: 5000 }, () => ({
          path: huge,
          line: 1,
          byteOffset: 0,
          reason: 'torn_line',
          bytes: 1,
          detail: huge,
        }))
      }),
    )
    expect(page.length).toBeLessThan(8_000_000)
    expect(page).toContain('and 4800 more')
    expect(page).toContain('and 450 more')
  })

  it('quotes nothing when the report was made without quotes, even if it holds some', () => {
    const secret = 'what the agent said'
    const page = (excerpts: boolean) =>
      pageOf(
        fullReport((report) => {
          report.options.excerpts = excerpts
          for (const one of report.agents) for (const evidence of one.evidence) if ('excerpt' in evidence) evidence.excerpt = secret
        }),
      )
    expect(page(true)).toContain(secret)
    expect(page(false)).not.toContain(secret)
    expect(page(false)).toContain('Without quotes')
  })

  it('is the same, byte for byte, for the same report', () => {
    expect(pageOf(fullReport())).toBe(pageOf(fullReport()))
  })
})
