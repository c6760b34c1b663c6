import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, readlink, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fillByCopy } from './copies.ts'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A temporary folder with a home of its own, a plain git without any protection, and canaries that note that they were run. */
export interface Lab {
  readonly root: string
  readonly env: Readonly<Record<string, string>>
  /** Plain git; rejects on failure. */
  git(cwd: string, ...args: readonly string[]): Promise<string>
  /** Any program, whatever its outcome. */
  try(cwd: string, program: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ran>
  write(path: string, text: string): Promise<string>
  /** The path of a program that notes its call and hands its input on. */
  canary(name?: string): Promise<string>
  /** Names of the canaries that were run since the last question. */
  fired(): Promise<string[]>
  /** A repository with one commit, an origin, a linked worktree `side`, a modified, an untracked and a touched file. */
  repository(name?: string): Promise<string>
  /** A digest of everything below a folder: names, modes, times of change, contents. */
  snapshot(folder: string): Promise<Map<string, string>>
  dispose(): Promise<void>
}

export async function createLab(): Promise<Lab> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'git-lab-')))
  const nest = join(root, 'fired')
  const home = join(root, 'home')
  await mkdir(nest)
  await mkdir(home)
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    XDG_CONFIG_HOME: home,
    TMPDIR: tmpdir(),
    LC_ALL: 'C',
  }
  const plain = {
    ...env,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    // No sample hooks: every snapshot would read them.
    GIT_TEMPLATE_DIR: '',
    GIT_AUTHOR_NAME: 'Ann',
    GIT_AUTHOR_EMAIL: 'ann@example.invalid',
    GIT_COMMITTER_NAME: 'Ann',
    GIT_COMMITTER_EMAIL: 'ann@example.invalid',
    GIT_EDITOR: 'true',
  }
  const attempt: Lab['try'] = (cwd, program, args, more = {}) =>
    new Promise((done) => {
      execFile(program, [...args], { cwd, env: { ...plain, ...more }, timeout: 120_000, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
        done({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr })
      })
    })
  const git: Lab['git'] = async (cwd, ...args) => {
    const fixed = ['-c', 'protocol.file.allow=always', '-c', 'init.defaultBranch=main', '-c', 'advice.detachedHead=false']
    const ran = await attempt(cwd, 'git', [...fixed, ...args])
    if (ran.code !== 0) throw new Error(`git ${args.join(' ')}: ${ran.stderr}`)
    return ran.stdout.trim()
  }
  return {
    root,
    env,
    git,
    try: attempt,
    write,
    async canary(name = 'canary') {
      // `cat` only behind a pipe: as a filter it must hand its input on.
      const path = await write(
        join(root, 'canaries', name),
        `#!/bin/sh\ntouch '${join(nest, name)}'\ncase "$1" in cat) cat ;; esac\nexit 0\n`,
      )
      await chmod(path, 0o755)
      return path
    },
    async fired() {
      const names = await readdir(nest)
      await Promise.all(names.map((name) => rm(join(nest, name))))
      return names.toSorted()
    },
    async repository(name = 'repo') {
      await fillByCopy(`lab ${name}`, root, (folder) => buildRepository(git, folder, name))
      const repo = join(root, name)
      await touch(join(repo, 'a.txt'))
      return repo
    },
    snapshot: (folder) => snapshotOf(folder),
    dispose: () => rm(root, { recursive: true, force: true, maxRetries: 3 }),
  }
}

async function buildRepository(git: Lab['git'], root: string, name: string): Promise<void> {
  const repo = join(root, name)
  await git(root, 'init', '--quiet', repo)
  await write(join(repo, 'a.txt'), 'one\ntwo\n')
  await write(join(repo, 'b.txt'), 'one\n')
  await write(join(repo, '.gitignore'), '*.log\n')
  await git(repo, 'add', '.')
  await git(repo, 'commit', '--quiet', '-m', 'first')
  await git(root, 'clone', '--quiet', '--bare', repo, `${repo}.git`)
  await git(repo, 'remote', 'add', 'origin', `${repo}.git`)
  await git(repo, 'fetch', '--quiet', 'origin')
  await git(repo, 'worktree', 'add', '--quiet', '-b', 'side', join(root, `${name}-side`))
  await write(join(root, `${name}-side`, 'b.txt'), 'changed\n')
  await write(join(repo, 'b.txt'), 'one\nmore\n')
  await write(join(repo, 'new.txt'), 'new\n')
  await write(join(repo, 'x.log'), 'ignored\n')
}

async function write(path: string, text: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
  return path
}

/** The same content, another time: git has to look into the file. */
export async function touch(path: string): Promise<void> {
  const content = await readFile(path)
  await rm(path)
  await writeFile(path, content)
}

async function snapshotOf(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const visit = async (path: string): Promise<void> => {
    const stats = await lstat(path, { bigint: true })
    const content = stats.isFile()
      ? createHash('sha256')
          .update(await readFile(path))
          .digest('hex')
      : stats.isSymbolicLink()
        ? await readlink(path)
        : ''
    found.set(path.slice(folder.length), `${stats.mode} ${stats.mtimeNs} ${content}`)
    if (stats.isDirectory()) for (const name of await readdir(path)) await visit(join(path, name))
  }
  await visit(folder)
  return found
}
