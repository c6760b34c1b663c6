#!/usr/bin/env node
// What asking 200 worktrees costs: `npm run build`, then `node scripts/bench-worktrees.mjs [worktrees] [runs]`.
// Compared in the same run with as many plain `git status --porcelain=v2`, one after the other. Exit 1: more than three times that.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { cpus, devNull, release, tmpdir, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { promisify } from 'node:util'
import { createFiles } from '../dist/node/files.js'
import { createGit } from '../dist/node/git.js'
import { inspectWorktrees } from '../dist/worktree/inspect.js'

const LIMIT = 3
const FILES = 200
const STARTED = Date.parse('2026-03-01T22:00:00Z')
const [count = 200, runs = 5] = process.argv.slice(2).map(Number)
if (!(count >= 1 && runs >= 1)) throw new Error('usage: bench-worktrees.mjs [worktrees] [runs]')

const run = promisify(execFile)
const root = await realpath(await mkdtemp(join(tmpdir(), 'bench-worktrees-')))
const env = { PATH: process.env.PATH, HOME: root, XDG_CONFIG_HOME: root, TMPDIR: tmpdir(), LC_ALL: 'C' }
const person = { NAME: 'Bench', EMAIL: 'bench@example.invalid', DATE: `${STARTED / 1000} +0000` }
const identity = Object.fromEntries(
  ['AUTHOR', 'COMMITTER'].flatMap((role) => Object.entries(person).map(([key, value]) => [`GIT_${role}_${key}`, value])),
)
const git = (cwd, ...args) =>
  run('git', ['-c', 'init.defaultBranch=main', '-c', 'gc.auto=0', ...args], {
    cwd,
    env: { ...env, ...identity, GIT_CONFIG_GLOBAL: devNull, GIT_CONFIG_NOSYSTEM: '1' },
  })

const repo = join(root, 'repo')
const nameOf = (index) => `agent-a${String(index).padStart(4, '0')}`
const pathOf = (index) => join(repo, '.claude', 'worktrees', nameOf(index))
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

try {
  process.stderr.write(`making ${count} worktrees of ${FILES} files each\n`)
  await build()
  const same = await measure(`${count} clean worktrees, all at the same commit`)
  // As after weeks: each began at the main branch of its day.
  await spread()
  const apart = await measure(`${count} clean worktrees, each at a commit of its own`)
  const { stdout } = await run('git', ['version'])
  const [cpu] = cpus()
  const machine = `${type()} ${release()}, ${cpus().length} x ${cpu?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${stdout.trim()}, Node ${process.versions.node}`
  process.stdout.write(
    [
      machine,
      '',
      `| medians of ${runs} runs | plain git status | inspection | ratio | limit |`,
      '| --- | ---: | ---: | ---: | ---: |',
      ...[same, apart].map(
        ({ what, plain, ours }) =>
          `| ${what} | ${plain.toFixed(0)} ms | ${ours.toFixed(0)} ms | ${(ours / plain).toFixed(2)} | ${LIMIT.toFixed(2)} |`,
      ),
      '',
    ].join('\n'),
  )
  if ([same, apart].some(({ plain, ours }) => ours / plain > LIMIT)) process.exitCode = 1
} finally {
  await rm(root, { recursive: true, force: true, maxRetries: 3 })
}

async function build() {
  const origin = join(root, 'origin.git')
  await git(root, 'init', '--quiet', '--bare', origin)
  await git(root, 'init', '--quiet', repo)
  await writeFile(join(repo, '.gitignore'), '.claude/\n')
  for (let index = 0; index < FILES; index += 1) {
    const folder = join(repo, 'src', `part-${index % 10}`)
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, `file-${index}.js`), `export const value = ${index}\n`.repeat(20))
  }
  await git(repo, 'add', '.')
  await git(repo, 'commit', '--quiet', '-m', 'first')
  await git(repo, 'remote', 'add', 'origin', origin)
  await git(repo, 'push', '--quiet', 'origin', 'main')
  for (let index = 0; index < count; index += 1) {
    await git(repo, 'worktree', 'add', '--quiet', '--no-track', '-b', `worktree-${nameOf(index)}`, pathOf(index), 'origin/main')
  }
}

async function spread() {
  for (let index = 0; index < count; index += 1) {
    await git(repo, 'commit', '--quiet', '--allow-empty', '-m', `day ${index}`)
    await git(pathOf(index), 'reset', '--quiet', '--hard', 'main')
  }
  await git(repo, 'push', '--quiet', 'origin', 'main')
}

async function measure(what) {
  const places = Array.from({ length: count }, (_, index) => ({
    path: pathOf(index),
    branch: `worktree-${nameOf(index)}`,
    owners: [
      {
        agentId: nameOf(index),
        startedAt: STARTED,
        endedAt: STARTED + 60_000,
        isRunning: false,
        writtenFiles: [],
        commits: false,
        branches: [],
      },
    ],
    visitors: [],
  }))
  const inspect = async () => {
    // A new port each time: nothing is remembered from the run before.
    const port = createGit({ env })
    const { worktrees, issues } = await inspectWorktrees(places, {
      git: port,
      files: createFiles(),
      offline: false,
      now: STARTED,
      ownerOf: async () => null,
    })
    const isWhole =
      worktrees.length === count && issues.length === 0 && worktrees.every((row) => row.delivery === 'none' && row.atRisk.length === 0)
    if (!isWhole) throw new Error(`${worktrees.length} rows, ${issues.length} issues: the bench measures something else`)
  }
  const status = async () => {
    for (let index = 0; index < count; index += 1) await git(pathOf(index), 'status', '--porcelain=v2')
  }
  await timed(status)
  await timed(inspect)
  const plain = []
  const ours = []
  for (let index = 0; index < runs; index += 1) {
    plain.push(await timed(status))
    ours.push(await timed(inspect))
    process.stderr.write(`${what}, run ${index + 1}: ${plain.at(-1)?.toFixed(0)} ms, ${ours.at(-1)?.toFixed(0)} ms\n`)
  }
  return { what, plain: median(plain), ours: median(ours) }
}

async function timed(task) {
  const start = performance.now()
  await task()
  return performance.now() - start
}
