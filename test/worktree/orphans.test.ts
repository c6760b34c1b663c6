import { describe, expect, it } from 'vitest'
import type { WorktreeReport } from '../../src/worktree/worktree-report.ts'
import { emptyRow } from '../../src/worktree/empty-row.ts'
import { resolveOrphans } from '../../src/worktree/orphans.ts'

function row(path: string, agents: readonly string[] = [], branch: string | null = null): WorktreeReport {
  return { ...emptyRow(path), repo: '/home/dev/app', branch, exists: true, agents: [...agents], orphan: agents.length === 0 }
}

const ID = 'a0000000000000001'
const worktree = `/home/dev/app/.claude/worktrees/agent-${ID}`

describe('whose a worktree is', () => {
  it('an agent whose transcript exists, read or not, is no orphan’s', () => {
    const [known, other] = resolveOrphans([row(worktree), row('/home/dev/app/.claude/worktrees/agent-a9')], () => [ID], null)
    expect(known).toMatchObject({ agents: [ID], orphan: false })
    expect(other).toMatchObject({ agents: [], orphan: true })
  })

  it('a branch and a shortened name tell it too, but not a few letters', () => {
    const [branch, short, few] = resolveOrphans(
      [
        row('/home/dev/app', [], `worktree-agent-${ID}`),
        row('/home/dev/app/.claude/worktrees/agent-a0000000'),
        row('/home/dev/app/.claude/worktrees/agent-a0'),
      ],
      () => [ID],
      null,
    )
    expect([branch?.agents, short?.agents, few?.agents]).toEqual([[ID], [ID], []])
  })

  it('of a narrowed scan only the chosen agents’ rows stay, and those of a project that was named', () => {
    const rows = [row(worktree, [ID]), row('/home/dev/other/.claude/worktrees/agent-b', ['b']), row('/home/dev/app/x')]
    expect(resolveOrphans(rows, () => [], { agents: new Set([ID]), sessions: new Set(), project: null }).map(({ path }) => path)).toEqual([
      worktree,
    ])
    expect(
      resolveOrphans(rows, () => [], { agents: new Set(), sessions: new Set(), project: '/home/dev/app' }).map(({ path }) => path),
    ).toEqual([worktree, '/home/dev/app/x'])
  })
})
