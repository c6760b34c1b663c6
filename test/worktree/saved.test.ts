import { variant } from '../long.ts'
import { appendFile, chmod, rm, symlink, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Git } from '../../src/ports/git.ts'
import type { Action } from '../../src/plan/action.ts'
import type { WorktreeReport } from '../../src/worktree/worktree-report.ts'
import { createGit } from '../../src/node/git.ts'
import { createGitWriter } from '../../src/node/git-writer.ts'
import { deliver } from '../../src/plan/deliver.ts'
import { preserve } from '../../src/plan/preserve.ts'
import { preserveWork } from '../../src/preserve/preserve.ts'
import { PLAIN_WISHES, type PlanWishes } from '../../src/plan/wishes.ts'
import { FORGOTTEN, FORGOTTEN_SAVED } from '../../src/worktree/notes.ts'
import { createWorld, type World } from './world.ts'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.dispose())

const RESCUE = 'refs/heads/rescue/a1'

function actions(row: WorktreeReport, wishes: Partial<PlanWishes> = {}): readonly Action[] {
  return preserve([row], new Set(), { ...PLAIN_WISHES, ...wishes }, 'claude').drafts
}

/** Saves what the plan would; the references that hold it. */
async function rescue(row: WorktreeReport, wishes: Partial<PlanWishes> = {}): Promise<string> {
  const { saved, failures } = await preserveWork(
    [row],
    { ...PLAIN_WISHES, ...wishes },
    createGitWriter(createGit({ env: world.env }), { env: world.env }),
  )
  expect(failures).toEqual([])
  return saved.map(({ ref }) => ref).join('\n')
}

const refs = (): Promise<string> => world.git(world.repo, 'for-each-ref', '--format=%(refname) %(objectname)')
const kinds = (row: WorktreeReport): readonly string[] => row.atRisk.map(({ what }) => what)
const held = (row: WorktreeReport): readonly (readonly [string, readonly string[]])[] => row.saved.map(({ ref, holds }) => [ref, holds])

/** Commits, and every kind of change, in the worktree of `a1`. */
async function work(): Promise<string> {
  const path = await world.worktree('a1')
  await world.commit(path, 'done')
  await world.write(path, 'b.txt', 'staged\n')
  await world.git(path, 'add', 'b.txt')
  await world.write(path, 'a.txt', 'one\nTWO\nthree\n')
  await world.git(path, 'add', 'a.txt')
  await world.write(path, 'a.txt', 'one\nTWO\nTHREE\n')
  await world.write(path, 'new/ünï 1.txt', 'new\n')
  await world.write(path, 'run.sh', '#!/bin/sh\n')
  await chmod(join(path, 'run.sh'), 0o755)
  await symlink('nowhere', join(path, 'link'))
  await unlink(join(path, 'done.txt'))
  return path
}

describe('work that a rescue reference holds as it stands', () => {
  it('is told as saved: commits, staged, modified, new, deleted; still only here', async () => {
    await work()
    const before = await world.row('a1')
    expect(before.saved).toEqual([])
    expect(actions(before).map(({ kind }) => kind)).toEqual(['preserve'])
    await rescue(before)
    const after = await world.row('a1')
    expect(after).toEqual({ ...before, saved: [{ ref: RESCUE, holds: ['commits', 'staged', 'modified', 'untracked'], onRemote: false }] })
    expect(actions(after)).toEqual([])
  })

  variant('is so exactly when the script has nothing new to keep', async () => {
    const path = await work()
    await world.write(path, '.env', 'TOKEN=1\n')
    await rescue(await world.row('a1'))
    const changes: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['a new file', () => world.write(path, 'later.txt', 'later\n')],
      ['a changed new file of the same size', () => world.write(path, 'new/ünï 1.txt', 'NEW\n')],
      ['a change taken back', () => world.git(path, 'checkout', 'HEAD', '--', 'b.txt')],
      ['a deleted new file', () => unlink(join(path, 'run.sh'))],
      ['another mode', () => chmod(join(path, 'new/ünï 1.txt'), 0o755)],
      ['another target of a link', async () => (await unlink(join(path, 'link')), symlink('elsewhere', join(path, 'link')))],
      ['what is staged', () => world.git(path, 'add', 'a.txt')],
      ['a commit', () => world.git(path, 'commit', '--quiet', '-m', 'more')],
      ['an ignored file', () => appendFile(join(path, '.env'), 'MORE=1\n')],
      ['one more ignored file', () => world.write(path, 'reports/x.txt', 'x')],
    ]
    // Each takes two looks at the repository and one run of the script.
    for (const [name, change] of changes) {
      await change()
      const row = await world.row('a1')
      expect({ name, actions: actions(row).length }).toEqual({ name, actions: 1 })
      const known = await refs()
      await rescue(row)
      expect({ name, isNew: (await refs()) !== known }).toEqual({ name, isNew: true })
      const saved = await world.row('a1')
      expect({ name, actions: actions(saved) }).toEqual({ name, actions: [] })
      expect(kinds(saved).every((what) => saved.saved.some(({ holds }) => holds.some((each) => each === what)))).toBe(true)
    }
  })

  variant('is at risk again after a change, and saved again under the next name', async () => {
    const path = await work()
    await rescue(await world.row('a1'))
    await world.write(path, 'later.txt', 'later\n')
    const changed = await world.row('a1')
    expect(changed.saved).toEqual([])
    await rescue(changed)
    expect(held(await world.row('a1'))).toEqual([[`${RESCUE}-2`, ['commits', 'staged', 'modified', 'untracked']]])
  })

  variant('is not what the rescue of another agent holds, nor a branch that only bears the name', async () => {
    await work()
    const other = await world.worktree('b2')
    await world.write(other, 'other.txt', 'other\n')
    const rows = (await world.inspect([world.place('a1'), world.place('b2')])).worktrees
    await rescue(rows.find(({ agents }) => agents[0] === 'b2') as WorktreeReport)
    await world.git(world.repo, 'branch', 'rescue/a1', 'main')
    const after = (await world.inspect([world.place('a1'), world.place('b2')])).worktrees
    expect(Object.fromEntries(after.map((row) => [row.agents[0], row.saved.length]))).toEqual({
      a1: 0,
      b2: 1,
    })
  })

  variant('is found under another --ref', async () => {
    await work()
    await rescue(await world.row('a1'), { ref: 'refs/heads/backup/tonight' })
    expect((await world.row('a1')).saved.map(({ ref }) => ref)).toEqual(['refs/heads/backup/tonight/a1'])
    await world.git(world.repo, 'update-ref', '-d', 'refs/heads/backup/tonight/a1')
    await rescue(await world.row('a1'), { ref: 'refs/kept' })
    expect((await world.row('a1')).saved.map(({ ref }) => ref)).toEqual(['refs/kept/a1'])
  })

  it('ignored files, stashes and commits of a reflog, each by its own reference', async () => {
    const path = await world.worktree('a1')
    await world.write(path, '.env', 'TOKEN=1\n')
    await world.write(path, 'reports/deep/x.txt', 'x')
    await world.commit(path, 'lost')
    await world.git(path, 'reset', '--quiet', '--hard', 'HEAD~1')
    await world.write(path, 'a.txt', 'stashed\n')
    await world.git(path, 'stash', '--quiet')
    const row = await world.row('a1')
    expect(kinds(row)).toEqual(['stash', 'reflog', 'ignored'])
    await rescue(row)
    const after = await world.row('a1')
    expect(kinds(after)).toEqual(['stash', 'reflog', 'ignored'])
    expect(held(after)).toEqual([
      ['refs/not-pushed/rescue/a1/ignored', ['ignored']],
      ['refs/not-pushed/rescue/a1/lost', ['reflog']],
      ['refs/not-pushed/rescue/a1/stash', ['stash']],
    ])
    expect(actions(after)).toEqual([])
    await world.write(path, 'a.txt', 'stashed again\n')
    await world.git(path, 'stash', '--quiet')
    const more = await world.row('a1')
    expect(more.saved.flatMap(({ holds }) => holds)).toEqual(['ignored', 'reflog'])
    expect(actions(more)).toHaveLength(1)
  })

  const operations: readonly (readonly [string, readonly string[]])[] = [
    ['a rebase', ['rebase', 'main']],
    ['a merge', ['merge', 'main']],
    ['a cherry-pick', ['cherry-pick', 'main']],
  ]
  variant.each(operations)('in the middle of %s, conflicts and all', async (_, command) => {
    const path = await world.worktree('a1')
    await world.commit(path, 'mine', { 'a.txt': 'mine\n' })
    await world.commit(world.repo, 'theirs', { 'a.txt': 'theirs\n' })
    await world.try(path, ...command)
    const before = await world.row('a1')
    expect(before.dirty.operation).not.toBeNull()
    expect(kinds(before)).toContain('conflicted')
    await rescue(before)
    const after = await world.row('a1')
    expect(held(after)).toEqual([[RESCUE, kinds(before)]])
    await world.write(path, 'a.txt', 'resolved\n')
    expect((await world.row('a1')).saved).toEqual([])
    await rescue(await world.row('a1'))
    expect((await world.row('a1')).saved).toHaveLength(1)
    // What is staged now is what the files hold, which is kept.
    await world.git(path, 'add', 'a.txt')
    expect((await world.row('a1')).saved).toHaveLength(1)
    await world.write(path, 'a.txt', 'resolved otherwise\n')
    expect((await world.row('a1')).saved).toEqual([])
  })

  variant('a repository within is never called saved', async () => {
    const path = await world.worktree('a1')
    await world.git(path, 'init', '--quiet', join(path, 'nested'))
    await world.write(path, 'nested/d.txt', '123')
    await rescue(await world.row('a1'))
    const row = await world.row('a1')
    expect(row.saved).toEqual([])
    expect(actions(row)).toHaveLength(1)
  })

  variant('of a worktree that is gone: its commits, and the note where the rest of it is', async () => {
    const path = await work()
    const before = await world.row('a1')
    await rescue(before)
    await world.git(world.repo, 'worktree', 'remove', '--force', path)
    const row = await world.row('a1')
    expect(row.saved).toEqual([{ ref: RESCUE, holds: ['commits'], onRemote: false }])
    // Its own commit, what was staged, and the files as they lay there.
    expect(row.atRisk).toMatchObject([{ what: 'commits', count: 3 }])
    expect(row.notes).toContain('what was saved of it is in rescue/a1: git worktree add <folder> brings it back')
    expect(actions(row)).toEqual([])
    await world.git(world.repo, 'branch', '--quiet', '-D', 'worktree-agent-a1')
    const bare = await world.row('a1')
    expect(bare).toMatchObject({ branch: null, atRisk: row.atRisk, saved: row.saved })
    expect(actions(bare)).toEqual([])
    await world.git(world.repo, 'push', '--quiet', 'origin', 'rescue/a1')
    expect(await world.row('a1')).toMatchObject({ atRisk: [], saved: [] })
  })

  variant('of a worktree that is gone, whose branch went on: the branch is at risk', async () => {
    const path = await work()
    await rescue(await world.row('a1'))
    await world.commit(path, 'more')
    await world.git(world.repo, 'worktree', 'remove', '--force', path)
    const row = await world.row('a1')
    expect(row).toMatchObject({ saved: [], atRisk: [{ what: 'commits', count: 2 }] })
    expect(actions(row)).toHaveLength(1)
  })

  variant('commits alone, clean', async () => {
    const path = await world.worktree('a1')
    await world.commit(path, 'done')
    await rescue(await world.row('a1'))
    expect(held(await world.row('a1'))).toEqual([[RESCUE, ['commits']]])
    await world.commit(path, 'more')
    expect((await world.row('a1')).saved).toEqual([])
  })
})

describe('a folder that git does not know any more', () => {
  variant('is saved as long as its files are what the reference holds, whatever is ignored', async () => {
    const path = await work()
    await world.write(path, '.gitignore', '*.log\n')
    await rm(join(world.repo, '.git/worktrees'), { recursive: true })
    const forgotten = async (): Promise<WorktreeReport> => {
      const { worktrees } = await world.inspect([world.place('a1')])
      expect(worktrees).toHaveLength(1)
      return worktrees[0] as WorktreeReport
    }
    const before = await forgotten()
    expect([before.notes, actions(before).map(({ kind }) => kind)]).toEqual([expect.arrayContaining([FORGOTTEN]), ['preserve']])
    await rescue(before)
    const after = await forgotten()
    expect([after.notes[0], after.saved.map(({ ref }) => ref), actions(after)]).toEqual([FORGOTTEN_SAVED, [RESCUE], []])
    expect(actions(after, { bundle: '/bundles' })).toHaveLength(1)
    await world.write(path, 'x.log', 'ignored\n')
    expect(actions(await forgotten())).toEqual([])
    const changes = [
      [() => world.write(path, 'later.txt', 'later\n'), () => unlink(join(path, 'later.txt'))],
      [() => world.write(path, 'new/ünï 1.txt', 'NEW\n'), () => world.write(path, 'new/ünï 1.txt', 'new\n')],
      [() => unlink(join(path, 'run.sh')), () => Promise.resolve()],
    ] as const
    for (const [change, takeBack] of changes) {
      await change()
      expect(actions(await forgotten()).map(({ kind }) => kind)).toEqual(['preserve'])
      await takeBack()
    }
    await rescue(await forgotten())
    expect(actions(await forgotten())).toEqual([])
  })
})

describe('a rescue reference that was pushed', () => {
  const pushing = { push: true }

  it('takes what it holds out of what exists only here; ignored files stay', async () => {
    const path = await work()
    await world.write(path, '.env', 'TOKEN=1\n')
    await rescue(await world.row('a1'), pushing)
    const row = await world.row('a1')
    expect(kinds(row)).toEqual(['ignored'])
    expect(row.saved).toEqual([
      { ref: RESCUE, holds: ['staged', 'modified', 'untracked'], onRemote: true },
      { ref: 'refs/not-pushed/rescue/a1/ignored', holds: ['ignored'], onRemote: false },
    ])
    expect(actions(row, pushing)).toEqual([])
    await world.write(path, 'later.txt', 'later\n')
    expect(kinds(await world.row('a1'))).toEqual(['staged', 'modified', 'untracked', 'ignored'])
  })

  variant('asks for the push as long as it was not done', async () => {
    await work()
    await rescue(await world.row('a1'))
    const row = await world.row('a1')
    expect(actions(row)).toEqual([])
    expect(actions(row, pushing).map(({ kind }) => kind)).toEqual(['preserve'])
    expect(actions(row, { bundle: join(world.root, 'bundles') }).map(({ kind }) => kind)).toEqual(['preserve'])
  })

  variant('delivers nothing: the branch is still to be pushed', async () => {
    const path = await world.worktree('a1')
    await world.commit(path, 'done')
    const doers = () => ({ finished: true, wanted: false, isSessionFolder: false })
    const before = await world.row('a1')
    await rescue(before, pushing)
    const row = await world.row('a1')
    expect(row).toMatchObject({ delivery: 'local', atRisk: [], notes: ['the remote has its commits on a rescue branch only'] })
    const push = (each: WorktreeReport) => deliver([each], doers, new Map()).map(({ commands }) => commands)
    expect(push(row)).toEqual(push(before))
    expect(push(row)).toHaveLength(1)
  })

  variant('is unverified offline, by what was last seen of the remote', async () => {
    await work()
    await rescue(await world.row('a1'), pushing)
    // A push leaves nothing behind here: what the remote has is known from the next fetch on.
    await world.git(world.repo, 'fetch', '--quiet', 'origin')
    const row = await world.row('a1', { offline: true })
    expect(row).toMatchObject({ atRisk: [], remote: { unverified: 'offline_requested' }, saved: [{ ref: RESCUE, onRemote: true }] })
  })
})

variant('compares nothing where nothing is at risk, or no reference bears the name', async () => {
  await work()
  const asked: string[] = []
  const comparing = new Set<string>(['changesBetween', 'liesThere', 'isIndexOf', 'filesBelow'])
  const git = new Proxy(createGit({ env: world.env }), {
    get(port, name: keyof Git) {
      if (comparing.has(name)) asked.push(name)
      return port[name]
    },
  })
  await world.row('a1', { git })
  expect(asked).toEqual([])
  await rescue(await world.row('a1'))
  await world.worktree('clean')
  await world.git(world.repo, 'branch', 'rescue/clean', 'main')
  // The transcript of a1 is not read: its worktree tells whose it is.
  const { worktrees } = await world.inspect([world.place('clean')], { git })
  expect(worktrees.map(({ path, saved }) => [path, saved.length])).toEqual([
    [world.path('a1'), 1],
    [world.path('clean'), 0],
  ])
  expect(asked).toEqual(['changesBetween', 'liesThere', 'isIndexOf', 'isIndexOf'])
})
