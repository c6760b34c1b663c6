// `npm run build`: makes all of dist/ of what is in the tree, so that no part of it can be older than another.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleFiles } from './build/bundle.mjs'
import { pageTexts } from './build/page.mjs'
import { skimTexts } from './build/skim.mjs'

const project = fileURLToPath(new URL('..', import.meta.url))
const dist = join(project, 'dist')

// First of all: where a later step fails, nothing is left that runs.
await rm(dist, { recursive: true, force: true })
await writeTexts('page', await pageTexts())
await writeTexts('skim', await skimTexts())
await writeTexts('version', { TOOL_VERSION: JSON.parse(await readFile(join(project, 'package.json'), 'utf8')).version })
await writeTexts('build', { BUILD: await digestOfSources() })
compile()
await writeFiles('bundle', await bundleFiles({ readable: process.argv.includes('--readable') }))
await writeFiles('types', await typeFiles())

/** Compiles src/ file by file, for the library and its types. */
function compile() {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  const { status } = spawnSync(process.execPath, [tsc, '-p', project, '--noEmit', 'false', '--noEmitOnError'], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

/** The declarations that the library’s own leads to: what a user’s compiler reads. */
async function typeFiles() {
  const found = new Map()
  const open = ['index.d.ts']
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue
    const text = await readFile(join(dist, name), 'utf8')
    // Only a compiler reads it.
    found.set(name, text.replaceAll(/^ +|;$/gm, ''))
    for (const [, path] of text.matchAll(/(?:from |import\()["'](\.[^"']+)["']/g))
      open.push(join(dirname(name), path.replace(/\.[jt]s$/, '.d.ts')))
  }
  return found
}

/** Stands for all that the program is made of: what one build found, another must not take for its own. */
async function digestOfSources() {
  const hash = createHash('sha256')
  const names = (await readdir(join(project, 'src'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  const made = ['page.js', 'skim.js'].map((name) => join(dist, 'generated', name))
  for (const path of [...names.sort(), ...made, join(project, 'package.json')]) hash.update(await readFile(path)).update('\0')
  return hash.digest('hex').slice(0, 16)
}

/** Writes a module that exports these texts: src/ imports it as `#generated/<name>`, see package.json. */
async function writeTexts(name, texts) {
  const lines = (each) => Object.entries(texts).map(each).join('')
  await writeFiles('generated', [
    [`${name}.js`, lines(([key, text]) => `export const ${key} = ${JSON.stringify(text)}\n`)],
    [`${name}.d.ts`, lines(([key]) => `export declare const ${key}: string\n`)],
  ])
}

async function writeFiles(folder, files) {
  for (const [name, text] of files) {
    await mkdir(dirname(join(dist, folder, name)), { recursive: true })
    await writeFile(join(dist, folder, name), text)
  }
}
