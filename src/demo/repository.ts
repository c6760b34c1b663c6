import { execFile } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { devNull } from 'node:os'
import { basename, join } from 'node:path'
import { env } from 'node:process'
import { findProgram } from '../node/programs.ts'
import type { Making } from './demo.ts'
import { restoreText } from './recording.ts'
import { DemoUnavailable } from './unavailable.ts'

const GIT_TIMEOUT_MS = 30_000
/** The one branch of an agent that was pushed, and has a pull request. */
const PUSHED = 'worktree-agent-a3f81c0d95e2b7460'

/**
 * Makes `shop` and its `origin.git`: the commits of the recorded stream at the new time, the pushed references, and a worktree for each that
 * the recording has. Gives the new ids of the commits, by the old ones (see `Target`).
 */
export async function setUpRepository(fixture: string, making: Making): Promise<ReadonlyMap<string, string>> {
  const { draft, folder, now } = making
  const shop = join(draft, 'shop')
  const origin = join(draft, 'origin.git')
  const run = (cwd: string, args: readonly string[], input = '') => runGit(making, cwd, args, input)
  const git = (...args: readonly string[]) => run(shop, args)
  const recorded = await readFile(join(fixture, 'shop.fast-export'), 'utf8')
  const commits = Array.from(recorded.matchAll(/^mark (:\d+)\noriginal-oid (\w+)$/gm), ([, mark = '', id = '']) => ({ mark, id }))
  const stream = restoreText(recorded, { folder, now, commits: new Map() })
  await run(draft, ['init', '--quiet', '--bare', '--template=', origin])
  await run(draft, ['init', '--quiet', '--template=', shop])
  const ids = await run(shop, ['fast-import', '--quiet'], stream + commits.map(({ mark }) => `get-mark ${mark}\n`).join(''))
  await git('reset', '--quiet', '--hard')
  await git('remote', 'add', 'origin', origin)
  await git('push', '--quiet', '--set-upstream', 'origin', 'main', PUSHED)
  // A forge shows its pull requests as references.
  await git('push', '--quiet', 'origin', `${PUSHED}:refs/pull/7/head`)
  await git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main')
  const names = await readdir(join(fixture, 'tree', 'shop', 'dot-git', 'worktrees'))
  for (const name of names) await git('worktree', 'add', '--quiet', join(shop, ...worktreeOf(name)), `worktree-${name}`)
  await nameFolder(making, names)
  const made = ids.split('\n')
  return new Map(commits.flatMap(({ id }, index) => [40, 7].map((digits) => [id.slice(0, digits), (made[index] ?? id).slice(0, digits)])))
}

/** git writes down where worktrees and remotes are: where they will be. */
async function nameFolder({ draft, folder }: Making, worktrees: readonly string[]): Promise<void> {
  const shop = join(draft, 'shop')
  const linked = worktrees.flatMap((name) => [join(shop, '.git', 'worktrees', name, 'gitdir'), join(shop, ...worktreeOf(name), '.git')])
  for (const path of [join(shop, '.git', 'config'), ...linked]) {
    const text = await readFile(path, 'utf8')
    // Only the last name differs, and git has slashes on Windows, too.
    await writeFile(path, text.replaceAll(`/${basename(draft)}/`, `/${basename(folder)}/`))
  }
}

function worktreeOf(name: string): readonly string[] {
  return ['.claude', 'worktrees', name]
}

/** No configuration but ours, no hooks, no questions. */
function runGit({ draft, signal }: Making, cwd: string, args: readonly string[], input: string): Promise<string> {
  // Git is found as the user's shell finds it; nothing else of the environment may reach it (GIT_DIR, GIT_CONFIG_…).
  const inherited = Object.fromEntries(['PATH', 'Path', 'SystemRoot', 'TMPDIR', 'TEMP', 'TMP'].map((name) => [name, env[name]] as const))
  const clean = {
    ...inherited,
    HOME: draft,
    XDG_CONFIG_HOME: draft,
    GIT_CONFIG_GLOBAL: devNull,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    // What the recording has, whatever future versions prefer.
    GIT_DEFAULT_HASH: 'sha1',
    GIT_DEFAULT_REF_FORMAT: 'files',
    LC_ALL: 'C',
  }
  const fixed = [
    'init.defaultBranch=main',
    `core.hooksPath=${devNull}`,
    'core.autocrlf=false',
    // The logs are recorded, too.
    'core.logAllRefUpdates=false',
    'gc.auto=0',
    'protocol.file.allow=always',
  ]
  return new Promise((done, fail) => {
    const end = { timeout: GIT_TIMEOUT_MS, killSignal: 'SIGKILL', ...(signal !== undefined && { signal }) } as const
    const options = { cwd, env: clean, windowsHide: true, ...end }
    // A bare name is looked for in the current folder first (Windows).
    const git = findProgram('git', env)
    if (git === null) return fail(new DemoUnavailable('git', 'ENOENT', 'it needs git, and there is none on the PATH'))
    const child = execFile(git, [...fixed.flatMap((setting) => ['-c', setting]), ...args], options, (error, stdout, stderr) => {
      if (error === null) return done(stdout)
      if (error.code === 'ENOENT') return fail(new DemoUnavailable('git', 'ENOENT', 'it needs git, and there is none on the PATH'))
      const [line = error.message] = stderr.trim().split('\n')
      return fail(new DemoUnavailable('git', 'EGIT', `git ${args[0] ?? ''} failed (${line})`))
    })
    // Whoever cannot be written to has ended, and how it ended says more.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}
