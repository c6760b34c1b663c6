import { chmod, chown, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Git, GitUnavailable, type RemoteAnswer, type Repository } from '../../src/ports/git.ts'
import { createGit, type GitOptions } from '../../src/node/git.ts'
import { createGate, createRun } from '../../src/node/git-run.ts'
import { destinationOf, displayOf, reasonOf } from '../../src/node/git-remote.ts'
import { IS_LONG, sample, variant } from '../long.ts'
import { askEverything, askMainQuestions } from './ask-everything.ts'
import { createLab, touch, type Lab } from './lab.ts'
import { createAttributed, createConfigured, type Serve, VECTORS, withSubmodule } from './vectors.ts'

let lab: Lab
beforeEach(async () => {
  lab = await createLab()
})
afterEach(() => lab.dispose())

const gitOf = (options: GitOptions = {}) => createGit({ env: lab.env, ...options })

async function codeOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(GitUnavailable)
  return error instanceof GitUnavailable ? error.code : ''
}

const unverified = (answer: RemoteAnswer): string => ('unverified' in answer ? answer.unverified : 'verified')

let servers: Server[] = []
afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  servers = []
})

async function serve(answer: Parameters<Serve>[0]): Promise<string> {
  const server = createServer((request, response) => {
    void Promise.resolve(answer(request.url ?? '')).then((code) => {
      if (code === null) return
      response.writeHead(code, code === 401 ? { 'WWW-Authenticate': 'Basic realm="x"' } : {})
      response.end()
    })
  })
  servers.push(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const http = { allowHttp: true }

/** The others are tried by a long run; one test below springs most of them together. */
const TRAPS = 4

describe('a trap in the repository springs for plain git and not for the port', () => {
  for (const { name, build, harmless } of sample(VECTORS, TRAPS)) {
    test(harmless === undefined ? name : `${name} (plain git: ${harmless})`, async () => {
      const { path, spring, refused = {}, options } = await build(lab, serve)
      await spring()
      expect((await lab.fired()).length > 0).toBe(harmless === undefined)
      // Plain git has refreshed the index: times change again, so that git has to look into the files again.
      for (const folder of [path, join(path, 'sub'), join(path, 'nested'), join(lab.root, 'repo')]) {
        await touch(join(folder, 'a.txt')).catch(() => undefined)
      }

      const before = await lab.snapshot(lab.root)
      const git = gitOf(options)
      // What is known of one worktree must not be taken for true of the next.
      const side = await git.repositoryOf(join(lab.root, 'repo-side')).catch(() => undefined)
      if (side !== undefined) await git.status(side).catch(() => undefined)
      const codes = await (IS_LONG ? askEverything : askMainQuestions)(git, path)
      const fired = await lab.fired()
      expect(await lab.snapshot(lab.root)).toEqual(before)
      expect(fired).toEqual([])
      expect(Object.fromEntries([...codes].map(([question, { code }]) => [question, code]))).toEqual(refused)

      // It was set all the time.
      if (IS_LONG) await spring()
      expect((await lab.fired()).length > 0).toBe(IS_LONG && harmless === undefined)
    })
  }

  test('no question of the port springs any of those that one repository can hold', async () => {
    const keys = ['core.fsmonitor', 'core.sshCommand', 'core.gitProxy', 'core.askPass', 'core.pager', 'gpg.program', 'gpg.ssh.program']
    const drivers = ['diff.external', 'diff.x.command', 'diff.x.textconv', 'filter.x.process', 'remote.origin.uploadpack']
    const canary = await lab.canary('post-index-change')
    const entries = [...keys, ...drivers].map((key) => [key, canary])
    const path = await createAttributed(lab, '* filter=x diff=x\n', Object.fromEntries(entries))
    for (const [key, value] of [
      ['filter.x.clean', `${canary} cat`],
      ['core.hooksPath', join(lab.root, 'canaries')],
      ['log.showSignature', 'true'],
    ] as const)
      await lab.git(path, 'config', key, value)
    await lab.fired()
    const before = await lab.snapshot(lab.root)
    expect((await askEverything(gitOf(), path)).size).toBe(0)
    expect(await lab.snapshot(lab.root)).toEqual(before)
    expect(await lab.fired()).toEqual([])
    await lab.try(path, 'git', ['status'])
    expect(await lab.fired()).toEqual(['post-index-change'])
  })
})

describe('the environment', () => {
  test('inherited GIT_DIR and its like mislead nobody', async () => {
    const repo = await lab.repository()
    const other = await lab.repository('other')
    const misleading = {
      GIT_DIR: join(other, '.git'),
      GIT_WORK_TREE: other,
      GIT_INDEX_FILE: join(other, '.git/index'),
      GIT_COMMON_DIR: join(other, '.git'),
      GIT_OBJECT_DIRECTORY: join(other, '.git/objects'),
      GIT_NAMESPACE: 'x',
      GIT_CEILING_DIRECTORIES: repo,
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.fsmonitor',
      GIT_CONFIG_VALUE_0: await lab.canary(),
      GIT_CONFIG_PARAMETERS: `'core.fsmonitor'='${await lab.canary()}'`,
      GIT_EXTERNAL_DIFF: await lab.canary(),
      GIT_SSH_COMMAND: await lab.canary(),
      GIT_SSH: await lab.canary(),
      GIT_ASKPASS: await lab.canary(),
      GIT_PAGER: await lab.canary(),
      GIT_EXEC_PATH: join(lab.root, 'canaries'),
      GIT_PROXY_COMMAND: await lab.canary(),
      GIT_TRACE: join(lab.root, 'trace'),
      GIT_TRACE2_EVENT: join(lab.root, 'trace2'),
      GIT_TEMPLATE_DIR: join(lab.root, 'canaries'),
    }
    await lab.git(other, 'commit', '--quiet', '--allow-empty', '-m', 'elsewhere')
    await lab.try(repo, 'git', ['diff', '--ext-diff'], { GIT_EXTERNAL_DIFF: await lab.canary() })
    expect(await lab.fired()).toEqual(['canary'])

    const before = await lab.snapshot(lab.root)
    const git = gitOf({ env: { ...lab.env, ...misleading } })
    const repository = await git.repositoryOf(repo)
    expect(repository.gitDir).toBe(join(repo, '.git'))
    expect((await git.status(repository)).head).toBe(await lab.git(repo, 'rev-parse', 'HEAD'))
    expect((await askEverything(git, repo)).size).toBe(0)
    expect(await git.lsRemote('ssh://127.0.0.1:1/x')).toMatchObject({ unverified: 'offline' })
    expect(await lab.snapshot(lab.root)).toEqual(before)
    expect(await lab.fired()).toEqual([])
  })

  test('a worktree that is swept while it is asked does not become the repository around it', async () => {
    const repo = await lab.repository()
    const path = join(repo, '.claude/worktrees/agent-x')
    await lab.git(repo, 'worktree', 'add', '--quiet', '-b', 'agent', path)
    const git = gitOf()
    const repository = await git.repositoryOf(path)
    await rm(join(path, '.git'))
    expect(await codeOf(git.status(repository))).toBe('not_a_repository')
    await rm(path, { recursive: true })
    expect(await codeOf(git.status(repository))).toBe('vanished')
    expect(await codeOf(git.repositoryOf(path))).toBe('vanished')
  })

  test('without git', async () => {
    const git = gitOf({ env: { ...lab.env, PATH: join(lab.root, 'home') } })
    expect(await codeOf(git.version())).toBe('no_git')
    expect(await codeOf(git.repositoryOf(lab.root))).toBe('no_git')
    expect(await codeOf(git.lsRemote('https://example.invalid/x'))).toBe('no_git')
  })

  test.each([
    ['git version 2.35.9', 'too_old'],
    ['git version 1.8.3.1', 'too_old'],
    ['something else', 'no_git'],
  ])('a git that calls itself %j', async (text, code) => {
    const bin = join(lab.root, 'bin')
    await lab.write(join(bin, 'git'), `#!/bin/sh\necho '${text}'\n`)
    await chmod(join(bin, 'git'), 0o755)
    const git = gitOf({ env: { ...lab.env, PATH: bin } })
    expect(await codeOf(git.version())).toBe(code)
    expect(await codeOf(git.repositoryOf(lab.root))).toBe(code)
  })

  test.each([
    ['git version 2.36.1', { major: 2, minor: 36, patch: 1, refusesBuriedRepositories: false }],
    ['git version 2.38.0 (Apple Git-143)', { major: 2, minor: 38, patch: 0, refusesBuriedRepositories: true }],
    ['git version 2.54.0.windows.1', { major: 2, minor: 54, patch: 0, refusesBuriedRepositories: true }],
    ['git version 3.0.rc1', { major: 3, minor: 0, patch: 0, refusesBuriedRepositories: true }],
  ])('the version of %j', async (text, expected) => {
    const bin = join(lab.root, 'bin')
    await lab.write(join(bin, 'git'), `#!/bin/sh\necho '${text}'\n`)
    await chmod(join(bin, 'git'), 0o755)
    expect(await gitOf({ env: { ...lab.env, PATH: bin } }).version()).toEqual({ text, ...expected })
  })

  test.skipIf(process.getuid?.() !== 0)('a repository of somebody else', async () => {
    const repo = await lab.repository()
    await chown(repo, 12345, 12345)
    await chown(join(repo, '.git'), 12345, 12345)
    expect(await codeOf(gitOf().repositoryOf(repo))).toBe('dubious_ownership')
  })

  const DEVICES = ['/dev/zero', 'FIFO', 'missing'] as const
  /** A repository with a file that settings may name; relative to it. */
  const withFile = async (kind: (typeof DEVICES)[number]): Promise<{ readonly repo: string; readonly path: string }> => {
    const repo = await lab.repository()
    if (kind === 'FIFO') await lab.try(repo, 'mkfifo', ['.git/fifo'])
    return { repo, path: kind === '/dev/zero' ? kind : join(repo, '.git', kind.toLowerCase()) }
  }
  describe.each(sample(DEVICES, 1))('a setting that names %s', (kind) => {
    // git takes a missing one of these for an empty one.
    const keys = kind === 'missing' ? ['diff.orderFile'] : ['core.attributesFile', 'core.excludesFile', 'diff.orderFile']
    test('of patterns, or of an order, is read by nobody', async () => {
      const { repo, path } = await withFile(kind)
      for (const key of keys) await lab.git(repo, 'config', key, path)
      const git = gitOf({ timeoutMs: 20_000 })
      const repository = await git.repositoryOf(repo)
      expect((await git.status(repository)).entries.map(({ path: name }) => name)).toEqual(['b.txt', 'new.txt', 'x.log'])
      expect(await git.conversions(repository, ['a.txt'])).toEqual(new Map())
      expect(await git.patchIds(repository, { from: ['HEAD'], not: [], max: 9 })).toHaveLength(1)
    })

    test.each(['include.path', 'includeIf.onbranch:none.path'])('as %s refuses the repository, unless nothing is there', async (key) => {
      const { repo, path } = await withFile(kind)
      await lab.git(repo, 'config', key, path)
      const asked = gitOf().repositoryOf(repo)
      if (kind === 'missing') expect(await asked).toMatchObject({ worktreePath: repo })
      else expect(await codeOf(asked)).toBe('unreadable_file')
    })
  })

  variant('what is included by what is included, and a worktree’s own configuration, count as well', async () => {
    const { repo, path } = await withFile('FIFO')
    await lab.write(join(repo, '.git', 'a'), '[Include]\n\tPath = ../b\n')
    await lab.write(join(repo, 'b'), `[include]\n\tpath = ${path}\n`)
    await lab.git(repo, 'config', 'extensions.worktreeConfig', 'true')
    await lab.git(join(lab.root, 'repo-side'), 'config', '--worktree', 'include.path', join(repo, '.git', 'a'))
    expect(await codeOf(gitOf().repositoryOf(join(lab.root, 'repo-side')))).toBe('unreadable_file')
    expect(await gitOf().repositoryOf(repo)).toMatchObject({ worktreePath: repo })
  })

  const read = [
    '.git/packed-refs',
    '.git/info/exclude',
    '.git/index',
    '.gitignore',
    '.gitattributes',
    '.gitmodules',
    '.git/objects/info/alternates',
  ]
  test.each(sample(read, 2))('a FIFO as %s', async (name) => {
    const repo = await lab.repository()
    await rm(join(repo, name), { force: true })
    await mkdir(join(repo, '.git/info'), { recursive: true })
    await lab.try(repo, 'mkfifo', [name])
    expect(await codeOf(gitOf().repositoryOf(repo))).toBe('unreadable_file')
  })

  const DEEP: readonly (readonly [string, string, (git: Git, repository: Repository) => Promise<unknown>])[] = [
    ['src/.gitignore', 'FIFO', (git, repository) => git.status(repository)],
    ['src/.gitattributes', 'FIFO', (git, repository) => git.conversions(repository, ['src/c.txt'])],
    ['.git/refs/heads/odd', 'FIFO', (git, repository) => git.refs(repository)],
    ['.git/refs/heads/odd', '/dev/zero', (git, repository) => git.refs(repository)],
    ['.git/worktrees/repo-side/HEAD', '/dev/zero', (git, repository) => git.worktrees(repository)],
    ['.git/worktrees/repo-side/locked', 'FIFO', (git, repository) => git.worktrees(repository)],
    ['.git/objects/TREE', 'FIFO', (git, repository) => git.status(repository)],
  ]
  test.each(sample(DEEP, 1))('what only git comes across, %s as %s, is found while it waits, and named', async (name, kind, ask) => {
    const repo = await lab.repository()
    const tree = (await lab.git(repo, 'rev-parse', 'HEAD^{tree}')).replace(/^../, '$&/')
    const path = join(repo, name.replace('TREE', tree))
    await lab.write(join(repo, 'src/c.txt'), 'three\n')
    await rm(path, { force: true })
    if (kind === 'FIFO') await lab.try(repo, 'mkfifo', [path])
    else await symlink(kind, path)
    const git = gitOf({ timeoutMs: 60_000 })
    const repository = await git.repositoryOf(repo)
    const error = await ask(git, repository).then(
      () => null,
      (reason: unknown) => reason as GitUnavailable,
    )
    expect([error?.code, error?.detail]).toEqual(['unreadable_file', expect.stringContaining(`${path} is no plain file`)])
    // Nobody waits for it twice, and nothing is refused once it is away.
    const started = performance.now()
    expect(await codeOf(ask(git, repository))).toBe('unreadable_file')
    expect(performance.now() - started).toBeLessThan(900)
    await rm(path)
    expect(await git.countBetween(repository, 'HEAD', 'HEAD').catch((reason: unknown) => (reason as GitUnavailable).code)).not.toBe(
      'unreadable_file',
    )
  })

  test('the person’s own core.excludesFile keeps its meaning, and is read by nobody either where it is a FIFO', async () => {
    const repo = await lab.repository()
    const ignore = join(lab.root, 'home', 'ignore')
    await lab.write(ignore, 'mine.txt\n')
    await lab.write(join(lab.root, 'home', '.gitconfig'), '[core]\n\texcludesFile = ~/ignore\n')
    await lab.write(join(repo, 'mine.txt'), '')
    expect(await paths(repo)).toContain('!! mine.txt')
    await rm(ignore)
    await lab.try(repo, 'mkfifo', [ignore])
    expect(await paths(repo)).toContain('?? mine.txt')
  })

  test.skipIf(process.platform !== 'linux' || !IS_LONG)('a git that takes more and more memory is ended, and what it started', async () => {
    const bin = join(lab.root, 'bin')
    const hungry = `let all = []; setInterval(() => all.push(Buffer.alloc(2 ** 24, 1)), 5)`
    await lab.write(join(bin, 'git'), `#!/bin/sh\n'${process.execPath}' -e '${hungry}' '${lab.root}'\n`)
    await chmod(join(bin, 'git'), 0o755)
    const run = createRun(
      async () => join(bin, 'git'),
      lab.env,
      { timeoutMs: 20_000, maxBytes: 2 ** 20, maxMemory: 2 ** 28 },
      createGate(1),
    )
    await expect(run({ worktree: null, args: ['version'] })).rejects.toThrow(/bytes of memory, 268435456 at most/)
    const left = async () => (await lab.try(lab.root, 'sh', ['-c', `ps -eo args | grep -F '${lab.root}' | grep -v grep`])).stdout
    await expect.poll(left, { timeout: 5_000 }).toBe('')
  })

  test('a FIFO in the place of a file of the git directory is refused, not waited for', async () => {
    const repo = await lab.repository()
    const bin = join(lab.root, 'bin')
    const real = (await lab.try(repo, 'sh', ['-c', 'command -v git'])).stdout.trim()
    await lab.write(join(bin, 'git'), `#!/bin/sh\nprintf '%s ' "$@" >> '${lab.root}/asked'\nexec '${real}' "$@"\n`)
    await chmod(join(bin, 'git'), 0o755)
    const git = gitOf({ timeoutMs: 20_000, env: { ...lab.env, PATH: `${bin}:${lab.env['PATH'] ?? ''}` } })
    const repository = await git.repositoryOf(repo)
    await git.status(repository)
    expect(await readFile(join(lab.root, 'asked'), 'utf8')).toContain(' status ')
    await writeFile(join(lab.root, 'asked'), '')
    await lab.try(repo, 'mkfifo', ['.git/CHERRY_PICK_HEAD'])
    expect(await codeOf(git.status(repository))).toBe('unreadable_file')
    // It would wait long after this program had its answer.
    expect(await readFile(join(lab.root, 'asked'), 'utf8')).not.toContain(' status ')
  })

  variant('output beyond the limit is an error, not half an answer', async () => {
    const repo = await lab.repository()
    for (let at = 0; at < 300; at += 1) await writeFile(join(repo, `file-${at}`), '')
    const git = gitOf({ maxBytes: 2000 })
    const repository = await git.repositoryOf(repo)
    expect(await codeOf(git.status(repository))).toBe('failed')
  })

  variant('no more processes at a time than asked for', async () => {
    const repo = await lab.repository()
    const bin = join(lab.root, 'bin')
    const count = join(lab.root, 'count')
    await mkdir(count)
    const real = (await lab.try(repo, 'sh', ['-c', 'command -v git'])).stdout.trim()
    const script = `#!/bin/sh\n: > '${count}'/$$\nls '${count}' | wc -l >> '${lab.root}/seen'\n'${real}' "$@"\ncode=$?\nrm '${count}'/$$\nexit $code\n`
    await lab.write(join(bin, 'git'), script)
    await chmod(join(bin, 'git'), 0o755)
    const git = gitOf({ env: { ...lab.env, PATH: `${bin}:${lab.env['PATH']}` }, concurrency: 2 })
    const repository = await git.repositoryOf(repo)
    await Promise.all(Array.from({ length: 12 }, () => git.treeOf(repository, 'HEAD')))
    const seen = (await lab.try(repo, 'cat', [join(lab.root, 'seen')])).stdout.trim().split('\n').map(Number)
    expect(seen.length).toBeGreaterThan(12)
    expect(Math.max(...seen)).toBe(2)
  })
})

async function paths(repo: string): Promise<string[]> {
  const git = gitOf()
  return (await git.status(await git.repositoryOf(repo))).entries.map(({ xy, path }) => `${xy} ${path}`)
}

describe('evidence that lies', () => {
  test('status.showUntrackedFiles=no, info/exclude and core.excludesFile', async () => {
    const repo = await createConfigured(lab, { 'status.showUntrackedFiles': 'no', 'core.excludesFile': join(lab.root, 'ignore') })
    await lab.write(join(lab.root, 'ignore'), 'hidden-b\n')
    await lab.write(join(repo, '.git/info/exclude'), 'hidden-a\n')
    for (const name of ['hidden-a', 'hidden-b']) await writeFile(join(repo, name), '')
    expect(await lab.git(repo, 'status', '--short')).toBe('M b.txt')
    expect(await paths(repo)).toEqual(['.M b.txt', '?? new.txt', '!! hidden-a', '!! hidden-b', '!! x.log'])
  })

  variant('submodule.<name>.ignore=all', async () => {
    const { repo, inner } = await withSubmodule(lab)
    await lab.git(repo, 'config', 'submodule.sub.ignore', 'all')
    await writeFile(join(inner, 'b.txt'), 'edited\n')
    await lab.git(inner, 'commit', '--quiet', '--all', '-m', 'inner')
    await writeFile(join(inner, 'b.txt'), 'edited again\n')
    expect(await lab.git(repo, 'status', '--short')).not.toContain('sub')
    expect(await paths(repo)).toContain('.M sub')
    const git = gitOf()
    const { submodules, flags } = await git.status(await git.repositoryOf(repo))
    expect(flags.hasSubmodules).toBe(true)
    expect(submodules).toMatchObject([{ path: 'sub', unavailable: null, status: { entries: [{ kind: 'modified', path: 'b.txt' }] } }])
  })

  test('assume-unchanged and skip-worktree', async () => {
    const repo = await lab.repository()
    await lab.git(repo, 'update-index', '--assume-unchanged', 'a.txt')
    await lab.git(repo, 'update-index', '--skip-worktree', 'b.txt')
    const git = gitOf()
    const found = await git.status(await git.repositoryOf(repo))
    expect(found.entries.map(({ path }) => path)).toEqual(['new.txt', 'x.log'])
    expect(found.hidden).toEqual([
      { path: 'a.txt', flag: 'assume_unchanged', differs: false },
      { path: 'b.txt', flag: 'skip_worktree', differs: true },
    ])
    await rm(join(repo, 'a.txt'))
    expect((await git.status(await git.repositoryOf(repo))).hidden[0]).toMatchObject({ path: 'a.txt', differs: true })
  })

  variant('replaced objects, grafts and a forged shallow file', async () => {
    const repo = await lab.repository()
    for (const subject of ['second', 'third']) await lab.git(repo, 'commit', '--quiet', '--allow-empty', '-m', subject)
    const [third = '', second = '', first = ''] = (await lab.git(repo, 'rev-list', 'HEAD')).split('\n')
    const git = gitOf()
    const count = async (): Promise<number> => {
      const repository = await git.repositoryOf(repo)
      return (await git.countBetween(repository, 'HEAD', first)).onlyA
    }
    const flags = async () => (await git.status(await git.repositoryOf(repo))).flags
    expect(await flags()).toMatchObject({ replaceRefs: false, grafts: false, shallow: false })

    await lab.git(repo, 'replace', '--graft', third, first)
    expect(await lab.git(repo, 'rev-list', '--count', `${first}..HEAD`)).toBe('1')
    expect(await count()).toBe(2)
    expect(
      await gitOf()
        .repositoryOf(repo)
        .then((found) => gitOf().status(found)),
    ).toMatchObject({ flags: { replaceRefs: true } })
    await lab.git(repo, 'replace', '--delete', third)

    await lab.write(join(repo, '.git/info/grafts'), `${third} ${first}\n`)
    expect(await lab.git(repo, 'rev-list', '--count', `${first}..HEAD`)).toBe('1')
    expect(await count()).toBe(2)
    expect(await flags()).toMatchObject({ grafts: true })
    await rm(join(repo, '.git/info/grafts'))

    await lab.write(join(repo, '.git/shallow'), `${second}\n`)
    expect(await flags()).toMatchObject({ shallow: true })
  })

  variant('format.pretty, log.date, i18n, diff and log settings', async () => {
    const repo = await createConfigured(lab, {
      'format.pretty': 'format:\u001b[31mlies',
      'log.date': 'format:lies',
      'i18n.logOutputEncoding': 'UTF-16',
      'log.follow': 'true',
      'log.showRoot': 'false',
      'diff.noprefix': 'true',
      'diff.context': '0',
      'diff.renames': 'copies',
      'core.quotePath': 'false',
      'color.ui': 'always',
      'column.ui': 'always',
      'status.relativePaths': 'false',
      'status.short': 'true',
      'versionsort.suffix': 'x',
    })
    await lab.git(repo, 'commit', '--quiet', '--all', '-m', 'sübject')
    const git = gitOf()
    const repository = await git.repositoryOf(repo)
    const [commit] = await git.log(repository, { from: ['HEAD'], not: [], max: 1 })
    expect(commit).toMatchObject({ subject: 'sübject', author: 'Ann' })
    const ids = await git.patchIds(repository, { from: ['HEAD'], not: [], max: 9 })
    const patch = await lab.try(repo, 'sh', [
      '-c',
      'git -c diff.noprefix=false -c diff.context=3 -c color.ui=never diff-tree -p --root HEAD | git patch-id --stable',
    ])
    expect(`${ids[0]?.patchId} ${ids[0]?.oid}`).toBe(patch.stdout.trim())
    expect(ids).toHaveLength(2)
  })

  variant('a worktree path with a newline forges no record', async () => {
    const repo = await lab.repository()
    const path = join(lab.root, 'evil\n\nworktree /etc\nHEAD 1111111111111111111111111111111111111111\nbranch refs/heads/forged')
    await mkdir(path, { recursive: true })
    await lab.git(repo, 'worktree', 'add', '--quiet', '-b', 'evil', path)
    const git = gitOf()
    const repository = await git.repositoryOf(path)
    expect(repository).toMatchObject({ worktreePath: path, mainWorktree: repo })
    const worktrees = await git.worktrees(repository)
    expect(worktrees.map((found) => found.path)).toEqual([repo, path, join(lab.root, 'repo-side')])
    expect(await git.status(repository)).toMatchObject({ branch: 'refs/heads/evil', entries: [] })
  })

  test('a branch that is called (detached)', async () => {
    const repo = await lab.repository()
    await lab.git(repo, 'checkout', '--quiet', '-b', '(detached)')
    const git = gitOf()
    expect(await git.status(await git.repositoryOf(repo))).toMatchObject({ branch: 'refs/heads/(detached)' })
  })

  test('a filter that was switched off is said to be', async () => {
    const repo = await createAttributed(lab, '* filter=x\n', { 'filter.x.clean': 'tr a-z A-Z' })
    const git = gitOf()
    expect((await git.status(await git.repositoryOf(repo))).flags.filtersDisabled).toEqual(['x'])
  })

  variant('hidden edits in every version of the index', async () => {
    const repo = await lab.repository()
    for (const version of ['2', '4']) {
      await lab.git(repo, 'update-index', '--index-version', version)
      await lab.git(repo, 'update-index', '--assume-unchanged', 'b.txt')
      const git = gitOf()
      expect((await git.status(await git.repositoryOf(repo))).hidden).toEqual([{ path: 'b.txt', flag: 'assume_unchanged', differs: true }])
      await lab.git(repo, 'update-index', '--no-assume-unchanged', 'b.txt')
      expect((await git.status(await git.repositoryOf(repo))).hidden).toEqual([])
    }
    await lab.git(repo, 'update-index', '--split-index')
    await lab.git(repo, 'update-index', '--assume-unchanged', 'b.txt')
    const git = gitOf()
    expect((await git.status(await git.repositoryOf(repo))).hidden).toHaveLength(1)
  })

  test('nothing but object ids and full names is a revision', async () => {
    const repo = await lab.repository()
    const git = gitOf()
    const repository = await git.repositoryOf(repo)
    for (const text of [
      '--all',
      '-n1',
      'main',
      'HEAD~1',
      '@{-1}',
      'refs/heads/a..b',
      'refs/heads/a^{/x}',
      ':/first',
      'refs/heads/x\nHEAD',
      '',
    ]) {
      expect(await codeOf(git.treeOf(repository, text))).toBe('failed')
      expect(await codeOf(git.log(repository, { from: [text], not: [], max: 1 }))).toBe('failed')
      expect(await codeOf(git.log(repository, { from: ['HEAD'], not: [text], max: 1 }))).toBe('failed')
    }
    for (const ref of ['../../x', 'refs/../../x', 'worktrees/../HEAD', 'worktrees/a/b/HEAD', 'logs/HEAD', 'HEAD/../x'])
      expect(await codeOf(git.reflog(repository, ref))).toBe('failed')
  })

  test('the expected repository', async () => {
    const repo = await lab.repository()
    const other = await lab.repository('other')
    const git = gitOf()
    const expected = await git.repositoryOf(repo)
    expect(await git.repositoryOf(join(lab.root, 'repo-side'), expected)).toMatchObject({ commonDir: expected.commonDir })
    expect(await codeOf(git.repositoryOf(other, expected))).toBe('untrusted_gitdir')
  })
})

describe('remotes that do not answer as they should', () => {
  const refused: readonly (readonly [string, string])[] = [
    ['--upload-pack=x', 'dash'],
    ['ext::sh -c x', 'helper'],
    ['git://example.invalid/x', 'git'],
    ['http://example.invalid/x', 'http'],
    ['ftp://example.invalid/x', 'ftp'],
    ['git+ssh://example.invalid/x', 'git+ssh'],
    ['ssh://-oProxyCommand=x/y', 'dash'],
    ['ssh://u@-oProxyCommand=x/y', 'dash'],
    ['ssh://%2doProxyCommand=x/y', 'dash'],
    ['-oProxyCommand=x:y', 'dash'],
    ['u@-oProxyCommand=x:y', 'dash'],
    ['../relative', 'neither'],
    ['relative', 'neither'],
    ['https:///x', 'host'],
    ['file://elsewhere/x', 'local'],
    ['https://example.invalid/\nx', 'control'],
    ['', 'neither'],
  ]
  test.each(refused)('%j is refused', async (url, detail) => {
    expect(await gitOf().lsRemote(url)).toMatchObject({ unverified: 'refused_scheme', detail: expect.stringContaining(detail) as string })
  })

  test('what is asked', () => {
    expect(destinationOf('https://example.invalid/x', false)).toEqual({ protocol: 'https', localPath: null, host: 'example.invalid' })
    expect(destinationOf('http://example.invalid/x', true)).toEqual({ protocol: 'http', localPath: null, host: 'example.invalid' })
    expect(destinationOf('ssh://git@Example.invalid:22/x', false)).toEqual({ protocol: 'ssh', localPath: null, host: 'example.invalid' })
    expect(destinationOf('git@example.invalid:a/b.git', false)).toEqual({ protocol: 'ssh', localPath: null, host: 'example.invalid' })
    expect(destinationOf('[::1]:a/b.git', false)).toEqual({ protocol: 'ssh', localPath: null, host: '[::1]' })
    expect(destinationOf('file:///a%20b', false)).toEqual({ protocol: 'file', localPath: '/a b', host: null })
    expect(destinationOf('/a b', false)).toEqual({ protocol: 'file', localPath: '/a b', host: null })
  })

  test('what is shown of an address', () => {
    expect(displayOf('https://user:secret@example.invalid/x.git?token=secret#secret')).toBe('https://example.invalid/x.git')
    expect(displayOf('https://ghp_secret@example.invalid/x.git')).toBe('https://example.invalid/x.git')
    expect(displayOf('ssh://git:secret@example.invalid/x')).toBe('ssh://git@example.invalid/x')
    expect(displayOf('git@example.invalid:x')).toBe('git@example.invalid:x')
    expect(displayOf('user:secret@example.invalid:x')).toBe('example.invalid:x')
    expect(displayOf('/a/b@c')).toBe('/a/b@c')
  })

  test.each([
    ['fatal: unable to access: Could not resolve host: x', 'offline'],
    ['ssh: connect to host x port 22: Connection refused', 'offline'],
    ['ssh: connect to host x port 22: Connection timed out', 'timeout'],
    ['error: RPC failed; curl 28 Operation too slow.', 'timeout'],
    ["fatal: could not read Username for 'https://x': terminal prompts disabled", 'auth'],
    ['git@x: Permission denied (publickey).', 'auth'],
    ['Host key verification failed.', 'auth'],
    ['remote: Repository not found.', 'not_found'],
    ['fatal: something new', 'failed'],
  ])('%j', (stderr, reason) => expect(reasonOf(stderr)).toBe(reason))

  test('a server that never answers', async () => {
    const url = await serve(() => null)
    expect(unverified(await gitOf(http).lsRemote(`${url}/x`, { timeoutMs: 700 }))).toBe('timeout')
  })

  variant('silent remotes: side by side by host, and one question to each', async () => {
    let asked = 0
    const urls = await Promise.all(Array.from({ length: 8 }, () => serve(() => ((asked += 1), null))))
    const git = await gitOf(http).within(1_600)
    const started = performance.now()
    const answers = await Promise.all(urls.flatMap((url) => [1, 2, 3].map((name) => git.lsRemote(`${url}/${name}`))))
    expect(answers.map(unverified)).toEqual(answers.map(() => 'timeout'))
    expect(asked).toBe(8)
    expect(performance.now() - started).toBeLessThan(8 * 800)
  })

  variant('many at once bring no warning of Node’s to the terminal', async () => {
    const warned = vi.fn()
    process.on('warning', warned)
    let open: () => void = () => {}
    const all = new Promise<void>((go) => (open = go))
    let left = 14
    // Each waits for all others, so that there are as many processes at a time.
    const answer = async (): Promise<number> => {
      if ((left -= 1) === 0) open()
      await all
      return 404
    }
    const urls = await Promise.all(Array.from({ length: left }, () => serve(answer)))
    const git = gitOf(http)
    const answers = await Promise.all(urls.map((url) => git.lsRemote(`${url}/x`, { timeoutMs: 60_000 })))
    process.off('warning', warned)
    expect(answers.map(unverified)).toEqual(urls.map(() => 'not_found'))
    expect(warned).not.toHaveBeenCalled()
  })

  variant('a host that answers is asked for each of its repositories, one at a time', async () => {
    let [now, most] = [0, 0]
    const url = await serve(async () => {
      most = Math.max(most, (now += 1))
      await new Promise((go) => setTimeout(go, 20))
      now -= 1
      return 404
    })
    const git = gitOf(http)
    expect((await Promise.all([1, 2, 3].map((name) => git.lsRemote(`${url}/${name}`)))).map(unverified)).toEqual(Array(3).fill('not_found'))
    expect(most).toBe(1)
  })

  test('time that is over is over for every question', async () => {
    const repo = await lab.repository()
    const whole = gitOf()
    const repository = await whole.repositoryOf(repo)
    const git = await whole.within(1)
    await new Promise((go) => setTimeout(go, 5))
    expect(await codeOf(git.status(repository))).toBe('timeout')
    expect(unverified(await git.lsRemote(`${repo}.git`))).toBe('timeout')
    expect((await whole.status(repository)).head).not.toBeNull()
  })

  variant('a hung remote leaves no process behind', async () => {
    const repo = await lab.repository()
    const origin = `${repo}.git`
    await rm(join(origin, 'packed-refs'), { force: true })
    await lab.try(origin, 'mkfifo', ['packed-refs'])
    const answer = await gitOf().lsRemote(origin, { timeoutMs: 700 })
    expect(unverified(answer)).toBe('timeout')
    const left = async () => (await lab.try(lab.root, 'sh', ['-c', `ps -eo args | grep -F '${origin}' | grep -v grep`])).stdout
    await expect.poll(left).toBe('')
  })

  test.each([
    [401, 'auth'],
    [403, 'auth'],
    [404, 'not_found'],
    [500, 'failed'],
  ])('a server that answers %i', async (code, reason) => {
    const url = await serve(() => code)
    const answer = await gitOf(http).lsRemote(`${url.replace('//', '//user:hunter2@')}/x`)
    expect(unverified(answer)).toBe(reason)
    expect(JSON.stringify(answer)).not.toContain('hunter2')
  })

  test('nobody there', async () => {
    const git = gitOf(http)
    expect(unverified(await git.lsRemote('https://127.0.0.1:1/x'))).toBe('offline')
    // A name that nobody has is left out: how long a resolver asks around is the machine's affair.
    const { stderr } = await lab.try(lab.root, 'ssh', ['-V'])
    if (stderr.includes('OpenSSH')) expect(unverified(await git.lsRemote('ssh://127.0.0.1:1/x'))).toBe('offline')
    expect(unverified(await git.lsRemote(join(lab.root, 'missing.git')))).toBe('not_found')
    expect(unverified(await git.lsRemote(`file://${lab.root}/missing.git`))).toBe('not_found')
    expect(unverified(await git.lsRemote(lab.root))).toBe('not_found')
  })

  variant('100,000 references, and a limit on them', async () => {
    const repo = await lab.repository()
    const origin = `${repo}.git`
    const oid = await lab.git(repo, 'rev-parse', 'HEAD')
    const lines = Array.from({ length: 100_000 }, (_none, at) => `${oid} refs/pull/${at}/head`).toSorted()
    await writeFile(join(origin, 'packed-refs'), `# pack-refs with: peeled fully-peeled sorted \n${lines.join('\n')}\n`)
    const answer = await gitOf().lsRemote(origin)
    expect('refs' in answer && answer.refs.get('refs/pull/99999/head')).toBe(oid)
    expect('refs' in answer && answer.refs.size).toBeGreaterThanOrEqual(100_000)
    expect(unverified(await gitOf({ maxBytes: 2 ** 20 }).lsRemote(origin))).toBe('too_large')
  })

  test('an empty remote answers, with nothing', async () => {
    const origin = join(lab.root, 'empty.git')
    await lab.git(lab.root, 'init', '--quiet', '--bare', origin)
    expect(await gitOf().lsRemote(origin)).toEqual({ refs: new Map(), headTarget: null, empty: true })
    expect(await gitOf().lsRemote(`file://${origin}`)).toMatchObject({ empty: true })
  })

  test('no repository above the folder that git starts in is obeyed', async () => {
    const answer = await gitOf().lsRemote('origin')
    expect(unverified(answer)).toBe('refused_scheme')
  })
})

variant('a split index keeps its content; git itself renews the time of its shared half at every reading', async () => {
  const repo = await lab.repository()
  await lab.git(repo, 'update-index', '--split-index')
  const contents = async (): Promise<[string, string][]> =>
    [...(await lab.snapshot(repo))].map(([path, facts]) => [path, path.includes('sharedindex.') ? facts.replace(/ \d+ /, ' ') : facts])
  const before = await contents()
  expect(before.some(([path]) => path.includes('sharedindex.'))).toBe(true)
  expect((await askEverything(gitOf(), repo)).size).toBe(0)
  expect(await contents()).toEqual(before)
})
