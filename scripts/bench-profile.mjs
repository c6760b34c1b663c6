// Where a scan spends its time: node scripts/bench-profile.mjs <tree> [more arguments of scan]
// Runs this build (`node scripts/build.mjs --readable`: its functions keep their names), or the one that PROGRAM names, under --cpu-prof, and
// prints self time by part of the program and by function.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [root, ...more] = process.argv.slice(2)
if (root === undefined) {
  process.stderr.write('node scripts/bench-profile.mjs <tree> [more arguments of scan]\n')
  process.exit(2)
}
const program = process.env.PROGRAM ?? join(dirname(fileURLToPath(import.meta.url)), '..', 'bin', 'agent-forensics.js')
/** Lines of files of the bundle, by their addresses. */
const bundles = new Map()
const folder = mkdtempSync(join(os.tmpdir(), 'agent-forensics-profile-'))
try {
  const since = more.includes('--since') ? [] : ['--since', 'all']
  const argv = ['--cpu-prof', '--cpu-prof-dir', folder, '--cpu-prof-interval', '500', program]
  argv.push('scan', '--no-git', '--json', '--quiet', '--output', os.devNull, '--root', root, ...since, ...more)
  const { status } = spawnSync(process.execPath, argv, { stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) process.exitCode = 1
  for (const name of readdirSync(folder)) print(JSON.parse(readFileSync(join(folder, name), 'utf8')))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function print({ nodes, samples, timeDeltas }) {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node])))
  const functions = new Map()
  const parts = new Map()
  let total = 0
  for (const [index, id] of samples.entries()) {
    const ms = timeDeltas[index] / 1_000
    const node = byId.get(id)
    total += ms
    add(functions, nameOf(node.callFrame), ms)
    add(parts, partOf(node, parents), ms)
  }
  console.log(`${total.toFixed(0)} ms in ${samples.length} samples`)
  for (const [title, sums, most] of [
    ['by part (what the samples were on behalf of)', parts, 30],
    ['by function (self time)', functions, 32],
  ]) {
    console.log(`\n${title}`)
    const sorted = [...sums].toSorted((a, b) => b[1] - a[1]).slice(0, most)
    for (const [name, ms] of sorted)
      console.log(`${ms.toFixed(0).padStart(8)} ms ${((100 * ms) / total).toFixed(1).padStart(5)} %  ${name}`)
  }
}

/** The nearest frame of ours, or of a package, that the sample was taken below; what Node and V8 do alone stands for itself. */
function partOf(node, parents) {
  for (let at = node; at !== undefined; at = parents.get(at.id)) {
    const { functionName, url, lineNumber } = at.callFrame
    if (['(garbage collector)', '(program)', '(idle)'].includes(functionName)) return functionName
    const dependency = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]
    if (dependency !== undefined) return `node_modules/${dependency}`
    const own = /\/dist\/(.+)\.js$/.exec(moduleOf(url, lineNumber))?.[1]
    if (own !== undefined) return `${own} ${functionName || '(anonymous)'}`
  }
  return `node ${node.callFrame.url.replace('node:', '')}`
}

/** The module that a line of the bundle comes from: a comment stands above each. Any other file is its own module. */
function moduleOf(url, lineNumber) {
  if (!url.includes('/dist/bundle/')) return url
  if (!bundles.has(url)) bundles.set(url, readFileSync(fileURLToPath(url), 'utf8').split('\n'))
  const heading = bundles.get(url).findLast((line, index) => index <= lineNumber && line.startsWith('// dist/'))
  return heading === undefined ? url : url.replace(/dist\/bundle\/.*$/, heading.slice('// '.length))
}

function nameOf({ functionName, url, lineNumber }) {
  const place = moduleOf(url, lineNumber).replace(/^.*\/(?=dist\/|node_modules\/)/, '')
  const [, file] = /\/dist\/(bundle\/.+)$/.exec(url) ?? []
  const line = file === undefined ? `:${lineNumber + 1}` : ` (${file}:${lineNumber + 1})`
  return `${functionName || '(anonymous)'}${place === '' ? '' : ` ${place}${line}`}`
}

function add(sums, key, value) {
  sums.set(key, (sums.get(key) ?? 0) + value)
}
