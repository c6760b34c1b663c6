import type { WorktreeReport } from './worktree-report.ts'
import { isWithin } from '../text/path.ts'

/** Who is asked about: all agents, or those of the sessions that were chosen (and the project, where one was named). */
export interface Chosen {
  readonly agents: ReadonlySet<string>
  readonly sessions: ReadonlySet<string>
  readonly project: string | null
}

/**
 * Settles whose the rows are that no run claimed. An agent whose transcript is merely not read (it is older than asked, or
 * of another session) is no orphan's; `known` holds the ids of all transcripts that exist. Of a narrowed scan only the rows
 * of the chosen agents stay.
 */
export function resolveOrphans(
  rows: readonly WorktreeReport[],
  known: () => Iterable<string>,
  chosen: Chosen | null,
): readonly WorktreeReport[] {
  if (rows.length === 0) return rows
  const ids = [...known()]
  const named = rows.map((row) => {
    const id = row.agents.length > 0 ? null : idIn(row)
    const agent = id === null ? undefined : ids.find((each) => each === id || (id.length >= SHORT_ID && each.startsWith(id)))
    return agent === undefined ? row : { ...row, agents: [agent], orphan: false }
  })
  if (chosen === null) return named
  return named.filter(
    (row) =>
      row.agents.some((id) => chosen.agents.has(id)) ||
      row.sessions.some((id) => chosen.sessions.has(id)) ||
      (chosen.project !== null && isWithin(row.path, chosen.project)),
  )
}

/** Up to about 2.1.100 worktrees are named by the first 8 digits of the id. */
const SHORT_ID = 7

function idIn({ path, branch }: WorktreeReport): string | null {
  return /[\\/]agent-([A-Za-z0-9_-]+)[\\/]*$/.exec(path)?.[1] ?? /^worktree-agent-([A-Za-z0-9_-]+)$/.exec(branch ?? '')?.[1] ?? null
}
