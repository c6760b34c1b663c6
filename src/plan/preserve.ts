import type { AtRisk, WorktreeReport } from '../worktree/worktree-report.ts'
import { FORGOTTEN } from '../worktree/notes.ts'
import { lastName } from '../text/last-name.ts'
import { compare } from '../text/order.ts'
import { isPlainId } from '../text/plain.ts'
import { plural } from '../text/plural.ts'
import { draft, type Draft } from './draft.ts'
import { markOf, wordOf } from '../text/word.ts'
import { findFolderHazard, findCommandHazard } from './names.ts'
import { PRESERVE_SCRIPT } from './preserve-script.ts'
import type { PlanWishes } from './wishes.ts'

/** What is done about the work that exists only here, and which action keeps which row. */
export interface Preservation {
  readonly drafts: readonly Draft[]
  readonly keptBy: ReadonlyMap<WorktreeReport, string>
}

/** A row with the name that its references and actions bear. */
interface NamedRow {
  readonly row: WorktreeReport
  readonly name: string
}

/** One action for each worktree or branch that holds what exists nowhere else; agents at work keep theirs themselves. `programs`: the clients. */
export function preserve(
  rows: readonly WorktreeReport[],
  running: ReadonlySet<string>,
  wishes: PlanWishes,
  programs: string,
): Preservation {
  const drafts: Draft[] = []
  const keptBy = new Map<WorktreeReport, string>()
  for (const { row, name } of nameRows(rows)) {
    const isAtWork = row.agents.length > 0 && row.agents.every((id) => running.has(id))
    if (isAtWork || (!isToKeep(row, wishes) && !isForgotten(row))) continue
    const place = row.exists && !isForgotten(row) ? row.path : row.repo
    const obstacle = place === null ? 'its repository was not found' : findFolderHazard(place)
    const odd = listNamedPaths(row).filter((path) => findCommandHazard(path) !== null)
    const untold = countUnnamed(row)
    if (place === null || obstacle !== null) {
      drafts.push(createHandDraft(row, name, `No command can be printed for it: ${obstacle ?? ''}.`, programs))
      continue
    }
    if (isForgotten(row))
      drafts.push(createHandDraft(row, name, 'Git does not know the folder any more: copy it away, or try git worktree repair.', programs))
    if (odd.length + untold > 0) {
      drafts.push(
        createHandDraft(
          row,
          name,
          `${plural(odd.length + untold, 'ignored file or folder', 'ignored files or folders')} of it cannot be named in a command: copy by hand.`,
          programs,
        ),
      )
    }
    if (row.branch !== null && findCommandHazard(row.branch) !== null && has(row, 'stash')) {
      drafts.push(
        createHandDraft(
          row,
          name,
          'Its stashes are told by the name of its branch, which cannot stand in a command: keep them by hand.',
          programs,
        ),
      )
    }
    if (!isToKeep(row, wishes)) continue
    const kept = createPreserveDraft(row, name, place, wishes)
    keptBy.set(row, kept.id)
    drafts.push(kept)
    if (wishes.push && row.remoteUrl !== null) drafts.push(createPushDraft(row, name, place, kept.id, wishes))
  }
  return { drafts, keptBy }
}

/** The name of each row, by the agent where there is one, else by the branch or the folder; no two rows share one. */
export function nameRows(rows: readonly WorktreeReport[]): readonly NamedRow[] {
  const taken = new Set<string>()
  return rows
    .toSorted((a, b) => Number(b.exists) - Number(a.exists) || compare(a.path, b.path) || compare(a.branch ?? '', b.branch ?? ''))
    .map((row) => {
      const [agent, ...others] = row.agents
      const base =
        agent !== undefined && others.length === 0 && isPlainId(agent)
          ? agent
          : wordOf(row.exists ? lastName(row.path) : (row.branch ?? lastName(row.path)))
      const name = taken.has(base) ? `${base}-${markOf([row.path, row.branch ?? '', row.repo ?? ''].join('\n'))}` : base
      taken.add(name)
      return { row, name }
    })
    .toSorted((a, b) => compare(a.name, b.name))
}

/** Something of it is in no reference as it stands now, or not yet where it was asked for. */
function isToKeep({ atRisk, saved, remoteUrl }: WorktreeReport, { push, bundle }: PlanWishes): boolean {
  const isSaved = (what: AtRisk['what']): boolean => saved.some(({ holds }) => holds.includes(what))
  const stays = new Set<AtRisk['what']>(['ignored', 'submodule', 'stash', 'reflog'])
  return atRisk.some(({ what }) => bundle !== null || (push && remoteUrl !== null && !stays.has(what)) || !isSaved(what))
}

function isForgotten(row: WorktreeReport): boolean {
  return row.exists && row.notes.includes(FORGOTTEN)
}

/** What git itself would not list: ignored files that the agents made, and submodules. */
function listNamedPaths({ atRisk }: WorktreeReport): readonly string[] {
  return atRisk.flatMap(({ what, paths }) => (what === 'ignored' || what === 'submodule' ? paths : []))
}

function countUnnamed({ atRisk }: WorktreeReport): number {
  return atRisk.reduce((sum, { what, count, paths }) => sum + (what === 'ignored' || what === 'submodule' ? count - paths.length : 0), 0)
}

function has({ atRisk }: WorktreeReport, what: AtRisk['what']): boolean {
  return atRisk.some((risk) => risk.what === what)
}

function createPreserveDraft(row: WorktreeReport, name: string, place: string, wishes: PlanWishes): Draft {
  const inWorktree = row.exists && !isForgotten(row)
  const branch = row.branch === null || findCommandHazard(row.branch) === null ? row.branch : null
  const ref = `${wishes.ref}/${name}`
  const hidden = hiddenOf(ref)
  const argv = [
    'sh',
    '-c',
    PRESERVE_SCRIPT,
    'preserve',
    ref,
    hidden,
    place,
    branch ?? '',
    inWorktree ? '' : (row.head ?? '-'),
    has(row, 'stash') && branch === row.branch ? '1' : '',
    row.lostCommits.join(' '),
    String(wishes.maxFileBytes),
    wishes.bundle ?? '',
    ...listNamedPaths(row).filter((path) => findCommandHazard(path) === null),
  ]
  const short = ref.replace(/^refs\/heads\//, '')
  const isHidden = ['ignored', 'submodule', 'stash', 'reflog'].some((what) => has(row, what as AtRisk['what']))
  const back = `Back again: git worktree add <folder> ${short}${isHidden ? `; what is never pushed is in ${hidden}/` : ''}.`
  const state = row.dirty.operation === null ? '' : ` The ${row.dirty.operation.replace('_', '-')} in progress is kept as it stands.`
  return draft({
    step: 'preserve',
    id: `preserve-${name}`,
    kind: 'preserve',
    title: `Keep ${row.exists ? lastName(row.path) : (row.branch ?? lastName(row.path))} in ${short}`,
    why: `It holds what exists nowhere else: ${row.atRisk.map(describeRisk).join(', ')}. The start of a client may sweep it.${state} ${back}`,
    commands: [{ cwd: place, argv }],
    preconditions: [
      'git is 2.36 or newer',
      inWorktree ? 'nothing writes there meanwhile: what changes later gets a reference of its own' : 'the repository is still there',
    ],
    risk: 'none for the worktree: HEAD, index, files and configuration stay as they are; contents are kept raw, no filter or hook runs',
    cost: costOf(row),
    agents: row.agents.filter(isPlainId),
  })
}

/** The prefix of references that no push of branches takes along. */
function hiddenOf(ref: string): string {
  return `refs/not-pushed/${ref.replace(/^refs\/(?:heads\/)?/, '')}`
}

const WORDS: Readonly<Record<AtRisk['what'], readonly [string, string]>> = {
  commits: ['commit', 'commits'],
  staged: ['staged file', 'staged files'],
  modified: ['modified file', 'modified files'],
  untracked: ['new file or folder', 'new files or folders'],
  ignored: ['ignored file or folder that was made there', 'ignored files or folders that were made there'],
  conflicted: ['file in conflict', 'files in conflict'],
  submodule: ['changed submodule', 'changed submodules'],
  hidden: ['hidden change', 'hidden changes'],
  stash: ['stash', 'stashes'],
  reflog: ['commit that no branch holds', 'commits that no branch holds'],
}

function describeRisk({ what, count }: AtRisk): string {
  return plural(count, ...WORDS[what])
}

function costOf({ atRisk }: WorktreeReport): string {
  const bytes = atRisk.reduce((sum, risk) => sum + (risk.bytes ?? 0), 0)
  return bytes === 0
    ? 'some kilobytes of disk'
    : `about ${bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${Math.ceil(bytes / 1_000_000)} MB`} of disk`
}

/** How the ids of actions begin that send rescue references to a remote. */
export const SENDS_KEPT = 'push-kept-'

function createPushDraft(row: WorktreeReport, name: string, place: string, after: string, wishes: PlanWishes): Draft {
  const ref = `${wishes.ref}/${name}`
  return draft({
    step: 'preserve',
    id: `${SENDS_KEPT}${name}`,
    kind: 'push',
    title: `Send ${ref.replace(/^refs\/heads\//, '')} to origin`,
    why: 'It was asked for (--push): a copy that this machine cannot lose.',
    // Later states have a number behind the name; ignored files, stashes and lost commits lie elsewhere and stay here.
    commands: [{ cwd: place, argv: ['git', 'push', '--no-verify', 'origin', `${ref}:${ref}`, `${ref}-*:${ref}-*`] }],
    preconditions: ['whoever reads origin may read what the agent wrote'],
    dependsOn: [after],
    risk: 'what is pushed can be read by others; nothing there is overwritten (no force)',
    cost: 'the upload',
    agents: row.agents.filter(isPlainId),
  })
}

function createHandDraft(row: WorktreeReport, name: string, why: string, programs: string): Draft {
  return draft({
    step: 'preserve',
    id: `inspect-worktree-${name}-${markOf(why)}`,
    kind: 'inspect',
    title: `Save by hand what is in ${lastName(row.path)}`,
    why,
    preconditions: [`no ${programs} command runs before that is done`],
    risk: 'the start of a client may sweep it',
    cost: 'your time',
    agents: row.agents.filter(isPlainId),
  })
}
