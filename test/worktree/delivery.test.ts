import { sample, variant } from '../long.ts'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CHECKED, createWorld, risk, type World } from './world.ts'

let world: World

beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.dispose())

const BEHIND = (count: number): string => `origin/main has ${count} newer commit${count === 1 ? '' : 's'}`

/** A worktree with commits, one file each; its path. */
async function work(id: string, ...subjects: readonly string[]): Promise<string> {
  const path = await world.worktree(id)
  for (const subject of subjects) await world.commit(path, subject)
  return path
}

/** In somebody else's clone, on `main`; pushed, and fetched here. */
async function upstream(change: (clone: string) => Promise<unknown>, isFetched = true): Promise<void> {
  const clone = await world.clone()
  await change(clone)
  await world.git(clone, 'push', '--quiet', 'origin', 'main')
  if (isFetched) await world.git(world.repo, 'fetch', '--quiet')
}

describe('how far commits got', () => {
  it('committed, and nowhere else', async () => {
    const path = await work('a1', 'one', 'two')
    expect(await world.row('a1')).toEqual(
      world.expected('a1', { head: await world.head(path), delivery: 'local', ahead: 2, atRisk: [risk('commits', 2)] }),
    )
  })

  variant('committed on a base that went on', async () => {
    const path = await work('a1', 'one')
    await upstream((clone) => world.commit(clone, 'theirs'))
    expect(await world.row('a1')).toEqual(
      world.expected('a1', {
        head: await world.head(path),
        delivery: 'local',
        ahead: 1,
        behind: 1,
        atRisk: [risk('commits', 1)],
        notes: [BEHIND(1)],
      }),
    )
  })

  variant('nothing done on a base that went on', async () => {
    const head = await world.head(await work('a1'))
    await upstream((clone) => world.commit(clone, 'theirs'))
    expect(await world.row('a1')).toEqual(world.expected('a1', { head, behind: 1, notes: [BEHIND(1)] }))
  })

  it('pushed', async () => {
    const path = await work('a1', 'one')
    await world.git(path, 'push', '--quiet', 'origin', 'HEAD')
    expect(await world.row('a1')).toEqual(world.expected('a1', { head: await world.head(path), delivery: 'pushed', ahead: 1 }))
  })

  variant('pushed under another name, followed or not', async () => {
    const path = await work('a1', 'one')
    await world.git(path, 'push', '--quiet', '--set-upstream', 'origin', 'HEAD:refs/heads/feat/one')
    expect(await world.row('a1')).toEqual(world.expected('a1', { head: await world.head(path), delivery: 'pushed', ahead: 1 }))
    await world.git(path, 'branch', '--unset-upstream')
    expect(await world.row('a1')).toMatchObject({ delivery: 'pushed', atRisk: [], notes: [] })
  })

  variant('on the remote as a part of another branch', async () => {
    const path = await work('a1', 'one')
    await world.git(path, 'branch', 'copy')
    await world.git(path, 'checkout', '--quiet', '-b', 'develop')
    await world.commit(path, 'more')
    await world.git(path, 'push', '--quiet', 'origin', 'develop')
    await world.git(path, 'checkout', '--quiet', 'worktree-agent-a1')
    await world.git(path, 'branch', '--quiet', '-D', 'develop')
    expect(await world.row('a1')).toMatchObject({
      delivery: 'pushed',
      atRisk: [],
      notes: ['its commits are on the remote as part of other branches'],
    })
  })

  variant('pushed, and more on top', async () => {
    const path = await work('a1', 'one')
    await world.git(path, 'push', '--quiet', 'origin', 'HEAD')
    await world.commit(path, 'two')
    expect(await world.row('a1')).toEqual(
      world.expected('a1', {
        head: await world.head(path),
        delivery: 'local',
        ahead: 2,
        atRisk: [risk('commits', 1)],
        notes: ['origin/worktree-agent-a1 is behind: it lacks the latest commits', '1 of its 2 commits are on the remote'],
      }),
    )
  })

  variant('pushed, and the remote branch went on: fetched or not', async () => {
    const path = await work('a1', 'one')
    await world.git(path, 'push', '--quiet', 'origin', 'HEAD')
    const clone = await world.clone()
    await world.git(clone, 'checkout', '--quiet', 'worktree-agent-a1')
    await world.commit(clone, 'a fix by somebody else')
    await world.git(clone, 'push', '--quiet')
    const head = await world.head(path)
    const note = 'objects_missing: origin/worktree-agent-a1 has commits that are not here; a fetch can tell how they relate to these'
    expect(await world.row('a1')).toEqual(
      world.expected('a1', { head, delivery: 'pushed', ahead: 1, remote: { unverified: 'objects_missing' }, notes: [note] }),
    )
    await world.git(path, 'fetch', '--quiet')
    expect(await world.row('a1')).toEqual(
      world.expected('a1', { head, delivery: 'pushed', ahead: 1, notes: ['origin/worktree-agent-a1 has newer commits'] }),
    )
  })

  variant('never pushed, though a branch of that name is on the remote', async () => {
    const path = await work('a1', 'one')
    await upstream(async (clone) => {
      await world.git(clone, 'checkout', '--quiet', '-b', 'worktree-agent-a1')
      await world.commit(clone, 'quite another')
      await world.git(clone, 'push', '--quiet', 'origin', 'HEAD')
      await world.git(clone, 'checkout', '--quiet', 'main')
    }, false)
    expect(await world.row('a1')).toMatchObject({
      delivery: 'local',
      atRisk: [risk('commits', 1)],
      remote: { unverified: 'objects_missing' },
    })
    await world.git(path, 'fetch', '--quiet')
    expect(await world.row('a1')).toMatchObject({
      delivery: 'local',
      atRisk: [risk('commits', 1)],
      remote: CHECKED,
      notes: ['origin/worktree-agent-a1 has diverged: it was overwritten, or got other commits'],
    })
  })
})

describe('remote-tracking branches that lie', () => {
  variant('the branch is gone from the remote', async () => {
    const path = await work('a1', 'one')
    await world.git(path, 'push', '--quiet', 'origin', 'HEAD')
    await world.git(world.origin, 'branch', '--quiet', '-D', 'worktree-agent-a1')
    expect(await world.row('a1')).toEqual(
      world.expected('a1', {
        head: await world.head(path),
        delivery: 'local',
        ahead: 1,
        atRisk: [risk('commits', 1)],
        notes: ['its branch was pushed once and is no longer on the remote'],
      }),
    )
  })

  variant('the branch was forced back', async () => {
    const path = await work('a1', 'one', 'two')
    await world.git(path, 'push', '--quiet', 'origin', 'HEAD')
    await world.git(world.origin, 'update-ref', 'refs/heads/worktree-agent-a1', await world.head(path, 'HEAD~1'))
    expect(await world.row('a1')).toMatchObject({ delivery: 'local', ahead: 2, atRisk: [risk('commits', 1)] })
  })

  it('offline they are what is known, and the row says so', async () => {
    const path = await work('a1', 'one')
    await world.git(path, 'push', '--quiet', 'origin', 'HEAD')
    const local = await work('a2', 'two')
    const remote = { unverified: 'offline_requested' }
    expect(await world.row('a1', { offline: true })).toEqual(
      world.expected('a1', { head: await world.head(path), delivery: 'pushed', ahead: 1, remote }),
    )
    expect(await world.row('a2', { offline: true })).toEqual(
      world.expected('a2', { head: await world.head(local), delivery: 'local', ahead: 1, remote, atRisk: [risk('commits', 1)] }),
    )
  })

  it('an origin that cannot be reached is never "not pushed"', async () => {
    const path = await work('a1', 'one')
    await world.git(path, 'push', '--quiet', 'origin', 'HEAD')
    await world.git(world.repo, 'remote', 'set-url', 'origin', join(world.root, 'nowhere.git'))
    const { worktrees, issues } = await world.inspect([world.place('a1')])
    expect(worktrees).toEqual([
      world.expected('a1', {
        head: await world.head(path),
        delivery: 'pushed',
        ahead: 1,
        remoteUrl: join(world.root, 'nowhere.git'),
        remote: { unverified: 'not_found' },
      }),
    ])
    expect(issues).toMatchObject([{ path: world.repo, reason: 'remote_unverified', detail: expect.stringContaining('origin: not_found') }])
  })
})

describe('pull requests', () => {
  const URL = 'https://github.com/acme/shop/pull/7'

  /** The remote's address is GitHub's; what it answers comes from the bare repository beside it. */
  async function atGitHub(url: string): Promise<Parameters<World['row']>[1]> {
    const { createGit } = await import('../../src/node/git.ts')
    await world.git(world.repo, 'config', 'remote.origin.url', url)
    const real = createGit({ env: world.env })
    return { git: { ...real, lsRemote: () => real.lsRemote(world.origin) } }
  }

  const pulls = [
    ['unknown, though its test merge is kept', 'unknown', ['refs/pull/7/head', 'refs/pull/7/merge']],
    ['unknown without one', 'unknown', ['refs/pull/7/head']],
  ] as const
  it.each(sample(pulls, 1))('%s', async (_name, state, refs) => {
    const path = await work('a1', 'one')
    const head = await world.head(path)
    for (const ref of refs) await world.git(path, 'push', '--quiet', 'origin', `HEAD:${ref}`)
    await world.git(path, 'push', '--quiet', 'origin', 'HEAD')
    expect(await world.row('a1', await atGitHub('git@github.com:acme/shop.git'))).toEqual(
      world.expected('a1', {
        head,
        delivery: 'pull_request',
        ahead: 1,
        remoteUrl: 'git@github.com:acme/shop.git',
        pullRequest: { number: 7, state, url: URL, source: 'refs' },
      }),
    )
  })

  variant('kept on the remote when the branch was deleted', async () => {
    const path = await work('a1', 'one')
    await world.git(path, 'push', '--quiet', 'origin', 'HEAD:refs/pull/7/head')
    expect(await world.row('a1')).toMatchObject({
      delivery: 'pull_request',
      pullRequest: { number: 7, state: 'unknown', url: null },
      atRisk: [],
    })
  })

  variant('with more on top that was not pushed', async () => {
    const path = await work('a1', 'one')
    await world.git(path, 'push', '--quiet', 'origin', 'HEAD:refs/pull/7/head')
    await world.commit(path, 'two')
    expect(await world.row('a1')).toMatchObject({
      delivery: 'local',
      pullRequest: { number: 7 },
      atRisk: [risk('commits', 1)],
      notes: ['1 of its 2 commits are on the remote'],
    })
  })

  variant('of GitLab, in a group', async () => {
    const path = await work('a1', 'one')
    await world.git(path, 'push', '--quiet', 'origin', 'HEAD:refs/merge-requests/12/head', 'HEAD')
    expect(await world.row('a1', await atGitHub('https://user:token@gitlab.com/acme/web/shop.git'))).toMatchObject({
      delivery: 'pull_request',
      remoteUrl: 'https://gitlab.com/acme/web/shop.git',
      pullRequest: { number: 12, state: 'unknown', url: 'https://gitlab.com/acme/web/shop/-/merge_requests/12', source: 'refs' },
    })
  })

  variant('none: the page that opens one is offered', async () => {
    const path = await work('a1', 'one')
    await world.git(path, 'push', '--quiet', 'origin', 'HEAD')
    expect(await world.row('a1', await atGitHub('https://github.com/acme/shop'))).toMatchObject({
      delivery: 'pushed',
      pullRequest: null,
      newPullRequestUrl: 'https://github.com/acme/shop/compare/main...worktree-agent-a1?expand=1',
    })
    expect(await world.row('a1', await atGitHub('https://gitlab.com/acme/shop'))).toMatchObject({
      newPullRequestUrl:
        'https://gitlab.com/acme/shop/-/merge_requests/new?merge_request%5Bsource_branch%5D=worktree-agent-a1&merge_request%5Btarget_branch%5D=main',
    })
  })

  variant('as the forge’s own tool tells it', async () => {
    const path = await work('a1', 'one')
    const head = await world.head(path)
    await world.git(path, 'push', '--quiet', 'origin', 'HEAD:refs/pull/7/head', 'HEAD')
    const told = (state: 'closed' | 'merged') => ({
      requests: async () => [{ number: 7, state, url: URL, branch: 'worktree-agent-a1', head }],
    })
    const options = await atGitHub('https://github.com/acme/shop')
    expect(await world.row('a1', { ...options, forge: told('closed') })).toMatchObject({
      delivery: 'pull_request',
      pullRequest: { number: 7, state: 'closed', url: URL, source: 'gh' },
    })
    expect(await world.row('a1', { ...options, forge: told('merged') })).toMatchObject({
      delivery: 'merged',
      mergedBy: null,
      pullRequest: { number: 7, state: 'merged', url: URL, source: 'gh' },
    })
    expect(await world.row('a1', { ...options, forge: { requests: async () => null } })).toMatchObject({ pullRequest: { source: 'refs' } })
  })
})

describe('merged', () => {
  /** Pushed by its agent, merged by somebody else as told, and fetched. */
  async function mergedBy(subjects: readonly string[], merge: (clone: string, branch: string) => Promise<unknown>): Promise<string> {
    const path = await work('a1', ...subjects)
    await world.git(path, 'push', '--quiet', 'origin', 'HEAD')
    await upstream(async (clone) => {
      world.at += 60_000
      await merge(clone, 'origin/worktree-agent-a1')
    })
    return path
  }

  const squash = async (clone: string, branch: string): Promise<void> => {
    await world.git(clone, 'merge', '--quiet', '--squash', branch)
    await world.git(clone, 'commit', '--quiet', '-m', 'all of it (#7)')
  }

  variant('by a merge commit', async () => {
    const path = await mergedBy(['one'], (clone, branch) => world.git(clone, 'merge', '--quiet', '--no-ff', '-m', 'merge', branch))
    expect(await world.row('a1')).toEqual(
      world.expected('a1', { head: await world.head(path), delivery: 'merged', mergedBy: 'merge', behind: 1, notes: [BEHIND(1)] }),
    )
  })

  variant('by fast-forward; a request is then merged, too', async () => {
    const path = await mergedBy(['one'], (clone, branch) => world.git(clone, 'merge', '--quiet', '--ff-only', branch))
    await world.git(path, 'push', '--quiet', 'origin', 'HEAD:refs/pull/3/head')
    expect(await world.row('a1')).toEqual(
      world.expected('a1', {
        head: await world.head(path),
        delivery: 'merged',
        mergedBy: 'merge',
        pullRequest: { number: 3, state: 'merged', url: null, source: 'history' },
      }),
    )
  })

  variant('and the worktree pulled the base afterwards', async () => {
    const path = await mergedBy(['one'], (clone, branch) => world.git(clone, 'merge', '--quiet', '--no-ff', '-m', 'merge', branch))
    await world.git(path, 'merge', '--quiet', '--ff-only', 'origin/main')
    expect(await world.row('a1')).toMatchObject({ delivery: 'merged', mergedBy: 'merge', ahead: 0, behind: 0, atRisk: [] })
  })

  variant('by rebase, several commits', async () => {
    await mergedBy(['one', 'two'], async (clone, branch) => {
      await world.commit(clone, 'before')
      await world.git(clone, 'cherry-pick', 'HEAD~1..' + branch)
    })
    expect(await world.row('a1')).toMatchObject({
      delivery: 'merged',
      mergedBy: 'rebase',
      ahead: 2,
      behind: 3,
      atRisk: [],
      remote: CHECKED,
    })
  })

  variant('by rebase, one commit', async () => {
    await mergedBy(['one'], async (clone, branch) => {
      await world.commit(clone, 'before')
      await world.git(clone, 'cherry-pick', branch)
    })
    expect(await world.row('a1')).toMatchObject({ delivery: 'merged', mergedBy: 'rebase', ahead: 1, behind: 2, atRisk: [] })
  })

  it.each(sample([[['one', 'two', 'three']], [['one']]], 1))('by squash of %j, and the branch deleted', async (subjects) => {
    const path = await mergedBy(subjects, async (clone, branch) => {
      await world.commit(clone, 'before')
      await squash(clone, branch)
      await world.commit(clone, 'after')
      await world.git(clone, 'push', '--quiet', 'origin', ':worktree-agent-a1')
    })
    expect(await world.row('a1')).toEqual(
      world.expected('a1', {
        head: await world.head(path),
        delivery: 'merged',
        mergedBy: 'squash',
        ahead: subjects.length,
        behind: 3,
        notes: ['the branch was deleted on the remote after it was merged', BEHIND(3)],
      }),
    )
  })

  variant('by squash, when the branch had merged the base before', async () => {
    const path = await work('a1', 'one')
    await upstream((clone) => world.commit(clone, 'theirs'))
    await world.git(path, 'merge', '--quiet', '-m', 'catch up', 'origin/main')
    await world.commit(path, 'two')
    await world.git(path, 'push', '--quiet', 'origin', 'HEAD')
    const clone = join(world.root, 'other')
    await world.git(clone, 'fetch', '--quiet')
    await squash(clone, 'origin/worktree-agent-a1')
    await world.git(clone, 'push', '--quiet', 'origin', 'main')
    await world.git(path, 'fetch', '--quiet')
    expect(await world.row('a1')).toMatchObject({ delivery: 'merged', mergedBy: 'squash', atRisk: [] })
  })

  variant('not yet fetched: nobody can tell', async () => {
    const path = await work('a1', 'one')
    await world.git(path, 'push', '--quiet', 'origin', 'HEAD')
    await upstream(async (clone) => {
      await squash(clone, 'origin/worktree-agent-a1')
      await world.git(clone, 'push', '--quiet', 'origin', ':worktree-agent-a1')
    }, false)
    const row = await world.row('a1')
    expect(row).toMatchObject({ delivery: 'local', remote: { unverified: 'objects_missing' }, atRisk: [risk('commits', 1)] })
    expect(row.notes.join()).toMatch(/no longer on the remote.*objects_missing: origin\/main has newer commits/)
  })
})

describe('not merged, though it looks so', () => {
  variant('the same subject', async () => {
    const path = await work('a1')
    await world.commit(path, 'fix', { 'a.txt': 'one\nmine\nthree\n' })
    await upstream((clone) => world.commit(clone, 'fix', { 'a.txt': 'one\ntheirs\nthree\n' }))
    expect(await world.row('a1')).toMatchObject({ delivery: 'local', mergedBy: null, atRisk: [risk('commits', 1)] })
  })

  it.each(sample(['squash', 'rebase'], 1))('by %s, and reverted', async (how) => {
    const path = await work('a1', 'one', 'two')
    await world.git(path, 'push', '--quiet', 'origin', 'HEAD')
    await upstream(async (clone) => {
      if (how === 'squash') {
        await world.git(clone, 'merge', '--quiet', '--squash', 'origin/worktree-agent-a1')
        await world.git(clone, 'commit', '--quiet', '-m', 'all of it (#7)')
      } else {
        await world.commit(clone, 'before')
        await world.git(clone, 'cherry-pick', 'HEAD~1..origin/worktree-agent-a1')
      }
      await world.git(clone, 'revert', '--no-edit', 'HEAD')
    })
    expect(await world.row('a1')).toMatchObject({
      delivery: 'pushed',
      mergedBy: null,
      notes: expect.arrayContaining(['its change was in origin/main and was reverted there']),
    })
  })

  variant('partly cherry-picked', async () => {
    await work('a1', 'one', 'two', 'three')
    await upstream(async (clone) => {
      await world.git(clone, 'fetch', '--quiet', world.repo, 'worktree-agent-a1')
      await world.commit(clone, 'before')
      await world.git(clone, 'cherry-pick', 'FETCH_HEAD~1')
    })
    const row = await world.row('a1')
    expect(row).toMatchObject({ delivery: 'local', mergedBy: null, atRisk: [risk('commits', 3)] })
    expect(row.notes).toContain('1 of its 3 commits are in origin/main as the same change')
  })

  variant('the same binary file, other bytes', async () => {
    const path = await work('a1')
    await world.commit(path, 'logo', { 'logo.bin': 'a\0b' })
    await upstream((clone) => world.commit(clone, 'logo', { 'logo.bin': 'a\0c' }))
    expect(await world.row('a1')).toMatchObject({ delivery: 'local', mergedBy: null })
  })

  variant('at home only: the local main was not pushed', async () => {
    await work('a1', 'one')
    await world.git(world.repo, 'merge', '--quiet', '--no-ff', '-m', 'merge', 'worktree-agent-a1')
    const row = await world.row('a1')
    expect(row).toMatchObject({ delivery: 'local', mergedBy: null, atRisk: [risk('commits', 1)] })
    expect(row.notes).toEqual(['it is merged into the local branch main, which was not pushed'])
  })
})

describe('where a worktree began', () => {
  it('at commits of the person that were not pushed: they are not the agent’s', async () => {
    await world.commit(world.repo, 'mine')
    await world.worktree('a1', 'main')
    expect(await world.row('a1')).toMatchObject({ delivery: 'none', ahead: 1, atRisk: [] })
    await world.commit(world.path('a1'), 'one')
    expect(await world.row('a1')).toMatchObject({ delivery: 'local', ahead: 2, atRisk: [risk('commits', 1)] })
  })

  variant('at another agent’s branch, of which it then is the last holder', async () => {
    const first = await work('a1', 'one')
    await world.worktree('a2', 'worktree-agent-a1')
    expect(await world.row('a2')).toMatchObject({ delivery: 'none', atRisk: [] })
    await world.git(world.repo, 'worktree', 'remove', '--force', first)
    await world.git(world.repo, 'branch', '--quiet', '-D', 'worktree-agent-a1')
    expect(await world.row('a2')).toMatchObject({ delivery: 'local', atRisk: [risk('commits', 1)] })
  })

  variant('a copy of a branch here is no safe place', async () => {
    const path = await work('a1', 'one')
    await world.git(path, 'branch', 'backup')
    expect(await world.row('a1')).toMatchObject({ delivery: 'local', atRisk: [risk('commits', 1)] })
  })
})
