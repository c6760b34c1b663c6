import { mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { GitOptions } from '../../src/node/git.ts'
import { type Lab, touch } from './lab.ts'

/** What a repository can hold that makes plain git run a program, or look where nobody asked: reliability.md 5.1. */

/** Answers requests for paths with a status, or never (null); the address. */
export type Serve = (answer: (path: string) => number | null | Promise<number>) => Promise<string>

export interface Trap {
  /** What is inspected. */
  readonly path: string
  /** What plain git does that springs the trap. */
  readonly spring: () => Promise<unknown>
  /** Questions that the port may refuse to answer, with their codes. */
  readonly refused?: Readonly<Record<string, string>>
  readonly options?: GitOptions
}

export interface Vector {
  readonly name: string
  readonly build: (lab: Lab, serve: Serve) => Promise<Trap>
  /** Why plain git does not fall for it; the trap must then not spring either, or this sentence is wrong. */
  readonly harmless?: string
}

const status = (lab: Lab, repo: string) => () => lab.try(repo, 'git', ['status'])
const diff = (lab: Lab, repo: string) => () => lab.try(repo, 'git', ['diff'])
const log = (lab: Lab, repo: string) => () => lab.try(repo, 'git', ['log'])
const lsRemote =
  (lab: Lab, repo: string, remote = 'origin') =>
  () =>
    lab.try(repo, 'git', ['ls-remote', remote])

export async function createConfigured(lab: Lab, entries: Readonly<Record<string, string>>): Promise<string> {
  const repo = await lab.repository()
  for (const [key, value] of Object.entries(entries)) await lab.git(repo, 'config', key, value)
  return repo
}

/** A repository whose files pass a filter or a diff driver `x`, by attributes in the tree. */
export async function createAttributed(lab: Lab, attributes: string, entries: Readonly<Record<string, string>>): Promise<string> {
  const repo = await lab.repository()
  await lab.write(join(repo, '.gitattributes'), attributes)
  await lab.git(repo, 'add', '.gitattributes')
  await lab.git(repo, 'commit', '--quiet', '-m', 'attributes')
  for (const [key, value] of Object.entries(entries)) await lab.git(repo, 'config', key, value)
  await touch(join(repo, 'a.txt'))
  return repo
}

async function createSigned(lab: Lab, entries: Readonly<Record<string, string>>, kind: string): Promise<string> {
  const repo = await createConfigured(lab, entries)
  const text = await lab.git(repo, 'cat-file', 'commit', 'HEAD')
  const signature = `gpgsig -----BEGIN ${kind} SIGNATURE-----\n \n aGVsbG8=\n -----END ${kind} SIGNATURE-----\n`
  const commit = await lab.write(join(lab.root, 'commit'), `${text.replace('\n\n', `\n${signature}\n`)}\n`)
  const oid = await lab.git(repo, 'hash-object', '-t', 'commit', '-w', commit)
  await lab.git(repo, 'update-ref', 'refs/heads/main', oid)
  return repo
}

export async function withSubmodule(lab: Lab): Promise<{ readonly repo: string; readonly inner: string }> {
  const repo = await lab.repository()
  const other = await lab.repository('other')
  await lab.git(repo, 'submodule', '--quiet', 'add', other, 'sub')
  await lab.git(repo, 'commit', '--quiet', '-m', 'submodule')
  const inner = join(repo, 'sub')
  await touch(join(inner, 'a.txt'))
  return { repo, inner }
}

async function partialClone(lab: Lab, entries: (canary: string) => Readonly<Record<string, string>>): Promise<string> {
  const origin = await lab.repository()
  await lab.git(origin, 'config', 'uploadpack.allowFilter', 'true')
  const repo = join(lab.root, 'partial')
  await lab.git(lab.root, 'clone', '--quiet', '--filter=blob:none', '--no-checkout', `file://${origin}`, repo)
  for (const [key, value] of Object.entries(entries(await lab.canary()))) await lab.git(repo, 'config', key, value)
  return repo
}

const http = { allowHttp: true }

export const VECTORS: readonly Vector[] = [
  {
    name: 'core.fsmonitor',
    build: async (lab) => {
      const path = await createConfigured(lab, { 'core.fsmonitor': await lab.canary() })
      return { path, spring: status(lab, path) }
    },
  },
  {
    name: 'hook post-index-change',
    build: async (lab) => {
      const path = await lab.repository()
      await mkdir(join(path, '.git/hooks'), { recursive: true })
      await rename(await lab.canary(), join(path, '.git/hooks/post-index-change'))
      return { path, spring: status(lab, path) }
    },
  },
  {
    name: 'core.hooksPath',
    build: async (lab) => {
      await lab.canary('post-index-change')
      const path = await createConfigured(lab, { 'core.hooksPath': join(lab.root, 'canaries') })
      return { path, spring: status(lab, path) }
    },
  },
  {
    name: 'filter.clean by attributes in the tree',
    build: async (lab) => {
      const path = await createAttributed(lab, '* filter=x\n', { 'filter.x.clean': `${await lab.canary()} cat` })
      return { path, spring: status(lab, path) }
    },
  },
  {
    name: 'filter.process, required, by info/attributes',
    build: async (lab) => {
      const path = await createConfigured(lab, { 'filter.x.process': await lab.canary(), 'filter.x.required': 'true' })
      await lab.write(join(path, '.git/info/attributes'), '* filter=x\n')
      return { path, spring: diff(lab, path) }
    },
  },
  {
    name: 'a filter whose name holds an equals sign',
    build: async (lab) => {
      const path = await createAttributed(lab, '* filter=a=b\n', { 'filter.a=b.clean': `${await lab.canary()} cat` })
      return { path, spring: status(lab, path) }
    },
  },
  {
    name: 'a filter included for one branch only',
    build: async (lab) => {
      const path = await createAttributed(lab, '* filter=x\n', {})
      await lab.write(join(path, '.git/more'), `[filter "x"]\n\tclean = ${await lab.canary()} cat\n`)
      await lab.git(path, 'config', 'includeIf.onbranch:other.path', 'more')
      await lab.git(path, 'worktree', 'add', '--quiet', '-b', 'other', join(lab.root, 'on-other'))
      const worktree = join(lab.root, 'on-other')
      await touch(join(worktree, 'a.txt'))
      return { path: worktree, spring: status(lab, worktree) }
    },
  },
  {
    name: 'a filter in config.worktree',
    build: async (lab) => {
      const path = await createAttributed(lab, '* filter=x\n', { 'extensions.worktreeConfig': 'true' })
      await lab.git(path, 'config', '--worktree', 'filter.x.clean', `${await lab.canary()} cat`)
      return { path, spring: status(lab, path) }
    },
  },
  {
    name: 'diff.external',
    build: async (lab) => {
      const path = await createConfigured(lab, { 'diff.external': await lab.canary() })
      return { path, spring: diff(lab, path) }
    },
  },
  {
    name: 'diff.<driver>.command',
    build: async (lab) => {
      const path = await createAttributed(lab, '* diff=x\n', { 'diff.x.command': await lab.canary() })
      return { path, spring: diff(lab, path) }
    },
  },
  {
    name: 'diff.<driver>.textconv',
    build: async (lab) => {
      const path = await createAttributed(lab, '* diff=x\n', { 'diff.x.textconv': await lab.canary() })
      return { path, spring: diff(lab, path) }
    },
  },
  {
    name: 'gpg.program with log.showSignature',
    build: async (lab) => {
      const path = await createSigned(lab, { 'log.showSignature': 'true', 'gpg.program': await lab.canary() }, 'PGP')
      return { path, spring: log(lab, path) }
    },
  },
  {
    name: 'gpg.ssh.program with log.showSignature',
    build: async (lab) => {
      const allowed = await lab.write(join(lab.root, 'allowed'), '')
      const program = await lab.canary()
      const path = await createSigned(
        lab,
        { 'log.showSignature': 'true', 'gpg.ssh.program': program, 'gpg.ssh.allowedSignersFile': allowed },
        'SSH',
      )
      return { path, spring: log(lab, path) }
    },
  },
  {
    name: 'core.pager on a terminal',
    build: async (lab) => {
      const path = await createConfigured(lab, { 'core.pager': await lab.canary() })
      return { path, spring: () => lab.try(path, 'script', ['-qec', 'git log', '/dev/null']) }
    },
  },
  {
    name: 'pager.<command> on a terminal',
    build: async (lab) => {
      const path = await createConfigured(lab, { 'pager.status': await lab.canary() })
      return { path, spring: () => lab.try(path, 'script', ['-qec', 'git status', '/dev/null']) }
    },
  },
  {
    name: 'alias of a command of its own',
    build: async (lab) => {
      const path = await createConfigured(lab, { 'alias.look': `!${await lab.canary()}` })
      return { path, spring: () => lab.try(path, 'git', ['look']) }
    },
  },
  {
    name: 'alias of a built-in command',
    harmless: 'git runs its own command whatever an alias says',
    build: async (lab) => {
      const command = `!${await lab.canary()}`
      const path = await createConfigured(lab, { 'alias.status': command, 'alias.rev-list': command, 'alias.config': command })
      return { path, spring: status(lab, path) }
    },
  },
  {
    name: 'include.path',
    build: async (lab) => {
      const path = await createConfigured(lab, { 'include.path': 'more' })
      await lab.write(join(path, '.git/more'), `[core]\n\tfsmonitor = ${await lab.canary()}\n`)
      return { path, spring: status(lab, path) }
    },
  },
  {
    name: 'config.worktree of a linked worktree',
    build: async (lab) => {
      await createConfigured(lab, { 'extensions.worktreeConfig': 'true' })
      const path = join(lab.root, 'repo-side')
      await lab.git(path, 'config', '--worktree', 'core.fsmonitor', await lab.canary())
      return { path, spring: status(lab, path) }
    },
  },
  {
    name: 'partial clone, remote.uploadpack',
    build: async (lab) => {
      const path = await partialClone(lab, (canary) => ({ 'remote.origin.uploadpack': canary }))
      return { path, spring: () => lab.try(path, 'git', ['log', '-p']), refused: { patchIds: 'failed', diffStat: 'failed' } }
    },
  },
  {
    name: 'partial clone, core.sshCommand',
    build: async (lab) => {
      const path = await partialClone(lab, (canary) => ({ 'core.sshCommand': canary, 'remote.origin.url': 'ssh://127.0.0.1:1/x' }))
      return { path, spring: () => lab.try(path, 'git', ['log', '-p']), refused: { patchIds: 'failed', diffStat: 'failed' } }
    },
  },
  {
    name: 'configuration of a submodule',
    build: async (lab) => {
      const { repo, inner } = await withSubmodule(lab)
      await lab.git(inner, 'config', 'core.fsmonitor', await lab.canary())
      return { path: repo, spring: status(lab, repo) }
    },
  },
  {
    name: 'filter of a submodule',
    build: async (lab) => {
      const { repo, inner } = await withSubmodule(lab)
      await lab.git(inner, 'config', 'filter.inner.clean', `${await lab.canary()} cat`)
      await lab.write(join(repo, '.git/modules/sub/info/attributes'), '* filter=inner\n')
      return { path: repo, spring: status(lab, repo) }
    },
  },
  {
    name: 'a submodule whose .git file leads elsewhere',
    build: async (lab) => {
      const { repo, inner } = await withSubmodule(lab)
      const evil = join(lab.root, 'evil')
      await lab.git(lab.root, 'clone', '--quiet', join(lab.root, 'other'), evil)
      await lab.git(evil, 'config', 'core.fsmonitor', await lab.canary())
      await writeFile(join(inner, '.git'), `gitdir: ${evil}/.git\n`)
      return { path: repo, spring: status(lab, repo) }
    },
  },
  {
    name: 'a nested repository that was added as a file',
    build: async (lab) => {
      const repo = await lab.repository()
      const nested = join(repo, 'nested')
      await lab.git(repo, 'clone', '--quiet', `${repo}.git`, nested)
      await lab.git(repo, '-c', 'advice.addEmbeddedRepo=false', 'add', 'nested')
      await lab.git(nested, 'config', 'core.fsmonitor', await lab.canary())
      return { path: repo, spring: status(lab, repo) }
    },
  },
  {
    name: 'core.worktree',
    build: async (lab) => {
      const secret = join(lab.root, 'secret')
      await lab.write(join(secret, 'id_rsa'), 'x')
      const path = await createConfigured(lab, { 'core.worktree': secret })
      const spring = async (): Promise<void> => {
        // It runs nothing; it shows a folder that nobody asked about.
        if ((await lab.try(path, 'git', ['status', '--short'])).stdout.includes('id_rsa')) await lab.try(path, await lab.canary(), [])
      }
      return { path, spring, refused: { repositoryOf: 'worktree_mismatch' } }
    },
  },
  {
    name: 'core.worktree in the config.worktree of a linked worktree',
    build: async (lab) => {
      await createConfigured(lab, { 'extensions.worktreeConfig': 'true' })
      const path = join(lab.root, 'repo-side')
      const secret = join(lab.root, 'secret')
      await lab.write(join(secret, 'id_rsa'), 'x')
      await lab.git(path, 'config', '--worktree', 'core.worktree', secret)
      const spring = async (): Promise<void> => {
        if ((await lab.try(path, 'git', ['status', '--short'])).stdout.includes('id_rsa')) await lab.try(path, await lab.canary(), [])
      }
      return { path, spring, refused: { repositoryOf: 'worktree_mismatch' } }
    },
  },
  {
    name: 'a filter of one worktree, behind a switch that is spelled oddly',
    build: async (lab) => {
      const repo = await createAttributed(lab, '* filter=x\n', { 'extensions.worktreeConfig': '0x1' })
      const path = join(lab.root, 'oddly')
      await lab.git(repo, 'worktree', 'add', '--quiet', '-b', 'oddly', path)
      await lab.git(path, 'config', '--worktree', 'filter.x.clean', `${await lab.canary()} cat`)
      await touch(join(path, 'a.txt'))
      return { path, spring: status(lab, path) }
    },
  },
  {
    name: 'a bare repository buried in the tree',
    build: async (lab) => {
      const repo = await lab.repository()
      const path = join(repo, 'docs')
      await lab.git(repo, 'init', '--quiet', '--bare', path)
      for (const [key, value] of Object.entries({ 'core.bare': 'false', 'core.worktree': repo, 'core.fsmonitor': await lab.canary() }))
        await lab.git(path, 'config', '--file', 'config', key, value)
      return { path, spring: status(lab, path) }
    },
  },
  {
    name: '.git file that leads to a hostile git directory',
    build: async (lab) => {
      const evil = await createConfigured(lab, { 'core.fsmonitor': await lab.canary() })
      const path = join(lab.root, 'innocent')
      await lab.write(join(path, '.git'), `gitdir: ${evil}/.git\n`)
      return { path, spring: status(lab, path), refused: { repositoryOf: 'untrusted_gitdir' } }
    },
  },
  {
    name: '.git file that leads to the git directory of another worktree',
    build: async (lab) => {
      const evil = await createConfigured(lab, { 'core.fsmonitor': await lab.canary() })
      const path = join(lab.root, 'innocent')
      await lab.write(join(path, '.git'), `gitdir: ${evil}/.git/worktrees/repo-side\n`)
      return { path, spring: status(lab, path), refused: { repositoryOf: 'untrusted_gitdir' } }
    },
  },
  {
    name: '.git file whose git directory takes its configuration from elsewhere',
    build: async (lab) => {
      const evil = await createConfigured(lab, { 'core.fsmonitor': await lab.canary() })
      await lab.repository('good')
      const path = join(lab.root, 'good-side')
      await writeFile(join(lab.root, 'good/.git/worktrees/good-side/commondir'), `${evil}/.git\n`)
      return { path, spring: status(lab, path), refused: { repositoryOf: 'untrusted_gitdir' } }
    },
  },
  {
    name: '.git folder that takes its configuration from elsewhere',
    build: async (lab) => {
      const evil = await createConfigured(lab, { 'core.fsmonitor': await lab.canary() })
      const path = await lab.repository('good')
      await writeFile(join(path, '.git/commondir'), `${evil}/.git\n`)
      return { path, spring: status(lab, path), refused: { repositoryOf: 'untrusted_gitdir' } }
    },
  },
  {
    name: '.git that is a link',
    build: async (lab) => {
      const evil = await createConfigured(lab, { 'core.fsmonitor': await lab.canary() })
      const path = join(lab.root, 'innocent')
      await mkdir(path)
      await symlink(join(evil, '.git'), join(path, '.git'))
      return { path, spring: status(lab, path), refused: { repositoryOf: 'untrusted_gitdir' } }
    },
  },
  {
    name: 'core.sshCommand',
    build: async (lab) => {
      const path = await createConfigured(lab, { 'core.sshCommand': await lab.canary(), 'remote.origin.url': 'ssh://127.0.0.1:1/x' })
      return { path, spring: lsRemote(lab, path) }
    },
  },
  {
    name: 'core.gitProxy',
    build: async (lab) => {
      const path = await createConfigured(lab, { 'core.gitProxy': await lab.canary(), 'remote.origin.url': 'git://127.0.0.1/x' })
      return { path, spring: lsRemote(lab, path) }
    },
  },
  {
    name: 'remote.<name>.uploadpack',
    build: async (lab) => {
      const path = await createConfigured(lab, { 'remote.origin.uploadpack': await lab.canary() })
      return { path, spring: lsRemote(lab, path) }
    },
  },
  {
    name: 'remote.<name>.vcs',
    build: async (lab) => {
      const path = await createConfigured(lab, {
        'remote.origin.vcs': 'ext',
        'remote.origin.url': await lab.canary(),
        'protocol.ext.allow': 'always',
      })
      return { path, spring: lsRemote(lab, path) }
    },
  },
  {
    name: 'an ext:: address that the repository allows',
    build: async (lab) => {
      const path = await createConfigured(lab, { 'remote.origin.url': `ext::${await lab.canary()}`, 'protocol.ext.allow': 'always' })
      return { path, spring: lsRemote(lab, path) }
    },
  },
  {
    name: 'url.<base>.insteadOf',
    build: async (lab) => {
      const path = await createConfigured(lab, {
        [`url.ext::${await lab.canary()} .insteadOf`]: 'https://',
        'protocol.ext.allow': 'always',
      })
      await lab.git(path, 'config', 'remote.origin.url', 'https://127.0.0.1:1/x')
      return { path, spring: lsRemote(lab, path) }
    },
  },
  {
    name: 'credential.helper',
    build: async (lab, serve) => {
      const url = await serve(() => 401)
      const path = await createConfigured(lab, { 'remote.origin.url': `${url}/x`, 'credential.helper': `!${await lab.canary()}` })
      return { path, spring: lsRemote(lab, path), options: http }
    },
  },
  {
    name: 'credential.<url>.helper',
    build: async (lab, serve) => {
      const url = await serve(() => 401)
      const path = await createConfigured(lab, { 'remote.origin.url': `${url}/x`, [`credential.${url}.helper`]: `!${await lab.canary()}` })
      return { path, spring: lsRemote(lab, path), options: http }
    },
  },
  {
    name: 'core.askPass',
    build: async (lab, serve) => {
      const url = await serve(() => 401)
      const path = await createConfigured(lab, { 'remote.origin.url': `${url}/x`, 'core.askPass': await lab.canary() })
      return { path, spring: lsRemote(lab, path), options: http }
    },
  },
  {
    name: 'http.proxy',
    build: async (lab, serve) => {
      const canary = await lab.canary()
      const proxy = await serve(async (path) => {
        // Through a proxy the whole address is asked for.
        if (path.startsWith('http://')) await lab.try(lab.root, canary, [])
        return 404
      })
      const path = await createConfigured(lab, { 'remote.origin.url': 'http://127.0.0.1:1/x', 'http.proxy': proxy })
      return { path, spring: lsRemote(lab, path), options: http }
    },
  },
  {
    name: 'an address that is an option',
    build: async (lab) => {
      const path = await lab.repository()
      const option = `--upload-pack=${await lab.canary()}`
      await lab.git(path, 'config', 'remote.origin.url', option)
      return { path, spring: () => lab.try(path, 'git', ['ls-remote', option, `${path}.git`]) }
    },
  },
  {
    name: 'configuration of an origin that is a local path',
    harmless: 'upload-pack runs nothing to list references',
    build: async (lab) => {
      const path = await lab.repository()
      const canary = await lab.canary()
      for (const key of ['core.fsmonitor', 'uploadpack.packObjectsHook', 'core.alternateRefsCommand', 'core.sshCommand'])
        await lab.git(`${path}.git`, 'config', key, canary)
      await lab.write(join(`${path}.git`, 'objects/info/alternates'), `${path}/.git/objects\n`)
      return { path, spring: lsRemote(lab, path) }
    },
  },
  {
    name: 'trace2.normalTarget',
    harmless: 'traces are configured by the user and the system only',
    build: async (lab) => {
      const target = join(lab.root, 'fired', 'trace')
      const path = await createConfigured(lab, { 'trace2.normalTarget': target, 'trace2.eventTarget': target, 'trace2.perfTarget': target })
      return { path, spring: status(lab, path) }
    },
  },
  {
    name: 'a git in the inspected folder, found by a relative PATH',
    build: async (lab) => {
      const path = await lab.repository()
      const env = { ...lab.env, PATH: `.:${lab.env['PATH']}` }
      await rename(await lab.canary(), join(path, 'git'))
      return { path, spring: () => lab.try(path, 'sh', ['-c', 'git status'], env), options: { env } }
    },
  },
]
