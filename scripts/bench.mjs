// Measures whole scans against `cat`, ccusage, grep and an empty Node, on generated trees: npm run build && node scripts/bench.mjs
// Prints the table of docs/internals/performance.md. Nothing is installed or written outside of a folder for temporary files.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { compare } from './bench/measure.mjs'
import { hugeFile, largeTree, smallFiles } from './bench/tree.mjs'

const HELP = `node scripts/bench.mjs [options]
  --size <MB>      size of the large tree (default 512; the bounds are meant for 500 and more)
  --files <n>      number of small files (default 100000)
  --runs <n>       measured runs of each command after a warm-up (default 5)
  --only <rows>    comma-separated: version, large, since, session, small, file, growth
  --huge           one file of 4 GB instead of 1 GB, and growth from 1 GB to 4 GB instead of from --size to twice that
  --dir <folder>   where the trees go; trees found there are used again (implies --keep)
  --keep           leave the trees where they are, and say where
  --seed <n>       another tree of the same kind (default 6)
  --program <file> another build of the program (default bin/agent-forensics.js)
  --check          exit 1 when a bound is not held`
const ROWS = ['version', 'large', 'since', 'session', 'small', 'file', 'growth']
const CCUSAGE = '20.0.24'
const MIB = 2 ** 20
const PEAK_BOUND = 256 * MIB
/** Part of the name of a tree: raise it when the generator writes other bytes. */
const GENERATION = 2

const { values: options } = parseArgs({
  options: {
    size: { type: 'string', default: '512' },
    files: { type: 'string', default: '100000' },
    runs: { type: 'string', default: '5' },
    only: { type: 'string', default: ROWS.join(',') },
    huge: { type: 'boolean', default: false },
    dir: { type: 'string' },
    keep: { type: 'boolean', default: false },
    seed: { type: 'string', default: '6' },
    program: { type: 'string', default: join(dirname(fileURLToPath(import.meta.url)), '..', 'bin', 'agent-forensics.js') },
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
const [size, files, runs, seed] = ['size', 'files', 'runs', 'seed'].map(number)
const program = resolve(options.program)
if (!existsSync(join(dirname(program), '..', 'dist'))) refuse('there is no dist/: run `npm run build` first')

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
const large = ['large', 'since', 'session', 'growth'].some((row) => only.includes(row))
  ? tree('large', (root) => largeTree(root, { megabytes: size, seed, now: Date.now() }), `${size}`)
  : null
if (large !== null) {
  await measureLarge(large)
  await measureSince(large)
  await measureSession(large)
}
await measureSmall()
await measureFile()
await measureGrowth(large)
print()
if (keeps) say(`the trees are in ${base}`)
if (options.check && table.some(({ isOver }) => isOver)) process.exitCode = 1

async function measureVersion() {
  if (!only.includes('version')) return
  const { ours, empty } = await measured({ ours: { argv: [process.execPath, program, '--version'] }, empty: EMPTY() }, Math.max(runs, 15))
  row('`--version`', ours, '`node -e 0`', empty.wall, 1.3, empty.cpu)
}

async function measureLarge(data) {
  if (!only.includes('large')) return
  const assistant = '"type":"assistant"'
  const found = await measured({
    ours: scan(data, '--since', 'all'),
    cat: cat(data.list),
    ...(tool !== null && { ccusage: tool(data) }),
    grep: { argv: ['grep', '-rcF', assistant, data.root], env: { LC_ALL: 'C' }, counts: true },
    ...(spawnSync('rg', ['--version']).status === 0 && { rg: { argv: ['rg', '-cF', '--no-ignore', assistant, data.root] } }),
  })
  row(
    `full scan, ${bytesOf(data.bytes)} in ${data.transcripts} transcripts`,
    found.ours,
    '`cat` of the same',
    found.cat.wall,
    4,
    found.cat.cpu,
  )
  if (found.ccusage !== undefined) row('the same', found.ours, `ccusage ${CCUSAGE}`, found.ccusage.wall, 1, found.ccusage.cpu)
  row('the same', found.ours, '`grep -rcF`', found.grep.wall, null, found.grep.cpu)
  if (found.rg !== undefined) row('the same', found.ours, '`rg -cF`', found.rg.wall, null, found.rg.cpu)
  peak('peak memory of it', found.ours)
  if (data.bytes < 500e6 || data.transcripts < 2_000)
    remarks.push(`The large tree is smaller than the bounds are meant for (500 MB in 2,000 transcripts).`)
}

async function measureSince(data) {
  if (!only.includes('since')) return
  const { ours, whole } = await measured({ ours: scan(data, '--since', '24h'), whole: cat(data.list) })
  row(`\`--since 24h\`, ${bytesOf(data.youngBytes)} that young`, ours, '`cat` of the whole', whole.wall, 1, whole.cpu)
}

async function measureSession(data) {
  if (!only.includes('session')) return
  // One of middling size; the reference is what the bounds above allow: three empty Nodes, and four times `cat` of its files.
  const session = data.sessions.toSorted((a, b) => a.paths.length - b.paths.length)[data.sessions.length >> 1]
  const list = join(base, 'session.list')
  writeFileSync(list, session.paths.join('\0'))
  const { ours, empty, reading } = await measured({
    ours: scan(data, '--since', 'all', '--session', session.sessionId),
    empty: EMPTY(),
    reading: cat(list),
  })
  row(`\`--session\`, ${session.paths.length} files`, ours, '3 x `node -e 0` + 4 x `cat` of it', 3 * empty.wall + 4 * reading.wall, 1)
}

async function measureSmall() {
  if (!only.includes('small')) return
  const data = tree('small', (root) => smallFiles(root, { count: files, seed, now: Date.now() }), `${files}`)
  const name = `${data.transcripts.toLocaleString('en')} files of 4 KB`
  const found = await measured({ ours: scan(data, '--since', 'all'), cat: cat(data.list), ...(tool !== null && { ccusage: tool(data) }) })
  if (found.ccusage !== undefined) row(name, found.ours, `ccusage ${CCUSAGE}`, found.ccusage.wall, 1.5, found.ccusage.cpu)
  row(name, found.ours, '`cat` of the same', found.cat.wall, null, found.cat.cpu)
  peak('peak memory of it', found.ours, null)
}

async function measureFile() {
  if (!only.includes('file')) return
  const megabytes = options.huge ? 4_096 : 1_024
  const data = tree('file', (root) => hugeFile(root, { megabytes, seed, now: Date.now() }), `${megabytes}`)
  const { ours, reading } = await measured({ ours: scan(data, '--since', 'all'), reading: cat(data.list) })
  row(`one file of ${bytesOf(data.bytes)}`, ours, '`cat` of it', reading.wall, null, reading.cpu)
  peak('peak memory of it', ours)
}

async function measureGrowth(small) {
  if (!only.includes('growth')) return
  const from = options.huge ? growing(1_024) : small
  const to = growing(options.huge ? 4_096 : 2 * size)
  const { less, more } = await measured({ less: scan(from, '--since', 'all'), more: scan(to, '--since', 'all') })
  const expected = (less.wall * to.bytes) / from.bytes
  row(`growth from ${bytesOf(from.bytes)} to ${bytesOf(to.bytes)}`, more, 'the smaller, by bytes', expected, 1.2)
  if (less.peak === null || more.peak === null) return
  const isOver = more.peak > less.peak * 1.2
  const times = ratio(more.peak / less.peak)
  table.push({
    cells: ['peak memory of the larger', mib(more.peak), 'the smaller', mib(less.peak), times, '', '1.2 x', verdict(!isOver)],
    isOver,
  })
}

function growing(megabytes) {
  return tree('growth', (root) => largeTree(root, { megabytes, seed, now: Date.now() }), `${megabytes}`)
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
  return { ...facts, root, list }
}

function measured(commands, times = runs) {
  return compare(commands, times, scratch, (text) => say(`  ${text}`))
}

function scan({ root }, ...more) {
  return { argv: [process.execPath, program, 'scan', '--no-git', '--json', '--quiet', '--output', os.devNull, '--root', root, ...more] }
}

function cat(list) {
  return { argv: ['xargs', '-0', 'cat'], input: list }
}

function EMPTY() {
  return { argv: [process.execPath, '-e', '0'] }
}

/** ccusage's native program, without the Node that npm puts before it: the harder of the two to be ahead of. */
function ccusage() {
  if (!only.some((name) => name === 'large' || name === 'small')) return null
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

/** `reference` in milliseconds; `bound`: how many times that is allowed, or null where nothing is promised. */
function row(work, ours, name, reference, bound, cpu = null) {
  const times = ours.wall / reference
  const isOver = bound !== null && times > bound
  const spread = `${ms(ours.wall)} (${ms(ours.least)} to ${ms(ours.most)})`
  table.push({
    cells: [
      work,
      spread,
      name,
      ms(reference),
      ratio(times),
      // What a busy machine disturbs least.
      cpu === null || ours.cpu === null ? '' : ratio(ours.cpu / cpu),
      bound === null ? '' : `${bound} x`,
      bound === null ? '' : verdict(!isOver),
    ],
    isOver,
  })
}

function peak(work, ours, bound = PEAK_BOUND) {
  if (ours.peak === null) return void remarks.push('Peak memory is missing: neither GNU time nor /proc is here.')
  const isOver = bound !== null && ours.peak > bound
  table.push({
    cells: [work, mib(ours.peak), '', '', '', '', bound === null ? '' : mib(bound), bound === null ? '' : verdict(!isOver)],
    isOver,
  })
}

function ms(value) {
  return value < 10_000 ? `${value.toFixed(value < 100 ? 1 : 0)} ms` : `${(value / 1_000).toFixed(1)} s`
}

function mib(value) {
  return value === null ? '?' : `${Math.round(value / MIB)} MiB`
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
