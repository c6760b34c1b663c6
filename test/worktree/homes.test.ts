import { sample, variant } from '../long.ts'
import { execFileSync } from 'node:child_process'
import { appendFile, mkdir, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { WorktreeReport } from '../../src/worktree/worktree-report.ts'
import { createGit } from '../../src/node/git.ts'
import { CLEAN, createWorld, risk, START, worker, type World } from './world.ts'

let world: World

beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.dispose())

const MINUTE = 60_000
/** A row with one commit that is only here. */
const ONE_COMMIT: Partial<WorktreeReport> = { delivery: 'local', ahead: 1, atRisk: [risk('commits', 1)] }

async function rows(...places: Parameters<World['inspect']>[0]): Promise<readonly WorktreeReport[]> {
  const { worktrees, issues } = await world.inspect(places)
  expect(issues).toEqual([])
  return worktrees
}

/** The folder of the repository, met by a session without agents. */
const metFolder = (): Parameters<World['inspect']>[0][number] => ({
  path: world.repo,
  branch: null,
  owners: [],
  visitors: [],
  sessions: [],
})

describe('names that are not UTF-8', () => {
  const UNREAD = 'name_not_utf8: its name is not UTF-8, so that nothing can be asked about it'
  // File systems of macOS refuse such names.
  it.skipIf(process.platform !== 'linux')('are an issue, and what they name is never gone', async () => {
    const raw = join(world.repo, '.claude/worktrees/agent-')
    const add = `git -C '${world.repo}' worktree add --quiet -b worktree-agent-odd "$(printf '${raw}\\377')"`
    execFileSync('sh', ['-c', add], { env: { ...process.env, ...world.env } })
    const { worktrees, issues } = await world.inspect([metFolder()])
    expect(worktrees.map(({ branch }) => branch)).not.toContain('worktree-agent-odd')
    expect(issues.map(({ path, reason, detail }) => [path, reason, detail])).toEqual([[`${raw}\\xff`, 'git', UNREAD]])
    // A folder that git has forgotten is found by its `.git` alone.
    await rm(join(world.repo, '.git/worktrees'), { recursive: true })
    expect((await world.inspect([metFolder()])).issues.map(({ path, detail }) => [path, detail])).toEqual([[`${raw}\\xff`, UNREAD]])
  })

  it('that a client wrote down as it could are no proof that nothing is there', async () => {
    const place = world.place('a1', { path: `${world.path('a1')}\uFFFD` })
    const { worktrees, issues } = await world.inspect([metFolder(), place])
    expect([worktrees.filter(({ agents }) => agents.includes('a1')), issues.map(({ detail }) => detail)]).toEqual([[], [UNREAD]])
  })
})

describe('worktrees that are gone', () => {
  it('with their branch, still listed', async () => {
    const path = await world.worktree('a1')
    const head = await world.commit(path, 'one')
    await rm(path, { recursive: true })
    const row = await world.row('a1')
    expect(row).toEqual(
      world.expected('a1', {
        head,
        exists: false,
        forcesToRestore: 1,
        ...ONE_COMMIT,
        notes: [
          'the worktree is gone, but its branch exists',
          'git still lists it (gitdir file points to non-existent location): git worktree prune would forget it',
        ],
      }),
    )
  })

  variant('with their branch, forgotten by git', async () => {
    const path = await world.worktree('a1')
    const head = await world.commit(path, 'one')
    await world.git(world.repo, 'worktree', 'remove', '--force', path)
    expect(await world.row('a1')).toEqual(
      world.expected('a1', {
        head,
        exists: false,
        forcesToRestore: 0,
        ...ONE_COMMIT,
        notes: ['the worktree is gone, but its branch exists'],
      }),
    )
  })

  it('without their branch', async () => {
    const path = await world.worktree('a1')
    await world.commit(path, 'one')
    await world.git(world.repo, 'worktree', 'remove', '--force', path)
    await world.git(world.repo, 'branch', '--quiet', '-D', 'worktree-agent-a1')
    expect(await world.row('a1')).toEqual(
      world.expected('a1', {
        branch: null,
        exists: false,
        ahead: null,
        behind: null,
        notes: ['the worktree is gone, and so is its branch', 'its agent made commits: git fsck --lost-found may still find them'],
      }),
    )
  })

  variant('detached, with commits that only the log of the worktree knows', async () => {
    const path = await world.worktree('a1')
    await world.git(path, 'checkout', '--quiet', '--detach')
    const head = await world.commit(path, 'one')
    await world.git(world.repo, 'branch', '--quiet', '-D', 'worktree-agent-a1')
    await rm(path, { recursive: true })
    const row = await world.row('a1')
    expect(row).toMatchObject({ exists: false, branch: null, head, delivery: 'local', atRisk: [{ what: 'commits', count: 1 }] })
  })

  variant.each(['renamed', 'switched'])('%s their branch before', async (how) => {
    const path = await world.worktree('a1')
    if (how === 'renamed') await world.git(path, 'branch', '-m', 'feat/one')
    else await world.git(path, 'checkout', '--quiet', '-b', 'feat/one')
    const head = await world.commit(path, 'one')
    await world.git(world.repo, 'worktree', 'remove', '--force', path)
    if (how === 'switched') await world.git(world.repo, 'branch', '--quiet', '-D', 'worktree-agent-a1')
    const [row, ...others] = await rows(world.place('a1', { worker: { branches: how === 'switched' ? ['feat/one'] : [] } }))
    expect(others).toEqual([])
    expect(row).toMatchObject({ agents: ['a1'], branch: 'feat/one', head, exists: false, delivery: 'local', atRisk: [risk('commits', 1)] })
    expect(row?.notes).toContain('it was made for the branch worktree-agent-a1, which was renamed or deleted')
  })

  it('together with their repository', async () => {
    const place = world.place('a1')
    await world.dispose()
    expect(await rows(place)).toEqual([
      world.expected('a1', {
        repo: null,
        remoteUrl: null,
        base: null,
        exists: false,
        ahead: null,
        behind: null,
        remote: null,
        notes: ['neither the worktree nor its repository is on this machine: they belong to another one, or were moved or removed'],
      }),
    ])
  })
})

it('worktrees that are there, and whose repository is broken: unreadable, since they may hold the only copy', async () => {
  const path = await world.worktree('a1')
  const nested = { ...world.place('a1'), path: join(path, 'src'), owners: [] }
  await rm(join(world.repo, '.git'), { recursive: true })
  const { worktrees, issues } = await world.inspect([world.place('a1'), nested])
  expect(worktrees).toMatchObject([{ path, exists: true, repo: null, agents: ['a1'] }])
  expect(worktrees[0]?.notes).toEqual([expect.stringContaining('its folder exists') as string])
  expect(issues).toEqual([expect.objectContaining({ path, reason: 'git' })])
})

describe('worktrees that moved', () => {
  it('by git, and are found under their new path', async () => {
    const path = await world.worktree('a1')
    const head = await world.commit(path, 'one')
    const target = join(world.root, 'elsewhere')
    await world.git(world.repo, 'worktree', 'move', path, target)
    const expected = world.expected('a1', {
      path: target,
      head,
      ...ONE_COMMIT,
      notes: [`it was moved here from ${path}`],
    })
    expect(await rows(world.place('a1'))).toEqual([expected])
    await world.git(target, 'branch', '-m', 'other')
    expect(await rows(world.place('a1'))).toMatchObject([{ path: target, branch: 'other', agents: ['a1'], delivery: 'local' }])
  })

  variant('by hand: the old path is prunable', async () => {
    const path = await world.worktree('a1')
    await world.commit(path, 'one')
    await rename(path, join(world.root, 'elsewhere'))
    expect(await rows(world.place('a1'))).toMatchObject([{ path, exists: false, delivery: 'local', atRisk: [risk('commits', 1)] }])
  })

  variant('their files are left, and git has forgotten them', async () => {
    const path = await world.worktree('a1')
    await world.commit(path, 'one')
    await rm(join(world.repo, '.git', 'worktrees'), { recursive: true })
    const { worktrees, issues } = await world.inspect([world.place('a1')])
    expect(worktrees).toMatchObject([
      {
        path,
        exists: true,
        agents: ['a1'],
        delivery: 'local',
        atRisk: [risk('commits', 1)],
        notes: ['git no longer knows this worktree (git worktree repair may help): its files cannot be compared'],
      },
    ])
    expect(issues).toMatchObject([{ path, reason: 'git' }])
  })
})

describe('locks', () => {
  const reason = 'claude agent agent-a1 (pid 4242 start 99)'

  const owners = [
    [false, ['it is locked by a process that has ended']],
    [true, ['it is locked by a process that is alive']],
    [null, []],
  ] as const
  it.each(sample(owners, 1))('of a process that is alive: %s', async (alive, notes) => {
    const head = await world.head(await world.worktree('a1'))
    await world.git(world.repo, 'worktree', 'lock', '--reason', reason, world.path('a1'))
    expect(await world.row('a1', { alive })).toEqual(world.expected('a1', { head, lock: { reason, pid: 4242, alive }, notes: [...notes] }))
  })

  variant('by a person', async () => {
    await world.worktree('a1')
    await world.git(world.repo, 'worktree', 'lock', '--reason', 'on a stick', world.path('a1'))
    expect(await world.row('a1')).toMatchObject({ lock: { reason: 'on a stick', pid: null, alive: null }, notes: [] })
  })
})

describe('branches', () => {
  variant('renamed by the agent', async () => {
    const path = await world.worktree('a1')
    await world.git(path, 'branch', '-m', 'feat/one')
    const head = await world.commit(path, 'one')
    expect(await rows(world.place('a1'))).toEqual([
      world.expected('a1', {
        branch: 'feat/one',
        head,
        ...ONE_COMMIT,
        notes: ['it was made for the branch worktree-agent-a1, which was renamed or deleted'],
      }),
    ])
  })

  it('switched: what was left on the first one is a row of its own', async () => {
    const path = await world.worktree('a1')
    const left = await world.commit(path, 'left')
    await world.git(path, 'checkout', '--quiet', '-b', 'feat/one', 'origin/main')
    const head = await world.head(path)
    expect(await rows(world.place('a1'))).toEqual([
      world.expected('a1', {
        exists: false,
        head: left,
        ...ONE_COMMIT,
        notes: ['a branch of its agent; the worktree is now on another one'],
      }),
      world.expected('a1', {
        branch: 'feat/one',
        head,
        delivery: 'none',
        notes: ['it was made for the branch worktree-agent-a1, which it is no longer on'],
      }),
    ])
  })

  variant('switched, and nothing was left: one row', async () => {
    const path = await world.worktree('a1')
    await world.git(path, 'checkout', '--quiet', '-b', 'feat/one')
    await world.commit(path, 'one')
    await world.git(path, 'push', '--quiet', 'origin', 'HEAD')
    expect(await rows(world.place('a1'))).toMatchObject([{ branch: 'feat/one', delivery: 'pushed', atRisk: [] }])
  })

  variant('HEAD is detached, with commits', async () => {
    const path = await world.worktree('a1')
    await world.git(path, 'checkout', '--quiet', '--detach')
    const head = await world.commit(path, 'one')
    expect(await rows(world.place('a1'))).toEqual([
      world.expected('a1', {
        branch: null,
        head,
        ...ONE_COMMIT,
        notes: ['HEAD is detached: its commits belong to no branch'],
      }),
    ])
  })

  variant('unborn', async () => {
    const path = await world.worktree('a1')
    await world.git(path, 'checkout', '--quiet', '--orphan', 'fresh')
    await world.git(path, 'rm', '--quiet', '-rf', '.')
    await world.write(path, 'new.txt', 'new')
    expect(await rows(world.place('a1'))).toMatchObject([
      {
        branch: 'fresh',
        head: null,
        delivery: 'none',
        ahead: null,
        dirty: { ...CLEAN, untracked: 1 },
        atRisk: [risk('untracked', 1, { bytes: 3, paths: ['new.txt'] })],
      },
    ])
  })
})

describe('commits that only a log knows', () => {
  it('amended, and reset', async () => {
    const path = await world.worktree('a1')
    await world.commit(path, 'one')
    await world.write(path, 'one.txt', 'other\n')
    await world.git(path, 'commit', '--quiet', '--all', '--amend', '-m', 'better')
    expect(await world.row('a1')).toMatchObject({ delivery: 'local', atRisk: [risk('commits', 1), risk('reflog', 1)] })
    await world.git(path, 'reset', '--quiet', '--hard', 'origin/main')
    const head = await world.head(path)
    const { lostCommits, ...row } = await world.row('a1')
    expect(lostCommits).toHaveLength(2)
    expect({ ...row, lostCommits }).toEqual(world.expected('a1', { head, atRisk: [risk('reflog', 2)], lostCommits }))
  })

  variant('not those that a rebase, or an amended message, put others in the place of', async () => {
    const path = await world.worktree('a1')
    await world.commit(path, 'one')
    await world.git(path, 'commit', '--quiet', '--amend', '-m', 'one, better said')
    const clone = await world.clone()
    await world.commit(clone, 'theirs')
    await world.git(clone, 'push', '--quiet')
    await world.git(path, 'fetch', '--quiet')
    await world.git(path, 'rebase', '--quiet', 'origin/main')
    expect(await world.row('a1')).toMatchObject({ delivery: 'local', ahead: 1, behind: 0, atRisk: [risk('commits', 1)], notes: [] })
  })

  variant('not those that the remote has', async () => {
    const path = await world.worktree('a1')
    await world.commit(path, 'one')
    await world.git(path, 'push', '--quiet', 'origin', 'HEAD:refs/heads/saved')
    await world.git(path, 'reset', '--quiet', '--hard', 'HEAD~1')
    expect(await world.row('a1')).toMatchObject({ delivery: 'none', atRisk: [] })
  })
})

describe('who worked where', () => {
  variant('two agents in one worktree, each with commits', async () => {
    const path = await world.worktree('a1')
    const late = worker('a2', { startedAt: START + 60 * MINUTE, endedAt: START + 90 * MINUTE })
    await world.commit(path, 'one')
    world.at = START + 61 * MINUTE
    await world.commit(path, 'two')
    world.at = START + 62 * MINUTE
    const head = await world.commit(path, 'three')
    const shared = { ...world.place('a1'), visitors: [late] }
    expect(await rows(shared)).toEqual([
      world.expected('a1', {
        agents: ['a1', 'a2'],
        attribution: 'uncertain',
        head,
        delivery: 'local',
        ahead: 3,
        atRisk: [risk('commits', 3)],
        notes: ['2 agents worked here: it is uncertain who did what', 'of its 3 commits, by their times: a1 made 1, a2 made 2'],
      }),
    ])
  })

  it('in the main checkout: commits of the agent’s hours count, those of the person before do not', async () => {
    world.at = START - 10 * MINUTE
    await world.commit(world.repo, 'by the person')
    world.at = START + MINUTE
    const head = await world.commit(world.repo, 'by the agent')
    const here = { ...metFolder(), visitors: [worker('a1'), worker('idle', { commits: false })] }
    expect(await rows(here)).toEqual([
      world.expected('a1', {
        path: world.repo,
        branch: 'main',
        attribution: 'uncertain',
        head,
        delivery: 'local',
        ahead: 2,
        atRisk: [risk('commits', 1)],
        notes: ['it is the main checkout: the person may have worked here, too', 'of its 1 commit, by their times: a1 made 1'],
      }),
    ])
    await world.git(world.repo, 'push', '--quiet')
    expect(await rows(here)).toMatchObject([{ agents: ['a1'], delivery: 'pushed', mergedBy: null, atRisk: [] }])
  })

  variant('an agent that worked elsewhere has no row for a worktree that it never was in, and that is not there', async () => {
    await world.git(world.repo, 'switch', '--quiet', '-c', 'fix/header')
    await world.commit(world.repo, 'by the agent')
    const own = worker('a1', { folders: [world.repo] })
    const places = [
      { ...world.place('a1'), owners: [own] },
      { ...metFolder(), visitors: [own] },
    ]
    expect(await rows(...places)).toMatchObject([{ path: world.repo, branch: 'fix/header', agents: ['a1'], atRisk: [risk('commits', 1)] }])
    const was = worker('a1', { folders: [world.repo], writtenFiles: [join(world.path('a1'), 'x.txt')] })
    expect(await rows({ ...world.place('a1'), owners: [was] })).toMatchObject([{ path: world.path('a1'), exists: false }])
  })

  it('the main checkout is no row of those who only looked around', async () => {
    const visitors = [worker('a1'), worker('a2', { commits: false, writtenFiles: ['/tmp/elsewhere.txt', join(world.path('a3'), 'x.txt')] })]
    expect(await rows({ ...metFolder(), visitors })).toEqual([])
  })

  variant('files that a command left in the main checkout during an agent’s hours', async () => {
    await world.write(world.repo, 'left.txt', 'left')
    const now = Date.now()
    const visitors = [worker('a1', { commits: false, startedAt: now - MINUTE, endedAt: now + MINUTE }), worker('a2', { commits: false })]
    expect(await rows({ ...metFolder(), visitors })).toMatchObject([
      { path: world.repo, agents: ['a1'], dirty: { ...CLEAN, untracked: 1 } },
    ])
  })

  variant('in a subfolder, and through links', async () => {
    const path = await world.worktree('a1')
    await mkdir(join(path, 'packages', 'x'), { recursive: true })
    await world.write(path, 'packages/x/run.log', 'x')
    const link = join(world.root, 'link')
    await symlink(world.repo, link)
    const spelled = join(link, '.claude/worktrees/agent-a1')
    const late = { startedAt: Date.now() + MINUTE, endedAt: null, commits: false }
    const written = [join(spelled, 'packages/x/run.log')]
    const [row, ...others] = await rows(
      { ...world.place('a1', { worker: { ...late, writtenFiles: written } }), path: spelled },
      {
        path: join(spelled, 'packages/x'),
        branch: null,
        owners: [],
        visitors: [worker('a1', { ...late, writtenFiles: written })],
        sessions: [],
      },
    )
    expect(others).toEqual([])
    expect(row).toMatchObject({
      path,
      agents: ['a1'],
      attribution: 'sure',
      atRisk: [risk('ignored', 1, { bytes: 1, paths: ['packages/x/run.log'] })],
    })
    await rm(path, { recursive: true })
    await world.git(world.repo, 'worktree', 'prune')
    expect(await rows({ ...world.place('a1'), path: spelled })).toMatchObject([{ path, exists: false, branch: 'worktree-agent-a1' }])
  })

  variant('in a repository of its own inside of the main checkout', async () => {
    const inner = join(world.repo, 'vendor', 'inner')
    await world.git(world.root, 'init', '--quiet', inner)
    const head = await world.commit(inner, 'inner')
    const found = await rows(metFolder(), { path: inner, branch: null, owners: [], visitors: [worker('a1')], sessions: [] })
    expect(found).toMatchObject([{ path: inner, repo: inner, agents: ['a1'], head, remote: null }])
  })
})

describe('orphans', () => {
  it('worktrees whose agent has no transcript any more', async () => {
    const path = await world.worktree('a1')
    const head = await world.commit(path, 'one')
    await world.write(path, '.env', 'x')
    expect(await rows(metFolder())).toEqual([
      world.expected('a1', {
        agents: [],
        orphan: true,
        attribution: 'uncertain',
        head,
        delivery: 'local',
        ahead: 1,
        dirty: { ...CLEAN, ignored: 1 },
        atRisk: [risk('commits', 1), risk('ignored', 1, { bytes: 1, paths: ['.env'] })],
        notes: ['its agent has no transcript'],
      }),
    ])
  })

  it('branches of agents whose worktree is gone', async () => {
    const path = await world.worktree('a1')
    const head = await world.commit(path, 'one')
    await world.git(world.repo, 'worktree', 'remove', path)
    expect(await rows(metFolder())).toEqual([
      world.expected('a1', {
        path: world.repo,
        exists: false,
        agents: [],
        orphan: true,
        attribution: 'uncertain',
        head,
        ...ONE_COMMIT,
        notes: ['a branch of an agent whose worktree is gone', 'its agent has no transcript'],
      }),
    ])
    await world.git(world.repo, 'merge', '--quiet', '--ff-only', 'worktree-agent-a1')
    await world.git(world.repo, 'push', '--quiet')
    expect(await rows(metFolder())).toMatchObject([{ branch: 'worktree-agent-a1', delivery: 'merged', mergedBy: 'merge', atRisk: [] }])
  })

  variant('folders that git has forgotten', async () => {
    await world.worktree('a1')
    await rm(join(world.repo, '.git', 'worktrees'), { recursive: true })
    const { worktrees } = await world.inspect([metFolder()])
    expect(worktrees).toMatchObject([{ path: world.path('a1'), exists: true, orphan: true }])
  })

  variant('a person’s own worktrees are none', async () => {
    await world.git(world.repo, 'worktree', 'add', '--quiet', '-b', 'own', join(world.root, 'own'))
    expect(await rows(metFolder())).toEqual([])
  })
})

describe('clones that are not whole', () => {
  const clone = async (name: string, ...args: readonly string[]): Promise<string> => {
    await world.git(world.origin, 'config', 'uploadpack.allowFilter', 'true')
    const path = join(world.root, name)
    await world.git(world.root, 'clone', '--quiet', ...args, `file://${world.origin}`, path)
    const tree = join(path, '.claude/worktrees/agent-b1')
    await world.git(path, 'worktree', 'add', '--quiet', '--no-track', '-b', 'worktree-agent-b1', tree, 'origin/main')
    await world.commit(tree, 'one')
    return tree
  }
  const rowAt = async (path: string): Promise<WorktreeReport | undefined> => (await rows({ ...world.place('b1'), path }))[0]

  beforeEach(async () => {
    await world.commit(world.repo, 'two')
    await world.git(world.repo, 'push', '--quiet')
  })

  variant('shallow', async () => {
    const path = await clone('shallow', '--depth=1')
    expect(await rowAt(path)).toMatchObject({
      ...ONE_COMMIT,
      notes: ['the clone is shallow: counts of commits may be too low'],
    })
  })

  variant('partial', async () => {
    const path = await clone('partial', '--filter=blob:none')
    expect(await rowAt(path)).toMatchObject({
      delivery: 'local',
      atRisk: [risk('commits', 1)],
      notes: ['the clone is partial: objects that are not here were not fetched'],
    })
  })

  variant('partial, with a base whose patches need objects that are missing', async () => {
    const path = await clone('partial', '--filter=blob:none')
    const other = await world.clone()
    await world.commit(other, 'three', { 'a.txt': 'changed\n' })
    await world.commit(other, 'four', { 'a.txt': 'changed again\n' })
    await world.git(other, 'push', '--quiet')
    await world.git(dirname(dirname(dirname(path))), 'fetch', '--quiet')
    expect(await rowAt(path)).toMatchObject({
      delivery: 'local',
      behind: 2,
      atRisk: [risk('commits', 1)],
      remote: { unverified: 'objects_missing' },
    })
  })

  variant('sparse', async () => {
    await world.worktree('a1')
    await world.git(world.path('a1'), 'sparse-checkout', 'set', 'src')
    expect(await world.row('a1')).toMatchObject({
      dirty: CLEAN,
      atRisk: [],
      notes: expect.arrayContaining(['the checkout is sparse: not every tracked file is here']),
    })
  })
})

describe('repositories that git does not answer for', () => {
  it('no repository: no row, no complaint', async () => {
    await mkdir(join(world.root, 'plain'))
    expect(await rows({ path: join(world.root, 'plain'), branch: null, owners: [], visitors: [worker('a1')], sessions: [] })).toEqual([])
  })

  it.runIf(process.getuid?.() === 0)('owned by somebody else: one issue, and the rest of the report', async () => {
    await world.worktree('a1')
    await world.worktree('a2')
    const clone = await world.clone()
    const path = join(clone, '.claude/worktrees/agent-b1')
    await world.git(clone, 'worktree', 'add', '--quiet', '-b', 'worktree-agent-b1', path)
    await world.git(world.root, 'version')
    execFileSync('chown', ['-R', '12345', world.repo])
    const { worktrees, issues } = await world.inspect([world.place('a1'), world.place('a2'), { ...world.place('b1'), path }])
    expect(worktrees.map((row) => row.path)).toEqual([path])
    expect(issues).toMatchObject([{ path: world.repo, reason: 'git', detail: expect.stringContaining('dubious_ownership') }])
  })

  variant('broken: an issue, and the rest of the report', async () => {
    await world.worktree('a1')
    const clone = await world.clone()
    const path = join(clone, '.claude/worktrees/agent-b1')
    await world.git(clone, 'worktree', 'add', '--quiet', '-b', 'worktree-agent-b1', path)
    await appendFile(join(world.repo, '.git', 'config'), '[broken\n')
    const { worktrees, issues } = await world.inspect([world.place('a1'), { ...world.place('b1'), path }])
    expect(worktrees.map((row) => row.path)).toEqual([path])
    expect(issues).toMatchObject([{ path: world.repo, reason: 'git' }])
  })

  it('no git, and one that is too old', async () => {
    await world.worktree('a1')
    const without = await world.inspect([world.place('a1')], { git: createGit({ env: { PATH: join(world.root, 'nowhere') } }) })
    expect(without).toMatchObject({ worktrees: [], issues: [{ path: 'git', reason: 'git', detail: expect.stringContaining('no_git') }] })
    const bin = await world.write(world.root, 'bin/git', '#!/bin/sh\necho git version 2.35.9\n')
    const { chmod } = await import('node:fs/promises')
    await chmod(bin, 0o755)
    const old = await world.inspect([world.place('a1')], { git: createGit({ env: { PATH: dirname(bin) } }) })
    expect(old).toMatchObject({ worktrees: [], issues: [{ detail: expect.stringContaining('too_old') }] })
  })

  it('nothing was asked where nothing was met', async () => {
    expect(await world.inspect([])).toEqual({ worktrees: [], goneFiles: new Map(), issues: [] })
  })
})
