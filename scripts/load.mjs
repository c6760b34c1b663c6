#!/usr/bin/env node
// Runs every command over 5,000 agents, 200 worktrees and 60 repositories, with 64 file descriptors and 256 MiB: `npm run load`.
// Prints the table of docs/internals/reliability.md. Exit 1: a command failed, or took more memory. `--keep`: leaves the world, and says where.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createWorld } from './load/world.mjs'

const { values } = parseArgs({
  options: {
    agents: { type: 'string', default: '5000' },
    worktrees: { type: 'string', default: '200' },
    repositories: { type: 'string', default: '60' },
    seed: { type: 'string', default: '14' },
    keep: { type: 'boolean', default: false },
  },
})
const sizes = Object.fromEntries(['agents', 'worktrees', 'repositories', 'seed'].map((name) => [name, Number(values[name])]))
if (!Object.values(sizes).every((size) => Number.isSafeInteger(size) && size > 0))
  throw new Error('each number must be whole, and 1 or more')

const FILES = 64
const MEMORY = 256 * 2 ** 20
const program = fileURLToPath(new URL('../bin/agent-forensics.js', import.meta.url))
const root = realpathSync(mkdtempSync(join(tmpdir(), 'agent-forensics-load-')))
process.on('exit', () => (values.keep ? process.stderr.write(`the world is in ${root}\n`) : rmSync(root, { recursive: true, force: true })))
process.on('SIGINT', () => process.exit(130))

const COMMANDS = [
  ['scan'],
  ['scan', '--json'],
  ['scan', '--format', 'html', '--output', join(root, 'page.html')],
  ['worktrees'],
  ['plan'],
  ['plan', '--json'],
  ['plan', '--emit', 'sh'],
  ['preserve', '--dry-run'],
  ['preserve'],
  ['scan', '--cache', join(root, 'cache')],
  ['scan', '--cache', join(root, 'cache'), '--no-git'],
]

const now = Date.now()
process.stderr.write(`making ${values.agents} agents, ${values.worktrees} worktrees and ${values.repositories} repositories\n`)
const { bytes } = createWorld(root, { ...sizes, now })
const rows = []
for (const words of COMMANDS) rows.push(await measure(words))
process.stdout.write(
  [
    `${values.agents} agents (${Math.round(bytes / 1e6)} MB), ${values.worktrees} worktrees, ${values.repositories} repositories; ` +
      `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}, Node ${process.versions.node}`,
    '',
    '| command | exit | time | memory at most | files open at most |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...rows.map(({ name, code, seconds, memory, files }) => {
      return `| \`${name}\` | ${code} | ${seconds.toFixed(1)} s | ${Math.round(memory / 2 ** 20)} MiB | ${files} |`
    }),
    '',
  ].join('\n'),
)
const failed = rows.filter(({ isFine }) => !isFine)
for (const { name, code, errors, memory } of failed)
  process.stderr.write(`${name}: exit ${code}, ${Math.round(memory / 2 ** 20)} MiB ${errors}\n`)
if (failed.length > 0) process.exitCode = 1

/** Runs one command with few file descriptors and a small heap, and watches what it takes; git and its children are not counted. */
async function measure(words) {
  const from = performance.now()
  const script = `ulimit -n ${FILES}; exec "$@"`
  const argv = [
    '-c',
    script,
    'sh',
    process.execPath,
    `--max-old-space-size=${MEMORY / 2 ** 20}`,
    program,
    ...words,
    '--since',
    'all',
    '--git-timeout',
    '30m',
  ]
  const child = spawn('sh', argv, { env: { ...process.env, HOME: join(root, 'home') }, stdio: ['ignore', 'pipe', 'pipe'] })
  let [length, errors] = [0, '']
  child.stdout.on('data', (data) => (length += data.length))
  child.stderr.on('data', (data) => (errors = `${errors}${data}`.slice(-2_000)))
  const seen = { memory: 0, files: 0 }
  const timer = setInterval(() => look(child.pid, seen), 20)
  const code = await new Promise((done) => child.on('close', done))
  clearInterval(timer)
  const name = words.map((word) => word.replace(`${root}/`, '')).join(' ')
  const seconds = (performance.now() - from) / 1_000
  process.stderr.write(`${name}: ${code}, ${seconds.toFixed(1)} s, ${length} bytes\n`)
  const isFine = code === 0 && errors === '' && (length > 0 || words.includes('--output')) && seen.memory <= MEMORY
  return { name, code, errors, seconds, ...seen, isFine }
}

function look(pid, seen) {
  try {
    const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    if (peak !== undefined) seen.memory = Math.max(seen.memory, Number(peak) * 1_024)
    seen.files = Math.max(seen.files, readdirSync(`/proc/${pid}/fd`).length)
  } catch {
    // It is gone, or this is no Linux.
  }
}
