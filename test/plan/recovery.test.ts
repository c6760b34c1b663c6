import { variant } from '../long.ts'
import { clients } from '../../src/clients/index.ts'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Action } from '../../src/plan/action.ts'
import type { WorktreeReport } from '../../src/worktree/worktree-report.ts'
import { createGit } from '../../src/node/git.ts'
import { createGitWriter } from '../../src/node/git-writer.ts'
import { preserveWork } from '../../src/preserve/preserve.ts'
import { makePlan } from '../../src/plan/make-plan.ts'
import { PLAIN_WISHES, type PlanWishes } from '../../src/plan/wishes.ts'
import { createLab, type Lab, type Ran } from '../git/lab.ts'
import { createWorld, NOW, type World } from '../worktree/world.ts'
import { judgedSession } from './judged.ts'
import { expectLaws } from './laws.ts'

// Every kind of command that a plan prints besides those of the client, run as it is printed, in real repositories.
let world: World
let lab: Lab
beforeEach(async () => {
  world = await createWorld()
  lab = await createLab()
})
afterEach(() => Promise.all([world.dispose(), lab.dispose()]))

async function rowsOf(...ids: readonly string[]): Promise<readonly WorktreeReport[]> {
  const { worktrees, issues } = await world.inspect(ids.map((id) => world.place(id)))
  expect(issues).toEqual([])
  return worktrees
}

/** A plan for worktrees whose agents ended so. */
async function plan(
  rows: readonly WorktreeReport[],
  ended: Readonly<Record<string, 'completed' | 'exit_killed'>>,
  wishes: Partial<PlanWishes> = {},
): Promise<readonly Action[]> {
  const session = await judgedSession(ended)
  const actions = makePlan(
    {
      sessions: [session],
      chosen: new Set(session.agents),
      workflows: [],
      clients,
      worktrees: rows,
      placeOf: new Map(),
      goneFiles: new Map(),
      rentals: [],
      roots: ['/home/dev/.claude/projects'],
      usualRoots: null,
      unreadable: [],
      permissions: new Map(),
      knowsAllWork: true,
      now: NOW,
    },
    { ...PLAIN_WISHES, ...wishes },
  )
  expectLaws(actions)
  return actions
}

async function run(action: Action | undefined): Promise<Ran> {
  let last: Ran = { code: -1, stdout: '', stderr: 'no such action' }
  for (const { cwd, argv } of action?.commands ?? []) {
    const [program = '', ...args] = argv
    last = await lab.try(cwd, program, args)
    if (last.code !== 0) return last
  }
  return last
}
async function save(rows: readonly WorktreeReport[], wishes: Partial<PlanWishes> = {}): Promise<void> {
  const { failures } = await preserveWork(
    rows,
    { ...PLAIN_WISHES, ...wishes },
    createGitWriter(createGit({ env: world.env }), { env: world.env }),
  )
  expect(failures).toEqual([])
}
const of = (actions: readonly Action[], kind: Action['kind']): readonly Action[] => actions.filter((action) => action.kind === kind)

describe('the commands of a plan, run', () => {
  it('keep what a dead agent left, so that it comes back after the worktree is gone', async () => {
    const place = await world.worktree('a1')
    await world.commit(place, 'half of it')
    await world.write(place, 'a.txt', 'changed\n')
    await world.write(place, 'new file.txt', 'new\n')
    await world.write(place, 'reports/out.txt', 'produced\n')
    const [row] = (await world.inspect([world.place('a1', { worker: { writtenFiles: [`${place}/reports/out.txt`] } })])).worktrees
    const actions = await plan(row === undefined ? [] : [row], { a1: 'exit_killed' })
    const [keep] = of(actions, 'preserve')
    expect(keep?.why).toMatch(/1 commit, 1 modified file, 1 new file or folder, 1 ignored file or folder that was made there/)
    await save(row === undefined ? [] : [row])
    expect(actions.find(({ kind }) => kind === 'redispatch' || kind === 'resume' || kind === 'promote')?.dependsOn).toEqual([keep?.id])
    await world.git(world.repo, 'worktree', 'remove', '--force', place)
    await world.git(world.repo, 'branch', '-D', 'worktree-agent-a1')
    const back = join(world.root, 'back')
    await world.git(world.repo, 'worktree', 'add', '--quiet', back, 'rescue/a1')
    expect(await readFile(join(back, 'a.txt'), 'utf8')).toBe('changed\n')
    expect(await readFile(join(back, 'new file.txt'), 'utf8')).toBe('new\n')
    expect(await readFile(join(back, 'half-of-it.txt'), 'utf8')).toBe('half of it\n')
    await world.git(back, 'restore', '--source=refs/not-pushed/rescue/a1/ignored', '--', '.')
    expect(await readFile(join(back, 'reports/out.txt'), 'utf8')).toBe('produced\n')
  })

  variant('add a worktree again that is gone while its branch is there, before a client starts', async () => {
    const lock = (place: string): Promise<string> =>
      world.git(world.repo, 'worktree', 'lock', '--reason', 'claude agent agent-a1 (pid 4242 start 1)', place)
    const ways: readonly (readonly [string, (place: string) => Promise<unknown>, number | null])[] = [
      ['removed by git', (place) => world.git(world.repo, 'worktree', 'remove', '--force', place), 0],
      ['deleted', (place) => rm(place, { recursive: true }), 1],
      ['deleted while locked by a process that has ended', (place) => lock(place).then(() => rm(place, { recursive: true })), 2],
      ['deleted while its branch is taken', (place) => takeBranch(place), null],
    ]
    for (const [how, take, forces] of ways) {
      const place = await world.worktree('a1')
      await world.commit(place, 'half of it')
      await take(place)
      const { worktrees } = await world.inspect([world.place('a1')], { alive: false })
      expect([how, worktrees.find(({ path }) => path === place)?.forcesToRestore ?? null]).toEqual([how, forces])
      const [back] = (await plan(worktrees, { a1: 'exit_killed' })).filter(({ kind }) => kind === 'resume' || kind === 'redispatch')
      const [add] = back?.commands ?? []
      expect([how, add?.argv.slice(0, 3).join(' ') === 'git worktree add']).toEqual([how, forces !== null])
      if (add !== undefined && forces !== null) {
        expect(back?.kind).toBe('resume')
        expect((await lab.try(add.cwd, add.argv[0] ?? '', add.argv.slice(1))).code).toBe(0)
        expect(await readFile(join(place, 'half-of-it.txt'), 'utf8')).toBe('half of it\n')
      }
      await world.git(world.repo, 'worktree', 'remove', '--force', '--force', forces === null ? `${place}-other` : place)
      await world.git(world.repo, 'worktree', 'prune')
      await world.git(world.repo, 'branch', '-D', 'worktree-agent-a1')
    }

    async function takeBranch(place: string): Promise<void> {
      await world.git(world.repo, 'worktree', 'remove', '--force', place)
      await world.git(world.repo, 'worktree', 'add', '--quiet', `${place}-other`, 'worktree-agent-a1')
    }
  })

  variant('add a detached worktree again at its commit, and none that somebody alive has locked', async () => {
    const place = await world.worktree('a1')
    await world.commit(place, 'half of it')
    await world.git(place, 'checkout', '--quiet', '--detach')
    await world.git(world.repo, 'branch', '-D', 'worktree-agent-a1')
    const head = await world.head(place)
    await rm(place, { recursive: true })
    const restored = async (alive: boolean | null) => {
      const { worktrees } = await world.inspect([world.place('a1')], { alive })
      return (await plan(worktrees, { a1: 'exit_killed' })).flatMap(({ commands }) => commands).filter(({ argv }) => argv[2] === 'add')
    }
    const [add] = await restored(null)
    expect(add?.argv).toEqual(['git', 'worktree', 'add', '-f', '--detach', '--', place, head])
    expect((await lab.try(add?.cwd ?? '', 'git', add?.argv.slice(1) ?? [])).code).toBe(0)
    await world.git(world.repo, 'worktree', 'lock', '--reason', 'claude agent agent-a1 (pid 4242 start 1)', place)
    await rm(place, { recursive: true })
    expect(await restored(true)).toEqual([])
    expect(await restored(null)).toEqual([])
    expect(await restored(false)).toHaveLength(1)
  })

  variant('send it to origin, later states too, and never what was ignored', async () => {
    const place = await world.worktree('a1')
    await world.write(place, 'a.txt', 'one\n')
    await world.write(place, '.env', 'SECRET=1\n')
    const rows = await rowsOf('a1')
    const ignored = { what: 'ignored', count: 1, lines: null, bytes: 9, paths: ['.env'] } as const
    const withIgnored = rows.map((row) => ({ ...row, atRisk: [...row.atRisk, { ...ignored, paths: ['.env'] }] }))
    const actions = await plan(withIgnored, { a1: 'exit_killed' }, { push: true })
    expect(of(actions, 'preserve')[0]?.commands[0]?.argv).toContain('--push')
    await save(withIgnored, { push: true })
    await writeFile(join(place, 'a.txt'), 'two\n')
    await save(withIgnored, { push: true })
    const there = await world.git(world.origin, 'for-each-ref', '--format=%(refname)')
    expect(there.split('\n')).toEqual(['refs/heads/main', 'refs/heads/rescue/a1', 'refs/heads/rescue/a1-2'])
    const objects = await world.git(world.origin, 'rev-list', '--all', '--objects')
    const secret = await world.git(world.repo, 'rev-parse', 'refs/not-pushed/rescue/a1/ignored:.env')
    expect(objects).not.toContain(secret)
  })

  variant('push a finished branch, and only that; one that has gone another way is left to the person', async () => {
    const place = await world.worktree('a1')
    await world.commit(place, 'all of it')
    const other = await world.worktree('a2')
    await world.commit(other, 'half of it')
    const rows = await rowsOf('a1', 'a2')
    const actions = await plan(rows, { a1: 'completed', a2: 'exit_killed' })
    const pushes = of(actions, 'push')
    expect(pushes.map(({ agents }) => agents)).toEqual([['a1']])
    expect(pushes[0]?.dependsOn).toEqual(['preserve-a1'])
    expect((await run(pushes[0])).code).toBe(0)
    expect(await world.head(world.origin, 'refs/heads/worktree-agent-a1')).toBe(await world.head(place))
    expect(of(await plan(await rowsOf('a1'), { a1: 'completed' }), 'push')).toEqual([])

    const clone = await world.clone()
    await world.git(clone, 'switch', '--quiet', 'worktree-agent-a1')
    await world.commit(clone, 'somebody else')
    await world.git(clone, 'push', '--quiet', 'origin', 'HEAD')
    await world.git(world.repo, 'fetch', '--quiet', 'origin')
    await world.commit(place, 'one more')
    const apart = await plan(await rowsOf('a1'), { a1: 'completed' })
    expect(of(apart, 'push')).toEqual([])
    const asked = of(apart, 'inspect').filter(({ agents }) => agents.includes('a1'))
    expect(asked.map(({ why }) => why)).toEqual([expect.stringContaining('other commits')])
  })

  it('remove what is merged or untouched, with its branch where git agrees; nothing else', async () => {
    const merged = await world.worktree('a1')
    await world.commit(merged, 'merged')
    await world.git(world.repo, 'merge', '--quiet', '--no-ff', '-m', 'merge', 'worktree-agent-a1')
    await world.git(world.repo, 'push', '--quiet', 'origin', 'main')
    const untouched = await world.worktree('a2')
    await world.git(world.repo, 'worktree', 'lock', '--reason', 'claude agent agent-a2 (pid 4242 start 1)', untouched)
    const dead = await world.worktree('a3')
    const changed = await world.worktree('a4')
    await world.write(changed, 'new.txt', 'new\n')
    const { worktrees } = await world.inspect(
      ['a1', 'a2', 'a3', 'a4'].map((id) => world.place(id)),
      { alive: false },
    )
    const actions = await plan(worktrees, { a1: 'completed', a2: 'completed', a3: 'exit_killed', a4: 'completed' })
    const removals = of(actions, 'clean_up')
    expect(removals.map(({ agents }) => agents)).toEqual([['a1'], ['a2']])
    const saved = of(actions, 'preserve').map(({ id }) => id)
    expect(saved).toEqual(['preserve-a4'])
    for (const { dependsOn } of removals) expect(dependsOn).toEqual(expect.arrayContaining(saved))
    for (const removal of removals) expect((await run(removal)).stderr).not.toMatch(/fatal|error/)
    const left = (await world.git(world.repo, 'worktree', 'list', '--porcelain')).split('\n').filter((line) => line.startsWith('worktree '))
    expect(left).toEqual([world.repo, dead, changed].map((path) => `worktree ${path}`))
    expect(await world.git(world.repo, 'branch', '--list', 'worktree-agent-a1', 'worktree-agent-a2')).toBe('')
  })

  it('nothing is removed whose remote did not answer, nor pushed there; a person is told', async () => {
    const place = await world.worktree('a1')
    await world.commit(place, 'all of it')
    await rm(world.origin, { recursive: true })
    const { worktrees } = await world.inspect([world.place('a1')])
    const actions = await plan(worktrees, { a1: 'completed' })
    expect(actions.map(({ kind }) => kind)).toEqual(['preserve', 'inspect'])
    expect(actions[1]?.why).toMatch(/did not answer/)
  })

  it('a locked worktree whose owner lives, and one with somebody at work, stay', async () => {
    const place = await world.worktree('a1')
    await world.git(world.repo, 'worktree', 'lock', '--reason', 'claude agent agent-a1 (pid 4242 start 1)', place)
    const { worktrees } = await world.inspect([world.place('a1')], { alive: true })
    expect(await plan(worktrees, { a1: 'completed' })).toEqual([])
  })
})
