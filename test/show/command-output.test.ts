import { describe, expect, it } from 'vitest'
import { findMadeCommits } from '../../src/facts/git-answer.ts'
import { findDeliveries } from '../../src/show/command-output.ts'
import { EndsOf } from '../../src/show/bounded.ts'

describe('what a command’s output says of commits', () => {
  it.each([
    ['git commit -m x', '[main 1a2b3c4] x\n 1 file changed', [['main', '1a2b3c4', 'x']]],
    ['cd /x && git -C y commit -am "a [b] c"', '[feat/a-b 1a2b3c4d5e] a [b] c', [['feat/a-b', '1a2b3c4d5e', 'a [b] c']]],
    ['git commit', '[main (root-commit) 1a2b3c4] first', [['main', '1a2b3c4', 'first']]],
    [
      'git cherry-pick a b',
      '[detached HEAD 1a2b3c4] one\n[detached HEAD 2a2b3c4] two',
      [
        ['detached HEAD', '1a2b3c4', 'one'],
        ['detached HEAD', '2a2b3c4', 'two'],
      ],
    ],
    ['git commit', 'On branch main\nnothing to commit, working tree clean', []],
    ['cat log.txt', '[main 1a2b3c4] somebody else’s', []],
    ['git log', '[main 1a2b3c4] quoted', []],
    ['git commit -qm x && git rev-parse HEAD', `ok\n${'1a2b3c4d5e'.repeat(4)}`, [['HEAD', '1a2b3c4d5e'.repeat(4), '']]],
    ['git commit -qm x; git log --oneline -1', '1a2b3c4 x', [['HEAD', '1a2b3c4', 'x']]],
    ['git commit -qm x', '1a2b3c4 somebody else’s', []],
    ['git rev-parse HEAD && git commit -qm x', '1a2b3c4', []],
    ['git commit -qm x; git log --oneline -5', '1a2b3c4 x\n2a2b3c4 before', []],
    ['git rev-parse HEAD', '1a2b3c4', []],
    ['npm test && git commit -qm x', `${'ok\n'.repeat(100_000)}[main 1a2b3c4] x\n`, [['main', '1a2b3c4', 'x']]],
  ])('%s', (command, output, expected) => {
    expect(findMadeCommits(command, output).map(({ branch, hash, subject }) => [branch, hash, subject])).toEqual(expected)
  })
})

describe('what it says of pushes and requests', () => {
  it.each([
    ['git push', 'To x\n   1a2b3c4..2a2b3c4  main -> main', ['push main']],
    ['git push -f', 'To x\n + 1a2b3c4...2a2b3c4 a -> b (forced update)', ['push b']],
    ['git push', 'To x\n * [new branch]      HEAD -> feat/a', ['push feat/a']],
    ['git push', 'To x\n ! [rejected]        main -> main (fetch first)\nerror: failed to push', []],
    ['git push', 'Everything up-to-date', []],
    ['gh pr create --fill', 'https://github.com/a/b/pull/7', ['pull_request https://github.com/a/b/pull/7']],
    ['glab mr create', 'https://gitlab.com/a/b/-/merge_requests/7', ['pull_request https://gitlab.com/a/b/-/merge_requests/7']],
    ['gh pr list', 'https://github.com/a/b/pull/7', []],
  ])('%s', (command, output, expected) => {
    expect(findDeliveries(command, output).map(({ kind, what }) => `${kind} ${what}`)).toEqual(expected)
  })
})

it('a bounded list keeps both ends and counts what stood between', () => {
  for (const [first, last] of [
    [2, 3],
    [0, 3],
    [3, 0],
    [0, 0],
  ] as const) {
    for (let length = 0; length < 30; length += 1) {
      const list = new EndsOf<number>(first, last)
      const all = Array.from({ length }, (_, index) => index)
      for (const each of all) list.push(each)
      expect(list.items).toEqual(all.filter((index) => index < first || index >= Math.max(first, length - last)))
      expect(list.items.length + list.leftOut).toBe(length)
    }
  }
})
