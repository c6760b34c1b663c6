// Joins what tsc made of src/, and the packages that it needs, to a few files in dist/bundle/, which bin/ runs: Node takes longer to find
// and load 155 small files than a scan of one session takes. What is imported late stays apart.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const project = fileURLToPath(new URL('../..', import.meta.url))
const compiled = (name) => join(project, 'dist', `${name}.js`)

/** What runs at every start, and all that a hook needs to see that an event is nothing to it. */
const START = ['program/program', 'cli/hook'].map(compiled)
/** What nearly every run needs beside that, though some of it is imported late: one file, with all that these import. */
const SCAN = ['cli/program', 'cli/scan', 'scan/scan', 'report/json'].map(compiled)
/** Files that most runs read. */
const AT_EVERY_START = new Set(['start.js', 'scan.js'])
/** The folder of a package, in the path of one of its files. */
const PACKAGE = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/

/** What is large, and loaded only where git or a parser takes longer anyway: it stays apart. The types of the library need zod in any case. */
const APART = ['diff', 'fast-glob', 'picomatch', 'simple-git', 'unbash']

/**
 * zod is loaded with `require`, one file after another: as a module it opens its fifty languages at once, which is more than some processes may.
 */
const REQUIRED = {
  name: 'required',
  resolveId: (id) => (id === 'zod' ? '\0zod' : null),
  load: (id) =>
    id === '\0zod' ? `import { createRequire } from 'node:module'\nexport const { z } = createRequire(import.meta.url)('zod')` : null,
}

/** commander loads what starts programs, for commands that are programs of their own. None of ours is, and loading it takes milliseconds of every run. */
const STARTS_NOTHING = {
  name: 'starts-nothing',
  resolveId: (id, importer) => (id === 'node:child_process' && importer?.includes('commander') ? '\0no-programs' : null),
  load: (id) => (id === '\0no-programs' ? 'module.exports = {}' : null),
}

/** The files of the bundle, by their names: of the program, of its version, and of the library. `readable`: with names, for a profile. */
export async function bundleFiles({ readable = false } = {}) {
  const bundle = await rolldown({
    cwd: project,
    input: { program: compiled('program/program'), version: compiled('generated/version'), index: compiled('index') },
    plugins: [REQUIRED, STARTS_NOTHING],
    platform: 'node',
    tsconfig: false,
    external: APART.map((name) => new RegExp(`^${name}(?:$|/)`)),
    // SCAN says it on purpose.
    checks: { ineffectiveDynamicImport: false },
  })
  const { output } = await bundle.generate({
    format: 'es',
    // They are half as long as the code, and whoever reads it reads src/.
    comments: false,
    minify: !readable,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    codeSplitting: {
      groups: [
        // Asked for before every run of a script: with nothing else.
        { name: 'version', test: (id) => id === compiled('generated/version'), priority: 2 },
        { name: 'start', test: (id) => START.includes(id), priority: 1 },
        { name: 'scan', test: (id) => SCAN.includes(id) || /[\\/]node_modules[\\/]commander[\\/]/.test(id) },
      ],
    },
  })
  await bundle.close()
  const modules = output.flatMap(({ moduleIds }) => moduleIds)
  const packages = new Set(modules.flatMap((id) => PACKAGE.exec(id) ?? []))
  return new Map([
    ...output.map(({ fileName, code }) => [fileName, AT_EVERY_START.has(fileName) ? inAscii(code) : code]),
    ['LICENSES', (await Promise.all([...packages].toSorted().map(licenceOf))).join('\n')],
  ])
}

/** The same program in ASCII: V8 takes two thirds of the time to read it, since a text with any other character has two bytes for each. */
function inAscii(code) {
  if (/\.raw`[^`]*[^\x00-\x7f]/.test(code)) throw new Error('a raw text would hold the escape and not the character')
  return code.replaceAll(/[^\x00-\x7f]/g, (unit) => {
    const digits = unit.charCodeAt(0).toString(16)
    return digits.length < 3 ? `\\x${digits}` : `\\u${digits.padStart(4, '0')}`
  })
}

/** Under which words a package may be passed on, and its name. */
async function licenceOf(folder) {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e\b/i.test(entry))
  if (file === undefined) throw new Error(`${name} comes without the text of its licence (${license})`)
  return `${name} ${version} (${license})\n\n${await readFile(join(folder, file), 'utf8')}\n`
}
