// Joins what tsc made of src/ to a few files in dist/bundle/, which bin/ runs: the second half of `npm run build`. Node takes longer to
// find and load 155 small files than a scan of one session takes. Packages stay outside, and what is imported late stays apart.
// `--check` only compares: test/start.test.ts runs it, so that the tests never try a bundle that is older than the rest of dist/.

import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const project = fileURLToPath(new URL('..', import.meta.url))
const target = join(project, 'dist', 'bundle')
const compiled = (name) => join(project, 'dist', `${name}.js`)

/** What bin/ imports. */
const ENTRIES = ['program', 'reader']
/** What nearly every run needs, though it is imported late: one file, with all that these import. */
const SCAN = ['cli/program', 'cli/scan', 'analyze', 'report/json'].map(compiled)
/** What a thread that reads needs: one file, so that it does not load the rest. */
const READING = ['transcript/read-aside', 'node/files'].map(compiled)

/** The files of the bundle, by their names. */
async function bundled() {
  const { dependencies } = JSON.parse(await readFile(join(project, 'package.json'), 'utf8'))
  const bundle = await rolldown({
    cwd: project,
    input: Object.fromEntries(ENTRIES.map((name) => [name, compiled(`program/${name}`)])),
    platform: 'node',
    tsconfig: false,
    external: Object.keys(dependencies),
    // SCAN says it on purpose.
    checks: { ineffectiveDynamicImport: false },
  })
  const { output } = await bundle.generate({
    format: 'esm',
    // They are half as long as the code, and whoever reads it reads src/.
    comments: false,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    codeSplitting: {
      groups: [
        { name: 'reading', test: (id) => READING.includes(id), priority: 2 },
        { name: 'scan', test: (id) => SCAN.includes(id), priority: 1 },
      ],
    },
  })
  await bundle.close()
  const code = output.map(({ fileName, code }) => [fileName, code])
  // The types of bin/, which is linted with them.
  return new Map([...code, ...ENTRIES.map((name) => [`${name}.d.ts`, `export * from '../program/${name}.js'\n`])])
}

const files = await bundled()
if (process.argv.includes('--check')) {
  const there = await readdir(target).catch(() => [])
  const texts = await Promise.all(there.map(async (name) => [name, await readFile(join(target, name), 'utf8')]))
  if (there.length !== files.size || texts.some(([name, text]) => files.get(name) !== text)) {
    process.stderr.write('dist/bundle/ is older than the rest of dist/: npm run build\n')
    process.exitCode = 1
  }
} else {
  // Whatever an earlier build left is never loaded.
  await rm(target, { recursive: true, force: true })
  await mkdir(target)
  for (const [name, code] of files) await writeFile(join(target, name), code)
}
