import { variant } from '../long.ts'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { forgeOf, newRequestUrl } from '../../src/worktree/origin.ts'
import { CHECKED, createWorld, risk, type World } from './world.ts'

let world: World
afterEach(() => world.dispose())

async function bare(name: string): Promise<string> {
  const path = join(world.root, name)
  await world.git(world.root, 'init', '--quiet', '--bare', path)
  return path
}

describe('remotes', () => {
  variant('none at all', async () => {
    world = await createWorld({ remote: false })
    const path = await world.worktree('a1')
    const head = await world.head(path)
    expect(await world.row('a1')).toEqual(world.expected('a1', { head }))
    await world.commit(path, 'one')
    expect(await world.row('a1')).toEqual(
      world.expected('a1', { head: await world.head(path), delivery: 'local', ahead: 1, atRisk: [risk('commits', 1)] }),
    )
    await world.git(world.repo, 'merge', '--quiet', '--ff-only', 'worktree-agent-a1')
    expect(await world.row('a1')).toMatchObject({ delivery: 'merged', mergedBy: 'merge', remote: null })
  })

  it('an empty one', async () => {
    world = await createWorld({ remote: false })
    await world.git(world.repo, 'remote', 'add', 'origin', await bare('origin.git'))
    const path = await world.worktree('a1')
    await world.commit(path, 'one')
    expect(await world.row('a1')).toEqual(
      world.expected('a1', {
        head: await world.head(path),
        delivery: 'local',
        ahead: 1,
        remoteUrl: world.origin,
        remote: CHECKED,
        notes: [],
        atRisk: [risk('commits', 1)],
      }),
    )
  })

  variant('several: what any of them has is not at risk', async () => {
    world = await createWorld()
    await world.git(world.repo, 'remote', 'add', 'backup', await bare('backup.git'))
    const path = await world.worktree('a1')
    await world.commit(path, 'one')
    await world.git(path, 'push', '--quiet', 'backup', 'HEAD')
    expect(await world.row('a1')).toEqual(
      world.expected('a1', {
        head: await world.head(path),
        delivery: 'pushed',
        ahead: 1,
        notes: ['its commits are on the remote as part of other branches'],
      }),
    )
  })

  it('a fork: pushed there, meant for the other', async () => {
    world = await createWorld()
    const fork = await bare('fork.git')
    await world.git(world.repo, 'remote', 'rename', 'origin', 'upstream')
    await world.git(world.repo, 'remote', 'add', 'origin', fork)
    await world.git(world.repo, 'push', '--quiet', 'origin', 'main')
    const path = await world.worktree('a1', 'upstream/main')
    await world.commit(path, 'one')
    await world.git(path, 'push', '--quiet', 'origin', 'HEAD')
    await world.git(path, 'push', '--quiet', 'upstream', 'HEAD:refs/pull/5/head', 'HEAD:refs/pull/5/merge')
    expect(await world.row('a1')).toEqual(
      world.expected('a1', {
        head: await world.head(path),
        base: 'upstream/main',
        remoteUrl: fork,
        delivery: 'pull_request',
        ahead: 1,
        pullRequest: { number: 5, state: 'unknown', url: null, source: 'refs' },
      }),
    )
  })

  variant('a push address of its own, and one that is named for pushing', async () => {
    world = await createWorld()
    const fork = await bare('fork.git')
    await world.git(world.repo, 'config', 'remote.origin.pushurl', fork)
    const path = await world.worktree('a1')
    await world.commit(path, 'one')
    expect(await world.row('a1')).toMatchObject({ delivery: 'local', remoteUrl: fork, base: 'origin/main', remote: CHECKED })
    await world.git(path, 'push', '--quiet', 'origin', 'HEAD')
    expect(await world.row('a1')).toMatchObject({ delivery: 'pushed', remoteUrl: fork, base: 'origin/main' })
    await world.git(world.repo, 'config', '--unset', 'remote.origin.pushurl')
    await world.git(world.repo, 'remote', 'add', 'mine', fork)
    await world.git(world.repo, 'config', 'remote.pushDefault', 'mine')
    expect(await world.row('a1')).toMatchObject({ delivery: 'pushed', remoteUrl: fork, base: 'origin/main' })
  })

  variant('another default branch, and one that only the remote knows', async () => {
    world = await createWorld()
    await world.git(world.repo, 'push', '--quiet', 'origin', 'main:refs/heads/trunk')
    await world.git(world.origin, 'symbolic-ref', 'HEAD', 'refs/heads/trunk')
    await world.worktree('a1')
    expect(await world.row('a1')).toMatchObject({ base: 'origin/trunk', delivery: 'none' })
  })

  variant('each address is asked once per run', async () => {
    world = await createWorld()
    const { createGit } = await import('../../src/node/git.ts')
    const real = createGit({ env: world.env })
    const asked: string[] = []
    const git: typeof real = {
      ...real,
      lsRemote: (remote, options) => (asked.push(typeof remote === 'string' ? remote : remote.display), real.lsRemote(remote, options)),
    }
    await world.worktree('a1')
    await world.worktree('a2')
    const clone = await world.clone()
    const visited = { path: clone, branch: null, owners: [], visitors: [], sessions: [] }
    await world.inspect([world.place('a1'), world.place('a2'), visited], { git })
    expect(asked).toEqual([world.origin])
    await world.inspect([world.place('a1')], { git, offline: true })
    expect(asked).toEqual([world.origin])
  })
})

it('knows the pages of forges by their addresses', async () => {
  world = await createWorld({ remote: false })
  expect(forgeOf('git@github.com:acme/shop.git')).toEqual({
    kind: 'github',
    host: 'github.com',
    name: 'acme/shop',
    page: 'https://github.com/acme/shop',
  })
  expect(forgeOf('ssh://git@gitlab.acme.org:2222/a/b/c.git')).toMatchObject({ kind: 'gitlab', page: 'https://gitlab.acme.org/a/b/c' })
  for (const other of [
    '/srv/git/shop.git',
    'file:///srv/shop.git',
    'https://bitbucket.org/a/b',
    'https://github.com/a b/c',
    'https://evil.example/github.com/x',
  ]) {
    expect(forgeOf(other)).toBeUndefined()
  }
  const home = forgeOf('https://github.com/acme/shop')
  const fork = forgeOf('https://github.com/ann/shop')
  if (home === undefined || fork === undefined) throw new Error('both are known')
  expect(newRequestUrl(home, 'main', 'feat/ü&x', fork)).toBe('https://github.com/acme/shop/compare/main...ann:feat/%C3%BC%26x?expand=1')
})
