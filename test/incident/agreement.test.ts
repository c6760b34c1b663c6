import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Report } from '../../src/report/report.ts'
import { outcomeOf } from '../../src/reasons/terminal-reason.ts'
import { bundles, report, unpack } from '../lab/bundle.ts'
import { recount } from './recount.ts'

// Real transcripts of the client: what the report says must agree with itself and with the raw lines, whatever happened in them.

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'agree-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function filesIn(root: string): ReadonlyMap<string, string> {
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.jsonl'))
  return new Map(paths.map((path) => [`/${path}`, readFileSync(join(root, path), 'utf8')]))
}

/** What must hold for every report. */
export function expectAgreement(found: Report): void {
  const agents = new Map(found.agents.map((agent) => [agent.agentId, agent]))
  const shown = found.agents.filter(({ kind }) => kind !== 'internal')
  const attempts = found.workItems.map((item) => new Set(item.attempts))
  for (const { agentId, workItemId, supersededBy, reason } of shown) {
    const own = found.workItems.filter((_, index) => attempts[index]?.has(agentId))
    expect(own.map(({ id }) => id)).toEqual([workItemId])
    const [item] = own
    const isDead = outcomeOf(reason) === 'died' || reason === 'unknown'
    expect(supersededBy).toBe(isDead ? (item?.doneBy ?? item?.doingBy ?? null) : null)
  }
  expect(found.counts.superseded).toBe(shown.filter((agent) => agent.supersededBy !== null && agent.reason !== 'unknown').length)
  for (const item of found.workItems) {
    const reasons = item.attempts.flatMap((id) => agents.get(id)?.reason ?? [])
    if (item.attempts.every((id) => agents.has(id))) expect(item.state === 'done').toBe(reasons.includes('completed'))
    expect(item.doneBy === null).toBe(item.state !== 'done')
    if (item.doneBy !== null) expect(item.attempts).toContain(item.doneBy)
  }
  expect(new Set(found.workItems.map(({ id }) => id)).size).toBe(found.workItems.length)
  for (const {
    agents: hit,
    countedAgents,
    startedAfterKnown,
    attempts: amount,
    texts,
    firstAt,
    lastAt,
    spanMs,
    builtOn,
  } of found.incidents) {
    expect(hit.every((id) => agents.has(id))).toBe(true)
    expect(countedAgents).toBeGreaterThanOrEqual(hit.length)
    expect(startedAfterKnown).toBeLessThanOrEqual(hit.length)
    expect(texts.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(amount)
    expect(spanMs).toBe(Date.parse(lastAt) - Date.parse(firstAt))
    const ofItems = found.workItems.flatMap((item) => item.builtOn).filter(({ on }) => hit.includes(on))
    expect(builtOn).toEqual(expect.arrayContaining(ofItems))
    expect(builtOn).toHaveLength(ofItems.length)
  }
}

describe('the report of a real run agrees with itself and with its raw lines', () => {
  for (const bundle of bundles) {
    it(`${bundle.version} ${bundle.scenario}`, async () => {
      const root = unpack(bundle, join(folder, bundle.version, bundle.scenario))
      const found = await report(root, Date.parse(bundle.endedAt) + 60_000)
      expectAgreement(found)
      const { refusals, agents } = recount(filesIn(root))
      const limits = found.incidents.filter(({ limit, cause }) => limit !== null && cause === 'rate_limited')
      const known = new Set(limits.flatMap(({ texts }) => texts.map(({ text }) => text)))
      const own = refusals.filter(({ text }) => known.has(text.replace(/\s+/g, ' ').trim()))
      expect(limits.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(own.length)
      for (const incident of limits) {
        const ofIt = own.filter(
          ({ text, agentId }) =>
            incident.texts.some((each) => each.text === text) && (agentId === null || incident.agents.includes(agentId)),
        )
        expect(ofIt.some(({ at }) => at === Date.parse(incident.firstAt))).toBe(true)
        expect(ofIt.some(({ at }) => at === Date.parse(incident.lastAt))).toBe(true)
        if (incident.countedAgents !== incident.agents.length) continue
        const counted = incident.agents.flatMap((id) => agents.get(id) ?? [])
        for (const kind of ['input', 'output', 'cacheRead', 'cacheWrite'] as const) {
          expect(incident.tokens[kind]).toBe(counted.reduce((sum, { tokens }) => sum + tokens[kind], 0))
        }
        expect(incident.toolUses).toBe(counted.reduce((sum, { tools }) => sum + tools, 0))
      }
    })
  }

  it.each(['2.1.156', '2.1.329'])('%s: the calls of a resumed workflow run are done by those that ran again', async (version) => {
    const bundle = bundles.find((each) => each.version === version && each.scenario === 'workflow-resumed')
    if (bundle === undefined) throw new Error('no such bundle')
    const found = await report(unpack(bundle, join(folder, `${version}-resumed`)), Date.parse(bundle.endedAt) + 60_000)
    expect(found.counts).toMatchObject({ died: 6, finished: 12, superseded: 6 })
    expect(found.workItems).toHaveLength(12)
    const again = found.workItems.filter(({ attempts }) => attempts.length === 2)
    expect(again).toHaveLength(6)
    for (const { state, certainty, joins, title, attempts, doneBy } of again) {
      expect({ state, certainty, by: joins.map(({ by }) => by), doneBy }).toEqual({
        state: 'done',
        certainty: 'high',
        by: ['workflow_key'],
        doneBy: attempts[1],
      })
      expect(title).toMatch(/^verify:\d$/)
    }
    expect(found.workflows.map(({ calls, wouldRunAgain }) => ({ ...calls, wouldRunAgain }))).toEqual([
      { started: 12, done: 12, failed: 0, neverStarted: 0, wouldRunAgain: 0 },
    ])
    expect(found.agents.filter(({ label }) => label === null)).toEqual([])
    // The incident stays what it was before the resume.
    expect(found.incidents).toHaveLength(1)
    expect(found.incidents[0]).toMatchObject({ cause: 'rate_limited', attempts: 6, countedAgents: 12 })
    expect(found.incidents[0]?.agents).toHaveLength(6)
  })

  it('2.1.329: before its resume, six calls of the workflow run are open', async () => {
    const bundle = bundles.find((each) => each.version === '2.1.329' && each.scenario === 'workflow')
    if (bundle === undefined) throw new Error('no such bundle')
    const found = await report(unpack(bundle, join(folder, 'before')), Date.parse(bundle.endedAt) + 60_000)
    expect(found.workItems.map(({ state }) => state).toSorted()).toEqual([
      ...Array<string>(6).fill('done'),
      ...Array<string>(6).fill('open'),
    ])
    expect(found.incidents[0]).toMatchObject({ attempts: 6, countedAgents: 12 })
  })
})
