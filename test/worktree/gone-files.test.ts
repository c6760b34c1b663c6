import { variant } from '../long.ts'
import { rm } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Place, Worker } from '../../src/worktree/places.ts'
import { isRemovedBy } from '../../src/worktree/removals.ts'
import { createWorld, START, worker, type World } from './world.ts'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.dispose())

const MINUTE = 60_000
const wrote = (...files: readonly string[]): Partial<Worker> => ({ finishedWrites: files.map((file) => ({ file, at: START })) })
const gone = async (...places: readonly Place[]): Promise<Readonly<Record<string, readonly string[]>>> =>
  Object.fromEntries((await world.inspect(places)).goneFiles)
const thread = (path: string, more: Partial<Worker>): Place => ({
  path,
  branch: null,
  owners: [],
  visitors: [],
  sessions: [worker('s1', { isMain: true, ...more })],
})

describe('files that somebody wrote and that are gone', () => {
  it('are those of a worktree that is gone, unless a commit holds them as they were written or later', async () => {
    const path = await world.worktree('a1')
    await world.commit(path, 'kept', { 'kept.txt': 'kept\n', 'early.txt': 'early\n' })
    const files = ['kept.txt', 'early.txt', 'lost.txt', '.claude/plan.md'].map((name) => `${path}/${name}`)
    await rm(path, { recursive: true })
    const [kept = '', early = '', lost = '', plan = ''] = files
    const writes = [...(wrote(kept, lost, plan).finishedWrites ?? []), { file: early, at: START + 5 * MINUTE }]
    expect(await gone(world.place('a1', { worker: { finishedWrites: writes } }))).toEqual({ a1: [lost, early] })
  })

  variant('are those in a checkout that is there, and none that lie on the disk', async () => {
    const there = await world.write(world.repo, 'there.txt', 'x')
    const away = `${world.repo}/deep/away.txt`
    expect(await gone(thread(world.repo, wrote(there, away)))).toEqual({ s1: [away] })
    expect(
      await gone(thread(world.repo, { ...wrote(away), removingCommands: [{ command: 'rm -r deep', cwd: world.repo, at: START + 1 }] })),
    ).toEqual({})
    // What was deleted before it was written was written again.
    expect(
      await gone(thread(world.repo, { ...wrote(away), removingCommands: [{ command: 'rm -r deep', cwd: world.repo, at: START - 1 }] })),
    ).toEqual({ s1: [away] })
  })

  it('are those of a main thread in a folder that is gone, in no repository', async () => {
    const folder = `${world.root}/trees/run-1`
    expect(await gone(thread(folder, wrote(`${folder}/memo.md`)))).toEqual({ s1: [`${folder}/memo.md`] })
  })

  it('are no scratch files, and none of another machine', async () => {
    const files = ['/tmp/agent-forensics-scratch.py', '/home-of-nobody/dev/shop/a.ts']
    expect(await gone(thread(world.repo, wrote(...files)))).toEqual({})
    // A worktree that was made below the temporary folder is work.
    const tree = '/tmp/agent-forensics-tree-that-was'
    expect(await gone(thread(world.repo, { ...wrote(`${tree}/a.ts`), addedTrees: [tree] }))).toEqual({ s1: [`${tree}/a.ts`] })
  })
})

describe('what a command takes away', () => {
  it.each([
    ['rm -rf build', '/w/build/a.js', true],
    ['rm -rf build', '/w/builder/a.js', false],
    ['cd src && rm "a b.ts"', '/w/src/a b.ts', true],
    ['mv old.ts new.ts', '/w/old.ts', true],
    ['mv old.ts new.ts', '/w/new.ts', false],
    ['git mv a.ts sub/', '/w/a.ts', true],
    ['git worktree remove --force ../w', '/w/a.ts', true],
    ['rm out-*.txt', '/w/out-1.txt', true],
    ['rm out-*.txt', '/w/in.txt', false],
    ['git clean -fd', '/w/a.ts', true],
    ['git stash', '/w/a.ts', true],
    ['git stash list', '/w/a.ts', false],
    ['git reset --soft HEAD~1', '/w/a.ts', false],
    ['git checkout -- a.ts', '/w/a.ts', true],
    ['git checkout main', '/w/a.ts', false],
    ['find . -name "*.tmp" -delete', '/w/a.tmp', true],
    ['echo rm a.ts', '/w/a.ts', false],
  ])('%s, of %s: %s', (command, file, isRemoved) => {
    expect(isRemovedBy({ command, cwd: '/w', at: null }, file)).toBe(isRemoved)
  })
})
