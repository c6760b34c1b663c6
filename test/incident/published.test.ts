import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { analyze } from '../../src/scan/scan.ts'
import type { Report } from '../../src/report/report.ts'
import { table } from '../../src/report/table.ts'
import { analyzeOptions } from '../analyze-options.ts'
import { HOME, memoryFiles, noProcesses } from '../hostile/world.ts'
import { noGit } from '../no-git.ts'
import { PUBLISHED, RUN, SESSION, type Wishes, workflowIncident } from './published.ts'
import { recount } from './recount.ts'

const NOW = Date.parse('2026-05-31T18:00:00.000Z')

async function scanned(files: ReadonlyMap<string, string>, change: Partial<Parameters<typeof analyzeOptions>[0]> = {}): Promise<Report> {
  const host = { files: memoryFiles(files), processes: noProcesses, git: noGit }
  return analyze(analyzeOptions({ roots: [HOME], now: NOW, timeZone: 'Europe/Kyiv', ...change }), host)
}

function total({ input, output, cacheRead, cacheWrite }: Report['incidents'][number]['tokens']): number {
  return input + output + cacheRead + cacheWrite
}

describe('the published incident', () => {
  const files = workflowIncident(PUBLISHED)

  it('comes out with exactly its figures', async () => {
    const report = await scanned(files)
    expect(report.complete).toBe(true)
    expect(report.incidents).toHaveLength(1)
    const [incident] = report.incidents
    expect(incident).toMatchObject({
      cause: 'rate_limited',
      firstAt: '2026-05-31T17:31:25.988Z',
      lastAt: '2026-05-31T17:32:00.481Z',
      spanMs: 34_493,
      attempts: 37,
      backoff: false,
      texts: [{ text: "You've hit your session limit · resets 10:10pm (Europe/Kiev)", count: 37 }],
      countedAgents: 97,
      toolUses: 282,
      wallClockMs: 628_578,
      reportedAs: 'subagent completed without calling StructuredOutput (after 2 in-conversation nudges)',
      clientFigures: { agents: 97, tokens: 2_077_133, toolUses: 282, durationMs: 628_578 },
      overAt: '2026-05-31T19:10:00.000Z',
      sessionIds: [SESSION],
      workflowRunIds: [RUN],
      limit: { kind: 'five_hour', resetsAt: '2026-05-31T19:10:00.000Z', resetSource: 'text' },
    })
    expect(incident?.agents).toHaveLength(37)
    expect(((incident?.meanIntervalMs ?? 0) / 1000).toFixed(2)).toBe('0.96')
    expect(total(incident?.tokens ?? { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 })).toBe(2_077_133)
    expect(report.agents.filter(({ reason }) => reason === 'rate_limited' || reason === 'retry_storm')).toHaveLength(37)
    expect(report.agents.every(({ clientVersion }) => clientVersion === '2.1.156')).toBe(true)
    expect(report.workflows[0]).toMatchObject({ status: 'completed', calls: { started: 97, done: 60, failed: 37, neverStarted: 0 } })
  })

  it('is told on the screen in the words of its figures', async () => {
    const view = { columns: 400, colorLevel: 0 as const, all: false, verbose: true, timeZone: 'Europe/Kyiv', now: NOW }
    const screen = [...table.render(await scanned(files), view)].join('').replaceAll('\u00a0', ' ')
    expect(screen).toContain(
      '37 of 97 agents died, in 1 session.\n' +
        '5-hour limit at 20:31, resets 22:10 (in 1 h 10 min): 37 refusals in 34.5 s, no back-off.\n',
    )
    expect(screen).toContain(
      'Incidents    5-hour limit at 20:31. 37 refusals in 34.5 s, one every 0.96 s, no back-off, all with the same text; ' +
        '21 of the 37 agents were started after the limit was known; 2.08 M tokens in 97 agents. ' +
        'The client reported: subagent completed without calling StructuredOutput (after 2 in-conversation nudges).',
    )
    expect(screen).toContain('\nMisreported  "verify:')
    expect(screen).not.toContain('\nReset ')
    // The main thread answered 60 ms after the last refusal: that is no proof that the limit was lifted.
    expect((await scanned(files)).plan.actions).toContainEqual(
      expect.objectContaining({ kind: 'wait', notBefore: '2026-05-31T19:11:00.000Z' }),
    )
  })

  it('has the figures that stand in its raw lines', async () => {
    const { refusals, agents } = recount(files)
    expect(agents.size).toBe(97)
    expect(refusals).toHaveLength(37)
    expect(new Set(refusals.map(({ text, status }) => `${String(status)} ${text}`))).toEqual(new Set([`429 ${PUBLISHED.text}`]))
    expect(new Date(refusals[0]?.at ?? 0).toISOString()).toBe(PUBLISHED.firstAt)
    expect(new Date(refusals.at(-1)?.at ?? 0).toISOString()).toBe(PUBLISHED.lastAt)
    const known = [...agents].filter(
      ([id, { firstAt }]) => firstAt > (refusals[0]?.at ?? 0) && refusals.some(({ agentId }) => agentId === id),
    )
    const all = [...agents.values()]
    const [incident] = (await scanned(files)).incidents
    expect(incident?.startedAfterKnown).toBe(known.length)
    expect(known.length).toBe(21)
    for (const kind of ['input', 'output', 'cacheRead', 'cacheWrite'] as const) {
      expect(incident?.tokens[kind]).toBe(all.reduce((sum, { tokens }) => sum + tokens[kind], 0))
    }
    expect(incident?.toolUses).toBe(all.reduce((sum, { tools }) => sum + tools, 0))
    expect(incident?.minIntervalMs).toBe(Math.min(...refusals.slice(1).map(({ at }, index) => at - (refusals[index]?.at ?? 0))))
  })

  it('would not agree if every streamed record counted', () => {
    const records = [...files]
      .filter(([path]) => path.includes('/agent-'))
      .flatMap(([, text]) => [...text.matchAll(/"cache_read_input_tokens":(\d+)/g)])
    const naive = records.reduce((sum, [, amount]) => sum + Number(amount), 0)
    expect(naive).toBeGreaterThan(PUBLISHED.tokens)
  })

  it.each([['retry_storm' as const], ['completed' as const], ['rate_limited' as const]])(
    'stays what it is when only %s is listed',
    async (reason) => {
      const whole = await scanned(files)
      const narrow = await scanned(files, { reasons: [reason] })
      expect(narrow.agents.length).toBeLessThan(whole.agents.length)
      expect(narrow.incidents).toEqual(reason === 'completed' ? [] : whole.incidents)
      for (const item of narrow.workItems) expect(whole.workItems).toContainEqual(item)
      expect(narrow.workItems).toHaveLength(narrow.agents.length)
    },
  )

  it('stays what it is when one agent is asked for', async () => {
    const whole = await scanned(files)
    const agent = whole.incidents[0]?.agents[5] ?? ''
    const narrow = await scanned(files, { agent })
    expect(narrow.agents).toHaveLength(1)
    expect(narrow.incidents).toEqual(whole.incidents)
    expect(narrow.workItems.map(({ attempts }) => attempts)).toEqual([[agent]])
  })
})

const wishes: fc.Arbitrary<Wishes> = fc
  .record({
    seed: fc.integer({ min: 1, max: 1_000_000 }),
    finished: fc.integer({ min: 0, max: 12 }),
    refused: fc.integer({ min: 1, max: 14 }),
    atOnce: fc.integer({ min: 1, max: 16 }),
    spanMs: fc.integer({ min: 400, max: 120_000 }),
    workMs: fc.integer({ min: 60_000, max: 600_000 }),
    tokens: fc.integer({ min: 40_000, max: 5_000_000 }),
    toolUses: fc.integer({ min: 40, max: 120 }),
  })
  .map(({ finished, spanMs, workMs, ...rest }) => ({
    ...PUBLISHED,
    ...rest,
    agents: finished + rest.refused,
    lastAt: new Date(Date.parse(PUBLISHED.firstAt) + spanMs).toISOString(),
    durationMs: workMs + spanMs,
  }))

describe('any such incident', () => {
  it('has the figures that were wished for, and that stand in its raw lines', async () => {
    await fc.assert(
      fc.asyncProperty(wishes, async (wish) => {
        const files = workflowIncident(wish)
        const report = await scanned(files)
        const { refusals, agents } = recount(files)
        expect(report.incidents).toHaveLength(1)
        const [incident] = report.incidents
        if (incident === undefined) return
        expect(incident.attempts).toBe(wish.refused)
        expect(incident.attempts).toBe(refusals.length)
        expect(Date.parse(incident.firstAt)).toBe(refusals[0]?.at)
        expect(Date.parse(incident.lastAt)).toBe(refusals.at(-1)?.at)
        expect(incident.spanMs).toBe(Date.parse(incident.lastAt) - Date.parse(incident.firstAt))
        expect(new Set(incident.agents)).toEqual(new Set(refusals.map(({ agentId }) => agentId)))
        expect(new Set(incident.agents).size).toBe(incident.agents.length)
        expect(total(incident.tokens)).toBe([...agents.values()].reduce((sum, { tokens }) => sum + total(tokens), 0))
        expect(total(incident.tokens)).toBe(wish.tokens)
        expect(incident.toolUses).toBe(wish.toolUses)
        expect(incident.countedAgents).toBe(wish.agents)
        if (wish.refused > 1) expect(incident.meanIntervalMs).toBeCloseTo(incident.spanMs / (wish.refused - 1), 6)
        expect(report.workItems).toHaveLength(wish.agents)
        expect(report.counts.died).toBe(wish.refused)
      }),
      { numRuns: 25, seed: 5 },
    )
  })
})
