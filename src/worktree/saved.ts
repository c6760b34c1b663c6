import {
  type Commit,
  type Git,
  GitUnavailable,
  type Ref,
  type Repository,
  type Stash,
  type StatusEntry,
  type TreeFile,
} from '../ports/git.ts'
import type { AtRisk, WorktreeReport } from './worktree-report.ts'
import { wordOf } from '../text/word.ts'
import { lastName } from '../text/last-name.ts'
import { shortRef } from '../text/short-ref.ts'

/** Where rescue references keep what nobody should push unseen: ignored files, stashes, commits that no reference held. */
export const NOT_PUSHED = 'refs/not-pushed/'
/** References with the name of one row that are compared. */
const MAX_RESCUES = 20

type Saved = WorktreeReport['saved'][number]

/** Whose work may have been saved: what rescue references are named by. */
export interface Named {
  readonly path: string
  readonly branch: string | null
  readonly agents: readonly string[]
}

/** What a row holds now. */
export interface Held {
  /** Where to ask git about it: its worktree, else the repository. */
  readonly repository: Repository
  readonly head: string | null
  /** As in `Subject`. */
  readonly tips: readonly string[]
  /** What differs from HEAD; null: no worktree is there. */
  readonly entries: readonly StatusEntry[] | null
  /** Tracked files that git was told not to look at, and that differ. */
  readonly hidden: readonly string[]
  readonly stashes: readonly Stash[]
  readonly lost: readonly Commit[]
  readonly atRisk: readonly AtRisk[]
}

/** What one public rescue reference keeps: the whole state of a worktree. */
const STATE: readonly AtRisk['what'][] = ['commits', 'staged', 'modified', 'untracked', 'conflicted', 'hidden']

/** Whether a reference, here or on a remote, is named as one that keeps the work of a row: `<place>/<name>`, `<place>/<name>-2`. */
export function isRescueOf({ path, branch, agents }: Named): (ref: string) => boolean {
  const short = shortRef(branch ?? '')
  const names = [...agents, wordOf(lastName(path)), ...(short === '' ? [] : [wordOf(short)])]
  // Of an agent whose transcript was not read only the beginning of its id is known, or all of it.
  const starts = [lastName(path), short].flatMap((name) => /^(?:worktree-)?agent-([\da-z]{2,})$/i.exec(name)?.[1] ?? [])
  return (ref) => {
    const parts = shortRef(ref).split('/')
    const name = ref.startsWith(NOT_PUSHED) ? parts.at(-2) : parts.at(-1)
    if (name === undefined || parts.length < 2 || /^refs\/(?:remotes|tags|bisect|worktree)\//.test(ref)) return false
    const isNamed = (each: string): boolean => name.startsWith(each) && /^(?:-[\da-f-]+)?$/.test(name.slice(each.length))
    const isBegun = (each: string): boolean => name.startsWith(each) && /^[\da-f]*(?:-[\da-f-]+)?$/.test(name.slice(each.length))
    return names.some(isNamed) || starts.some(isBegun)
  }
}

/**
 * The references that hold exactly what a row holds now, and which part of it: saying so is a comparison of every file, byte
 * for byte, so that work which changed since is not among it. Submodules and repositories within are never called saved.
 */
export async function savedIn(
  held: Held,
  rescues: readonly Ref[],
  isElsewhere: (oid: string) => boolean,
  git: Git,
): Promise<readonly Saved[]> {
  if (held.atRisk.length === 0 || rescues.length === 0) return []
  const refs = rescues.filter(({ symbolicTarget }) => symbolicTarget === null).slice(0, MAX_RESCUES)
  const saved: Saved[] = []
  const add = (ref: Ref, kinds: readonly AtRisk['what'][]): void => {
    const holds = held.atRisk.map(({ what }) => what).filter((what) => kinds.includes(what))
    if (holds.length > 0) saved.push({ ref: ref.name, holds, onRemote: isElsewhere(ref.oid) })
  }
  for (const ref of refs) {
    const part = ref.name.startsWith(NOT_PUSHED) ? lastName(ref.name).replace(/-\d+$/, '') : null
    try {
      if (part === null && (await holdsState(held, ref.oid, git))) add(ref, STATE)
      if (part === 'ignored' && (await holdsIgnored(held, ref.oid, git))) add(ref, ['ignored'])
      if (part === 'stash' && held.stashes.length > 0 && (await reaches(held, ref.oid, oidsOf(held.stashes), git))) add(ref, ['stash'])
      if (part === 'lost' && held.lost.length > 0 && (await reaches(held, ref.oid, oidsOf(held.lost), git))) add(ref, ['reflog'])
    } catch (error) {
      // What cannot be compared is not called saved.
      if (!(error instanceof GitUnavailable)) throw error
    }
  }
  return saved
}

/** The reference that holds a folder that git does not know: what it is based on, and every file as it lies there, ignored ones apart. */
export async function findFolderIn(
  rescues: readonly Ref[],
  { repository, folder, head }: { readonly repository: Repository; readonly folder: string; readonly head: string | null },
  git: Git,
): Promise<Ref | null> {
  for (const ref of rescues
    .filter(({ name, symbolicTarget }) => symbolicTarget === null && !name.startsWith(NOT_PUSHED))
    .slice(0, MAX_RESCUES)) {
    try {
      const isBased = head === null || (await git.isAncestor(repository, head, ref.oid))
      const base = isBased && head !== null ? await git.changesBetween(repository, head, ref.oid) : new Map<string, null>()
      const gone = [...base].filter(([, file]) => file === null)
      const files = new Map([...gone, ...(await git.changesBetween(repository, null, ref.oid))])
      if (isBased && (await git.folderHolds(repository, folder, files))) return ref
    } catch (error) {
      if (!(error instanceof GitUnavailable)) throw error
    }
  }
  return null
}

/** Whether a rescue holds all of these commits. Of none it does; git would read an empty list as HEAD. */
async function reaches({ repository }: Held, rescue: string, oids: readonly string[], git: Git): Promise<boolean> {
  return oids.length === 0 || (await git.log(repository, { from: oids, not: [rescue], max: 1 })).length === 0
}

function oidsOf(commits: readonly { readonly oid: string }[]): readonly string[] {
  return commits.map(({ oid }) => oid)
}

/** Its commits, what is staged, and every file as it lies there. */
async function holdsState(held: Held, rescue: string, git: Git): Promise<boolean> {
  const { repository, head, tips, entries, hidden } = held
  if (!(await reaches(held, rescue, tips, git))) return false
  if (entries === null) return true
  const changes = await git.changesBetween(repository, head, rescue)
  const differing = [...entries.filter(({ kind }) => DIFFERS.has(kind)).map(({ path }) => path), ...hidden]
  // A folder that stands for a repository within.
  if (differing.some((path) => path.endsWith('/'))) return false
  const files = new Map<string, TreeFile | null>([...changes].filter(([, file]) => file?.mode !== GITLINK))
  const asInHead = differing.filter((path) => !files.has(path))
  if (asInHead.length > 0) {
    const there = await git.readBlobs(repository, rescue, asInHead)
    for (const path of asInHead) files.set(path, there.get(path) ?? null)
  }
  return (await git.liesThere(repository, files)) && holdsIndex(held, rescue, git)
}

const DIFFERS: ReadonlySet<StatusEntry['kind']> = new Set(['staged', 'modified', 'both', 'untracked', 'conflicted'])
const GITLINK = '160000'

/** Whether what is staged is in HEAD, in the rescued files, or in the commit that was made of it beside them. */
async function holdsIndex({ repository, head, entries }: Held, rescue: string, git: Git): Promise<boolean> {
  if (!(entries ?? []).some(({ kind }) => kind === 'staged' || kind === 'both' || kind === 'conflicted')) return true
  const [commit] = await git.log(repository, { from: [rescue], not: [], max: 1 })
  const beside = (commit?.parents ?? []).filter((oid) => oid !== head)
  for (const oid of [rescue, ...beside]) if (await git.isIndexOf(repository, oid)) return true
  return false
}

/** Of more files than are named in the report nobody knows which they are. */
async function holdsIgnored({ repository, atRisk }: Held, rescue: string, git: Git): Promise<boolean> {
  const ignored = atRisk.find(({ what }) => what === 'ignored')
  if (ignored === undefined || ignored.count > ignored.paths.length) return false
  const [files, paths] = await Promise.all([git.changesBetween(repository, null, rescue), git.filesBelow(repository, ignored.paths)])
  return paths !== null && paths.length === files.size && paths.every((path) => files.has(path)) && git.liesThere(repository, files)
}
