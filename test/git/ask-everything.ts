import { GitUnavailable, type Git, type Repository } from '../../src/ports/git.ts'

/** Every question of the port about the repository at a path and about each of its remotes; its refusals by question. */
export function askEverything(git: Git, path: string): Promise<Map<string, GitUnavailable>> {
  return ask(git, path, true)
}

/** The questions that read configuration, index, files, commits, patches and remotes; half as many processes as all of them. */
export function askMainQuestions(git: Git, path: string): Promise<Map<string, GitUnavailable>> {
  return ask(git, path, false)
}

async function ask(git: Git, path: string, isWhole: boolean): Promise<Map<string, GitUnavailable>> {
  const refused = new Map<string, GitUnavailable>()
  const attempt = async <T>(name: string, question: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await question()
    } catch (error) {
      if (!(error instanceof GitUnavailable)) throw error
      refused.set(name, error)
      return undefined
    }
  }
  await attempt('version', () => git.version())
  const repository: Repository | undefined = await attempt('repositoryOf', () => git.repositoryOf(path))
  if (repository === undefined) return refused
  const range = { from: ['HEAD'], not: ['refs/remotes/origin/side'], max: 100 }
  const [commit] = (await attempt('log', () => git.log(repository, { ...range, not: [] }))) ?? []
  const oid = commit?.oid ?? '1'.repeat(40)
  await Promise.all([
    attempt('status', () => git.status(repository)),
    attempt('patchIds', () => git.patchIds(repository, { ...range, not: [] })),
    attempt('diffStat', () => git.diffStat(repository)),
  ])
  const more = () => [
    attempt('worktrees', () => git.worktrees(repository)),
    attempt('refs', () => git.refs(repository)),
    attempt('countBetween', () => git.countBetween(repository, 'HEAD', oid)),
    attempt('mergeBase', () => git.mergeBase(repository, 'HEAD', oid)),
    attempt('isAncestor', () => git.isAncestor(repository, oid, 'HEAD')),
    attempt('treeOf', () => git.treeOf(repository, oid)),
    attempt('squashPatchId', () => git.squashPatchId(repository, commit?.parents[0] ?? oid, oid)),
    attempt('hasObjects', () => git.hasObjects(repository, [oid, '2'.repeat(40)])),
    attempt('readBlobs', () => git.readBlobs(repository, oid, ['a.txt', 'src/b.txt'])),
    attempt('conversions', () => git.conversions(repository, ['a.txt', 'src/b.txt'])),
    attempt('changesBetween', () => git.changesBetween(repository, null, oid)),
    attempt('isIndexOf', () => git.isIndexOf(repository, oid)),
    attempt('liesThere', () => git.liesThere(repository, new Map([['a.txt', { mode: '100644', oid }]]))),
    attempt('filesBelow', () => git.filesBelow(repository, ['src', 'a.txt'])),
    attempt('reflog', () => git.reflog(repository, 'HEAD')),
    attempt('stashes', () => git.stashes(repository)),
  ]
  if (isWhole) await Promise.all(more())
  const found = await attempt('remotes', () => git.remotes(repository))
  for (const { url, pushUrl } of found?.remotes ?? []) {
    for (const address of new Set([url, pushUrl])) await attempt('lsRemote', () => git.lsRemote(address, { timeoutMs: 5000 }))
  }
  return refused
}
