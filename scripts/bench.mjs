// Measures whole scans against `cat`, ccusage, `find` and an empty Node, on generated trees: npm run build && node scripts/bench.mjs
// Prints the table of docs/internals/performance.md. Nothing is installed or written outside of a folder for temporary files.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { compare } from './bench/measure.mjs'
import { peoplesTree, smallFiles } from './bench/tree.mjs'

const HELP = `node scripts/bench.mjs [options]
  --size <MB>      size of the tree that is like people's (default 660; the bounds are meant for that)
  --agents <n>     number of small agents (default 10700)
  --files <n>      number of files to be listed (default 100000)
  --runs <n>       measured runs of each command after a warm-up (default 5)
  --only <rows>    comma-separated: version, full, session, cache, agents, html, listing
  --dir <folder>   where the trees go; trees found there are used again (implies --keep)
  --keep           leave the trees where they are, and say where
  --seed <n>       another tree of the same kind (default 6)
  --program <file> another build of the program (default bin/agent-forensics.js)
  --check          exit 1 when a bound is not held`
const ROWS = ['version', 'full', 'session', 'cache', 'agents', 'html', 'listing']
const CCUSAGE = '20.0.24'
const MIB = 2 ** 20
/** Part of the name of a tree: raise it when the generator writes other bytes. */
const GENERATION = 3

const here = dirname(fileURLToPath(import.meta.url))
const { values: options } = parseArgs({
  options: {
    size: { type: 'string', default: '660' },
    agents: { type: 'string', default: '10700' },
    files: { type: 'string', default: '100000' },
    runs: { type: 'string', default: '5' },
    only: { type: 'string', default: ROWS.join(',') },
    dir: { type: 'string' },
    keep: { type: 'boolean', default: false },
    seed: { type: 'string', default: '6' },
    program: { type: 'string', default: join(here, '..', 'bin', 'agent-forensics.js') },
    check: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const number = (name) => {
  const value = Number(options[name])
  if (!Number.isSafeInteger(value) || value <= 0) refuse(`--${name} is no positive whole number`)
  return value
}
const only = options.only.split(',')
if (options.help) {
  console.log(HELP)
  process.exit(0)
}
for (const row of only) if (!ROWS.includes(row)) refuse(`--only ${row}: allowed are ${ROWS.join(', ')}`)
const [size, agents, files, runs, seed] = ['size', 'agents', 'files', 'runs', 'seed'].map(number)
const program = resolve(options.program)
const dist = join(dirname(program), '..', 'dist')
if (!existsSync(dist)) refuse('there is no dist/: run `npm run build` first')

const base = options.dir === undefined ? mkdtempSync(join(os.tmpdir(), 'agent-forensics-bench-')) : resolve(options.dir)
mkdirSync(base, { recursive: true })
const scratch = mkdtempSync(join(os.tmpdir(), 'agent-forensics-bench-scratch-'))
const keeps = options.keep || options.dir !== undefined
process.on('exit', () => {
  rmSync(scratch, { recursive: true, force: true })
  if (!keeps) rmSync(base, { recursive: true, force: true })
})
process.on('SIGINT', () => process.exit(130))
process.on('SIGTERM', () => process.exit(143))

/** Rows of the table, and sentences about what is missing from it. */
const table = []
const remarks = []
const bytesOf = (value) => (value >= 1e9 ? `${(value / 1e9).toFixed(2)} GB` : `${(value / 1e6).toFixed(0)} MB`)
const say = (text) => process.stderr.write(`${text}\n`)

const loadBefore = os.loadavg()
const tool = ccusage()
await measureVersion()
if (['full', 'session', 'cache'].some((row) => only.includes(row))) {
  const data = tree('people', (root) => peoplesTree(root, { megabytes: size, seed, now: Date.now() }), `${size}`)
  await measureFull(data)
  await measureSession(data)
  await measureCache(data)
}
if (['agents', 'html'].some((row) => only.includes(row))) {
  const data = small(agents)
  await measureAgents(data)
  await measureHtml(data)
}
await measureListing()
print()
if (keeps) say(`the trees are in ${base}`)
if (options.check && table.some(({ isOver }) => isOver)) process.exitCode = 1

async function measureVersion() {
  if (!only.includes('version')) return
  const { ours, empty } = await measured({ ours: { argv: [process.execPath, program, '--version'] }, empty: EMPTY() }, Math.max(runs, 15))
  row('`--version`', ours, '`node -e 0`', empty, 1.3)
}

async function measureFull(data) {
  if (!only.includes('full')) return
  const found = await measured({ ours: scan(data), cat: cat(data.list), ...ccusageOf(data) })
  row(`full scan, ${bytesOf(data.bytes)} in ${data.transcripts} transcripts`, found.ours, `ccusage ${CCUSAGE}`, found.ccusage, 1.8)
  row('the same', found.ours, '`cat` of the same', found.cat, 8)
  peak('peak memory of it', found.ours, 160)
}

/** One session with four agents. */
async function measureSession(data) {
  if (!only.includes('session')) return
  const session = data.sessions.find(({ agents: count }) => count === 4) ?? data.sessions[0]
  const { ours, empty } = await measured({ ours: scan(data, '--session', session.sessionId), empty: EMPTY() })
  row(`\`--session\` with ${session.agents} agents in it`, ours, '`node -e 0`', empty, 3.5)
}

async function measureCache(data) {
  if (!only.includes('cache')) return
  const found = await measured({ ours: scan(data, '--cache', join(scratch, 'cache')), ...ccusageOf(data) })
  row('warm `--cache` of it', found.ours, `ccusage ${CCUSAGE}`, found.ccusage, 0.5)
}

async function measureAgents(data) {
  if (!only.includes('agents')) return
  const fewer = small(Math.round(agents / 5))
  const after = { argv: [process.execPath, join(here, 'bench', 'after.mjs'), dist, data.root], tells: true }
  const found = await measured({ ours: scan(data), fewer: scan(fewer), after, ...ccusageOf(data) })
  row(`${data.transcripts.toLocaleString('en')} files of 4 KB`, found.ours, `ccusage ${CCUSAGE}`, found.ccusage, 2.2)
  const more = data.transcripts - fewer.transcripts
  const micros = (found.after.wall * 1_000) / data.transcripts
  single('work after reading, per agent (`bench/after.mjs`)', `${micros.toFixed(0)} µs`, '120 µs', micros > 120)
  if (found.ours.peak === null) return
  const kilobytes = (found.ours.peak - found.fewer.peak) / more / 1_024
  single('memory per further agent', `${kilobytes.toFixed(1)} KiB`, '8 KiB', kilobytes > 8)
}

async function measureHtml(data) {
  if (!only.includes('html')) return
  const found = await measured({ ours: scan(data, '--format', 'html'), ...ccusageOf(data) })
  row('HTML of them', found.ours, `ccusage ${CCUSAGE}`, found.ccusage, 2.5)
  peak('peak memory of it', found.ours, 250)
}

/** What a scan without options has to go through, of which one file in a hundred is young enough to be read. */
async function measureListing() {
  if (!only.includes('listing')) return
  const data = tree('listing', (root) => smallFiles(root, { count: files, seed, now: Date.now(), youngShare: 0.01 }), `${files}`)
  const { ours, reference } = await measured({
    ours: { ...scan(data), argv: scan(data).argv.filter((word) => word !== '--since' && word !== 'all') },
    reference: { argv: ['find', data.root, '-name', '*.jsonl', '-newermt', new Date(data.madeAt - 7 * 86_400_000).toISOString()] },
  })
  row(`default scan, ${data.transcripts.toLocaleString('en')} files, 1 % young`, ours, '`find -newermt`', reference, 3)
  peak('peak memory of it', ours, null)
}

function small(count) {
  return tree('small', (root) => smallFiles(root, { count, seed, now: Date.now() }), `${count}`)
}

/** A generated tree: made now, or found from an earlier run with `--dir`. */
function tree(name, make, variant) {
  const root = join(base, `${name}-${variant}-${seed}-${GENERATION}`)
  const manifest = `${root}.json`
  const list = `${root}.list`
  const now = Date.now()
  const known = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')) : null
  // The young files of an older tree have grown up.
  if (known !== null && now - known.madeAt < 20 * 3_600_000) return { ...known, root, list }
  rmSync(root, { recursive: true, force: true })
  say(`generating ${root}`)
  const { paths, ...facts } = make(root)
  writeFileSync(list, paths.join('\0'))
  writeFileSync(manifest, JSON.stringify({ ...facts, madeAt: now }))
  say(`  ${bytesOf(facts.bytes)} in ${facts.files} files, ${facts.lines} lines, ${((Date.now() - now) / 1_000).toFixed(1)} s`)
  return { ...facts, madeAt: now, root, list }
}

function measured(commands, times = runs) {
  return compare(commands, times, scratch, (text) => say(`  ${text}`))
}

function scan({ root }, ...more) {
  const format = more.includes('--format') ? [] : ['--json']
  return {
    argv: [
      process.execPath,
      program,
      'scan',
      '--no-git',
      ...format,
      '--quiet',
      '--output',
      os.devNull,
      '--root',
      root,
      '--since',
      'all',
      ...more,
    ],
  }
}

function cat(list) {
  return { argv: ['xargs', '-0', 'cat'], input: list }
}

function EMPTY() {
  return { argv: [process.execPath, '-e', '0'] }
}

/** ccusage's native program, without the Node that npm puts before it: the harder of the two to be ahead of. */
function ccusage() {
  if (!only.some((name) => ['full', 'cache', 'agents', 'html'].includes(name))) return null
  const prefix = options.dir === undefined ? scratch : join(base, 'ccusage')
  const binary = join(
    prefix,
    'node_modules',
    '@ccusage',
    `ccusage-${process.platform}-${process.arch}`,
    'bin',
    process.platform === 'win32' ? 'ccusage.exe' : 'ccusage',
  )
  if (!existsSync(binary)) {
    const argv = ['install', '--prefix', prefix, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', `ccusage@${CCUSAGE}`]
    const { status, stderr, error } = spawnSync('npm', argv, { encoding: 'utf8', timeout: 120_000, shell: process.platform === 'win32' })
    if (status !== 0 || !existsSync(binary)) {
      const [why = 'no such program for this platform'] = /npm error (.*)/.exec(stderr ?? '')?.slice(1) ?? [error?.message]
      remarks.push(`The rows of ccusage are missing: it could not be installed (${why}).`)
      return null
    }
  }
  // npm marks only the launcher as a program.
  chmodSync(binary, 0o755)
  return ({ root }) => ({
    argv: [binary, 'claude', 'session', '--offline', '--json'],
    env: { CLAUDE_CONFIG_DIR: root, HOME: scratch, USERPROFILE: scratch },
  })
}

/** ccusage over a tree, where there is one. */
function ccusageOf(data) {
  return tool === null ? {} : { ccusage: tool(data) }
}

/** `bound`: how many times the reference is allowed. No row where the reference is missing. */
function row(work, ours, name, reference, bound) {
  if (reference === undefined) return
  const times = ours.wall / reference.wall
  const isOver = times > bound
  // What a busy machine disturbs least.
  const cpu = ours.cpu === null || reference.cpu === null || reference.cpu === 0 ? '' : ratio(ours.cpu / reference.cpu)
  const spread = `${ms(ours.wall)} (${ms(ours.least)} to ${ms(ours.most)})`
  table.push({ cells: [work, spread, name, ms(reference.wall), ratio(times), cpu, `${bound} x`, verdict(!isOver)], isOver })
}

/** A row without a reference. */
function single(work, value, bound, isOver) {
  table.push({ cells: [work, value, '', '', '', '', bound, bound === '' ? '' : verdict(!isOver)], isOver })
}

/** `bound` in MiB; null: nothing is promised. */
function peak(work, ours, bound) {
  if (ours.peak === null) return void remarks.push('Peak memory is missing: neither GNU time nor /proc is here.')
  single(work, `${Math.round(ours.peak / MIB)} MiB`, bound === null ? '' : `${bound} MiB`, bound !== null && ours.peak > bound * MIB)
}

function ms(value) {
  return value < 10_000 ? `${value.toFixed(value < 100 ? 1 : 0)} ms` : `${(value / 1_000).toFixed(1)} s`
}

function ratio(value) {
  return `${value.toFixed(2)} x`
}

function verdict(isHeld) {
  return isHeld ? 'ok' : 'OVER'
}

function print() {
  const head = ['work', 'ours', 'reference', 'takes', 'ratio', 'of cpu', 'at most', '']
  const cells = table.map((each) => each.cells)
  const widths = head.map((title, column) => Math.max(title.length, 3, ...cells.map((each) => each[column].length)))
  const line = (each) => `| ${each.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`
  console.log([line(head), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n'))
  const [{ model = 'unknown processor' } = {}] = os.cpus()
  const commit = spawnSync('git', ['describe', '--always', '--dirty'], { cwd: dirname(program), encoding: 'utf8' }).stdout?.trim()
  const load = (values) => values.map((value) => value.toFixed(1)).join(' ')
  console.log(
    `\n${os.cpus().length} x ${model.trim()}, ${(os.totalmem() / 2 ** 30).toFixed(0)} GiB, ${os.type()} ${os.release()}, Node ${process.version}, commit ${commit || 'unknown'}; ` +
      `medians of ${runs} runs after a warm-up, warm cache, seed ${seed}; load average ${load(loadBefore)} at the start, ${load(os.loadavg())} at the end.`,
  )
  for (const remark of new Set(remarks)) console.log(remark)
  if (loadBefore[0] > os.cpus().length) console.log('The machine was busy with other work: take ratios, not times, from this run.')
}

function refuse(message) {
  process.stderr.write(`bench: ${message}\n`)
  process.exit(2)
}
