import { describe, expect, it } from 'vitest'
import { FileUnavailable, type Files, type Processes } from '../../../src/ports/host.ts'
import { ownerOfLock, readLocks } from '../../../src/clients/claude-code/locks.ts'
import { memoryFiles } from '../../hostile/world.ts'

const WORKTREE = '/home/dev/app/.claude/worktrees/agent-a1'
const LOCK = '/home/dev/app/.git/worktrees/agent-a1/locked'
const processes: Processes = { domain: async () => null, inspect: async () => ({ state: 'alive', start: '87494', startedAt: null }) }

function locked(texts: Readonly<Record<string, string>>): Files {
  return {
    ...memoryFiles(new Map()),
    readText: async (path, maxBytes) => {
      const text = texts[path]
      if (text === undefined) throw new FileUnavailable(path, 'ENOENT')
      if (text.length > maxBytes) throw new FileUnavailable(path, 'EFBIG')
      return text
    },
  }
}
const readOne = async (text: string, worktree = WORKTREE, at = LOCK): Promise<unknown> => [
  ...(await readLocks([worktree], locked({ [at]: text }), processes)).byAgent.entries(),
]

describe('readLocks', () => {
  it.each([
    ['its start agrees', 'claude agent agent-a1 (pid 4664 start 87494)', 'alive'],
    ['its start is another', 'claude agent agent-a1 (pid 4664 start 1)', 'gone'],
    ['it has no start (2.1.157)', 'claude agent agent-a1 (pid 4664)\n', 'unknown'],
  ])('%s', async (_, text, state) => {
    expect(await readOne(text)).toEqual([
      [
        'a1',
        {
          source: 'lock',
          path: LOCK,
          pid: 4664,
          state,
          ...(state === 'unknown' && { mayLive: 'here' }),
          startedAt: null,
          jobId: null,
          status: null,
          statusSince: null,
        },
      ],
    ])
  })

  it.each([
    ['darwin', 'claude agent agent-a1 (pid 4664 start Sun Nov 29 02:45:25 2026)', 'alive'],
    ['darwin', 'claude agent agent-a1 (pid 4664 start Sun Nov 29 02:41:25 2026)', 'gone'],
    ['darwin', 'claude agent agent-a1 (pid 4664 start So 29 Nov 02:45:25 2026)', 'unknown'],
    ['darwin', 'claude agent agent-a1 (pid 4664 start 87494)', 'elsewhere'],
    ['win32', 'claude agent agent-a1 (pid 4664)', 'unknown'],
    ['win32', 'claude agent agent-a1 (pid 4664 start Sun Nov 29 02:45:25 2026)', 'elsewhere'],
    ['linux', 'claude agent agent-a1 (pid 4664 start Sun Nov 29 02:45:25 2026)', 'elsewhere'],
    ['linux', 'claude agent agent-a1 (pid 4664 start Tue Nov  3 02:45:25 2026)', 'elsewhere'],
  ])('on %s: %s', async (platform, text, state) => {
    const startedAt = Date.UTC(2026, 10, 29, 0, 45, 25)
    const facts = { state: 'alive', start: '87494', startedAt, lstart: 'Sun Nov 29 02:45:25 2026' } as const
    const there: Processes = { platform, domain: async () => null, inspect: async () => facts }
    const { byAgent } = await readLocks([WORKTREE], locked({ [LOCK]: text }), there)
    expect([...byAgent]).toMatchObject([['a1', { pid: 4664, state }]])
    expect(await ownerOfLock(text, there)).toEqual({ pid: 4664, alive: { alive: true, gone: false }[state] ?? null })
  })

  it('the blank-padded day of ps', async () => {
    const startedAt = Date.UTC(2026, 10, 3, 2, 45, 25)
    const facts = { state: 'alive', start: null, startedAt, lstart: 'Tue Nov 3 02:45:25 2026' } as const
    const mac: Processes = { platform: 'darwin', domain: async () => 'darwin', inspect: async () => facts }
    expect(await ownerOfLock('claude agent agent-a1 (pid 4664 start Tue Nov  3 02:45:25 2026)', mac)).toEqual({ pid: 4664, alive: true })
  })

  it('a session’s, by its worktree (2.1.332)', async () => {
    const { byAgent, byWorktree } = await readLocks([WORKTREE], locked({ [LOCK]: 'claude session fix up (pid 4664 start 1)' }), processes)
    expect(byAgent.size).toBe(0)
    expect([...byWorktree]).toMatchObject([[WORKTREE, { source: 'lock', pid: 4664, state: 'gone' }]])
    expect(await ownerOfLock('claude session fix up (pid 4664 start 87494)', processes)).toEqual({ pid: 4664, alive: true })
  })

  it.each([
    '',
    'locked by hand',
    'claude agent agent-a1',
    'claude agent agent-../x (pid 1)',
    'claude agent agent-a1 (pid 0)',
    'claude agent agent-a1 (pid 12345678901)',
    ` claude agent agent-a1 (pid 1)`,
    'claude agent agent-a1\n(pid 4664)',
    'claude agent agent-a1 (pid -4664)',
    'claude agent agent-a1 (pid 4664e1)',
    'claude agent agent-a1 (pid 4664 start -1)',
    'claude agent agent-a1\0 (pid 4664)',
    'claude agent agent-\u202ea1 (pid 4664)',
    `claude agent agent-${'a'.repeat(129)} (pid 4664)`,
    `claude session ${'('.repeat(3_000)}`,
    `claude session ${' '.repeat(3_000)}(pid`,
    'CLAUDE AGENT agent-a1 (pid 4664)',
    'x'.repeat(5_000),
  ])('%j names nobody', async (text) => expect(await readOne(text)).toEqual([]))

  it('a name that every object has is a name like another', async () => {
    for (const id of ['__proto__', 'constructor', 'toString']) {
      expect(await readOne(`claude agent agent-${id} (pid 4664 start 87494)`)).toMatchObject([[id, { pid: 4664, state: 'alive' }]])
    }
  })

  it('knows the paths of Windows', async () => {
    expect(
      await readOne(
        'claude agent agent-a1 (pid 4664 start 87494)',
        'C:\\app\\.claude\\worktrees\\agent-a1',
        'C:\\app/.git/worktrees/agent-a1/locked',
      ),
    ).toHaveLength(1)
  })

  it.each([
    '/.claude/worktrees/x',
    'app/.claude/worktrees/x',
    '/app/.claude/worktrees',
    '/app/.claude/worktrees/x/y',
    '/a/../b/.claude/worktrees/x',
    '//host/share/.claude/worktrees/x',
    '/app/.claude/worktrees/..',
    '/app/.claude/worktrees/a b',
  ])('%s is asked for no lock', async (worktree) => {
    const asked: string[] = []
    const files: Files = { ...memoryFiles(new Map()), readText: async (path) => (asked.push(path), '') }
    expect([[...(await readLocks([worktree], files, processes)).byAgent], asked]).toEqual([[], []])
  })

  it('an error that is no file’s comes through', async () => {
    const files: Files = { ...memoryFiles(new Map()), readText: () => Promise.reject(new TypeError('a bug')) }
    await expect(readLocks([WORKTREE], files, processes)).rejects.toThrow('a bug')
  })
})

describe('ownerOfLock', () => {
  it.each([
    ['claude agent agent-a1 (pid 4664 start 87494)', { pid: 4664, alive: true }],
    ['claude agent agent-a1 (pid 4664 start 1)', { pid: 4664, alive: false }],
    ['claude agent agent-a1 (pid 4664)', { pid: 4664, alive: null }],
    ['claude agent agent-a1 (pid 0)', null],
    ['locked by hand', null],
    ['', null],
  ])('%j', async (reason, owner) => expect(await ownerOfLock(reason, processes)).toEqual(owner))
})
