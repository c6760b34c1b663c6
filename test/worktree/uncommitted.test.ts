import { variant } from '../long.ts'
import { execFileSync } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWorld, CLEAN, risk, worker, type World } from './world.ts'

let world: World
let head: string

beforeEach(async () => {
  world = await createWorld()
  head = await world.head(world.repo)
})
afterEach(() => world.dispose())

describe('what is not committed', () => {
  it('nothing done', async () => {
    await world.worktree('a1')
    expect(await world.row('a1')).toEqual(world.expected('a1', { head }))
  })

  it('staged, with the lines and bytes of the file', async () => {
    const path = await world.worktree('a1')
    await world.write(path, 'a.txt', 'one\nTWO\nthree\n')
    await world.git(path, 'add', 'a.txt')
    expect(await world.row('a1')).toEqual(
      world.expected('a1', {
        head,
        dirty: { ...CLEAN, staged: 1 },
        atRisk: [risk('staged', 1, { lines: 2, bytes: 14, paths: ['a.txt'] })],
      }),
    )
  })

  it('modified, deleted, and staged with more on top', async () => {
    const path = await world.worktree('a1')
    await world.write(path, 'a.txt', 'one\ntwo\nthree\nfour\n')
    await world.git(path, 'add', 'a.txt')
    await world.write(path, 'a.txt', 'one\ntwo\nthree\nfour\nfive\n')
    await rm(join(path, 'b.txt'))
    expect(await world.row('a1')).toEqual(
      world.expected('a1', {
        head,
        dirty: { ...CLEAN, staged: 1, modified: 2 },
        atRisk: [
          risk('staged', 1, { lines: 2, bytes: 24, paths: ['a.txt'] }),
          risk('modified', 1, { lines: 1, bytes: 0, paths: ['b.txt'] }),
        ],
      }),
    )
  })

  it('a file that git cannot read costs the count of lines, and nothing else', async () => {
    const path = await world.worktree('a1')
    await world.write(path, 'a.txt', 'one\n')
    await rm(join(path, 'b.txt'))
    execFileSync('mkfifo', [join(path, 'b.txt')])
    await world.write(path, 'new.txt', 'new\n')
    expect(await world.row('a1')).toEqual(
      world.expected('a1', {
        head,
        dirty: { ...CLEAN, modified: 2, untracked: 1 },
        atRisk: [risk('modified', 2, { bytes: 4, paths: ['a.txt', 'b.txt'] }), risk('untracked', 1, { bytes: 4, paths: ['new.txt'] })],
      }),
    )
  })

  it('untracked, a nested repository measured as a whole', async () => {
    const path = await world.worktree('a1')
    await world.write(path, 'new/c.txt', '12345')
    await world.git(path, 'init', '--quiet', join(path, 'nested'))
    await world.write(path, 'nested/d.txt', '123')
    const row = await world.row('a1')
    expect(row).toMatchObject({
      dirty: { ...CLEAN, untracked: 2 },
      atRisk: [{ what: 'untracked', count: 2, paths: ['nested/', 'new/c.txt'] }],
    })
    expect(row.atRisk[0]?.bytes).toBeGreaterThan(8)
  })

  it('ignored but produced: what the agent wrote, .env, reports, a build; not what an install makes again', async () => {
    const path = await world.worktree('a1')
    await world.write(path, '.env', 'TOKEN=1\n')
    await world.write(path, 'reports/e2e/run.txt', 'report')
    await world.write(path, 'build/out.js', 'js')
    await world.write(path, 'node_modules/x/index.js', 'x')
    await world.write(path, '.claude/settings.local.json', '{}')
    const row = await world.row('a1')
    expect(row).toEqual(
      world.expected('a1', {
        head,
        dirty: { ...CLEAN, ignored: 3 },
        atRisk: [risk('ignored', 3, { bytes: 16, paths: ['.env', 'build/', 'reports/'] })],
      }),
    )
  })

  variant('ignored and older than the agent: copied by the client, unless the agent wrote it, even into node_modules', async () => {
    const path = await world.worktree('a1')
    await world.write(path, '.env', 'TOKEN=1\n')
    await world.write(path, 'run.log', 'x')
    await world.write(path, 'node_modules/x/index.js', 'x')
    const late = { startedAt: Date.now() + 60_000, endedAt: null }
    const written = { ...late, writtenFiles: [join(path, 'run.log'), join(path, 'node_modules/x/index.js')] }
    const { worktrees } = await world.inspect([world.place('a1', { worker: written })])
    expect(worktrees[0]?.atRisk).toEqual([risk('ignored', 2, { bytes: 2, paths: ['node_modules/', 'run.log'] })])
    const { worktrees: without } = await world.inspect([world.place('a1', { worker: late })])
    expect(without[0]?.atRisk).toEqual([])
  })

  variant('hidden from git status', async () => {
    const path = await world.worktree('a1')
    await world.git(path, 'update-index', '--assume-unchanged', 'a.txt')
    await world.git(path, 'update-index', '--skip-worktree', 'b.txt')
    await world.write(path, 'a.txt', 'changed\n')
    await world.write(path, 'b.txt', 'changed\n')
    expect(await world.row('a1')).toEqual(
      world.expected('a1', {
        head,
        dirty: { ...CLEAN, modified: 2 },
        atRisk: [risk('hidden', 2, { bytes: 16, paths: ['a.txt', 'b.txt'] })],
        notes: ['files that differ are hidden from git status (assume-unchanged or skip-worktree)'],
      }),
    )
  })

  variant('stashes of its branch, and no others', async () => {
    const path = await world.worktree('a1')
    await world.worktree('a2')
    await world.write(path, 'a.txt', 'stashed\n')
    await world.git(path, 'stash', 'push', '--quiet')
    expect(await world.row('a1')).toEqual(world.expected('a1', { head, stashes: 1, atRisk: [risk('stash', 1)] }))
    expect(await world.row('a2')).toEqual(world.expected('a2', { head }))
  })

  variant('a dirty submodule, and a commit in one', async () => {
    const library = join(world.root, 'library')
    await world.git(world.root, 'init', '--quiet', library)
    await world.commit(library, 'library')
    const path = await world.worktree('a1')
    await world.git(path, 'submodule', '--quiet', 'add', library, 'lib')
    await world.git(path, 'commit', '--quiet', '-m', 'add lib')
    await world.git(path, 'push', '--quiet', 'origin', 'HEAD')
    await world.write(path, 'lib/new.txt', 'new')
    const row = await world.row('a1')
    expect(row).toMatchObject({ delivery: 'pushed', dirty: { ...CLEAN, modified: 1 }, atRisk: [risk('submodule', 1, { paths: ['lib'] })] })
    await world.commit(join(path, 'lib'), 'only in the submodule')
    expect(await world.row('a1')).toMatchObject({ dirty: { ...CLEAN, modified: 1 }, atRisk: [risk('submodule', 1, { paths: ['lib'] })] })
  })
})

describe('operations in progress', () => {
  async function conflict(id: string): Promise<string> {
    const other = await world.clone()
    await world.commit(other, 'theirs', { 'a.txt': 'one\ntheirs\nthree\n' })
    await world.git(other, 'push', '--quiet', 'origin', 'main')
    const path = await world.worktree(id)
    await world.git(world.repo, 'fetch', '--quiet')
    return path
  }

  variant('a rebase in its second step, its branch and commits kept', async () => {
    const path = await conflict('a1')
    await world.commit(path, 'fine')
    const tip = await world.commit(path, 'mine', { 'a.txt': 'one\nmine\nthree\n' })
    await world.try(path, 'rebase', 'origin/main')
    const row = await world.row('a1')
    expect(row).toMatchObject({
      branch: 'worktree-agent-a1',
      head: await world.head(path),
      delivery: 'local',
      dirty: { ...CLEAN, conflicted: 1, operation: 'rebase' },
      atRisk: [risk('commits', 3), risk('conflicted', 1, { bytes: row.atRisk[1]?.bytes ?? null, paths: ['a.txt'] })],
      notes: [
        'a rebase is in progress (step 2 of 2): git rebase --continue finishes it, git rebase --abort goes back to worktree-agent-a1',
      ],
    })
    expect(tip).not.toBe(row.head)
  })

  variant('a rebase in its first step is nothing merged', async () => {
    const path = await conflict('a1')
    await world.commit(path, 'mine', { 'a.txt': 'one\nmine\nthree\n' })
    await world.try(path, 'rebase', 'origin/main')
    expect(await world.row('a1')).toMatchObject({ delivery: 'local', ahead: 0, atRisk: [risk('commits', 1), { what: 'conflicted' }] })
  })

  it('a merge', async () => {
    const path = await conflict('a1')
    const tip = await world.commit(path, 'mine', { 'a.txt': 'one\nmine\nthree\n' })
    await world.try(path, 'merge', 'origin/main')
    const row = await world.row('a1')
    expect(row).toEqual(
      world.expected('a1', {
        head: tip,
        delivery: 'local',
        ahead: 1,
        behind: 1,
        dirty: { ...CLEAN, conflicted: 1, operation: 'merge' },
        atRisk: [risk('commits', 1), risk('conflicted', 1, { bytes: row.atRisk[1]?.bytes ?? null, paths: ['a.txt'] })],
        notes: ['a merge is in progress: git merge --continue finishes it, git merge --abort goes back', 'origin/main has 1 newer commit'],
      }),
    )
  })

  variant.each([
    ['cherry-pick', 'cherry_pick'],
    ['revert', 'revert'],
  ])('a %s', async (command, operation) => {
    const path = await conflict('a1')
    const tip = await world.commit(path, 'mine', { 'a.txt': 'one\nmine\nthree\n' })
    const later = await world.commit(path, 'later', { 'a.txt': 'one\nlater\nthree\n' })
    await world.try(path, command, command === 'revert' ? tip : 'origin/main')
    expect(await world.row('a1')).toMatchObject({
      head: later,
      delivery: 'local',
      dirty: { ...CLEAN, conflicted: 1, operation },
      notes: [
        `a ${command} is in progress: git ${command} --continue finishes it, git ${command} --abort goes back`,
        'origin/main has 1 newer commit',
      ],
    })
  })

  variant('a bisect', async () => {
    const path = await world.worktree('a1')
    const first = await world.head(path)
    await world.commit(path, 'two')
    await world.commit(path, 'three')
    await world.commit(path, 'four')
    await world.git(path, 'bisect', 'start')
    await world.git(path, 'bisect', 'bad')
    await world.git(path, 'bisect', 'good', first)
    expect(await world.row('a1')).toMatchObject({
      branch: 'worktree-agent-a1',
      delivery: 'local',
      dirty: { ...CLEAN, operation: 'bisect' },
      atRisk: [risk('commits', 3)],
      notes: ['a bisect is in progress: git bisect reset goes back to worktree-agent-a1'],
    })
  })
})

it('worktrees of other agents are not untracked files of the main checkout', async () => {
  await world.write(world.repo, '.gitignore', '')
  await world.git(world.repo, 'commit', '--quiet', '--all', '-m', 'ignore nothing')
  await world.git(world.repo, 'push', '--quiet')
  await world.worktree('a1')
  await world.write(world.repo, 'left.txt', 'left')
  const here = {
    path: world.repo,
    branch: null,
    owners: [],
    visitors: [worker('a9', { writtenFiles: [join(world.repo, 'left.txt')], commits: false })],
    sessions: [],
  }
  const { worktrees } = await world.inspect([here])
  expect(worktrees.find((row) => row.path === world.repo)).toMatchObject({
    agents: ['a9'],
    dirty: { ...CLEAN, untracked: 1 },
    atRisk: [risk('untracked', 1, { bytes: 4, paths: ['left.txt'] })],
  })
})
