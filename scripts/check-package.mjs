// `npm run check:package`: whether the package that would be published is whole: what it exports can be imported and has types (publint,
// attw), and nothing but what the program needs is in it. Needs dist/ (`npm run build`).

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Unpacked. */
const MAX_BYTES = 1_600_000
/** What the program, the library and a reader need. */
const WANTED =
  /^(?:bin\/agent-forensics\.js|dist\/bundle\/[\w-]+(?:\.js)?|dist\/types\/.+\.d\.ts|fixtures\/demo\/.+|schema\/\w+\.schema\.json|README\.md|LICENSE|package\.json)$/

const project = fileURLToPath(new URL('..', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'agent-forensics-package-'))
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))

const [{ filename, unpackedSize, files }] = JSON.parse(run('npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', scratch))
const tarball = join(scratch, filename)
run('npx', '--no-install', 'publint', '--strict', tarball)
run('npx', '--no-install', 'attw', tarball, '--profile', 'esm-only')
if (unpackedSize > MAX_BYTES) refuse(`${unpackedSize} bytes unpacked, and ${MAX_BYTES} are the most`)
const odd = files.filter(({ path }) => !WANTED.test(path)).map(({ path }) => path)
if (odd.length > 0) refuse(`files that no user needs: ${odd.join(', ')}`)
console.log(`${filename}: ${files.length} files, ${unpackedSize} bytes; its exports can be imported, and have types`)

function refuse(why) {
  console.error(`${filename}: ${why}`)
  process.exit(1)
}

/** @returns {string} what it printed */
function run(...argv) {
  const { status, stdout, stderr } = spawnSync(argv[0], argv.slice(1), { cwd: project, encoding: 'utf8' })
  if (status === 0) return stdout
  console.error(`${argv.join(' ')}\n${stdout}${stderr}`)
  process.exit(1)
}
