import { execFileSync } from 'node:child_process'
import { chmod, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createGit } from '../../src/node/git.ts'
import { createWorld, type World } from './world.ts'

let world: World
beforeEach(async () => {
  world = await createWorld()
  await world.worktree('a1')
})
afterEach(() => world.dispose())

/** What the inspection says it could not read, as `<path>: <code>`. */
async function unread(options: Parameters<World['inspect']>[1] = {}): Promise<readonly string[]> {
  const { issues } = await world.inspect([world.place('a1')], options)
  return issues.map(({ path, reason, detail }) => `${reason} ${path.replace(`${world.root}/`, '')}: ${detail.split(':')[0]}`)
}

describe('what git does not say is an issue', () => {
  it.each([
    ['is missing', 'other', 'no_git'],
    ['is too old', 'git', 'too_old'],
  ])('where it %s', async (_, name, code) => {
    await chmod(await world.write(world.root, 'bin', name, '#!/bin/sh\necho git version 2.35.9'), 0o755)
    const git = createGit({ env: { ...world.env, PATH: join(world.root, 'bin') } })
    expect(await unread({ git })).toEqual([`git git: ${code}`])
  })

  it('where a log of references cannot be read: commits that nothing else names would go unseen', async () => {
    const log = join(world.repo, '.git/worktrees/agent-a1/logs/HEAD')
    await rm(log)
    execFileSync('mkfifo', [log])
    expect(await unread()).toContain('git repo/.claude/worktrees/agent-a1: unreadable_file')
  })

  it('where its time is over', async () => {
    const git = await createGit({ env: world.env }).within(0)
    expect(await unread({ git })).toEqual(['git git: timeout'])
  })

  it('where a submodule cannot be asked', async () => {
    const inner = await world.clone('inner')
    const path = world.path('a1')
    await world.git(path, 'submodule', '--quiet', 'add', inner, 'sub')
    await world.git(path, 'commit', '--quiet', '-m', 'submodule')
    await world.git(path, 'push', '--quiet', 'origin', 'HEAD')
    await world.write(path, 'sub', '.git', 'gitdir: /nowhere\n')
    expect(await unread()).toEqual(['git repo/.claude/worktrees/agent-a1/sub: not_a_repository'])
  })
})
