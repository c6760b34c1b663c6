import { variant } from '../long.ts'
import { createHash } from 'node:crypto'
import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { analyze } from '../../src/scan/scan.ts'
import type { AnalyzeOptions } from '../../src/scan/analyze-options.ts'
import { PLAIN_WISHES } from '../../src/plan/wishes.ts'
import type { Git } from '../../src/ports/git.ts'
import { type Report, ReportSchema } from '../../src/report/report.ts'
import { createFiles } from '../../src/node/files.ts'
import { createGit } from '../../src/node/git.ts'
import { createProcesses } from '../../src/node/processes.ts'
import { createWorld, NOW, risk, START, worker, type World } from './world.ts'
import { analyzeOptions } from '../analyze-options.ts'

let world: World

beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.dispose())

const SESSION = '00000000-0000-4000-8000-000000000001'

interface Told {
  readonly id: string
  readonly cwd: string
  readonly meta?: Readonly<Record<string, unknown>>
  readonly commands?: readonly string[]
  readonly writes?: readonly string[]
}

/** Transcripts of one session with agents that were cut off. */
async function tell(agents: readonly Told[]): Promise<void> {
  const stamp = (minutes: number): string => new Date(START + minutes * 60_000).toISOString()
  const record = (minutes: number, cwd: string, agentId: string | null, type: 'user' | 'assistant', content: unknown) =>
    JSON.stringify({
      type,
      uuid: `${agentId ?? 'main'}-${minutes}`,
      parentUuid: null,
      isSidechain: agentId !== null,
      ...(agentId === null ? {} : { agentId }),
      sessionId: SESSION,
      cwd,
      version: '2.1.220',
      timestamp: stamp(minutes),
      message: {
        role: type,
        content,
        ...(type === 'assistant' ? { id: `msg-${agentId ?? 'main'}-${minutes}`, model: 'claude-sonnet-5', stop_reason: 'tool_use' } : {}),
      },
    })
  const folder = join(world.root, 'projects', '-repo')
  await world.write(folder, `${SESSION}.jsonl`, `${record(0, world.repo, null, 'user', 'go')}\n`)
  for (const { id, cwd, meta = {}, commands = [], writes = [] } of agents) {
    const calls = [
      ...commands.map((command) => ({ name: 'Bash', input: { command } })),
      ...writes.map((file_path) => ({ name: 'Write', input: { file_path, content: 'x' } })),
    ]
    const lines = [
      record(0, cwd, id, 'user', 'work'),
      ...calls.flatMap((call, at) => [
        record(at + 1, cwd, id, 'assistant', [{ type: 'tool_use', id: `toolu_${id}_${at}`, ...call }]),
        record(at + 1.5, cwd, id, 'user', [{ type: 'tool_result', tool_use_id: `toolu_${id}_${at}`, content: 'ok' }]),
      ]),
    ]
    const base = join(folder, SESSION, 'subagents', `agent-${id}`)
    await world.write(`${base}.jsonl`, `${lines.join('\n')}\n`)
    await world.write(`${base}.meta.json`, JSON.stringify({ agentType: 'general-purpose', ...meta }))
  }
}

async function report(more: Partial<AnalyzeOptions> = {}): Promise<Report> {
  const options = analyzeOptions({ roots: [join(world.root, 'projects')], now: NOW, git: true, offline: false, ...more })
  return analyze(options, { files: createFiles(), processes: createProcesses(), git: createGit({ env: world.env }) })
}

describe('from transcripts to rows', () => {
  it('a worktree of meta.json, a renamed branch, and the main checkout', async () => {
    const path = await world.worktree('a1')
    await world.git(path, 'checkout', '--quiet', '-b', 'feat/one')
    const head = await world.commit(path, 'one')
    await world.write(path, 'reports/run.txt', 'report')
    await world.write(world.repo, 'notes.txt', 'x')
    await tell([
      {
        id: 'a1',
        cwd: path,
        meta: { worktreePath: path, worktreeBranch: 'worktree-agent-a1' },
        commands: ['cd x && git checkout -b feat/one', 'git commit -am one'],
      },
      { id: 'a2', cwd: world.repo, writes: [join(world.repo, 'notes.txt')] },
      { id: 'a3', cwd: world.repo },
    ])
    const whole = await report()
    expect(() => ReportSchema.parse(whole)).not.toThrow()
    expect(whole.readIssues).toEqual([])
    expect(whole.worktrees).toEqual([
      world.expected('a1', {
        branch: 'feat/one',
        head,
        delivery: 'local',
        ahead: 1,
        dirty: { staged: 0, modified: 0, untracked: 0, ignored: 1, conflicted: 0, operation: null },
        atRisk: [risk('commits', 1), risk('ignored', 1, { bytes: 6, paths: ['reports/'] })],
        notes: ['it was made for the branch worktree-agent-a1, which it is no longer on'],
      }),
      world.expected('a2', {
        path: world.repo,
        branch: 'main',
        head: await world.head(world.repo),
        attribution: 'uncertain',
        dirty: { staged: 0, modified: 0, untracked: 1, ignored: 0, conflicted: 0, operation: null },
        atRisk: [risk('untracked', 1, { bytes: 1, paths: ['notes.txt'] })],
        notes: ['it is the main checkout: the person may have worked here, too'],
      }),
    ])
    expect((await report({ git: false })).worktrees).toEqual([])
    expect((await report({ offline: true })).worktrees.map((row) => row.remote)).toEqual([
      { unverified: 'offline_requested' },
      { unverified: 'offline_requested' },
    ])
  })

  variant('a plan for one agent knows the work of all in its repository; a scan tells of that agent', async () => {
    for (const id of ['a1', 'a2']) await world.write(await world.worktree(id), 'new.txt', 'x')
    await tell(
      ['a1', 'a2'].map((id) => ({
        id,
        cwd: world.path(id),
        meta: { worktreePath: world.path(id), worktreeBranch: `worktree-agent-${id}` },
        writes: [join(world.path(id), 'new.txt')],
      })),
    )
    const isBack = ({ kind }: Report['plan']['actions'][number]): boolean => /^(?:resume|promote|redispatch)$/.test(kind)
    const scanned = await report({ agent: 'a1' })
    expect(scanned.worktrees.map(({ agents }) => agents)).toEqual([['a1']])
    expect(scanned.plan.actions.filter(isBack)).toMatchObject([{ agents: ['a1'], dependsOn: ['preserve-a1', 'preserve-a2'] }])
    const planned = await report({ agent: 'a1', plan: PLAIN_WISHES })
    expect(planned.worktrees.map(({ agents }) => agents)).toEqual([['a1'], ['a2']])
    expect(
      planned.plan.actions
        .filter(isBack)
        .flatMap(({ preconditions }) => preconditions)
        .join(),
    ).not.toContain('not all of them')
  })

  it.each([
    ['another system', process.platform === 'win32' ? '/Users/ines/shop' : String.raw`C:\Users\ines\shop`],
    ['another machine', '/no-such-machine/ines/shop'],
  ])('a worktree on %s is a fact of its row, and nothing is incomplete for it', async (_, folder) => {
    const separator = folder.includes('\\') ? '\\' : '/'
    const path = [folder, '.claude', 'worktrees', 'agent-a1'].join(separator)
    await tell([{ id: 'a1', cwd: path, meta: { worktreePath: path, worktreeBranch: 'worktree-agent-a1' } }])
    const { complete, readIssues, worktrees } = await report()
    expect({ complete, readIssues }).toEqual({ complete: true, readIssues: [] })
    expect(worktrees).toEqual([
      expect.objectContaining({
        path,
        exists: false,
        agents: ['a1'],
        notes: [expect.stringContaining('is on this machine') as string],
      }),
    ])
  })

  it('nobody starts in a project folder that was removed', async () => {
    await world.write(join(world.root, 'app'), 'x', 'x')
    await tell([{ id: 'a1', cwd: join(world.root, 'app', 'gone') }])
    const { plan } = await report()
    const [action] = plan.actions.filter(({ agents, kind }) => agents.includes('a1') && kind !== 'inspect')
    expect(action).toMatchObject({
      commands: [],
      preconditions: expect.arrayContaining([`Its project folder is gone: ${join(world.root, 'app', 'gone')}`]) as string[],
    })
  })

  variant('a worktree that only the folders of its records tell of, and an orphan beside it', async () => {
    const path = await world.worktree('a1')
    await world.worktree('gone')
    await tell([{ id: 'a1', cwd: join(path, 'src') }])
    const { worktrees } = await report()
    expect(worktrees.map(({ path: at, agents, orphan }) => [at, agents, orphan])).toEqual([
      [path, ['a1'], false],
      [world.path('gone'), [], true],
    ])
  })

  variant('says the same twice', async () => {
    const path = await world.worktree('a1')
    await world.commit(path, 'one')
    await world.worktree('a2')
    await tell([
      { id: 'a1', cwd: path },
      { id: 'a2', cwd: world.path('a2') },
    ])
    expect(JSON.stringify(await report())).toBe(JSON.stringify(await report()))
  })
})

/** Names, modes, times of change and contents of everything below a folder. */
async function digest(folder: string): Promise<string> {
  const hash = createHash('sha256')
  const visit = async (path: string): Promise<void> => {
    const stats = await lstat(path, { bigint: true })
    hash.update(`${path} ${stats.mode} ${stats.mtimeNs} ${stats.ino}\n`)
    if (stats.isFile()) hash.update(await readFile(path))
    if (stats.isSymbolicLink()) hash.update(await readlink(path))
    if (stats.isDirectory()) for (const name of (await readdir(path)).toSorted()) await visit(join(path, name))
  }
  await visit(folder)
  return hash.digest('hex')
}

variant('changes nothing: no file, no index, no reference, no configuration', async () => {
  const clean = await world.worktree('clean')
  const dirty = await world.worktree('dirty')
  await world.commit(dirty, 'one')
  await world.git(dirty, 'push', '--quiet', 'origin', 'HEAD')
  await world.git(dirty, 'commit', '--quiet', '--amend', '-m', 'other')
  await world.write(dirty, 'b.txt', 'stashed\n')
  await world.git(dirty, 'stash', '--quiet')
  await world.write(dirty, 'a.txt', 'staged\n')
  await world.git(dirty, 'add', 'a.txt')
  await world.write(dirty, 'b.txt', 'changed\n')
  await world.write(dirty, 'new.txt', 'new\n')
  await world.write(dirty, '.env', 'secret\n')
  // The same content at another time: git would like to note that in the index.
  await world.write(clean, 'a.txt', 'one\ntwo\nthree\n')
  const other = await world.clone()
  await world.commit(other, 'theirs', { 'a.txt': 'theirs\n' })
  await world.git(other, 'push', '--quiet', 'origin', 'main')
  const conflicted = await world.worktree('conflicted')
  await world.commit(conflicted, 'mine', { 'a.txt': 'mine\n' })
  await world.git(world.repo, 'fetch', '--quiet')
  await world.try(conflicted, 'rebase', 'origin/main')
  await world.commit(other, 'later')
  await world.git(other, 'push', '--quiet', 'origin', 'main')
  const gone = await world.worktree('gone')
  await world.commit(gone, 'gone')
  await world.git(world.repo, 'worktree', 'remove', '--force', gone)
  await world.git(world.repo, 'worktree', 'lock', '--reason', 'claude agent agent-clean (pid 1 start 1)', clean)

  const before = await digest(world.root)
  const { worktrees, issues } = await world.inspect(['clean', 'dirty', 'conflicted', 'gone'].map((id) => world.place(id)))
  expect(await digest(world.root)).toBe(before)
  expect(issues).toEqual([])
  expect(worktrees).toHaveLength(4)
})

describe('what it costs', () => {
  /** A port that notes what it is asked. */
  function counting(): { readonly git: Git; readonly asked: Map<string, number> } {
    const real = createGit({ env: world.env })
    const asked = new Map<string, number>()
    const git = new Proxy(real, {
      get:
        (port, name: keyof Git) =>
        (...args: readonly unknown[]) => {
          asked.set(name, (asked.get(name) ?? 0) + 1)
          return (port[name] as (...rest: readonly unknown[]) => unknown)(...args)
        },
    })
    return { git, asked }
  }

  variant('of a clean worktree whose head is in the base its status, and two logs, which are files', async () => {
    const ids = Array.from({ length: 8 }, (_, index) => `a${index}`)
    for (const id of ids) {
      await world.worktree(id)
      await world.commit(world.repo, `after ${id}`)
      await world.git(world.repo, 'push', '--quiet')
    }
    const places = ids.map((id) => world.place(id, { worker: worker(id, { commits: false }) }))
    const costs = async (count: number): Promise<Record<string, number>> => {
      const { git, asked } = counting()
      const { worktrees } = await world.inspect(places.slice(0, count), { git })
      expect(worktrees.filter((row) => row.delivery === 'none' && (row.behind ?? 0) > 0)).toHaveLength(8)
      return Object.fromEntries(asked)
    }
    const each = { repositoryOf: 1 + 8, status: 8, reflog: 1 + 2 * 8 - 1 }
    const shared = { version: 1, worktrees: 1, refs: 1, remotes: 1, lsRemote: 1, hasObjects: 1, stashes: 1, log: 1 }
    expect(await costs(8)).toEqual({ ...shared, ...each, reflog: 16 })
    // Whether their transcripts are there makes no difference.
    expect(await costs(1)).toEqual({ ...shared, ...each, reflog: 16 })
  })
})
