import { sample, variant } from '../long.ts'
import { rm } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createGit } from '../../src/node/git.ts'
import { createGitWriter } from '../../src/node/git-writer.ts'
import { preserve } from '../../src/plan/preserve.ts'
import { preserveWork } from '../../src/preserve/preserve.ts'
import { PLAIN_WISHES } from '../../src/plan/wishes.ts'
import type { WorktreeReport } from '../../src/worktree/worktree-report.ts'
import { folderOf, type NamedCommit, type Place } from '../../src/worktree/places.ts'
import { createWorld, risk, START, worker, type World } from './world.ts'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.dispose())

const named = (oid: string, folder: string | null, more: Partial<NamedCommit> = {}): NamedCommit => ({
  id: oid.slice(0, 8),
  at: START,
  amends: false,
  isSure: true,
  folder,
  ...more,
})
/** The place of a main thread that made commits. */
const thread = (path: string, made: readonly NamedCommit[], rewrites = false): Place => ({
  path,
  branch: null,
  owners: [],
  visitors: [],
  sessions: [worker('s1', { isMain: true, made, rewrites })],
})
const rows = async (...places: readonly Place[]): Promise<readonly WorktreeReport[]> => (await world.inspect(places)).worktrees
const removeWorktree = async (id: string): Promise<void> => {
  await world.git(world.repo, 'worktree', 'remove', '--force', world.path(id))
  await world.git(world.repo, 'branch', '-D', `worktree-agent-${id}`)
}
async function save(row: WorktreeReport): Promise<void> {
  const { failures } = await preserveWork([row], PLAIN_WISHES, createGitWriter(createGit({ env: world.env }), { env: world.env }))
  expect(failures).toEqual([])
}

describe('commits that only transcripts name', () => {
  const makers = [
    ['an agent’s', (made: readonly NamedCommit[]) => world.place('a1', { worker: { made } })],
    ['a main thread’s', (made: readonly NamedCommit[]) => thread(world.path('a1'), made)],
  ] as const
  it.each(sample(makers, 1))('%s, of a worktree that went with its branch: they exist only here until they are saved', async (_, place) => {
    const path = await world.worktree('a1')
    const first = await world.commit(path, 'one')
    const second = await world.commit(path, 'two')
    await removeWorktree('a1')
    const at = place([named(first, path), named(second, path)])
    const [row, ...others] = await rows(at)
    expect(others).toEqual([])
    expect(row).toMatchObject({ path, exists: false, branch: null, head: second, delivery: 'local', orphan: false, saved: [] })
    expect(row?.atRisk).toEqual([risk('commits', 2)])
    expect(row?.notes).toContain('no branch holds its commits: git removes them in time')
    await save(row as WorktreeReport)
    await world.git(world.repo, 'reflog', 'expire', '--expire=now', '--all')
    await world.git(world.repo, 'gc', '--quiet', '--prune=now')
    const [after] = await rows(at)
    expect(after?.saved).toMatchObject([{ holds: ['commits'], onRemote: false }])
    expect(preserve([after as WorktreeReport], new Set(), PLAIN_WISHES, 'claude').drafts).toEqual([])
  })

  it('are not lost where another branch has them', async () => {
    const path = await world.worktree('a1')
    const oid = await world.commit(path, 'one')
    await world.git(path, 'branch', 'feature')
    await removeWorktree('a1')
    const [row] = await rows(world.place('a1', { worker: { made: [named(oid, path)] } }))
    expect(row).toMatchObject({ head: oid, delivery: 'local', atRisk: [], lostCommits: [] })
    expect(row?.notes).toContain('its commits are on another branch')
  })

  variant('nor where they were squashed, or picked one by one, into what the remote has', async () => {
    for (const [id, how] of [
      ['a1', ['merge', '--squash']],
      ['a2', ['cherry-pick']],
    ] as const) {
      const path = await world.worktree(id)
      const made = [await world.commit(path, `${id} one`), await world.commit(path, `${id} two`)]
      await world.commit(world.repo, `${id} before`)
      await world.git(world.repo, ...how, ...(id === 'a1' ? [`worktree-agent-${id}`] : made))
      if (id === 'a1') await world.git(world.repo, 'commit', '--quiet', '-m', 'both')
      await world.git(world.repo, 'push', '--quiet', 'origin', 'main')
      await removeWorktree(id)
      const commits = made.map((oid) => named(oid, path))
      expect((await rows(world.place(id, { worker: { made: commits } })))[0]).toMatchObject({ delivery: 'merged', atRisk: [] })
      // The same made in the main checkout, on a branch that is gone.
      expect(
        await rows(
          thread(
            world.repo,
            commits.map((commit) => ({ ...commit, folder: world.repo })),
          ),
        ),
      ).toEqual([])
    }
  })

  variant('of the main checkout: a branch that was deleted, a HEAD that was detached', async () => {
    await world.git(world.repo, 'switch', '--quiet', '--detach')
    const oid = await world.commit(world.repo, 'loose')
    await world.git(world.repo, 'switch', '--quiet', 'main')
    await world.write(world.repo, 'mine.txt', 'of a person\n')
    await world.git(world.repo, 'reflog', 'expire', '--expire=now', '--all')
    const [row, ...others] = await rows(thread(world.repo, [named(oid, world.repo)]))
    expect(others).toEqual([])
    expect(row).toMatchObject({ path: world.repo, agents: [], sessions: ['s1'], lostCommits: [oid], atRisk: [risk('reflog', 1)] })
    await save(row as WorktreeReport)
    expect((await rows(thread(world.repo, [named(oid, world.repo)])))[0]?.saved).toMatchObject([{ holds: ['reflog'] }])
    // Who made none, and who made what a branch holds, is told of in no row.
    expect(await rows(thread(world.repo, []))).toEqual([])
    expect(await rows(thread(world.repo, [named(await world.head(world.repo), world.repo)]))).toEqual([])
  })

  variant('do not count where the transcript shows that they were amended', async () => {
    await world.git(world.repo, 'switch', '--quiet', '-c', 'feature')
    const before = await world.commit(world.repo, 'wip')
    await world.write(world.repo, 'more.txt', 'more\n')
    await world.git(world.repo, 'add', '--all')
    await world.git(world.repo, 'commit', '--quiet', '--amend', '-m', 'done')
    const after = await world.head(world.repo)
    const first = named(before, world.repo)
    expect(await rows(thread(world.repo, [first, named(after, world.repo, { amends: true })]))).toEqual([])
    // Without that, nobody can tell.
    expect((await rows(thread(world.repo, [first, named(after, world.repo)])))[0]?.lostCommits).toEqual([before])
  })

  it('are said to be gone once git has removed them, unless something took their place', async () => {
    const path = await world.worktree('a1')
    const oid = await world.commit(path, 'one')
    await removeWorktree('a1')
    await world.git(world.repo, 'reflog', 'expire', '--expire=now', '--all')
    await world.git(world.repo, 'gc', '--quiet', '--prune=now')
    const notes = async (more: Partial<NamedCommit>, rewrites = false): Promise<string | undefined> =>
      (await rows(world.place('a1', { worker: { made: [named(oid, path, more)], rewrites } })))[0]?.notes.find((note) =>
        note.startsWith('git has'),
      )
    expect(await notes({})).toBe(`git has one commit no more that was made here: ${oid.slice(0, 8)}`)
    expect(await notes({}, true)).toBeUndefined()
    expect(await notes({ isSure: false })).toBeUndefined()
    expect(await notes({ folder: null })).toBeUndefined()
  })

  variant('are found in the only repository, where the folder of whoever made them leads to none', async () => {
    const path = `${world.root}/elsewhere/tree`
    await world.git(world.repo, 'worktree', 'add', '--quiet', '-b', 'side', path)
    const oid = await world.commit(path, 'one')
    await world.git(world.repo, 'worktree', 'remove', '--force', path)
    await world.git(world.repo, 'branch', '-D', 'side')
    await rm(`${world.root}/elsewhere`, { recursive: true, force: true })
    const near = named(oid, path, { at: world.at })
    const found = async (commit: NamedCommit): Promise<unknown> =>
      (await rows(thread(world.repo, []), { ...thread(path, [commit]), sessions: [worker('s2', { isMain: true, made: [commit] })] })).map(
        ({ lostCommits }) => lostCommits,
      )
    expect(await found(near)).toEqual([[oid]])
    expect(await found({ ...near, at: world.at + 3_600_000 })).toEqual([])
  })
})

it.each([
  ['git commit -m x', '/w'],
  ['cd /other && git commit -m x', '/other'],
  ['cd sub/../deep && git commit', '/w/deep'],
  ['git -C "../my tree" commit', '/my tree'],
  ['cd $HOME/x && git commit', null],
  ['cd ~/x; git commit', null],
])('the folder of %s is %s', (command, folder) => {
  expect(folderOf(command, '/w')).toBe(folder)
})
