import type { AgentReport, Report } from '../../src/report/report.ts'
import { outcomeOf, TERMINAL_REASON_NAMES } from '../../src/reasons/terminal-reason.ts'
import type { View } from '../../src/report/reporter.ts'
import { isObject } from '../../src/text/json.ts'
import { htmlPage } from '../../src/report/html/html.ts'
import { goodNews, incident, NOW } from '../cli/fake-host.ts'

export const VIEW: View = { columns: 80, colorLevel: 0, all: false, verbose: false, timeZone: 'Europe/Kyiv', now: NOW }

/** The page of a report, as a file has it. */
export function pageOf(report: Report, view: Partial<View> = {}): string {
  return [...htmlPage.render(report, { ...VIEW, ...view })].join('')
}

/** The stored incident with every list of the report filled. */
export function fullReport(change: (report: Report) => void = () => {}): Report {
  return incident((report) => {
    const limited = report.agents.filter(({ reason }) => reason === 'rate_limited' || reason === 'retry_storm')
    const [first, second] = report.agents as [AgentReport, AgentReport]
    report.incidents.push({
      id: 'i1',
      cause: 'rate_limited',
      firstAt: '2026-05-31T19:22:30.000Z',
      lastAt: '2026-05-31T19:27:41.000Z',
      spanMs: 311_000,
      attempts: 5,
      meanIntervalMs: 960,
      minIntervalMs: 410,
      agents: limited.map(({ agentId }) => agentId),
      startedAfterKnown: 2,
      tokens: { input: 1_200_000, output: 77_133, cacheRead: 800_000, cacheWrite: 0 },
      overAt: '2026-06-01T00:50:00.000Z',
      workedPastAt: null,
      builtOn: [
        {
          on: first.agentId,
          kind: 'agent',
          id: second.agentId,
          by: second.agentId,
          sessionId: second.sessionId,
          names: 'branch',
          what: 'worktree-agent-a1',
          at: '2026-05-31T19:30:00.000Z',
          summary: 'its prompt names the branch',
          evidence: { kind: 'record', shows: 'its prompt', path: first.transcript.path ?? '', line: 1, byteOffset: 0, excerpt: null },
        },
      ],
      limit: null,
      backoff: false,
      texts: [{ text: 'You have hit your limit', count: 5 }],
      sessionIds: [],
      workflowRunIds: [],
      countedAgents: limited.length,
      toolUses: 282,
      wallClockMs: 628_578,
      reportedAs: 'completed',
      clientFigures: null,
      summary: '5 refusals in 311 s, one every 0.96 s, no back-off',
    })
    report.workItems.push({
      id: 'w1',
      title: 'Move the order service',
      attempts: [first.agentId, second.agentId],
      state: 'done',
      doneBy: second.agentId,
      doingBy: null,
      maybeDoneBy: null,
      certainty: 'medium',
      joins: [{ from: first.agentId, to: second.agentId, by: 'prompt', certainty: 'medium' }],
      builtOn: [],
    })
    first.evidence.push({
      kind: 'record',
      shows: 'its last call was never answered',
      path: first.transcript.path ?? '',
      line: 44,
      byteOffset: 91_204,
      excerpt: 'npm run migrate\n--all',
    })
    Object.assign(first, {
      workItemId: 'w1',
      supersededBy: second.agentId,
      checkpoint: 'needs_continuation',
      receipt: {
        task: 'Move the order service\nto the new schema',
        lastWords: 'Now the migration',
        filesWritten: ['src/orders.ts'],
        filesWrittenCount: 3,
        gitCommands: ['git commit -m wip'],
        inFlight: ['Bash'],
      },
    })
    report.plan.actions.push(
      {
        id: 'a1',
        kind: 'preserve',
        title: 'Save the worktree of the order service',
        why: 'It exists nowhere else.',
        commands: [{ cwd: "/home/olena/it's here", argv: ['git', 'stash', 'create', '$(rm -rf ~)'] }],
        preconditions: ['its worktree still exists'],
        notBefore: null,
        session: null,
        dependsOn: [],
        risk: 'none',
        cost: '',
        agents: [first.agentId],
      },
      {
        id: 'a2',
        kind: 'resume',
        title: 'Resume the session',
        why: 'Five agents wait for the limit.',
        commands: [{ cwd: '/home/olena/shop', argv: ['claude', '--resume', '7f3a12c4\u202e'] }],
        preconditions: [],
        notBefore: '2026-06-01T00:50:00.000Z',
        session: null,
        dependsOn: ['a1'],
        risk: '',
        cost: 'about 40,000 tokens',
        agents: [],
      },
    )
    change(report)
  })
}

/** A report of any size: sessions of 40 agents, some nested and some in workflow runs, that ended in every way there is. */
export function manyAgents(amount: number): Report {
  return incident((report) => {
    const [session] = report.sessions
    const [agent] = report.agents
    if (session === undefined || agent === undefined) throw new Error('the stored incident has both')
    const start = Date.parse('2026-05-24T08:00:00Z')
    const at = (ms: number) => new Date(start + ms).toISOString()
    report.worktrees = []
    report.workflows = []
    report.sessions = Array.from({ length: Math.ceil(amount / 40) }, (_, index) => ({
      ...session,
      sessionId: `${String(index).padStart(8, '0')}-0f6e-4a37-8a55-90cc1f2e7a02`,
      startedAt: at(index * 3_000_000),
      endedAt: at(index * 3_000_000 + 7_200_000),
    }))
    report.agents = Array.from({ length: amount }, (_, index) => {
      const home = Math.floor(index / 40)
      const within = index % 40
      const began = home * 3_000_000 + within * 60_000
      return {
        ...agent,
        agentId: `a${String(index).padStart(16, '0')}`,
        description: `Piece ${index} of the work`,
        kind: 'subagent' as const,
        sessionId: report.sessions[home]?.sessionId ?? null,
        parentAgentId: within % 5 === 4 ? `a${String(index - 1).padStart(16, '0')}` : null,
        workflowRunId: within >= 20 && within % 5 !== 4 ? `wf_${home}` : null,
        startedAt: at(began),
        endedAt: at(began + 30_000 + within * 90_000),
        reason: TERMINAL_REASON_NAMES[index % TERMINAL_REASON_NAMES.length] ?? 'completed',
      }
    })
    const died = report.agents.filter(({ reason }) => outcomeOf(reason) === 'died').length
    report.counts = { ...report.counts, agents: amount, died, sessions: report.sessions.length }
  })
}

/** Agents that fan out by the dozen, of which most end alike. */
export function alikeAgents(): Report {
  const report = manyAgents(400)
  report.agents.forEach((agent, index) => {
    const within = index % 40
    const reason = index > 200 || within < 24 ? 'completed' : within < 38 ? 'rate_limited' : 'exit_killed'
    Object.assign(agent, { parentAgentId: null, workflowRunId: null, reason })
  })
  return report
}

/** The full report with every time another one, or none; the incident is what follows from them, and so there is none. */
export function timed(instant: string | null): Report {
  return fullReport((report) => {
    report.incidents = []
    for (const one of [...report.agents, ...report.sessions])
      Object.assign(one, { startedAt: instant, endedAt: instant, silence: null, limit: null })
  })
}

/** Good news of a few agents. */
export function trimmed(amount: number): Report {
  const report = goodNews()
  report.agents = report.agents.slice(0, amount)
  return report
}

/** What ends an element, starts a script, loads from elsewhere or turns text around. Each would set `window.taken`, or make a request. */
export const HOSTILE = [
  '</script><script>window.taken=1</script>',
  '</style></title></textarea></noscript><img src=x onerror="window.taken=1">',
  '"><svg onload="window.taken=1"><a href="javascript:window.taken=1">x</a>',
  "' autofocus onfocus='window.taken=1' x='",
  'javascript:window.taken=1',
  '<!--<script>window.taken=1//-->',
  '--><iframe src="https://elsewhere.example/"></iframe>',
  ']]><meta http-equiv="refresh" content="0;url=https://elsewhere.example/">',
  '<link rel=stylesheet href=https://elsewhere.example/x.css><base href=https://elsewhere.example/>',
  "{{constructor.constructor('window.taken=1')()}} ${window.taken=1} <%= window.taken=1 %> #{window.taken=1}",
  '&lt;script&gt;window.taken=1&lt;/script&gt; &#x3c;img src=x&#x3e;',
  'url(https://elsewhere.example/x.png); background: url("https://elsewhere.example/y.png")',
  '\u202egnp.exe\u202c \u2066iso\u2069 \u200bzero\u2028line\u2029paragraph \ufeff half\ud800',
  '\u001b]8;;https://elsewhere.example\u0007link\u001b[31m\0',
  '__proto__',
  'x'.repeat(100_000),
  '<b>'.repeat(20_000),
] as const

/** Fields with a closed set of values: what stands elsewhere would not pass for a report at all. */
const CLOSED = new Set(
  'formatVersion reason reasons basis confidence kind tail attribution delivery mergedBy what state source resetSource on certainty cause checkpoint byReason names by'.split(
    ' ',
  ),
)

/** The full report with hostile text in every string that may hold any. Ids stay different from each other. */
export function hostileReport(): Report {
  let used = 0
  const next = () => HOSTILE[used++ % HOSTILE.length] as string
  const ids = new Map<string, string>()
  const poisonValue = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') {
      if (CLOSED.has(key)) return value
      // Half of the times stay, so that there are bars.
      if (/^\d{4}-\d\d-\d\dT/.test(value) && used % 2 === 0) {
        used += 1
        return value
      }
      if (!/(^id|Ids?|ttempts|gents|By|dependsOn)$/.test(key)) return next()
      if (!ids.has(value)) ids.set(value, `${value}${next()}`)
      return ids.get(value)
    }
    if (Array.isArray(value)) return value.map((one) => poisonValue(one, key))
    if (!isObject(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [name, key === 'agents' && typeof one === 'number' ? one : poisonValue(one, name)]),
    )
  }
  return poisonValue(fullReport(), '') as Report
}
