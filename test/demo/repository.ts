import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { devNull } from 'node:os'
import { dirname, join } from 'node:path'
import { env } from 'node:process'
import { AGENTS, lockReason, type Scene, timeline, worktreeOf } from './incident.ts'

const GIT_TIMEOUT_MS = 30_000

/** One instant and one author, no configuration but ours, no hooks, no questions. */
function gitAt(folder: string, home: string, at: number): (...args: readonly string[]) => Promise<string> {
  const person = (role: string) => ({
    [`GIT_${role}_NAME`]: 'Demo',
    [`GIT_${role}_EMAIL`]: 'demo@example.invalid',
    [`GIT_${role}_DATE`]: `${Math.floor(at / 1000)} +0000`,
  })
  // Git is found as the user's shell finds it; nothing else of the environment may reach it (GIT_DIR, GIT_CONFIG_…).
  const inherited = Object.fromEntries(['PATH', 'Path', 'SystemRoot', 'TMPDIR', 'TEMP', 'TMP'].map((name) => [name, env[name]] as const))
  const clean = {
    ...inherited,
    HOME: home,
    XDG_CONFIG_HOME: home,
    GIT_CONFIG_GLOBAL: devNull,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
    ...person('AUTHOR'),
    ...person('COMMITTER'),
  }
  const fixed = [
    'init.defaultBranch=main',
    `core.hooksPath=${devNull}`,
    'core.autocrlf=false',
    'commit.gpgSign=false',
    'gc.auto=0',
    'protocol.file.allow=always',
  ]
  const prefix = fixed.flatMap((setting) => ['-c', setting])
  return (...args) =>
    new Promise((done, fail) => {
      const options = { cwd: folder, env: clean, timeout: GIT_TIMEOUT_MS, windowsHide: true }
      execFile('git', [...prefix, ...args], options, (error, stdout, stderr) => {
        if (error === null) return done(stdout)
        const [line = error.message] = stderr.trim().split('\n')
        return fail(new Error(`git ${args[0] ?? ''} failed (${line})`))
      })
    })
}

/**
 * The repository of the story with its origin and five worktrees: one with a pull request, one finished and never pushed, one
 * with work that exists nowhere else and still locked by the dead client, and of earlier sessions one merged by squash and one
 * untouched. Of a sixth only the branch is left, never pushed.
 */
export async function buildRepository(scene: Scene, origin: string): Promise<NonNullable<Scene['commits']>> {
  const { repo, home, now } = scene
  const at = timeline(now)
  const day = 24 * 60 * 60_000
  const parent = dirname(repo)
  const before = gitAt(repo, home, at.start - 3 * day)
  await gitAt(parent, home, now)('init', '--quiet', '--bare', '--template=', origin)
  await gitAt(parent, home, now)('init', '--quiet', '--template=', repo)
  await write(join(repo, '.gitignore'), 'node_modules/\nbuild/\n.claude/\n')
  await write(join(repo, 'TODO.md'), '- export orders as CSV\n- describe the HTTP routes\n- prices in cents\n- flaky checkout test\n')
  await write(join(repo, 'src/orders.js'), 'export const listOrders = () => []\n')
  await write(join(repo, 'src/prices.js'), 'export const price = (n) => n.toFixed(2)\n')
  await write(
    join(repo, 'src/invoice.js'),
    "import { price } from './prices.js'\nexport const total = (items) => price(items.reduce((sum, item) => sum + item.price, 0))\n",
  )
  await before('add', '.')
  await before('commit', '--quiet', '-m', 'shop: first version')
  await before('remote', 'add', 'origin', origin)
  await before('push', '--quiet', '--set-upstream', 'origin', 'HEAD:refs/heads/main')
  await before('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main')

  await buildPast(scene)
  for (const id of [AGENTS.csvExport, AGENTS.prices, AGENTS.forgotten, AGENTS.refundTests]) {
    await before('worktree', 'add', '--quiet', '--no-track', '-b', `worktree-agent-${id}`, worktreeOf(repo, id), 'origin/main')
  }

  const csv = worktreeOf(repo, AGENTS.csvExport)
  const finished = gitAt(csv, home, at.firstDone - 60_000)
  await write(join(csv, 'src/csv.js'), "export const toCsv = (rows) => rows.map((row) => row.join(',')).join('\\n')\n")
  await finished('add', '.')
  await finished('commit', '--quiet', '-m', 'feat: export orders as CSV')
  await finished('push', '--quiet', '--set-upstream', 'origin', 'HEAD')
  // A forge shows its pull requests as references.
  await finished('push', '--quiet', 'origin', 'HEAD:refs/pull/7/head')

  const refunds = worktreeOf(repo, AGENTS.refundTests)
  const tested = gitAt(refunds, home, at.limitAt - 8 * 60_000)
  await write(
    join(refunds, 'test/refunds.test.js'),
    "import { listOrders } from '../src/orders.js'\n\nconsole.assert(listOrders().length === 0)\n",
  )
  await tested('add', '.')
  await tested('commit', '--quiet', '-m', 'test: refunds')

  const prices = worktreeOf(repo, AGENTS.prices)
  const underWay = gitAt(prices, home, at.secondWave + 9 * 60_000)
  await write(join(prices, 'src/prices.js'), 'export const price = (cents) => (cents / 100).toFixed(2)\n')
  await underWay('commit', '--quiet', '--all', '-m', 'refactor: prices in cents (core)')
  await write(
    join(prices, 'src/invoice.js'),
    "import { price } from './prices.js'\nexport const total = (items) => price(items.reduce((sum, item) => sum + item.cents, 0))\n",
  )
  await write(
    join(prices, 'test/invoice.test.js'),
    "import { total } from '../src/invoice.js'\n\nconsole.assert(total([{ cents: 1999 }]) === '19.99')\n",
  )
  await write(join(prices, 'build/e2e-report.txt'), 'started, 214 of 380 tests run\n')
  // Only a kill leaves the lock behind: the client releases it when an agent ends.
  await gitAt(repo, home, now)('worktree', 'lock', '--reason', lockReason(AGENTS.prices), prices)
  const head = async (of: string): Promise<string> => (await gitAt(of, home, now)('rev-parse', 'HEAD')).trim()
  return { csvExport: await head(csv), prices: await head(prices) }
}

/** What earlier sessions left: a worktree whose work was merged as one commit, and a branch whose worktree was swept. */
async function buildPast({ repo, home, now }: Scene): Promise<void> {
  const day = 24 * 60 * 60_000
  const start = timeline(now).start
  const main = gitAt(repo, home, start - 2 * day)
  const add = async (id: string, files: Readonly<Record<string, string>>): Promise<void> => {
    const path = worktreeOf(repo, id)
    await main('worktree', 'add', '--quiet', '--no-track', '-b', `worktree-agent-${id}`, path, 'origin/main')
    const inside = gitAt(path, home, start - 2 * day)
    for (const [name, text] of Object.entries(files)) {
      await write(join(path, name), text)
      await inside('add', '.')
      await inside('commit', '--quiet', '-m', `feat: ${name}`)
    }
  }
  await add(AGENTS.squashed, { 'docs/run.md': 'npm start\n', 'docs/test.md': 'npm test\n' })
  await main('merge', '--quiet', '--squash', `worktree-agent-${AGENTS.squashed}`)
  await main('commit', '--quiet', '-m', 'docs: how to run and test (#6)')
  await main('push', '--quiet', 'origin', 'main')
  await add(AGENTS.swept, { 'src/refunds.js': 'export const refund = (order) => -order.total\n' })
  await main('worktree', 'remove', worktreeOf(repo, AGENTS.swept))
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}
