import { Buffer } from 'node:buffer'
import picomatch from 'picomatch'
import { clients } from '../clients/index.ts'
import { WorktreeConventions } from '../clients/worktree-conventions.ts'
import type { RawPath } from '../ports/git-writer.ts'
import type { WorktreeReport } from '../worktree/worktree-report.ts'
import type { PreserveOptions } from './preserve.ts'

/** What is done with the paths of a worktree. */
export interface PathRules {
  readonly maxFileBytes: number
  /** Left out on purpose. */
  readonly isExcluded: (path: RawPath) => boolean
  /** Ignored, and wanted all the same; null: none is. */
  readonly isIncluded: ((path: RawPath) => boolean) | null
  /** Part of another worktree, which is saved by itself. */
  readonly isForeign: (path: RawPath) => boolean
}

const CONVENTIONS = new WorktreeConventions(clients.flatMap(({ worktrees }) => worktrees ?? []))

/** The rules for one of the rows. */
export function rulesOf(
  { path }: WorktreeReport,
  rows: readonly WorktreeReport[],
  { maxFileBytes, include = [], exclude = [] }: PreserveOptions,
): PathRules {
  const within = rows.filter((row) => row.exists && row.path.startsWith(`${path}/`))
  const others = within.map((row) => `${Buffer.from(row.path.slice(path.length + 1)).toString('latin1')}/`)
  return {
    maxFileBytes,
    isExcluded: createMatcher(exclude),
    isIncluded: include.length === 0 ? null : createMatcher(include),
    isForeign: (raw) => others.some((other) => `${raw}/`.startsWith(other)) || CONVENTIONS.holdsWorktrees(raw),
  }
}

/** Whether a path is meant by one of the globs; one without a slash means any name, and a folder all that is in it. */
function createMatcher(globs: readonly string[]): (path: RawPath) => boolean {
  const matchers = globs.flatMap((glob) => {
    const plain = glob.replace(/^\.?\/+/, '').replace(/\/+$/, '')
    const anywhere = plain.includes('/') ? plain : `**/${plain}`
    return [anywhere, `${anywhere}/**`].map((each) => picomatch(each, { dot: true }))
  })
  return (path) => matchers.some((isMatch) => isMatch(shownPath(path).replace(/\/+$/, '')))
}

/** Paths that something is wrong with, as one sentence; none, no sentence. */
export function listProblem(paths: readonly RawPath[], what: string): readonly string[] {
  if (paths.length === 0) return []
  const names = paths.slice(0, 5).map((path) => shownPath(path))
  const more = paths.length > names.length ? `, and ${paths.length - names.length} more` : ''
  return [`${names.join(', ')}${more}: ${what}`]
}

/** A path as reports spell it: what is not UTF-8 with its bytes beyond ASCII as `\xNN`. */
function shownPath(path: RawPath): string {
  const bytes = Buffer.from(path, 'latin1')
  const text = bytes.toString('utf8')
  if (Buffer.from(text).equals(bytes)) return text
  return path.replace(/[\u0080-\u00ff]/g, (char) => `\\x${char.charCodeAt(0).toString(16)}`)
}
