// How long a scan works once all is read: node scripts/bench/after.mjs <dist> <root>
// Joins what was read, judges it, makes story, plan and report, and writes that as JSON, in a process of its own. Prints milliseconds.
import { closeSync, openSync, writeSync } from 'node:fs'
import os from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const [dist, root] = process.argv.slice(2)
const load = (name) => import(pathToFileURL(resolve(dist, name)))
const { createHost, scan } = await load(join('bundle', 'index.js'))
const { json } = await load(join('report', 'json.js'))
const { gather } = await load(join('text', 'gather.js'))

let readAt = performance.now()
const progress = ({ filesDone, filesAll }) => {
  if (filesDone === filesAll) readAt = performance.now()
}
const report = await scan({ roots: [root], since: null, git: false }, { ...createHost(), progress })
const out = openSync(os.devNull, 'w')
for (const piece of gather(json.render(report))) writeSync(out, piece)
closeSync(out)
console.log(performance.now() - readAt)
