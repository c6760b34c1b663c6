import { describe, expect, it } from 'vitest'
import { claudeCode } from '../../src/clients/claude-code/index.ts'
import { jsonText } from '../../src/report/json-text.ts'
import { type Report, ReportSchema } from '../../src/report/report.ts'
import { analyze } from '../../src/scan/scan.ts'
import { show } from '../../src/show/show.ts'
import { analyzeOptions } from '../analyze-options.ts'
import { Tree } from '../records/tree.ts'
import { filesOf, HOME, memoryFiles, NEWEST, noProcesses, NOW } from '../hostile/world.ts'
import { noGit } from '../no-git.ts'
import { tinker } from './tinker.ts'

const line = (minute: number, by: string, text: string, more: object = {}): object => ({
  at: `2026-05-31T10:0${minute}:00Z`,
  by,
  text,
  ...more,
})
const linesOf = (...records: readonly object[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join('')

const LOGS = new Map([
  [
    'logs/day/1.log',
    linesOf(
      { session: 'tinkering-1' },
      line(0, 'user', 'mend it'),
      line(1, 'model', 'mend the door', { starts: 'call-1' }),
      line(9, 'user', 'and?'),
    ),
  ],
  [
    'logs/day/2.log',
    linesOf({ session: 'tinkering-1', agent: 'agent-of-the-door' }, line(2, 'user', 'mend the door'), line(3, 'overload', 'too busy')),
  ],
  ['logs/day/3.log', 'no JSON at all\n'],
  [
    'logs/all.box',
    JSON.stringify({
      threads: [
        {
          session: 'tinkering-1',
          agent: 'first-of-the-box',
          lines: [line(4, 'user', 'mend the roof'), line(5, 'model', 'The roof is mended.')],
        },
        { session: 'tinkering-1', agent: 'second-of-the-box', lines: [line(4, 'user', 'mend the wall'), line(6, 'overload', 'too busy')] },
      ],
    }),
  ],
])

const means = { clients: [tinker, claudeCode] }
const host = (contents: ReadonlyMap<string, string>) => ({ files: memoryFiles(contents), processes: noProcesses, git: noGit })
const scan = (contents: ReadonlyMap<string, string>): Promise<Report> =>
  analyze(analyzeOptions({ roots: [HOME], now: NOW }), host(contents), means)

describe('a second client, of which only its own folder knows', () => {
  it('is scanned: roles by first line, and one document with many agents', async () => {
    const report = await scan(LOGS)
    ReportSchema.parse(report)
    expect(report.agents.map(({ agentId, format, reason, sessionId }) => [agentId, format, reason, sessionId])).toEqual([
      ['agent-of-the-door', 'tinker', 'overloaded', 'tinkering-1'],
      ['first-of-the-box', 'tinker', 'completed', 'tinkering-1'],
      ['second-of-the-box', 'tinker', 'overloaded', 'tinkering-1'],
    ])
    expect(report.agents.map(({ description }) => description)).toEqual(['mend the door', null, null])
    expect(report.readIssues).toMatchObject([{ path: `${HOME}/logs/day/3.log`, reason: 'malformed_json' }])
  })

  it('gives evidence that points at its own lines', async () => {
    const { agents } = await scan(LOGS)
    expect(agents[0]?.evidence).toMatchObject([{ path: `${HOME}/logs/day/2.log`, line: 3, excerpt: 'too busy' }])
    expect(agents[2]?.evidence).toMatchObject([{ path: `${HOME}/logs/all.box`, line: 2, excerpt: 'too busy' }])
  })

  it.each(['agent-of-the-door', 'second-of-the-box'])('is shown: %s', async (id) => {
    const shown = await show({ ...analyzeOptions({ roots: [HOME], now: NOW }), id }, host(LOGS), means)
    expect(shown.agents).toMatchObject([{ agentId: id, format: 'tinker', reason: 'overloaded' }])
    expect(jsonText(shown.timeline)).toContain('too busy')
  })

  it('is planned for, and says what is not known of it', async () => {
    const { plan } = await scan(LOGS)
    const actions = plan.actions.filter(({ agents }) => agents.includes('agent-of-the-door'))
    expect(actions).toMatchObject([{ kind: 'inspect' }])
    expect(actions[0]?.why).toContain('how sessions of Tinker are resumed is unknown')
  })

  it('stands beside another client in one tree, each read by its own', async () => {
    const claude = new Tree(NEWEST)
    claude.session().prompt('go').says('done')
    const report = await scan(new Map([...filesOf(claude), ...[...LOGS].map(([path, content]) => [`projects/${path}`, content] as const)]))
    expect(new Set(report.sessions.map(({ format }) => format))).toEqual(new Set(['claude-code', 'tinker']))
    expect(report.agents.map(({ format }) => format)).toEqual(['tinker', 'tinker', 'tinker'])
  })
})
