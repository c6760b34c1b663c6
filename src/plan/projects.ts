import type { Client } from '../clients/client.ts'
import { conventionsOf } from '../clients/worktree-conventions.ts'
import type { JudgedSession } from '../reasons/judged.ts'
import type { Run } from '../facts/run.ts'
import type { WorktreeReport } from '../worktree/worktree-report.ts'
import type { Draft } from './draft.ts'
import { nameRows } from '../preserve/rows.ts'
import { isAbsolutePath, isWithin } from '../text/path.ts'

/** The folders by which a project is known: repository, worktrees, places that somebody worked in. None: it may be any project. */
export type Project = readonly string[]

/** Whether two may be the same project: one folder lies in the other, or nothing tells where one of them is. */
export function isSameProject(some: Project, others: Project): boolean {
  if (some.length === 0 || others.length === 0) return true
  return some.some((one) => others.some((other) => isWithin(one, other) || isWithin(other, one)))
}

/** The project of a worktree or branch. */
export function projectOfRow({ path, repo }: Pick<WorktreeReport, 'path' | 'repo'>): Project {
  return [...new Set([path, repo])].flatMap((each) => (each !== null && isAbsolutePath(each) ? [each] : []))
}

/** The project of a path, with the repository that a client's worktree belongs to. */
export function projectOfPath(path: string, clients: readonly Client[]): Project {
  const around = clients.flatMap(({ worktrees }) => conventionsOf(worktrees).repositoryOf(path) ?? [])
  return [...new Set([path, ...around])]
}

/** Where runs of a session worked, and where it is opened. */
export function projectOfRuns(runs: readonly Run[], { main }: JudgedSession, clients: readonly Client[]): Project {
  const opened = main === null ? [] : [main.run.cwd, main.run.project]
  const paths = runs.flatMap(({ cwd, worktreePath, project, folders }) => [cwd, worktreePath, project, ...folders])
  return [...new Set([...opened, ...paths].flatMap((path) => (path === null || !isAbsolutePath(path) ? [] : projectOfPath(path, clients))))]
}

/** The project of each action that saves work, by its id: those that name no row are of any. */
export function projectsOfDrafts(drafts: readonly Draft[], rows: readonly WorktreeReport[]): ReadonlyMap<string, Project> {
  const named = nameRows(rows)
  return new Map(
    drafts.map(({ id }) => {
      const mine = named
        .filter(({ name }) => id === `preserve-${name}` || id.startsWith(`inspect-worktree-${name}-`))
        .toSorted((a, b) => b.name.length - a.name.length)[0]
      return [id, mine === undefined ? [] : projectOfRow(mine.row)] as const
    }),
  )
}
