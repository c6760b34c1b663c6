import { variant } from '../long.ts'
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { GitUnavailable, type Git, type Repository, type WorktreeStatus } from '../../src/ports/git.ts'
import { parseReflog, parseStatus } from '../../src/node/git-parse.ts'
import { createGate } from '../../src/node/git-run.ts'
import { createGit } from '../../src/node/git.ts'
import { createLab, type Lab } from '../git/lab.ts'

let lab: Lab
let git: Git
let repo: string
beforeEach(async () => {
  lab = await createLab()
  git = createGit({ env: lab.env })
  repo = await lab.repository()
})
afterEach(() => lab.dispose())

const ask = async (path = repo): Promise<Repository> => git.repositoryOf(path)
const statusOf = async (path = repo): Promise<WorktreeStatus> => git.status(await ask(path))
const oidOf = (revision: string, path = repo): Promise<string> => lab.git(path, 'rev-parse', revision)

async function commit(path: string, file: string, text: string, subject = `change ${file}`): Promise<string> {
  await lab.write(join(path, file), text)
  await lab.git(path, 'add', file)
  await lab.git(path, 'commit', '--quiet', '-m', subject)
  return oidOf('HEAD', path)
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(GitUnavailable)
  return error instanceof GitUnavailable ? error.code : ''
}

test('the repository of a path: a subfolder, a file, a linked worktree', async () => {
  await lab.write(join(repo, 'src/deep/x.ts'), '')
  const main = { worktreePath: repo, gitDir: join(repo, '.git'), commonDir: join(repo, '.git'), mainWorktree: repo }
  expect(await ask()).toEqual(main)
  expect(await ask(join(repo, 'src/deep'))).toEqual(main)
  expect(await ask(join(repo, 'src/deep/x.ts'))).toEqual(main)
  const side = join(lab.root, 'repo-side')
  expect(await ask(side)).toEqual({ ...main, worktreePath: side, gitDir: join(repo, '.git/worktrees/repo-side') })
})

test('a .git file with the line end of Windows', async () => {
  const side = join(lab.root, 'repo-side')
  await writeFile(join(side, '.git'), `gitdir: ${join(repo, '.git/worktrees/repo-side')}\r\n`)
  await writeFile(join(repo, '.git/worktrees/repo-side/gitdir'), `${join(side, '.git')}\r\n`)
  expect((await ask(side)).gitDir).toBe(join(repo, '.git/worktrees/repo-side'))
  expect((await statusOf(side)).branch).toBe('refs/heads/side')
})

test('no repository, none any more, an empty folder called .git', async () => {
  expect(await codeOf(ask(lab.root))).toBe('not_a_repository')
  expect(await codeOf(ask(join(lab.root, 'missing')))).toBe('vanished')
  for (const path of ['.', '', '\0', `${repo}\0`]) expect(await codeOf(ask(path))).toBe('failed')
  const side = join(lab.root, 'repo-side')
  await rename(repo, join(lab.root, 'moved'))
  expect(await codeOf(ask(side))).toBe('not_a_repository')
  await mkdir(join(lab.root, 'moved/sub/.git'), { recursive: true })
  expect((await ask(join(lab.root, 'moved/sub'))).worktreePath).toBe(join(lab.root, 'moved'))
})

test('a worktree that was moved by hand is not trusted', async () => {
  await rename(join(lab.root, 'repo-side'), join(lab.root, 'elsewhere'))
  expect(await codeOf(ask(join(lab.root, 'elsewhere')))).toBe('untrusted_gitdir')
})

test('worktrees of a bare repository', async () => {
  const path = join(lab.root, 'from-bare')
  await lab.git(`${repo}.git`, 'worktree', 'add', '--quiet', '-b', 'agent', path, 'main')
  const repository = await ask(path)
  expect(repository).toMatchObject({ commonDir: `${repo}.git`, mainWorktree: null })
  expect(await git.worktrees(repository)).toMatchObject([
    { path: `${repo}.git`, bare: true, head: null },
    { path, branch: 'refs/heads/agent' },
  ])
  expect((await git.status(repository)).branch).toBe('refs/heads/agent')
  expect(await codeOf(ask(`${repo}.git`))).toBe('not_a_repository')
})

test('worktrees: branch, detached, locked with and without a reason, vanished', async () => {
  const head = await oidOf('HEAD')
  for (const name of ['detached', 'locked', 'reason', 'gone']) {
    await lab.git(repo, 'worktree', 'add', '--quiet', '--detach', join(lab.root, `w ${name} ü`))
  }
  await lab.git(repo, 'worktree', 'lock', join(lab.root, 'w locked ü'))
  await lab.git(repo, 'worktree', 'lock', '--reason', 'claude agent x (pid 1)\nsecond line', join(lab.root, 'w reason ü'))
  await rm(join(lab.root, 'w gone ü'), { recursive: true })
  const found = new Map((await git.worktrees(await ask())).map((worktree) => [worktree.path, worktree]))
  const plain = { head, branch: null, detached: true, bare: false, locked: null, prunable: null }
  expect(found.get(repo)).toEqual({ ...plain, path: repo, branch: 'refs/heads/main', detached: false })
  expect(found.get(join(lab.root, 'w detached ü'))).toEqual({ ...plain, path: join(lab.root, 'w detached ü') })
  expect(found.get(join(lab.root, 'w locked ü'))?.locked).toBe('')
  expect(found.get(join(lab.root, 'w reason ü'))?.locked).toBe('claude agent x (pid 1)\nsecond line')
  expect(found.get(join(lab.root, 'w gone ü'))?.prunable).toContain('non-existent')
})

test('status: every kind of entry', async () => {
  await commit(repo, 'c.txt', 'c\n')
  await lab.write(join(repo, 'staged name ü\n.txt'), '')
  await lab.git(repo, 'add', 'staged name ü\n.txt')
  await lab.write(join(repo, 'c.txt'), 'staged\n')
  await lab.git(repo, 'add', 'c.txt')
  await lab.write(join(repo, 'c.txt'), 'and modified\n')
  await rm(join(repo, 'a.txt'))
  await lab.git(repo, 'init', '--quiet', 'nested')
  await lab.git(join(repo, 'nested'), 'commit', '--quiet', '--allow-empty', '-m', 'x')
  await lab.write(join(repo, 'build.log/out'), '')
  const { entries, head, branch, upstream, ahead, behind, stashes, hidden, operation } = await statusOf()
  expect(entries).toEqual([
    { kind: 'modified', path: 'a.txt', xy: '.D' },
    { kind: 'modified', path: 'b.txt', xy: '.M' },
    { kind: 'both', path: 'c.txt', xy: 'MM' },
    { kind: 'staged', path: 'staged name ü\n.txt', xy: 'A.' },
    { kind: 'untracked', path: 'nested/', xy: '??' },
    { kind: 'untracked', path: 'new.txt', xy: '??' },
    { kind: 'ignored', path: 'build.log/', xy: '!!' },
    { kind: 'ignored', path: 'x.log', xy: '!!' },
  ])
  expect({ branch, upstream, ahead, behind, stashes, hidden, operation }).toEqual({
    branch: 'refs/heads/main',
    upstream: null,
    ahead: null,
    behind: null,
    stashes: 0,
    hidden: [],
    operation: null,
  })
  expect(head).toBe(await oidOf('HEAD'))
})

test.skipIf(process.platform !== 'linux')('a name that is not UTF-8 is shown by its bytes', async () => {
  await lab.try(repo, 'sh', ['-c', String.raw`touch "$(printf 'caf\351 ü.txt')"`])
  expect((await statusOf()).entries.map(({ path }) => path)).toContain(String.raw`caf\xe9 \xc3\xbc.txt`)
})

test('ahead, behind, an upstream that is gone, a renamed branch', async () => {
  const side = join(lab.root, 'repo-side')
  await lab.git(repo, 'branch', '--quiet', '--set-upstream-to=origin/main')
  await lab.git(side, 'push', '--quiet', 'origin', 'HEAD:main')
  await commit(side, 'c.txt', 'c\n')
  await lab.git(side, 'push', '--quiet', 'origin', 'HEAD:main')
  await commit(repo, 'd.txt', 'd\n')
  await commit(repo, 'e.txt', 'e\n')
  expect(await statusOf()).toMatchObject({ upstream: 'origin/main', ahead: 2, behind: 1 })
  await lab.git(repo, 'branch', '--quiet', '-m', 'feature/ü')
  expect(await statusOf()).toMatchObject({ branch: 'refs/heads/feature/ü', upstream: 'origin/main' })
  await lab.git(repo, 'update-ref', '-d', 'refs/remotes/origin/main')
  expect(await statusOf()).toMatchObject({ upstream: 'origin/main', ahead: null, behind: null })
})

test('a detached HEAD', async () => {
  await lab.git(repo, 'checkout', '--quiet', '--detach')
  expect(await statusOf()).toMatchObject({ branch: null, head: await oidOf('HEAD') })
})

test('a branch without commits', async () => {
  const empty = join(lab.root, 'empty')
  await lab.git(lab.root, 'init', '--quiet', empty)
  await lab.write(join(empty, 'a.txt'), 'one\ntwo\n')
  await lab.git(empty, 'add', '.')
  const repository = await ask(empty)
  expect(await git.status(repository)).toMatchObject({
    branch: 'refs/heads/main',
    head: null,
    entries: [{ kind: 'staged', path: 'a.txt' }],
  })
  expect(await git.diffStat(repository)).toEqual([{ path: 'a.txt', added: 2, deleted: 0 }])
  expect(await git.refs(repository)).toEqual([])
  expect(await git.reflog(repository, 'HEAD')).toEqual([])
  expect(await git.remotes(repository)).toEqual({ remotes: [], pushDefault: null, branches: [] })
  expect(await git.worktrees(repository)).toMatchObject([{ path: empty, head: null, branch: 'refs/heads/main' }])
})

variant('a merge in conflict', async () => {
  await lab.git(repo, 'checkout', '--quiet', '--force', 'main')
  const theirs = await commit(join(lab.root, 'repo-side'), 'b.txt', 'theirs\n')
  await commit(repo, 'b.txt', 'ours\n')
  await lab.try(repo, 'git', ['merge', 'side'])
  const status = await statusOf()
  expect(status.entries).toContainEqual({ kind: 'conflicted', path: 'b.txt', xy: 'UU' })
  expect(status.operation).toEqual({ kind: 'merge', step: null, steps: null, branch: null, commit: theirs })
  expect(await git.diffStat(await ask())).not.toContainEqual(expect.objectContaining({ path: 'b.txt', added: null }))
})

variant.each([
  ['merge', []],
  ['apply', ['--apply']],
])('a rebase (%s) that stopped', async (_backend, options) => {
  const side = join(lab.root, 'repo-side')
  await commit(side, 'b.txt', 'theirs\n')
  await lab.git(repo, 'checkout', '--quiet', '--force', 'main')
  const onto = await commit(repo, 'b.txt', 'ours\n')
  await lab.git(side, 'reset', '--quiet', '--hard', 'HEAD~1')
  await commit(side, 'c.txt', 'c\n')
  await commit(side, 'b.txt', 'theirs\n')
  await commit(side, 'd.txt', 'd\n')
  await lab.try(side, 'git', ['rebase', ...options, 'main'])
  const { operation, branch } = await statusOf(side)
  expect(operation).toEqual({ kind: 'rebase', step: 2, steps: 3, branch: 'refs/heads/side', commit: onto })
  expect(branch).toBeNull()
})

variant('cherry-pick, revert, am and bisect under way', async () => {
  await lab.git(repo, 'checkout', '--quiet', '--force', 'main')
  const side = join(lab.root, 'repo-side')
  const theirs = await commit(side, 'b.txt', 'theirs\n')
  const first = await commit(repo, 'b.txt', 'ours\n')
  await commit(repo, 'b.txt', 'ours again\n')
  await lab.try(repo, 'git', ['cherry-pick', theirs])
  expect((await statusOf()).operation).toMatchObject({ kind: 'cherry_pick', commit: theirs })
  await lab.git(repo, 'cherry-pick', '--abort')
  await lab.try(repo, 'git', ['revert', '--no-edit', first])
  expect((await statusOf()).operation).toMatchObject({ kind: 'revert', commit: first })
  await lab.git(repo, 'revert', '--abort')
  const patch = await lab.git(side, 'format-patch', '-1', '-o', lab.root)
  await lab.try(repo, 'git', ['am', patch])
  expect((await statusOf()).operation).toMatchObject({ kind: 'am', step: 1, steps: 1 })
  await lab.git(repo, 'am', '--abort')
  await lab.git(repo, 'bisect', 'start', 'HEAD', 'HEAD~2')
  expect((await statusOf()).operation).toMatchObject({ kind: 'bisect', branch: 'refs/heads/main' })
  // Between two commits of a series.
  await lab.git(repo, 'bisect', 'reset')
  await lab.try(repo, 'git', ['cherry-pick', theirs, theirs])
  await rm(join(repo, '.git/CHERRY_PICK_HEAD'), { force: true })
  await lab.write(join(repo, '.git/sequencer/todo'), `pick ${theirs} x\n`)
  expect((await statusOf()).operation).toMatchObject({ kind: 'cherry_pick', commit: null })
})

variant('stashes, and the branch that each was made on', async () => {
  await lab.git(repo, 'stash', 'push', '--quiet', '-m', 'of my own')
  await lab.git(repo, 'checkout', '--quiet', '--detach')
  await lab.write(join(repo, 'a.txt'), 'again\n')
  await lab.git(repo, 'stash', 'push', '--quiet')
  expect((await statusOf()).stashes).toBe(2)
  const stashes = await git.stashes(await ask(join(lab.root, 'repo-side')))
  expect(stashes.map(({ branch }) => branch)).toEqual([null, 'main'])
  expect(stashes[1]).toMatchObject({ oid: await oidOf('stash@{1}'), subject: 'On main: of my own' })
  expect(Math.abs((stashes[0]?.at ?? 0) - Date.now())).toBeLessThan(3_600_000)
})

variant('shallow and partial clones, sparse checkouts', async () => {
  await commit(repo, 'dir/c.txt', 'c\n')
  await lab.git(repo, 'config', 'uploadpack.allowFilter', 'true')
  await lab.git(lab.root, 'clone', '--quiet', '--depth=1', `file://${repo}`, 'shallow')
  await lab.git(lab.root, 'clone', '--quiet', '--filter=blob:none', `file://${repo}`, 'partial')
  await lab.git(lab.root, 'clone', '--quiet', `file://${repo}`, 'sparse')
  await lab.git(join(lab.root, 'sparse'), 'sparse-checkout', 'set', '--cone', 'other')
  const none = {
    shallow: false,
    partialClone: false,
    sparse: false,
    hasSubmodules: false,
    filtersDisabled: [],
    replaceRefs: false,
    grafts: false,
  }
  expect((await statusOf()).flags).toEqual(none)
  expect((await statusOf(join(lab.root, 'shallow'))).flags).toEqual({ ...none, shallow: true })
  expect((await statusOf(join(lab.root, 'partial'))).flags).toEqual({ ...none, partialClone: true })
  const sparse = await statusOf(join(lab.root, 'sparse'))
  expect(sparse).toMatchObject({ entries: [], hidden: [], flags: { ...none, sparse: true } })
  // What is there in spite of it is looked at.
  await lab.write(join(lab.root, 'sparse/dir/c.txt'), 'edited\n')
  expect((await statusOf(join(lab.root, 'sparse'))).entries).toEqual([{ kind: 'modified', path: 'dir/c.txt', xy: '.M' }])
})

variant('submodules: clean, not populated, moved to another commit, in a linked worktree', async () => {
  const other = await lab.repository('other')
  await lab.git(repo, 'submodule', '--quiet', 'add', other, 'sub')
  await lab.git(repo, 'commit', '--quiet', '-m', 'submodule')
  const clean = await statusOf()
  expect(clean.flags.hasSubmodules).toBe(true)
  expect(clean.submodules).toMatchObject([{ path: 'sub', unavailable: null, status: { entries: [], branch: 'refs/heads/main' } }])
  expect(clean.entries.map(({ kind }) => kind)).not.toContain('submodule')
  const inner = await ask(join(repo, 'sub'))
  expect(inner).toMatchObject({ worktreePath: join(repo, 'sub'), gitDir: join(repo, '.git/modules/sub') })
  await commit(join(repo, 'sub'), 'c.txt', 'c\n')
  expect((await statusOf()).entries).toContainEqual({ kind: 'submodule', path: 'sub', xy: '.M' })

  const linked = join(lab.root, 'linked')
  await lab.git(repo, 'worktree', 'add', '--quiet', '-b', 'linked', linked)
  expect((await statusOf(linked)).submodules).toEqual([])
  await lab.git(linked, 'submodule', '--quiet', 'update', '--init')
  expect((await statusOf(linked)).submodules).toMatchObject([{ path: 'sub', status: { branch: null } }])
})

test('references, symbolic ones and those with an upstream', async () => {
  await lab.git(repo, 'branch', '--quiet', '--set-upstream-to=origin/main')
  await lab.git(repo, 'remote', 'set-head', 'origin', 'main')
  await lab.git(repo, 'tag', '-a', 'v1', '-m', 'v1')
  const refs = new Map((await git.refs(await ask())).map((ref) => [ref.name, ref]))
  const oid = await oidOf('HEAD')
  expect([...refs.keys()]).toEqual([
    'refs/heads/main',
    'refs/heads/side',
    'refs/remotes/origin/HEAD',
    'refs/remotes/origin/main',
    'refs/tags/v1',
  ])
  expect(refs.get('refs/heads/main')).toMatchObject({ oid, upstream: 'refs/remotes/origin/main', symbolicTarget: null })
  expect(refs.get('refs/heads/side')?.upstream).toBeNull()
  expect(refs.get('refs/remotes/origin/HEAD')).toMatchObject({ oid, symbolicTarget: 'refs/remotes/origin/main' })
  expect(Math.abs((refs.get('refs/tags/v1')?.committedAt ?? 0) - Date.now())).toBeLessThan(3_600_000)
})

variant('references to objects that are missing are listed without a time', async () => {
  await lab.write(join(repo, '.git/refs/heads/broken'), `${'1'.repeat(40)}\n`)
  const refs = await git.refs(await ask())
  expect(refs.find(({ name }) => name === 'refs/heads/main')).toMatchObject({ oid: await oidOf('main') })
})

test('remotes: several, a fork, credentials, relative paths', async () => {
  const secret = 'https://ann:hunter2@example.invalid/x.git'
  await lab.git(repo, 'remote', 'add', 'fork', secret)
  await lab.git(repo, 'remote', 'set-url', '--push', 'origin', secret)
  await lab.git(repo, 'remote', 'add', 'near', '../repo.git')
  await lab.git(repo, 'config', 'remote.pushDefault', 'fork')
  await lab.git(repo, 'config', 'branch.main.remote', 'origin')
  await lab.git(repo, 'config', 'branch.main.merge', 'refs/heads/trunk')
  await lab.git(repo, 'config', 'branch.a.b.pushRemote', 'fork')
  const found = await git.remotes(await ask())
  const [origin, fork, near] = found.remotes
  expect(found.remotes.map(({ name, url }) => [name, url.display])).toEqual([
    ['origin', `${repo}.git`],
    ['fork', 'https://example.invalid/x.git'],
    ['near', `${repo}.git`],
  ])
  expect(JSON.stringify(found)).not.toContain('hunter2')
  expect(origin?.pushUrl).toBe(fork?.url)
  expect(near?.url).toBe(origin?.url)
  expect(found.pushDefault).toBe('fork')
  expect(found.branches).toEqual([
    { branch: 'refs/heads/main', remote: 'origin', pushRemote: null, merge: 'refs/heads/trunk' },
    { branch: 'refs/heads/a.b', remote: null, pushRemote: 'fork', merge: null },
  ])
  expect(await codeOf(createGit({ env: lab.env }).lsRemote(origin?.url ?? ''))).toBe('failed')
})

variant('what a remote has', async () => {
  await lab.git(repo, 'tag', '-a', 'v1', '-m', 'v1')
  await lab.git(repo, 'push', '--quiet', 'origin', 'v1', 'main:refs/pull/1/head')
  const [origin] = (await git.remotes(await ask())).remotes
  const answer = await git.lsRemote(origin?.url ?? '')
  const oid = await oidOf('HEAD')
  expect(answer).toEqual({
    headTarget: 'refs/heads/main',
    empty: false,
    refs: new Map([
      ['HEAD', oid],
      ['refs/heads/main', oid],
      ['refs/pull/1/head', oid],
      ['refs/tags/v1', await oidOf('v1')],
      ['refs/tags/v1^{}', oid],
    ]),
  })
  expect(await git.lsRemote(`file://${repo}.git`)).toEqual(answer)
})

variant('commits, and how they lie to each other', async () => {
  const first = await oidOf('HEAD')
  const second = await commit(repo, 'c.txt', 'c\n', 'second\n\nbody')
  const side = join(lab.root, 'repo-side')
  const theirs = await commit(side, 'd.txt', 'd\n')
  const repository = await ask()
  const range = { from: ['HEAD', 'refs/heads/side'], not: ['refs/remotes/origin/main', '9'.repeat(40), 'refs/heads/missing'], max: 10 }
  const commits = await git.log(repository, range)
  expect(commits.map(({ oid }) => oid).toSorted()).toEqual([second, theirs].toSorted())
  expect(commits.find(({ oid }) => oid === second)).toMatchObject({ parents: [first], author: 'Ann', subject: 'second' })
  expect(Math.abs((commits[0]?.committedAt ?? 0) - Date.now())).toBeLessThan(3_600_000)
  expect(await git.log(repository, { ...range, max: 1 })).toHaveLength(1)
  expect(await git.log(repository, { ...range, from: [] })).toEqual([])
  expect(await git.log(repository, { from: [first], not: [first], max: Infinity })).toEqual([])
  expect(await codeOf(git.log(repository, { from: ['9'.repeat(40)], not: [], max: 9 }))).toBe('failed')
  expect(await git.countBetween(repository, second, theirs)).toEqual({ onlyA: 1, onlyB: 1 })
  expect(await git.mergeBase(repository, second, theirs)).toBe(first)
  expect(await git.isAncestor(repository, first, theirs)).toBe(true)
  expect(await git.isAncestor(repository, second, theirs)).toBe(false)
  expect(await codeOf(git.isAncestor(repository, '9'.repeat(40), theirs))).toBe('failed')
  expect(await git.treeOf(repository, second)).toBe(await oidOf('HEAD^{tree}'))
  expect(await git.treeOf(repository, '9'.repeat(40))).toBeNull()
  expect(await git.hasObjects(repository, [first, '9'.repeat(40), second])).toEqual(new Set([first, second]))
  expect(await git.hasObjects(repository, [])).toEqual(new Set())
  await lab.git(repo, 'checkout', '--quiet', '--force', '--orphan', 'alone')
  const alone = await commit(repo, 'e.txt', 'e\n')
  expect(await git.mergeBase(repository, alone, theirs)).toBeNull()
  expect(await git.squashPatchId(repository, alone, theirs)).toBeNull()
})

variant('a rebased and a squashed branch are recognised by their patches', async () => {
  await lab.git(repo, 'checkout', '--quiet', '--force', 'main')
  const side = join(lab.root, 'repo-side')
  await lab.git(side, 'checkout', '--quiet', '--force', 'side')
  const base = await oidOf('HEAD')
  const one = await commit(side, 'c.txt', 'c\n')
  const two = await commit(side, 'd.txt', 'd\n')
  await commit(repo, 'e.txt', 'e\n')
  await lab.git(repo, 'cherry-pick', one)
  const picked = await oidOf('HEAD')
  await lab.git(repo, 'cherry-pick', two)
  const repository = await ask()
  const ids = async (from: string) => git.patchIds(repository, { from: [from], not: [base], max: 10 })
  const ours = new Map((await ids('refs/heads/main')).map(({ patchId, oid }) => [patchId, oid]))
  const theirs = await ids('refs/heads/side')
  expect(ours.size).toBe(3)
  expect(theirs).toHaveLength(2)
  expect(ours.get(theirs.find(({ oid }) => oid === one)?.patchId ?? '')).toBe(picked)
  expect(theirs.every(({ patchId }) => ours.has(patchId))).toBe(true)

  await lab.git(repo, 'reset', '--quiet', '--hard', 'HEAD~2')
  await lab.git(repo, 'merge', '--quiet', '--squash', 'side')
  await lab.git(repo, 'commit', '--quiet', '-m', 'squashed')
  const squash = await git.squashPatchId(repository, 'refs/heads/main', 'refs/heads/side')
  expect((await ids('refs/heads/main')).map(({ patchId }) => patchId)).toContain(squash)
  expect(await git.squashPatchId(repository, 'refs/heads/side', base)).toBeNull()
  expect(await git.patchIds(repository, { from: [base], not: [base], max: 1 })).toEqual([])
})

test('changed lines, staged or not, binary and odd names', async () => {
  await lab.git(repo, 'checkout', '--quiet', '--force', 'main')
  await commit(repo, 'bin', '\0\u0001')
  await lab.write(join(repo, 'a.txt'), 'one\nTWO\nthree\n')
  await lab.git(repo, 'add', 'a.txt')
  await lab.write(join(repo, 'a.txt'), 'one\nTWO\nthree\nfour\n')
  await lab.write(join(repo, 'bin'), '\0\u0002')
  await lab.write(join(repo, 'tab\tand\nline'), 'x\n')
  await lab.git(repo, 'add', 'tab\tand\nline')
  await rm(join(repo, 'b.txt'))
  expect(await git.diffStat(await ask())).toEqual([
    { path: 'a.txt', added: 3, deleted: 1 },
    { path: 'b.txt', added: 0, deleted: 1 },
    { path: 'bin', added: null, deleted: null },
    { path: 'tab\tand\nline', added: 1, deleted: 0 },
  ])
})

test('logs of HEAD, of a branch and of a worktree that is gone', async () => {
  const side = join(lab.root, 'repo-side')
  const first = await oidOf('HEAD')
  await lab.git(side, 'checkout', '--quiet', '--detach')
  const lost = await commit(side, 'c.txt', 'c\n', 'lost work')
  const repository = await ask(side)
  const [latest] = await git.reflog(repository, 'HEAD')
  expect(latest).toMatchObject({ oid: lost, previous: first, message: 'commit: lost work' })
  expect((await git.reflog(repository, 'refs/heads/main')).at(-1)).toMatchObject({ oid: first, previous: null })
  await rm(side, { recursive: true })
  expect((await git.reflog(await ask(), 'worktrees/repo-side/HEAD'))[0]).toEqual(latest)
  expect(await git.reflog(await ask(), 'refs/heads/missing')).toEqual([])
  expect(await codeOf(git.worktrees(repository))).toBe('vanished')
})

variant('repositories with SHA-256 object ids', async () => {
  const path = join(lab.root, 'sha256')
  await lab.git(lab.root, 'init', '--quiet', '--object-format=sha256', path)
  await lab.write(join(path, 'a.txt'), 'one\n')
  await lab.git(path, 'add', '.')
  const repository = await ask(path)
  expect(await git.diffStat(repository)).toEqual([{ path: 'a.txt', added: 1, deleted: 0 }])
  const oid = await commit(path, 'a.txt', 'two\n')
  expect(oid).toHaveLength(64)
  expect(await git.status(repository)).toMatchObject({ head: oid, entries: [] })
  expect((await git.reflog(repository, 'HEAD'))[0]).toMatchObject({ oid })
  expect((await git.patchIds(repository, { from: [oid], not: [], max: 1 }))[0]?.oid).toBe(oid)
})

test('what is no line of a log is left out', () => {
  const zero = '0'.repeat(40)
  const one = '1'.repeat(40)
  expect(parseReflog(`${zero} ${one} A > B <a@b> 1 +0000\tfirst\nnoise\n${one} ${zero} A <> 2 +0000\n`)).toEqual([
    { oid: zero, previous: one, at: 2000, message: '' },
    { oid: one, previous: null, at: 1000, message: 'first' },
  ])
})

test('a status that nobody knows is left out', () => {
  expect(parseStatus(Buffer.from('# branch.oid (initial)\0# new.header x\0z odd\0? a\0')).entries).toEqual([
    { kind: 'untracked', path: 'a', xy: '??' },
  ])
})

test('the gate lets tasks in by turns, and again after one failed', async () => {
  const gate = createGate(1)
  const order: string[] = []
  const task = (name: string) => gate(async () => void order.push(name))
  const failed = gate(() => Promise.reject(new Error('x'))).catch(() => order.push('failed'))
  await Promise.all([failed, task('a'), task('b')])
  await task('c')
  expect(order.filter((name) => name !== 'failed')).toEqual(['a', 'b', 'c'])
})

variant('nothing is written by any question', async () => {
  const before = await lab.snapshot(lab.root)
  await statusOf()
  await git.diffStat(await ask())
  expect(await lab.snapshot(lab.root)).toEqual(before)
  await writeFile(join(repo, 'probe'), '')
  expect(await lab.snapshot(lab.root)).not.toEqual(before)
})

variant('files of a commit: their bytes as they are, whatever their names; nothing is converted', async () => {
  const names = ['crlf.txt', 'deep/er/x.txt', 'a b.txt', '-rf', 'glob[1]*.txt', 'grüße.txt', 'binary', 'empty']
  await lab.write(join(repo, 'crlf.txt'), 'a\r\nb\r\n')
  await lab.write(join(repo, 'deep/er/x.txt'), 'x')
  await lab.write(join(repo, 'a b.txt'), 'blank')
  await lab.write(join(repo, '-rf'), 'dash')
  await lab.write(join(repo, 'glob[1]*.txt'), 'glob')
  await lab.write(join(repo, 'grüße.txt'), 'ü')
  await writeFile(join(repo, 'binary'), Buffer.from([0, 0xff, 0x0a, 0xfe]))
  await writeFile(join(repo, 'empty'), '')
  await symlink('crlf.txt', join(repo, 'link'))
  await lab.git(repo, 'add', '--all')
  await lab.git(repo, 'commit', '--quiet', '-m', 'files')
  const first = await oidOf('HEAD')
  await commit(repo, 'crlf.txt', 'later')

  const blobs = await git.readBlobs(await ask(), first, [
    ...names,
    'link',
    'deep',
    'missing',
    '',
    '/etc/passwd',
    ':(top)crlf.txt',
    '../x',
    'a\0b',
  ])
  expect([...blobs.keys()].toSorted()).toEqual([...names, 'link'].toSorted())
  const text = (name: string): string => Buffer.from(blobs.get(name)?.bytes ?? '?').toString('latin1')
  expect(text('crlf.txt')).toBe('a\r\nb\r\n')
  expect([text('deep/er/x.txt'), text('a b.txt'), text('-rf'), text('glob[1]*.txt'), text('empty')]).toEqual([
    'x',
    'blank',
    'dash',
    'glob',
    '',
  ])
  expect(text('binary')).toBe('\0\u00ff\n\u00fe')
  expect(blobs.get('link')).toMatchObject({ mode: '120000' })
  expect(text('link')).toBe('crlf.txt')
  expect(await codeOf(git.readBlobs(await ask(), 'HEAD~1', ['a.txt']))).toBe('failed')
  expect(await codeOf(git.readBlobs(await ask(), '1'.repeat(40), ['a.txt']))).toBe('failed')
  expect((await git.readBlobs(await ask(), first, [])).size).toBe(0)
})

variant('many and large files of a commit come in several answers', async () => {
  const names = Array.from({ length: 450 }, (_, at) => `many/${at}.txt`)
  for (const name of names) await lab.write(join(repo, name), `${name}\n`.repeat(50))
  await lab.git(repo, 'add', '--all')
  await lab.git(repo, 'commit', '--quiet', '-m', 'many')
  const small = createGit({ env: lab.env, maxBytes: 64 * 1024 })
  const blobs = await small.readBlobs(await small.repositoryOf(repo), await oidOf('HEAD'), names)
  expect(blobs.size).toBe(450)
  for (const name of names) expect(Buffer.from(blobs.get(name)?.bytes ?? '').toString()).toBe(`${name}\n`.repeat(50))
})

variant('what git converts on the way to the disk is told, and nothing else', async () => {
  const attributes =
    '*.lfs filter=lfs\n*.u16 working-tree-encoding=UTF-16LE\n*.bat eol=crlf\n*.sh text eol=lf\n*.txt text=auto\n*.bin -text\n'
  await lab.write(join(repo, '.gitattributes'), attributes)
  const names = ['a.lfs', 'a.u16', 'a.bat', 'a.sh', 'a.txt', 'a.bin', 'plain']
  const asked = async (): Promise<unknown> => Object.fromEntries(await git.conversions(await ask(), [...names, ':x', '']))
  expect(await asked()).toEqual({
    'a.lfs': { filtered: true, lineEnds: false },
    'a.u16': { filtered: true, lineEnds: false },
    'a.bat': { filtered: false, lineEnds: true },
  })
  await lab.git(repo, 'config', 'core.autocrlf', 'true')
  expect(Object.entries((await asked()) as object).flatMap(([name, { lineEnds }]) => (lineEnds === true ? [name] : []))).toEqual([
    'a.lfs',
    'a.u16',
    'a.bat',
    'a.txt',
    'plain',
  ])
  expect((await git.conversions(await ask(), [])).size).toBe(0)
})
