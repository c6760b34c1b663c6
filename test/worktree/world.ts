import { claudeCode } from '../../src/clients/claude-code/index.ts'
import { conventionsOf } from '../../src/clients/worktree-conventions.ts'
import { execFile } from 'node:child_process'
import { lstat, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { devNull, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { ForgeTools } from '../../src/ports/forge.ts'
import type { Git } from '../../src/ports/git.ts'
import type { WorktreeReport } from '../../src/worktree/worktree-report.ts'
import { createFiles } from '../../src/node/files.ts'
import { createGit } from '../../src/node/git.ts'
import { fillByCopy } from '../git/copies.ts'
import { type Inspection, inspectWorktrees } from '../../src/worktree/inspect.ts'
import type { Place, Worker } from '../../src/worktree/places.ts'

export const NOW = Date.parse('2026-03-02T08:00:00Z')
/** When agents begin; a minute later they commit. */
export const START = Date.parse('2026-03-01T23:00:00Z')
const MINUTE = 60_000
export const CHECKED = { checkedAt: new Date(NOW).toISOString() }
export const CLEAN: WorktreeReport['dirty'] = { staged: 0, modified: 0, untracked: 0, ignored: 0, conflicted: 0, operation: null }

export interface World {
  readonly root: string
  readonly repo: string
  readonly origin: string
  readonly env: Readonly<Record<string, string>>
  /** Plain git, a minute after the agents began, or at `world.at`. */
  git(cwd: string, ...args: readonly string[]): Promise<string>
  /** As `git`, whatever its outcome. */
  try(cwd: string, ...args: readonly string[]): Promise<void>
  at: number
  write(...parts: readonly [...string[], string]): Promise<string>
  commit(cwd: string, subject: string, files?: Readonly<Record<string, string>>): Promise<string>
  head(cwd: string, ref?: string): Promise<string>
  /** A worktree as the client makes it; its path. */
  worktree(id: string, ...start: readonly string[]): Promise<string>
  path(id: string): string
  /** Someone else's clone of the origin. */
  clone(name?: string): Promise<string>
  place(id: string, more?: Partial<Place> & { readonly worker?: Partial<Worker> }): Place
  inspect(
    places: readonly Place[],
    options?: { readonly offline?: boolean; readonly git?: Git; readonly forge?: ForgeTools; readonly alive?: boolean | null },
  ): Promise<Inspection>
  /** The row of one agent's place; nothing may stay unread. */
  row(id: string, options?: Parameters<World['inspect']>[1]): Promise<WorktreeReport>
  /** A whole row: what every worktree of this world has, and what is told here. */
  expected(id: string, more: Partial<WorktreeReport>): WorktreeReport
  dispose(): Promise<void>
}

export function worker(id: string, more: Partial<Worker> = {}): Worker {
  return {
    id,
    isMain: false,
    startedAt: START,
    endedAt: START + 30 * MINUTE,
    isRunning: false,
    folders: [],
    writtenFiles: [],
    finishedWrites: [],
    removingCommands: [],
    addedTrees: [],
    commits: true,
    made: [],
    rewrites: false,
    branches: [],
    ...more,
  }
}

/** A repository with one commit on `main`, pushed to a bare origin beside it. */
export async function createWorld({ remote = true }: { readonly remote?: boolean } = {}): Promise<World> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'worktrees-')))
  const repo = join(root, 'repo')
  const origin = join(root, 'origin.git')
  const home = join(root, 'home')
  await mkdir(home)
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, XDG_CONFIG_HOME: home, TMPDIR: tmpdir(), LC_ALL: 'C' }
  const fixed = ['protocol.file.allow=always', 'init.defaultBranch=main', 'advice.detachedHead=false', 'gc.auto=0', 'commit.gpgSign=false']
  const run = (cwd: string, args: readonly string[], isStrict: boolean): Promise<string> =>
    new Promise((done, fail) => {
      const date = `${Math.floor(world.at / 1000)} +0000`
      const person = (role: string) => ({
        [`GIT_${role}_NAME`]: 'Ann',
        [`GIT_${role}_EMAIL`]: 'ann@example.invalid',
        [`GIT_${role}_DATE`]: date,
      })
      const whole = {
        ...env,
        GIT_CONFIG_GLOBAL: devNull,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_TERMINAL_PROMPT: '0',
        GIT_TEMPLATE_DIR: '',
        GIT_EDITOR: 'true',
        ...person('AUTHOR'),
        ...person('COMMITTER'),
      }
      execFile(
        'git',
        [...fixed.flatMap((each) => ['-c', each]), ...args],
        { cwd, env: whole, timeout: 120_000 },
        (error, stdout, stderr) => {
          if (error !== null && isStrict) fail(new Error(`git ${args.join(' ')}: ${stderr}`))
          else done(stdout.trim())
        },
      )
    })
  const git: World['git'] = (cwd, ...args) => run(cwd, args, true)
  // One for all looks at this world, as one command has one: it asks git for its version once.
  const ownPort = createGit({ env })
  const world: World = {
    root,
    repo,
    origin,
    env,
    at: START + MINUTE,
    git,
    try: async (cwd, ...args) => void (await run(cwd, args, false)),
    async write(...parts) {
      const path = join(...parts.slice(0, -1))
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, parts.at(-1) ?? '')
      return path
    },
    async commit(cwd, subject, files = { [`${subject.replaceAll(/\W+/g, '-')}.txt`]: `${subject}\n` }) {
      for (const [name, text] of Object.entries(files)) await world.write(cwd, name, text)
      await git(cwd, 'add', '--all', '--force', ...Object.keys(files))
      await git(cwd, 'commit', '--quiet', '--allow-empty', '-m', subject)
      return readHead(cwd)
    },
    head: (cwd, ref = 'HEAD') => git(cwd, 'rev-parse', ref),
    path: (id) => join(repo, '.claude', 'worktrees', `agent-${id}`),
    async worktree(id, start = remote ? 'origin/main' : 'main') {
      await git(repo, 'worktree', 'add', '--quiet', '--no-track', '-b', `worktree-agent-${id}`, world.path(id), start)
      return world.path(id)
    },
    async clone(name = 'other') {
      await git(root, 'clone', '--quiet', origin, join(root, name))
      return join(root, name)
    },
    place: (id, { worker: change = {}, ...more } = {}) => ({
      path: world.path(id),
      branch: `worktree-agent-${id}`,
      owners: [worker(id, change)],
      visitors: [],
      sessions: [],
      ...more,
    }),
    inspect: (places, { offline = false, git: port = ownPort, forge, alive = null } = {}) =>
      inspectWorktrees(places, {
        git: port,
        files: createFiles(),
        ...(forge === undefined ? {} : { forge }),
        offline,
        now: NOW,
        conventions: conventionsOf(claudeCode.worktrees),
        ownerOf: async (reason) => (reason.startsWith('claude agent') ? { pid: 4242, alive } : null),
      }),
    async row(id, options) {
      const { worktrees, issues } = await world.inspect([world.place(id)], options)
      const rows = worktrees.filter((row) => row.agents.includes(id))
      if (issues.length > 0 || rows.length !== 1) throw new Error(`${rows.length} rows, issues: ${JSON.stringify(issues)}`)
      return rows[0] as WorktreeReport
    },
    expected: (id, more) => ({
      path: world.path(id),
      repo,
      remoteUrl: remote ? origin : null,
      branch: `worktree-agent-${id}`,
      head: null,
      base: remote ? 'origin/main' : 'main',
      exists: true,
      forcesToRestore: null,
      agents: [id],
      sessions: [],
      attribution: 'sure',
      delivery: 'none',
      mergedBy: null,
      ahead: 0,
      behind: 0,
      dirty: CLEAN,
      stashes: 0,
      atRisk: [],
      lostCommits: [],
      saved: [],
      pullRequest: null,
      newPullRequestUrl: null,
      remote: remote ? CHECKED : null,
      lock: null,
      orphan: false,
      notes: remote ? [] : ['the repository has no remote: everything in it is local only'],
      ...more,
    }),
    dispose: () => rm(root, { recursive: true, force: true, maxRetries: 3 }),
  }
  await fillByCopy(`world ${remote}`, root, async (folder) => {
    const [first, bare] = [join(folder, 'repo'), join(folder, 'origin.git')]
    await git(folder, 'init', '--quiet', first)
    world.at = START - 60 * MINUTE
    await world.commit(first, 'first', {
      'a.txt': 'one\ntwo\nthree\n',
      'b.txt': 'b\n',
      '.gitignore': 'node_modules/\nbuild/\n.env\n*.log\nreports/\n.claude/\n',
    })
    if (!remote) return
    await git(folder, 'init', '--quiet', '--bare', bare)
    await git(first, 'remote', 'add', 'origin', bare)
    await git(first, 'push', '--quiet', '--set-upstream', 'origin', 'main')
    await git(first, 'symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main')
  })
  await git(repo, 'update-index', '--refresh')
  world.at = START + MINUTE
  return world
}

/** The commit that was just made, without a git to ask. */
async function readHead(worktree: string): Promise<string> {
  const dotGit = join(worktree, '.git')
  const gitDir = (await lstat(dotGit)).isFile() ? resolve(worktree, (await readText(dotGit)).slice('gitdir: '.length).trim()) : dotGit
  const head = (await readText(gitDir, 'HEAD')).trim()
  if (!head.startsWith('ref: ')) return head
  // A linked worktree has its branches in the repository.
  const shared = (await readText(gitDir, 'commondir').catch(() => '.')).trim()
  return (await readText(gitDir, shared, head.slice('ref: '.length))).trim()
}

async function readText(...parts: readonly string[]): Promise<string> {
  return readFile(join(...parts), 'utf8')
}

export const risk = (
  what: WorktreeReport['atRisk'][number]['what'],
  count: number,
  more: Partial<WorktreeReport['atRisk'][number]> = {},
) => ({
  what,
  count,
  lines: null,
  bytes: null,
  paths: [],
  ...more,
})
