import { sample } from '../long.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BuiltOn } from '../../src/incident/work-item.ts'
import type { Report } from '../../src/report/report.ts'
import { FORMATS } from '../../src/report/index.ts'
import { displayWidth } from '../../src/text/escape.ts'
import { expectStated } from '../stated.ts'
import { incident, run } from './fake-host.ts'
import { incidentWith, workItemWith } from '../report/story-parts.ts'

/** T01 and T02 of reliability.md, section 2. */
/** How many of these texts are usually tried. */
const TRIED = 7
const HOSTILE = [
  '\u001b[2J\u001b[31mred',
  '\u001b]0;title\u0007',
  '\u001b]8;;http://evil\u001b\\link\u001b]8;;\u001b\\',
  '\u001b]52;c;cm0gLXJm\u0007',
  '\u001bP+q544e\u001b\\',
  '\u001b_apc\u001b\\',
  '\u009b31m\u009d0;c1\u009c\u0090dcs',
  '\u001b]0;unterminated',
  '\u001b\u001b[31m[31mnested',
  'bell\u0007 back\b\b\b cr\rover nul\0 del\u007f',
  'line\none\ttwo\n## heading\n::error::x',
  '\u202egnp.exe\u202c \u2066iso\u2069 \u200bzero\u200d \ufeff \u061c',
  'm\u0430in tag\u{e0041}\u{e007f} half\ud800',
  '| a | `code` ``x`` <img src=x onerror=alert(1)> [a](http://x) ![i](x) @everyone #1 $x$ &lt; https://x www.x.org',
]

/** Puts a text wherever a transcript could have put it. */
function poisonReport(text: string): Report {
  return incident((report) => {
    for (const agent of report.agents) {
      Object.assign(agent, { agentId: agent.agentId + text, agentType: text, description: text, cwd: text, gitBranch: text, summary: text })
      Object.assign(agent, { reportedAs: text, worktreePath: `/w/${text}`, model: text })
      if (agent.limit !== null) agent.limit.text = text
      if (agent.waitingOn !== null) agent.waitingOn.name = text
      for (const evidence of agent.evidence) if (evidence.kind === 'record') evidence.excerpt = text
    }
    for (const session of report.sessions) Object.assign(session, { summary: text, cwd: text })
    for (const issue of report.readIssues) Object.assign(issue, { path: `/p/${text}`, detail: text })
    const hint: BuiltOn = {
      on: text,
      kind: 'agent',
      id: text,
      by: text,
      sessionId: text,
      names: 'branch',
      what: text,
      at: null,
      summary: text,
      evidence: { kind: 'absence', shows: text, path: text, line: null, byteOffset: null },
    }
    const ids = { id: text, agents: [text], sessionIds: [text], workflowRunIds: [text] }
    const said = { summary: text, reportedAs: text, texts: [{ text, count: 5 }], builtOn: [hint, { ...hint, kind: 'commit' as const }] }
    report.incidents.push(incidentWith({ ...ids, ...said }), incidentWith({ ...ids, ...said, cause: 'overloaded', limit: null }))
    const item = { id: text, title: text, attempts: [text, text], builtOn: [hint, { ...hint, kind: 'commit' as const }] }
    report.workItems.push(
      workItemWith({ ...item, state: 'done', doneBy: text }),
      workItemWith({ ...item, maybeDoneBy: text, certainty: 'low' }),
    )
    report.agents.forEach((agent) => (agent.supersededBy = text))
    const [row] = report.worktrees
    if (row === undefined) throw new Error('the stored incident has worktrees')
    const worktree: typeof row = {
      ...row,
      path: `/w/${text}`,
      repo: text,
      remoteUrl: text,
      branch: text,
      base: text,
      agents: [],
      delivery: 'local',
      dirty: { staged: 0, modified: 1, untracked: 0, ignored: 0, conflicted: 0, operation: text },
      atRisk: [{ what: 'modified', count: 1, lines: 2, bytes: 10, paths: [text] }],
      remote: { unverified: text },
      lock: { reason: text, pid: null, alive: null },
      orphan: true,
      notes: [text],
    }
    const safely: typeof row = {
      ...worktree,
      delivery: 'pull_request',
      atRisk: [],
      pullRequest: { number: 7, state: 'open', url: text, source: 'gh' },
    }
    const [agent] = report.agents
    report.worktrees = [
      worktree,
      { ...worktree, path: text, exists: false },
      { ...worktree, agents: [agent?.agentId ?? '', text], orphan: false },
      safely,
      { ...safely, delivery: 'pushed', pullRequest: null, newPullRequestUrl: text },
    ]
  })
}

const UNSAFE =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Surrogate}/u

it('is as many texts as docs/internals/reliability.md says', () => expectStated('terminal control', TRIED, HOSTILE.length))

describe.each(sample(HOSTILE, TRIED))('%j', (text) => {
  it.each(FORMATS)('cannot reach the terminal through %s', async (format) => {
    for (const argv of [
      ['--format', format],
      ['--format', format, '--all', '--verbose'],
      ['worktrees', '--format', format],
    ]) {
      const { code, stdout, stderr } = await run(argv, { report: poisonReport(text) })
      expect(code).toBe(0)
      expect(stdout).not.toMatch(UNSAFE)
      expect(stderr).not.toMatch(UNSAFE)
    }
  })

  it('comes back from the JSON as it went in', async () => {
    const report = poisonReport(text)
    expect(JSON.parse((await run(['--json'], { report })).stdout)).toEqual(report)
  })
})

describe('any text at all', () => {
  const columns = fc.integer({ min: 40, max: 160 })

  it('brings no control byte to the screen', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), columns, async (text, width) => {
        for (const command of ['scan', 'worktrees'])
          expect((await run([command], { report: poisonReport(text), columns: width })).stdout).not.toMatch(UNSAFE)
      }),
      { numRuns: 40, examples: [['\0\0\u{e0100}\u{20000}', 47]] },
    )
  })

  // Only what cli-table3 measures as we do: it pads rarer scripts (Tangut, Nushu) by older tables.
  it('makes no line wider than the screen', async () => {
    const unit = fc.constantFrom('a', 'bc', ' ', '/', '|', '日', '한', 'é', 'я', '🚀', '✅', '\u001b', '\n', '\u202e')
    await fc.assert(
      fc.asyncProperty(fc.string({ unit, maxLength: 120 }), columns, async (text, width) => {
        for (const command of ['scan', 'worktrees']) {
          const { stdout } = await run([command], { report: poisonReport(text), columns: width })
          // A command is never broken.
          const lines = stdout.split('\n').filter((line) => !/^ *(?:agent-forensics|hcloud) /.test(line))
          for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width)
        }
      }),
      { numRuns: 40 },
    )
  })
})

describe('Markdown', () => {
  it('renders hostile text as itself', async () => {
    const { stdout } = await run(['--format', 'markdown'], { report: poisonReport(HOSTILE.at(-1) ?? '') })
    expect(stdout).toContain('\\| a \\| \\`code\\` \\`\\`x\\`\\` \\<img src=x onerror=alert(1)\\> \\[a\\](http\\://x)')
    expect(stdout).toContain('@<!-- -->everyone #<!-- -->1 \\$x\\$ \\&lt; https\\://x www\\.x.org')
  })

  it('keeps its table square', async () => {
    const { stdout } = await run(['--format', 'markdown'], { report: poisonReport('a|b\n|c\\|d') })
    const cells = stdout
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .map((line) => line.replace(/\\./g, '').split('|').length)
    expect(new Set(cells)).toEqual(new Set([10, 6, 7]))
  })

  it('takes no leading mark for a list', async () => {
    for (const mark of ['- x', '+ x', '# x', '1. x', '2) x', '> x', '=== x']) {
      const { stdout } = await run(['--format', 'markdown'], {
        report: incident((report) => report.readIssues.forEach((issue) => (issue.path = mark))),
      })
      expect(stdout).not.toContain(`  - ${mark.slice(0, 2)}`)
    }
  })
})
