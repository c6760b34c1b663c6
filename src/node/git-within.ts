import { realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { GitUnavailable, type Repository } from '../ports/git.ts'
import type { RawPath, WithinFacts } from '../ports/git-writer.ts'
import { wordOf } from './git-run.ts'
import type { PrivateGit } from './private-git.ts'
import { inFolder } from './raw-files.ts'

const NOTHING: WithinFacts = { unpushed: [], obstacle: null, bytes: 0 }

/** Looks into a repository that lies in a worktree; null: it is a worktree of the same repository. */
export async function openWithin(path: RawPath, around: PrivateGit): Promise<WithinFacts | null> {
  const inner = await locateWithin(path, around)
  if (inner === null) return NOTHING
  if (inner.commonDir === around.repository.commonDir) return null
  const ask = async (...args: readonly string[]): Promise<string> => wordOf(await around.run({ worktree: inner.worktreePath, args }))
  // Last of all HEAD: where it has no commit, it is left out.
  const named = await ask('rev-parse', '--revs-only', '--branches', '--glob=refs/stas[h]', 'HEAD')
  const tips = [...new Set(named.split('\n'))].filter((oid) => oid !== '').toSorted()
  if (tips.length === 0 || (await ask('rev-list', '--max-count=1', ...tips, '--not', '--remotes')) === '') return NOTHING
  const { oidBytes } = await around.git.factsOf(inner)
  const isShallow = ((await stat(join(inner.commonDir, 'shallow')).catch(() => null))?.size ?? 0) > 0
  const bytes = Number(await ask('rev-list', '--objects', '--disk-usage', ...tips))
  const obstacle = oidBytes === around.facts.oidBytes ? (isShallow ? 'shallow' : null) : 'other_object_format'
  return { unpushed: tips, obstacle, bytes }
}

/** Null: nothing of its own is there; a worktree of ours that is broken is one of these. */
async function locateWithin(path: RawPath, { git, place }: PrivateGit): Promise<Repository | null> {
  const folder = inFolder(place, path).toString('utf8')
  try {
    const inner = await git.repositoryOf(folder)
    return inner.worktreePath === (await realpath(folder)) ? inner : null
  } catch (error) {
    if (error instanceof GitUnavailable || (error instanceof Error && 'code' in error)) return null
    throw error
  }
}

/** Copies commits as one pack, borrowing the objects: in the repository within nothing is written. The pack's index comes last. */
export async function copyWithin(path: RawPath, commits: readonly string[], around: PrivateGit): Promise<void> {
  const inner = await locateWithin(path, around)
  if (inner === null) throw new GitUnavailable('vanished', 'the repository within is gone')
  // Quoted as git writes it: a path may hold a colon.
  const borrowed = { ...around.env, GIT_ALTERNATE_OBJECT_DIRECTORIES: JSON.stringify(join(inner.commonDir, 'objects')) }
  await around.run({
    worktree: around.folder,
    args: ['pack-objects', '--quiet', '--revs', join(around.repository.commonDir, 'objects/pack/pack')],
    input: commits.map((oid) => `${oid}\n`).join(''),
    env: borrowed,
  })
}
