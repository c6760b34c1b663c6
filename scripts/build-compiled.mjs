// Keeps in dist/compiled/ what V8 compiled of dist/bundle/ during a few scans, so that no start has to compile it again: the third step of
// `npm run build`. It holds for one version of V8 on one kind of machine; a release runs this under each Node that it wants to be fast on.
// `--check` asks V8 whether it takes what is there: test/start.test.ts runs it.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { devNull, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const project = fileURLToPath(new URL('..', import.meta.url))
const { COMPILED, load, loaded, sealOf } = createRequire(import.meta.url)('../bin/load.js')

// Each scan listens to them.
for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(0)
const home = mkdtempSync(join(tmpdir(), 'agent-forensics-compiled-'))
process.on('exit', () => rmSync(home, { recursive: true, force: true }))
Object.assign(process.env, { HOME: home, USERPROFILE: home, TZ: 'UTC' })
const cases = join(project, 'fixtures', 'cases')
/** Each way to die that there is a case of, as JSON. */
const judged = readdirSync(cases).map((name) => ['--no-git', '--json', '--root', join(cases, name, 'root')])
/** The sample incident as a person sees it, which asks git. */
const shown = ['--demo']

if (process.argv.includes('--check')) {
  await scan(shown)
  // `undefined` says that there was nothing to take.
  const without = [...loaded].filter(([, { script }]) => script.cachedDataRejected !== false).map(([name]) => name)
  if (without.length > 0) {
    process.stderr.write(`dist/compiled/ does not fit ${without.join(', ')} of dist/bundle/: npm run build\n`)
    process.exitCode = 1
  }
} else {
  // What an earlier run left must not be what this one keeps.
  rmSync(COMPILED, { recursive: true, force: true })
  for (const words of [...judged, shown]) await scan(words)
  mkdirSync(COMPILED, { recursive: true })
  for (const [name, { script }] of loaded) {
    const compiled = script.createCachedData()
    const seal = sealOf(readFileSync(join(project, 'dist', 'bundle', `${name}.js`)), compiled)
    writeFileSync(join(COMPILED, name), Buffer.concat([seal, compiled]))
  }
}

async function scan(words) {
  await load('program').run(['scan', ...words, '--since', 'all', '--quiet', '--output', devNull])
}
