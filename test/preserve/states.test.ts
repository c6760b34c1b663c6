import { appendFile, chmod, copyFile, cp, mkdir, rename, rm, stat, symlink, truncate, unlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Preserved } from '../../src/preserve/preserve.ts'
import { fillByCopy } from '../git/copies.ts'
import { createLab, type Lab, touch } from '../git/lab.ts'
import { IS_LONG, sample, variant } from '../long.ts'
import { expectHeld, heldBy, HIDDEN, keep, type Keeping, keepUntouched, lyingIn, REF, state } from './keeping.ts'

let lab: Lab
beforeEach(async () => {
  lab = await createLab()
})
afterEach(() => {
  // What is collected after this file must not find its folders either.
  vi.unstubAllEnvs()
  return lab.dispose()
})

/** A repository with one commit of some kinds of files. */
async function createPlain(name = 'repo', ...init: readonly string[]): Promise<string> {
  await fillByCopy(`plain ${name} ${init.join(' ')}`, lab.root, async (folder) => {
    const repo = join(folder, name)
    await lab.git(folder, 'init', '--quiet', ...init, '--', repo)
    await lab.write(join(repo, 'a.txt'), 'one\ntwo\n')
    await lab.write(join(repo, 'b.txt'), 'b\n')
    await lab.write(join(repo, 'folder/c.txt'), 'c\n')
    await lab.write(join(repo, 'folder/run.sh'), '#!/bin/sh\n')
    await symlink('a.txt', join(repo, 'link'))
    await lab.write(join(repo, '.gitignore'), '*.log\nbuild/\n')
    await lab.git(repo, 'add', '.')
    await lab.git(repo, 'commit', '--quiet', '-m', 'first')
  })
  return join(lab.root, name)
}

/** A commit that nothing refers to. */
const loose = (repo: string, subject: string): Promise<string> => lab.git(repo, 'commit-tree', 'HEAD^{tree}', '-p', 'HEAD', '-m', subject)

/** Changes of every kind, under names that shells, git and lists trip over. */
async function makeDirty(repo: string): Promise<void> {
  await writeFile(join(repo, 'a.txt'), 'one\ntwo\nthree\n')
  await unlink(join(repo, 'b.txt'))
  await chmod(join(repo, 'folder/run.sh'), 0o755)
  await unlink(join(repo, 'link'))
  await symlink('nowhere', join(repo, 'link'))
  const names = [
    '-dash',
    '--all',
    ' blank ',
    'quote\'"`$(touch PWN)',
    'two\nlines',
    'tab\there',
    'back\\slash',
    'ünï→😀',
    ':(top)magic',
    '*',
    '#x',
    'deep/-r/x',
  ]
  for (const name of names) await lab.write(join(repo, name), `${name} is new\n`)
  await writeFile(join(repo, 'binary'), Buffer.from([0, 1, 2, 10, 13, 0, 255].map((byte) => byte % 128)))
  await writeFile(join(repo, 'empty'), '')
  await symlink('/etc/passwd', join(repo, 'link out'))
  await writeFile(join(repo, 'x.log'), 'ignored\n')
}

const reasons = ({ failures }: Preserved): string => failures.map(({ reason }) => reason).join('\n')
const parents = async (repo: string, ref = REF): Promise<string[]> =>
  (await lab.git(repo, 'rev-list', '--parents', '--max-count=1', ref)).split(' ').slice(1)
const head = (repo: string, ref = 'HEAD'): Promise<string> => lab.git(repo, 'rev-parse', ref)
const refs = async (repo: string): Promise<string[]> =>
  (await lab.git(repo, 'for-each-ref', '--format=%(refname)')).split('\n').filter((name) => /rescue/.test(name))

describe('file systems of other systems', () => {
  variant('of Windows: a link is a file, modes mean nothing, and line ends are converted', async () => {
    const repo = await createPlain()
    await unlink(join(repo, 'link'))
    await writeFile(join(repo, 'link'), 'a.txt')
    await chmod(join(repo, 'a.txt'), 0o755)
    for (const [key, value] of [
      ['symlinks', 'false'],
      ['fileMode', 'false'],
      ['autocrlf', 'true'],
      ['ignoreCase', 'true'],
    ] as const)
      // prettier-ignore
      await lab.git(repo, 'config', `core.${key}`, value)
    await writeFile(join(repo, 'b.txt'), 'b\r\nmore\r\n')
    await writeFile(join(repo, 'new file.txt'), 'new\r\n')
    await keep(lab, repo)
    const tree = (await lab.git(repo, 'ls-tree', '-r', REF)).split('\n')
    const modeOf = (name: string): string | undefined => tree.find((line) => line.endsWith(`\t${name}`))?.slice(0, 6)
    expect([modeOf('link'), modeOf('a.txt')]).toEqual(['120000', '100644'])
    expect(await lab.git(repo, 'cat-file', 'blob', `${REF}:link`)).toBe('a.txt')
    const blob = async (name: string): Promise<string> => (await lab.git(repo, 'cat-file', '-s', `${REF}:${name}`)).trim()
    // Byte for byte, whatever the repository converts.
    expect([await blob('b.txt'), await blob('new file.txt')]).toEqual(['9', '5'])
  })
})

describe('all at once', () => {
  it('the very content, nothing touched, twice the same', async () => {
    const repo = await createPlain()
    await lab.git(repo, 'add', '.')
    await makeDirty(repo)
    await lab.write(join(repo, 'build/report.txt'), 'produced\n')
    await lab.write(join(repo, 'staged.txt'), 'staged\n')
    await lab.git(repo, 'add', 'staged.txt')
    await writeFile(join(repo, 'staged.txt'), 'staged, then changed\n')
    const lost = [await loose(repo, 'one'), await loose(repo, 'two')]
    const keeping: Keeping = { paths: ['build/', '-x'], stashes: true, lost, bundle: join(lab.root, 'bundles') }
    const first = await keepUntouched(lab, repo, keeping)
    await expectHeld(lab, repo, REF, ['x.log', 'build'])
    expect(await heldBy(lab, repo, `${HIDDEN}/ignored`)).toEqual(new Map([['build/report.txt', '100644 produced\n']]))
    expect((await heldBy(lab, repo, `${REF}^2`)).get('staged.txt')).toBe('100644 staged\n')
    expect(await refs(repo)).toEqual([REF, `${HIDDEN}/ignored`, `${HIDDEN}/lost`])
    expect(await parents(repo, `${HIDDEN}/lost`)).toEqual(lost.toSorted())
    const objects = await lab.git(repo, 'count-objects')
    const again = await keepUntouched(lab, repo, keeping)
    expect(again.saved).toEqual(first.saved.map((work) => ({ ...work, isNew: false })))
    expect(await lab.git(repo, 'count-objects')).toBe(objects)
    expect(await refs(repo)).toEqual([REF, `${HIDDEN}/ignored`, `${HIDDEN}/lost`])
    await lab.git(repo, 'fsck', '--strict')
  })
})

describe('what comes back', () => {
  variant('is the work itself, as a worktree of the reference, and from a bundle without the repository', async () => {
    const repo = await createPlain()
    await makeDirty(repo)
    const { saved } = await keepUntouched(lab, repo, { bundle: join(lab.root, 'bundles/of it'), paths: ['x.log'] })
    const back = join(lab.root, 'back')
    await lab.git(repo, 'worktree', 'add', '--quiet', back, 'rescue/a1')
    expect(await lyingIn(back)).toEqual(await lyingIn(repo, ['x.log']))
    const bundle = saved[0]?.bundle ?? ''
    const clone = join(lab.root, 'clone')
    await lab.git(lab.root, 'init', '--quiet', clone)
    await lab.git(clone, 'fetch', '--quiet', bundle, 'refs/*:refs/kept/*')
    expect(await heldBy(lab, clone, 'refs/kept/heads/rescue/a1')).toEqual(await heldBy(lab, repo, REF))
    expect(await heldBy(lab, clone, 'refs/kept/not-pushed/rescue/a1/ignored')).toEqual(new Map([['x.log', '100644 ignored\n']]))
  })

  it('is the commit itself, where nothing is uncommitted', async () => {
    const repo = await createPlain()
    await keepUntouched(lab, repo)
    expect(await head(repo, REF)).toBe(await head(repo))
  })
})

interface State {
  readonly name: string
  readonly build: () => Promise<string>
  /** What lies there and is not in the reference. */
  readonly except?: readonly string[]
  readonly keeping?: Keeping
  readonly check?: (repo: string) => Promise<void>
}

const conflicting = async (): Promise<string> => {
  await fillByCopy('conflicting', lab.root, async (folder) => {
    await makeConflicting(join(folder, 'repo'), await createPlain())
  })
  return join(lab.root, 'repo')
}
const makeConflicting = async (repo: string, plain: string): Promise<void> => {
  await cp(plain, repo, { recursive: true, verbatimSymlinks: true })
  await lab.git(repo, 'switch', '--quiet', '-c', 'theirs')
  await writeFile(join(repo, 'a.txt'), 'one\nTHEIRS\n')
  await unlink(join(repo, 'b.txt'))
  await lab.git(repo, 'commit', '--quiet', '-am', 'theirs')
  await lab.git(repo, 'switch', '--quiet', 'main')
  await writeFile(join(repo, 'a.txt'), 'one\nOURS\n')
  await writeFile(join(repo, 'b.txt'), 'changed here\n')
  await lab.git(repo, 'commit', '--quiet', '-am', 'ours')
}
const sides = async (repo: string, ours: string, theirs: string): Promise<void> => {
  const staged = await heldBy(lab, repo, `${REF}^2`)
  expect(staged.get('a.txt.BASE')).toBe('100644 one\ntwo\n')
  expect(staged.get('a.txt.OURS')).toBe(`100644 one\n${ours}\n`)
  expect(staged.get('a.txt.THEIRS')).toBe(`100644 one\n${theirs}\n`)
  expect(staged.has('a.txt')).toBe(false)
}

const STATES: readonly State[] = [
  {
    name: 'what git does not see: staged and gone, announced, hidden, as young as the index, turned into another kind, ignored by rules',
    build: async () => {
      const repo = await createPlain()
      for (const name of ['assumed', 'skipped', 'young']) await lab.write(join(repo, name), 'one\n')
      await lab.git(repo, 'add', '.')
      await lab.git(repo, 'commit', '--quiet', '-m', 'more')
      await lab.git(repo, 'update-index', '--assume-unchanged', 'assumed')
      await lab.git(repo, 'update-index', '--skip-worktree', 'skipped')
      await writeFile(join(repo, 'assumed'), 'hidden one\n')
      await writeFile(join(repo, 'skipped'), 'hidden two\n')
      await rm(join(repo, 'folder'), { recursive: true })
      await symlink('a.txt', join(repo, 'folder'))
      await unlink(join(repo, 'a.txt'))
      await lab.write(join(repo, 'a.txt/inner.txt'), 'now a folder\n')
      await unlink(join(repo, 'link'))
      await lab.write(join(repo, 'link'), 'now a file\n')
      await lab.write(join(repo, 'announced'), 'announced\n')
      await lab.git(repo, 'add', '-N', 'announced')
      await lab.write(join(repo, '.git/info/exclude'), 'mine\n')
      await lab.write(join(lab.root, 'home/git/ignore'), 'everywhere\n')
      for (const name of ['mine', 'everywhere', 'kept', 'new.txt']) await lab.write(join(repo, name), 'x\n')
      await touch(join(repo, 'young'))
      await lab.git(repo, 'add', 'young', 'new.txt')
      await unlink(join(repo, 'new.txt'))
      const { atime, mtime } = await stat(join(repo, 'young'))
      await writeFile(join(repo, 'young'), 'ONE\n')
      await utimes(join(repo, 'young'), atime, mtime)
      return repo
    },
    except: ['mine', 'everywhere'],
    check: async (repo) => {
      expect((await heldBy(lab, repo, `${REF}^2`)).get('new.txt')).toBe('100644 x\n')
    },
  },
  {
    name: 'SHA-256, a linked worktree in a path that shells trip over, locked, with a split index of version 4',
    keeping: { branch: 'side' },
    build: async () => {
      const repo = await createPlain('repo', '--object-format=sha256')
      const place = join(lab.root, `-o'dd "place $(touch PWN)\` ünï ; #`)
      await lab.git(repo, 'worktree', 'add', '--quiet', '-b', 'side', '--lock', '--', place)
      await lab.git(place, 'update-index', '--index-version', '4', '--split-index', '--force-untracked-cache')
      await lab.git(repo, 'config', 'core.splitIndex', 'true')
      await lab.git(repo, 'config', 'core.untrackedCache', 'true')
      await makeDirty(place)
      await lab.write(join(place, 'staged.txt'), 'staged\n')
      await lab.git(place, 'add', 'staged.txt')
      return place
    },
    except: ['x.log'],
  },
  {
    name: 'the middle of a cherry-pick, a file in conflict deleted by hand',
    build: async () => {
      const repo = await conflicting()
      await lab.try(repo, 'git', ['cherry-pick', 'theirs'])
      await unlink(join(repo, 'a.txt'))
      return repo
    },
    check: async (repo) => {
      await sides(repo, 'OURS', 'THEIRS')
      expect(await parents(repo)).toContain(await head(repo, 'theirs'))
    },
  },
  {
    name: 'a conflict in the middle of a merge',
    build: async () => {
      const repo = await conflicting()
      await lab.try(repo, 'git', ['merge', 'theirs'])
      return repo
    },
    check: async (repo) => {
      await sides(repo, 'OURS', 'THEIRS')
      expect(await parents(repo)).toEqual([await head(repo), expect.any(String) as string, await head(repo, 'theirs')])
      expect((await heldBy(lab, repo, `${REF}^2`)).get('b.txt.OURS')).toBe('100644 changed here\n')
    },
  },
  {
    name: 'the middle of a rebase, with a conflict',
    build: async () => {
      const repo = await conflicting()
      await lab.try(repo, 'git', ['rebase', 'theirs'])
      return repo
    },
    check: async (repo) => {
      await sides(repo, 'THEIRS', 'OURS')
      // The branch that is being rebased may be deleted later.
      expect(await parents(repo)).toContain(await head(repo, 'main'))
    },
  },
  {
    name: 'HEAD detached, with a commit that no branch has',
    keeping: { branch: null },
    build: async () => {
      const repo = await createPlain()
      await lab.git(repo, 'switch', '--quiet', '--detach')
      await writeFile(join(repo, 'a.txt'), 'detached\n')
      await lab.git(repo, 'commit', '--quiet', '-am', 'detached')
      await writeFile(join(repo, 'a.txt'), 'and more\n')
      return repo
    },
    check: async (repo) => expect(await parents(repo)).toEqual([await head(repo)]),
  },
  {
    name: 'no commit yet',
    build: async () => {
      const repo = join(lab.root, 'repo')
      await lab.git(lab.root, 'init', '--quiet', repo)
      await lab.write(join(repo, 'a.txt'), 'first\n')
      await lab.git(repo, 'add', 'a.txt')
      await lab.write(join(repo, 'b.txt'), 'second\n')
      return repo
    },
    check: async (repo) => {
      const [staged = ''] = await parents(repo)
      expect(await heldBy(lab, repo, staged)).toEqual(new Map([['a.txt', '100644 first\n']]))
    },
  },
  {
    name: 'no index',
    build: async () => {
      const repo = await createPlain()
      await unlink(join(repo, '.git/index'))
      return repo
    },
  },
  {
    name: 'a shallow clone',
    build: async () => {
      const origin = await conflicting()
      const repo = join(lab.root, 'shallow')
      await lab.git(lab.root, 'clone', '--quiet', '--depth=1', `file://${origin}`, repo)
      await writeFile(join(repo, 'a.txt'), 'in the shallows\n')
      return repo
    },
  },
  {
    name: 'objects borrowed from another repository',
    build: async () => {
      const origin = await createPlain('origin')
      const repo = join(lab.root, 'borrower')
      await lab.git(lab.root, 'clone', '--quiet', '--shared', origin, repo)
      await writeFile(join(repo, 'a.txt'), 'borrowed\n')
      return repo
    },
  },
]

describe('every state of a worktree', () => {
  it.each(sample(STATES, 3).map((each, at) => [each.name, at, each] as const))(
    '%s',
    async (_name, at, { build, except = [], keeping = {}, check }) => {
      const repo = await build()
      await keepUntouched(lab, repo, keeping)
      await expectHeld(lab, repo, REF, except)
      await check?.(repo)
      // Twice the same takes as long again: a sample.
      if (!IS_LONG && at > 0) return
      await keepUntouched(lab, repo, keeping)
      expect((await refs(repo)).filter((name) => name.includes('a1-'))).toEqual([])
      await lab.git(repo, 'fsck', '--connectivity-only')
    },
  )

  variant.each(['files only', 'a sparse index'])('a sparse checkout, %s: what is here as it is, the rest as it was', async (kind) => {
    const repo = await createPlain()
    await lab.write(join(repo, 'other/d.txt'), 'd\n')
    await lab.git(repo, 'add', '.')
    await lab.git(repo, 'commit', '--quiet', '-m', 'more')
    await lab.git(repo, 'sparse-checkout', 'set', '--cone', ...(kind === 'files only' ? [] : ['--sparse-index']), 'folder')
    await writeFile(join(repo, 'folder/c.txt'), 'changed\n')
    await lab.write(join(repo, 'folder/new.txt'), 'new\n')
    await keepUntouched(lab, repo)
    const held = await heldBy(lab, repo, REF)
    expect(held.get('other/d.txt')).toBe('100644 d\n')
    expect(held.get('folder/c.txt')).toBe('100644 changed\n')
    expect(held.get('folder/new.txt')).toBe('100644 new\n')
    expect(held.get('a.txt')).toBe('100644 one\ntwo\n')
    // What lies outside of the pattern all the same is work, too.
    await lab.write(join(repo, 'other/d.txt'), 'out of place\n')
    await keepUntouched(lab, repo)
    expect((await heldBy(lab, repo, `${REF}-2`)).get('other/d.txt')).toBe('100644 out of place\n')
  })

  variant('a partial clone: what is not here stays there, and nothing is fetched', async () => {
    const origin = await createPlain('origin')
    await lab.git(origin, 'config', 'uploadpack.allowFilter', 'true')
    const repo = join(lab.root, 'partial')
    await lab.git(lab.root, 'clone', '--quiet', '--filter=blob:none', '--sparse', `file://${origin}`, repo)
    await rename(origin, `${origin}.gone`)
    await writeFile(join(repo, 'a.txt'), 'changed\n')
    const ran = await keep(lab, repo)
    expect(ran.failures).toEqual([])
    expect((await lab.git(repo, 'ls-tree', '-r', '--name-only', REF)).split('\n')).toContain('folder/c.txt')
    expect(await lab.git(repo, 'cat-file', 'blob', `${REF}:a.txt`)).toBe('changed')
  })

  variant('a submodule: the commit it is at, its files and its commits, which only it had', async () => {
    const repo = await createPlain()
    const other = await createPlain('other')
    await lab.git(repo, 'submodule', '--quiet', 'add', other, 'sub')
    await lab.git(repo, 'commit', '--quiet', '-m', 'submodule')
    const inner = join(repo, 'sub')
    await writeFile(join(inner, 'a.txt'), 'committed within\n')
    await lab.git(inner, 'commit', '--quiet', '-am', 'within')
    await writeFile(join(inner, 'a.txt'), 'and changed\n')
    await writeFile(join(inner, 'new.log'), 'ignored within\n')
    await keepUntouched(lab, repo, { paths: ['sub'] })
    expect((await heldBy(lab, repo, REF)).get('sub')).toBe(`160000 ${await head(inner)}`)
    const files = await heldBy(lab, repo, `${HIDDEN}/ignored`)
    expect(files.get('sub/a.txt')).toBe('100644 and changed\n')
    expect(files.get('sub/new.log')).toBe('100644 ignored within\n')
    expect(await parents(repo, `${HIDDEN}/within-1`)).toEqual([await head(inner)])
    expect((await heldBy(lab, repo, await head(inner))).get('a.txt')).toBe('100644 committed within\n')
    await keepUntouched(lab, repo, { paths: ['sub'] })
    expect(await refs(repo)).toEqual([REF, `${HIDDEN}/ignored`, `${HIDDEN}/within-1`])
  })

  variant('repositories within that nobody added, with and without commits; other worktrees are left alone', async () => {
    const repo = await createPlain()
    await createPlain('repo/inner')
    await lab.git(repo, 'init', '--quiet', 'fresh')
    await lab.write(join(repo, 'fresh/x.txt'), 'fresh\n')
    await lab.git(repo, 'worktree', 'add', '--quiet', '-b', 'side', join(repo, 'side'))
    await lab.git(repo, 'worktree', 'add', '--quiet', '-b', 'agent', join(repo, '.claude/worktrees/agent-a2'))
    await lab.write(join(repo, 'side/y.txt'), 'of another\n')
    await keepUntouched(lab, repo)
    expect(await head(repo, REF)).toBe(await head(repo))
    const files = await heldBy(lab, repo, `${HIDDEN}/ignored`)
    expect([...files.keys()].filter((path) => !path.startsWith('inner/'))).toEqual(['fresh/x.txt'])
    expect(files.get('inner/folder/c.txt')).toBe('100644 c\n')
    expect(await parents(repo, `${HIDDEN}/within-1`)).toEqual([await head(join(repo, 'inner'))])
  })

  variant('line endings and files behind a filter stay what they are, byte for byte', async () => {
    const repo = await createPlain()
    await lab.write(join(repo, '.gitattributes'), '* text=auto\n*.big filter=lfs\n*.id ident\n*.wide working-tree-encoding=UTF-16\n')
    await lab.git(repo, 'config', 'filter.lfs.clean', 'sed s/^/pointer:/')
    await lab.git(repo, 'config', 'filter.lfs.smudge', 'sed s/^pointer://')
    await lab.git(repo, 'config', 'core.autocrlf', 'true')
    await lab.write(join(repo, 'old.big'), 'large\n')
    // Older than the index: what is as young as that, git would compare anew.
    await utimes(join(repo, 'old.big'), 1_700_000_000, 1_700_000_000)
    await lab.git(repo, 'add', '.')
    await lab.git(repo, 'commit', '--quiet', '-m', 'filtered')
    await lab.write(join(repo, 'new.big'), 'content\n')
    await lab.write(join(repo, 'dos.txt'), 'one\r\ntwo\r\nmixed\n')
    await lab.write(join(repo, 'x.id'), '$Id$\n$Id: abc $\n')
    await lab.write(join(repo, 'x.wide'), '\u0000o\u0000n\u0000e')
    await keepUntouched(lab, repo)
    const held = await heldBy(lab, repo, REF)
    for (const name of ['new.big', 'dos.txt', 'x.id', 'x.wide']) expect(held.get(name), name).toBe((await lyingIn(repo)).get(name))
    // What nobody touched is kept as the commit has it.
    expect(held.get('old.big')).toBe('100644 pointer:large\n')
  })
})

describe('hooks, filters and whatever else a repository wants to run', () => {
  it('do not run', async () => {
    const repo = await createPlain()
    const other = await createPlain('other')
    await lab.git(repo, 'submodule', '--quiet', 'add', other, 'sub')
    await lab.write(join(repo, '.gitattributes'), '* filter=x diff=x\n')
    await lab.git(repo, 'add', '.')
    await lab.git(repo, 'commit', '--quiet', '-m', 'attributes')
    await makeDirty(repo)
    await writeFile(join(repo, 'sub/a.txt'), 'changed\n')
    const hooks = [
      'reference-transaction',
      'post-index-change',
      'pre-commit',
      'post-commit',
      'commit-msg',
      'prepare-commit-msg',
      'post-checkout',
      'pre-auto-gc',
    ]
    for (const folder of [join(repo, '.git/hooks'), join(repo, '.git/modules/sub/hooks')]) {
      await mkdir(folder, { recursive: true })
      for (const hook of hooks) {
        await copyFile(await lab.canary(hook), join(folder, hook))
        await chmod(join(folder, hook), 0o755)
      }
    }
    const canary = await lab.canary()
    for (const inside of [repo, join(repo, 'sub')]) {
      const config = inside === repo ? join(repo, '.git/config') : join(repo, '.git/modules/sub/config')
      const traps = [
        ...['fsmonitor', 'pager', 'sshCommand', 'editor'].map((key) => `[core]\n${key} = ${canary}`),
        ...['textconv', 'command'].map((key) => `[diff "x"]\n${key} = ${canary}`),
        `[filter "x"]\nclean = ${canary} cat\nprocess = ${canary}`,
        `[diff]\nexternal = ${canary}\n[gpg]\nprogram = ${canary}\n[alias]\nrev-parse = ${canary}`,
        '[commit]\ngpgSign = true\n[log]\nshowSignature = true',
      ]
      await appendFile(config, traps.map((trap) => `${trap}\n`).join(''))
    }
    await lab.write(
      join(lab.root, 'home/git/config'),
      '[core]\n\thooksPath = ' + join(lab.root, 'canaries') + '\n[commit]\n\tgpgSign = true\n',
    )
    await lab.fired()
    const ran = await keep(lab, repo, {
      paths: ['sub'],
      stashes: true,
      lost: [await loose(repo, 'lost')],
      bundle: join(lab.root, 'bundles'),
    })
    expect(ran.failures).toEqual([])
    expect(await lab.fired()).toEqual([])
    expect(await refs(repo)).toContain(REF)
    // The traps are real: plain git springs them.
    await lab.try(repo, 'git', ['status'])
    expect(await lab.fired()).not.toEqual([])
  })

  variant('nor does an inherited environment lead anywhere else, and no name and no address are needed', async () => {
    const repo = await createPlain()
    const other = await createPlain('other')
    await makeDirty(repo)
    const before = await lab.snapshot(other)
    const env = {
      GIT_DIR: join(other, '.git'),
      GIT_WORK_TREE: other,
      GIT_INDEX_FILE: join(other, '.git/index'),
      GIT_OBJECT_DIRECTORY: join(other, '.git/objects'),
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.fsmonitor',
      GIT_CONFIG_VALUE_0: await lab.canary(),
      GIT_NAMESPACE: 'x',
      GIT_AUTHOR_NAME: '',
      GIT_AUTHOR_EMAIL: '',
      GIT_COMMITTER_NAME: '',
      GIT_COMMITTER_EMAIL: '',
    }
    await keepUntouched(lab, repo, { env })
    await expectHeld(lab, repo, REF, ['x.log'])
    expect(await lab.snapshot(other)).toEqual(before)
    expect(await lab.fired()).toEqual([])
    expect(await lab.git(repo, 'log', '-1', '--format=%an %cn', REF)).toBe('agent-forensics agent-forensics')
  })
})

describe('the names of references', () => {
  it('other work gets a number, and nothing is overwritten; the same work comes back to its own', async () => {
    const repo = await createPlain()
    const commits: string[] = []
    for (const word of ['first', 'second', 'third', 'first']) {
      await writeFile(join(repo, 'a.txt'), `${word} state\n`)
      const { saved } = await keepUntouched(lab, repo)
      commits.push(...saved.map(({ ref, commit }) => `${ref} ${commit}`))
    }
    expect(await refs(repo)).toEqual([REF, `${REF}-2`, `${REF}-3`])
    expect(commits[3]).toBe(commits[0])
    expect(commits[0]).toBe(`${REF} ${await head(repo, REF)}`)
    expect((await heldBy(lab, repo, `${REF}-3`)).get('a.txt')).toBe('100644 third state\n')
  })

  variant('a branch in the way is told, and nothing is done', async () => {
    const repo = await createPlain()
    await lab.git(repo, 'branch', 'rescue')
    await makeDirty(repo)
    const ran = await keep(lab, repo)
    expect(reasons(ran)).toMatch(/rescue\/a1 could not be made: .*--ref/)
    expect(await refs(repo)).toEqual(['refs/heads/rescue'])
    await keepUntouched(lab, repo, { ref: 'refs/backup' })
    expect(await refs(repo)).toEqual(['refs/heads/rescue'])
    expect(await head(repo, 'refs/backup/a1')).not.toBe(await head(repo))
  })
})

describe('what only the repository knows', () => {
  it('stashes of the branch, and of no other', async () => {
    const repo = await createPlain()
    for (const [branch, text] of [
      ['main', 'mine'],
      ['other', 'not mine'],
    ] as const) {
      if (branch !== 'main') await lab.git(repo, 'switch', '--quiet', '-c', branch)
      await writeFile(join(repo, 'a.txt'), `${text}\n`)
      await lab.git(repo, 'stash', 'push', '--quiet', ...(branch === 'main' ? ['-m', 'On other: a lie'] : []))
    }
    await lab.git(repo, 'switch', '--quiet', 'main')
    await keepUntouched(lab, repo, { stashes: true })
    const [kept = '', ...others] = await parents(repo, `${HIDDEN}/stash`)
    expect(others).toEqual([])
    expect(kept).toBe(await head(repo, 'stash@{1}'))
    await lab.git(repo, 'stash', 'clear')
    await lab.git(repo, 'reflog', 'expire', '--expire=now', '--all')
    await lab.git(repo, 'gc', '--quiet', '--prune=now')
    expect((await heldBy(lab, repo, kept)).get('a.txt')).toBe('100644 mine\n')
  })

  variant('commits that no reference holds, once', async () => {
    const repo = await createPlain()
    await writeFile(join(repo, 'a.txt'), 'lost\n')
    await lab.git(repo, 'commit', '--quiet', '-am', 'lost')
    const lost = await head(repo)
    await lab.git(repo, 'reset', '--quiet', '--hard', 'HEAD~1')
    await keepUntouched(lab, repo, { lost: [lost, await head(repo), '0123456789'.repeat(4)] })
    expect(await parents(repo, `${HIDDEN}/lost`)).toEqual([lost])
    await keepUntouched(lab, repo, { lost: [lost] })
    expect(await refs(repo)).toEqual([REF, `${HIDDEN}/lost`])
  })

  variant('of a worktree that is gone: its branch, and the commits beside it', async () => {
    const repo = await createPlain()
    const place = join(lab.root, 'side')
    await lab.git(repo, 'worktree', 'add', '--quiet', '-b', 'side', place)
    await writeFile(join(place, 'a.txt'), 'lost\n')
    await lab.git(place, 'commit', '--quiet', '-am', 'lost')
    const lost = await head(place)
    await lab.git(place, 'reset', '--quiet', '--hard', 'HEAD~1')
    await writeFile(join(place, 'a.txt'), 'kept\n')
    await lab.git(place, 'commit', '--quiet', '-am', 'kept')
    await rm(place, { recursive: true })
    const commit = await head(repo, 'side')
    await keepUntouched(lab, repo, { branch: 'side', commit, lost: [lost] })
    expect(await head(repo, REF)).toBe(commit)
    expect(await parents(repo, `${HIDDEN}/lost`)).toEqual([lost])
  })

  variant('of a bare repository, and where nothing is left', async () => {
    const repo = await createPlain()
    const bare = join(lab.root, 'bare.git')
    await lab.git(lab.root, 'clone', '--quiet', '--bare', repo, bare)
    await keepUntouched(lab, bare, { commit: await head(repo) })
    expect(await head(bare, REF)).toBe(await head(repo))
    const ran = await keepUntouched(lab, repo, { commit: null, lost: [await head(repo)] })
    expect(ran.saved).toEqual([])
    const gone = await keep(lab, repo, { commit: '0123456789'.repeat(4) })
    expect([gone.saved, reasons(gone)]).toEqual([[], expect.stringContaining('no longer exists')])
  })
})

describe('where it stops', () => {
  it('at a file that is too large: the rest is kept, and it says so', async () => {
    const repo = await createPlain()
    await makeDirty(repo)
    for (const name of ['huge', 'a.txt', 'x.log']) {
      await writeFile(join(repo, name), '')
      await truncate(join(repo, name), 3_000_000)
    }
    const before = await state(lab)
    const ran = await keep(lab, repo, { paths: ['x.log'] })
    expect(reasons(ran)).toBe('a.txt, huge: is larger than 1000000 bytes (--max-file)\nx.log: is larger than 1000000 bytes (--max-file)')
    expect(await state(lab)).toEqual(before)
    const held = await heldBy(lab, repo, REF)
    expect(held.has('huge')).toBe(false)
    expect(held.get('a.txt')).toBe('100644 one\ntwo\n')
    expect(held.has('-dash')).toBe(true)
    const more = await keep(lab, repo, { paths: ['x.log'], max: 4_000_000 })
    expect(more.failures).toEqual([])
  })

  it.each([
    ['a folder that is gone', async () => join(lab.root, 'gone'), /is gone/],
    ['a relative path', async () => 'repo', /not an absolute path/],
    ['a folder within a worktree', async () => join(await createPlain(), 'folder'), /not a worktree of its own/],
    ['a folder outside of any repository', async () => lab.root, /no repository/],
    [
      'a worktree that its repository moves elsewhere',
      async () => {
        const repo = await createPlain()
        await lab.git(repo, 'config', 'core.worktree', lab.root)
        return repo
      },
      /configured to be another folder/,
    ],
    [
      'a worktree whose repository is gone',
      async () => {
        const repo = await createPlain()
        await lab.git(repo, 'worktree', 'add', '--quiet', '-b', 'side', join(lab.root, 'side'))
        await rm(join(repo, '.git'), { recursive: true })
        return join(lab.root, 'side')
      },
      /which is gone/,
    ],
  ])('at %s, with a sentence', async (_name, build, sentence) => {
    const place = await build()
    const before = await lab.snapshot(lab.root)
    const ran = await keep(lab, place)
    expect(ran.saved).toEqual([])
    expect(reasons(ran)).toMatch(sentence)
    expect(await lab.snapshot(lab.root)).toEqual(before)
  })

  it('at a path that leads out of the worktree', async () => {
    const repo = await createPlain()
    const paths = ['../other', '/etc/passwd', 'a/../../b', '.git/config']
    expect(reasons(await keep(lab, repo, { paths }))).toBe(`${paths.join(', ')}: leads out of the worktree`)
  })

  variant('leaves no temporary folder behind', async () => {
    const repo = await createPlain()
    const temporary = join(lab.root, 'tmp')
    await mkdir(temporary)
    await makeDirty(repo)
    vi.stubEnv('TMPDIR', temporary)
    await keep(lab, repo)
    await keep(lab, join(lab.root, 'gone'))
    expect([...(await lab.snapshot(temporary)).keys()]).toEqual([''])
    vi.stubEnv('TMPDIR', repo)
    expect(reasons(await keep(lab, repo))).toMatch(/set TMPDIR to another one/)
  })
})
