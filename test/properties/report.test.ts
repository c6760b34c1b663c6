import { IS_LONG } from '../long.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diagnose } from '../../src/reasons/diagnose.ts'
import { REASONS } from '../../src/reasons/index.ts'
import type { Processes } from '../../src/ports/host.ts'
import { type Report, ReportSchema } from '../../src/report/report.ts'
import { link } from '../../src/transcript/link.ts'
import { claudeCode } from '../../src/clients/claude-code/index.ts'
import { readRecords } from '../../src/transcript/read-records.ts'
import { readTree } from '../../src/transcript/read-tree.ts'
import { discoverSources } from '../../src/transcript/discover-sources.ts'
import { Tree } from '../records/tree.ts'
import { AGENT_FILE, AGENTS, collectAgents, filesOf, HOME, MAIN_FILE, memoryFiles, NEWEST, NOW, scan } from '../hostile/world.ts'
import { registryEntry, SEED, sidecar, wireText } from './wire.ts'

const SIDECAR = AGENT_FILE.replace('.jsonl', '.meta.json')
const SECOND = `${AGENTS}/agent-a0000000000000002.jsonl`

/** A whole home of nonsense. */
const nonsense = fc.record({ main: wireText, one: wireText, two: wireText, meta: sidecar, entry: registryEntry }).map(
  ({ main, one, two, meta, entry }) =>
    new Map([
      [MAIN_FILE, main],
      [AGENT_FILE, one],
      [SECOND, two],
      [SIDECAR, meta],
      ['sessions/1.json', entry],
    ]),
)
const processes = fc.constantFrom<Processes>(
  { domain: async () => null, inspect: async () => ({ state: 'gone' }) },
  { domain: async () => 'linux:x', inspect: async () => ({ state: 'alive', start: '1', startedAt: null }) },
  { domain: async () => '', inspect: async () => ({ state: 'unknown' }) },
)
const now = fc.constantFrom(NOW, Date.parse('2026-05-31T10:00:00Z'), Date.parse('2026-05-31T12:00:00Z'))

describe('whatever stands in the files', () => {
  it('the report is one, has evidence for everything, and survives JSON', async () => {
    await fc.assert(
      fc.asyncProperty(nonsense, processes, now, async (files, asked, at) => {
        const report = await scan(HOME, { files: memoryFiles(files), processes: asked, options: { now: at } })
        for (const judged of [...report.agents, ...report.sessions]) expect(judged.evidence.length).toBeGreaterThan(0)
        const again = JSON.parse(JSON.stringify(report)) as Report
        expect(again).toEqual(report)
        expect(ReportSchema.parse(again)).toEqual(report)
      }),
      { seed: SEED, numRuns: IS_LONG ? 150 : 50 },
    )
  })

  it('no detector throws, and each names what it saw', async () => {
    await fc.assert(
      fc.asyncProperty(nonsense, now, async (contents, at) => {
        const files = memoryFiles(contents)
        const { sources } = await discoverSources([HOME], [claudeCode], files)
        const tree = await readTree(sources, files, 'UTC')
        const linked = link(
          tree,
          new Map([
            [
              claudeCode.id,
              {
                bySession: new Map(),
                byAgent: new Map(),
                byWorktree: new Map(),
                jobs: new Map(),
                registryRead: true,
                isThisMachine: false,
              },
            ],
          ]),
          at,
        )
        for (const [run, context] of linked.contexts) {
          for (const detector of REASONS) {
            const claim = detector.detect(run, context)
            if (claim === undefined) continue
            expect(claim.evidence.length, detector.name).toBeGreaterThan(0)
            expect(claim.summary, detector.name).not.toBe('')
          }
          const { reason, alternatives } = diagnose(run, context)
          // Behind damage, what an error said stays an alternative to knowing nothing.
          if (reason !== 'unknown') expect(alternatives.map((each) => each.reason)).not.toContain(reason)
        }
      }),
      { seed: SEED, numRuns: IS_LONG ? 150 : 50 },
    )
  })

  it('every line is parsed, skipped or told', async () => {
    await fc.assert(
      fc.asyncProperty(wireText, async (text) => {
        const path = `${HOME}/${MAIN_FILE}`
        const file = await memoryFiles(new Map([[MAIN_FILE, text]])).open(path)
        const readings = await collectAgents(readRecords(file, path, claudeCode, 'UTC'))
        expect(readings.map((reading) => reading.byteOffset)).toEqual(
          text
            .split('\n')
            .slice(0, -1)
            .map((_, index, lines) =>
              Buffer.byteLength(
                lines
                  .slice(0, index)
                  .map((line) => `${line}\n`)
                  .join(''),
              ),
            ),
        )
        for (const { record, issues, damaged, length, line } of readings) {
          const source = text.split('\n')[line - 1] ?? ''
          const isSkipped = source.trim() === '' || source.startsWith('{"type":"api-request-blob"')
          expect(record !== null || issues.length > 0 || isSkipped, source).toBe(true)
          expect(damaged).toBe(record === null && issues.length > 0)
          for (const issue of issues) expect([issue.line, issue.bytes]).toEqual([line, length])
        }
      }),
      { seed: SEED, numRuns: IS_LONG ? 150 : 50 },
    )
  })

  it('twice the same input gives the same bytes, in whatever order the files are listed', async () => {
    await fc.assert(
      fc.asyncProperty(nonsense, fc.array(fc.nat(10), { minLength: 5, maxLength: 5 }), async (files, keys) => {
        const shuffle = (paths: readonly string[]): readonly string[] =>
          paths
            .map((path, index) => [keys[index % 5] ?? 0, path] as const)
            .toSorted(([a], [b]) => a - b)
            .map(([, path]) => path)
        const first = JSON.stringify(await scan(HOME, { files: memoryFiles(files) }))
        expect(JSON.stringify(await scan(HOME, { files: memoryFiles(files) }))).toBe(first)
        expect(JSON.stringify(await scan(HOME, { files: memoryFiles(files, shuffle) }))).toBe(first)
      }),
      { seed: SEED, numRuns: IS_LONG ? 80 : 30 },
    )
  })
})

describe('what changes no verdict', () => {
  /** One of everything: finished, limited, stopped, killed, nested, in the background. */
  function incident(): Map<string, string> {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    const done = main.launch(1)
    done.bash('ls').says('Done: part 1.').bookkeeping()
    main.returns(done, 'Done: part 1.')
    const limited = main.launch(2, { background: true })
    limited.bash('ls').fiveHours('15:10:00', '3:10pm (UTC)')
    main.notice([limited], 'completed', 'Agent "part 2" completed')
    const stopped = main.launch(3, { background: true })
    stopped.bash('ls').marker(true)
    main.result(main.call('TaskStop', { task_id: 'a0000000000000003' }), 'Stopped.')
    const killed = main.launch(4, { background: true })
    const nested = killed.launch(5)
    nested.call('Bash', { command: 'make' })
    main.says('I wait for the rest.').bookkeeping()
    tree.registry(77, main)
    return filesOf(tree)
  }
  const verdicts = (report: Report): unknown =>
    [...report.sessions, ...report.agents].map(({ reason, basis, confidence, limit, summary }) => ({
      reason,
      basis,
      confidence,
      limit,
      summary,
    }))
  const transcripts = [...incident().keys()].filter((path) => path.endsWith('.jsonl'))

  const unknown = fc
    .record({ type: fc.constantFrom('progress', 'ai-title', 'last-prompt', 'none-such', 'tools-used'), x: fc.jsonValue({ maxDepth: 2 }) })
    .map((record) => JSON.stringify(record))
  const padding = fc.array(fc.oneof(fc.constantFrom('', ' ', '\r', '\t'), unknown), { maxLength: 5 })

  it('blank lines, unknown records and records that keep the books, wherever they stand', async () => {
    const plain = verdicts(await scan(HOME, { files: memoryFiles(incident()) }))
    expect(new Set((plain as { reason: string }[]).map(({ reason }) => reason))).toEqual(
      new Set(['exit_killed', 'completed', 'rate_limited', 'stopped']),
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...transcripts), fc.nat(30), padding, async (path, at, more) => {
        const files = incident()
        const lines = (files.get(path) ?? '').split('\n')
        lines.splice(Math.min(at, lines.length - 1), 0, ...more)
        expect(verdicts(await scan(HOME, { files: memoryFiles(files.set(path, lines.join('\n'))) }))).toEqual(plain)
      }),
      { seed: SEED, numRuns: IS_LONG ? 120 : 50 },
    )
  })

  it('lines that are there twice in a row', async () => {
    const plain = verdicts(await scan(HOME, { files: memoryFiles(incident()) }))
    for (const path of transcripts) {
      const files = incident()
      const doubled = (files.get(path) ?? '')
        .trimEnd()
        .split('\n')
        .flatMap((line) => (line.startsWith('{"type":') ? [line, line] : [line]))
      expect(verdicts(await scan(HOME, { files: memoryFiles(files.set(path, `${doubled.join('\n')}\n`)) }))).toEqual(plain)
    }
  })

  it('the order in which files are listed', async () => {
    const plain = JSON.stringify(await scan(HOME, { files: memoryFiles(incident()) }))
    for (const order of [
      (paths: readonly string[]) => paths.toReversed(),
      (paths: readonly string[]) => [...paths.slice(3), ...paths.slice(0, 3)],
    ]) {
      expect(JSON.stringify(await scan(HOME, { files: memoryFiles(incident(), order) }))).toBe(plain)
    }
  })

  it('the ages of other sessions', async () => {
    const files = incident()
    const other = new Tree(NEWEST)
    other.session(2, { at: '06-01T03:00:00' }).says('Another day.')
    const report = await scan(HOME, { files: memoryFiles(new Map([...files, ...filesOf(other)])) })
    const plain = await scan(HOME, { files: memoryFiles(files) })
    expect(report.agents).toEqual(plain.agents)
    expect(report.sessions.find((session) => session.sessionId === plain.sessions[0]?.sessionId)).toEqual(plain.sessions[0])
  })
})
