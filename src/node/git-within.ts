import { constants } from 'node:fs'
import { chmod, copyFile, mkdir, readdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { type Git, GitUnavailable, type Repository } from '../ports/git.ts'
import type { RawPath, WithinFacts } from '../ports/git-writer.ts'
import { wordOf, type GitOutput, type RunGit } from './git-run.ts'
import { inFolder } from './raw-files.ts'
import { type PrivateGit, writeGitDirectory } from './private-git.ts'

interface Around {
  readonly git: Git
  readonly run: RunGit
  readonly folder: string
  readonly repository: Repository
  readonly inside: PrivateGit
}

const NOTHING: WithinFacts = { unpushed: [], obstacle: null, bytes: 0 }

/** Looks into a repository that lies in a worktree; null: it is a worktree of the same repository. */
export async function openWithin(path: RawPath, around: Around): Promise<WithinFacts | null> {
  const inner = await locateWithin(path, around)
  if (inner === null) return NOTHING
  if (inner.commonDir === around.repository.commonDir) return null
  const ask = (args: readonly string[]): Promise<GitOutput> => around.run({ worktree: inner.worktreePath, args })
  const head = await around.run({
    worktree: inner.worktreePath,
    args: ['rev-parse', '--quiet', '--verify', 'HEAD^{commit}'],
    answers: [0, 1, 128],
  })
  const branches = await ask(['for-each-ref', '--format=%(objectname)', 'refs/heads', 'refs/stash'])
  const tips = [...new Set([...(head.exitCode === 0 ? words(head) : []), ...words(branches)])].toSorted()
  if (tips.length === 0) return NOTHING
  if (words(await ask(['rev-list', '--max-count=1', ...tips, '--not', '--remotes'])).length === 0) return NOTHING
  const [format, isShallow] = words(await ask(['rev-parse', '--show-object-format', '--is-shallow-repository']))
  const isSame = format === (around.inside.facts.oidBytes === 32 ? 'sha256' : 'sha1')
  const bytes = Number(wordOf(await ask(['rev-list', '--objects', '--disk-usage', ...tips])))
  return { unpushed: tips, obstacle: !isSame ? 'other_object_format' : isShallow === 'true' ? 'shallow' : null, bytes }
}

function words(output: GitOutput): readonly string[] {
  return wordOf(output)
    .split('\n')
    .filter((word) => word !== '')
}

/** Null: nothing of its own is there; a worktree of ours that is broken is one of these. */
async function locateWithin(path: RawPath, { git, folder }: Around): Promise<Repository | null> {
  const place = inFolder(folder, path.replace(/\/+$/, '')).toString('utf8')
  try {
    const inner = await git.repositoryOf(place)
    return inner.worktreePath === (await realpath(place)) ? inner : null
  } catch (error) {
    if (error instanceof GitUnavailable || (error instanceof Error && 'code' in error)) return null
    throw error
  }
}

/**
 * Copies commits as one pack. Made in a directory of our own that borrows the objects: in the repository within nothing is written.
 * A pack counts from the moment when its index is there, which comes last.
 */
export async function copyWithin(path: RawPath, commits: readonly string[], around: Around): Promise<void> {
  const inner = await locateWithin(path, around)
  if (inner === null) throw new GitUnavailable('vanished', 'the repository within is gone')
  const gitDir = join(around.inside.folder, `within-${randomUUID()}`)
  await writeGitDirectory(gitDir, around.inside.facts)
  // Quoted as git writes it: a path may hold a line break.
  const quoted = JSON.stringify(join(inner.commonDir, 'objects'))
  await mkdir(join(gitDir, 'objects/info'), { recursive: true })
  await writeFile(join(gitDir, 'objects/info/alternates'), `${quoted}\n`)
  const packs = join(gitDir, 'objects/pack')
  await around.run({
    worktree: around.inside.folder,
    args: ['pack-objects', '--quiet', '--revs', join(packs, 'pack')],
    input: commits.map((oid) => `${oid}\n`).join(''),
    env: { GIT_DIR: gitDir },
  })
  const target = join(around.repository.commonDir, 'objects/pack')
  try {
    await mkdir(target, { recursive: true })
    const names = (await readdir(packs)).filter((name) => /\.(?:pack|rev|idx)$/.test(name))
    for (const ending of ['.pack', '.rev', '.idx']) {
      for (const name of names) if (name.endsWith(ending)) await copyWhole(join(packs, name), join(target, name))
    }
  } catch (error) {
    throw new GitUnavailable(
      'failed',
      `the commits of a repository within could not be copied: ${error instanceof Error ? error.message : ''}`,
    )
  } finally {
    await rm(gitDir, { recursive: true, force: true })
  }
}

/** Under a name of drafts that git itself clears away, until all of it is there. */
async function copyWhole(from: string, to: string): Promise<void> {
  if ((await stat(to).catch(() => null)) !== null) return
  const draft = join(to, '..', `tmp_pack_${randomUUID()}`)
  await copyFile(from, draft, constants.COPYFILE_EXCL)
  await chmod(draft, 0o444)
  await rename(draft, to)
}
