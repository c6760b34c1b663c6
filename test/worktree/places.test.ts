import { describe, expect, it } from 'vitest'
import type { PlacedWord } from '../../src/facts/run.ts'
import { claudeCode } from '../../src/clients/claude-code/index.ts'
import { conventionsOf } from '../../src/clients/worktree-conventions.ts'
import { branchesIn, placesOf } from '../../src/worktree/places.ts'
import { AGENT, candidate, REPO, WORKTREE } from '../plan/strategies/candidate.ts'

const conventions = conventionsOf(claudeCode.worktrees)

describe('names that commands give to branches', () => {
  it.each([
    ['git checkout -b feat/one', ['feat/one']],
    ['git checkout --quiet -B "feat/one" origin/main', ['feat/one']],
    ['cd x && git -C /repo -c user.name=a switch -c fix_2 && git push', ['fix_2']],
    ['git switch --create fix', ['fix']],
    ['git branch -m worktree-agent-a1 feat/one', ['feat/one']],
    ['git branch -M feat/two; git branch --move "three"', ['feat/two', 'three']],
    ['git worktree add -b side ../side origin/main', ['side']],
    ['git worktree add --no-track ../side -b side', ['side']],
    ['git checkout main', []],
    ['git branch --list feat', []],
    ['echo checkout -b no', []],
    ['git commit -m "checkout -b no"', []],
  ])('%s', (command, names) => {
    expect(branchesIn(command)).toEqual(names)
  })

  it('is linear in the length of a line', () => {
    // Anything else would take minutes, and the test would end by its timeout.
    expect(branchesIn(`git ${'-c a=b '.repeat(100_000)}checkout ${'-q '.repeat(100_000)}`)).toEqual([])
    expect(branchesIn(`git branch -m ${'a'.repeat(500_000)}`).length).toBeLessThanOrEqual(1)
    expect(branchesIn('git '.repeat(200_000))).toEqual([])
  })
})

it('knows the client’s own worktrees by their paths', () => {
  expect(conventions.split('/r/.claude/worktrees/agent-a1/src')).toEqual({ root: '/r/.claude/worktrees/agent-a1', repository: '/r' })
  expect(conventions.split('/r/.claude/worktrees/a/.claude/worktrees/b')).toEqual({
    root: '/r/.claude/worktrees/a/.claude/worktrees/b',
    repository: '/r/.claude/worktrees/a',
  })
  expect(conventions.split('C:\\r\\.claude\\worktrees\\a')).toEqual({ root: 'C:\\r\\.claude\\worktrees\\a', repository: 'C:\\r' })
  for (const other of ['/r', '/r/.claude/worktrees', '/r/.claude/worktreesx/a']) expect(conventions.split(other)).toBeNull()
})

describe('whose a place is', () => {
  const OTHER = 'b000000000000000b'
  const workers = (named: string | null): readonly (readonly string[])[] => {
    const { run: mine, context } = candidate().judged
    const { run: others } = candidate({ run: { agentId: OTHER, worktreePath: null, folders: [REPO] } }).judged
    const word: PlacedWord = {
      via: 'notification',
      agentId: named,
      toolUseId: 'toolu_1',
      workflowRunId: null,
      taskId: null,
      status: 'completed',
      outcome: 'finished',
      tells: null,
      text: '',
      worktree: { path: WORKTREE, branch: null },
      at: 0,
      where: { path: '/t', line: 1, byteOffset: 0 },
      delivered: true,
    }
    const words = { ...context, words: [word] }
    const places = placesOf([
      { run: mine, context, isRunning: false },
      { run: others, context: words, isRunning: false },
    ])
    return places.filter(({ path }) => path === WORKTREE).map(({ owners }) => owners.map(({ id }) => id))
  }

  it('a notice about another agent gives nobody its worktree, whatever call it came by', () => {
    expect(workers(AGENT)).toEqual([[AGENT]])
  })

  it('a notice that names nobody, or nobody who is known, counts for whom its call launched', () => {
    expect(workers(null)).toEqual([[AGENT, OTHER]])
    expect(workers('c000000000000000c')).toEqual([[AGENT, OTHER]])
  })
})
