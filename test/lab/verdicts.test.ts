import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ReportSchema } from '../../src/report/report.ts'
import { outcomeOf } from '../../src/reasons/terminal-reason.ts'
import { bundles, labelled, report, unpack } from './bundle.ts'

const TWO_DAYS = 2 * 24 * 60 * 60_000
const MINUTE = 60_000

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lab-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('labelled runs of the real client', () => {
  it('covers seven versions', () => {
    expect(new Set(bundles.map((bundle) => bundle.version)).size).toBe(7)
  })

  for (const bundle of bundles) {
    it(`${bundle.version} ${bundle.scenario}: every verdict is right`, async () => {
      const root = unpack(bundle, join(folder, bundle.version, bundle.scenario))
      const found = await report(root, Date.parse(bundle.endedAt) + TWO_DAYS)
      ReportSchema.parse(found)
      expect(found.readIssues).toEqual([])
      const judged = bundle.truth.agents.map((truth) => ({ truth, agent: labelled(found, truth) }))

      const wrong = judged.flatMap(({ truth, agent }) => {
        if (agent !== undefined && truth.accept.includes(agent.reason)) return []
        return [
          `${JSON.stringify(truth.match)}: ${agent?.reason ?? 'missing'} (${agent?.summary ?? ''}), but ${truth.accept.join('|')}: ${truth.why}`,
        ]
      })
      expect(wrong).toEqual([])
      for (const { truth, agent } of judged) {
        if (agent === undefined) continue
        const mayHaveCompleted = truth.accept.includes('completed')
        if (!mayHaveCompleted) expect([agent.reason, agent.confidence], truth.why).not.toEqual(['completed', 'high'])
        if (truth.accept.every((reason) => outcomeOf(reason) !== 'died')) expect(outcomeOf(agent.reason), truth.why).not.toBe('died')
        if (truth.limitKind !== null) expect(truth.limitKind, truth.why).toContain(agent.limit?.kind)
        if (truth.resetsAt !== null)
          expect(Math.abs(Date.parse(agent.limit?.resetsAt ?? '') - Date.parse(truth.resetsAt)), truth.why).toBeLessThan(MINUTE)
      }

      const { session } = bundle.truth
      const sessionId = judged.find(({ agent }) => agent !== undefined)?.agent?.sessionId
      const own = found.sessions.find((each) => each.sessionId === sessionId)
      if (session !== null) expect(session.accept, own?.summary).toContain(own?.reason)
    })
  }
})
