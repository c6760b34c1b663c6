import { lastName } from '../text/last-name.ts'
import { compare } from '../text/order.ts'
import { isPlainId } from '../text/plain.ts'
import { plural } from '../text/plural.ts'
import { markOf, wordOf } from '../text/word.ts'
import { FORGOTTEN, FORGOTTEN_SAVED } from '../worktree/notes.ts'
import type { AtRisk, WorktreeReport } from '../worktree/worktree-report.ts'
import { shortRef } from '../text/short-ref.ts'

/** A row with the name that its references and actions bear. */
export interface NamedRow {
  readonly row: WorktreeReport
  readonly name: string
}

/** Where saved work is to be, beside the rescue references. */
export interface SaveWishes {
  /** Whether rescue references are sent to origin. */
  readonly push: boolean
  /** A folder for bundles of them; null: none. */
  readonly bundle: string | null
}

type What = AtRisk['what']

/** What no push takes along. */
export const NEVER_PUSHED: ReadonlySet<What> = new Set(['ignored', 'submodule', 'stash', 'reflog'])

/** The rows that hold something to save, with their names, and are not left to `running` agents. */
export function listWork(rows: readonly WorktreeReport[], running: ReadonlySet<string>, wishes: SaveWishes): readonly NamedRow[] {
  return nameRows(rows).filter(({ row }) => !isAtWork(row, running) && isToSave(row, wishes))
}

/** All agents of a worktree are at work: they save their work themselves. */
export function isAtWork({ agents }: WorktreeReport, running: ReadonlySet<string>): boolean {
  return agents.length > 0 && agents.every((id) => running.has(id))
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
function isToSave(row: WorktreeReport, { push, bundle }: SaveWishes): boolean {
  const { atRisk, saved, remoteUrl } = row
  const isAsked = bundle !== null || (push && remoteUrl !== null && !saved.some(({ onRemote }) => onRemote))
  if (isForgotten(row) && (isAsked || !row.notes.includes(FORGOTTEN_SAVED))) return true
  const isSaved = (what: What): boolean => saved.some(({ holds }) => holds.includes(what))
  return atRisk.some(({ what }) => bundle !== null || (push && remoteUrl !== null && !NEVER_PUSHED.has(what)) || !isSaved(what))
}

/** A folder that is there, and that its repository does not know any more. */
export function isForgotten(row: WorktreeReport): boolean {
  return row.exists && row.notes.some((note) => note === FORGOTTEN || note === FORGOTTEN_SAVED)
}

/** The prefix of references that no push of branches takes along. */
export function hiddenOf(ref: string): string {
  return `refs/not-pushed/${shortRef(ref)}`
}

const WORDS: Readonly<Record<What, readonly [string, string]>> = {
  commits: ['commit', 'commits'],
  staged: ['staged file', 'staged files'],
  modified: ['modified file', 'modified files'],
  untracked: ['new file or folder', 'new files or folders'],
  ignored: ['ignored file or folder that was made there', 'ignored files or folders that were made there'],
  conflicted: ['file in conflict', 'files in conflict'],
  submodule: ['changed submodule', 'changed submodules'],
  hidden: ['hidden change', 'hidden changes'],
  stash: ['stash', 'stashes'],
  reflog: ['lost commit', 'lost commits'],
}

/** What exists only on this machine, in words: `2 commits`. */
export function describeRisk({ what, count }: Pick<AtRisk, 'what' | 'count'>): string {
  return plural(count, ...WORDS[what])
}
