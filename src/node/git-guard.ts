import { statSync, type Stats } from 'node:fs'
import { devNull, homedir } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { GitUnavailable, type Repository } from '../ports/git.ts'
import type { ConfigEntry } from './git-parse.ts'
import { fieldsOf } from './git-parse.ts'
import type { RunGit } from './git-run.ts'

/** As deep as git itself follows what includes what, and as many files as no person has. */
const MAX_DEPTH = 10
const MAX_INCLUDED = 100
const MAX_CONFIG_BYTES = 2 ** 20
const MAX_PATTERN_BYTES = 16 * 2 ** 20

/** Files that git reads without being told to. */
const SHARED = [
  'config',
  'packed-refs',
  'shallow',
  'info/attributes',
  'info/exclude',
  'info/grafts',
  'objects/info/alternates',
  'objects/info/commit-graph',
  'objects/info/commit-graphs/commit-graph-chain',
  'objects/pack/multi-pack-index',
]
const OWN = ['HEAD', 'index', 'config.worktree', 'info/sparse-checkout']
const IN_WORKTREE = ['.gitattributes', '.gitignore', '.gitmodules']

/** A setting that names a file of patterns, with the scope that it comes from. */
export type PatternFile = ConfigEntry

/** The files of patterns that count, of all that is configured; not those that a command line of ours put in their place. */
export function patternFilesIn(entries: readonly ConfigEntry[]): readonly PatternFile[] {
  const written = entries.filter(({ scope }) => scope !== 'command')
  return ['core.attributesfile', 'core.excludesfile'].flatMap((name) => written.findLast(({ key }) => key === name) ?? [])
}

/**
 * Refuses a repository in which git would open what is no plain file (it would wait for ever, or read without end) before git is asked
 * anything. `readSmall`: a bounded text of the git directory, or null where there is none.
 */
export async function guardRepository(
  run: RunGit,
  { gitDir, commonDir, worktreePath }: Repository,
  readSmall: (path: string, maxBytes: number) => Promise<string | null>,
): Promise<void> {
  const places = [SHARED.map((name) => join(commonDir, name)), OWN.map((name) => join(gitDir, name))]
  for (const path of [...places.flat(), ...IN_WORKTREE.map((name) => join(worktreePath, name))]) refuseIrregular(path)
  const seen = new Set<string>()
  let open = [join(commonDir, 'config'), join(gitDir, 'config.worktree')]
  for (let depth = 0; open.length > 0; depth += 1) {
    if (depth > MAX_DEPTH || seen.size > MAX_INCLUDED) throw new GitUnavailable('unreadable_file', `${commonDir}/config includes too much`)
    const included: string[] = []
    for (const path of open) {
      if (seen.has(path)) continue
      seen.add(path)
      refuseIrregular(path, MAX_CONFIG_BYTES)
      // Most include nothing, and then nobody has to take them apart.
      if (/include/i.test((await readSmall(path, MAX_CONFIG_BYTES)) ?? '')) included.push(...(await includedBy(path, run)))
    }
    open = included
  }
}

/** The files that a configuration file includes, under whatever condition. */
async function includedBy(path: string, run: RunGit): Promise<readonly string[]> {
  const question = ['config', '--file', path, '--no-includes', '--type=path', '-z', '--get-regexp', '^include(if\\..*)?\\.path$']
  const { stdout } = await run({ worktree: null, args: question, answers: [0, 1] })
  return fieldsOf(stdout).map((field) => resolve(dirname(path), field.slice(field.indexOf('\n') + 1)))
}

function refuseIrregular(path: string, maxBytes = Infinity): void {
  const stats = statsOf(path)
  if (stats === null || stats.isDirectory()) return
  if (!stats.isFile()) throw new GitUnavailable('unreadable_file', describeEndless(path))
  if (stats.size > maxBytes) throw new GitUnavailable('unreadable_file', `${path} has ${stats.size} bytes, and git would read them all`)
}

/** Why git is not asked where something else lies in the place of a file that it reads. */
export function describeEndless(path: string): string {
  return `${path} is no plain file: git would wait for it, or read it without end`
}

function statsOf(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null
  } catch {
    // What we may not look at, git may not either.
    return null
  }
}

/** By worktree: which files of patterns git is to take for empty ones. Whoever runs git there looks it up, to read and to save. */
const emptied = new Map<string, readonly string[]>()

/** Settings for every command in a worktree that keep git from files of patterns which are no plain files; none for most. */
export function settingsAgainst(worktree: string | null): readonly string[] {
  return (worktree === null ? undefined : emptied.get(worktree)) ?? []
}

/** Looks at the files of patterns that git would read in a worktree. Those that are plain files, or missing, keep their meaning. */
export function notePatternFiles(worktree: string, patterns: readonly PatternFile[], home: string | undefined): void {
  const unfit = patterns.filter((each) => !isFit(each, worktree, home === undefined || home === '' ? homedir() : home))
  if (unfit.length === 0) emptied.delete(worktree)
  else
    emptied.set(
      worktree,
      unfit.map(({ key }) => `${key}=${devNull}`),
    )
}

function isFit({ value, scope }: PatternFile, worktree: string, home: string): boolean {
  const plain = value.replace(/^:\(optional\)/, '')
  // Of another user, or of git's own folder: a person may name it, a repository has no business there.
  if (/^(?:~[^/]|%\(prefix\))/.test(plain)) return scope !== 'local' && scope !== 'worktree'
  const path = plain.startsWith('~') ? join(home, plain.slice(1)) : isAbsolute(plain) ? plain : join(worktree, plain)
  const stats = statsOf(path)
  return stats === null || stats.isDirectory() || (stats.isFile() && stats.size <= MAX_PATTERN_BYTES)
}
