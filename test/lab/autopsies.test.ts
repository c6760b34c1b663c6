import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noGit } from '../no-git.ts'
import { analyzeOptions } from '../analyze-options.ts'
import { VIEW } from '../show/world.ts'
import { type Json, lacking } from '../lacking.ts'
import { AutopsySchema } from '../../src/show/autopsy.ts'
import { createFiles } from '../../src/node/files.ts'
import { markdown } from '../../src/show/report/markdown.ts'
import { table } from '../../src/show/report/table.ts'
import { show } from '../../src/show/show.ts'
import { bundles, GONE, report, unpack } from './bundle.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lab-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('a second reading of the real client’s transcripts', () => {
  for (const bundle of bundles) {
    it(`${bundle.version} ${bundle.scenario}: agrees with the first one`, async () => {
      const root = unpack(bundle, join(folder, bundle.version, bundle.scenario))
      const now = Date.parse(bundle.endedAt) + 3_600_000
      const scanned = await report(root, now)
      const asked = [...scanned.agents.map(({ agentId }) => agentId), ...scanned.sessions.map(({ sessionId }) => sessionId)]
      const runs = scanned.workflows.map(({ runId }) => runId)
      for (const id of [...asked, ...runs]) {
        const options = { ...analyzeOptions({ roots: [root], now }), id }
        const autopsy = await show(options, { files: createFiles(), processes: GONE, git: noGit })
        AutopsySchema.parse(autopsy)
        const agent = scanned.agents.find(({ agentId }) => agentId === id)
        for (const reporter of [table, markdown]) expect([...reporter.render(autopsy, VIEW)].join('').length).toBeGreaterThan(200)
        if (agent === undefined) continue
        expect(autopsy.agents, id).toEqual([agent])
        if (agent.transcript.path === null) continue
        const calls = autopsy.timeline.items.filter(({ kind }) => kind === 'call')
        expect(calls, id).toHaveLength(agent.toolCalls)
        expect(
          autopsy.attempts.reduce((sum, { turns }) => sum + turns, 0),
          id,
        ).toBe(agent.turns)
        expect(autopsy.receipt?.task, id).not.toBeNull()
        expect(autopsy.receipt?.inFlight.items.map(({ tool }) => tool) ?? [], id).toEqual(
          agent.receipt?.inFlight ?? autopsy.receipt?.inFlight.items.map(({ tool }) => tool),
        )
      }
    })
  }

  it('is told whatever of it is missing', async () => {
    let told = 0
    for (const bundle of bundles.filter(({ scenario }) => /^(?:limits|nested|workflow)$/.test(scenario)).slice(-4)) {
      const root = unpack(bundle, join(folder, 'lacking', bundle.version, bundle.scenario))
      const now = Date.parse(bundle.endedAt) + 3_600_000
      const scanned = await report(root, now)
      const [agent] = scanned.agents.filter(({ receipt }) => receipt !== null)
      for (const id of [agent?.agentId, scanned.sessions[0]?.sessionId, scanned.workflows[0]?.runId]) {
        if (id === undefined) continue
        const autopsy = await show({ ...analyzeOptions({ roots: [root], now }), id }, { files: createFiles(), processes: GONE, git: noGit })
        for (const less of lacking(JSON.parse(JSON.stringify(autopsy)) as Json)) {
          const valid = AutopsySchema.safeParse(less)
          if (!valid.success) continue
          told += 1
          for (const reporter of [table, markdown]) {
            const text = [...reporter.render(valid.data, VIEW)].join('')
            expect(text).not.toMatch(/\bundefined\b|\bNaN\b|\[object/)
          }
        }
      }
    }
    expect(told).toBeGreaterThan(200)
  })
})
