import { describeRisk, hiddenOf, isForgotten, listWork, type NamedRow, nameRows, NEVER_PUSHED } from '../preserve/rows.ts'
import { lastName } from '../text/last-name.ts'
import { isPlainId } from '../text/plain.ts'
import { markOf } from '../text/word.ts'
import type { WorktreeReport } from '../worktree/worktree-report.ts'
import { draft, type Draft } from './draft.ts'
import { findCommandHazard } from './names.ts'
import { PLAIN_WISHES, type PlanWishes } from './wishes.ts'
import { shortRef } from '../text/short-ref.ts'

/** What is done about local-only work, and which action saves which row. */
export interface Preservation {
  readonly drafts: readonly Draft[]
  readonly keptBy: ReadonlyMap<WorktreeReport, string>
}

/**
 * One action for each worktree or branch that holds local-only work; agents at work save theirs themselves. `programs`: the clients;
 * `wanted`: the agents that are still to go on.
 */
export function preserve(
  rows: readonly WorktreeReport[],
  running: ReadonlySet<string>,
  wishes: PlanWishes,
  programs: string,
  roots: readonly string[] = [],
  wanted: ReadonlySet<string> = new Set(),
): Preservation {
  const drafts: Draft[] = []
  const keptBy = new Map<WorktreeReport, string>()
  for (const named of listWork(rows, running, wishes)) {
    if (named.row.repo === null) {
      drafts.push(createHandDraft(named, programs))
      continue
    }
    const saving = createPreserveDraft(named, wishes, roots, programs)
    keptBy.set(named.row, saving.id)
    drafts.push(saving)
  }
  // Saved or not, the folder is no worktree.
  const forgotten = nameRows(rows).filter(({ row }) => isForgotten(row) && row.agents.some((id) => wanted.has(id)))
  drafts.push(...forgotten.map((named) => createForgottenDraft(named, keptBy.get(named.row), programs)))
  return { drafts, keptBy }
}

function createPreserveDraft({ row, name }: NamedRow, wishes: PlanWishes, roots: readonly string[], programs: string): Draft {
  const { ref, bundle, maxFileBytes } = wishes
  const isPushed = wishes.push && row.remoteUrl !== null && row.atRisk.some(({ what }) => !NEVER_PUSHED.has(what))
  const argv = [
    'agent-forensics',
    'preserve',
    // A name that nobody can type is no reason not to save: without one, everything is.
    ...(findCommandHazard(row.path) === null ? [`--worktree=${row.path}`] : []),
    ...roots.map((root) => `--root=${root}`),
    ...(ref === PLAIN_WISHES.ref ? [] : [`--ref=${ref}`]),
    ...(bundle === null ? [] : [`--bundle=${bundle}`]),
    ...(maxFileBytes === PLAIN_WISHES.maxFileBytes ? [] : [`--max-file=${maxFileBytes}`]),
    ...(isPushed ? ['--push'] : []),
  ]
  const short = shortRef(`${ref}/${name}`)
  const isHidden = row.atRisk.some(({ what }) => NEVER_PUSHED.has(what))
  const back = `To restore: git worktree add <folder> ${short}${isHidden ? `; what is never pushed is in ${hiddenOf(`${ref}/${name}`)}/` : ''}.`
  const state = row.dirty.operation === null ? '' : ` The ${row.dirty.operation.replace('_', '-')} in progress is saved as it stands.`
  const what = isForgotten(row) ? 'its files, which git no longer knows' : row.atRisk.map(describeRisk).join(', ')
  return draft({
    step: 'preserve',
    id: `preserve-${name}`,
    kind: 'preserve',
    title: `Save ${row.exists ? lastName(row.path) : (row.branch ?? lastName(row.path))} to ${short}`,
    why: `Local only: ${what}. Starting ${programs} may sweep it.${state} ${back}`,
    commands: argv.every((word) => findCommandHazard(word) === null) ? [{ cwd: '/', argv }] : [],
    preconditions: [
      'git is 2.36 or newer',
      row.exists ? 'nothing writes there in the meantime: later changes get a reference of their own' : 'the repository is still there',
      ...(isPushed ? ['whoever reads origin may read the agent’s work'] : []),
    ],
    risk: `none for the worktree: HEAD, index, files and configuration stay as they are; contents are saved as is; no filter or hook runs${isPushed ? '; what is pushed can be read by others, and nothing there is overwritten' : ''}`,
    cost: `${costOf(row)}${isPushed ? ', and the upload' : ''}`,
    agents: row.agents.filter(isPlainId),
  })
}

function costOf({ atRisk }: WorktreeReport): string {
  const bytes = atRisk.reduce((sum, risk) => sum + (risk.bytes ?? 0), 0)
  return bytes === 0
    ? 'some kilobytes of disk'
    : `about ${bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${Math.ceil(bytes / 1_000_000)} MB`} of disk`
}

function createHandDraft(named: NamedRow, programs: string): Draft {
  const why = 'Its repository was not found: nothing can hold its work.'
  return askAboutWorktree(named, why, programs, {
    title: `Save by hand what is in ${lastName(named.row.path)}`,
    why,
    risk: `starting ${programs} may sweep it`,
  })
}

/** Whoever goes on in a folder that git forgot works on the main checkout. `saving`: the action that saves its files, if one is still to. */
function createForgottenDraft(named: NamedRow, saving: string | undefined, programs: string): Draft {
  const { path } = named.row
  const why = 'Git no longer knows this worktree: its commands act on the main checkout there.'
  return askAboutWorktree(named, why, programs, {
    title: `Move ${lastName(path)} away, or try git worktree repair`,
    why: `${why} Once its content is saved, move ${path} away, or try git worktree repair; then plan again.`,
    risk: 'an agent that continues there would work on the main checkout',
    dependsOn: saving === undefined ? [] : [saving],
  })
}

/** A question about a worktree that holds up its project; `mark` tells it from others about the same one. */
function askAboutWorktree(
  { row, name }: NamedRow,
  mark: string,
  programs: string,
  said: Pick<Draft, 'title' | 'why' | 'risk'> & { readonly dependsOn?: readonly string[] },
): Draft {
  return draft({
    ...said,
    step: 'preserve',
    id: `inspect-worktree-${name}-${markOf(mark)}`,
    kind: 'inspect',
    preconditions: [`no ${programs} command runs before that is done`],
    cost: 'your time',
    agents: row.agents.filter(isPlainId),
  })
}
