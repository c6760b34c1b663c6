import { describe, expect, it } from 'vitest'
import type { Report } from '../../src/report/report.ts'
import { markdown } from '../../src/report/markdown.ts'
import type { View } from '../../src/report/reporter.ts'
import { incident, NOW } from '../cli/fake-host.ts'

const view: View = { columns: 80, colorLevel: 0, all: true, verbose: true, timeZone: 'Europe/Kyiv', now: NOW }
const rendered = (report: Report): string => [...markdown.render(report, view)].join('')

/** The longest body that GitHub takes. */
const COMMENT = 65_536

describe('Markdown for a comment', () => {
  it('folds what is long, and leaves the agents in sight', () => {
    const text = rendered(incident())
    const folded = [...text.matchAll(/<details>\n<summary>([^<]*)<\/summary>\n\n\|[^]*?\n\n<\/details>\n/g)]
    expect(folded.map(([, summary]) => summary)).toEqual([
      'The incidents: 2',
      'Where the work is: 11 rows, 6 with local-only work',
      'Limits: 2',
    ])
    expect(text.replace(/<details>[^]*?<\/details>/g, '')).toMatch(
      /\| Move the order service to the new schema \| exit\\_killed \| high \|/,
    )
    expect(text.match(/<details>/g)).toHaveLength(3)
    expect(text.match(/<\/details>/g)).toHaveLength(3)
  })

  it.each([300, 3000])('fits into one comment with %i agents and worktrees, and says how many are left out', (amount) => {
    const report = incident((one) => {
      one.agents = Array.from({ length: amount }, (_, index) => ({
        ...one.agents[index % 11],
        agentId: `a${String(index).padStart(16, '0')}`,
      })) as Report['agents']
      one.worktrees = Array.from({ length: amount }, (_, index) => ({ ...one.worktrees[0], path: `/w/${index}` })) as Report['worktrees']
    })
    const text = rendered(report)
    expect(text.length).toBeLessThan(COMMENT)
    const listed = text.match(/^\| [^|]* \| (?:[a-z_\\]+|no agent known) \| (?:high|medium|low|) \|/gm)?.length ?? 0
    const [, left] = /^(\d+) more did not fit/m.exec(text.split('<details>')[0] ?? '') ?? []
    // So have the worktrees, whose agents are not in the report, and the main threads.
    expect(listed + Number(left ?? 0)).toBe(2 * amount + 3)
    expect(text).toMatch(/Made by agent-forensics .*\n$/)
  })

  it('fits into one comment whatever length its texts have', () => {
    const long = '<details>| @x \\ ` \u200b'.repeat(20_000)
    const report = incident((one) => {
      for (const agent of one.agents) Object.assign(agent, { description: long, summary: long, reportedAs: long })
      for (const row of one.worktrees) Object.assign(row, { branch: long, notes: [long, long] })
      one.readIssues = Array.from({ length: 5000 }, () => ({
        path: long,
        line: 1,
        byteOffset: 0,
        reason: 'torn_line' as const,
        bytes: 1,
        detail: long,
      }))
    })
    const text = rendered(report)
    expect(text.length).toBeLessThan(COMMENT)
    expect(text.match(/(?<!\\)<details>/g)?.length ?? 0).toBe(text.match(/(?<!\\)<\/details>/g)?.length ?? 0)
  })
})
