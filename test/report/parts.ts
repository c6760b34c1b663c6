import { emptyRow } from '../../src/worktree/empty-row.ts'
import type { Report } from '../../src/report/report.ts'

export type Worktree = Report['worktrees'][number]
export type AtRisk = Worktree['atRisk'][number]
export type Action = Report['plan']['actions'][number]

/** Something that is on no remote. */
export function risk(what: AtRisk['what'], count: number, rest: Partial<AtRisk> = {}): AtRisk {
  return { what, count, lines: null, bytes: null, paths: [], ...rest }
}

/** A worktree of which a test says what matters. */
export function row(rest: Partial<Worktree>): Worktree {
  return {
    ...emptyRow('/w/shop'),
    repo: '/w',
    remoteUrl: 'https://example.org/w.git',
    branch: 'main',
    head: '0'.repeat(40),
    base: 'origin/main',
    exists: true,
    ahead: 0,
    behind: 0,
    remote: { checkedAt: '2026-05-31T20:10:00.000Z' },
    orphan: true,
    ...rest,
  }
}

/** An action of which a test says what matters. */
export function action(kind: Action['kind'], rest: Partial<Action> = {}): Action {
  const none = { title: '', why: '', commands: [], preconditions: [], notBefore: null, dependsOn: [], risk: '', cost: '', agents: [] }
  return { ...none, session: null, id: `${kind}-x`, kind, ...rest }
}
