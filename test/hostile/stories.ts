import { REASONS } from '../../src/reasons/index.ts'
import type { TerminalReason } from '../../src/reasons/terminal-reason.ts'
import type { AgentReport } from '../../src/report/report.ts'
import { Tree } from '../records/tree.ts'
import { AGENT_FILE, agentOf, filesOf, HOME, memoryFiles, NEWEST, oneAgent, scan } from './world.ts'

/** Agents that ended in different ways, each in a home of its own, to be damaged. */
const OLD = '2.0.76'
export const STORIES = {
  completed: oneAgent((agent) => agent.bash('ls src').says('Done: index.ts is ported.').bookkeeping()),
  'completed, by an old client': oneAgent(
    (agent) => agent.bash('ls src', 'index.ts', 'Looking.').says('Done: index.ts is ported.', null),
    OLD,
  ),
  limited: oneAgent((agent) => agent.bash('ls src').fiveHours('15:10:00', '3:10pm (UTC)').bookkeeping()),
  killed: oneAgent((agent) => void agent.bash('ls src').call('Bash', { command: 'make' }, 'Now the build.')),
  'killed with its client': (() => {
    const tree = new Tree(NEWEST)
    const main = tree.session()
    main.launch(1).bash('ls src').call('Bash', { command: 'make' }, 'Now the build.')
    tree.registry(77, main)
    return tree
  })(),
  resumed: oneAgent((agent) =>
    agent.says('Done: index.ts is ported.').bookkeeping().wait(600).prompt('Now the tests.').fiveHours('15:10:00', '3:10pm (UTC)'),
  ),
  interrupted: oneAgent((agent) => agent.bash('ls src').marker(true).wait(5)),
  structured: oneAgent((agent) => agent.result(agent.nudge().call('StructuredOutput', { ok: true }), 'Structured output provided.')),
}
const IDS: Readonly<Record<string, string>> = { [NEWEST]: 'a0000000000000001', [OLD]: 'a000001' }

export type StoryName = keyof typeof STORIES
export const NAMES = Object.keys(STORIES) as StoryName[]

export interface Subject {
  readonly path: string
  readonly bytes: Buffer
  readonly verdict: (bytes: Uint8Array) => Promise<{ readonly agent: AgentReport; readonly issues: number; readonly torn: boolean }>
}

/** The transcript of a story’s agent, and what is said of the agent where other bytes stand in its place. */
export function subjectOf(name: StoryName): Subject {
  const tree = STORIES[name]
  const files = filesOf(tree)
  const id = IDS[tree.version] ?? ''
  const path = [...files.keys()].find((each) => each.endsWith(`agent-${id}.jsonl`)) ?? AGENT_FILE
  return {
    path,
    bytes: Buffer.from(files.get(path) ?? ''),
    verdict: async (bytes) => {
      const report = await scan(HOME, { files: memoryFiles(new Map<string, string | Uint8Array>(files).set(path, bytes)), checked: false })
      const issues = report.readIssues.filter((issue) => issue.path === `${HOME}/${path}`)
      return { agent: agentOf(report, id), issues: issues.length, torn: issues.some((issue) => issue.reason === 'torn_line') }
    },
  }
}

/** What rests on other proof than the last word. */
export const STURDY: ReadonlySet<TerminalReason> = new Set(REASONS.filter((each) => each.survivesDamage === true).map(({ name }) => name))

/** What damage that shows must not have made of a verdict; null: it may have. */
export function findUpgrade(whole: Pick<AgentReport, 'reason'>, damaged: Pick<AgentReport, 'reason' | 'confidence'>): string | null {
  const { reason, confidence } = damaged
  if (reason === whole.reason || reason === 'unknown') return null
  if (!STURDY.has(reason)) return `${whole.reason} became ${reason}`
  return confidence === 'high' ? `${whole.reason} became ${reason}, high` : null
}
