import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noGit } from '../no-git.ts'
import { analyzeOptions } from '../analyze-options.ts'
import { VIEW } from '../show/world.ts'
import { type Json, lacking } from '../lacking.ts'
import { IS_LONG, sample, variant } from '../long.ts'
import { ShowDocumentSchema } from '../../src/show/document.ts'
import { createFiles } from '../../src/node/files.ts'
import { markdown } from '../../src/show/output/markdown.ts'
import { table } from '../../src/show/output/table.ts'
import { show } from '../../src/show/show.ts'
import { bundles, GONE, report, unpack } from './bundle.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lab-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('a second reading of the real client’s transcripts', () => {
  for (const bundle of sample(bundles, 38)) {
    it(`${bundle.version} ${bundle.scenario}: agrees with the first one`, async () => {
      const root = unpack(bundle, join(folder, bundle.version, bundle.scenario))
      const now = Date.parse(bundle.endedAt) + 3_600_000
      const scanned = await report(root, now)
      const asked = [...scanned.agents.map(({ agentId }) => agentId), ...scanned.sessions.map(({ sessionId }) => sessionId)]
      const runs = scanned.workflows.map(({ runId }) => runId)
      // Each reads the whole tree once more: a sample.
      for (const id of [...asked, ...runs].filter((_, at) => IS_LONG || at % 4 === 0)) {
        const options = { ...analyzeOptions({ roots: [root], now }), id }
        const document = await show(options, { files: createFiles(), processes: GONE, git: noGit })
        ShowDocumentSchema.parse(document)
        const agent = scanned.agents.find(({ agentId }) => agentId === id)
        for (const reporter of [table, markdown]) expect([...reporter.render(document, VIEW)].join('').length).toBeGreaterThan(200)
        if (agent === undefined) continue
        expect(document.agents, id).toEqual([agent])
        if (agent.transcript.path === null) continue
        const calls = document.timeline.items.filter(({ kind }) => kind === 'call')
        expect(calls, id).toHaveLength(agent.toolCalls)
        expect(
          document.attempts.reduce((sum, { turns }) => sum + turns, 0),
          id,
        ).toBe(agent.turns)
        expect(document.receipt?.task, id).not.toBeNull()
        expect(document.receipt?.inFlight.items.map(({ tool }) => tool) ?? [], id).toEqual(
          agent.receipt?.inFlight ?? document.receipt?.inFlight.items.map(({ tool }) => tool),
        )
      }
    })
  }

  variant('is told whatever of it is missing', async () => {
    let told = 0
    for (const bundle of bundles.filter(({ scenario }) => /^(?:limits|nested|workflow)$/.test(scenario)).slice(-4)) {
      const root = unpack(bundle, join(folder, 'lacking', bundle.version, bundle.scenario))
      const now = Date.parse(bundle.endedAt) + 3_600_000
      const scanned = await report(root, now)
      const [agent] = scanned.agents.filter(({ receipt }) => receipt !== null)
      for (const id of [agent?.agentId, scanned.sessions[0]?.sessionId, scanned.workflows[0]?.runId]) {
        if (id === undefined) continue
        const document = await show(
          { ...analyzeOptions({ roots: [root], now }), id },
          { files: createFiles(), processes: GONE, git: noGit },
        )
        for (const less of lacking(JSON.parse(JSON.stringify(document)) as Json)) {
          const valid = ShowDocumentSchema.safeParse(less)
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
